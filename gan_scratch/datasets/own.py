"""Your own data: what a path holds, and how it is read into bytes."""

import copy
import dataclasses
import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy
from PIL import Image

from gan_scratch.datasets import archives, arrays, folder, pictures
from gan_scratch.datasets.account import Account, counted, printable, suffix
from gan_scratch.datasets.dataset import Dataset, checked_split, from_bytes
from gan_scratch.datasets.reading import SIZE, Reading

DATA_SUFFIXES = (".csv", ".gz", ".npy", ".npz", ".tar", ".tgz", ".zip")


@dataclasses.dataclass(frozen=True)
class Source:
    """Data that was found and not read yet.

    count        how many samples there are at most
    class_names  the classes as the names of the files show them, or None
    shape        (height, width, channels) of a sample as far as it is known, else None; what may
                 turn out grey counts as grey
    read         read(progress=None) -> Own; `progress(done, total)` is called after each
    """

    count: int
    class_names: tuple | None
    shape: tuple | None
    read: Callable


@dataclasses.dataclass(frozen=True)
class Own:
    """Data that was read: images (N, H, W, C) uint8, labels (N,) int64 or None, class_names or
    None, held_out (N,) bool, the `Account`, and the SHA-256 of the used files and their labels."""

    name: str
    images: numpy.ndarray
    labels: numpy.ndarray | None
    class_names: tuple | None
    held_out: numpy.ndarray
    account: Account
    files_digest: str

    def dataset(self, split="train", value_range=(-1, 1)):
        """The samples of one split as a `Dataset`; ValueError for a split without one."""
        out = self.held_out
        chosen = {"train": ~out, "held-out": out, "all": out | True}[checked_split(split)]
        if not chosen.any():
            raise ValueError(
                f"{self.name!r} has {counted(len(self.images), 'readable image')}, and every tenth "
                f"is held out, so its held-out split needs at least 10"
            )
        return Dataset(
            self.name, images=from_bytes(self.images[chosen], value_range),
            labels=None if self.labels is None else self.labels[chosen], value_range=value_range,
            class_names=self.class_names,
        )


def find(path, reading=None):
    """The `Source` that `path`, a folder or a file, is. Of pictures nothing is decoded
    yet; arrays have been read.

    Raises ValueError for a path that does not exist or is no data.
    """
    path, reading = os.path.expanduser(os.fspath(path)), reading or Reading()
    account = Account()
    if os.path.isdir(path):
        entries = folder.entries(path, account)
        kind, names = arrays.together([entry.name for entry in entries])
        if not kind:
            return _pictures(path, entries, account, reading)
        files = {name: os.path.join(path, name) for name in names}
        return _arrays(path, files, kind, [entry.name for entry in entries], account, reading)
    if not os.path.exists(path):
        raise ValueError(f"{path!r} does not exist; give a folder of pictures or a file of data")
    if not os.path.isfile(path):
        raise ValueError(f"{path!r} is neither a file nor a folder")
    return _file(path, account, reading)


def _file(path, account, reading):
    try:
        with open(path, "rb") as stream:
            head = stream.read(arrays.HEAD)
    except OSError as error:
        raise ValueError(f"cannot open {path!r}: {error.strerror}") from None
    if not head:
        raise ValueError(f"{path!r} is empty")
    try:
        pictures.check_head(head[: pictures.HEAD])
        reason = "picture"
    except pictures.LeftOut as left_out:
        reason = str(left_out)
    if reason != pictures.NO_PICTURE:
        raise ValueError(f"{path!r} is one picture; give the folder of the pictures to learn from")
    kind = arrays.kind(head, path)
    if kind in ("zip", "tar"):
        members = archives.members(path)
        if kind == "zip" and all(member.name.endswith(".npy") for member in members):
            return _arrays(path, {path: path}, "npz", [], account, reading)
        if kind == "zip":  # of a tar any other order than its own is slow
            members.sort(key=lambda member: member.name)
        kind, names = arrays.together([member.name for member in members if member.open])
        if not kind:
            return _pictures(path, archives.entries(path, members, account), account, reading)
        found = {one.name: archives.content(one) for one in members if one.name in names}
        files = {name: found[name] for name in names}
        return _arrays(path, files, kind, [member.name for member in members], account, reading)
    if kind:
        return _arrays(path, arrays.beside(path, kind), kind, [], account, reading)
    raise ValueError(
        f"{path!r} holds no data of a kind that is known: give a folder or an archive (zip, tar, "
        "tar.gz) of pictures, or a .npy, .npz, IDX or CSV file, or CIFAR's batches for Python"
    )


