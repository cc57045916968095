"""What people bring as data is read as it was meant, or refused in a sentence (`brought`).

The cases were written without knowledge of the code that reads them.
"""

import contextlib
import gc
import gzip
import io
import json
import os
import pickle
import re
import signal
import sys
import tempfile
import time
import traceback
import tracemalloc
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from brought import ANY, Loaded, files, folders, makers
from PIL import Image, ImageOps

from gan_scratch.datasets import own
from gan_scratch.datasets.reading import Reading

NOBODY = 65534
MOST_BYTES = 200e6  # that a hostile file may take
MOST_SECONDS = 10   # of computing
TOO_LATE = 40       # seconds after which a child waits for something that never comes


def generator(case):
    return np.random.default_rng(zlib.crc32(case.name.encode()))


# ---- what was read, beside what was meant -------------------------------------------------------

def attempt(path, reading):
    """("loaded", source, own) or ("refused", error); any other exception is a traceback for users.

    Warnings are collected as a user would see them: as errors they would change what is read."""
    steps = []
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            source = own.find(path, reading)
            outcome = "loaded", source, source.read(lambda done, total: steps.append((done, total)))
        except ValueError as error:
            outcome = "refused", error
    libraries = tuple(str(Path(module.__file__).parent) for module in (np, Image))
    leaked = [str(each.message) for each in seen
              if each.filename.startswith(libraries)
              or each.category is ResourceWarning and str(path) in str(each.message)]
    assert not leaked, f"warnings of libraries, or files left open: {leaked}"
    assert all(0 <= done <= total for done, total in steps), steps
    assert steps or outcome[0] == "refused" or len(outcome[2].images) < 1000, "read in silence"
    assert [done for done, _ in steps] == sorted(done for done, _ in steps), "progress goes back"
    return outcome


def stacked(pictures):
    """(N, H, W, C) of float64; grey ones among others are repeated."""
    channels = 3 if any(np.ndim(picture) == 3 for picture in pictures) else 1
    full = [np.asarray(picture, float) for picture in pictures]
    full = [picture[..., None].repeat(channels, 2) if picture.ndim == 2 else picture
            for picture in full]
    return np.stack(full)


def says(text, words, where):
    text = text.lower()
    texts = text, text.replace(",", "")
    for word in words:
        either = (word,) if isinstance(word, str) else word
        assert any(one in text for one in either for text in texts), (
            f"{where} does not say {' or '.join(map(repr, either))}:\n{text}")


def check_the_account(loaded, source):
    account, count = loaded.account, len(loaded.images)
    lines = account.lines()
    text = "\n".join(lines)
    assert all(isinstance(line, str) for line in lines) and text.strip()
    assert not re.search(r"[\x00-\x1f\x7f]", text.replace("\n", "")), "control characters are shown"
    assert all("\n" not in line for line in lines)
    text.encode("utf-8")  # a name that is no Unicode must not stop the printing
    json.dumps(account.plain(), allow_nan=False)
    assert count <= source.count, f"{source.count} was to be the most, and {count} are there"
    assert str(count) in text.replace(",", ""), f"the summary does not tell {count} samples"
    for names in account.left_out.values():
        assert all(isinstance(name, str) for name in names)
    return text


def check_the_data_set(loaded):
    """`dataset` gives the samples of a split, in the range of values that was asked for."""
    held = loaded.held_out
    assert not held.all(), "nothing is left to train on"
    for split, chosen in (("train", ~held), ("held-out", held)):
        if not chosen.any():
            continue
        data = loaded.dataset(split, value_range=(-1, 1))
        assert data.samples.dtype == np.float32
        np.testing.assert_allclose(data.samples, loaded.images[chosen] / 127.5 - 1, atol=1e-6)
        if loaded.labels is None:
            assert data.labels is None
        else:
            np.testing.assert_array_equal(data.labels, loaded.labels[chosen])
            assert data.class_names is None or tuple(data.class_names) == loaded.class_names


def check_labels(loaded, wanted, order):
    if wanted.labels is ANY:
        return
    if wanted.labels is None:
        assert loaded.labels is None, f"labels of nowhere: {loaded.class_names}"
        assert loaded.class_names is None
        return
    assert loaded.labels is not None, "the labels are not read"
    labels = loaded.labels[order]
    words = ([loaded.class_names[label] for label in labels] if loaded.class_names else
             [str(label) for label in labels])
    if not all(isinstance(label, str) for label in wanted.labels):
        assert labels.tolist() == list(wanted.labels) or words == list(map(str, wanted.labels)), (
            f"labels {labels.tolist()} are not {wanted.labels}")
        return
    assert words == list(wanted.labels), f"classes {words} are not {wanted.labels}"
    classes = wanted.classes or tuple(sorted(set(wanted.labels)))
    if classes is not ANY:
        assert loaded.class_names == classes


