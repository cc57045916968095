"""Pictures in a zip or tar file, read where they lie: nothing is unpacked to the disk."""

import functools
import gzip
import os
import posixpath
import re
import tarfile
import weakref
import zipfile
from collections.abc import Callable
from typing import NamedTuple

from gan_scratch.datasets import pictures
from gan_scratch.datasets.dataset import DataError
from gan_scratch.datasets.folder import HIDDEN, RUN, RUN_FOLDER, Entry
from gan_scratch.datasets.pictures import LeftOut

LARGEST_FILE = 2**28  # bytes of a file in an archive, unpacked
LARGEST_TAR = 2**36  # bytes of a tar, unpacked: listing it unpacks all of it
LARGEST_HEADER = 2**16  # bytes of a header in a tar
MOST_FILES = 10**6
HARMLESS, HARMLESS_RATIO = 2**26, 250  # what unpacks to more bytes, and to so many times as many
DEFLATED_AT_MOST = 1040  # deflate makes no file smaller than by this factor
OUTSIDE = re.compile(r"(.*[/\\])?\.\.([/\\].*)?|[/\\].*|[A-Za-z]:.*", re.DOTALL)


class Member(NamedTuple):
    """A file in an archive: its name, its size when unpacked, and `open`, which returns a stream
    that begins with it; None for what is neither file nor folder."""

    name: str
    size: int
    open: Callable | None


def entries(path, found, account):
    """The `found` members of the archive at `path` as `Entry`s, in the order in which they lie.

    If everything is in one folder, that folder is the archive. For the rest see `folder.entries`.
    """
    kept, names = [], [member.name for member in found]
    runs = sorted(name.removesuffix(RUN) for name in names if posixpath.basename(name) == RUN)
    if "" in runs:
        raise ValueError(f"{path!r} is the folder of a run, and its pictures are not data")
    for run in runs:
        account.leave_out(run, RUN_FOLDER)
    for member in found:
        if any(part[0] == "." for part in member.name.split("/")):
            account.leave_out(member.name, HIDDEN)
        elif member.open is None:
            account.leave_out(member.name, "neither file nor folder")
        elif not member.name.startswith(tuple(runs)):
            kept.append(member)
    tops = {member.name.rpartition("/")[0].partition("/")[0] for member in kept}
    start = len(min(tops)) + 1 if len(tops) == 1 and tops != {""} else 0
    return [Entry(one.name[start:], one.size, functools.partial(_picture, one)) for one in kept]


def _picture(member):
    """All bytes of a member that is a picture; of another only the first are unpacked."""
    try:
        stream = member.open()
        head = stream.read(min(member.size, pictures.HEAD))
        pictures.check_head(head)
        if member.size > LARGEST_FILE:
            raise LeftOut(pictures.TOO_LARGE)
        content = head + stream.read(member.size - len(head))
    except LeftOut:
        raise
    except Exception:  # of a damaged file it may be anything
        raise LeftOut(pictures.DAMAGED) from None
    if len(content) < member.size:
        raise LeftOut(pictures.CUT_SHORT)
    return content


def content(member):
    """All bytes of a member; DataError where it is damaged or too large."""
    try:
        if member.size <= LARGEST_FILE:
            found = member.open().read(member.size)
            if len(found) == member.size:
                return found
    except Exception:  # of a damaged file it may be anything
        pass
    raise DataError(f"{ascii(member.name)} is damaged, or holds more than {LARGEST_FILE:,} bytes")


def members(path):
    """The files in the zip or tar at `path` as a list of `Member`s, in the order in which they lie.

    A packed tar can only be read forwards: out of this order it is unpacked anew for every file.
    Raises DataError for an archive that is damaged, encrypted, or promises more than it holds, and
    for names that lead out of it.
    """
    found, stream = [], _kept_open(path)
    try:
        is_zip = stream.read(2) == b"PK"
        for member in (_in_zip if is_zip else _in_tar)(stream):
            if OUTSIDE.fullmatch(member.name):
                raise DataError(f"holds {ascii(member.name)}, a name that leads out of it")
            found.append(member._replace(name=posixpath.normpath(member.name)))
            if len(found) > MOST_FILES:
                raise DataError(f"holds more than {MOST_FILES:,} files")
    except DataError as error:
        raise DataError(f"{path} {error}; nothing of it was read") from None
    except Exception as error:  # of a damaged file it may be anything
        raise DataError(f"{path} is a damaged archive ({error or type(error).__name__})") from None
    return found


def _kept_open(path):
    """A stream of the file at `path` that is closed when its last user is gone."""
    with open(path, "rb") as stream:
        descriptor = os.dup(stream.fileno())
    stream = open(descriptor, "rb", closefd=False)
    weakref.finalize(stream, os.close, descriptor)
    return stream


def _in_zip(stream):
    length = stream.seek(0, os.SEEK_END)
    archive = zipfile.ZipFile(stream)
    for info in archive.infolist():
        if info.is_dir():
            continue
        if info.flag_bits & 1:
            raise DataError("is encrypted: unpack it, and give the folder")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError("is packed in an unusual way: unpack it, and give the folder")
        if info.compress_size > length or info.file_size > info.compress_size * DEFLATED_AT_MOST:
            raise DataError(f"does not hold the {info.file_size:,} bytes that it promises")
        if info.file_size > max(HARMLESS, info.compress_size * HARMLESS_RATIO):
            sizes = f"{info.compress_size:,} bytes that unpack to {info.file_size:,}"
            raise DataError(f"holds {sizes}: a zip bomb")
        name = info.filename.replace("\\", "/")
        yield Member(name, info.file_size, functools.partial(archive.open, info))


def _in_tar(stream):
    stream.seek(0)
    packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    stream = _Guarded(gzip.GzipFile(fileobj=stream) if packed else stream)
    tar = tarfile.open(fileobj=stream, mode="r:")
    while (info := tar.next()) is not None:
        tar.members.clear()  # it would keep them all
        if info.size < 0:
            raise DataError("is damaged: the size of a file is negative")
        if not info.isdir():
            at = functools.partial(stream.at, info.offset_data)
            yield Member(info.name, info.size, at if info.isreg() and not info.issparse() else None)
    stream.seek(tar.offset)  # tarfile stops at anything that is no header, without a word
    if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise DataError("is damaged or cut short")


class _Guarded:
    """The stream of a tar, which gives way to no outrageous header."""

    def __init__(self, stream):
        self.stream, self.tell = stream, stream.tell

    def read(self, size):
        if not 0 <= size <= LARGEST_HEADER:
            raise DataError(f"has a header of {size:,} bytes")
        return self.stream.read(size)

    def seek(self, position):
        if not 0 <= position <= LARGEST_TAR:
            raise DataError(f"promises more than {LARGEST_TAR:,} bytes")
        self.stream.seek(position)

    def at(self, position):
        self.stream.seek(position)
        return self.stream