def _arrays(path, files, kind, seen, account, reading):
    """The `Source` of array files: they are quick to read, so they have been read."""
    images, arranged, digest = arrays.read(files, kind, account, reading.stretch)
    images = in_channels(images, reading.channels)
    for name in sorted(set(seen).difference(files)):
        account.leave_out(name, "beside the arrays")

    def read(progress=None):
        fitted = _fitted(images, reading, progress)
        return _own(path, fitted, arranged, copy.deepcopy(account), digest)

    shape = (*(reading.size or images.shape[1:3]), images.shape[3])
    return Source(len(images), _printable(arranged.class_names), shape, read)


def _fitted(images, reading, progress):
    """Images from arrays in the size that `reading` asks for."""
    if reading.size in (None, images.shape[1:3]):
        return images
    tell, channels = _teller(progress, len(images)), images.shape[3]
    fitted = numpy.empty((len(images), *reading.size, channels), numpy.uint8)
    for to, image in zip(fitted, images, strict=True):
        colour = Image.fromarray(image.repeat(3 // channels, axis=2))
        to[:] = numpy.asarray(pictures.fitted(colour, reading))[..., :channels]
        tell()
    return fitted


def _pictures(path, entries, account, reading):
    likely = [entry.name for entry in entries if suffix(entry.name) in pictures.SUFFIXES]
    class_names = folder.arrange(likely or [entry.name for entry in entries]).class_names
    return Source(
        len(entries), _printable(class_names), (*(reading.size or SIZE), reading.channels or 1),
        lambda progress=None: _read(path, entries, copy.deepcopy(account), reading, progress),
    )


def _read(path, entries, account, reading, progress):
    tell = _teller(progress, len(entries) * (2 if reading.stretch else 1))
    spread = _spread(entries, tell) if reading.stretch else None
    names, digests, pixels, remarks, deep = [], [], bytearray(), Counter(), []
    for entry in entries:
        try:
            content = entry.read()
            picture = pictures.decode(content, reading, spread)
        except pictures.LeftOut as left_out:
            reason = str(left_out)
            misnamed = reason == pictures.NO_PICTURE and suffix(entry.name) in pictures.SUFFIXES
            account.leave_out(entry.name, pictures.MISNAMED if misnamed else reason)
            continue
        finally:
            tell()
        names.append(entry.name)
        digests.append(hashlib.sha256(content).digest())
        pixels += picture.pixels
        remarks.update(picture.remarks)
        if picture.extremes:
            deep.append(picture.extremes)
    if not names:
        raise ValueError(_nothing(path, account))
    images = numpy.frombuffer(pixels, numpy.uint8).reshape(-1, *(reading.size or SIZE), 3)
    order = sorted(range(len(names)), key=names.__getitem__)
    if order != list(range(len(names))):  # an archive is read in the order in which it lies
        images = images[order]
        names, digests = [names[i] for i in order], [digests[i] for i in order]
    arranged = folder.arrange(names, {entry.name for entry in entries}.difference(names))
    for i in numpy.flatnonzero(~arranged.used):
        account.leave_out(names[i], folder.STRAY)
    kept = numpy.flatnonzero(arranged.used)
    for to, where in enumerate(kept):  # in place, because a copy would need the memory twice
        if to < where:
            images[to] = images[where]
    account.seen += len(kept)
    for note in (*arranged.notes, *_notes(remarks, deep, spread)):
        account.note(note)
    labels = b"" if arranged.labels is None else arranged.labels.astype("<i8").tobytes()
    return _own(
        path, in_channels(images[: len(kept)], reading.channels), arranged, account,
        hashlib.sha256(b"".join(digests[i] for i in kept) + labels).hexdigest(),
    )


def _own(path, images, arranged, account, files_digest):
    labels, class_names = arranged.labels, _printable(arranged.class_names)
    account.used, account.held_out = len(images), int(arranged.held_out.sum())
    account.shape = images.shape[1:]
    if labels is not None:
        counts = Counter(labels.tolist())
        account.classes = {name: counts[i] for i, name in enumerate(class_names)}
        untaught = set(range(len(class_names))).difference(labels[~arranged.held_out].tolist())
        if untaught:
            names = ", ".join(class_names[i] for i in sorted(untaught))
            account.note(f"no picture to train on in {names}: all are held out")
    flat = images.reshape(len(images), -1)
    if blank := int((flat.min(axis=1) == flat.max(axis=1)).sum()):
        account.note(f"of one shade of grey throughout: {counted(blank, 'picture')}")
    name = printable(Path(path).resolve().name or path)
    return Own(name, images, labels, class_names, arranged.held_out, account, files_digest)


def in_channels(images, channels):
    """(N, H, W, 1 or 3) bytes with 1 or 3 channels; None: with 1 if every picture is grey.

    Colour becomes grey by the luma of ITU-R BT.601, which photographs and Pillow use.
    """
    if channels == images.shape[3]:
        return images
    if images.shape[3] == 1:
        return images.repeat(3, axis=3) if channels == 3 else images
    at_once = 1 + 2**20 // images[0].size
    parts = [slice(start, start + at_once) for start in range(0, len(images), at_once)]
    if channels is None and any((images[i] != images[i][..., :1]).any() for i in parts):
        return images
    grey = numpy.empty((*images.shape[:3], 1), numpy.uint8)
    for part in parts:
        luma = images[part].astype(numpy.int32) @ numpy.array([299, 587, 114], numpy.int32)
        grey[part, ..., 0] = (luma + 500) // 1000
    return grey


def _spread(entries, tell):
    """The (lowest, highest) value in all pictures of more than 8 bits, or None without one."""
    lowest, highest = numpy.inf, -numpy.inf
    for entry in entries:
        try:
            low, high = pictures.extremes(entry.read()) or (lowest, highest)
        except pictures.LeftOut:
            continue
        finally:
            tell()
        lowest, highest = min(lowest, low), max(highest, high)
    return (lowest, highest) if lowest <= highest else None


def _teller(progress, total):
    """A function to call after each step of `total`."""
    done = itertools.count(1)
    return lambda: progress and progress(next(done), total)


def _notes(remarks, deep, spread):
    for remark in pictures.REMARKS:
        if remarks[remark]:
            yield f"{remark}: {counted(remarks[remark], 'picture')}"
    if not deep:
        return
    lowest, highest = min(low for low, _ in deep), max(high for _, high in deep)
    suits = 65535 / 4 <= highest <= 65535 and lowest >= 0
    scale = "spread over black to white" if spread else "0 is black and 65,535 is white"
    yield (
        f"{counted(len(deep), 'picture')} of more than 8 bits with values from {lowest:,g} to "
        f"{highest:,g}: {scale}"
    ) + "; --stretch spreads the values found instead" * (not suits and not spread)


def _nothing(path, account):
    if not account.left_out:
        return f"no pictures in {path!r}: it is empty"
    seen = counted(account.seen, "file")
    sentence = f"no pictures among the {seen} seen in {path!r}: {account.left_out_in_words()}"
    others = account.left_out.get(pictures.NO_PICTURE, [])
    data = [name for name in others if suffix(name) in DATA_SUFFIXES]
    if len(data) == 1:
        sentence += f"; for the data in {data[0]} give --data {os.path.join(path, data[0])!r}"
    return sentence


def _printable(names):
    return names and tuple(printable(name) for name in names)
