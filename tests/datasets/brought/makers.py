"""Bytes of pictures, tables, archives and pickles, also of kinds that no library here writes."""

import gzip
import io
import pickle
import struct
import tarfile
import zipfile
import zlib

import numpy as np
from PIL import Image

NAN = float("nan")


# ---- arrays -------------------------------------------------------------------------------------

def colour(rng, height=8, width=8):
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def grey(rng, height=8, width=8):
    return rng.integers(0, 256, (height, width), dtype=np.uint8)


def plain(rng, height=8, width=8):
    """One colour all over, not a grey one."""
    return np.full((height, width, 3), rng.permutation([30, 110, 220]), np.uint8)


def quadrants(rng, height, width):
    """Four colours, each in a quarter: enough to tell every rotation and reflection."""
    corners = rng.permutation([[230, 30, 30], [30, 200, 40], [40, 40, 220], [240, 240, 60]])
    return enlarged(corners.reshape(2, 2, 3).astype(np.uint8), height, width)


def enlarged(corners, height, width):
    return corners.repeat(height // 2, axis=0).repeat(width // 2, axis=1)


def quarters(picture, height, width, margin=2):
    """What `quadrants` become at another size; the edges between the quarters are not compared."""
    corners = picture[:: picture.shape[0] // 2, :: picture.shape[1] // 2][:2, :2]
    wanted = enlarged(corners, height, width).astype(float)
    wanted[height // 2 - margin : height // 2 + margin] = NAN
    wanted[:, width // 2 - margin : width // 2 + margin] = NAN
    return wanted


def anything(height, width, channels=1):
    return np.full((height, width, 3) if channels == 3 else (height, width), NAN)


STORED = {  # orientation: how an upright picture lies in the file
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


# ---- pictures -----------------------------------------------------------------------------------

def write(root, name, content=b""):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def encoded(picture, form="png", **options):
    """A picture (array or Pillow's) as the bytes of a file."""
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(np.ascontiguousarray(picture))
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def put(root, name, picture, form=None, **options):
    suffix = name.rpartition(".")[2].lower()
    form = form or {"jpg": "jpeg", "tif": "tiff", "jp2": "jpeg2000"}.get(suffix, suffix)
    write(root, name, encoded(picture, form, **options))
    return picture


def album(root, rng, count=10, folder="", make=colour, first=0, name="{:03}.png"):
    """`count` pictures of 8 x 8 as PNG, named in order; their arrays."""
    folder = folder and folder.rstrip("/") + "/"
    return [put(root, folder + name.format(number), make(rng), "png")
            for number in range(first, first + count)]


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def palette(rng, colours=16, height=8, width=8):
    """A picture with a palette, and the array of what one sees."""
    table = rng.permutation(np.arange(1, 257, dtype=np.int64) * 60_000)[:colours]
    table = np.stack([table >> 16 & 255, table >> 8 & 255, table & 255], 1).astype(np.uint8)
    index = rng.integers(0, colours, (height, width), dtype=np.uint8)
    picture = Image.frombytes("P", (width, height), index.tobytes())
    picture.putpalette(table.tobytes())
    return picture, table[index]


def chunk(kind, content):
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
         (1, 0, 2, 1)]


def raw_png(picture, chunks=b"", interlaced=False):
    """PNG of an array of uint8 or uint16, (H, W) or (H, W, 3), with chunks and passes as wished."""
    height, width = picture.shape[:2]
    depth = picture.dtype.itemsize * 8
    passes = [picture[y::dy, x::dx] for y, x, dy, dx in ADAM7] if interlaced else [picture]
    rows = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes()
                    for part in passes if part.size for row in part)
    head = struct.pack(">IIBBBBB", width, height, depth, 2 if picture.ndim == 3 else 0, 0, 0,
                       int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunks
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def giant_png(side):
    """`side` times `side` black pixels of one bit: some kB that unpack to gigabytes of colours."""
    packer = zlib.compressobj(1)
    row = bytes(1 + -(-side // 8))
    data = b"".join(packer.compress(row * 500) for _ in range(side // 500)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data)
            + chunk(b"IEND", b""))


def giant_jpeg(height, width):
    """A grey JPEG of one shade (128), written block by block without any pixels in memory: every
    block is the bits 00 (no change of its mean) and 1010 (and nothing else)."""
    small = encoded(np.full((8, 8), 128, np.uint8), "jpeg")
    frame = small.index(b"\xff\xc0")
    head = small[: frame + 5] + struct.pack(">HH", height, width)
    scan = small.index(b"\xff\xda")
    head += small[frame + 9 : scan + 2 + struct.unpack(">H", small[scan + 2 : scan + 4])[0]]
    blocks = -(-height // 8) * -(-width // 8)
    four = int("001010" * 4, 2).to_bytes(3, "big")  # four blocks are three bytes
    return head + four * (blocks // 4 + 1) + b"\xff\xd9"


def raw_tiff(picture, order="<", orientation=1):
    """An uncompressed TIFF of any dtype, (H, W) or (H, W, 3), in either order of bytes."""
    height, width = picture.shape[:2]
    samples = 3 if picture.ndim == 3 else 1
    data = picture.astype(picture.dtype.newbyteorder(order)).tobytes()
    bits = picture.dtype.itemsize * 8
    kind = {"u": 1, "i": 2, "f": 3}[picture.dtype.kind]
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1),
            (262, 3, 2 if samples == 3 else 1), (273, 4, 0), (274, 3, orientation),
            (277, 3, samples), (278, 4, height), (279, 4, len(data)), (339, 3, kind)]
    after = 8 + 2 + 12 * len(tags) + 4
    extra = struct.pack(order + "6H", *[bits] * 3, *[kind] * 3)
    entries = b""
    for tag, form, value in tags:
        if tag == 273:
            value = after + len(extra)
        if samples == 3 and tag in (258, 339):
            entries += struct.pack(order + "HHII", tag, form, 3, after + (6 if tag == 339 else 0))
        elif form == 3:
            entries += struct.pack(order + "HHIHH", tag, form, 1, value, 0)
        else:
            entries += struct.pack(order + "HHII", tag, form, 1, value)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return (head + struct.pack(order + "H", len(tags)) + entries + bytes(4) + extra + data)


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x28meta" + bytes(300)
MOVIE = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(500)
APPLE_DOUBLE = b"\0\5\x16\7\0\2\0\0Mac OS X        \0\2\0\0\0\x09" + bytes(200)
THUMBS_DB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
DS_STORE = b"\0\0\0\1Bud1\0\0\x10\0" + bytes(600)
ERROR_PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n"


# ---- tables -------------------------------------------------------------------------------------

def csv(pictures, labels=None, *, header=None, label_last=False, end="\n", cell=str):
    """A row a picture; `header`: the line above, or None."""
    rows = [] if header is None else [header]
    for number, picture in enumerate(pictures):
        cells = [cell(value) for value in np.asarray(picture).ravel().tolist()]
        if labels is not None:
            cells.insert(len(cells) if label_last else 0, str(labels[number]))
        rows.append(",".join(cells))
    return end.join(rows) + end


def kaggle_header(pixels=784, label=True):
    return ",".join(["label"] * label + [f"pixel{number}" for number in range(pixels)])


def idx(array, shape=None):
    """IDX of bytes; `shape` is what its header says, where that is not the truth."""
    shape = array.shape if shape is None else shape
    return (bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
            + array.astype(np.uint8).tobytes())


def npy(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asanyarray(array), **options)
    return buffer.getvalue()


def npy_that_says(header, data=b"", version=1):
    """An .npy whose header is any text."""
    text = (header if isinstance(header, str) else repr(header)).encode("latin1") + b"\n"
    return (b"\x93NUMPY" + bytes([version, 0])
            + struct.pack("<H" if version == 1 else "<I", len(text)) + text + data)


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


# ---- pickles ------------------------------------------------------------------------------------

class CPickle:
    """Pickles of protocol 2 as Python 2's cPickle wrote CIFAR: byte strings with the opcode U or T,
    memo numbers from 1, and nothing remembered that only one thing holds (tuples)."""

    def __init__(self, value):
        self.memo = 0
        self.bytes = b"\x80\x02" + self.value(value) + b"."

    def put(self):
        self.memo += 1
        small = self.memo < 256
        return b"q" + bytes([self.memo]) if small else b"r" + struct.pack("<I", self.memo)

    def value(self, value):
        if isinstance(value, dict):
            start = b"}" + self.put() + b"("
            return start + b"".join(self.value(k) + self.value(v) for k, v in value.items()) + b"u"
        if isinstance(value, list):
            out = b"]" + self.put()
            for start in range(0, len(value), 1000):
                out += b"(" + b"".join(map(self.value, value[start : start + 1000])) + b"e"
            return out
        if isinstance(value, bytes):
            return self.text(value) + self.put()
        if isinstance(value, int):
            if 0 <= value < 256:
                return b"K" + bytes([value])
            if value < 65536:
                return b"M" + struct.pack("<H", value)
            return b"J" + struct.pack("<i", value)
        return self.array(value)

    def text(self, value):
        short = len(value) < 256
        return (b"U" if short else b"T") + len(value).to_bytes(1 if short else 4, "little") + value

    def array(self, array):
        rows, columns = array.shape
        return (b"cnumpy.core.multiarray\n_reconstruct\n" + self.put()
                + b"cnumpy\nndarray\n" + self.put() + b"K\x00\x85U\x01b\x87R" + self.put()
                + b"(K\x01" + self.value(rows) + self.value(columns) + b"\x86"
                + b"cnumpy\ndtype\n" + self.put() + b"U\x02u1K\x00K\x01\x87R" + self.put()
                + b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
                + self.text(array.tobytes()) + b"tb")


CIFAR_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
               "truck")


def planes(pictures):
    """(N, 32, 32, 3) as CIFAR lays it: a row a picture, all red, all green, all blue."""
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2)).reshape(len(pictures), -1)


def cifar_batch(pictures, labels, title=b"training batch 1 of 5"):
    names = [b"leptodactylus_pentadactylus_s_%06d.png" % number for number in range(len(labels))]
    return CPickle({b"batch_label": title, b"labels": list(labels), b"data": planes(pictures),
                    b"filenames": names}).bytes


def cifar_files(rng, each=4):
    """{name: content} of cifar-10-batches-py, but small; then pictures, labels, held out."""
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    files, pictures, labels = {}, [], []
    for number, name in enumerate(names):
        some = [colour(rng, 32, 32) for _ in range(each)]
        marks = rng.integers(0, 10, each).tolist()
        title = b"training batch %d of 5" % (number + 1) if number < 5 else b"testing batch 1 of 1"
        files[name] = cifar_batch(some, marks, title)
        pictures += some
        labels += marks
    files["batches.meta"] = CPickle({
        b"num_cases_per_batch": 10000,
        b"label_names": [name.encode() for name in CIFAR_NAMES],
        b"num_vis": 3072,
    }).bytes
    files["readme.html"] = (b'<meta HTTP-EQUIV="REFRESH" '
                            b'content="0; url=http://www.cs.toronto.edu/~kriz/cifar.html">\n')
    return files, pictures, labels, [False] * 5 * each + [True] * each


def calling(module, name, *arguments, protocol=2):
    """A pickle that calls a function when it is read."""
    texts = [argument.encode() for argument in arguments]
    body = b"".join(b"X" + struct.pack("<I", len(text)) + text for text in texts)
    return b"\x80" + bytes([protocol]) + f"c{module}\n{name}\n(".encode() + body + b"tR."


class Deed:
    """When unpickled, makes a file: if it is there afterwards, somebody's code was run."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def deed(path, protocol=2):
    return pickle.dumps({"data": Deed(path)}, protocol)


# ---- archives -----------------------------------------------------------------------------------

def zipped(files, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def raw_zip(members):
    """A zip as the dictionaries in `members` say, true or not: name, data (as it lies in the file),
    size (unpacked), and method, flags, crc, at (where its local header lies, if not here)."""
    body, index = b"", b""
    for member in members:
        name, data = member["name"].encode(), member.get("data", b"")
        fields = struct.pack(
            "<HHHHHIII", 20, member.get("flags", 0), member.get("method", 0), 0, 33,
            member.get("crc", zlib.crc32(data)), len(data), member.get("size", len(data)))
        at = member.get("at", len(body))
        if "at" not in member:
            body += b"PK\3\4" + fields + struct.pack("<HH", len(name), 0) + name + data
        mode = member.get("mode", 0o100644) << 16
        index += (b"PK\1\2" + struct.pack("<H", 0x031E) + fields
                  + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, mode, at) + name)
    return (body + index
            + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(members), len(members), len(index),
                          len(body), 0))


def deflated_zeros(megabytes, head=b""):
    """`head` and zeros as raw deflate, a thousandth of their size, in no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + piece * megabytes + packer.flush()


def gzipped_zeros(head, megabytes):
    """`head` and zeros as gzip members one after another."""
    return gzip.compress(head) + gzip.compress(bytes(1 << 20)) * megabytes


def tarred(files, mode="w:gz", members=()):
    """A tar of {name: content}, then of `members`, (TarInfo, content) each."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def tar_member(name, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info
