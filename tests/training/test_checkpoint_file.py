"""The checkpoint file: whole or refused, the one before kept, nothing left behind by a failure."""

import errno
import hashlib
import io
import json
import os
import pickle
import shutil

import numpy as np
import pytest
from training_helpers import TINY, batches_of, bits, dropout_game, images, play, recipe_game

from gan_scratch.training import Checkpoint, CheckpointError, checkpoints
from gan_scratch.training.checkpoints import HEADER, MAGIC, read, write

STATE = {
    "name": "a state", "nothing": None, "numbers": [1, 2.5, 2**127, -0.0], "flag": True,
    "nested": {"float32": np.arange(6, dtype="float32").reshape(2, 3), "empty": np.empty(0, int)},
    "scalar": np.array(3.25), "turned": np.arange(6.0).reshape(2, 3).T,
}


@pytest.fixture
def trained(tmp_path):
    """(checkpoint, game, batches), saved at step 4 and then at step 9."""
    dataset, game = images(), recipe_game()
    batches = batches_of(game, dataset)
    checkpoint = Checkpoint(tmp_path / "c.gan", {"name": "tiny", "hidden": (8, 8)})
    for step in (4, 9):
        play(game, dataset, batches, step)
        checkpoint.save(game, batches)
    return checkpoint, game, batches


def fresh(dataset=None):
    game = recipe_game(seed=5)
    return game, batches_of(game, dataset or images())


def previous_of(path):
    return path.with_name(path.name + ".prev")


# What is written is read.


def test_a_state_is_read_as_it_was_written(tmp_path):
    write(tmp_path / "s", STATE)
    found = read(tmp_path / "s")
    assert checkpoints.digest(found) == checkpoints.digest(STATE)
    assert found["numbers"] == STATE["numbers"] and found["flag"] is True
    for name, array in STATE["nested"].items():
        assert found["nested"][name].dtype == array.dtype
        np.testing.assert_array_equal(found["nested"][name], array)
    np.testing.assert_array_equal(found["turned"], STATE["turned"])


def test_restoring_gives_back_every_bit_and_says_that_nothing_differs(trained):
    checkpoint, game, batches = trained
    other, other_batches = fresh()
    assert checkpoint.restore(other, other_batches) == ""
    assert bits(other, other_batches) == bits(game, batches)
    assert other.step == 9


def test_what_made_it_differently_is_told_and_no_reason_to_refuse(trained, monkeypatch):
    checkpoint, game, batches = trained
    here = checkpoints.made_with(workers=1)
    monkeypatch.setattr(checkpoints, "made_with", lambda workers: {**here, "workers": 97})
    other, other_batches = fresh()
    words = checkpoint.restore(other, other_batches)
    assert words == "workers was 1, is 97"
    assert bits(other, other_batches) == bits(game, batches)


# Damage.


def corruptions(content, rng):
    """Endless damaged versions of `content`, each different from it."""
    def flipped(data):
        data[rng.integers(len(data))] ^= rng.integers(1, 256)

    def one_bit(data):
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)

    def cut(data):
        del data[rng.integers(len(data)) :]

    def extended(data):
        data += rng.bytes(rng.integers(1, 100))

    def zeroed(data):
        start, length = rng.integers(len(data)), rng.integers(1, 513)
        data[start : start + length] = bytes(len(data[start : start + length]))

    def swapped(data):
        length = int(rng.integers(1, 513))
        one, two = sorted(rng.integers(len(data) - 2 * length, size=2))
        two += length
        data[one : one + length], data[two : two + length] = (
            data[two : two + length], data[one : one + length],
        )

    def hole(data):
        start = rng.integers(len(data))
        del data[start : start + int(rng.integers(1, 513))]

    kinds = [flipped, one_bit, cut, extended, zeroed, swapped, hole]
    while True:
        for kind in kinds:
            damaged = bytearray(content)
            kind(damaged)
            if damaged != content:
                yield kind.__name__, bytes(damaged)


