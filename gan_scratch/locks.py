"""A folder that belongs to one process at a time.

The system's own lock on the file FOLDER/.lock: it ends with the process that holds it, however that
ends, so a run that was killed is free again.
"""

import contextlib
import errno
import os
import socket
import warnings
import weakref
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

NAME = ".lock"
BEYOND_THE_WORDS = 1 << 20  # Windows locks bytes, and what is locked cannot be read
NO_LOCKS = errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS
held = weakref.WeakSet()


class Taken(ValueError):
    """Another process holds the folder."""


class FolderLock:
    """Holds `folder` inside a `with` block, which may be entered again within; makes the folder.

    Raises Taken, which names the process that has it. A folder that was made and in which nothing
    was put is removed at the end.
    """

    def __init__(self, folder):
        self.folder, self.path = Path(folder), Path(folder) / NAME
        self.handle, self.entered, self.made = None, 0, []

    def __enter__(self):
        if self.entered == 0:
            self._hold()
        self.entered += 1
        return self

    def __exit__(self, *exception):
        self.entered -= 1
        if self.entered == 0:
            self._let_go()

    def _hold(self):
        self.made = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                lock(handle)
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    who = os.read(handle, 200).decode(errors="replace") or "another process"
                    os.close(handle)
                    if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                        raise
                    raise Taken(
                        f"{self.folder} is being trained by {who}; wait for its end, or choose "
                        "another folder"
                    ) from None
                warnings.warn(
                    f"the file system of {self.folder} has no locks: see to it that nobody else "
                    "trains in this folder", RuntimeWarning, stacklevel=3,
                )
            with contextlib.suppress(OSError):  # its last holder may have removed it just now
                if os.path.samestat(os.fstat(handle), os.stat(self.path)):
                    break
            os.close(handle)
        self.handle = handle
        held.add(self)
        with contextlib.suppress(OSError):  # a full disk takes no words, and the lock holds
            os.truncate(handle, 0)
            os.write(handle, f"process {os.getpid()} on {socket.gethostname()}".encode())

    def _let_go(self):
        with contextlib.suppress(OSError):  # Windows removes no open file; then it stays, unlocked
            self.path.unlink()
        self.drop()
        with contextlib.suppress(OSError):  # not empty, as it should be
            for folder in self.made:
                folder.rmdir()

    def drop(self):
        """Close this process's handle; a process that was forked from the holder must not hold on
        to the lock when the holder has ended."""
        os.close(self.handle)
        self.handle = None
        held.discard(self)


def lock(handle):
    if fcntl:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        os.lseek(handle, BEYOND_THE_WORDS, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(handle, 0, os.SEEK_SET)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: [lock.drop() for lock in list(held)])
