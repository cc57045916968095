"""Pictures in zip and tar files: as in a folder, and an archive that means harm is one sentence."""

import gzip
import io
import os
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile

import numpy
import pytest
from PIL import Image

from gan_scratch import datasets
from gan_scratch.datasets import archives, own
from gan_scratch.datasets.reading import Reading

MIB = 2**20
KINDS = ("zip", "tar", "tar.gz")


def png(seed, size=8):
    pixels = numpy.random.default_rng(seed).integers(0, 256, (size, size, 3)).astype(numpy.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


FILES = {
    f"{folder}/{i:02}.png": png(10 * place + i)
    for place, folder in enumerate(("dogs", "cats")) for i in range(6)
}


def save(path, files, compression=zipfile.ZIP_DEFLATED):
    """`files` in an archive, in the order in which they are given."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def read(path, **settings):
    return own.find(path, Reading(size=8, **settings)).read()


def sentence(path, most=8 * MIB):
    """What is said of an archive that is refused, while little memory is taken."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError) as refused:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
    said = str(refused.value)
    assert "\n" not in said and len(said) < 500, said
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_is_read_as_the_folder_would_be(tmp_path, kind):
    folder = tmp_path / "folder"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    wanted = read(folder)
    shuffled = {name: FILES[name] for name in sorted(FILES, key=lambda name: name[::-1])}
    path = save(tmp_path / f"a.{kind}", shuffled)
    assert own.find(path).class_names == ("cats", "dogs") and own.find(path).count == 12
    data = read(path)
    numpy.testing.assert_array_equal(data.images, wanted.images)
    numpy.testing.assert_array_equal(data.labels, wanted.labels)
    numpy.testing.assert_array_equal(data.held_out, wanted.held_out)
    assert data.class_names == wanted.class_names == ("cats", "dogs")
    assert data.files_digest == wanted.files_digest
    assert data.account.lines() == wanted.account.lines()
    assert data.name == f"a.{kind}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert len(datasets.load(f"a.{kind}", "all", size=8)) == 12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("top", ["", "./", "flowers/", "./flowers/"])
def test_the_folder_that_everything_is_in_is_no_class(tmp_path, kind, top):
    path = save(tmp_path / f"a.{kind}", {top + name: content for name, content in FILES.items()})
    assert read(path).class_names == ("cats", "dogs")


@pytest.mark.parametrize("kind", KINDS)
def test_splits_and_what_is_left_out(tmp_path, kind):
    files = {f"d/train/{name}": content for name, content in FILES.items()}
    files |= {
        "d/test/cats/1.png": png(30), "__MACOSX/d/._a.png": b"x", "d/.DS_Store": b"x",
        "d/train/notes.txt": b"hello", "d/train/cats/cut.png": png(31)[:60],
        "d/train/cats/empty.png": b"", "d/train/run/checkpoint.gan": b"x",
        "d/train/run/samples.png": png(32),
    }
    data = read(save(tmp_path / f"a.{kind}", files))
    assert len(data.dataset("train")) == 12 and len(data.dataset("held-out")) == 1
    assert data.class_names == ("cats", "dogs")
    left_out = data.account.left_out
    assert left_out["run folder"] == ["d/train/run/"]
    assert sorted(left_out["hidden"]) == ["__MACOSX/d/._a.png", "d/.DS_Store"]
    assert left_out["not a picture"] == ["train/notes.txt"]
    assert left_out["empty file"] == ["train/cats/empty.png"]
    assert sum(map(len, left_out.values())) == 6


def test_a_run_is_no_data(tmp_path):
    path = save(tmp_path / "a.zip", {"checkpoint.gan": b"x", "samples.png": png(0)})
    assert "is the folder of a run" in sentence(path)


class Counted:
    """A stream that counts the bytes that are read from it."""

    def __init__(self, stream):
        self.stream, self.seek, self.tell, self.count = stream, stream.seek, stream.tell, 0

    def read(self, size=-1):
        content = self.stream.read(size)
        self.count += len(content)
        return content


def test_a_packed_tar_is_read_once_to_list_it_and_once_for_its_pictures(tmp_path, monkeypatch):
    path = save(tmp_path / "a.tar.gz", {f"{i:02}.png": png(i, 64) for i in range(60, -1, -1)})
    counted = []
    kept_open = archives._kept_open
    monkeypatch.setattr(
        archives, "_kept_open", lambda path: counted.append(Counted(kept_open(path))) or counted[-1]
    )
    assert read(path).account.used == 61
    assert counted[0].count < 2.2 * path.stat().st_size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    ["../a.png", "b/../../a.png", "/etc/a.png", "..\\a.png", "C:\\a.png", "\\\\host\\a.png", ".."],
)
def test_names_that_lead_outside(tmp_path, kind, name):
    path = save(tmp_path / f"a.{kind}", {**FILES, name: png(0)})
    shown = name.replace("\\", "/") if kind == "zip" else name
    assert f"holds {shown!r}, a name that leads out of it; nothing of it was read" in sentence(path)


