"""Files of arrays as your own data: what is read, and that a hostile file is one sentence."""

import gzip
import hashlib
import io
import pickle
import re
import struct
import tarfile
import tracemalloc
import zipfile

import numpy
import pytest
from PIL import Image, ImageOps

from gan_scratch import datasets
from gan_scratch.datasets import DataError, own
from gan_scratch.datasets.reading import Reading

RNG = numpy.random.default_rng(0)
GREY = RNG.integers(0, 256, (20, 8, 6), dtype=numpy.uint8)
SQUARE = RNG.integers(0, 256, (20, 8, 8), dtype=numpy.uint8)
COLOUR = RNG.integers(0, 256, (20, 8, 6, 3), dtype=numpy.uint8)
LABELS = numpy.arange(20) % 4
FLOATS = GREY / 255
MIB = 2**20


def gzipped(content):
    """gzipped, without the time, which would give a case another name in each process."""
    return gzip.compress(content, mtime=0)


def read(path, **settings):
    return own.find(path, Reading(**settings)).read()


def npy(path, array, **settings):
    numpy.save(path, array, **settings)
    return path


def npz(path, **arrays):
    numpy.savez_compressed(path, **arrays)
    return path


def idx(array):
    return b"\0\0\x08" + struct.pack(f">B{array.ndim}I", array.ndim, *array.shape) + array.tobytes()


