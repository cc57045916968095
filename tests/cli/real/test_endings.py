"""How a training ended is said, kept in ending.json, and shown."""

import shutil
import signal

import pytest

from .helpers import (
    POSIX,
    STEPS,
    Result,
    ending,
    expect_pictures,
    expect_report_draws_everything,
    expect_well,
    gan,
    rows,
    saved_step,
    training,
)

pytestmark = POSIX


def expect_unhappy(result, run, how, words):
    """Exit 1, said in so many words, and all that shows it in the folder."""
    assert result.code == 1, result
    assert "Traceback" not in result.err, result
    said = [line for line in (result.out + result.err).splitlines()
            if not line.startswith("step ")]  # fmt: skip
    assert any(word in line.lower() for word in words for line in said[2:]), result
    assert ending(run)["how"] == how
    assert len(ending(run)["words"]) > 10
    expect_pictures(run, ["curves.png"] * bool(rows(run)) + ["report.html"])


DIVERGED = ("diverged", "not finite")
DEAD = ("dead", "gradient")


class TestDiverged:
    @pytest.mark.parametrize(
        ("rate", "workers"), [("1e30", 1), ("1e5", 1), ("1e5", 2)]
    )  # in the first step, before there is a row; in the second
    def test_says_so_and_has_its_curves_and_report(self, pictures, tmp_path, rate, workers):
        run = tmp_path / "run"
        result = gan(*training(pictures, run, workers=workers), "--learning-rate", rate)
        expect_unhappy(result, run, "diverged", DIVERGED)
        assert isinstance(ending(run)["step"], int) and 0 <= ending(run)["step"] <= 10
        assert "checkpoint" in result.err  # which one is the last good one
        curves = ["curves.png"] * bool(rows(run))
        expect_report_draws_everything(run, [*curves, "report.html", "samples.png"])
        assert ending(run)["how"] == "diverged"


class TestDead:
    @pytest.fixture
    def dead(self, pictures, tmp_path):
        """D is so sure of itself that the generator's gradient vanishes in float32."""
        run = tmp_path / "run"
        words = training(pictures, run, steps=30, recipe="mlp-classic")
        result = gan(*words, "--learning-rate", "1e3")
        norms = [float(rows(run)[-1][f"{player}_gradient_norm"]) for player in
                 ("discriminator", "generator")]  # fmt: skip
        assert norms == [0, 0], f"this setting no longer kills: {norms}"
        return run, result

    def test_says_so_and_has_its_pictures(self, dead):
        run, result = dead
        expect_unhappy(result, run, "dead", DEAD)
        assert "gradient" in ending(run)["words"]
        assert ending(run)["step"] == saved_step(run) == 30
        expect_pictures(run)
        expect_report_draws_everything(run)

    def test_says_so_again_where_it_is_resumed(self, dead):
        """A further goal does not revive it."""
        run, _ = dead
        result = gan("train", "--resume", run, "--steps", 40)
        expect_unhappy(result, run, "dead", DEAD)
        assert ending(run)["step"] == 40


class TestOtherEndings:
    def test_done(self, reference):
        assert ending(reference)["how"] == "done"
        assert ending(reference)["step"] == STEPS

    def test_stopped_and_then_done(self, stopped):
        assert ending(stopped)["how"] == "stopped"
        assert ending(stopped)["step"] == saved_step(stopped)
        expect_well(gan("train", "--resume", stopped))
        assert (ending(stopped)["how"], ending(stopped)["step"]) == ("done", STEPS)

    @pytest.mark.thorough
    def test_a_run_that_goes_on_and_is_killed_does_not_keep_its_old_ending(
        self, start, reference, tmp_path
    ):
        """Otherwise its report would call it done at a step which it has passed."""
        run = shutil.copytree(reference, tmp_path / "run")
        command = start("train", "--resume", run, "--steps", 100_000)
        command.until(lambda: saved_step(run) > STEPS).send(signal.SIGKILL).wait()
        if (run / "ending.json").exists():
            assert ending(run)["how"] != "done"
        expect_report_draws_everything(run)

    def test_a_small_learning_rate_is_not_dead(self, pictures, tmp_path):
        """Gradients that are small are no zeros, and a run of few steps has its right to be bad."""
        run = tmp_path / "run"
        result = gan(*training(pictures, run, steps=5), "--learning-rate", "1e-12")
        assert isinstance(result, Result) and result.code == 0, result
        assert ending(run)["how"] == "done"
