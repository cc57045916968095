"""What the process of a student's module gives up, for good, before it runs a line of the module.

    apart     processes, network, IPC and mounts of its own       namespaces
    files     reads Python's library and NumPy, writes nothing    Landlock
    user      root becomes a user that nobody else is             setuid; a new one for each process
    rights    no capabilities, and none by executing a program    capset, no_new_privs
    limits    memory, computing time, files, processes            rlimits
    calls     no sockets, no file's mode, no shared memory, ...   seccomp

Landlock covers neither chmod nor sockets that have a path, and the names of System V's memory and
of the kernel's keyrings are anybody's of the same user: hence the last line. It refuses calls by
name and allows all others, so that another NumPy or libc costs nobody points. Linux alone has most
of this; remote.py says before grading what is missing.
"""

import ctypes
import os
import secrets
import sys

try:
    import resource
except ImportError:  # not on Windows
    resource = None

try:
    import pyseccomp
except (ImportError, OSError, RuntimeError):  # not installed, or without the system's libseccomp
    pyseccomp = None

LINUX = sys.platform.startswith("linux")
LIBC = ctypes.CDLL(None, use_errno=True) if LINUX else None
STRANGERS = range(1 << 20, 1 << 31)  # user numbers that belong to nobody
NOBODY = 65534
EPERM, ENOSYS = 1, 38

# prctl
DIE_WITH_PARENT, DUMPABLE, DROP_BOUND, NO_NEW_PRIVILEGES, AMBIENT = 1, 4, 24, 38, 47
CLEAR_ALL_AMBIENT = 4

# clone and unshare
NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PROCESSES, NEW_NETWORK = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)
NEW_CGROUP, NEW_TIME = 0x02000000, 0x00000080

REFUSED = """
    socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvmsg recvmmsg
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat
    utime utimes utimensat futimesat file_setattr
    setxattr lsetxattr fsetxattr setxattrat getxattr lgetxattr fgetxattr getxattrat
    listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
    keyctl add_key request_key
    shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget semop semctl semtimedop
    mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
    io_uring_setup io_uring_enter io_uring_register io_setup io_submit
    unshare setns mount umount umount2 move_mount mount_setattr fsopen fsconfig fsmount fspick
    open_tree pivot_root chroot swapon swapoff quotactl quotactl_fd
    ptrace process_vm_readv process_vm_writev process_madvise kcmp
    pidfd_open pidfd_getfd pidfd_send_signal
    bpf perf_event_open userfaultfd seccomp memfd_create memfd_secret
    fork vfork execve execveat kill tkill rt_sigqueueinfo rt_tgsigqueueinfo
    setpriority ioprio_set sched_setscheduler sched_setparam sched_setattr sched_setaffinity
    inotify_init inotify_init1 fanotify_init name_to_handle_at open_by_handle_at
    personality modify_ldt iopl ioperm syslog acct reboot vhangup
    init_module finit_module delete_module kexec_load kexec_file_load
    settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname
    migrate_pages move_pages
""".split()


def apart():
    """Put this process's next child into namespaces of its own; returns the walls that stand.

    An ordinary user needs a namespace of users for it, which some systems forbid.
    """
    if not LINUX:
        return []
    user, group = os.getuid(), os.getgid()
    wanted = NEW_PROCESSES | NEW_NETWORK | NEW_IPC | NEW_UTS | NEW_MOUNTS
    if LIBC.unshare(wanted if user == 0 else wanted | NEW_USER):
        return []
    if user:
        for name, line in ("setgroups", "deny"), ("uid_map", user), ("gid_map", group):
            with open(f"/proc/self/{name}", "w") as stream:
                stream.write(line if name == "setgroups" else f"{line} {line} 1")
    return ["network", "processes"]


def own_proc():
    """In new namespaces: a /proc that shows their processes only, where the system allows it."""
    private, in_subtree = 1 << 18, 1 << 14
    LIBC.mount(None, b"/", None, private | in_subtree, None)
    LIBC.mount(b"proc", b"/proc", b"proc", 0, None)


def lock(readable, limits):
    """Give up rights for good; returns the names of what is locked."""
    done = []
    if LINUX:
        LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        if restrict_files(readable):
            done.append("files")
        drop_bound_capabilities()
    if os.name == "posix" and os.getuid() == 0 and become_a_stranger():
        done.append("user")
    if LINUX:
        drop_capabilities()
        LIBC.prctl(DUMPABLE, 0, 0, 0, 0)
        LIBC.prctl(DIE_WITH_PARENT, 9, 0, 0, 0)  # after setuid, which forgets it
    if restrict_resources(limits):
        done.append("resources")
    if refuse_calls():
        done.append("calls")
    return done