def header(shape, descr="|u1"):
    """A .npy file of a header only."""
    stream = io.BytesIO()
    numpy.lib.format.write_array_header_1_0(
        stream, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return stream.getvalue()


def sentence(path, **settings):
    """What is said of a file that is refused, while little memory is taken."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError) as refused:
            read(path, **settings)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()
    said = str(refused.value)
    assert "\n" not in said and len(said) < 500, said
    return said


# What is read


@pytest.mark.parametrize(
    "array, wanted",
    [
        (GREY, GREY[..., None]),
        (GREY[..., None], GREY[..., None]),
        (COLOUR, COLOUR),
        (COLOUR.transpose(0, 3, 1, 2), COLOUR),
        (GREY[:, None], GREY[..., None]),
        (SQUARE.reshape(20, 64), SQUARE[..., None]),
        (GREY.astype(">i8"), GREY[..., None]),
        (GREY.astype(numpy.uint16), GREY[..., None]),
        (numpy.asfortranarray(COLOUR), COLOUR),
        (FLOATS, GREY[..., None]),
        (FLOATS.astype(">f4"), GREY[..., None]),
        (FLOATS * 2 - 1, GREY[..., None]),
        (GREY.astype(numpy.float32), GREY[..., None]),
        (GREY > 127, (GREY[..., None] > 127) * 255),
    ],
    ids=[
        "grey", "one-channel", "colour", "channels-first", "one-channel-first", "flat",
        "big-endian", "16-bit", "fortran", "floats", "big-endian-floats", "signed-floats",
        "whole-floats", "bool",
    ],
)
def test_arrays_of_every_layout_come_back_byte_by_byte(tmp_path, array, wanted):
    data = read(npy(tmp_path / "a.npy", array))
    assert data.images.dtype == numpy.uint8
    numpy.testing.assert_array_equal(data.images, wanted)
    assert data.labels is None and data.class_names is None
    numpy.testing.assert_array_equal(numpy.flatnonzero(data.held_out), [9, 19])
    assert (data.account.seen, data.account.used, data.account.held_out) == (1, 20, 2)


def test_the_digest_of_a_file_is_its_sha256(tmp_path):
    path = npy(tmp_path / "a.npy", GREY)
    assert read(path).files_digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_is_said_which_values_are_black_and_white(tmp_path):
    def notes(array):
        return read(npy(tmp_path / "a.npy", array)).account.notes

    assert notes(GREY) == []
    assert notes(FLOATS) == ["values from 0 to 1: 0 is black and 1 is white"]
    assert notes(FLOATS * 2 - 1) == ["values from -1 to 1: -1 is black and 1 is white"]
    assert "255 would be white, so all is nearly black; --stretch" in notes(GREY // 16)[0]


def test_stretch_spreads_whatever_range_there_is(tmp_path):
    values = 1000 + 3.0 * GREY
    data = read(npy(tmp_path / "a.npy", values), stretch=True)
    numpy.testing.assert_array_equal(data.images[..., 0], GREY)
    assert data.account.notes == ["values from 1000 to 1765 are spread over black to white"]


def test_arrays_keep_their_size_unless_another_is_asked_for(tmp_path):
    path = npy(tmp_path / "a.npy", COLOUR)
    assert own.find(path).shape == (8, 6, 3)
    source = own.find(path, Reading(size=(4, 5), fit="pad"))
    assert source.shape == (4, 5, 3) and source.count == 20
    seen = []
    images = source.read(lambda *done: seen.append(done)).images
    border = tuple(int(value) for value in numpy.median(
        numpy.concatenate([COLOUR[0][0], COLOUR[0][-1], COLOUR[0][:, 0], COLOUR[0][:, -1]]), axis=0
    ))
    wanted = ImageOps.pad(
        Image.fromarray(COLOUR[0]), (5, 4), method=Image.Resampling.LANCZOS, color=border
    )
    numpy.testing.assert_array_equal(images[0], numpy.asarray(wanted))
    assert seen[-1] == (20, 20)
    grey = read(npy(tmp_path / "b.npy", GREY), size=(3, 3)).images
    wanted = ImageOps.fit(Image.fromarray(GREY[7]), (3, 3), method=Image.Resampling.LANCZOS)
    numpy.testing.assert_array_equal(grey[7, ..., 0], numpy.asarray(wanted))


def test_channels_as_for_pictures(tmp_path):
    path = npy(tmp_path / "a.npy", GREY)
    numpy.testing.assert_array_equal(
        read(path, channels=3).images, GREY[..., None].repeat(3, axis=3)
    )
    path = npy(tmp_path / "b.npy", GREY[..., None].repeat(3, axis=3))
    assert read(path).images.shape == (20, 8, 6, 1)
    assert read(npy(tmp_path / "c.npy", COLOUR), channels=1).images.shape == (20, 8, 6, 1)


def test_an_npz_with_labels(tmp_path):
    data = read(npz(tmp_path / "a.npz", images=GREY, labels=LABELS, more=LABELS))
    numpy.testing.assert_array_equal(data.images[..., 0], GREY)
    numpy.testing.assert_array_equal(data.labels, LABELS)
    assert data.labels.dtype == numpy.int64
    assert data.class_names == ("0", "1", "2", "3")
    assert data.account.notes == ["arrays that are not used: more"]


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("train_images", "train_labels", "val_images", "val_labels"),
        ("trainImages", "trainLabels", "testImages", "testLabels"),
        ("train_images", "train_labels", "held_out_images", "held_out_labels"),
    ],
)
def test_an_npz_in_two_parts(tmp_path, names):
    arrays = GREY[:15], LABELS[:15], GREY[15:], LABELS[15:]
    data = read(npz(tmp_path / "a.npz", **dict(zip(names, arrays, strict=True))))
    numpy.testing.assert_array_equal(data.images[..., 0], GREY)
    numpy.testing.assert_array_equal(data.labels, LABELS)
    numpy.testing.assert_array_equal(data.held_out, numpy.arange(20) >= 15)


def test_labels_of_a_part_only(tmp_path):
    data = read(npz(tmp_path / "a.npz", x_train=GREY, y_train=LABELS, x_test=GREY))
    assert data.labels is None
    assert data.account.notes == ["no labels, because only some of the pictures have them"]


def test_an_npz_without_names(tmp_path):
    numpy.savez(tmp_path / "a.npz", GREY, LABELS)
    numpy.testing.assert_array_equal(read(tmp_path / "a.npz").labels, LABELS)
    data = read(npz(tmp_path / "b.npz", whatever=GREY))
    numpy.testing.assert_array_equal(data.images[..., 0], GREY)
    assert data.labels is None


@pytest.mark.parametrize(
    "labels, names, note",
    [
        (LABELS[:, None], "0123", None),
        (LABELS.astype(float), "0123", None),
        (numpy.eye(4)[LABELS], "0123", "the labels have a 1 in the column of the class (one-hot)"),
        (numpy.array(["ant", "bee", "cat", "dog"])[LABELS], ("ant", "bee", "cat", "dog"), None),
        (numpy.array([b"ant", b"bee", b"cat", b"dog"])[LABELS], ("ant", "bee", "cat", "dog"), None),
        (LABELS - 2, ("-2", "-1", "0", "1"), None),
        (LABELS * 5, ("0", "5", "10", "15"), None),
        (LABELS % 2 == 1, "01", None),
    ],
    ids=["column", "floats", "one-hot", "names", "bytes", "negative", "gaps", "bool"],
)
def test_labels_of_every_kind(tmp_path, labels, names, note):
    data = read(npz(tmp_path / "a.npz", x=GREY, y=labels))
    numpy.testing.assert_array_equal(data.labels, LABELS % len(names))
    assert data.class_names == tuple(names)
    assert data.account.notes == ([note] if note else [])


@pytest.mark.parametrize(
    "labels",
    [LABELS + 0.5, numpy.full(20, numpy.nan), numpy.full(20, numpy.inf), numpy.ones((20, 4))],
    ids=["fractions", "nan", "inf", "several"],
)
def test_without_labels_where_they_are_no_classes(tmp_path, labels):
    data = read(npz(tmp_path / "a.npz", x=GREY, y=labels))
    assert data.labels is None
    assert data.account.notes == [
        "no labels, because they are not one whole number or name for each picture"
    ]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_with_the_labels_beside_it(tmp_path, suffix):
    pack = gzip.compress if suffix else bytes
    path = tmp_path / f"train-images-idx3-ubyte{suffix}"
    path.write_bytes(pack(idx(GREY)))
    data = read(path)
    assert data.labels is None
    assert data.account.notes == ["no labels, for want of train-labels-idx1-ubyte"]
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS.astype(numpy.uint8)))
    data = read(path)
    numpy.testing.assert_array_equal(data.images[..., 0], GREY)
    numpy.testing.assert_array_equal(data.labels, LABELS)
    assert data.account.notes == ["labels: train-labels-idx1-ubyte"] and data.account.seen == 2


def test_a_folder_of_mnists_four_files(tmp_path):
    for part, images, labels in ("train", GREY[:15], LABELS[:15]), ("t10k", GREY[15:], LABELS[15:]):
        packed = gzipped(idx(images))
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(packed)
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(images))  # it counts once
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels.astype(numpy.uint8)))
    (tmp_path / "readme.txt").write_text("read me")
    data = read(tmp_path)
    assert data.account.seen == 7 and data.account.used == 20
    assert len(data.account.left_out["beside the arrays"]) == 3
    train = data.dataset("train")
    assert len(train) == 15
    order = numpy.argsort(data.held_out, kind="stable")
    numpy.testing.assert_array_equal(data.images[order, ..., 0], GREY)
    numpy.testing.assert_array_equal(data.labels[order], LABELS)


def test_pictures_come_before_arrays_that_lie_among_them(tmp_path):
    Image.fromarray(GREY[0]).save(tmp_path / "a.png")
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(GREY))
    account = read(tmp_path).account
    assert account.used == 1
    assert account.left_out == {"not a picture": ["train-images-idx3-ubyte"]}


def table(images, labels=None, *, header=None, delimiter=",", form=str, last=False):
    rows = [] if header is None else [header]
    for i, image in enumerate(images):
        row = [form(value) for value in image.ravel()]
        if labels is not None:
            row.insert(len(row) if last else 0, str(labels[i]))
        rows.append(row)
    return "\n".join(delimiter.join(row) for row in rows) + "\n"


PIXELS = [f"pixel{i}" for i in range(64)]


@pytest.mark.parametrize(
    "text, labelled",
    [
        (table(SQUARE, LABELS, header=["label", *PIXELS]), True),
        (table(SQUARE, header=PIXELS), False),
        (table(SQUARE, LABELS), True),
        (table(SQUARE), False),
        (table(SQUARE, LABELS, header=[*PIXELS, "class"], last=True), True),
        (table(SQUARE, LABELS, delimiter=";"), True),
        (table(SQUARE, LABELS, form=lambda value: f"{value}.0"), True),
        (table(SQUARE / 255, LABELS, form=lambda value: f"{value:.6f}"), True),
        (table(SQUARE, LABELS, form=lambda value: f'"{value}"'), True),
        ("\ufeff" + table(SQUARE, LABELS).replace("\n", "\r\n\r\n"), True),
    ],
    ids=[
        "kaggle", "kaggle-test", "bare", "bare-test", "label-last", "semicolons", "floats",
        "0-to-1", "quoted", "bom-and-blank-lines",
    ],
)
@pytest.mark.parametrize("pack", [False, True], ids=["csv", "gz"])
def test_csv(tmp_path, text, labelled, pack):
    path = tmp_path / ("a.csv.gz" if pack else "a.csv")
    path.write_bytes(gzipped(text.encode()) if pack else text.encode())
    data = read(path)
    numpy.testing.assert_array_equal(data.images[..., 0], SQUARE)
    if labelled:
        numpy.testing.assert_array_equal(data.labels, LABELS)
        assert data.class_names == ("0", "1", "2", "3")
    else:
        assert data.labels is None


PICTURES = RNG.integers(0, 256, (20, 32, 32, 3), dtype=numpy.uint8)


def rows(images):
    """Pictures as CIFAR has them: one plane a colour, all in a row."""
    return images.transpose(0, 3, 1, 2).reshape(len(images), -1)


def of_python_2(images, labels):
    """A batch in the very instructions of CIFAR's own files, where arrays are plain strings."""
    return (
        b"\x80\x02}q\x01(U\x06labelsq\x02](" + b"".join(b"K%c" % int(label) for label in labels)
        + b"eU\x04dataq\x03cnumpy.core.multiarray\n_reconstruct\nq\x04cnumpy\nndarray\nq\x05"
        b"K\x00\x85U\x01b\x87Rq\x06(K\x01K" + bytes([len(images)]) + b"M\x00\x0c\x86"
        b"cnumpy\ndtype\nq\x07U\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xff"
        b"J\xff\xff\xff\xffK\x00tb\x89T" + struct.pack("<I", images.size) + rows(images).tobytes()
        + b"tbu."
    )


def of_python_3(images, labels, protocol=2, key="labels"):
    return pickle.dumps({"data": rows(images), key: [int(i) for i in labels]}, protocol)


def save_cifar(folder):
    folder.mkdir(parents=True)
    (folder / "data_batch_1").write_bytes(of_python_2(PICTURES[:8], LABELS[:8]))
    (folder / "data_batch_2").write_bytes(of_python_3(PICTURES[8:16], LABELS[8:16]))
    (folder / "test_batch").write_bytes(of_python_3(PICTURES[16:], LABELS[16:], 4))
    (folder / "batches.meta").write_bytes(
        pickle.dumps({"label_names": ["ant", "bee", "cat", "dog"]}, 2)
    )
    (folder / "readme.html").write_text("<p>")


def test_cifar_as_a_folder_and_as_an_archive(tmp_path):
    save_cifar(tmp_path / "cifar-10-batches-py")
    archive = tmp_path / "cifar.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "cifar-10-batches-py", "cifar-10-batches-py")
    digests = set()
    for path in tmp_path / "cifar-10-batches-py", archive:
        source = own.find(path)
        assert (source.count, source.shape) == (20, (32, 32, 3))
        assert source.class_names == ("ant", "bee", "cat", "dog")
        data = source.read()
        numpy.testing.assert_array_equal(data.images, PICTURES)
        numpy.testing.assert_array_equal(data.labels, LABELS)
        numpy.testing.assert_array_equal(data.held_out, numpy.arange(20) >= 16)
        assert data.account.seen == 5
        assert [name.rpartition("/")[2] for name in data.account.left_out["beside the arrays"]] == [
            "readme.html"
        ]
        digests.add(data.files_digest)
    assert len(digests) == 1


def test_one_batch_of_cifar(tmp_path):
    save_cifar(tmp_path / "c")
    data = read(tmp_path / "c" / "data_batch_2")
    numpy.testing.assert_array_equal(data.images, PICTURES[8:16])
    assert data.class_names == ("ant", "bee", "cat", "dog") and data.account.seen == 2
    (tmp_path / "c" / "batches.meta").unlink()
    assert read(tmp_path / "c" / "data_batch_1").class_names == ("0", "1", "2", "3")


def test_cifar_100(tmp_path):
    for name, part in ("train", slice(0, 16)), ("test", slice(16, 20)):
        (tmp_path / name).write_bytes(of_python_3(PICTURES[part], LABELS[part], 2, "fine_labels"))
    names = {"fine_label_names": ["ant", "bee", "cat", "dog"], "coarse_label_names": ["animal"]}
    (tmp_path / "meta").write_bytes(pickle.dumps(names, 2))
    data = read(tmp_path)
    assert data.class_names == ("ant", "bee", "cat", "dog")
    assert len(data.dataset("train")) == 16 and len(data.dataset("held-out")) == 4


def test_load_knows_files(tmp_path):
    path = npz(tmp_path / "a.npz", x_train=SQUARE, y_train=LABELS, x_test=SQUARE, y_test=LABELS)
    dataset = datasets.load(path, "held-out", value_range=(0, 1))
    numpy.testing.assert_allclose(dataset.images[..., 0], SQUARE / 255, rtol=1e-6)
    assert dataset.name == "a.npz" and dataset.class_names == ("0", "1", "2", "3")
    assert datasets.load(str(path), size=4, channels=3).sample_shape == (4, 4, 3)


# What is refused


class Bomb:
    def __reduce__(self):
        return print, ("this pickle has been run",)


@pytest.mark.parametrize(
    "array, words",
    [
        (FLOATS * 3, "holds values from 0 to 3: wanted are whole numbers from 0 to 255"),
        (GREY / 1.5, "floating-point numbers from 0 to 1 or from -1 to 1; --stretch makes"),
        (GREY.astype(int) - 5, r"holds values from -5 to 250"),
        (GREY.astype(int) + 1, r"holds values from 1 to 256"),
        (numpy.where(GREY == 0, numpy.nan, FLOATS), "holds values that are not finite"),
        (numpy.where(GREY == 0, numpy.inf, FLOATS), "holds values that are not finite"),
        (numpy.zeros((5, 8, 8, 4), numpy.uint8), "leave out the fourth channel, transparency"),
        (numpy.zeros((5, 4, 8, 8), numpy.uint8), "leave out the fourth channel, transparency"),
        (numpy.zeros((5, 8, 8, 2), numpy.uint8), "with 1 or 3 channels, got the shape"),
        (numpy.zeros((8, 6, 3), numpy.uint8), r"\(N, height, width\).*got the shape \(8, 6, 3\)"),
        (numpy.zeros((20, 50), numpy.uint8), r"got the shape \(20, 50\)"),
        (numpy.zeros((20, 3 * 64), numpy.uint8), r"got the shape \(20, 192\)"),
        (numpy.zeros(20, numpy.uint8), r"got the shape \(20,\)"),
        (numpy.zeros((2, 2, 2, 8, 8), numpy.uint8), r"got the shape \(2, 2, 2, 8, 8\)"),
        (numpy.zeros((0, 8, 8), numpy.uint8), "but must hold at least one picture"),
        (numpy.zeros((8, 0, 8), numpy.uint8), "but must hold at least one picture"),
        (numpy.array(3), r"has the shape \(\), but must hold at least one"),
        (numpy.zeros((5, 8, 8), [("r", "u1"), ("g", "u1")]), "pictures as numbers, got"),
        (numpy.zeros((5, 8, 8), complex), "pictures as numbers, got complex128"),
        (numpy.zeros((5, 8, 8), "M8[s]"), "pictures as numbers, got datetime64"),
        (numpy.full((5, 8, 8), "x"), "pictures as numbers, got <U1"),
    ],
)
def test_arrays_that_are_no_pictures(tmp_path, array, words):
    assert re.search(words, sentence(npy(tmp_path / "a.npy", array)))


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_objects_are_pickles_and_are_not_run(tmp_path, name, capsys):
    array = numpy.array([Bomb(), Bomb()], dtype=object)
    if name == "a.npy":
        numpy.save(tmp_path / name, array, allow_pickle=True)
    else:
        numpy.savez(tmp_path / name, images=array)
    assert "holds Python objects; they are a pickle, which can run any" in sentence(tmp_path / name)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "content, words",
    [
        (header((10**6, 10**6)), "at most 4,294,967,296 bytes"),
        (header((10**12,), "<V1000000000"), "at most 4,294,967,296 bytes"),
        (header((1000, 1000, 1000)) + b"\1" * 999, r"promises 1,000,000,000 bytes.*and holds 999"),
        (header((2, 8, 8)) + bytes(129), "promises 128 bytes, for the shape .* and holds more"),
        (header((-5, -8, 8)) + bytes(320), "has the shape"),
        (header((2, 8, 8), "|V0"), "at most 4,294,967,296 bytes"),
        (header((2, 8, 8))[:50], "is no .npy file, or has a damaged header"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 100, "damaged header"),
        (b"\x93NUMPY\x01\x00\xff\x7f" + b"(" * 2**15, "damaged header"),
        (b"\x93NUMPY\x07\x00", "damaged header"),
        (b"\x93NUMPY", "damaged header"),
    ],
)
@pytest.mark.parametrize("form", ["npy", "npy.gz", "npz"])
def test_headers_that_lie(tmp_path, content, words, form):
    path = tmp_path / f"a.{form}"
    if form == "npz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("images.npy", content)
    else:
        path.write_bytes(gzipped(content) if form == "npy.gz" else content)
    assert re.search(words, sentence(path))