def test_two_thousand_corruptions_are_all_refused(trained):
    checkpoint, _, _ = trained
    content = checkpoint.path.read_bytes()
    loaded = []
    damage = corruptions(content, np.random.default_rng(1))
    for _ in range(2000):
        kind, damaged = next(damage)
        checkpoint.path.write_bytes(damaged)
        try:
            read(checkpoint.path)
            loaded.append(kind)
        except CheckpointError:
            pass
    assert loaded == []
    checkpoint.path.write_bytes(content)
    read(checkpoint.path)


def test_every_byte_of_header_and_checksum_counts(trained):
    checkpoint, _, _ = trained
    content = checkpoint.path.read_bytes()
    ends = [*range(HEADER.size), *range(len(content) - 32, len(content))]
    for place in ends:
        damaged = bytearray(content)
        damaged[place] ^= 1
        checkpoint.path.write_bytes(damaged)
        with pytest.raises(CheckpointError):
            read(checkpoint.path)
    for length in range(HEADER.size + 1):
        checkpoint.path.write_bytes(content[:length])
        with pytest.raises(CheckpointError):
            read(checkpoint.path)


def test_a_damaged_file_changes_nothing_and_its_sentence_names_the_one_before(trained):
    checkpoint, _, _ = trained
    content = bytearray(checkpoint.path.read_bytes())
    content[len(content) // 2] ^= 1
    checkpoint.path.write_bytes(content)
    other, other_batches = fresh()
    before = bits(other, other_batches)
    with pytest.raises(CheckpointError) as refusal:
        checkpoint.restore(other, other_batches)
    assert "damaged" in str(refusal.value)
    assert str(previous_of(checkpoint.path)) in str(refusal.value)
    assert bits(other, other_batches) == before


def test_a_cut_file_is_called_cut_off_and_another_kind_of_file_is_called_that(tmp_path):
    write(tmp_path / "s", STATE)
    content = (tmp_path / "s").read_bytes()
    (tmp_path / "s").write_bytes(content[:-1])
    with pytest.raises(CheckpointError, match="cut off$"):  # there is no one before it to name
        read(tmp_path / "s")
    (tmp_path / "s").write_bytes(b"step,epoch,seconds\n" * 10)
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        read(tmp_path / "s")


def test_no_file_is_a_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        Checkpoint(tmp_path / "none").restore(*fresh())


# Files that are whole, and made to do harm or by something else.


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def sealed(body):
    """A file with a right header and a right checksum around any body."""
    content = HEADER.pack(MAGIC, len(body)) + body
    return content + hashlib.sha256(content).digest()


def archive(**arrays):
    body = io.BytesIO()
    np.savez(body, **arrays)
    return body.getvalue()


def as_json(structure):
    return np.frombuffer(json.dumps(structure).encode(), np.uint8)


def with_object_array(trap):
    return archive(structure=as_json({"x": {"structure": "array0"}}),
                   array0=np.array([trap], dtype=object))


def as_object_structure(trap):
    return archive(structure=np.array([trap], dtype=object))


def as_bare_pickle(trap):
    return pickle.dumps(trap)


@pytest.mark.parametrize("craft", [with_object_array, as_object_structure, as_bare_pickle])
def test_no_pickle_is_ever_loaded(tmp_path, craft):
    trap = tmp_path / "sprung"
    path = tmp_path / "c.gan"
    path.write_bytes(sealed(craft(Trap(trap))))
    with pytest.raises(ValueError):
        read(path)
    assert not trap.exists()


@pytest.mark.parametrize(
    "body",
    [
        with_object_array(0),
        as_bare_pickle(0),
        b"",
        b"no archive at all",
        archive(other=np.zeros(3)),
        archive(structure=np.frombuffer(b"{no json", np.uint8)),
        archive(structure=as_json({"x": {"structure": "array7"}})),
    ],
    ids=["objects", "pickle", "empty", "text", "no structure", "no json", "missing array"],
)
def test_a_whole_file_with_a_wrong_body_is_refused_as_a_checkpoint(tmp_path, body):
    path = tmp_path / "c.gan"
    path.write_bytes(sealed(body))
    with pytest.raises(CheckpointError, match="c.gan"):
        read(path)


@pytest.mark.parametrize("state", [{}, {"recipe": None}, {"recipe": None, "training": {}}, [1]])
def test_a_state_without_a_training_is_refused_as_a_checkpoint(tmp_path, state):
    write(tmp_path / "c.gan", state)
    with pytest.raises(CheckpointError, match="c.gan"):
        Checkpoint(tmp_path / "c.gan").restore(*fresh())


# The one before.


def test_the_checkpoint_before_is_kept_and_loads(trained):
    checkpoint, _, _ = trained
    earlier = Checkpoint(previous_of(checkpoint.path), checkpoint.recipe)
    game, batches = fresh()
    earlier.restore(game, batches)
    assert game.step == 4
    checkpoint.restore(game, batches)
    assert game.step == 9
    names = sorted(path.name for path in checkpoint.path.parent.iterdir())
    assert names == ["c.gan", "c.gan.prev"]


def test_the_first_checkpoint_has_none_before_it(tmp_path):
    write(tmp_path / "s", STATE)
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_the_one_before_is_kept_where_there_are_no_hard_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no hard links on this file system")

    monkeypatch.setattr(os, "link", refuse)
    for step in (1, 2, 3):
        write(tmp_path / "s", {"step": step})
    assert read(tmp_path / "s") == {"step": 3}
    assert read(tmp_path / "s.prev") == {"step": 2}


# A write that fails.


def fail(*_, **__):
    raise OSError("no space left on device")


@pytest.mark.parametrize(
    "place",
    ["os.fsync", "os.replace", "open", "os.link and copy2"],
)
def test_a_failing_write_leaves_the_old_checkpoint_and_no_temporary_file(
    tmp_path, monkeypatch, place
):
    path = tmp_path / "s"
    write(path, {"step": 1})
    write(path, {"step": 2})
    content = path.read_bytes()

    if place == "open":
        class Full(io.BytesIO):
            write = fail

        def open_full(name, mode="r", **settings):
            open(name, mode).close()  # the file appears, and takes nothing
            return Full()

        monkeypatch.setattr(checkpoints, "open", open_full, raising=False)
    elif place == "os.link and copy2":
        monkeypatch.setattr(os, "link", fail)
        monkeypatch.setattr(shutil, "copy2", fail)
    else:
        monkeypatch.setattr(os, place.removeprefix("os."), fail)
    with pytest.raises(OSError, match="no space left"):
        write(path, {"step": 3})
    monkeypatch.undo()

    assert path.read_bytes() == content
    assert not list(tmp_path.glob("*.part"))
    write(path, {"step": 4})
    assert (read(path), read(previous_of(path))) == ({"step": 4}, {"step": 2})


def test_on_a_full_disk_the_one_before_makes_room_for_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "s"
    write(path, {"step": 1})
    write(path, {"step": 2})
    real_fsync = os.fsync

    def full_with_two(handle):
        if previous_of(path).exists() and (tmp_path / "s.part").exists():
            raise OSError(errno.ENOSPC, "no space left")
        real_fsync(handle)

    monkeypatch.setattr(os, "fsync", full_with_two)
    write(path, {"step": 3})
    assert (read(path), read(previous_of(path))) == ({"step": 3}, {"step": 2})
    monkeypatch.setattr(os, "fsync", fail)  # another error than a full disk removes nothing
    with pytest.raises(OSError, match="no space left"):
        write(path, {"step": 4})
    assert read(previous_of(path)) == {"step": 2}


def test_the_one_before_survives_a_copy_that_fails(tmp_path, monkeypatch):
    """Without hard links .prev is a copy; on a full disk the old .prev must not be lost for it."""
    path = tmp_path / "s"
    write(path, {"step": 1})
    write(path, {"step": 2})

    def half_a_copy(source, target):
        shutil.copyfile(source, target)
        os.truncate(target, os.path.getsize(source) // 2)
        fail()

    monkeypatch.setattr(os, "link", fail)
    monkeypatch.setattr(shutil, "copy2", half_a_copy)
    with pytest.raises(OSError, match="no space left"):
        write(path, {"step": 3})
    monkeypatch.undo()
    assert read(previous_of(path)) in ({"step": 1}, {"step": 2})


def test_an_interrupt_in_the_middle_of_a_write_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    write(tmp_path / "s", {"step": 1})
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "s", {"step": 2})
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    assert read(tmp_path / "s") == {"step": 1}


def test_a_temporary_file_of_a_killed_process_is_written_over(tmp_path):
    (tmp_path / "s.part").write_bytes(b"half of a checkpoint" * 1000)
    write(tmp_path / "s", {"step": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    assert read(tmp_path / "s") == {"step": 1}


def test_a_folder_that_does_not_exist_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "none" / "s", {"step": 1})
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    """fsync, then rename: the other way round a power cut leaves an empty file of that name."""
    done = []
    real_fsync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("fsync"), real_fsync(handle)))
    monkeypatch.setattr(
        os, "replace", lambda *names: (done.append("replace"), real_replace(*names))
    )
    write(tmp_path / "s", {"step": 1})
    assert done[:2] == ["fsync", "replace"]