def test_dots_inside_a_name_are_harmless(tmp_path):
    assert len(read(save(tmp_path / "a.zip", {"a..b/c...png": png(0), "d..png": png(1)})).images)


def test_an_encrypted_zip(tmp_path):
    path = save(tmp_path / "a.zip", FILES)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    assert "is encrypted: unpack it, and give the folder" in sentence(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_is_packed_otherwise(tmp_path, compression):
    # Python unpacks these without a limit: 10 MB can become 100 GB.
    path = save(tmp_path / "a.zip", FILES, compression)
    assert "is packed in an unusual way: unpack it, and give the folder" in sentence(path)


def altered(path, at, format, *values):
    """The file with bytes of the first entry of the list of a zip's members changed."""
    content = bytearray(path.read_bytes())
    struct.pack_into(format, content, content.index(b"PK\1\2") + at, *values)
    path.write_bytes(content)
    return path


def test_zips_with_wrong_sizes(tmp_path):
    def zipped():
        return save(tmp_path / "a.zip", FILES)

    said = sentence(altered(zipped(), 24, "<I", 2**31))  # unpacked
    assert "does not hold the 2,147,483,648 bytes that it promises; nothing of it was read" in said
    assert "does not hold the" in sentence(altered(zipped(), 20, "<I", 2**31))  # packed
    for size in len(FILES["dogs/00.png"]) - 1, len(FILES["dogs/00.png"]) + 1:
        account = read(altered(zipped(), 24, "<I", size)).account
        assert account.used == 11 and sum(map(len, account.left_out.values())) == 1
    account = read(altered(zipped(), 42, "<I", 7)).account  # where it begins
    assert account.used == 11 and account.left_out == {"damaged": ["dogs/00.png"]}


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_bombs(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_FILE", 2 * MIB)
    zeros = bytes(32 * MIB)
    path = save(tmp_path / f"a.{kind}", {"a.png": zeros, "b.png": png(0) + zeros, "c.png": png(1)})
    tracemalloc.start()
    data = read(path)
    assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    tracemalloc.stop()
    assert data.account.used == 1
    assert data.account.left_out == {
        "not a picture despite the name": ["a.png"], "too large to be decoded": ["b.png"]
    }


def test_a_zip_in_a_zip_stays_packed(tmp_path):
    inner = save(tmp_path / "inner.zip", FILES).read_bytes()
    data = read(save(tmp_path / "a.zip", {"a.png": png(0), "b.zip": inner}))
    assert data.account.left_out == {"not a picture": ["b.zip"]}
    assert "no pictures among the 1 file seen" in sentence(save(tmp_path / "c.zip", {"b": inner}))


def test_links_and_devices_in_a_tar(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("a.png")
        info.size = len(png(0))
        archive.addfile(info, io.BytesIO(png(0)))
        for name, kind, target in (
            ("b.png", tarfile.SYMTYPE, "/etc/passwd"), ("c.png", tarfile.LNKTYPE, "a.png"),
            ("d.png", tarfile.CHRTYPE, ""), ("e.png", tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    data = read(path)
    assert data.account.used == 1
    assert data.account.left_out["neither file nor folder"] == ["b.png", "c.png", "d.png", "e.png"]


def tar_header(name=b"a.png", size=b"00000000100", kind=b"0"):
    """A header of a tar, with the right checksum."""
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108], block[124 : 124 + len(size)], block[156:157] = b"0000644\0", size, kind
    block[257:265], block[148:156] = b"ustar\x0000", b" " * 8
    block[148:155] = b"%06o\0" % sum(block)
    return bytes(block)


NEGATIVE = b"\xff" * 10 + b"\xfe\x00"  # -512, in the way in which large sizes are written


@pytest.mark.parametrize(
    "content, words",
    [
        (tar_header(size=b"77777777777") + png(0), "unexpected end of data"),
        (tar_header() + bytes(512) + tar_header(size=NEGATIVE) + bytes(1024), "is negative"),
        (tar_header(size=NEGATIVE, kind=b"x") + bytes(1024), "has a header of -512 bytes"),
        (tar_header(size=b"77777777777", kind=b"L") + bytes(4096), "has a header of 8,589,934,592"),
        (tar_header() + bytes(512) + b"nonsense" * 64, "is damaged"),
        (tar_header() + bytes(512) + tar_header()[:100], "is damaged or cut short"),
        (tar_header() + bytes(512), "is damaged or cut short"),
        (tar_header(size=b"\x80" + b"\x7f" * 11) + bytes(512), "promises more than"),
        (b"nonsense" * 200, "is a damaged archive"),
        (b"", "empty"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["tar", "tar.gz"])
def test_hostile_tars(tmp_path, content, words, pack):
    path = tmp_path / "a.tar"
    path.write_bytes(pack(content))
    assert words in sentence(path)


def test_damaged_archives(tmp_path):
    for kind in KINDS:
        path = save(tmp_path / f"a.{kind}", FILES)
        content = path.read_bytes()
        for size in range(600, len(content) // 2, 500):
            path.write_bytes(content[:size])
            assert "damaged" in sentence(path)
    assert "which arrays" in sentence(save(tmp_path / "empty.zip", {}))


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 10)
    for kind in KINDS:
        assert "holds more than 10 files" in sentence(save(tmp_path / f"a.{kind}", FILES))


def test_hostile_names_are_shown_as_escapes(tmp_path):
    files = {"a\x1b[31m/1.png": png(0), "b/1.png": png(1), "b/\x1b]0;x\x07.txt": b"x"}
    data = read(save(tmp_path / "a.zip", files))
    assert data.class_names == ("a\\x1b[31m", "b")
    assert "\x1b" not in "".join(data.account.lines()) + repr(data.account.plain())


CHILD = """
import resource, sys
from gan_scratch.datasets import own

def refused(path):
    try:
        own.find(path).read()
    except ValueError as error:
        return str(error)

refused(sys.argv[1])  # what is loaded on the way is in memory from here on
with open("/proc/self/statm") as stream:
    pages = int(stream.read().split()[0])
limit = pages * resource.getpagesize() + 100 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for path in sys.argv[1:]:
    print(refused(path))
"""


@pytest.mark.thorough
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux")
def test_bombs_of_a_gigabyte_in_a_process_that_may_take_100_megabytes(tmp_path):
    names = "small.zip", "bomb.zip", "bomb.tar.gz", "bomb.npz", "bomb.npy.gz", "bomb.csv.gz"
    paths = [tmp_path / name for name in names]
    save(paths[0], {"a.txt": b"no picture"})
    piece = bytes(2**24)
    with zipfile.ZipFile(paths[1], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("a.png", "w") as stream:
            stream.write(png(0))
            for _ in range(64):
                stream.write(piece)
    header = tar_header(size=b"10000000000")  # 2**30, in octal digits
    start = b"\x93NUMPY\1\0\x76\0{'descr': '|u1', 'fortran_order': False, 'shape': (5, 8, 8)}"
    start = start.ljust(127) + b"\n"
    for path, begun in zip((paths[2], *paths[4:]), (header, start, b""), strict=True):
        with gzip.open(path, "wb", 1) as stream:
            stream.write(begun)
            for _ in range(64):
                stream.write(piece)
            stream.write(bytes(1024))
    with zipfile.ZipFile(paths[3], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("images.npy", "w") as stream:
            stream.write(start)
            for _ in range(64):
                stream.write(piece)
    child = subprocess.run(
        [sys.executable, "-c", CHILD, *map(str, paths)], capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr
    said = child.stdout.splitlines()
    assert len(said) == len(paths)
    for sentence, words in zip(said, (
        "1 not a picture", "1 too large to be decoded", "1 not a picture despite the name",
        "holds more", "holds more", "no data of a kind",
    ), strict=True):
        assert words in sentence