def test_an_npz_that_leaves_open_what_the_pictures_are(tmp_path):
    said = sentence(npz(tmp_path / "a.npz", first=GREY, second=GREY))
    assert "It holds ['first', 'second']; call them images and labels" in said
    assert "which arrays are the pictures" in sentence(npz(tmp_path / "b.npz", x=GREY, data=GREY))
    assert "which arrays are the pictures" in sentence(npz(tmp_path / "c.npz"))


def test_labels_and_pictures_that_do_not_fit(tmp_path):
    said = sentence(npz(tmp_path / "a.npz", x=GREY, y=LABELS[:19]))
    assert "must hold 20 labels, one for each picture, got an array of (19,)" in said
    said = sentence(npz(tmp_path / "b.npz", x_train=GREY, x_test=SQUARE))
    assert "must hold pictures of one size, got [(8, 6, 1), (8, 8, 1)]" in said


def test_an_encrypted_or_damaged_npz(tmp_path):
    path = npz(tmp_path / "a.npz", x=GREY)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    assert "damaged" in sentence(path)
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in sentence(path)


@pytest.mark.parametrize(
    "content, words",
    [
        (b"\0\0\x08\3" + struct.pack(">3I", 10**6, 10**3, 10**3), "promises 1,000,000,000,"),
        (b"\0\0\x08\3" + struct.pack(">3I", 10**3, 10**3, 10**3), "must hold 1000000000 bytes"),
        (idx(GREY)[:-1], "must hold 960 bytes after its header"),
        (idx(GREY) + bytes(10 * MIB), "must hold 960 bytes after its header"),
        (idx(LABELS.astype(numpy.uint8)), r"got the shape \(20,\)"),
        (idx(GREY[:0]), r"\(0, 8, 6"),
        (b"\0\0\x0d\3" + bytes(12), "must begin with 00 00 08"),
        (b"\0\0\x08\3" + bytes(5), "cannot hold the lengths of 3 dimensions"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["raw", "gz"])
def test_hostile_idx(tmp_path, content, words, pack):
    (tmp_path / "a").write_bytes(pack(content))
    assert re.search(words, sentence(tmp_path / "a"))


def test_hostile_labels_beside_idx(tmp_path):
    (tmp_path / "images").write_bytes(idx(GREY))
    for content, words in (
        (b"", "no IDX file of bytes"), (b"\0\0\x08\xff", "255 dimensions"),
        (idx(LABELS[:3].astype(numpy.uint8)), "must hold 20 labels"),
    ):
        (tmp_path / "labels").write_bytes(content)
        assert words in sentence(tmp_path / "images")


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "is empty"),
        (",".join(["label", *PIXELS]) + "\n", "must hold between 1 and"),
        (table(SQUARE, LABELS) + "1,2,3\n", "columns changed from 65 to 3 at row 21"),
        (table(SQUARE, ["cat"] * 20), "convert string 'cat' to float32 at row 0, column 1"),
        (table(SQUARE.astype(int) - 1), "holds values from -1 to 254"),
        (table(SQUARE.astype(int) + 1), "holds values from 1 to 256"),
        (table(SQUARE).replace(",7,", ",nan,"), "not finite"),
        (table(SQUARE).replace(",7,", ",,"), "could not convert string ''"),
        ("1,2,3\n4,5,6\n", "3 values in its first row: a row must hold a square grey picture"),
        (",".join(["0"] * 10**6) + "\n1\n", "in its first row"),
        ("\n" * 1000, "1 values in its first row"),
        ("a,b,c,d\n" + '"' * 10_000, "is no table of numbers"),
    ],
)
def test_hostile_csv(tmp_path, text, words):
    (tmp_path / "a.csv").write_text(text)
    assert re.search(words, sentence(tmp_path / "a.csv"))


