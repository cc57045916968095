"""Downloads, tried against a server on this machine's own loopback address."""

import gzip
import hashlib
import http.server
import logging.handlers
import socket
import sys
import threading

import numpy
import pooch
import pytest
import requests

from gan_scratch.datasets import DataError, DownloadError, Source, load_download
from gan_scratch.datasets.downloads import SOURCES, parse_idx


def idx(array):
    lengths = numpy.array(array.shape, dtype=">u4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + lengths + array.astype(numpy.uint8).tobytes()


def small_files():
    """The four files of a data set of 6 and 4 images."""
    rng = numpy.random.default_rng(0)
    files = {}
    for part, count in (("train", 6), ("t10k", 4)):
        images, labels = rng.integers(0, 256, (count, 28, 28)), rng.integers(0, 10, count)
        files[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(idx(images), mtime=0)
        files[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(idx(labels), mtime=0)
    return files


FILES = small_files()
CHECKSUMS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


class Mirrors(http.server.BaseHTTPRequestHandler):
    """Each folder of this server is one mirror, good or bad in its own way."""

    def do_GET(self):  # noqa: N802 - the name that http.server calls
        _, folder, name = self.path.split("/")
        self.server.asked.append(self.path)
        content = FILES.get(name)
        if folder not in ("good", "corrupt", "short") or content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if folder == "corrupt":
            content = content[:-1] + bytes([content[-1] ^ 1])
        self.wfile.write(content[: len(content) // 2] if folder == "short" else content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirrors) as running:
        running.asked = []
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def source(server, *folders):
    address = f"http://127.0.0.1:{server.server_port}"
    return Source("small", CHECKSUMS, tuple(f"{address}/{folder}/" for folder in folders))


def files_below(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def expected(part):
    images = parse_idx(gzip.decompress(FILES[f"{part}-images-idx3-ubyte.gz"]), "images")
    labels = parse_idx(gzip.decompress(FILES[f"{part}-labels-idx1-ubyte.gz"]), "labels")
    return images, labels


def assert_is(dataset, *parts):
    images, labels = zip(*(expected(part) for part in parts), strict=True)
    found = numpy.rint((dataset.images[..., 0] + 1) * 127.5)
    numpy.testing.assert_array_equal(found, numpy.concatenate(images))
    numpy.testing.assert_array_equal(dataset.labels, numpy.concatenate(labels))


def test_a_good_mirror_is_asked_once_for_each_file_and_then_never_again(server, tmp_path):
    small = source(server, "good")
    assert_is(load_download(small, cache=tmp_path), "train")
    assert len(server.asked) == 2
    assert_is(load_download(small, "all", cache=tmp_path), "train", "t10k")
    assert_is(load_download(small, "held-out", cache=tmp_path), "t10k")
    assert len(server.asked) == 4
    assert files_below(tmp_path) == sorted(FILES)
    assert (tmp_path / "small").is_dir()


@pytest.mark.parametrize("bad", ["corrupt", "short", "missing"])
def test_a_bad_mirror_is_passed_over(server, tmp_path, bad):
    assert_is(load_download(source(server, bad, "good"), cache=tmp_path), "train")
    assert [path.split("/")[1] for path in server.asked] == [bad, "good"] * 2


@pytest.mark.parametrize(
    "bad, reason",
    [("corrupt", "another checksum"), ("short", "broke off"), ("missing", "HTTP status 404")],
)
def test_bad_everywhere_keeps_nothing_and_says_so_in_a_sentence(server, tmp_path, bad, reason):
    with pytest.raises(DownloadError, match=reason) as caught:
        load_download(source(server, bad, bad), cache=tmp_path)
    sentence = str(caught.value)
    assert "'small'" in sentence and "'digits' works without a network" in sentence
    assert "\n" not in sentence
    assert files_below(tmp_path) == []
    assert isinstance(caught.value, OSError)


def refused_address():
    """An address on this machine where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_dead_mirror_is_passed_over(server, tmp_path):
    mirrors = (refused_address(), *source(server, "good").mirrors)
    small = source(server, "missing")
    assert_is(load_download(small, cache=tmp_path, mirrors=mirrors), "train")
    with pytest.raises(DownloadError, match="no connection"):
        load_download(small, "held-out", cache=tmp_path, mirrors=mirrors[:1])
    with pytest.raises(DownloadError, match="no mirror is known"):
        load_download(small, "held-out", cache=tmp_path, mirrors=())


@pytest.mark.parametrize("name", SOURCES)
def test_no_network_at_all(monkeypatch, tmp_path, name):
    def unreachable(*_, **__):
        raise socket.gaierror("no network")

    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    with pytest.raises(DownloadError, match=f"'{name}' could not.*no connection.*'digits' works"):
        load_download(name, cache=tmp_path)
    assert files_below(tmp_path) == []


def test_an_interrupted_download_leaves_nothing(server, monkeypatch, tmp_path):
    def interrupted(response, **_):
        yield response.raw.read(100)
        # Half a file lies on the disk now, under a temporary name.
        assert len(files_below(tmp_path)) == 1
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(requests.Response, "iter_content", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_download(source(server, "good"), cache=tmp_path)
    assert files_below(tmp_path) == []
    assert_is(load_download(source(server, "good"), cache=tmp_path), "train")


def test_nothing_is_printed_or_logged(server, tmp_path, capsys):
    records = logging.handlers.BufferingHandler(1000)
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("DEBUG")
    logger.addHandler(records)
    try:
        load_download(source(server, "corrupt", "good"), cache=tmp_path)
        assert logger.level == logging.DEBUG
    finally:
        logger.removeHandler(records)
        logger.setLevel(level)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
    assert records.buffer == []


def test_a_terminal_sees_a_progress_bar(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    load_download(source(server, "good"), cache=tmp_path)
    assert "100%" in capsys.readouterr().err


def put(folder, part, packed=True):
    folder.mkdir(exist_ok=True)
    for name, content in FILES.items():
        if name.startswith(part):
            target = folder / (name if packed else name.removesuffix(".gz"))
            target.write_bytes(content if packed else gzip.decompress(content))


@pytest.mark.parametrize("packed", [True, False])
def test_files_in_the_cache_need_no_network(tmp_path, packed):
    put(tmp_path / "small", "t10k", packed)
    small = Source("small", CHECKSUMS, ())
    assert_is(load_download(small, "held-out", cache=str(tmp_path)), "t10k")


def test_a_damaged_file_in_the_cache_is_fetched_again(server, tmp_path):
    put(tmp_path / "small", "train")
    damaged = tmp_path / "small" / "train-images-idx3-ubyte.gz"
    damaged.write_bytes(b"damaged")
    with pytest.raises(DownloadError):
        load_download(source(server, "corrupt"), cache=tmp_path)
    assert_is(load_download(source(server, "good"), cache=tmp_path), "train")
    assert damaged.read_bytes() == FILES[damaged.name]


@pytest.mark.parametrize(
    "images, sentence",
    [
        (b"", "no IDX file of bytes: .* got an empty file"),
        (b"\x1f\x8b\x08\x00\x00", "must begin with 00 00 08, got 1f 8b 08"),
        (bytes([0, 0, 8, 3, 0, 0]), "6 bytes cannot hold the lengths of 3 dimensions"),
        (bytes([0, 0, 8, 0]), "lengths of 0 dimensions"),
        (idx(numpy.zeros((4, 28, 28)))[:-1], r"must hold 3136 bytes .* got 3135"),
        (idx(numpy.zeros((4, 28, 28))) + b"x", r"must hold 3136 bytes .* got 3137"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12, "must hold .* got 0"),
        (idx(numpy.zeros((4, 27, 28))), r"\(N, 28, 28\) images .* got \(4, 27, 28\)"),
        (idx(numpy.zeros((5, 28, 28))), r"got \(5, 28, 28\) and \(4,\)"),
        (idx(numpy.zeros(4)), r"got \(4,\) and \(4,\)"),
    ],
)
def test_a_wrong_unpacked_file_gets_one_sentence(tmp_path, images, sentence):
    put(tmp_path / "small", "t10k", packed=False)
    (tmp_path / "small" / "t10k-images-idx3-ubyte").write_bytes(images)
    with pytest.raises(DataError, match=sentence):
        load_download(Source("small", CHECKSUMS, ()), "held-out", cache=tmp_path)


def test_labels_outside_the_classes_are_refused(tmp_path):
    put(tmp_path / "small", "t10k", packed=False)
    (tmp_path / "small" / "t10k-labels-idx1-ubyte").write_bytes(idx(numpy.array([0, 1, 2, 10])))
    small = Source("small", CHECKSUMS, (), class_names=tuple("0123456789"))
    with pytest.raises(ValueError, match="lie in 0 to 9"):
        load_download(small, "held-out", cache=tmp_path)


def test_the_sources_are_whole_and_use_https():
    for name, known in SOURCES.items():
        assert known.name == name and len(known.class_names) == 10
        assert set(known.files) == set(FILES)
        assert all(len(bytes.fromhex(checksum)) == 32 for checksum in known.files.values())
        assert known.mirrors and all(mirror.startswith("https://") for mirror in known.mirrors)
    checksums = [checksum for known in SOURCES.values() for checksum in known.files.values()]
    assert len(set(checksums)) == 12
