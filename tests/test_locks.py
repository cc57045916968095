"""A folder that belongs to one process at a time, and to nobody when that one has ended."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from gan_scratch import locks
from gan_scratch.locks import FolderLock, Taken

HOLD = (
    "import sys, time; from gan_scratch.locks import FolderLock\n"
    "lock = FolderLock(sys.argv[1]).__enter__()"
)


def holder(folder, then="print('held', flush=True); time.sleep(1000)"):
    process = subprocess.Popen(
        [sys.executable, "-c", f"{HOLD}\n{then}", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_has_it_until_it_ends_however_that_is(tmp_path):
    process = holder(tmp_path)
    try:
        with pytest.raises(Taken, match=f"{tmp_path} is being trained by process {process.pid} on"):
            FolderLock(tmp_path).__enter__()
    finally:
        process.kill()
        process.communicate()
    with FolderLock(tmp_path) as lock:
        assert lock.path.read_text().startswith(f"process {os.getpid()} on ")
    assert list(tmp_path.iterdir()) == []


def test_two_locks_of_one_process_exclude_each_other_and_one_may_be_entered_twice(tmp_path):
    with FolderLock(tmp_path) as lock:
        with lock, pytest.raises(Taken):
            FolderLock(tmp_path).__enter__()
        with pytest.raises(Taken):  # the inner block has not let it go
            FolderLock(tmp_path).__enter__()
    with FolderLock(tmp_path):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_that_lives_on_does_not_hold_it(tmp_path):
    fork = (
        "import os\nif os.fork() == 0: print(os.getpid(), flush=True); time.sleep(1000)\n"
        "os.wait()"
    )
    process = holder(tmp_path, f"print('held', flush=True)\n{fork}")
    child = int(process.stdout.readline())
    try:
        process.kill()
        process.wait()
        with FolderLock(tmp_path):
            pass
        os.kill(child, 0)  # it is still there
    finally:
        os.kill(child, signal.SIGKILL)
        process.stdout.close()


def test_folders_that_were_made_for_nothing_are_removed_and_others_kept(tmp_path):
    with FolderLock(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / ".lock").exists()
    assert list(tmp_path.iterdir()) == []
    with FolderLock(tmp_path / "a" / "b"):
        (tmp_path / "a" / "b" / "file").write_text("")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["file"]
    (tmp_path / "c").mkdir()
    with FolderLock(tmp_path / "c"):
        pass
    assert (tmp_path / "c").is_dir()


def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch):
    def no_locks(handle):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "lock", no_locks)
    with pytest.warns(RuntimeWarning, match="has no locks"), FolderLock(tmp_path):
        pass
