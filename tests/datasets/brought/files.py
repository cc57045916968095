"""Files that people have: tables, arrays, pickles and archives, and some made to do harm."""

import gzip
import io
import pickle
import struct
import tarfile
import zipfile
import zlib

import numpy as np

from brought import ANY, Loaded, Refused, register
from brought.makers import (
    APPLE_DOUBLE,
    CIFAR_NAMES,
    DS_STORE,
    CPickle,
    calling,
    cifar_batch,
    cifar_files,
    colour,
    csv,
    deed,
    deflated_zeros,
    encoded,
    grey,
    gzipped_zeros,
    idx,
    kaggle_header,
    npy,
    npy_that_says,
    npz,
    planes,
    raw_zip,
    tar_member,
    tarred,
    write,
    zipped,
)

FILES = []
case = register(FILES, reading={})
hostile = register(FILES, reading={}, measured=True)


def digits(rng, count=20, side=28, classes=10, make=grey):
    """Pictures and labels in which every class occurs."""
    labels = rng.permutation(np.arange(count) % classes)
    return [make(rng, side, side) for _ in range(count)], labels.tolist()


def one(root, name, content, *outcomes):
    """A case of one file."""
    return (write(root, name, content), *outcomes)


# ---- tables -------------------------------------------------------------------------------------

@case
def kaggle_train_csv(root, rng):
    pictures, labels = digits(rng)
    return one(root, "train.csv", csv(pictures, labels, header=kaggle_header()),
               Loaded(pictures, labels))


@case
def kaggle_test_csv(root, rng):
    pictures, _ = digits(rng)
    return one(root, "test.csv", csv(pictures, header=kaggle_header(label=False)), Loaded(pictures))


@case
def mnist_in_csv(root, rng):
    pictures, labels = digits(rng)
    header = "label," + ",".join(f"{y}x{x}" for y in range(1, 29) for x in range(1, 29))
    return one(root, "mnist_train.csv", csv(pictures, labels, header=header),
               Loaded(pictures, labels))


@case
def csv_without_header(root, rng):
    pictures, labels = digits(rng)
    return one(root, "mnist_test.csv", csv(pictures, labels), Loaded(pictures, labels))


@case
def csv_without_header_and_labels(root, rng):
    pictures, _ = digits(rng)
    return one(root, "pixels.csv", csv(pictures), Loaded(pictures))


@case
def csv_compressed(root, rng):
    pictures, labels = digits(rng)
    return one(root, "train.csv.gz", gzip.compress(csv(pictures, labels).encode()),
               Loaded(pictures, labels))


@case
def csv_from_windows(root, rng):
    """With a mark of the order of bytes in front, and the line ends of Windows."""
    pictures, labels = digits(rng)
    text = csv(pictures, labels, header=kaggle_header(), end="\r\n")
    return one(root, "Train.CSV", b"\xef\xbb\xbf" + text.encode(), Loaded(pictures, labels))


@case
def csv_of_small_pictures(root, rng):
    pictures, labels = digits(rng, side=8, classes=3)
    return one(root, "small.csv", csv(pictures, labels, header=kaggle_header(64)),
               Loaded(pictures, labels, shape=(8, 8, 1)))


@case
def csv_of_signs(root, rng):
    """Sign language: the letters J and Z move, so labels 9 and 25 are missing."""
    pictures, labels = digits(rng, 24, classes=24)
    labels = [label + (label >= 9) for label in labels]
    header = "label," + ",".join(f"pixel{number}" for number in range(1, 785))
    return one(root, "sign_mnist_train.csv", csv(pictures, labels, header=header),
               Loaded(pictures, labels))


@case
def csv_without_a_last_line_end(root, rng):
    pictures, labels = digits(rng)
    return one(root, "train.csv", csv(pictures, labels, header=kaggle_header()).rstrip("\n"),
               Loaded(pictures, labels))


@case(open="labels in the last column, named in the header (HAM10000)")
def csv_with_labels_at_the_end(root, rng):
    pictures, labels = digits(rng, classes=7)
    header = ",".join([f"pixel{number:04}" for number in range(784)] + ["label"])
    return one(root, "hmnist_28_28_L.csv", csv(pictures, labels, header=header, label_last=True),
               Loaded(pictures, labels), Refused(("label",)))


@case(open="rows of 28 x 28 x 3 numbers (HAM10000 in colour)")
def csv_in_colour(root, rng):
    pictures, _ = digits(rng, make=colour)
    header = kaggle_header(2352, label=False)
    return one(root, "hmnist_28_28_RGB.csv", csv(pictures, header=header), Loaded(pictures),
               Refused(("2352",)))


@case(open="pandas writes whole numbers as 0.0 once a column was a float")
def csv_with_points(root, rng):
    pictures, labels = digits(rng)
    return one(root, "train.csv",
               csv(pictures, labels, header=kaggle_header(), cell=lambda value: f"{value}.0"),
               Loaded(pictures, labels), Refused())


@case(open="quotation marks around names and numbers (R writes them)")
def csv_in_quotes(root, rng):
    pictures, labels = digits(rng)
    header = ",".join(f'"{name}"' for name in kaggle_header().split(","))
    return one(root, "train.csv", csv(pictures, labels, header=header), Loaded(pictures, labels))


@case(open="semicolons, as spreadsheets of some countries write; if not read, one sentence")
def csv_with_semicolons(root, rng):
    pictures, labels = digits(rng)
    text = csv(pictures, labels, header=kaggle_header()).replace(",", ";")
    return one(root, "train.csv", text, Loaded(pictures, labels), Refused())


@case(open="faces of FER2013: pixels in one cell, parted by spaces")
def csv_of_faces(root, rng):
    pictures, labels = digits(rng, 6, 48, 3)
    rows = [f"{label},{' '.join(map(str, picture.ravel().tolist()))},Training"
            for picture, label in zip(pictures, labels, strict=True)]
    return one(root, "fer2013.csv", "\n".join(["emotion,pixels,Usage", *rows, ""]),
               Loaded(pictures, labels), Refused(("fer2013.csv",)))


@case
def csv_of_passengers(root, rng):
    text = ("PassengerId,Survived,Name,Age\n1,0,\"Braund, Mr. Owen\",22\n"
            "2,1,\"Cumings, Mrs. John\",38\n")
    return one(root, "titanic.csv", text, Refused(("titanic.csv",)))


@case
def csv_of_answers(root, rng):
    text = "ImageId,Label\n" + "".join(f"{n},{n % 10}\n" for n in range(1, 30))
    return one(root, "sample_submission.csv", text, Refused(("sample_submission.csv",)))


@case
def csv_with_a_row_that_is_short(root, rng):
    pictures, labels = digits(rng)
    lines = csv(pictures, labels, header=kaggle_header()).splitlines()
    lines[7] = lines[7].rpartition(",")[0]
    return one(root, "train.csv", "\n".join(lines), Refused((("line", "row"),)))


@case
def csv_cut_off(root, rng):
    """A download that stopped in the middle of the last row."""
    pictures, labels = digits(rng)
    return one(root, "train.csv", csv(pictures, labels, header=kaggle_header())[:-1000], Refused())


@case
def csv_with_an_empty_cell(root, rng):
    pictures, labels = digits(rng)
    lines = csv(pictures, labels, header=kaggle_header()).splitlines()
    lines[3] = "5,," + lines[3].split(",", 2)[2]
    return one(root, "train.csv", "\n".join(lines), Refused((("line", "row", "empty", "number"),)))


@case
def csv_with_a_word_among_numbers(root, rng):
    pictures, labels = digits(rng)
    lines = csv(pictures, labels, header=kaggle_header()).splitlines()
    lines[3] = lines[3].rpartition(",")[0] + ",white"
    return one(root, "train.csv", "\n".join(lines), Refused())


@case
def csv_beyond_255(root, rng):
    pictures = [grey(rng, 28, 28).astype(int) for _ in range(20)]
    pictures[4][0, 0] = 256
    return one(root, "train.csv", csv(pictures, [0] * 20, header=kaggle_header()),
               Refused((("256", "255"),)))


