"""The full data sets of other people's servers: "mnist", "fashion-mnist" and "kmnist".

Each is four gzipped IDX files, fetched once and kept in a cache folder. A file counts only if its
SHA-256 is the one written here, so it does not matter which mirror it came from. Files that lie in
the cache folder already are taken without a network, gzipped or unpacked.
"""

import contextlib
import dataclasses
import gzip
import hashlib
import math
import sys
from pathlib import Path
from urllib.parse import urlsplit

import numpy

from gan_scratch.datasets.dataset import DataError, Dataset, checked_split, from_bytes
from gan_scratch.datasets.embedded import DIGIT_NAMES, FASHION_NAMES

SECONDS_TO_ANSWER = 15


class DownloadError(OSError):
    """A data set that could neither be found in the cache folder nor downloaded."""


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a data set comes from.

    name         also the name of its folder in the cache
    files        file name -> SHA-256; the names are those that MNIST gave its four files
    mirrors      addresses of folders that hold the files, tried in turn
    class_names  one name for each label
    """

    name: str
    files: dict
    mirrors: tuple
    class_names: tuple | None = None


def four_files(*digests):
    """file name -> SHA-256, of images and labels to train on, then of those to test with."""
    parts = [(part, kind) for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
    return {f"{a}-{b}-ubyte.gz": sha256 for (a, b), sha256 in zip(parts, digests, strict=True)}


# The licences: MNIST CC BY-SA 3.0 (LeCun, Cortes), Fashion-MNIST MIT (Zalando SE), KMNIST
# CC BY-SA 4.0 (ROIS-DS Center for Open Data in the Humanities).
SOURCES = {
    "mnist": Source("mnist", four_files(
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ), (
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ), DIGIT_NAMES),
    "fashion-mnist": Source("fashion-mnist", four_files(
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ), (
        # The address that its authors print is a website endpoint of S3, which has no HTTPS;
        # this is the same bucket where it has.
        "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ), FASHION_NAMES),
    "kmnist": Source("kmnist", four_files(
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ), ("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")),
}


def load_download(source, split="train", *, value_range=(-1, 1), cache=None, mirrors=None):
    """The data set of `source`, a `Source` or a key of `SOURCES`, as a `Dataset` of images.

    split    "train", "held-out" (what its authors call the test set) or "all"
    cache    a folder; the files go to the folder `source.name` inside it. If not given, it is the
             folder that the operating system has for such things.
    mirrors  other addresses to try instead of the source's own

    Raises DownloadError where a file is neither in the cache nor to be had from any mirror, and
    DataError for a file that is not the IDX file it should be.
    """
    checked_split(split)
    if isinstance(source, str):
        source = SOURCES[source]
    if mirrors is not None:
        source = dataclasses.replace(source, mirrors=tuple(mirrors))
    if cache is None:
        import pooch

        cache = pooch.os_cache("gan_scratch")
    folder = Path(cache).expanduser() / source.name
    parts = {"train": ["train"], "held-out": ["t10k"], "all": ["train", "t10k"]}[split]
    loaded = [_load_part(source, part, folder) for part in parts]
    images = numpy.concatenate([part_images for part_images, _ in loaded])
    labels = numpy.concatenate([part_labels for _, part_labels in loaded])
    return Dataset(
        source.name, images=from_bytes(images[..., None], value_range), labels=labels,
        value_range=value_range, class_names=source.class_names,
    )


def parse_idx(content, name):
    """The array in `content`, the bytes of an IDX file of unsigned bytes.

    The file is 0, 0, 8 (for bytes), the number of dimensions d, then d lengths of four bytes each,
    most significant first, then the values (LeCun's description of MNIST). Raises DataError, with
    the file's `name` in the sentence.
    """
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise DataError(
            f"{name} is no IDX file of bytes: it must begin with 00 00 08, got "
            f"{content[:3].hex(' ') or 'an empty file'}"
        )
    dimensions = content[3]
    start = 4 + 4 * dimensions
    if dimensions == 0 or len(content) < start:
        raise DataError(
            f"{name} is no whole IDX file: {len(content)} bytes cannot hold the lengths of "
            f"{dimensions} dimensions"
        )
    shape = tuple(int(n) for n in numpy.frombuffer(content, ">u4", dimensions, offset=4))
    if len(content) - start != math.prod(shape):
        raise DataError(
            f"{name} must hold {math.prod(shape)} bytes after its header, one for each value of "
            f"{shape}, got {len(content) - start}"
        )
    return numpy.frombuffer(content, numpy.uint8, offset=start).reshape(shape)


def _load_part(source, part, folder):
    """(images (N, 28, 28), labels (N,)) of one part, "train" or "t10k"."""
    images_name, labels_name = f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"
    images = parse_idx(_content(source, images_name, folder), images_name)
    labels = parse_idx(_content(source, labels_name, folder), labels_name)
    if images.ndim != 3 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise DataError(
            f"{images_name} and {labels_name} in {folder} must hold (N, 28, 28) images and (N,) "
            f"labels, got {images.shape} and {labels.shape}"
        )
    return images, labels


def _content(source, file_name, folder):
    """The unpacked bytes of one file: from the cache folder, else from the first good mirror."""
    packed = folder / file_name
    unpacked = folder / file_name.removesuffix(".gz")
    digest = packed.is_file() and hashlib.sha256(packed.read_bytes()).hexdigest()
    if digest != source.files[file_name]:
        # An unpacked file was put there by hand; there is no checksum for it, only its header.
        if unpacked.is_file():
            return unpacked.read_bytes()
        _download(source, file_name, folder)
    return gzip.decompress(packed.read_bytes())


def _download(source, file_name, folder):
    """Fetch one file into `folder` from the first mirror that has it with the right checksum."""
    import pooch

    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    fetch = pooch.HTTPDownloader(progressbar=on_terminal, timeout=SECONDS_TO_ANSWER)
    failures = []
    for mirror in source.mirrors:
        try:
            with _quiet(pooch.get_logger()):
                # It writes to a temporary file, and renames that only if the checksum is right.
                pooch.retrieve(
                    mirror.rstrip("/") + "/" + file_name, f"sha256:{source.files[file_name]}",
                    fname=file_name, path=folder, downloader=fetch,
                )
            return
        except (OSError, ValueError) as error:
            failures.append(f"{urlsplit(mirror).netloc or mirror}: {_reason(error)}")
    raise DownloadError(
        f"data set {source.name!r} could not be downloaded ({file_name}: "
        f"{'; '.join(failures) or 'no mirror is known'}); 'digits' works without a network, or "
        f"put the file into {folder}"
    )


@contextlib.contextmanager
def _quiet(logger):
    level = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)


def _reason(error):
    """Why a download failed, in a few words instead of the library's paragraphs."""
    import requests

    if isinstance(error, requests.HTTPError):
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, requests.RequestException):
        return f"not an address that can be fetched ({type(error).__name__})"
    if isinstance(error, ValueError):
        return "another checksum"
    return error.strerror or type(error).__name__