# Another recipe, another game.


def test_another_recipe_is_refused_in_a_sentence_that_names_what_differs(trained):
    checkpoint, _, _ = trained
    game, batches = fresh()
    before = bits(game, batches)
    other = Checkpoint(checkpoint.path, {"name": "tiny", "hidden": (16, 8), "seed": 1})
    with pytest.raises(CheckpointError) as refusal:
        other.restore(game, batches)
    sentence = str(refusal.value)
    assert "hidden was [8, 8], is [16, 8]" in sentence
    assert "seed was None, is 1" in sentence
    assert "name" not in sentence.split("another recipe")[1]
    assert bits(game, batches) == before


@pytest.mark.parametrize("saved, present", [("one", "two"), (["one"], "two"), (None, "two")])
def test_another_recipe_of_any_plain_data_is_refused(tmp_path, saved, present):
    game, batches = fresh()
    Checkpoint(tmp_path / "c.gan", saved).save(game, batches)
    with pytest.raises(CheckpointError, match="another recipe.*two"):
        Checkpoint(tmp_path / "c.gan", present).restore(game, batches)


MISFITS = {
    "wider": lambda: (recipe_game(players={"hidden": (16, 8)}), images()),
    "deeper": lambda: (recipe_game(players={"hidden": (8, 8, 8)}), images()),
    "no average": lambda: (recipe_game(optimizers={"average": 0}), images()),
    "dropout": lambda: (dropout_game(), images()),
    "other data": lambda: (recipe_game(), images(count=51)),
}


