"""A run goes on with its data moved, and is refused in a sentence where it is other data."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_scratch.training import checkpoints

from .helpers import (
    POSIX,
    STEPS,
    bits,
    environment,
    expect_goes_on,
    expect_pictures,
    expect_refused,
    expect_report_draws_everything,
    expect_same,
    expect_well,
    gan,
    patched,
    recipe_of,
    saved_step,
    training,
    visible,
    write_pictures,
)

pytestmark = POSIX


class TestMovedData:
    def test_is_missed_in_a_sentence_and_found_where_data_says(
        self, stopped, pictures, reference, tmp_path
    ):
        moved = tmp_path / "elsewhere" / "photos"
        moved.parent.mkdir()
        pictures.rename(moved)
        before = bits(stopped)
        expect_refused(gan("train", "--resume", stopped), "pictures", "--data")
        assert bits(stopped) == before
        expect_goes_on(stopped, reference, "--data", moved)

    @pytest.mark.thorough
    def test_is_found_at_its_new_place_by_the_next_resume_as_well(
        self, stopped, pictures, tmp_path
    ):
        moved = tmp_path / "photos"
        pictures.rename(moved)
        further = str(STEPS + 5)
        expect_well(gan("train", "--resume", stopped, "--data", moved))
        expect_well(gan("train", "--resume", stopped, "--steps", further))
        assert saved_step(stopped) == STEPS + 5

    def test_the_name_of_a_data_set_in_its_place_is_refused(self, reference, tmp_path):
        run = shutil.copytree(reference, tmp_path / "run")
        before = visible(run)
        expect_refused(gan("train", "--resume", run, "--data", "ring", "--steps", 200), "data")
        assert visible(run) == before


def one_pixel(pictures):
    path = sorted(pictures.iterdir())[17]
    pixels = np.array(Image.open(path))
    pixels[5, 5] ^= 128
    Image.fromarray(pixels).save(path)


def one_more(pictures):
    Image.fromarray(np.full((14, 18), 77, np.uint8)).save(pictures / "picture_040.png")


def one_less(pictures):
    sorted(pictures.iterdir())[17].unlink()


def other_order(pictures):
    (pictures / "picture_000.png").rename(pictures / "zebra.png")


class TestOtherData:
    @pytest.mark.parametrize(
        "change", [one_pixel, *(pytest.param(change, marks=pytest.mark.thorough)
                                for change in (one_more, one_less, other_order))]
    )  # fmt: skip
    def test_is_refused_and_the_run_stays(self, stopped, pictures, change):
        change(pictures)
        before = bits(stopped), recipe_of(stopped)
        expect_refused(gan("train", "--resume", stopped), "pictures", "data")
        assert (bits(stopped), recipe_of(stopped)) == before

    def test_where_data_points_is_refused(self, stopped, tmp_path):
        other = write_pictures(tmp_path / "others", seed=6)
        before = bits(stopped), recipe_of(stopped)
        expect_refused(gan("train", "--resume", stopped, "--data", other), "others")
        assert (bits(stopped), recipe_of(stopped)) == before

    @pytest.mark.thorough
    def test_the_same_pictures_by_other_names_in_the_same_order_are_the_same(
        self, stopped, pictures, reference
    ):
        for path in pictures.iterdir():
            path.rename(path.with_name(path.name.replace("picture", "scan").replace("png", "PNG")))
        expect_goes_on(stopped, reference)

    @pytest.mark.thorough
    def test_what_is_no_picture_beside_them_changes_nothing(self, stopped, pictures, reference):
        (pictures / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
        (pictures / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        expect_goes_on(stopped, reference)


OTHER_RESIZING = """
from PIL import Image
plain_resize = Image.Image.resize
def other_resize(self, *words, **options):
    return plain_resize(self, *words, **options).point(lambda value: value ^ 1)