@case
def csv_below_zero(root, rng):
    pictures = [grey(rng, 28, 28).astype(int) for _ in range(20)]
    pictures[4][0, 0] = -1
    return one(root, "train.csv", csv(pictures, [0] * 20, header=kaggle_header()), Refused())


@case
def csv_of_rows_that_are_not_square(root, rng):
    pictures = [grey(rng, 1, 500) for _ in range(20)]
    return one(root, "features.csv", csv(pictures, header=kaggle_header(500, False)),
               Refused(("500",)))


@case
def csv_of_nothing(root, rng):
    return one(root, "train.csv", "", Refused((("empty", "nothing", "no "),)))


@case
def csv_of_a_header(root, rng):
    return one(root, "train.csv", kaggle_header() + "\n", Refused())


# ---- IDX ----------------------------------------------------------------------------------------

def mnist(rng, train=20, test=5):
    """The four files of MNIST, and what is in them."""
    (pictures, labels), (held, marks) = digits(rng, train), digits(rng, test, classes=5)
    return {"train-images-idx3-ubyte": idx(np.stack(pictures)),
            "train-labels-idx1-ubyte": idx(np.array(labels)),
            "t10k-images-idx3-ubyte": idx(np.stack(held)),
            "t10k-labels-idx1-ubyte": idx(np.array(marks))}, pictures, labels, held, marks


@case
def idx_of_pictures(root, rng):
    pictures, _ = digits(rng)
    return one(root, "pictures.idx", idx(np.stack(pictures)), Loaded(pictures))


@case
def idx_with_labels_beside_it(root, rng):
    files, pictures, labels, *_ = mnist(rng)
    for name in list(files)[:2]:
        write(root, name, files[name])
    return root / "train-images-idx3-ubyte", Loaded(pictures, labels, says=(
        "train-labels-idx1-ubyte",))


@case
def idx_compressed_with_labels_beside_it(root, rng):
    files, _, _, held, marks = mnist(rng, test=10)
    for name, content in files.items():
        write(root, f"{name}.gz", gzip.compress(content))
    return root / "t10k-images-idx3-ubyte.gz", Loaded(held, marks, says=(
        "t10k-labels-idx1-ubyte.gz",))


@case
def idx_as_kaggle_spells_it(root, rng):
    """train-images.idx3-ubyte, with a point; of the test files nothing is taken."""
    files, pictures, labels, *_ = mnist(rng)
    for name, content in files.items():
        write(root, name.replace("-idx", ".idx"), content)
    return root / "train-images.idx3-ubyte", Loaded(pictures, labels)


@case(open="labels lie beside the pictures in another compression")
def idx_compressed_beside_labels_that_are_not(root, rng):
    files, pictures, labels, *_ = mnist(rng)
    write(root, "train-images-idx3-ubyte.gz", gzip.compress(files["train-images-idx3-ubyte"]))
    write(root, "train-labels-idx1-ubyte", files["train-labels-idx1-ubyte"])
    return root / "train-images-idx3-ubyte.gz", Loaded(pictures, labels)


def four(root, rng, suffix="", pack=lambda content: content):
    files, pictures, labels, held, marks = mnist(rng)
    for name, content in files.items():
        write(root, name + suffix, pack(content))
    return root, Loaded(pictures + held, labels + marks, held_out=[False] * 20 + [True] * 5,
                        any_order=True)


@case
def idx_four_in_a_folder(root, rng):
    return four(root, rng)


@case
def idx_four_compressed_in_a_folder(root, rng):
    return four(root, rng, ".gz", gzip.compress)


@case
def idx_four_in_a_folder_with_other_things(root, rng):
    write(root, "README.txt", "The MNIST database")
    write(root, ".DS_Store", DS_STORE)
    return four(root, rng)


@case
def idx_of_labels_alone(root, rng):
    return one(root, "train-labels-idx1-ubyte", idx(np.arange(20) % 10), Refused(("label",)))


@case
def idx_with_fewer_labels(root, rng):
    files, *_ = mnist(rng)
    write(root, "train-images-idx3-ubyte", files["train-images-idx3-ubyte"])
    write(root, "train-labels-idx1-ubyte", idx(np.arange(19) % 10))
    return root / "train-images-idx3-ubyte", Refused(("19", "20"))


@case
def idx_of_oblong_pictures(root, rng):
    pictures = [grey(rng, 12, 20) for _ in range(10)]
    return one(root, "pictures.idx", idx(np.stack(pictures)), Loaded(pictures, shape=(12, 20, 1)))


@case(reading={"size": 14}, open="arrays at another size than their own: made so, or refused")
def idx_at_another_size(root, rng):
    pictures = [np.full((28, 28), shade, np.uint8) for shade in rng.integers(0, 256, 10)]
    return one(root, "pictures.idx", idx(np.stack(pictures)),
               Loaded([picture[:14, :14] for picture in pictures], tolerance=1), Refused(("14",)))


@hostile
def idx_cut_off(root, rng):
    pictures, _ = digits(rng)
    return one(root, "train-images-idx3-ubyte", idx(np.stack(pictures))[:-100], Refused())


@hostile
def idx_compressed_cut_off(root, rng):
    pictures, _ = digits(rng)
    return one(root, "train-images-idx3-ubyte.gz",
               gzip.compress(idx(np.stack(pictures)))[:-3000], Refused())


@hostile
def idx_that_promises_a_million_million(root, rng):
    pictures, _ = digits(rng)
    return one(root, "train-images-idx3-ubyte",
               idx(np.stack(pictures), (2**31, 500, 1)), Refused())


@hostile
def idx_that_promises_more_than_gzip_can(root, rng):
    """8 GB promised, by a file that can hold no more than a thousandth of its size in zeros."""
    return one(root, "train-images-idx3-ubyte.gz",
               gzip.compress(idx(grey(rng, 28, 28), (10_000_000, 28, 28))), Refused())


@hostile
def idx_compressed_a_thousand_times(root, rng):
    """8 GB promised and 300 MB kept, of zeros, in 300 kB."""
    return one(root, "train-images-idx3-ubyte.gz",
               gzipped_zeros(idx(grey(rng, 1, 1), (10_000_000, 28, 28)), 300), Refused())


@hostile
def idx_of_many_dimensions(root, rng):
    return one(root, "x-idx3-ubyte", bytes([0, 0, 8, 255]) + b"\xff" * 1020 + bytes(50), Refused())


@case
def idx_without_pictures(root, rng):
    return one(root, "train-images-idx3-ubyte", idx(np.zeros((0, 28, 28), np.uint8)), Refused())


# ---- npy ----------------------------------------------------------------------------------------

def array_case(name, make, *outcomes_of, **settings):
    """A case of one .npy: `make(rng)` is the array, and each of `outcomes_of` is given it."""

    def maker(root, rng):
        array = make(rng)
        return (write(root, "pictures.npy", npy(array)),
                *[outcome(array) if callable(outcome) else outcome for outcome in outcomes_of])

    maker.__name__ = name
    case(maker, **settings)


def as_is(array):
    return Loaded(list(array))


def scaled(low, high):
    return lambda array: Loaded(list((np.float64(array) - low) / (high - low) * 255),
                                tolerance=0.51)


def whole(shape, dtype=np.uint8, high=256):
    return lambda rng: rng.integers(0, high, shape).astype(dtype)


N = 20  # pictures in an array
array_case("npy_grey", whole((N, 8, 8)), as_is)
array_case("npy_oblong", whole((N, 6, 10)), as_is)
array_case("npy_grey_with_a_last_axis", whole((N, 8, 8, 1)),
           lambda array: Loaded(list(array[..., 0]), shape=(8, 8, 1)))
array_case("npy_in_colour", whole((N, 8, 8, 3)), as_is)
array_case("npy_of_pytorch_in_colour", whole((N, 3, 8, 8)),
           lambda array: Loaded(list(array.transpose(0, 2, 3, 1))))
