"""Sandboxes for tests: a copy of one's own, where needed with another lock."""

import contextlib
import os
import shutil
import subprocess
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
        ["ps", "-eo", "args"], capture_output=True, text=True
    ).stdout.count(str(remote.SANDBOX))
