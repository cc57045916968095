"""Pictures that lie in arrays: .npy, .npz, IDX, CSV and CIFAR's batches, as images of bytes.

Such files come from anywhere. So what a header promises is compared with what is there before any
memory is taken for it, and no pickle is run. A file is given as its path or as its bytes.
"""

import contextlib
import gzip
import hashlib
import io
import itertools
import math
import re
import warnings
import zlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy

from gan_scratch.datasets import archives, pickles
from gan_scratch.datasets.dataset import DataError
from gan_scratch.datasets.downloads import parse_idx
from gan_scratch.datasets.folder import HELD_OUT, TRAIN, Arrangement
from gan_scratch.datasets.pictures import SUFFIXES

LARGEST = 2**32  # bytes of one array
LONGEST_ROW = 2**20  # characters of CSV
PIECE = 2**20
HEAD = 2**10  # so many bytes tell what a file is
NEARLY_BLACK = 64

IMAGES = {"x", "image", "images", "img", "imgs", "data", "pictures", "samples"}
LABELS = {"y", "label", "labels", "target", "targets", "class", "classes"}
IDX = re.compile(r"(train|t10k)-(images|labels)[-.]idx[13]-ubyte(\.gz)?")
CIFAR = re.compile(r"data_batch_\d+|test_batch|train|test|batches\.meta|meta")
CIFAR_CLASSES = ("batches.meta", "meta")

KINDS = {  # how the content, a line break and the name begin
    "npy": rb"\x93NUMPY",
    "zip": rb"PK(\x03\x04|\x05\x06)",
    "tar": rb".{257}ustar|.*\n[^\n]+\.tar$",
    "idx": rb"\x00\x00[\x08-\x0e][\x01-\x04]",
    "pickle": rb"\x80[\x02-\x05]",
    "csv": rb"[^\0]*\n[^\n]+\.[ct]sv$",
}
OTHERS = (  # the same, what the file is, and what to do with it
    (rb"\x89HDF|MATLAB 7\.3", "an HDF5 file", "read it with h5py"),
    (rb"MATLAB |.*\n[^\n]+\.mat$", "a MATLAB file", "read it with scipy.io.loadmat"),
    (rb"PAR1|ARROW1", "a Parquet or Arrow file", "read it with pandas"),
    (rb".*\n[^\n]+\.tfrecords?[^\n]*$", "a TFRecord file", "read it with TensorFlow"),
    (rb".*\n[^\n]+\.pth?$", "a PyTorch file", "read it with torch.load"),
    (rb"%PDF", "a PDF document", "save its pages as pictures in a folder"),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI |\x00\x00\x01\xba", "a video",
     "save its frames in a folder, for example with ffmpeg -i FILE frames/%05d.png"),
    (rb"7z\xbc\xaf|Rar!|\xfd7zXZ|BZh|\x28\xb5\x2f\xfd", "an archive of a kind that is not read",
     "unpack it and give the folder"),
)


class Part(NamedTuple):
    """Images and labels, or None, as they lie in a file; and whether they are held out."""

    images: numpy.ndarray
    labels: numpy.ndarray | list | None
    held_out: bool


def kind(head, name):
    """What the file called `name` is that begins with the bytes `head`: "npy", "zip", "tar", "idx",
    "pickle", "csv" or None. DataError, with advice, for known kinds that are not read."""
    if head[:2] == b"\x1f\x8b":
        with contextlib.suppress(zlib.error):
            head = zlib.decompressobj(31).decompress(head, HEAD)
    known = head + b"\n" + name.lower().removesuffix(".gz").encode(errors="replace")
    for pattern, what, advice in OTHERS:
        if re.match(pattern, known, re.DOTALL):
            if advice.startswith("read"):
                advice += f", and {pickles.SAVE}"
            raise DataError(f"{name} is {what}, which cannot be used as it is: {advice}")
    return next((kind for kind in KINDS if re.match(KINDS[kind], known, re.DOTALL)), None)


def beside(path, kind):
    """{name: path} of the array file at `path` and of those beside it that belong to it."""
    path = Path(path)
    labels = _labels_of(path.name).removesuffix(".gz")
    others = {"idx": (labels, labels + ".gz"), "pickle": CIFAR_CLASSES}.get(kind, ())
    there = [path.with_name(name) for name in others if path.with_name(name).is_file()]
    return {file.name: file for file in (path, *there)}