Image.Image.resize = other_resize
"""


class TestOtherDecoding:
    """A Pillow that resizes otherwise: the files' digest still says that the data is the same."""

    def test_goes_on_and_says_that_pictures_came_out_otherwise(
        self, stopped, pictures, reference, tmp_path
    ):
        env = patched(tmp_path / "patch", OTHER_RESIZING)
        result = expect_well(gan("train", "--resume", stopped, env=env))
        assert saved_step(stopped) == STEPS
        assert "decode" in (result.out + result.err).lower(), result
        assert bits(stopped) != bits(reference), "the stand-in for another Pillow changed nothing"

    @pytest.mark.thorough
    def test_of_other_files_is_still_refused(self, stopped, pictures, tmp_path):
        one_pixel(pictures)
        env = patched(tmp_path / "patch", OTHER_RESIZING)
        expect_refused(gan("train", "--resume", stopped, env=env), "pictures", "data")

    @pytest.mark.thorough
    def test_files_saved_anew_with_the_same_pixels_are_the_same(
        self, stopped, pictures, reference
    ):
        """The files' digest differs, that of what was decoded does not: either suffices."""
        for path in pictures.iterdir():
            pixels = np.array(Image.open(path))
            Image.fromarray(pixels).save(path, compress_level=1, optimize=False)
        expect_goes_on(stopped, reference)


def edit_recipe(run, edit):
    """Change the recipe in the checkpoint and in recipe.json, as another version writes it."""
    for path in (run / "checkpoint.gan", run / "checkpoint.gan.prev"):
        if path.exists():
            state = checkpoints.read(path)
            edit(state["recipe"]["recipe"])
            checkpoints.write(path, state)
    shown = recipe_of(run)
    edit(shown["settings"])
    (run / "recipe.json").write_text(json.dumps(shown, indent=2))


class TestOtherVersions:
    @pytest.mark.parametrize(
        "names",
        [["steps.unroll"], pytest.param(["front", "players.spread", "schedule.warm_up"],
                                        marks=pytest.mark.thorough)],
        ids=len,
    )  # fmt: skip
    def test_a_run_that_lacks_newer_settings_goes_on(self, stopped, reference, names):
        """Settings that stand at their defaults: the older version could not do otherwise."""

        def forget(settings):
            for name in names:
                part, _, inside = name.partition(".")
                holder = settings[part] if inside else settings
                del holder[inside or part]

        edit_recipe(stopped, forget)
        expect_goes_on(stopped, reference)

    def test_a_run_with_an_unknown_newer_setting_is_refused_in_a_sentence(self, stopped):
        edit_recipe(stopped, lambda settings: settings.update(telepathy=0.5))
        before = bits(stopped)
        expect_refused(gan("train", "--resume", stopped), "telepathy")
        expect_refused(gan("sample", stopped), "telepathy")
        expect_refused(gan("report", stopped), "telepathy")
        assert bits(stopped) == before

    @pytest.mark.slow
    def test_a_run_of_the_version_before_own_data_was_read_anew_goes_on(
        self, start, pictures, reference, tmp_path
    ):
        """Begun by the code of then (from git), ended by the code of now: the same bits."""
        root, old = Path(__file__).parents[3], tmp_path / "old"
        words = ["git", "-C", root, "archive", VERSION_BEFORE, "gan_scratch"]
        archive = subprocess.run(words, capture_output=True)
        if archive.returncode:
            pytest.skip(f"the history does not hold {VERSION_BEFORE}")
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(old, filter="data")
        run, env = tmp_path / "run", environment() | {"PYTHONPATH": str(old)}
        command = start(*training(pictures, run), env=env).until_printed("step ")
        assert command.send(signal.SIGINT).wait() == 130 and 0 < saved_step(run) < STEPS
        expect_well(gan("sample", run, "--out", tmp_path / "drawn.png"))
        expect_goes_on(run, reference)
        expect_report_draws_everything(run)


VERSION_BEFORE = "5228534"  # the last commit that read folders only and knew no `report`


class TestWithoutTheData:
    def test_report_draws_a_run_whose_data_is_gone(self, stopped, pictures):
        shutil.rmtree(pictures)
        expect_report_draws_everything(stopped)
        expect_pictures(stopped, ["data.png"])  # which had been drawn while the data was there

    @pytest.mark.thorough
    def test_report_does_without_a_picture_of_data_that_is_gone(self, stopped, pictures):
        shutil.rmtree(pictures)
        (stopped / "data.png").unlink()
        expect_report_draws_everything(stopped)

    def test_report_draws_the_data_again_where_it_is_there(self, stopped, pictures):
        before = (stopped / "data.png").read_bytes()
        (stopped / "data.png").unlink()
        expect_report_draws_everything(stopped)
        assert (stopped / "data.png").read_bytes() == before

    @pytest.mark.thorough
    def test_sample_draws_from_a_run_whose_data_is_gone(self, stopped, pictures, tmp_path):
        shutil.rmtree(pictures)
        expect_well(gan("sample", stopped, "--out", tmp_path / "drawn.npy"))
        assert np.load(tmp_path / "drawn.npy").shape[0] == 64

    def test_report_of_what_is_no_run_is_one_sentence(self, pictures, tmp_path):
        for folder in (pictures, tmp_path / "missing", Path(__file__)):
            expect_refused(gan("report", folder), "run|folder|exist")