def become_a_stranger():
    """Root becomes a user of its own, which shares no file, process, key or quota with anybody."""
    for user in (secrets.choice(STRANGERS), NOBODY):
        try:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            return True
        except OSError:  # where user namespaces map few numbers
            continue
    return False


def drop_bound_capabilities():
    """So that no program which it might execute gives it any. Needs a capability itself."""
    LIBC.prctl(AMBIENT, CLEAR_ALL_AMBIENT, 0, 0, 0)
    for capability in range(64):
        LIBC.prctl(DROP_BOUND, capability, 0, 0, 0)


def drop_capabilities():
    version_3, this_process = 0x20080522, 0
    header, none = (ctypes.c_uint32 * 2)(version_3, this_process), (ctypes.c_uint32 * 6)()
    LIBC.capset(header, none)


def restrict_resources(limits):
    """limits: seconds of computing, and bytes of memory beside what is taken already."""
    if resource is None:
        return False
    wanted = {
        "RLIMIT_CPU": int(limits["seconds"]) + 2, "RLIMIT_AS": limits["memory"] + address_space(),
        "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_NOFILE": 32,
        "RLIMIT_NPROC": 0,  # neither processes nor threads
        "RLIMIT_MSGQUEUE": 0, "RLIMIT_MEMLOCK": 0,
    }
    for name, value in wanted.items():
        which = getattr(resource, name, None)
        if which is not None:
            hard = resource.getrlimit(which)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (value, value))
    return True


def address_space():
    """Bytes of it that this process has; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as stream:
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def refuse_calls():
    """seccomp: EPERM for what is REFUSED, and for all calls of another architecture."""
    if pyseccomp is None or not LINUX:
        return False
    refuse, equal = pyseccomp.ERRNO(EPERM), pyseccomp.EQ
    other, masked = pyseccomp.NE, pyseccomp.MASKED_EQ
    calls = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    calls.set_attr(pyseccomp.Attr.ACT_BADARCH, refuse)
    for name in REFUSED:
        if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) != -1:  # else not of this machine
            calls.add_rule(refuse, name)
    for kind in (
        NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PROCESSES, NEW_NETWORK, NEW_CGROUP, NEW_TIME
    ):
        calls.add_rule(refuse, "clone", pyseccomp.Arg(0, masked, kind, kind))
    calls.add_rule(pyseccomp.ERRNO(ENOSYS), "clone3")  # hides its flags; libc then takes clone
    for option in (DIE_WITH_PARENT, DUMPABLE):
        calls.add_rule(refuse, "prctl", pyseccomp.Arg(0, equal, option))
    for command in (8, 15, 1024, 1026):  # F_SETOWN, F_SETOWN_EX, F_SETLEASE, F_NOTIFY
        calls.add_rule(refuse, "fcntl", pyseccomp.Arg(1, equal, command))
    for name in ("prlimit64", "sched_getattr"):  # of others
        calls.add_rule(refuse, name, pyseccomp.Arg(0, other, 0))
    calls.add_rule(refuse, "tgkill", pyseccomp.Arg(0, other, os.getpid()))  # abort() needs its own
    calls.load()
    return True


# Landlock ----------------------------------------------------------------------------------------


class Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr, linux/landlock.h"""

    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class PathRule(ctypes.Structure):
    """struct landlock_path_beneath_attr"""

    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def restrict_files(readable):
    """Landlock: read what is in `readable`, write nothing, no network, no signals outside."""
    create, add_rule, restrict = 444, 445, 446  # the system calls, the same on all processors
    execute, read_file, read_folder = 1 << 0, 1 << 2, 1 << 3
    version = LIBC.syscall(create, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    rights = 13 + (version >= 2) + (version >= 3) + (version >= 5)
    rules = Ruleset((1 << rights) - 1, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = LIBC.syscall(create, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    for path in readable:
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = execute | read_file | (read_folder if os.path.isdir(path) else 0)
        LIBC.syscall(add_rule, ruleset, 1, ctypes.byref(PathRule(allowed, opened)), 0)
        os.close(opened)
    return LIBC.syscall(restrict, ruleset, 0) == 0
