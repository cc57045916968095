"""gan-scratch sample: what it draws, where it writes it, and how much memory that takes."""

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_scratch import drawing
from gan_scratch.cli.sample import in_file_names
from gan_scratch.drawing import draw_samples
from gan_scratch.recipes import find
from gan_scratch.runs import Run, class_label, load_game

MOST = 400  # MB


def fresh(folder, recipe, **changes):
    """The folder of a run that has not learnt anything yet."""
    next(Run(folder, find(recipe).but(data={"batch_size": 4}).but(**changes)).train())
    return folder


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory):
    return fresh(tmp_path_factory.mktemp("runs") / "digits", "mlp-digits")


@pytest.fixture(scope="module")
def told_run(tmp_path_factory):
    return fresh(
        tmp_path_factory.mktemp("runs") / "told", "conditional-digits", players={"width": 2},
    )


@pytest.fixture(scope="module")
def own_run(tmp_path_factory):
    """A run whose players are told classes that have numbers for names."""
    pictures = tmp_path_factory.mktemp("pictures")
    for name in ("1", "2", "two words", "two_words", "cats"):
        for index in range(3):
            (pictures / name).mkdir(exist_ok=True)
            Image.new("L", (28, 28), 80 * index).save(pictures / name / f"{index}.png")
    folder = tmp_path_factory.mktemp("runs") / "own"
    return fresh(
        folder, "conditional-digits", players={"width": 2}, data={"name": str(pictures)},
    )


class TestBatches:
    @pytest.mark.parametrize("which, label", [("digits", None), ("told", None), ("told", 7)])
    def test_they_are_what_one_draw_of_all_gives(self, request, monkeypatch, which, label):
        game = load_game(request.getfixturevalue(f"{which}_run"))
        rng = np.random.default_rng([5, drawing.SAMPLE_STREAM])
        noise = game.noise(23, rng, None if label is None else np.full(23, label))
        monkeypatch.setattr(drawing, "DRAWN_TOGETHER", 7)
        sizes = [len(batch) for batch in drawing.batches_of_samples(game, 23, 5, label)]
        assert sizes == [7, 7, 7, 2]
        drawn = draw_samples(game, 23, 5, label)
        np.testing.assert_allclose(drawn, game.sample(noise), atol=1e-6)

    def test_more_samples_begin_with_those_of_fewer(self, digits_run, told_run):
        for folder, label in ((digits_run, None), (told_run, 3)):
            game = load_game(folder)
            few, many = (draw_samples(game, count, 1, label) for count in (64, 128))
            np.testing.assert_allclose(many[:64], few, atol=1e-6)


class TestWhatIsWritten:
    def test_the_numbers_are_a_whole_npy_file(self, say, digits_run, tmp_path):
        out = tmp_path / "x.npy"
        assert say("sample", digits_run, "--count", 250, "--out", out)[0] == 0
        expected = io.BytesIO()
        np.save(expected, draw_samples(load_game(digits_run), 250, seed=0))
        assert out.read_bytes() == expected.getvalue()

    def test_a_picture_is_a_grid_with_room_for_each_pixel(self, say, digits_run, tmp_path):
        out = tmp_path / "x.png"
        assert say("sample", digits_run, "--count", 3, "--out", out) == (0, f"{out}\n", "")
        last = np.rint(255 * draw_samples(load_game(digits_run), 3, seed=0)[2, ..., 0])
        with Image.open(out) as picture:
            assert (picture.mode, picture.size) == ("L", (2 * 85 - 1, 2 * 85 - 1))
            tile = np.asarray(picture)[85:, :84]
        np.testing.assert_array_equal(tile, last.repeat(3, axis=0).repeat(3, axis=1))

    def test_many_samples_are_drawn_smaller_and_the_size_is_said(self, say, digits_run, tmp_path):
        out = tmp_path / "x.png"
        code, said, _ = say("sample", digits_run, "--count", 4000, "--out", out)
        assert (code, said) == (0, f"{out}\n4,000 samples, 3,647 x 3,590 pixels\n")
        with Image.open(out) as picture:
            assert picture.size == (64 * 57 - 1, 63 * 57 - 1)

    def test_too_many_for_a_picture(self, say, digits_run, tmp_path):
        ring = fresh(tmp_path / "ring", "mlp-classic", data={"name": "ring"})
        for run, count in ((digits_run, 110_000), (digits_run, 10**9), (ring, 100_001)):
            code, _, err = say("sample", run, "--count", count, "--out", tmp_path / "x.png")
            assert code == 2 and err.count("\n") == 1
            assert f"{count:,} samples are too many for one picture" in err and ".npy" in err
        assert say("sample", ring, "--count", 100_001, "--out", tmp_path / "x.npy")[0] == 0
        assert not (tmp_path / "x.png").exists()

    def test_more_numbers_than_the_disk_has_room_for(
        self, say, digits_run, tmp_path, monkeypatch
    ):
        room = shutil.disk_usage(tmp_path)._replace(free=30_000_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: room)
        words = ["sample", digits_run, "--out", tmp_path / "x.npy", "--count"]
        code, _, err = say(*words, 100_000)
        assert code == 2 and err.count("\n") == 1
        assert f"313.6 MB are needed, and {tmp_path} has 30.0 MB left" in err
        assert list(tmp_path.iterdir()) == []
        assert say(*words, 1000)[0] == 0

    @pytest.mark.parametrize("name", ["x.npy", "x.png"])
    def test_a_disk_that_fills_up_leaves_nothing(self, digits_run, tmp_path, name):
        """A limit of 20 kB a file stands in for the full disk."""
        resource = pytest.importorskip("resource")
        child = subprocess.run(
            [sys.executable, "-m", "gan_scratch", "sample", digits_run, "--out", tmp_path / name],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
            capture_output=True, text=True,
        )  # fmt: skip
        assert (child.returncode, child.stdout) == (2, "")
        assert child.stderr == f"gan-scratch: {tmp_path / name}: File too large\n"
        assert list(tmp_path.iterdir()) == []