def check_held_out(loaded, wanted, order):
    held = loaded.held_out[order]
    if wanted.held_out is None:
        assert len(held) // 10 <= held.sum() <= -(-len(held) // 10), (
            f"{held.sum()} of {len(held)} are held out, which is no tenth")
        apart = np.diff(np.flatnonzero(loaded.held_out))
        assert (apart == 10).all(), f"not every tenth is held out: {apart} apart"
    elif isinstance(wanted.held_out, list):
        assert held.tolist() == wanted.held_out
    elif wanted.held_out is not ANY:
        assert held.sum() == wanted.held_out


def order_of(images, wanted):
    """Where each wanted picture lies among the images, all different and exact."""
    places = {image.tobytes(): place for place, image in enumerate(images)}
    asked = [picture.astype(np.uint8).tobytes() for picture in wanted]
    missing = [place for place, picture in enumerate(asked) if picture not in places]
    assert not missing, f"pictures {missing} are not among what was read"
    return [places[picture] for picture in asked]


def check_pixels(images, wanted, tolerance):
    apart = np.abs(images - wanted)
    apart[np.isnan(apart)] = 0
    worst = apart.reshape(len(apart), -1).max(1)
    assert worst.max() <= tolerance, (
        f"pixels differ by {worst.max():.1f}, picture by picture: {worst.round(1).tolist()[:20]}")


def check(wanted, outcome):
    """AssertionError where the outcome is not the wanted one."""
    if not isinstance(wanted, Loaded):
        if outcome[0] == "loaded":
            raise AssertionError("it was read, and should have been refused; "
                                 + " | ".join(outcome[2].account.lines()))
        sentence = str(outcome[1])
        causes = outcome[1]
        while causes is not None:
            assert not isinstance(causes, MemoryError), "refused only because memory was short"
            causes = causes.__cause__ or causes.__context__
        assert 10 < len(sentence) < 400 and "\n" not in sentence, f"no sentence: {sentence!r}"
        assert not re.search(r"Error\(|<class|<_io|0x[0-9a-f]{8}|Traceback", sentence), sentence
        sentence.encode("utf-8")
        says(sentence, wanted.says, "the sentence")
        return
    assert outcome[0] == "loaded", f"it was refused: {outcome[1]}"
    _, source, loaded = outcome
    images = loaded.images
    assert images.dtype == np.uint8 and images.ndim == 4
    assert loaded.held_out.dtype == bool and loaded.held_out.shape == (len(images),)
    assert loaded.labels is None or loaded.labels.dtype == np.int64
    assert loaded.class_names is None or isinstance(loaded.class_names, tuple)
    assert re.fullmatch("[0-9a-f]{64}", loaded.files_digest)
    text = check_the_account(loaded, source)
    order = slice(None)
    if wanted.pictures is not None:
        pixels = stacked(wanted.pictures)
        if wanted.count is not None:
            images = images[: len(pixels)]
        assert images.shape == pixels.shape, f"{images.shape} is not {pixels.shape}: {text}"
        if wanted.any_order:
            order = order_of(images, pixels)
        check_pixels(images[order], pixels, wanted.tolerance)
    if wanted.count is not None:
        low, high = wanted.count if isinstance(wanted.count, tuple) else (wanted.count,) * 2
        assert low <= len(loaded.images) <= high
    if wanted.shape is not None:
        assert images.shape[1:] == wanted.shape
    check_labels(loaded, wanted, order)
    check_held_out(loaded, wanted, order)
    says(text, wanted.says, "the summary")
    if wanted.seen is not None:
        assert (loaded.account.seen, loaded.account.used) == (wanted.seen, len(loaded.images))
        left = sum(len(names) for names in loaded.account.left_out.values())
        assert left == wanted.seen - len(loaded.images), "some files are neither used nor left out"
    check_the_data_set(loaded)


def first_fault(path, reading, outcomes, root):
    """None if one of the outcomes is what happens, else what is wrong with the first of them."""
    try:
        outcome = attempt(path, reading)
    except AssertionError as error:
        return str(error)
    faults = []
    for wanted in outcomes:
        try:
            check(wanted, outcome)
        except AssertionError as error:
            faults.append(str(error) or traceback.format_exc())
        else:
            faults = []
            break
    if (root / "deed").exists():
        return "code in the file was run"
    return faults[0] if faults else None


# ---- in a process of its own --------------------------------------------------------------------