def together(names):
    """(kind, names) of the IDX files, or of CIFAR's batches, of one data set among `names`;
    (None, []) where there is none, or there are pictures."""
    groups = {}
    for name in sorted(names):
        if PurePosixPath(name).suffix.lower() in SUFFIXES:
            return None, []
        folder, _, last = name.rpartition("/")
        for kind, pattern in ("idx", IDX), ("pickle", CIFAR):
            if pattern.fullmatch(last):
                groups.setdefault((folder, kind), {})[last.removesuffix(".gz")] = name
    for (_, kind), group in groups.items():
        if kind == "idx" or not group.keys().isdisjoint(CIFAR_CLASSES):
            return kind, list(group.values())
    return None, []


def read(files, kind, account, stretch=False):
    """(images (N, H, W, C) uint8, their `Arrangement`, the SHA-256 of the files).

    `files` is {name: path or bytes}; of "npz" it is one path. With `stretch` the smallest value
    becomes 0 and the largest 255. Raises DataError for whatever is no pictures.
    """
    name = next(iter(files))
    readers = {"npy": _npy, "npz": _npz, "idx": _idx, "csv": _csv, "pickle": _cifar}
    try:
        parts, class_names = readers[kind](files, account)
    except DataError:
        raise
    except Exception as error:  # of a damaged file it may be anything
        raise DataError(f"{name} is damaged: {error or type(error).__name__}") from None
    account.seen += len(files)
    images, held_out = _images(name, parts, account, stretch)
    labels, class_names = _labels(name, parts, class_names, account)
    used = numpy.ones(len(images), bool)
    return images, Arrangement(used, labels, class_names, held_out, []), _digest(files)


def _digest(files):
    digest = hashlib.sha256()
    for source in files.values():
        with _raw(source) as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
    return digest.hexdigest()


def _raw(source):
    return io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb")


@contextlib.contextmanager
def _opened(source):
    """A stream of the content, unpacked if it is gzipped."""
    with _raw(source) as stream:
        packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        yield gzip.GzipFile(fileobj=stream) if packed else stream


def _content(stream, size, begun=b""):
    """`begun` and what is left of `stream`, but at most one byte more than `size` in all.

    It grows with what is there, not with what was promised.
    """
    content = bytearray(begun)
    while len(content) <= size and (piece := stream.read(min(PIECE, size + 1 - len(content)))):
        content += piece
    return content


def _npy(files, _):
    (name, source), = files.items()
    with _opened(source) as stream:
        return [Part(_npy_array(stream, name), None, False)], None


def _npy_array(stream, name):
    """The array in the stream of a .npy file; DataError where it is no array of plain values."""
    head = stream.read(16 * HEAD)
    header, formats = io.BytesIO(head), numpy.lib.format
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            first = formats.read_magic(header) == (1, 0)
            shape, fortran, dtype = (
                formats.read_array_header_1_0 if first else formats.read_array_header_2_0
            )(header)
    except Exception:  # of a damaged file it may be anything
        raise DataError(f"{name} is no .npy file, or has a damaged header") from None
    if dtype.hasobject:
        raise DataError(
            f"{name} holds Python objects; they are a pickle, which can run any program, so save "
            "arrays of numbers instead"
        )
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 1 or not 0 < size <= LARGEST:
        raise DataError(
            f"{name} has the shape {str(shape)[:60]}, but must hold at least one picture, and at "
            f"most {LARGEST:,} bytes"
        )
    content = _content(stream, size, head[header.tell() :])
    if len(content) != size:
        held = "more" if len(content) > size else f"{len(content):,}"
        raise DataError(f"{name} promises {size:,} bytes, for the shape {shape}, and holds {held}")
    values = numpy.frombuffer(content, dtype)
    return values.reshape(shape[::-1]).T if fortran else values.reshape(shape)