array_case("npy_of_pytorch_in_grey", whole((N, 1, 28, 28)), lambda array: Loaded(list(array[:, 0])))
array_case("npy_of_int64", whole((N, 8, 8), np.int64), as_is)
array_case("npy_of_int16_with_bytes_the_other_way", whole((N, 8, 8), ">i2"), as_is)
array_case("npy_in_fortran_order", lambda rng: np.asfortranarray(whole((N, 8, 8, 3))(rng)), as_is)
array_case("npy_flat", whole((N, 784)), lambda array: Loaded(list(array.reshape(-1, 28, 28))))
array_case("npy_of_one_picture_in_a_batch", whole((1, 8, 8, 3)),
           lambda array: Loaded(list(array), held_out=ANY))
array_case("npy_of_floats_from_0_to_1", lambda rng: whole((N, 8, 8))(rng) / np.float32(255),
           lambda array: Loaded(list((array * 255).round())))
array_case("npy_of_floats_from_minus_1_to_1",
           lambda rng: np.float32(whole((N, 8, 8, 3))(rng) / 127.5 - 1),
           lambda array: Loaded(list(((array + 1) * 127.5).round()), says=("-1",)))
array_case("npy_of_float64", lambda rng: np.concatenate([[0, 1], rng.random(N * 64 - 2)])
           .reshape(N, 8, 8), scaled(0, 1))
array_case("npy_of_float16", lambda rng: rng.random((N, 8, 8)).astype(np.float16),
           lambda array: Loaded(list(np.float64(array) * 255), tolerance=1))
array_case("npy_of_float32_in_pytorchs_order", lambda rng: rng.random((N, 3, 8, 8), np.float32),
           lambda array: Loaded(list(array.transpose(0, 2, 3, 1) * 255.0), tolerance=0.51))
array_case("npy_of_true_and_false", lambda rng: rng.random((N, 8, 8)) < 0.5,
           lambda array: Loaded(list(array * 255)), Refused(("bool",)),
           open="True is white, or the array is refused; it is not 1 of 255")
array_case("npy_of_bytes_0_and_1", whole((N, 8, 8), high=2),
           lambda array: Loaded(list(array * 255)),
           lambda array: Loaded(list(array), says=("0 to 1",)),
           lambda array: Loaded(list(array), says=("black",)), Refused(),
           open="masks of 0 and 1 are nearly black as bytes: spread them, or say so")
array_case("npy_of_floats_to_255", lambda rng: np.float32(whole((N, 8, 8))(rng)), as_is,
           Refused(("255",)), open="whole numbers kept as floats: read as bytes, or refused")
array_case("npy_of_twelve_bits", whole((N, 8, 8), np.uint16, 4096), Refused((("255", "40"),)),
           open="more than 8 bits in an array: refused, as long as no stretching is asked for")
array_case("npy_of_twelve_bits_stretched",
           lambda rng: np.concatenate([[0, 4095], rng.integers(0, 4096, N * 64 - 2)])
           .reshape(N, 8, 8).astype(np.uint16),
           lambda array: Loaded(list(array / 4095 * 255), tolerance=1), Refused(),
           reading={"stretch": True}, open="stretching might be for pictures only")
array_case("npy_normalised_by_mean_and_deviation",
           lambda rng: rng.normal(size=(N, 8, 8)).astype(np.float32), Refused())
array_case("npy_with_a_hole", lambda rng: np.where(np.arange(N * 64).reshape(N, 8, 8) == 9,
                                                   np.nan, 0.5), Refused())
array_case("npy_of_negative_integers", lambda rng: whole((N, 8, 8), np.int16)(rng) - 128, Refused())
array_case("npy_with_four_channels", whole((N, 8, 8, 4)), Refused(("4",)))
array_case("npy_with_two_channels", whole((N, 8, 8, 2)), Refused())
array_case("npy_of_rows_that_are_not_square", whole((N, 512)), Refused(("512",)))
array_case("npy_flat_in_colour", whole((N, 3072)),
           lambda array: Loaded(list(array.reshape(N, 3, 32, 32).transpose(0, 2, 3, 1))),
           Refused(("3072",)), open="3,072 numbers are CIFAR's planes, or 32 x 32 x 3")
array_case("npy_of_one_picture", whole((8, 8, 3)), Refused(),
           lambda array: Loaded([array], held_out=ANY),
           open="one picture, or 8 pictures of 8 x 3: as (N, H, W) it would load nonsense",)
array_case("npy_of_films", whole((4, 5, 8, 8, 3)), Refused((("5", "dimension", "shape"),)))
array_case("npy_of_a_number", lambda rng: np.uint8(7), Refused())
array_case("npy_of_a_line", whole((784,)), Refused())
array_case("npy_of_no_pictures", whole((0, 28, 28)), Refused())
array_case("npy_of_pictures_without_pixels", whole((N, 0, 28)), Refused())
array_case("npy_of_complex_numbers", lambda rng: np.ones((N, 8, 8), complex), Refused())
array_case("npy_of_words", lambda rng: np.array([["a", "b"]] * 4), Refused())
array_case("npy_of_dates", lambda rng: np.zeros((N, 8, 8), "datetime64[D]"), Refused())
array_case("npy_of_records", lambda rng: np.zeros((N, 8, 8), [("r", "u1"), ("g", "u1")]), Refused())


@hostile
def npy_of_objects(root, rng):
    """np.save of a list of pictures of different sizes: a pickle, which may run anything."""
    array = np.empty(3, object)
    array[:] = [grey(rng, side, side) for side in (7, 8, 9)]
    return one(root, "pictures.npy", npy(array), Refused())


@hostile
def npy_that_runs_code(root, rng):
    header = {"descr": "|O", "fortran_order": False, "shape": (1,)}
    return one(root, "pictures.npy", npy_that_says(header, deed(root / "deed")), Refused())


@hostile
def npy_whose_header_is_code(root, rng):
    deed = f"open({str(root / 'deed')!r}, 'w')"
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({deed},)}}"
    return one(root, "pictures.npy", npy_that_says(text, bytes(64)), Refused())


@hostile
def npy_that_promises_a_million_million(root, rng):
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**12, 8, 8)}
    return one(root, "pictures.npy", npy_that_says(header, bytes(640)), Refused())


@hostile
def npy_whose_size_overflows(root, rng):
    header = {"descr": "|u1", "fortran_order": False, "shape": (2**40, 2**24, 1)}
    return one(root, "pictures.npy", npy_that_says(header, bytes(640)), Refused())


@hostile
def npy_of_less_than_nothing(root, rng):
    header = {"descr": "|u1", "fortran_order": False, "shape": (-1, 8, 8)}
    return one(root, "pictures.npy", npy_that_says(header, bytes(640)), Refused())


@hostile
def npy_with_a_header_of_brackets(root, rng):
    return one(root, "pictures.npy", npy_that_says("(" * 60_000), Refused())


@hostile
def npy_with_a_header_of_gigabytes(root, rng):
    return one(root, "pictures.npy", b"\x93NUMPY\2\0" + struct.pack("<I", 2**32 - 1) + bytes(500),
               Refused())


@hostile
def npy_of_another_version(root, rng):
    return one(root, "pictures.npy", b"\x93NUMPY\x63\0" + bytes(500), Refused())


@hostile
def npy_cut_off(root, rng):
    return one(root, "pictures.npy", npy(np.stack([grey(rng)] * 20))[:-100], Refused())


@hostile
def npy_cut_off_in_its_header(root, rng):
    return one(root, "pictures.npy", npy(np.stack([grey(rng)] * 20))[:40], Refused())


# ---- npz ----------------------------------------------------------------------------------------

@case
def keras_mnist(root, rng):
    pictures, labels = digits(rng)
    held, marks = digits(rng, 5, classes=5)
    content = npz(x_test=np.stack(held), x_train=np.stack(pictures),
                  y_train=np.uint8(labels), y_test=np.uint8(marks))
    return one(root, "mnist.npz", content, Loaded(
        pictures + held, labels + marks, held_out=[False] * 20 + [True] * 5, any_order=True))


