"""Sandboxes for tests: a copy of one's own, where needed with another lock."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gan_scratch.coursework import remote

NO_NAMESPACES = "\ndef apart():\n    return []\n"
NO_SECCOMP = "\npyseccomp = None\n"
NO_LANDLOCK = "\ndef restrict_files(readable):\n    return False\n"
CLOSED = """
lock_as_before = lock

def lock(readable, limits):
    done = lock_as_before(readable, limits)
    sys.meta_path[:] = []  # as if Python lay in a folder that this user cannot enter
    return done
"""


@contextlib.contextmanager
def sandbox_in(folder, more_of_the_lock=""):
    """Processes for students' modules come from a copy in this folder, so that those of other tests
    are not taken for them."""
    for name in ("sandbox.py", "lock.py"):
        shutil.copy(remote.SANDBOX.with_name(name), folder)
    with open(Path(folder) / "lock.py", "a") as stream:
        stream.write(more_of_the_lock)
    os.chmod(folder, 0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remote, "SANDBOX", Path(folder) / "sandbox.py")
        remote.walls.cache_clear()
        yield patch
    remote.walls.cache_clear()


def running():
    """How many processes of the sandbox in use there are."""
    return subprocess.run(
        ["ps", "-wweo", "args"], capture_output=True, text=True
    ).stdout.count(str(remote.SANDBOX))


def passed_as_nobody(command):
    """Run a command of pytest as an ordinary user; how many tests passed."""
    if os.getuid():
        pytest.skip("these tests run as an ordinary user already")
    done = subprocess.run(as_nobody(command), capture_output=True, text=True, cwd="/")
    if done.returncode == CANNOT:
        pytest.skip(f"cannot become an ordinary user here: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    return int(re.search(r"(\d+) passed", done.stdout)[1])


CANNOT = 77


def as_nobody(command):
    """The command as the user nobody, in a mount namespace in which Python's folders, wherever
    they lie, can be reached by everybody."""
    needed = sorted({Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[2]})
    closed = {}
    for i, path in enumerate(needed):
        for folder in reversed(path.parents):
            if not folder.stat().st_mode & 1:
                closed.setdefault(folder, []).append((path, f"$aside/{i}"))
                break
    steps = ["mount --make-rprivate /", "aside=$(mktemp -d)"]
    for folder, paths in closed.items():
        for path, aside in paths:
            steps += [f"mkdir {aside}", f"mount --bind '{path}' {aside}"]
        steps.append(f"mount -t tmpfs -o mode=755 tmpfs '{folder}'")
        for path, aside in paths:
            steps += [f"mkdir -p '{path}'", f"mount --move {aside} '{path}'"]
    set_up = " && ".join(steps)
    become = "setpriv --reuid=65534 --regid=65534 --clear-groups"
    words = f"({set_up}) || exit {CANNOT}; exec {become} env HOME=/tmp {shlex.join(command)}"
    return ["unshare", "--mount", "sh", "-c", words]