def test_bombs_in_gzip_stop_early(tmp_path):
    (tmp_path / "row.csv.gz").write_bytes(gzip.compress(b"1" * (200 * MIB), 1))
    assert "in its first row" in sentence(tmp_path / "row.csv.gz")
    (tmp_path / "idx.gz").write_bytes(gzip.compress(idx(GREY) + bytes(200 * MIB), 1))
    assert "must hold 960 bytes" in sentence(tmp_path / "idx.gz")
    (tmp_path / "npy.gz").write_bytes(gzip.compress(header((2, 8, 8)) + bytes(200 * MIB), 1))
    assert "holds more" in sentence(tmp_path / "npy.gz")


def test_too_many_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_scratch.datasets.arrays.LARGEST", 64 * 4 * 10)
    (tmp_path / "a.csv").write_text(table(SQUARE[:10]))
    assert len(read(tmp_path / "a.csv").images) == 10
    (tmp_path / "a.csv").write_text(table(SQUARE[:11]))
    assert "must hold between 1 and 10 rows" in sentence(tmp_path / "a.csv")


def nested(depth):
    """A dict whose key is a tuple in a tuple in a tuple: its hash makes Python crash."""
    return b"\x80\x02})" + b"\x85" * depth + b"K\x01s."


@pytest.mark.parametrize(
    "content, words",
    [
        (pickle.dumps(Bomb()), "asks for 'builtins.print'"),
        (pickle.dumps({"data": Bomb(), "labels": []}, 2), "asks for '__builtin__.print'"),
        (b"\x80\x02cos\nsystem\nU\x04ls /\x85R.", "asks for 'os.system'"),
        (b"\x80\x02cnumpy.core.multiarray\n_reconstruct.__globals__\n.", "asks for"),
        (b"\x80\x02(U\x04ls /ios\nsystem\n.", "holds the instruction INST"),
        (b"\x80\x02U\x01aQ.", "holds the instruction BINPERSID"),
        (b"\x80\x02\x82\x01.", "holds the instruction EXT1"),
        (b"\x80\x04cnumpy\ndtype\n)\x81.", "holds the instruction NEWOBJ"),
        (b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b".", "is damaged"),
        (b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b".", "is damaged"),
        (b"\x80\x02}r" + struct.pack("<I", 2**31) + b".", "is too large or too deep"),
        (nested(2_000_000), "is too large or too deep"),
        (pickle.dumps([1, 2]), "is a pickle that holds something else"),
        (pickle.dumps({"a": 1}), "holds no pictures; give a batch that does"),
        (pickle.dumps({"data": 5, "labels": []}), "has no array of bytes"),
        (pickle.dumps({"data": rows(PICTURES).astype(float)}, 2), "has no array of bytes"),
        (of_python_2(PICTURES, LABELS).replace(b"M\x00\x0c", b"M\x00\x0d"), "no array of bytes"),
        (of_python_2(PICTURES, LABELS)[:-400], "is damaged"),
        (of_python_3(PICTURES[:, :5], LABELS), "must hold rows of 3·32·32 bytes"),
        (of_python_3(PICTURES, LABELS[:4]), "must hold 20 labels"),
        (pickle.dumps({"data": rows(PICTURES)}, 2), "must hold a list of whole numbers"),
        (pickle.dumps({"data": rows(PICTURES), "labels": [[1] * 9] * 20}, 2), "whole numbers"),
    ],
)
def test_hostile_pickles(tmp_path, content, words, capsys):
    (tmp_path / "data_batch_1").write_bytes(content)
    assert words in sentence(tmp_path / "data_batch_1")
    assert capsys.readouterr().out == ""