class TestWhatResumeSays:
    def test_a_finished_run_has_its_steps_and_stays(self, reference, tmp_path):
        run = shutil.copytree(reference, tmp_path / "run")
        result = expect_well(gan("train", "--resume", run))
        assert str(STEPS) in result.out + result.err
        expect_same(run, reference)

    @pytest.mark.thorough
    def test_two_runs_of_the_same_bits_draw_the_same_samples(self, stopped, reference, tmp_path):
        expect_goes_on(stopped, reference)
        for name, run in (("a", stopped), ("b", reference)):
            expect_well(gan("sample", run, "--count", 9, "--out", tmp_path / f"{name}.npy"))
        assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()

    @pytest.mark.thorough
    def test_a_damaged_checkpoint_is_one_sentence_and_the_one_before_it_is_named(self, stopped):
        path = stopped / "checkpoint.gan"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        for command in (["train", "--resume", stopped], ["report", stopped], ["sample", stopped]):
            expect_refused(gan(*command), "checkpoint", "prev")
        assert path.read_bytes() == content


# Two versions of Pillow ---------------------------------------------------------------------------


def environment_with(pillow, folder):
    """The Python of a new virtual environment: this one's packages, but for another Pillow."""
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", pillow]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"pip cannot install {pillow}: {done.stderr.strip().splitlines()[-1]}")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own, parent = (
        subprocess.check_output([which, "-c", ask], text=True).strip()
        for which in (python, sys.executable)
    )
    (Path(own) / "packages_of_the_parent.pth").write_text(parent + "\n")  # behind its own
    return python


def of_pillow(python, *words, stop=False):
    """Run a command there; with `stop`, Ctrl-C comes with the first steps."""
    said, sent = "", False
    with subprocess.Popen(
        [python, "-m", "gan_scratch", *map(str, words)], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env=environment(),
    ) as process:  # fmt: skip
        for line in process.stdout:
            said += line
            if stop and not sent and line.startswith("step "):
                process.send_signal(signal.SIGINT)
                sent = True
    assert "Traceback" not in said, said
    return process.returncode, said


@pytest.mark.slow
@pytest.mark.parametrize("other", ["11", "12"])
def test_a_run_goes_on_with_another_pillow_and_its_data_moved(tmp_path, other):
    """PNG: the same bits as without. JPEG: what differed is printed, and said by the command."""
    pythons = {
        major: environment_with(f"pillow=={major}.*", tmp_path / f"pillow-{major}")
        for major in ("13", other)
    }
    for major, python in pythons.items():
        ask = "import PIL; print(PIL.__version__)"
        version = subprocess.check_output([python, "-c", ask], text=True).strip()
        assert version.split(".")[0] == major
    for first, second in (("13", other), (other, "13")):
        for kind in ("png", "jpg"):
            home = tmp_path / f"{kind}-from-{first}"
            size = (60, 44) if kind == "png" else (240, 176)  # large enough for draft mode
            data = write_pictures(home / "data", size=size, colour=True, kind=kind)
            assert of_pillow(pythons[first], *training(data, home / "whole"))[0] == 0
            run = home / "run"
            code, said = of_pillow(pythons[first], *training(data, run), stop=True)
            assert code == 130 and 0 < saved_step(run) < STEPS, said
            moved = home / "moved" / "photos"
            moved.parent.mkdir()
            os.rename(data, moved)
            code, said = of_pillow(pythons[second], "train", "--resume", run, "--data", moved)
            assert code == 0, said
            if kind == "png":
                expect_same(run, home / "whole")
            else:
                same = bits(run) == bits(home / "whole")
                print(f"Pillow {first} to {second}, JPEG: same bits: {same}; it said\n{said}")
                assert same or "decode" in said.lower(), said
            assert saved_step(run) == STEPS
