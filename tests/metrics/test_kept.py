"""Arrays kept in a file: a hit is the same bits, and a stale or damaged file is never believed."""

import numpy as np

from gan_scratch.metrics.kept import kept

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