def test_pickles_have_a_largest_size(tmp_path, monkeypatch):
    (tmp_path / "data_batch_1").write_bytes(of_python_2(PICTURES, LABELS))
    monkeypatch.setattr("gan_scratch.datasets.pickles.LARGEST", 1000)
    assert "is a pickle that is too large" in sentence(tmp_path / "data_batch_1")


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("a.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file.*h5py, and save its arrays with numpy.savez"),
        ("a.mat", b"MATLAB 7.3 MAT-file", "an HDF5 file"),
        ("a.mat", b"MATLAB 5.0 MAT-file", "a MATLAB file.*scipy.io.loadmat"),
        ("a.parquet", b"PAR1", "a Parquet or Arrow file.*pandas"),
        ("a.tfrecord-00000-of-00001", bytes(20), "a TFRecord file.*TensorFlow"),
        ("a.pt", b"PK\3\4", "a PyTorch file.*torch.load"),
        ("a.pth", b"\x80\x02", "a PyTorch file.*torch.load"),
        ("a.pdf", b"%PDF-1.7", "a PDF document.*save its pages as pictures"),
        ("a.mp4", b"\0\0\0\x20ftypisom", "a video.*ffmpeg"),
        ("a.avi", b"RIFF\0\0\0\0AVI LIST", "a video.*ffmpeg"),
        ("a.mkv", b"\x1aE\xdf\xa3", "a video.*ffmpeg"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "an archive of a kind that is not read.*unpack it"),
        ("a.tar.xz", b"\xfd7zXZ\0", "an archive of a kind that is not read.*unpack it"),
        ("a.pkl", pickle.dumps({"x": GREY}, 2), "holds no pictures"),
        ("a.pkl.gz", gzipped(pickle.dumps(Bomb())), "only|none but CIFAR's"),
        ("a.txt", b"hello", "no data of a kind that is known: give a folder or an archive"),
        ("empty", b"", "is empty"),
        ("a.npy", b"", "is empty"),
        ("a.gz", b"\x1f\x8b\x08", "no data of a kind that is known"),
        ("a.csv.gz", b"\x1f\x8bnonsense", "damaged"),
    ],
)
def test_other_files_get_advice(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    assert re.search(words, sentence(tmp_path / name))


def test_one_picture_is_no_data(tmp_path):
    Image.fromarray(GREY[0]).save(tmp_path / "a.png")
    assert "is one picture; give the folder" in sentence(tmp_path / "a.png")


def test_an_array_as_hostile_as_its_name(tmp_path):
    path = npz(tmp_path / "a.npz", **{"images": GREY, "\x1b[31mred": GREY})
    assert read(path).account.notes == ["arrays that are not used: \\x1b[31mred"]
    path = npz(tmp_path / "b.npz", x=GREY, y=numpy.array(["\x1b[2J", "b"])[LABELS % 2])
    assert read(path).class_names == ("\\x1b[2J", "b")


@pytest.mark.thorough
def test_damage_anywhere_is_one_sentence_or_pictures(tmp_path):
    files = {
        "a.npy": npy(tmp_path / "a.npy", GREY).read_bytes(),
        "a.npz": npz(tmp_path / "a.npz", x=GREY, y=LABELS).read_bytes(),
        "a-images.gz": gzipped(idx(GREY)),
        "a.csv": table(SQUARE[:3], LABELS).encode(),
        "data_batch_1": of_python_2(PICTURES[:2], LABELS[:2]),
        "data_batch_2": of_python_3(PICTURES[:2], LABELS[:2]),
    }
    rng = numpy.random.default_rng(0)
    refused = 0
    for name, content in files.items():
        for _ in range(300):
            damaged = bytearray(content)
            for place in rng.integers(0, min(len(content), 600), rng.integers(1, 4)):
                damaged[place] = rng.integers(0, 256)
            (tmp_path / name).write_bytes(damaged)
            try:
                read(tmp_path / name)
            except ValueError as error:
                assert isinstance(error, DataError) or "kind that is known" in str(error)
                refused += 1
    assert refused > 500