class TestWhere:
    def test_the_home_folder_and_folders_that_are_missing(
        self, say, digits_run, tmp_path, monkeypatch
    ):
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in ("x.npy", "x.png"):
            assert say("sample", digits_run, "--out", f"~/a/b/{name}")[0] == 0
        assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {"x.npy", "x.png"}

    def test_where_no_file_can_be(self, say, digits_run, tmp_path):
        (tmp_path / "folder.npy").mkdir()
        (tmp_path / "file").write_text("")
        for out, sentence in (
            (tmp_path, "--out must end in .png or .npy, got"),
            (tmp_path / "folder.npy", "folder.npy: Is a directory"),
            (tmp_path / "file" / "x.npy", "file: (File exists|Not a directory)"),
            ("", "--out must not be empty"),
        ):
            code, _, err = say("sample", digits_run, "--out", out)
            assert code == 2 and err.count("\n") == 1 and re.search(sentence, err), err
        assert {path.name for path in tmp_path.iterdir()} == {"folder.npy", "file"}


class TestClasses:
    def test_a_number_is_a_class_only_where_no_class_has_one_for_a_name(self, own_run):
        assert [class_label(own_run, name) for name in ("1", "2", "cats")] == [0, 1, 2]
        for number in "034":
            with pytest.raises(ValueError, match=f"unknown class '{number}'.*knows 1, 2, cats, tw"):
                class_label(own_run, number)

    def test_what_was_meant(self, own_run):
        with pytest.raises(ValueError, match=r"'Cat' \(did you mean cats\?\)"):
            class_label(own_run, "Cat")

    def test_each_class_has_a_file_of_its_name(self, say, own_run):
        found = []
        for name in ("1", "2", "cats", "two words", "two_words"):
            code, out, _ = say("sample", own_run, "--class", name, "--count", 1, "--seed", 6)
            assert code == 0
            found.append(Path(out.strip()).name)
        assert found == [
            "drawn-1-6.png", "drawn-2-6.png", "drawn-cats-6.png", "drawn-two_words+3-6.png",
            "drawn-two_words+4-6.png",
        ]  # fmt: skip
        assert all((own_run / name).exists() for name in found)

    def test_names_that_file_systems_do_not_take_or_take_for_the_same(self):
        names = ["a/b", "a\\b", "Café", "Cafe\u0301", "..", "x" * 300, "x" * 301, "猫", "a+0"]
        allowed = [in_file_names(names, label) for label in range(len(names))]
        assert len({name.casefold() for name in allowed}) == len(names)
        assert allowed[7] == "猫"
        for name in allowed:
            assert re.fullmatch(r"[\w.+-]{1,45}", name)


def peak_of(*words):
    """(exit code, MB) of a command: the most memory that a process of its own had."""
    code = (
        "import re, sys\n"
        "from gan_scratch.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "status = open('/proc/self/status').read()\n"
        "print('peak', code, re.search(r'VmHWM:\\s*(\\d+) kB', status)[1])\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True
    )
    code, kilobytes = re.search(r"^peak (\d) (\d+)$", child.stdout, re.MULTILINE).groups()
    return int(code), int(kilobytes) / 1000


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("command", ["picture", "numbers", "evaluate"])
def test_memory_stays_bounded(command, tmp_path):
    run = fresh(tmp_path / "run", "dcgan-digits")
    words = {
        "picture": ["sample", run, "--count", 50_000, "--out", tmp_path / "x.png"],
        "numbers": ["sample", run, "--count", 50_000, "--out", tmp_path / "x.npy"],
        "evaluate": ["evaluate", run],
    }[command]
    code, megabytes = peak_of(*words)
    assert code == 0 and megabytes < MOST
    shutil.rmtree(tmp_path)  # 150 MB