def medmnist(rng, make, count=10):
    train, labels = digits(rng, 20, 28, 3, make)
    val, first = digits(rng, count, 28, 3, make)
    test, second = digits(rng, count, 28, 3, make)
    content = {"train_images": np.stack(train), "train_labels": np.uint8(labels)[:, None],
               "val_images": np.stack(val), "val_labels": np.uint8(first)[:, None],
               "test_images": np.stack(test), "test_labels": np.uint8(second)[:, None]}
    return content, train + val + test, labels + first + second


@case
def medmnist_in_grey(root, rng):
    content, pictures, labels = medmnist(rng, grey)
    return one(root, "pneumoniamnist.npz", npz(**content), Loaded(
        pictures, labels, held_out=[False] * 20 + [True] * 20, any_order=True))


@case
def medmnist_in_colour(root, rng):
    content, pictures, labels = medmnist(rng, colour)
    return one(root, "bloodmnist.npz", npz(**content), Loaded(
        pictures, labels, held_out=[False] * 20 + [True] * 20, any_order=True))


@case(open="fourteen diseases a picture are no class: read without labels and said, or refused")
def medmnist_with_many_labels(root, rng):
    content, pictures, _ = medmnist(rng, grey)
    for name in ("train", "val", "test"):
        content[f"{name}_labels"] = rng.integers(0, 2, (len(content[f"{name}_images"]), 14))
    return one(root, "chestmnist.npz", npz(**content), Loaded(
        pictures, None, held_out=[False] * 20 + [True] * 20, any_order=True, says=("label",)),
        Refused(("label",)))


@case
def npz_of_one_array(root, rng):
    """Kuzushiji: arr_0 alone."""
    pictures, _ = digits(rng)
    return one(root, "kmnist-imgs.npz", npz(arr_0=np.stack(pictures)), Loaded(pictures))


@case
def npz_compressed_with_x_and_y(root, rng):
    pictures, labels = digits(rng)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.stack(pictures), y=np.array(labels))
    return one(root, "data.npz", buffer.getvalue(), Loaded(pictures, labels))


@case
def npz_with_images_and_labels(root, rng):
    pictures, labels = digits(rng, make=colour)
    return one(root, "data.npz", npz(labels=np.int32(labels), images=np.stack(pictures)),
               Loaded(pictures, labels))


@case
def npz_with_capital_x(root, rng):
    pictures, labels = digits(rng)
    return one(root, "data.npz", npz(X=np.stack(pictures), y=np.array(labels)),
               Loaded(pictures, labels))


@case
def npz_in_capitals_with_splits(root, rng):
    pictures, labels = digits(rng)
    held, marks = digits(rng, 5, classes=5)
    return one(root, "data.npz", npz(
        X_train=np.stack(pictures), Y_train=np.array(labels), X_test=np.stack(held),
        Y_test=np.array(marks)), Loaded(pictures + held, labels + marks, any_order=True,
                                        held_out=[False] * 20 + [True] * 5))


@case
def npz_with_floats_and_float_scale(root, rng):
    pictures, labels = digits(rng)
    return one(root, "data.npz", npz(x=np.stack(pictures) / np.float32(255), y=np.array(labels)),
               Loaded(pictures, labels))


@case(open="two arrays without names of their own: the integers as labels, or none")
def npz_by_position(root, rng):
    pictures, labels = digits(rng)
    return one(root, "data.npz", npz(arr_0=np.stack(pictures), arr_1=np.array(labels)),
               Loaded(pictures, labels))


@case(open="scikit-learn's digits are floats from 0 to 16: not nearly black without a word")
def npz_of_scikit_learns_digits(root, rng):
    pictures = [rng.integers(0, 17, (8, 8)).astype(float) for _ in range(20)]
    labels = [number % 10 for number in range(20)]
    content = npz(data=np.stack(pictures).reshape(20, 64), images=np.stack(pictures),
                  target=np.array(labels), target_names=np.arange(10))
    return one(root, "digits.npz", content, Refused(("16",)),
               Loaded([picture / 16 * 255 for picture in pictures], labels, tolerance=1),
               Loaded(pictures, labels, says=("16",)))


@case(open="labels of which one of ten is 1: as classes, or said not to be labels")
def npz_with_one_hot_labels(root, rng):
    pictures, labels = digits(rng)
    content = npz(x=np.stack(pictures), y=np.eye(10, dtype=np.float32)[labels])
    return one(root, "data.npz", content, Loaded(pictures, labels),
               Loaded(pictures, None, says=("y",)), Refused(("y",)))


@case(open="words as labels: classes of these names, or said not to be read")
def npz_with_words_as_labels(root, rng):
    pictures, _ = digits(rng)
    words = ["cat", "dog"] * 10
    content = npz(images=np.stack(pictures), labels=np.array(words))
    return one(root, "data.npz", content, Loaded(pictures, words),
               Loaded(pictures, None, says=("label",)), Refused(("label",)))


@case(open="labels that are one short: refused, or left out with a word")
def npz_with_fewer_labels(root, rng):
    pictures, labels = digits(rng)
    content = npz(images=np.stack(pictures), labels=np.array(labels[:-1]))
    return one(root, "data.npz", content, Refused(("19",)), Loaded(pictures, None, says=("19",)))


@case(open="two arrays of pictures that no name tells apart: a sentence with both names")
def npz_of_two_minds(root, rng):
    content = npz(left=np.stack([grey(rng)] * 9), right=np.stack([grey(rng)] * 9))
    return one(root, "stereo.npz", content, Refused(("left", "right")))


@case
def npz_of_features(root, rng):
    return one(root, "embeddings.npz", npz(embeddings=rng.normal(size=(20, 512))), Refused())


@case
def npz_of_weights(root, rng):
    content = npz(weight=rng.normal(size=(16, 3)), bias=rng.normal(size=16), step=np.int64(9))
    return one(root, "model.npz", content, Refused())


@case
def npz_with_nothing_in_it(root, rng):
    return one(root, "data.npz", npz(), Refused())


@case
def npz_without_a_suffix(root, rng):
    pictures, labels = digits(rng)
    return one(root, "MNIST", npz(x=np.stack(pictures), y=np.array(labels)),
               Loaded(pictures, labels))


@case(needs=("links",))
def npz_behind_a_link(root, rng):
    pictures, labels = digits(rng)
    one(root, "blob-4711", npz(x=np.stack(pictures), y=np.array(labels)))
    (root / "mnist.npz").symlink_to("blob-4711")
    return root / "mnist.npz", Loaded(pictures, labels)


@case(open="a folder in which one npz lies: it is read, or named in the sentence")
def npz_alone_in_a_folder(root, rng):
    pictures, labels = digits(rng)
    write(root, "mnist.npz", npz(x=np.stack(pictures), y=np.array(labels)))
    return root, Loaded(pictures, labels), Refused(("mnist.npz",))


@case(open="Kaggle's folder of tables: the training table is read, or one is to be named")
def tables_in_a_folder(root, rng):
    pictures, labels = digits(rng)
    write(root, "train.csv", csv(pictures, labels, header=kaggle_header()))
    write(root, "test.csv", csv(pictures[:5], header=kaggle_header(label=False)))
    write(root, "sample_submission.csv", "ImageId,Label\n1,0\n")
    return root, Loaded(pictures, labels), Refused((".csv",))


@case(open="arrays in a zip that is called .zip: an npz by its members, or read as such")
def npz_called_zip(root, rng):
    pictures, labels = digits(rng)
    return one(root, "data.zip", npz(x=np.stack(pictures), y=np.array(labels)),
               Loaded(pictures, labels))


@hostile
def npz_of_objects_that_run_code(root, rng):
    header = {"descr": "|O", "fortran_order": False, "shape": (1,)}
    evil = npy_that_says(header, deed(root / "deed"))
    return one(root, "data.npz", zipped({"x.npy": evil}), Refused())


@hostile
def npz_with_labels_that_run_code(root, rng):
    header = {"descr": "|O", "fortran_order": False, "shape": (20,)}
    pictures, _ = digits(rng)
    content = zipped({"x.npy": npy(np.stack(pictures)),
                      "y.npy": npy_that_says(header, deed(root / "deed"))})
    return one(root, "data.npz", content, Refused())