@pytest.mark.parametrize("kind", MISFITS)
def test_a_state_that_does_not_fit_the_game_is_refused(trained, kind):
    game, dataset = MISFITS[kind]()
    with pytest.raises(CheckpointError, match="does not fit"):
        trained[0].restore(game, batches_of(game, dataset))


def test_batches_of_another_size_are_refused(trained):
    game = recipe_game()
    with pytest.raises(CheckpointError, match="batches of 8"):
        trained[0].restore(game, images().batches(4, game.rng))


def test_a_state_that_would_lose_digits_is_refused(tmp_path):
    precise = TINY.game((4, 4, 1), seed=0, dtype="float64")
    Checkpoint(tmp_path / "c.gan").save(precise, batches_of(precise, images()))
    game, batches = fresh()
    with pytest.raises(CheckpointError, match="does not fit.*float64"):
        Checkpoint(tmp_path / "c.gan").restore(game, batches)


@pytest.mark.parametrize("kind", MISFITS)
def test_a_refused_state_leaves_the_game_as_it_was(trained, kind):
    game, dataset = MISFITS[kind]()
    batches = batches_of(game, dataset)
    before = bits(game, batches)
    with pytest.raises(CheckpointError):
        trained[0].restore(game, batches)
    assert bits(game, batches) == before