def in_child(job, user=None):
    """What `job` returns, called in a fork, which may become another user and has `TOO_LATE`
    seconds."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of BLAS are idle here
        child = os.fork()
    if child == 0:
        try:
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            answer = {"fault": job()}
        except BaseException:
            answer = {"traceback": traceback.format_exc()}
        os.write(writer, json.dumps(answer).encode()[:60_000])
        os._exit(0)
    os.close(writer)
    deadline = time.monotonic() + TOO_LATE
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            break
        time.sleep(0.003)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    assert answer, f"took more than {MOST_SECONDS} s of computing, waited, or crashed"
    answer = json.loads(answer)
    if "traceback" in answer:
        raise RuntimeError(answer["traceback"])
    return answer["fault"]


def memory(kind):
    """VmHWM, the most that was in use, or VmSize, the addresses that are taken; bytes."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{kind}:\s*(\d+)", status)[1]) * 1024


def measured(job):
    """`job`, and a fault if it takes too much memory; the system ends it after too much time."""
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (memory("VmSize") + (4 << 30),) * 2)
    gc.collect()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak is that of now
    before = memory("VmHWM")
    tracemalloc.start()
    fault = job()
    taken = max(memory("VmHWM") - before, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    return fault or (f"took {taken / 1e6:.0f} MB" if taken > MOST_BYTES else None)


def skip_what_cannot_be(case, folder):
    for need in case.needs:
        if need.startswith("."):
            if need not in Image.registered_extensions():
                pytest.skip(f"this Pillow has no {need}")
        elif need == "links":
            try:
                (folder / "try").symlink_to("nowhere")
            except OSError as error:
                pytest.skip(f"no symbolic links here: {error}")
            (folder / "try").unlink()
        elif sys.platform != "linux":
            pytest.skip(f"{need} are tried on Linux")
    if (case.measured or case.other_user) and sys.platform != "linux":
        pytest.skip("processes are measured, and users changed, on Linux")


def run(case, root):
    skip_what_cannot_be(case, root)
    path, *outcomes = case.make(root, generator(case))

    def job():
        return first_fault(path, Reading(**case.reading), outcomes, root)

    if case.measured:
        fault = in_child(lambda: measured(job))
    elif case.other_user and os.getuid() == 0:
        own.find(warm_up(root), Reading()).read()  # what is imported late, while we may read it
        fault = in_child(job, NOBODY)
    else:
        fault = job()
    if fault and case.open:
        pytest.xfail(f"open ({case.open}): {fault}")
    assert not fault, fault


def warm_up(root):
    folder = root.parent / "warm"
    makers.put(folder, "a.png", np.zeros((2, 2), np.uint8))
    return folder


@pytest.fixture
def place(request):
    """An empty folder, which other users reach where a case needs that."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = Path(folder).resolve() / "brought"
        root.mkdir(mode=0o755)
        yield root
        for each in root.rglob("*"):
            if each.is_dir() and not each.is_symlink():
                each.chmod(0o755)


def named(cases):
    return [pytest.param(case, id=case.name) for case in cases]


@pytest.mark.parametrize("case", named(folders.FOLDERS))
def test_folders(case, place):
    run(case, place)


@pytest.mark.parametrize("case", named(files.FILES))
def test_files(case, place):
    run(case, place)


# ---- what one case cannot show ------------------------------------------------------------------

def test_the_digest_is_of_contents_and_labels_not_of_names(place):
    def digest(*names, change=False):
        folder = place / f"{len(list(place.iterdir()))}"
        rng = np.random.default_rng(3)
        for name in names:
            makers.put(folder, name, makers.colour(rng))
        if change:
            makers.put(folder, names[0], makers.colour(rng))
        return own.find(folder, Reading(size=8)).read().files_digest

    usual = digest("a/0.png", "b/1.png")
    assert usual == digest("a/x.png", "b/y.png"), "the names count"
    assert usual != digest("a/0.png", "a/1.png"), "the labels do not count"
    assert usual != digest("a/0.png", "b/1.png", change=True), "the content does not count"


def test_decoded_small_or_in_full_a_photograph_is_the_same_within_a_little(place):
    y, x = np.indices((480, 640))
    photograph = np.stack([x * 0.3, y * 0.4, (x + y) * 0.2], 2).astype(np.uint8)
    makers.put(place, "a.jpg", photograph, quality=90)
    fast, full = (own.find(place, Reading(size=32, draft=draft)).read().images.astype(int)
                  for draft in (True, False))
    assert np.abs(fast - full).max() <= 6


def test_paths_as_people_write_them(place, monkeypatch):
    rng = np.random.default_rng(4)
    makers.album(place / "photos", rng)
    monkeypatch.chdir(place)
    first, *others = [own.find(path, Reading(size=8)).read().images
                      for path in (place / "photos", "photos", "./photos/", f"{place}/photos//")]
    assert len(first) == 10 and all((first == other).all() for other in others)


def test_finding_decodes_nothing_and_knows_the_classes(place):
    rng = np.random.default_rng(5)
    makers.album(place, rng, 5, "cat")
    makers.album(place, rng, 5, "dog")
    makers.write(place, "dog/broken.png", makers.encoded(makers.colour(rng, 64, 64))[:900])
    source = own.find(place, Reading(size=8))
    assert source.count == 11 and len(source.read().images) == 10
    assert tuple(source.class_names) == ("cat", "dog")


@pytest.mark.parametrize("setting", [
    {"size": 0}, {"size": -1}, {"size": (8, 0)}, {"size": (8, 8, 8)}, {"size": 2.5},
    {"size": "large"}, {"size": 10**9}, {"fit": "stretch"}, {"fit": None}, {"channels": 2},
    {"channels": 4}, {"channels": "grey"}, {"size": True}, {"size": float("nan")}],
    ids=lambda setting: f"{setting}")
def test_settings_that_cannot_be(setting):
    with pytest.raises((ValueError, TypeError)) as refusal:
        Reading(**setting)
    assert len(str(refusal.value)) < 400


# ---- the cases themselves -----------------------------------------------------------------------

def opened(content):
    return Image.open(io.BytesIO(content))


def test_the_pictures_made_by_hand_are_what_pillow_reads():
    rng = np.random.default_rng(6)
    for shape in ((9, 13), (9, 13, 3)):
        picture = rng.integers(0, 256, shape, dtype=np.uint8)
        for interlaced in (False, True):
            content = makers.raw_png(picture, interlaced=interlaced)
            np.testing.assert_array_equal(opened(content), picture)
        for order in "<>":
            np.testing.assert_array_equal(opened(makers.raw_tiff(picture, order)), picture)
    wide = rng.integers(0, 65536, (9, 13)).astype(np.uint16)
    np.testing.assert_array_equal(opened(makers.raw_png(wide)), wide)
    for dtype in (np.uint16, np.int32, np.float32):
        np.testing.assert_array_equal(opened(makers.raw_tiff(wide.astype(dtype))), wide)
    assert (np.asarray(opened(makers.giant_jpeg(72, 100))) == 128).all()
    assert opened(makers.giant_png(500)).size == (500, 500)
    assert not np.asarray(opened(makers.giant_png(500))).any()
    picture = makers.quadrants(rng, 8, 12)
    for orientation, stored in makers.STORED.items():
        content = makers.encoded(stored(picture), exif=makers.exif(orientation))
        np.testing.assert_array_equal(ImageOps.exif_transpose(opened(content)), picture)


def test_the_archives_made_by_hand_are_what_python_reads():
    members = [{"name": "a/b.txt", "data": b"words"},
               {"name": "zeros", "data": makers.deflated_zeros(2), "method": 8, "size": 2 << 20,
                "crc": zlib.crc32(bytes(2 << 20))}]
    with zipfile.ZipFile(io.BytesIO(makers.raw_zip(members))) as archive:
        assert archive.read("a/b.txt") == b"words" and archive.read("zeros") == bytes(2 << 20)
    assert gzip.decompress(makers.gzipped_zeros(b"head", 2)) == b"head" + bytes(2 << 20)


def test_the_batches_are_pickles_as_cifar_has_them():
    """The first bytes are those of data_batch_1 itself; of the rest, what Python makes of it."""
    rng = np.random.default_rng(7)
    pictures = [makers.colour(rng, 32, 32) for _ in range(300)]
    content = makers.cifar_batch(pictures, [n % 10 for n in range(300)])
    assert content.startswith(b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03"
                              b"U\x06labelsq\x04]q\x05(K\x00")
    batch = pickle.loads(content, encoding="bytes")
    assert sorted(batch) == [b"batch_label", b"data", b"filenames", b"labels"]
    assert batch[b"labels"] == [n % 10 for n in range(300)] and len(batch[b"filenames"]) == 300
    data = batch[b"data"]
    assert data.dtype == np.uint8 and data.shape == (300, 3072)
    np.testing.assert_array_equal(data[7, 1024:2048].reshape(32, 32), pictures[7][..., 1])


@pytest.mark.skipif(sys.platform != "linux", reason="the shell of Linux is called")
@pytest.mark.parametrize("name", [
    "cifar_that_runs_code", "pickle_that_calls_the_shell", "pickle_that_calls_eval",
    "pickle_that_walks_from_numpy_to_the_shell", "npy_that_runs_code"])
def test_a_careless_reader_would_run_the_code(name, place):
    (case,) = (case for case in files.FILES if case.name == name)
    path, *_ = case.make(place, generator(case))

    def careless():
        if path.suffix == ".npy":
            np.load(path, allow_pickle=True)
        else:
            pickle.loads(path.read_bytes(), encoding="bytes")

    in_child(careless)
    assert (place / "deed").exists()