@hostile
def npz_that_promises_a_million_million(root, rng):
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 28, 28)}
    return one(root, "data.npz", zipped({"x.npy": npy_that_says(header, bytes(900))}), Refused())


@hostile
def npz_bomb(root, rng):
    """300 MB of black pictures in 300 kB."""
    header = {"descr": "|u1", "fortran_order": False, "shape": (300 << 10, 32, 32)}
    head = npy_that_says(header)
    bomb = {"name": "x.npy", "data": deflated_zeros(300, head), "method": 8,
            "size": len(head) + (300 << 20)}
    return one(root, "data.npz", raw_zip([bomb]), Refused())


@hostile
def npz_cut_off(root, rng):
    pictures, labels = digits(rng)
    content = npz(x=np.stack(pictures), y=np.array(labels))
    return one(root, "data.npz", content[: len(content) // 2], Refused())


@hostile
def npz_with_a_flipped_bit(root, rng):
    """The zip's checksum tells: noise is never taken for pixels."""
    content = bytearray(npz(x=np.stack([grey(rng, 28, 28)] * 20)))
    content[len(content) // 2] ^= 1
    return one(root, "data.npz", bytes(content), Refused())


# ---- CIFAR --------------------------------------------------------------------------------------

@case
def cifar_one_batch(root, rng):
    pictures, labels = digits(rng, 20, 32, 10, colour)
    return one(root, "data_batch_1", cifar_batch(pictures, labels), Loaded(pictures, labels))


def cifar_folder(root, rng, folder=""):
    files, pictures, labels, held = cifar_files(rng)
    for name, content in files.items():
        write(root, folder + name, content)
    return Loaded(pictures, [CIFAR_NAMES[label] for label in labels], CIFAR_NAMES, held,
                  any_order=True)


@case
def cifar_unpacked(root, rng):
    return root, cifar_folder(root, rng)


@case(open="the folder around cifar-10-batches-py, as it is after unpacking")
def cifar_unpacked_one_level_up(root, rng):
    return root, cifar_folder(root, rng, "cifar-10-batches-py/")


@case
def cifar_as_downloaded(root, rng):
    files, pictures, labels, held = cifar_files(rng)
    top = tar_member("cifar-10-batches-py", tarfile.DIRTYPE)
    content = tarred({}, members=[(top, b"")] + [
        (tar_member(f"cifar-10-batches-py/{name}"), content) for name, content in files.items()])
    return one(root, "cifar-10-python.tar.gz", content, Loaded(
        pictures, [CIFAR_NAMES[label] for label in labels], CIFAR_NAMES, held, any_order=True))


def cifar_100(rng, count=10):
    pictures = [colour(rng, 32, 32) for _ in range(2 * count)]
    fine = rng.permutation(100)[: 2 * count].tolist()
    files = {}
    for name, part in (("train", slice(count)), ("test", slice(count, None))):
        files[name] = CPickle({
            b"filenames": [b"%03d.png" % number for number in range(count)],
            b"batch_label": b"training batch 1 of 1", b"fine_labels": fine[part],
            b"coarse_labels": [label // 5 for label in fine[part]], b"data": planes(pictures[part]),
        }).bytes
    files["meta"] = CPickle({b"fine_label_names": [b"thing_%02d" % n for n in range(100)],
                             b"coarse_label_names": [b"group_%02d" % n for n in range(20)]}).bytes
    files["file.txt~"] = b""
    return files, Loaded(pictures, [f"thing_{label:02}" for label in fine],
                         tuple(f"thing_{n:02}" for n in range(100)),
                         [False] * count + [True] * count, any_order=True)


@case
def cifar_100_unpacked(root, rng):
    files, outcome = cifar_100(rng)
    for name, content in files.items():
        write(root, name, content)
    return root, outcome


@case
def cifar_100_as_downloaded(root, rng):
    files, outcome = cifar_100(rng)
    return one(root, "cifar-100-python.tar.gz",
               tarred({f"cifar-100-python/{name}": content for name, content in files.items()}),
               outcome)


@case(open="a batch that Python 3 wrote again; if not read, one sentence")
def cifar_written_by_python_3(root, rng):
    pictures, labels = digits(rng, 20, 32, 10, colour)
    batch = {b"labels": labels, b"data": planes(pictures), b"batch_label": b"training batch 1 of 5"}
    return one(root, "data_batch_1", pickle.dumps(batch, 2), Loaded(pictures, labels), Refused())


@case(open="a batch that Python 3 wrote again in its usual protocol; if not read, one sentence")
def cifar_written_by_python_3_usually(root, rng):
    pictures, labels = digits(rng, 20, 32, 10, colour)
    batch = {"labels": labels, "data": planes(pictures), "batch_label": "training batch 1 of 5"}
    return one(root, "data_batch_1", pickle.dumps(batch, 4), Loaded(pictures, labels), Refused())


@hostile
def cifar_cut_off(root, rng):
    pictures, labels = digits(rng, 20, 32, 10, colour)
    return one(root, "data_batch_1", cifar_batch(pictures, labels)[:30_000], Refused())


@hostile
def cifar_with_fewer_labels(root, rng):
    pictures, labels = digits(rng, 20, 32, 10, colour)
    return one(root, "data_batch_1", cifar_batch(pictures, labels[:-1]), Refused())


@hostile
def cifar_with_bytes_missing(root, rng):
    """The array says 20 rows and brings 19."""
    pictures, labels = digits(rng, 20, 32, 10, colour)
    content = cifar_batch(pictures, labels)
    data = planes(pictures).tobytes()
    whole = b"T" + struct.pack("<I", len(data)) + data
    assert whole in content
    content = content.replace(whole, b"T" + struct.pack("<I", len(data) - 3072) + data[3072:])
    return one(root, "data_batch_1", content, Refused())


@hostile
def cifar_that_promises_a_million_million(root, rng):
    pictures, labels = digits(rng, 20, 32, 10, colour)
    content = cifar_batch(pictures, labels)
    rows = b"(K\x01K\x14M\x00\x0c\x86"
    assert rows in content
    promise = b"(K\x01\x8a\x06" + (10**12).to_bytes(6, "little") + b"M\x00\x0c\x86"
    return one(root, "data_batch_1", content.replace(rows, promise), Refused())


@hostile
def cifar_that_runs_code(root, rng):
    """A batch as it should be, but for its title, which opens a file."""
    pictures, labels = digits(rng, 20, 32, 10, colour)
    content = cifar_batch(pictures, labels)
    title = CPickle.text(None, b"training batch 1 of 5")
    evil = calling("__builtin__", "open", str(root / "deed"), "w")[2:-1]
    assert title in content
    return one(root, "data_batch_1", content.replace(title, evil), Refused())


@hostile
def pickle_that_calls_the_shell(root, rng):
    return one(root, "data_batch_1", calling("posix", "system", f"touch '{root}/deed'"), Refused())


@hostile
def pickle_that_calls_eval(root, rng):
    return one(root, "data_batch_1", calling("builtins", "eval", f"open('{root}/deed', 'w')"),
               Refused())


@hostile
def pickle_that_walks_from_numpy_to_the_shell(root, rng):
    """A name with points in it: numpy may be allowed, and what hangs on it must not be."""
    parts = ["numpy", "ctypeslib._ctypeslib.os.system", f"touch '{root}/deed'"]
    module, name, command = (b"\x8c" + bytes([len(part)]) + part.encode() for part in parts)
    return one(root, "data_batch_1", b"\x80\x04" + module + name + b"\x93" + command + b"\x85R.",
               Refused())


@hostile
def pickle_that_builds_state_on_a_class(root, rng):
    """numpy.dtype is allowed; setting attributes through it, or an array of objects, is not."""
    content = (b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
               b"U\x01b\x87R"
               b"(K\x01K\x03\x85cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xff"
               b"J\xff\xff\xff\xffK?tb\x89]" + b"(K\x01K\x02K\x03etb.")
    return one(root, "data_batch_1", content, Refused())


@hostile
def pickle_with_a_memo_of_gigabytes(root, rng):
    """One number, remembered as the 2,000,000,000th: the C reader makes room for all of them."""
    return one(root, "data_batch_1", b"\x80\x02K\x01r" + struct.pack("<I", 2_000_000_000) + b".",
               Refused())


@hostile
def pickle_that_promises_gigabytes(root, rng):
    return one(root, "data_batch_1", b"\x80\x04}q\x01\x8e" + struct.pack("<Q", 1 << 40) + b"abc.",
               Refused())


@hostile
def pickle_that_doubles(root, rng):
    """Thirty lists, each the one before it twice."""
    content = b"\x80\x02]q\x00"
    for level in range(30):
        content += b"0](h" + bytes([level]) + b"h" + bytes([level]) + b"eq" + bytes([level + 1])
    return one(root, "data_batch_1", content + b".", Refused())


@hostile
def pickle_of_brackets(root, rng):
    return one(root, "data_batch_1", b"\x80\x02" + b"(" * 50_000 + b"t" * 50_000 + b".",
               Refused())


@case
def pickle_of_something_else(root, rng):
    return one(root, "frame.pkl", pickle.dumps({"a": [1, 2, 3], "b": "text"}, 4), Refused())


@hostile
def pickle_in_a_folder_of_batches(root, rng):
    files, *_ = cifar_files(rng)
    files["data_batch_3"] = deed(root / "deed")
    for name, content in files.items():
        write(root / "cifar-10-batches-py", name, content)
    return root / "cifar-10-batches-py", Refused(("data_batch_3",))


@hostile
def pickle_in_a_tar_of_batches(root, rng):
    files, *_ = cifar_files(rng)
    files["test_batch"] = calling("os", "system", f"touch '{root}/deed'")
    return one(root, "cifar-10-python.tar.gz",
               tarred({f"cifar-10-batches-py/{name}": data for name, data in files.items()}),
               Refused(("test_batch",)))


# ---- zip ----------------------------------------------------------------------------------------

small = register(FILES, reading={"size": 8})
danger = register(FILES, reading={"size": 8}, measured=True)


def pack(rng, *folders, each=5, make=colour):
    """{name: PNG} of pictures in folders, the pictures, and the last folder of each."""
    files, pictures = {}, []
    for folder in folders or [""]:
        for number in range(each):
            pictures.append(make(rng))
            files[f"{folder}/{number:03}.png".lstrip("/")] = encoded(pictures[-1])
    return files, pictures, [folder.rpartition("/")[2] for folder in folders for _ in range(each)]


@small
def zip_of_pictures(root, rng):
    files, pictures, _ = pack(rng, each=20)
    return one(root, "photos.zip", zipped(files), Loaded(pictures, held_out=2, seen=20))


@small
def zip_of_class_folders(root, rng):
    files, pictures, labels = pack(rng, "cat", "dog", "owl", each=10)
    return one(root, "animals.zip", zipped(files, zipfile.ZIP_DEFLATED),
               Loaded(pictures, labels, held_out=3))


@small
def zip_with_entries_for_folders(root, rng):
    files, pictures, labels = pack(rng, "cat", "dog")
    return one(root, "animals.zip", zipped({"cat/": b"", "dog/": b"", **files}),
               Loaded(pictures, labels))


@small
def zip_in_another_order(root, rng):
    """Names are put in order, however they lie in the file."""
    files, pictures, labels = pack(rng, "cat", "dog")
    order = rng.permutation(list(files)).tolist()
    return one(root, "animals.zip", zipped({name: files[name] for name in order}),
               Loaded(pictures, labels))


@small(open="one folder around everything, as nearly every zip has it: opened, or the only class")
def zip_with_a_folder_around_class_folders(root, rng):
    files, pictures, labels = pack(rng, "animals/cat", "animals/dog")
    return one(root, "animals.zip", zipped(files), Loaded(pictures, labels))


@small(open="one folder around pictures: no class")
def zip_with_a_folder_around_pictures(root, rng):
    files, pictures, _ = pack(rng, "photos", each=10)
    return one(root, "photos.zip", zipped(files), Loaded(pictures, labels=ANY, classes=ANY))


@small
def zip_with_splits(root, rng):
    files, pictures, labels = pack(rng, "test/cat", "test/dog", "train/cat", "train/dog")
    return one(root, "animals.zip", zipped(files), Loaded(
        pictures, labels, held_out=[True] * 10 + [False] * 10, any_order=True))


@small(open="splits below one folder around everything")
def zip_with_a_folder_around_splits(root, rng):
    files, pictures, labels = pack(rng, "top/train/cat", "top/train/dog", "top/val/cat",
                                   "top/val/dog")
    return one(root, "animals.zip", zipped(files), Loaded(
        pictures, labels, held_out=[False] * 10 + [True] * 10, any_order=True))


@small
def zip_from_a_mac(root, rng):
    files, pictures, labels = pack(rng, "cat", "dog")
    for name in list(files):
        files[f"__MACOSX/{name.replace('/', '/._')}"] = APPLE_DOUBLE
    files[".DS_Store"] = files["cat/.DS_Store"] = DS_STORE
    return one(root, "animals.zip", zipped(files), Loaded(pictures, labels))


@small
def zip_with_names_of_other_countries(root, rng):
    files, pictures, labels = pack(rng, "Bäume", "日本", "😀")
    return one(root, "Urlaub (1).zip", zipped(files), Loaded(pictures, labels))


@small
def zip_without_the_suffix(root, rng):
    files, pictures, _ = pack(rng, each=10)
    return one(root, "download", zipped(files), Loaded(pictures))


@small
def zip_with_other_things_in_it(root, rng):
    files, pictures, _ = pack(rng, each=10)
    files |= {"README.md": b"# Pictures\n", "page.jpg": b"<html></html>", "nothing.png": b"",
              "cut.png": encoded(colour(rng, 64, 64))[:400]}
    return one(root, "photos.zip", zipped(files), Loaded(pictures, seen=14, says=(
        "readme.md", "page.jpg", "nothing.png", "empty", "cut.png", "cut short")))


@small
def zip_with_strays_beside_classes(root, rng):
    files, pictures, labels = pack(rng, "cat", "dog", each=10)
    files["overview.png"] = encoded(colour(rng))
    return one(root, "animals.zip", zipped(files), Loaded(pictures, labels, says=("overview.png",)))


@small
def zip_in_a_zip_beside_pictures(root, rng):
    files, pictures, _ = pack(rng, each=10)
    inner, *_ = pack(rng)
    return one(root, "photos.zip", zipped({**files, "more.zip": zipped(inner)}),
               Loaded(pictures, says=("more.zip",)))


@small
def zip_in_a_zip(root, rng):
    inner, *_ = pack(rng)
    return one(root, "photos.zip", zipped({"inner.zip": zipped(inner)}), Refused())


@small
def zip_that_holds_a_run(root, rng):
    files, pictures, _ = pack(rng, each=10)
    run, *_ = pack(rng, "runs/first")
    return one(root, "photos.zip", zipped({**files, **run, "runs/first/checkpoint.gan": b"w"}),
               Loaded(pictures, None, says=("run",)))


@small
def zip_with_a_damaged_member(root, rng):
    files, pictures, _ = pack(rng, each=10)
    content = zipped({**files, "x.png": encoded(colour(rng, 64, 64))})
    at = content.index(b"x.png") + 2000
    content = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
    return one(root, "photos.zip", content, Loaded(pictures, says=("x.png", "damaged")))


@small(open="Kaggle's digit-recognizer.zip as downloaded: the table in it, or a sentence about it")
def zip_of_tables(root, rng):
    pictures, labels = digits(rng)
    files = {"sample_submission.csv": b"ImageId,Label\n1,0\n",
             "test.csv": csv(pictures, header=kaggle_header(label=False)).encode(),
             "train.csv": csv(pictures, labels, header=kaggle_header()).encode()}
    return one(root, "digit-recognizer.zip", zipped(files), Refused(("csv",)),
               Loaded(count=(20, 40), labels=ANY, held_out=ANY, shape=(28, 28, 1)))


@small(open="MNIST's four files in a zip: read, or a sentence")
def zip_of_idx(root, rng):
    files, *_ = mnist(rng)
    return one(root, "archive.zip", zipped(files), Refused(),
               Loaded(count=25, labels=ANY, held_out=5, shape=(28, 28, 1)))


@small
def zip_of_nothing(root, rng):
    return one(root, "photos.zip", zipped({}), Refused())


@small
def zip_of_text(root, rng):
    return one(root, "notes.zip", zipped({"a.txt": b"words", "b.txt": b"more"}), Refused())


@danger
def zip_with_a_password(root, rng):
    files, *_ = pack(rng, each=3)
    members = [{"name": name, "data": content, "flags": 1} for name, content in files.items()]
    return one(root, "photos.zip", raw_zip(members), Refused((("encrypted", "password"),)))


@danger
def zip_with_one_locked_member(root, rng):
    files, *_ = pack(rng, each=10)
    members = [{"name": name, "data": content, "flags": int(name == "004.png")}
               for name, content in files.items()]
    return one(root, "photos.zip", raw_zip(members), Refused((("encrypted", "password"),)))


def leading_outside(name):
    def maker(root, rng):
        files, *_ = pack(rng, each=10)
        return one(root, "photos.zip", zipped({**files, name: encoded(colour(rng))}),
                   Refused(("evil",)))

    return maker


for title, path in (("upwards", "../../evil.png"), ("upwards_from_within", "cat/../../evil.png"),
                    ("from_the_root", "/tmp/evil.png")):
    maker = leading_outside(path)
    maker.__name__ = f"zip_that_leads_{title}"
    danger(maker)

for title, path in (("to_a_drive", "C:\\evil.png"), ("upwards_by_backslashes", "..\\..\\evil.png")):
    maker = leading_outside(path)
    maker.__name__ = f"zip_that_leads_{title}"
    danger(maker, open="paths of Windows are plain names elsewhere")


@danger
def zip_with_links(root, rng):
    """A link is a member whose content is a path: it is not followed."""
    secret = write(root, "secret/s.png", encoded(colour(rng)))
    files, pictures, _ = pack(rng, each=10)
    members = [{"name": name, "data": content} for name, content in files.items()]
    members.append({"name": "link.png", "data": str(secret).encode(), "mode": 0o120777})
    members.append({"name": "cats", "data": str(secret.parent).encode(), "mode": 0o120777})
    return one(root, "photos.zip", raw_zip(members), Loaded(pictures, None), Refused(("link",)))


@danger
def zip_with_one_enormous_member(root, rng):
    files, *_ = pack(rng, each=10)
    members = [{"name": name, "data": content} for name, content in files.items()]
    members.append({"name": "big.png", "data": deflated_zeros(300), "method": 8,
                    "size": 300 << 20, "crc": 0})
    return one(root, "photos.zip", raw_zip(members), Refused(("bomb",)))


@danger
def zip_that_lies_about_sizes(root, rng):
    """100 bytes by its index, 300 MB when unpacked."""
    files, pictures, _ = pack(rng, each=10)
    members = [{"name": name, "data": content} for name, content in files.items()]
    lie = {"name": "lie.png", "data": deflated_zeros(300, encoded(colour(rng))), "method": 8,
           "size": 100}
    return one(root, "photos.zip", raw_zip([*members, lie]), Loaded(pictures, says=("lie.png",)),
               Refused())


@danger(open="no member is too large, and all of them are one; together they unpack to 30 GB")
def zip_whose_members_overlap(root, rng):
    bomb = {"data": deflated_zeros(100), "method": 8, "size": 100 << 20, "crc": 0}
    members = [{"name": "000.png", **bomb}]
    members += [{"name": f"{n:03}.png", **bomb, "at": 0} for n in range(1, 300)]
    return one(root, "photos.zip", raw_zip(members), Refused())


@danger
def zip_that_promises_exabytes(root, rng):
    members = [{"name": "a.png", "data": encoded(colour(rng)), "size": 2**32 - 2}]
    return one(root, "photos.zip", raw_zip(members), Refused())


@danger
def zip_in_the_way_of_windows(root, rng):
    """Deflate64, with which Windows packs large folders, and which Python cannot unpack."""
    members = [{"name": f"{n}.png", "data": b"?" * 90, "size": 500, "method": 9} for n in range(3)]
    return one(root, "photos.zip", raw_zip(members), Refused())


@danger
def zip_cut_off(root, rng):
    files, *_ = pack(rng, each=20)
    content = zipped(files)
    return one(root, "photos.zip", content[: len(content) // 2], Refused())


@danger
def zip_with_a_broken_index(root, rng):
    files, *_ = pack(rng, each=20)
    content = bytearray(zipped(files))
    at = content.index(b"PK\1\2")
    content[at + 100 : at + 400] = rng.bytes(300)
    return one(root, "photos.zip", bytes(content), Refused())


@danger
def zip_with_the_same_name_twice(root, rng):
    """Some programs add a file again instead of replacing it. Either way, one or both."""
    files, pictures, _ = pack(rng, each=10)
    members = [{"name": name, "data": content} for name, content in files.items()]
    again = colour(rng)
    members.append({"name": "009.png", "data": encoded(again)})
    return one(root, "photos.zip", raw_zip(members), Loaded([*pictures[:9], again]),
               Loaded([*pictures, again]), Refused(("009.png",)))


# ---- tar ----------------------------------------------------------------------------------------

@small
def tar_of_class_folders(root, rng):
    files, pictures, labels = pack(rng, "cat", "dog")
    return one(root, "animals.tar", tarred(files, "w"), Loaded(pictures, labels))


@small
def tgz_of_pictures(root, rng):
    files, pictures, _ = pack(rng, each=20)
    return one(root, "photos.tgz", tarred(files), Loaded(pictures, held_out=2))


@small
def tar_gz_of_here(root, rng):
    """`tar czf photos.tar.gz .`: every name begins with ./"""
    files, pictures, labels = pack(rng, "cat", "dog")
    content = tarred({}, members=[
        (tar_member("./", tarfile.DIRTYPE), b""), (tar_member("./cat", tarfile.DIRTYPE), b""),
        *((tar_member(f"./{name}"), content) for name, content in files.items())])
    return one(root, "photos.tar.gz", content, Loaded(pictures, labels))


@small(open="one folder around everything, as most tars have it")
def tar_gz_with_a_folder_around_class_folders(root, rng):
    files, pictures, labels = pack(rng, "animals/cat", "animals/dog")
    return one(root, "animals.tar.gz", tarred(files), Loaded(pictures, labels))


@small
def tar_from_a_mac(root, rng):
    files, pictures, labels = pack(rng, "cat", "dog")
    for name in list(files):
        folder, _, last = name.rpartition("/")
        files[f"{folder}/._{last}"] = APPLE_DOUBLE
    return one(root, "animals.tar.gz", tarred(files), Loaded(pictures, labels))


@small
def tar_with_long_names(root, rng):
    files, pictures, labels = pack(rng, "a" * 90 + "/" + "b" * 90 + "ü", "c" * 150)
    return one(root, "animals.tar.gz", tarred(files), Loaded(
        pictures, ["a" * 90] * 5 + ["c" * 150] * 5))


@small(open="bzip2 and xz are not in the list; if not read, one sentence")
def tar_bz2(root, rng):
    files, pictures, _ = pack(rng, each=10)
    return one(root, "photos.tar.bz2", tarred(files, "w:bz2"), Loaded(pictures), Refused())


@small(open="a file stored once and linked to within the archive, as tar does by itself")
def tar_with_hard_links(root, rng):
    files, pictures, _ = pack(rng, each=10)
    content = tarred(files, members=[(tar_member("zz.png", tarfile.LNKTYPE, "003.png"), b"")])
    return one(root, "photos.tar.gz", content, Loaded([*pictures, pictures[3]]),
               Loaded(pictures, says=("zz.png",)))


@danger
def tar_with_links_to_the_outside(root, rng):
    secret = write(root, "secret/s.png", encoded(colour(rng)))
    files, pictures, _ = pack(rng, each=10)
    content = tarred(files, members=[
        (tar_member("a.png", tarfile.SYMTYPE, str(secret)), b""),
        (tar_member("b.png", tarfile.SYMTYPE, "../secret/s.png"), b""),
        (tar_member("c.png", tarfile.LNKTYPE, str(secret)), b"")])
    return one(root, "photos.tar.gz", content, Loaded(pictures), Refused(("link",)),
               Refused(("outside",)))


@danger
def tar_with_pipes_and_devices(root, rng):
    files, pictures, _ = pack(rng, each=10)
    content = tarred(files, members=[(tar_member("p.png", tarfile.FIFOTYPE), b""),
                                     (tar_member("d.png", tarfile.CHRTYPE), b"")])
    return one(root, "photos.tar.gz", content, Loaded(pictures), Refused())


@danger
def tar_that_leads_upwards(root, rng):
    files, *_ = pack(rng, each=10)
    return one(root, "photos.tar.gz", tarred({**files, "../evil.png": encoded(colour(rng))}),
               Refused(("evil.png",)))


@danger
def tar_that_leads_from_the_root(root, rng):
    files, *_ = pack(rng, each=10)
    return one(root, "photos.tar", tarred({**files, "/tmp/evil.png": encoded(colour(rng))}, "w"),
               Refused(("evil.png",)))


@danger
def tar_that_promises_a_million_million(root, rng):
    info = tarfile.TarInfo("big.png")
    info.size = 10**12
    return one(root, "photos.tar", info.tobuf(tarfile.GNU_FORMAT) + bytes(2048), Refused())


@danger
def tar_with_a_hole_of_a_terabyte(root, rng):
    """A sparse file: nothing is stored, and a million million zeros come out."""
    info = tarfile.TarInfo("GNUSparseFile.0/big.png")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                        "GNU.sparse.name": "big.png", "GNU.sparse.realsize": str(10**12)}
    map_of_data = b"1\n0\n0\n".ljust(512, b"\0")
    info.size = len(map_of_data)
    content = info.tobuf(tarfile.PAX_FORMAT) + map_of_data + bytes(1024)
    return one(root, "photos.tar", content, Refused())


@danger
def tar_gz_bomb(root, rng):
    """A member of 300 MB in 300 kB."""
    files, *_ = pack(rng, each=10)
    info = tarfile.TarInfo("big.png")
    info.size = 300 << 20
    plain = tarred(files, "w")[: -tarfile.RECORDSIZE] + info.tobuf()
    content = gzipped_zeros(plain, 301)
    return one(root, "photos.tar.gz", content, Loaded(count=10, says=("big.png",)))


@danger
def tar_gz_cut_off(root, rng):
    files, *_ = pack(rng, each=30)
    content = tarred(files)
    return one(root, "photos.tar.gz", content[: len(content) // 2], Refused())


@danger
def tar_cut_off(root, rng):
    files, *_ = pack(rng, each=30)
    content = tarred(files, "w")
    return one(root, "photos.tar", content[:10_000 + 100], Refused())


# ---- everything else ----------------------------------------------------------------------------

def compressed_ten_times():
    content = b"pictures"
    for _ in range(10):
        content = gzip.compress(content)
    return content


def foreign(name, filename, content, *says, **settings):
    def maker(root, rng):
        return one(root, filename, content(rng) if callable(content) else content, Refused(says))

    maker.__name__ = name
    hostile(maker, **settings)


foreign("hdf5", "train_catvnoncat.h5", b"\x89HDF\r\n\x1a\n" + bytes(2000), "hdf5")
foreign("parquet", "train-00000-of-00001.parquet", b"PAR1" + bytes(2000) + b"PAR1", "parquet")
foreign("matlab", "train_32x32.mat",
        b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\1IM" + bytes(2000), "matlab")
foreign("tfrecord", "train.tfrecord",
        struct.pack("<Q", 80) + bytes(4) + b"\n\x4e\n\x4c\n\x05label" + bytes(100), "tfrecord")
foreign("pytorch_checkpoint", "data.pt", lambda rng: zipped({
    "archive/data.pkl": calling("torch._utils", "_rebuild_tensor_v2"),
    "archive/version": b"3\n", "archive/data/0": bytes(640)}), "data.pt")
foreign("spreadsheet", "pixels.xlsx", lambda rng: zipped({
    "[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}), "pixels.xlsx")
foreign("seven_zip", "photos.7z", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(500), "photos.7z")
foreign("rar", "photos.rar", b"Rar!\x1a\x07\x01\0" + bytes(500), "photos.rar")
foreign("sqlite", "faces.db", b"SQLite format 3\0" + bytes(500), "faces.db")
foreign("film", "holiday.mp4", b"\0\0\0\x20ftypisom" + bytes(500), "holiday.mp4")
foreign("paper", "paper.pdf", b"%PDF-1.4\n" + bytes(500), "paper.pdf")
foreign("list_of_names", "pictures.txt", "cat.jpg\ndog.jpg\n" * 20, "pictures.txt")
foreign("annotations", "annotations.json", '{"images": []}', "annotations.json")
foreign("empty_file", "pictures.npy", b"", "empty")
foreign("empty_zip_file", "pictures.zip", b"", "empty")
foreign("one_byte", "pictures.npz", b"P")
foreign("random_bytes_called_npz", "data.npz", lambda rng: rng.bytes(5000))
foreign("random_bytes_called_zip", "data.zip", lambda rng: rng.bytes(5000))
foreign("random_bytes_called_csv", "data.csv", lambda rng: rng.bytes(5000))
foreign("random_bytes_called_tar_gz", "data.tar.gz", lambda rng: rng.bytes(5000))
foreign("random_bytes_called_nothing", "data", lambda rng: rng.bytes(5000), "data")
foreign("compressed_noise", "data.gz", lambda rng: gzip.compress(rng.bytes(5000)), "data.gz")
foreign("compressed_ten_times", "data.gz", lambda rng: compressed_ten_times(), "data.gz")
foreign("zlib_stream", "data.z", zlib.compress(bytes(2000)), "data.z")
foreign("zeros", "data.bin", bytes(5000), "data.bin")
foreign("a_line_of_gigabytes", "data.csv", lambda rng: "1," * 500_000)
foreign("table_of_enormous_numbers", "data.csv", lambda rng: "\n".join(
    [",".join(["9" * 5000] * 4)] * 20))
foreign("table_compressed_a_thousand_times", "train.csv.gz",
        lambda rng: gzip.compress(b"0,0,0,0\n0") + gzip.compress(b"0" * (1 << 20)) * 300)


@case(open="one picture is no data set; a reader could take it as one sample")
def one_jpeg(root, rng):
    picture = np.full((32, 32, 3), (200, 60, 60), np.uint8)
    return one(root, "cat.jpg", encoded(picture, "jpeg"), Refused(("folder",)),
               Loaded([picture[:28, :28]], tolerance=12, held_out=ANY))


@case(open="compressed .npy is nobody's usual form; read or one sentence")
def npy_in_gzip(root, rng):
    pictures, _ = digits(rng)
    return one(root, "pictures.npy.gz", gzip.compress(npy(np.stack(pictures))), Loaded(pictures),
               Refused())


HEADS = {"npy": b"\x93NUMPY\1\0", "zip": b"PK\3\4", "gzip": b"\x1f\x8b\x08\0",
         "idx": b"\0\0\x08\3", "pickle": b"\x80\2}q\1(", "csv": b"label,pixel0\n",
         "bzip2": b"BZh9", "xz": b"\xfd7zXZ\0", "jpeg": b"\xff\xd8\xff\xe0",
         "png": b"\x89PNG\r\n\x1a\n"}
for title, head in HEADS.items():
    foreign(f"{title}_that_is_noise", "data", lambda rng, head=head: head + rng.bytes(2000))
