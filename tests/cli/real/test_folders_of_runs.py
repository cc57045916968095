"""A run's folder belongs to one training, and nobody else's files are touched."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gan_scratch

from .helpers import (
    ENDLESS,
    LINUX,
    POSIX,
    STEPS,
    Result,
    bits,
    checkpoint,
    environment,
    expect_goes_on,
    expect_no_row_lost,
    expect_one_sentence,
    expect_pictures,
    expect_refused,
    expect_same,
    expect_well,
    gan,
    recipe_of,
    rows,
    saved_step,
    snapshot,
    training,
    unfinished,
    visible,
    without_privileges,
)  # fmt: skip

pytestmark = POSIX


def expect_consistent(run, seed, steps):
    """Recipe, rows, checkpoint and pictures are those of one finished training."""
    assert recipe_of(run)["seed"] == seed
    assert checkpoint(run)["recipe"]["seed"] == seed
    assert [int(row["step"]) for row in rows(run)] == list(range(1, steps + 1))
    assert saved_step(run) == steps
    expect_pictures(run)
    assert unfinished(run) == []


class TestSeveralAtOnce:
    def test_three_starts_with_other_seeds_get_three_folders(
        self, start, pictures, reference, tmp_path
    ):
        home = tmp_path / "home"
        home.mkdir()
        commands = [start(*training(pictures, seed=seed), cwd=home) for seed in (0, 1, 2)]
        assert [command.wait() for command in commands] == [0, 0, 0], commands[0].err
        runs = sorted((home / "runs").iterdir())
        assert len(runs) == 3
        assert sorted(recipe_of(run)["seed"] for run in runs) == [0, 1, 2]
        for run in runs:
            seed = recipe_of(run)["seed"]
            expect_consistent(run, seed, STEPS)
            assert f"{run.name}/report.html" in commands[seed].out  # and it said which is its own
        own = next(run for run in runs if recipe_of(run)["seed"] == 0)
        assert bits(own) == bits(reference)

    def test_of_three_starts_in_one_folder_one_trains(self, start, pictures, tmp_path):
        run = tmp_path / "run"
        commands = [start(*training(pictures, run, seed=seed)) for seed in (0, 1, 2)]
        codes = [command.wait() for command in commands]
        assert sorted(codes) == [0, 2, 2], [command.err for command in commands]
        for code, command in zip(codes, commands, strict=True):
            if code:
                expect_refused(Result(code, command.out, command.err), "run")
        expect_consistent(run, codes.index(0), STEPS)

    def test_of_two_resumes_the_second_is_refused(self, start, reference, tmp_path):
        run = shutil.copytree(reference, tmp_path / "run")
        two = [start("train", "--resume", run, "--steps", ENDLESS) for _ in range(2)]
        limit = time.monotonic() + 30
        while not any(command.ended() for command in two) and time.monotonic() < limit:
            time.sleep(0.02)
        assert any(command.ended() for command in two), "both train"
        refused, kept = sorted(two, key=lambda command: not command.ended())
        expect_refused(Result(refused.wait(), refused.out, refused.err), "train|lock|use")
        kept.until(lambda: saved_step(run) > STEPS).send(signal.SIGINT)
        assert kept.wait() == 128 + signal.SIGINT, kept.err
        steps = [int(row["step"]) for row in rows(run)]  # rows() checks that they only increase
        assert steps[:STEPS] == list(range(1, STEPS + 1)) and steps[-1] <= saved_step(run)

    @pytest.mark.thorough
    def test_other_commands_while_it_trains_work_or_say_a_sentence(self, start, pictures, tmp_path):
        run = tmp_path / "run"
        command = start(*training(pictures, run, steps=ENDLESS)).until_playing(run)
        expect_refused(gan("train", "--resume", run, patience=30), "train|lock|use")
        expect_refused(gan(*training(pictures, run, seed=1)), "run")
        before = recipe_of(run)
        for words in (
            ["sample", run, "--out", tmp_path / "drawn.png"], ["sample", run, "--out", "x.npy"],
            ["evaluate", run], ["report", run],
        ):  # fmt: skip
            result = gan(*words, cwd=tmp_path)
            if result.code or "Traceback" in result.err:
                expect_one_sentence(result)
        assert (tmp_path / "drawn.png").is_file(), "a run can be looked at while it trains"
        assert not command.ended(), command.err
        assert command.send(signal.SIGINT).wait() == 128 + signal.SIGINT
        assert recipe_of(run) == before and rows(run)
        expect_pictures(run)
        assert unfinished(run) == []


def foreign_picture(folder):
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(folder / "samples.png")


def foreign_film(folder):
    (folder / "film").mkdir()
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(folder / "film" / "step_1.png")


def foreign_text(folder):
    (folder / "thesis.txt").write_text("years of work")


def foreign_folder(folder):
    (folder / "photos" / "2024").mkdir(parents=True)
    (folder / "photos" / "2024" / "a.txt").write_text("x")


def foreign_table(folder):
    (folder / "values.csv").write_text("my,own,table\n1,2,3\n")


class TestOut:
    @pytest.mark.parametrize(
        "put", [foreign_picture, foreign_film, foreign_text, foreign_folder, foreign_table]
    )
    def test_a_folder_with_foreign_files_is_refused_and_stays(self, pictures, tmp_path, put):
        out = tmp_path / "out"
        out.mkdir()
        put(out)
        before = snapshot(out)
        expect_refused(gan(*training(pictures, out)), "out")
        assert snapshot(out) == before

    def test_the_folder_of_the_data_is_refused_and_stays(self, pictures):
        before = snapshot(pictures)
        expect_refused(gan(*training(pictures, pictures)))
        assert snapshot(pictures) == before

    def test_a_file_is_refused_and_stays(self, pictures, tmp_path):
        out = tmp_path / "out"
        out.write_text("a file")
        expect_refused(gan(*training(pictures, out)), "out")
        assert out.read_text() == "a file"

    def test_a_run_of_another_recipe_is_refused_and_stays(self, pictures, reference, tmp_path):
        run = shutil.copytree(reference, tmp_path / "run")
        before = visible(run)
        expect_refused(gan(*training(pictures, run, recipe="mlp-classic")), "run")
        assert visible(run) == before

    @pytest.mark.thorough
    def test_a_folder_with_nothing_but_hidden_files_is_taken(self, pictures, reference, tmp_path):
        out = tmp_path / "out"
        out.mkdir()
        (out / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        expect_well(gan(*training(pictures, out)))
        expect_same(out, reference)
        assert (out / ".DS_Store").read_bytes() == b"\0\0\0\1Bud1"

    @pytest.mark.thorough
    def test_an_empty_folder_reached_by_a_link_is_taken(self, pictures, reference, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real", target_is_directory=True)
        expect_well(gan(*training(pictures, tmp_path / "link")))
        expect_same(tmp_path / "real", reference)

    def test_a_folder_that_cannot_be_written_is_one_sentence(self, pictures, tmp_path):
        closed = tmp_path / "closed"
        closed.mkdir()
        closed.chmod(0o555)
        for out in (closed / "run", closed):
            result = gan(*training(pictures, out, steps=2), before=without_privileges())
            expect_refused(result, "closed")
            assert "step " not in result.out  # before anything was trained


class TestLeftovers:
    PARTS = (
        ".samples.png.1a2b3c4d.part", ".values.csv.deadbeef.part", "checkpoint.gan.part",
        "film/.step_00000001.png.00ff00ff.part",
    )  # fmt: skip

    @LINUX
    @pytest.mark.parametrize("workers", [2, pytest.param(1, marks=pytest.mark.thorough)])
    @pytest.mark.thorough
    def test_a_killed_run_goes_on_and_its_leftovers_are_cleared(
        self, start, pictures, references, tmp_path, workers
    ):
        """kill -9 of the command alone, which leaves its workers to notice for themselves."""
        run, reference = tmp_path / "run", references(workers)[0]
        command = start(*training(pictures, run, workers=workers))
        command.until_there(run / "checkpoint.gan").until_printed("step ").send(signal.SIGKILL)
        command.wait()
        for name in self.PARTS:
            (run / name).parent.mkdir(exist_ok=True)
            (run / name).write_bytes(b"half a file")
        expect_no_row_lost(run, reference)
        expect_goes_on(run, reference)
        expect_pictures(run)

    @pytest.mark.thorough
    def test_a_folder_in_which_only_a_lock_was_left_is_taken(self, pictures, reference, tmp_path):
        run = tmp_path / "run"
        run.mkdir()
        (run / ".lock").write_text("4711\n")
        expect_well(gan(*training(pictures, run)))
        expect_same(run, reference)

    def test_a_run_that_was_killed_before_its_first_checkpoint_is_begun_again(
        self, pictures, reference, tmp_path
    ):
        """The checkpoint comes before anything else, so no more than a part of it can be there."""
        run = tmp_path / "run"
        run.mkdir()
        (run / "checkpoint.gan.part").write_bytes(b"half of it")
        (run / ".lock").write_text("process 1 on a machine that is off")
        expect_well(gan(*training(pictures, run)))
        expect_same(run, reference)


class TestWhatARunHolds:
    def test_a_picture_of_the_data_and_the_account_of_it(self, pictures, tmp_path):
        (pictures / "notes.txt").write_text("not a picture")
        run = tmp_path / "run"
        result = expect_well(gan(*training(pictures, run, steps=2)))
        expect_pictures(run, ["data.png"])
        assert "41" in result.out and "40" in result.out, result  # files seen, used
        assert "notes.txt" in result.out, result
        assert recipe_of(run)["data_account"]["seen"] == 41
        assert recipe_of(run)["data_account"]["used"] == 40

    @pytest.mark.thorough
    def test_a_named_data_set_has_its_picture_too(self, tmp_path):
        run = tmp_path / "run"
        expect_well(gan(*training("digits", run, steps=2)))
        expect_pictures(run, ["data.png"])

    @pytest.mark.thorough
    def test_points_have_their_picture_too(self, tmp_path):
        run = tmp_path / "run"
        expect_well(gan(*training("ring", run, steps=2)))
        expect_pictures(run, ["data.png"])


class TestMovedFolders:
    def test_a_moved_run_goes_on_from_another_working_folder(self, stopped, reference, tmp_path):
        moved, elsewhere = tmp_path / "far" / "moved", tmp_path / "elsewhere"
        moved.parent.mkdir()
        elsewhere.mkdir()
        stopped.rename(moved)
        result = gan("train", "--resume", os.path.relpath(moved, elsewhere), cwd=elsewhere)
        expect_well(result)
        expect_same(moved, reference)
        assert not stopped.exists()

    @pytest.mark.thorough
    def test_data_named_by_a_relative_path_is_found_from_another_working_folder(
        self, start, pictures, reference, tmp_path
    ):
        run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
        elsewhere.mkdir()
        command = start(*training("pictures", "run"), cwd=tmp_path).until_printed("step ")
        command.send(signal.SIGINT).wait()
        expect_well(gan("train", "--resume", "../run", cwd=elsewhere))
        expect_same(run, reference)

    @pytest.mark.thorough
    def test_data_in_the_working_folder_is_never_mixed_with_the_runs_below(
        self, pictures, reference
    ):
        for _ in range(2):
            result = expect_well(gan(*training("."), cwd=pictures))
        runs = sorted((pictures / "runs").iterdir())
        assert len(runs) == 2
        for run in runs:
            expect_same(run, reference)
        assert "run" in result.out and "40" in result.out, result  # said, what was left out

    def test_a_run_is_no_data(self, reference, tmp_path):
        expect_refused(gan(*training(reference, tmp_path / "run")), "run")
        assert not (tmp_path / "run").exists()


def test_these_commands_are_those_of_the_package_that_is_tested():
    code = "import gan_scratch; print(gan_scratch.__file__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment())
    assert Path(done.stdout.decode().strip()).samefile(gan_scratch.__file__)
