"""Files that appear whole or not at all."""

import errno
import os

import numpy as np
import pytest

from gan_scratch.files import kept, whole_file


def test_text_is_written_as_open_writes_it(tmp_path):
    path = tmp_path / "values.csv"
    path.write_text("old")
    with whole_file(path, "w", newline="", encoding="utf-8") as stream:
        stream.write("σ\r\n")
        assert path.read_text() == "old"
    assert path.read_bytes() == "σ\r\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_at_once_do_not_meet(tmp_path):
    path = tmp_path / "file"
    with whole_file(path) as first:
        first.write(b"first")
        with whole_file(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_on_the_disk_whole_before_it_takes_the_name(tmp_path, monkeypatch):
    done = []
    real_replace = os.replace

    def replace(*names):
        done.append("replace")
        real_replace(*names)

    monkeypatch.setattr(os, "fsync", lambda handle: done.append(os.fstat(handle).st_size))
    monkeypatch.setattr(os, "replace", replace)
    with whole_file(tmp_path / "file") as stream:
        stream.write(b"five!")
    assert done == [5, "replace"]


@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_a_write_that_fails_keeps_the_old_file(tmp_path, monkeypatch, place):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, place, full)
    with pytest.raises(OSError, match="no space"), whole_file(path) as stream:
        stream.write(b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "none" / "file"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["folder", "nowhere/file", "a file/file"])
def test_what_is_said_names_the_file_that_was_asked_for(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a file").touch()
    path = tmp_path / name
    with pytest.raises(OSError) as caught, whole_file(path) as stream:
        stream.write(b"new")
    assert str(path) in str(caught.value) and ".part" not in str(caught.value)
    assert len(list(tmp_path.rglob("*"))) == 2


def test_an_error_of_the_system_without_a_name_gets_that_of_the_file(tmp_path):
    """So says a disk that is full."""
    with pytest.raises(OSError) as caught, whole_file(tmp_path / "file"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.filename == str(tmp_path / "file")


ARRAYS = {"a": np.arange(6, dtype="float32").reshape(2, 3), "n": np.array(7)}


class Maker:
    calls = 0

    def __call__(self):
        self.calls += 1
        return ARRAYS


def equal(found):
    return found.keys() == ARRAYS.keys() and all(
        (found[name] == array).all() and found[name].dtype == array.dtype
        for name, array in ARRAYS.items()
    )


def test_what_was_kept_is_found_again_under_its_key_only(tmp_path):
    make, path = Maker(), tmp_path / "cache"
    for key, calls in (("one", 1), ("one", 1), ("two", 2), ("two", 2), ("one", 3)):
        found, failed = kept(path, key, make)
        assert equal(found) and failed == "" and make.calls == calls


def test_a_file_with_one_wrong_bit_or_cut_short_is_made_anew(tmp_path):
    make, path = Maker(), tmp_path / "cache"
    kept(path, "key", make)
    whole = path.read_bytes()
    damaged = [b"", whole[:20], whole[:-1], whole + b"0", b"0" * 1000]
    for place in range(0, len(whole), 37):
        damaged.append(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
    for calls, content in enumerate(damaged, start=2):
        path.write_bytes(content)
        found, failed = kept(path, "key", make)
        assert equal(found) and failed == "" and make.calls == calls
        assert path.read_bytes() == whole


def test_where_it_cannot_be_kept_it_is_made_and_that_is_said(tmp_path):
    make = Maker()
    (tmp_path / "cache").mkdir()
    found, failed = kept(tmp_path / "cache", "key", make)
    assert equal(found) and failed.startswith(f"{tmp_path / 'cache'}: ")
    found, failed = kept(tmp_path / "missing" / "cache", "key", make)
    assert equal(found) and "No such file" in failed and make.calls == 2