def _npz(files, account):
    (name, path), = files.items()
    members = {member.name.removesuffix(".npy"): member for member in archives.members(path)}
    chosen, clear = {}, True  # {(split, "images" or "labels"): key}
    for key in members:
        called = {"arr_0": "images", "arr_1": "labels"}.get(key, key)
        words = {word.lower() for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", called)}
        split = next((name for name in (*TRAIN, *HELD_OUT, "held") if name in words), TRAIN[0])
        if words & LABELS and "names" not in words:
            clear &= chosen.setdefault((split, "labels"), key) == key
        elif words & IMAGES or len(members) == 1:
            clear &= chosen.setdefault((split, "images"), key) == key
    splits = [split for split, role in chosen if role == "images"]
    if not splits or not clear:
        raise DataError(
            f"which arrays are the pictures in {name}? It holds {ascii(list(members))[:200]}; call "
            "them images and labels, or x_train, y_train, x_test and y_test"
        )
    if unused := sorted(members.keys() - chosen.values()):
        account.note(f"arrays that are not used: {', '.join(unused[:5])}")

    def array(split, role):
        key = chosen.get((split, role))
        return key and _npy_array(members[key].open(), f"{ascii(key)} in {name}")

    return [
        Part(array(split, "images"), array(split, "labels"), split not in TRAIN) for split in splits
    ], None


def _idx(files, account):
    first, *_ = files
    parts = []
    for name in [name for name in files if _labels_of(name) != name] or [first]:
        wanted = _labels_of(name).removesuffix(".gz")
        labels = [file for file in files if file != name and file.removesuffix(".gz") == wanted]
        account.note(f"labels: {labels[0]}" if labels else f"no labels, for want of {wanted}")
        labels = _idx_array(labels[0], files[labels[0]]) if labels else None
        parts.append(Part(_idx_array(name, files[name]), labels, "train" not in name))
    return parts, None


def _labels_of(name):
    return name.replace("images", "labels").replace("idx3", "idx1")


def _idx_array(name, source):
    with _opened(source) as stream:
        head = stream.read(4 + 4 * 4)
        ends = range(8, 8 + 4 * int.from_bytes(head[3:4]), 4)
        size = math.prod(int.from_bytes(head[end - 4 : end]) for end in ends)
        if size > LARGEST:
            raise DataError(f"{name} promises {size:,} bytes, and at most {LARGEST:,} are read")
        return parse_idx(_content(stream, size + len(head), head), name)


def _csv(files, _):
    (name, source), = files.items()
    with _opened(source) as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace")
        first = text.readline(LONGEST_ROW)
        delimiter = max(",;\t", key=first.count)
        columns = first.count(delimiter) + 1
        label = None if _side(columns) else 0
        if not _side(columns - (label is not None)):
            raise DataError(
                f"{name} has {columns:,} values in its first row: a row must hold a square grey "
                "picture, such as 784 values for 28×28, and at most a label besides"
            )
        fields = [field.strip(" \"\n").lower() for field in first.split(delimiter)]
        if label == 0 and fields[-1] in LABELS:
            label = columns - 1
        is_header = any(not re.fullmatch(r"[-+.\de]+|nan", field) for field in fields)
        rest = iter(lambda: text.readline(LONGEST_ROW), "")
        rows, most = itertools.chain([first][is_header:], rest), LARGEST // (4 * columns)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of no rows
                values = numpy.loadtxt(
                    itertools.islice(rows, most), numpy.float32, delimiter=delimiter, quotechar='"',
                    comments=None, ndmin=2,
                )
        except ValueError as error:
            why = str(error).partition(";")[0][:200]
            raise DataError(f"{name} is no table of numbers: {why}") from None
        if not len(values) or next(rows, None):
            raise DataError(f"{name} must hold between 1 and {most:,} rows of numbers")
    if label is None:
        return [Part(values, None, False)], None
    return [Part(values[:, 1:] if label == 0 else values[:, :-1], values[:, label], False)], None


def _cifar(files, _):
    parts, class_names = [], None
    for name, source in files.items():
        with _opened(source) as stream:
            batch = pickles.read(_content(stream, pickles.LARGEST), name)
        if "data" in batch:
            images = pickles.array(batch["data"], name)
            side = _side(images.shape[-1] // 3)
            if images.shape[1:] != (3 * side * side,):
                raise DataError(f"{name} must hold rows of 3·32·32 bytes, got {images.shape}")
            labels = batch.get("labels", batch.get("fine_labels"))
            if not isinstance(labels, list) or set(map(type, labels)) != {int}:
                raise DataError(f"{name} must hold a list of whole numbers as its labels")
            is_test = name.rpartition("/")[2].startswith("test")
            parts.append(Part(images.reshape(-1, 3, side, side), labels, is_test))
        else:
            found = batch.get("label_names", batch.get("fine_label_names"))
            if isinstance(found, list) and set(map(type, found)) == {str}:
                class_names = found
    if not parts:
        raise DataError(f"{next(iter(files))} holds no pictures; give a batch that does")
    return parts, class_names


def _side(count):
    """The side of a square of `count` pixels, or 0 where there is none of more than 1 pixel."""
    side = math.isqrt(count)
    return side if side * side == count and side > 1 else 0


def _images(name, parts, account, stretch):
    """(images (N, H, W, C) uint8, held_out (N,) bool) of all parts."""
    arrays = [_arranged(part.images, name) for part in parts]
    shapes = {array.shape[1:] for array in arrays}
    if len(shapes) > 1:
        raise DataError(f"{name} must hold pictures of one size, got {sorted(shapes)}")
    held_out = numpy.repeat([part.held_out for part in parts], list(map(len, arrays)))
    images = numpy.empty((len(held_out), *shapes.pop()), numpy.uint8)
    black, factor = _scale(arrays, name, account, stretch)
    start = 0
    for piece in _pieces(arrays):
        images[start : start + len(piece)] = numpy.rint((piece - black) * factor)
        start += len(piece)
    if held_out.all() or not held_out.any():
        held_out = numpy.arange(len(images)) % 10 == 9
    return images, held_out


def _arranged(images, name):
    """`images` as (N, H, W, C), whatever way they lie."""
    shape = images.shape
    if 0 in shape:
        raise DataError(f"{name} holds no pictures: its shape is {shape}")
    if images.dtype.kind not in "biuf":
        raise DataError(f"{name} must hold pictures as numbers, got {str(images.dtype)[:60]}")
    if len(shape) == 2 and _side(shape[1]):
        return images.reshape(len(images), _side(shape[1]), -1, 1)
    if len(shape) == 3 and shape[2] > 4:
        return images[..., None]
    if len(shape) == 4 and shape[3] in (1, 3):
        return images
    if len(shape) == 4 and shape[1] in (1, 3):
        return images.transpose(0, 2, 3, 1)
    raise DataError(
        f"{name} must hold pictures as an array (N, height, width), (N, height, width, channels) "
        f"or (N, channels, height, width), with 1 or 3 channels, got the shape {shape}"
        + "; leave out the fourth channel, transparency" * (len(shape) == 4 and 4 in shape[1::2])
    )


def _pieces(arrays):
    """The values of all arrays in float64, some pictures at a time."""
    for array in arrays:
        step = 1 + PIECE // math.prod(array.shape[1:])
        for start in range(0, len(array), step):
            yield array[start : start + step].astype(numpy.float64)


def _scale(arrays, name, account, stretch):
    """(black, factor): the value v becomes the byte (v - black) · factor."""
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    kinds = {array.dtype.kind for array in arrays}
    found = f"values from {low:g} to {high:g}"
    if not math.isfinite(high - low):
        raise DataError(f"{name} holds values that are not finite")
    if kinds == {"b"}:
        return 0, 255
    if stretch:
        account.note(f"{found} are spread over black to white")
        return low, 255 / max(high - low, 1e-300)
    for black in (0, -1):
        if kinds == {"f"} and black <= low and high <= 1:
            account.note(f"{found}: {black} is black and 1 is white")
            return black, 255 / (1 - black)
    floats = [array for array in arrays if array.dtype.kind == "f"]
    are_whole = all((piece == numpy.rint(piece)).all() for piece in _pieces(floats))
    if 0 <= low and high <= 255 and are_whole:
        if high < NEARLY_BLACK:
            account.note(f"{found}: 255 would be white, so all is nearly black; --stretch helps")
        return 0, 1
    raise DataError(
        f"{name} holds {found}: wanted are whole numbers from 0 to 255, or floating-point numbers "
        "from 0 to 1 or from -1 to 1; --stretch makes the smallest black and the largest white"
    )


def _labels(name, parts, class_names, account):
    """(labels (N,) int64, class names), or (None, None) where not every picture has one class."""
    with_labels = [part for part in parts if part.labels is not None]
    for images, labels, _ in with_labels:
        if numpy.shape(labels)[:1] != (len(images),):
            raise DataError(
                f"{name} must hold {len(images):,} labels, one for each picture, got an array of "
                f"{numpy.shape(labels)}"
            )
    if len(with_labels) < len(parts):
        if with_labels:
            account.note("no labels, because only some of the pictures have them")
        return None, None
    labels = numpy.concatenate([part.labels for part in parts])
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "biuf" and numpy.array_equal(
        labels, labels.argmax(axis=1)[:, None] == numpy.arange(labels.shape[1])
    ):
        account.note("the labels have a 1 in the column of the class (one-hot)")
        labels = labels.argmax(axis=1)
    if labels.dtype.kind == "S":
        labels = numpy.char.decode(labels, errors="replace")
    with numpy.errstate(invalid="ignore"):  # of NaN and infinity, which are no whole numbers
        whole = labels.astype(numpy.int64) if labels.dtype.kind in "biuf" else labels
    if labels.ndim != 1 or labels.dtype.kind not in "biufU" or (whole != labels).any():
        account.note("no labels, because they are not one whole number or name for each picture")
        return None, None
    if class_names and 0 <= whole.min() <= whole.max() < len(class_names):
        return whole, tuple(class_names)
    values, labels = numpy.unique(whole, return_inverse=True)
    return labels.astype(numpy.int64), tuple(str(value) for value in values)
