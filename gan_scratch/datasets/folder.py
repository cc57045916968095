"""Which files a folder of your own pictures holds, and what their folders say about them."""

import errno
import functools
import os
import stat
from collections.abc import Callable
from typing import NamedTuple

import numpy

from gan_scratch import locks
from gan_scratch.datasets import pictures
from gan_scratch.datasets.pictures import LeftOut

RUN = "checkpoint.gan"  # a folder that holds it is a run, and its pictures are made up
LARGEST = 2**30  # bytes of one file
TRAIN = ("train", "training")
HELD_OUT = ("test", "testing", "val", "valid", "validation", "eval")
NOT_OPENED, CIRCLE, HIDDEN = "could not be opened", "link in a circle", "hidden"
RUN_FOLDER, EMPTY, STRAY = "run folder", "empty folder", "beside the class folders"


class Entry(NamedTuple):
    """A file: its relative name, its size in bytes, and `read`, which returns its content.

    `read` raises LeftOut where the content is not to be had, or is no picture.
    """

    name: str
    size: int
    read: Callable


def entries(root, account):
    """The files in the folder `root` and below it, as `Entry`s in the order of their names.

    Symbolic links are followed, unless they lead back to a folder that they are in. Folders of runs
    are passed over. `account` is told of everything that is not in the list.
    Raises ValueError for a `root` that is a run, or cannot be opened.
    """
    found, waiting = [], [("", ())]
    while waiting:
        folder, above = waiting.pop()
        try:
            inside = list(os.scandir(os.path.join(root, folder)))
            status = os.stat(os.path.join(root, folder))
        except OSError as error:
            if not folder:
                raise ValueError(f"cannot open the folder {root!r}: {error.strerror}") from None
            account.leave_out(folder, NOT_OPENED)
            continue
        if any(file.name == RUN for file in inside):
            if not folder:
                raise ValueError(
                    f"{root!r} is the folder of a run, and its pictures are not data; give the "
                    "folder of the pictures to learn from"
                )
            account.leave_out(folder, RUN_FOLDER)
            continue
        here = (status.st_dev, status.st_ino)
        if here in above:
            account.leave_out(folder, CIRCLE)
            continue
        if folder and not inside:
            account.leave_out(folder, EMPTY)
        for file in inside:
            name = folder + file.name
            if file.name == locks.NAME:  # of a run that begins here
                continue
            if file.name[0] == ".":
                account.leave_out(name, HIDDEN)
                continue
            try:
                status = file.stat()
            except OSError as error:
                link = "broken link" if file.is_symlink() else NOT_OPENED
                account.leave_out(name, CIRCLE if error.errno == errno.ELOOP else link)
                continue
            if stat.S_ISDIR(status.st_mode):
                waiting.append((name + "/", (*above, here)))
            elif stat.S_ISREG(status.st_mode):
                found.append(Entry(name, status.st_size, functools.partial(_content, file.path)))
            else:
                account.leave_out(name, "neither file nor folder")
    return sorted(found)


def _content(path):
    """All bytes of the file at `path`; of one that is not a picture only the first are read."""
    try:
        with open(path, "rb", buffering=0) as stream:
            pictures.check_head(stream.read(pictures.HEAD))
            if os.fstat(stream.fileno()).st_size > LARGEST:
                raise LeftOut(pictures.TOO_LARGE)
            stream.seek(0)
            return stream.readall()
    except FileNotFoundError:
        raise LeftOut("gone before it was read") from None
    except PermissionError:
        raise LeftOut(NOT_OPENED) from None
    except OSError as error:
        raise LeftOut(f"could not be read: {error.strerror}") from None


class Arrangement(NamedTuple):
    """What their folders say of N pictures: which ones are used, (N,) bool; of these M the labels
    (M,) or None, the class names or None, which are held out, (M,) bool; and notes for people."""

    used: numpy.ndarray
    labels: numpy.ndarray | None
    class_names: tuple | None
    held_out: numpy.ndarray
    notes: list


def arrange(names, others=()):
    """The `Arrangement` of pictures with the relative `names`; `others` are files without one.

    The folders at the top are the classes if all pictures, or all but a tenth, lie in folders. But
    folders called train, test and the like are splits, and the classes are the folders in them; and
    a single folder that holds folders, as in most downloads, is opened. Without splits every tenth
    picture is held out, but not the only one of a class.
    """
    above = [name.split("/")[:-1] for name in names]
    around = _around(above)
    above = [folders[len(around):] for folders in above]
    others = [name.split("/")[len(around):-1] for name in others]
    splits = _splits(above)
    depth = 1 if splits else 0
    used = numpy.array([len(folders) > depth for folders in above], bool)
    labels = class_names = held_out = None
    notes = []
    if splits:
        train, rest = ([top for top in splits if splits[top] is out] for out in (False, True))
        notes.append(
            f"split by their folders: {_listed(train)} to train on; "
            f"{_listed(rest) or 'every tenth picture'} held out"
        )
    if _few(~used):
        classes = [folders[depth] for folders in above if len(folders) > depth]
        class_names = tuple(sorted(set(classes)))
        number = {name: i for i, name in enumerate(class_names)}
        labels = numpy.array([number[name] for name in classes], numpy.int64)
        without = {
            folders[depth] for folders in others
            if len(folders) > depth and folders[0] in (splits or folders)
        }.difference(class_names)
        if without:
            notes.append(f"folders without a readable picture are no classes: {_listed(without)}")
    else:
        if used.any():
            notes.append(
                f"no classes, with {(~used).sum():,} of {len(names):,} pictures outside the "
                "folders that would be the classes"
            )
        used = numpy.array([len(folders) >= depth for folders in above], bool)
    if splits:
        held_out = numpy.array([splits[above[i][0]] for i in numpy.flatnonzero(used)], bool)
    if held_out is None or not held_out.any():
        held_out = numpy.arange(used.sum()) % 10 == 9
        for label in range(len(class_names or ())):
            if held_out[labels == label].all():  # it has a single picture, to be learnt from
                held_out[labels == label] = False
    return Arrangement(used, labels, class_names, held_out, notes)


def _around(above):
    """The folders that all pictures lie in, as long as most of these lie in folders in them."""
    around = []
    while True:
        tops = {tuple(folders[: len(around) + 1]) for folders in above}
        deeper = numpy.array([len(folders) > len(around) + 1 for folders in above], bool)
        if len(tops) != 1 or not _few(~deeper) or max(tops)[-1].lower() in TRAIN:
            return around
        around = list(max(tops))


def _splits(above):
    """{folder at the top: whether it is held out} if these are train, test and such, else {}."""
    tops = {folders[0] for folders in above if folders}
    held_out = {top: top.lower() not in TRAIN for top in tops}
    are_splits = all(top.lower() in TRAIN + HELD_OUT for top in tops)
    strays = numpy.array([not folders for folders in above], bool)
    return held_out if are_splits and not all(held_out.values()) and _few(strays) else {}


def _few(strays):
    return strays.sum() <= len(strays) / 10


def _listed(names):
    return ", ".join(sorted(names))
