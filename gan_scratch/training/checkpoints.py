"""Checkpoints: one file that holds all that the next step depends on.

Layout: 8 bytes of magic, the body's length (8 bytes, little endian), the body (an .npz, read
without pickle), the SHA-256 of everything before it. Written to a temporary file, flushed to the
disk and renamed, so that at any moment either the old or the new checkpoint is there, whole; the
one before it stays as NAME.prev.
"""

import errno
import hashlib
import io
import json
import os
import platform
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np

from gan_scratch.backend import backend_of
from gan_scratch.version import VERSION

MAGIC = b"GANSCR01"
HEADER = struct.Struct("<8sQ")
DISK_FULL = errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)
DIGEST_SIZE = hashlib.sha256().digest_size
STRUCTURE = "__structure__"  # the array that holds the JSON part; names of the others are numbers


class CheckpointError(ValueError):
    """The file is no checkpoint, is damaged, or belongs to another run."""


class Checkpoint:
    """Where a training is saved: `path`, with the one before at `path` + ".prev".

    recipe      plain data (JSON) that says what is trained; it is stored with the state, and
                `restore` refuses the state of another recipe
    workers     how many processes share a batch, which the last bits depend on
    translated  makes of a stored `recipe`, perhaps of an earlier version, what is stored today
    """

    def __init__(self, path, recipe=None, workers=1, translated=lambda recipe: recipe):
        self.path, self.workers, self.translated = Path(path), workers, translated
        self.recipe = json.loads(json.dumps(recipe))  # as it will be read back: no tuples

    def save(self, game, batches):
        """Save everything that the next step depends on, and what it was made with."""
        training = training_state(game, batches)
        made = made_with(self.workers)
        write(self.path, {"recipe": self.recipe, "made_with": made, "training": training})

    def restore(self, game, batches):
        """Load the file into `game` and `batches`; returns what differs from when it was made.

        Raises CheckpointError, and FileNotFoundError where there is none.
        """
        state = read_training(self.path)
        saved = self.translated(state["recipe"])
        if saved != self.recipe:
            words = differences(saved, self.recipe)
            raise CheckpointError(f"{self.path} holds another recipe: {words}")
        before = training_state(game, batches)
        try:
            load_training_state(state["training"], game, batches)
        except (KeyError, TypeError, ValueError) as error:
            load_training_state(before, game, batches)
            raise CheckpointError(f"{self.path} does not fit this training: {error}") from error
        return differences(state["made_with"], made_with(self.workers))


def training_state(game, batches):
    """All that the next step of a training depends on, as nested dicts, arrays and plain values."""
    random = batches.rng.bit_generator.state
    return {"game": game.state(), "batches": batches.state(), "batches_random": random}


def load_training_state(state, game, batches):
    """Put back what `training_state` gave."""
    batches.load_state(state["batches"])
    batches.rng.bit_generator.state = state["batches_random"]
    game.load_state(state["game"])


def made_with(workers):
    """Versions and workers: with another of these the same state may lead to other bits."""
    versions = {"numpy": np.__version__, "python": platform.python_version()}
    return {"gan_scratch": VERSION, **versions, "workers": workers}


def differences(saved, present, path=""):
    """In words, what differs between two pieces of plain data; "" where nothing does."""
    if isinstance(saved, dict) and isinstance(present, dict):
        keys = sorted(saved.keys() | present.keys())
        found = (differences(saved.get(key), present.get(key), f"{path}{key} ") for key in keys)
        return "; ".join(words for words in found if words)
    return "" if saved == present else f"{path}was {saved!r}, is {present!r}"


def write(path, state):
    """Write `state` to `path`, all or nothing, and keep what was there as `path`.prev."""
    path = Path(path)
    structure, arrays = split(state)
    body = io.BytesIO()
    text = np.frombuffer(json.dumps(structure).encode(), np.uint8)
    np.savez(body, **{STRUCTURE: text}, **arrays)
    content = HEADER.pack(MAGIC, body.tell()) + body.getvalue()
    try:
        replace(path, content)
    except OSError as error:
        previous = path.with_name(path.name + ".prev")
        if error.errno not in DISK_FULL or not previous.exists():
            raise
        previous.unlink()  # its place may be enough for the new one
        replace(path, content)
    flush_folder(path.parent)


def replace(path, content):
    """One name for what is unfinished: what a killed process left is written over."""
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.write(hashlib.sha256(content).digest())
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            keep_previous(path)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read(path):
    """The state that `write` wrote. Raises CheckpointError where a single bit is wrong."""
    path = Path(path)
    content = path.read_bytes()
    previous = path.with_name(path.name + ".prev")
    hint = f"; the checkpoint before it is {previous}" if previous.exists() else ""
    if len(content) < HEADER.size or content[: len(MAGIC)] != MAGIC:
        raise CheckpointError(f"{path} is not a checkpoint of gan_scratch{hint}")
    size = HEADER.unpack_from(content)[1]
    wanted = HEADER.size + size + DIGEST_SIZE
    if len(content) != wanted:
        raise CheckpointError(f"{path} has {len(content)} bytes instead of {wanted}: cut off{hint}")
    if hashlib.sha256(content[:-DIGEST_SIZE]).digest() != content[-DIGEST_SIZE:]:
        raise CheckpointError(f"{path} is damaged: its checksum does not match{hint}")
    try:
        body = io.BytesIO(content[HEADER.size : -DIGEST_SIZE])
        with np.load(body, allow_pickle=False) as arrays:
            return join(json.loads(bytes(arrays[STRUCTURE])), arrays)
    except (EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{path} is whole but holds no state: {error}{hint}") from error


def read_training(path):
    """What Checkpoint.save wrote; CheckpointError where the file holds another kind of state."""
    state = read(path)
    if not isinstance(state, dict) or not {"recipe", "made_with", "training"} <= state.keys():
        raise CheckpointError(f"{path} holds no training")
    return state


def digest(state):
    """SHA-256 over a whole state: equal if and only if every bit of it is."""
    structure, arrays = split(state)
    total = hashlib.sha256(json.dumps(structure, sort_keys=True).encode())
    for name, array in arrays.items():
        total.update(f"{name} {array.dtype} {array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def split(state):
    """(structure, arrays): nested plain data in which each array is replaced by its number."""
    arrays = {}

    def walk(item):
        if isinstance(item, dict):
            return {key: walk(item[key]) for key in sorted(item)}
        if isinstance(item, (list, tuple)):
            return [walk(value) for value in item]
        if hasattr(item, "dtype"):
            name = f"array{len(arrays)}"
            arrays[name] = backend_of(item).to_numpy(item)
            return {STRUCTURE: name}
        return item

    return walk(state), arrays


def join(structure, arrays):
    """The inverse of `split`."""
    if isinstance(structure, dict):
        if structure.keys() == {STRUCTURE}:
            return arrays[structure[STRUCTURE]]
        return {key: join(value, arrays) for key, value in structure.items()}
    if isinstance(structure, list):
        return [join(value, arrays) for value in structure]
    return structure


def keep_previous(path):
    """Let NAME.prev be the present file too; where there are no hard links, a copy."""
    part = path.with_name(path.name + ".prev.part")
    part.unlink(missing_ok=True)
    try:
        try:
            os.link(path, part)
        except OSError:
            shutil.copy2(path, part)
        os.replace(part, path.with_name(path.name + ".prev"))
    finally:
        part.unlink(missing_ok=True)


def flush_folder(folder):
    """Make a rename last through a power cut, where the system can (not on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
