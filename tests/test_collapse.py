"""The collapse and stacked benchmarks: what a job is, that it is not run twice, and the table."""

import json
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
from joblib.parallel import ThreadingBackend
from PIL import Image, ImageColor

from gan_scratch.benchmarks import collapse, jobs, stacked
from gan_scratch.cli import main
from gan_scratch.datasets import stacked_digits
from gan_scratch.metrics.classifier import load_classifier
from gan_scratch.metrics.modes import kl_to_uniform
from gan_scratch.plots import style


def a_row(method, data, seed, modes=8, quality=0.9, divergence=0.01):
    return {"method": method, "data": data, "seed": seed, "modes": modes, "high_quality": quality,
            "reverse_kl": divergence, "cpu_seconds": 10.0, "steps": 5, "samples": [[1.0, 0.0]] * 9}


@pytest.mark.parametrize("data", collapse.DATA)
@pytest.mark.parametrize("method", collapse.CONTESTANTS)
def test_every_contestant_can_play(method, data):
    recipe = collapse.recipe_for(method, data).but(
        steps={"rounds": 2}, players={"hidden": (8, 8)},
    )
    row = collapse.play(recipe, seed=0)
    assert (row["method"], row["data"], row["steps"]) == (method, data, 2)
    assert 0 <= row["cpu_seconds"] < 60 and len(row["samples"]) == collapse.SHOWN
    again = collapse.play(recipe, seed=0)
    assert row["samples"] == again["samples"]
    assert row["samples"] != collapse.play(recipe, seed=1)["samples"]


def keep(folder, row):
    """The file of a training that was done before."""
    made_by = collapse.recipe_for(row["method"], row["data"]).settings()
    path = folder / f"{row['method']}-{row['data']}-{row['seed']}.json"
    path.write_text(json.dumps({"made_by": made_by, "result": row}))


RECIPE = collapse.recipe_for("sick", "ring")


def test_a_job_runs_once_and_its_file_answers_then(tmp_path):
    module = "json.tool"  # prints what it is given, as JSON
    source = tmp_path / "source"
    source.write_text('{"figure": 7}')
    job = ((str(source),), RECIPE)
    assert list(jobs.run_all(module, [job], tmp_path)) == [{"figure": 7}]
    source.write_text('{"figure": 8}')
    assert list(jobs.run_all(module, [job], tmp_path)) == [{"figure": 7}]
    (tmp_path / "source.json").unlink()
    assert list(jobs.run_all(module, [job], tmp_path)) == [{"figure": 8}]


@pytest.mark.parametrize("changes, named", [
    ({"steps": {"rounds": 5}}, "steps.rounds"),
    ({"optimizers": {"beta1": 0.1}, "steps": {"clip": 0.5}}, "optimizers.beta1, steps.clip"),
])  # fmt: skip
def test_a_file_of_other_settings_is_refused_and_kept(tmp_path, changes, named):
    source = tmp_path / "source"
    source.write_text('{"figure": 7}')
    list(jobs.run_all("json.tool", [((str(source),), RECIPE)], tmp_path))
    before = (tmp_path / "source.json").read_bytes()
    other = [((str(source),), RECIPE.but(**changes))]
    with pytest.raises(ValueError, match=rf"source.json was made by other settings \({named}\)"):
        list(jobs.run_all("json.tool", other, tmp_path))
    assert (tmp_path / "source.json").read_bytes() == before
    words = RECIPE.but(name="another", summary="in other words")
    assert list(jobs.run_all("json.tool", [((str(source),), words)], tmp_path)) == [{"figure": 7}]


@pytest.mark.parametrize("content", ["", "<x>", "[]", "null", "{}", '{"made_by": {}}'])
def test_a_file_that_holds_no_result_is_named(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(ValueError, match=r"x.json holds no result; remove it"):
        list(jobs.run_all("json.tool", [(("x",), RECIPE)], tmp_path))


@pytest.mark.parametrize("module, words, sentence", [
    ("gan_scratch.benchmarks.stacked", ("nowhere", 1), "nowhere 1 failed: .*invalid"),
    ("this", (), "Expecting value"),  # prints something, and no JSON
])  # fmt: skip
def test_a_job_that_fails_leaves_no_file(tmp_path, module, words, sentence):
    with pytest.raises((RuntimeError, ValueError), match=sentence):
        list(jobs.run_all(module, [(words, RECIPE)], tmp_path))
    assert not list(tmp_path.iterdir())


def printing(folder, *figures):
    """Jobs that print a figure each, and its index."""
    for index, figure in enumerate(figures):
        (folder / f"source{index}").write_text(json.dumps({"figure": figure}))
    return [((str(folder / f"source{index}"),), RECIPE) for index in range(len(figures))]


class Elsewhere(ThreadingBackend):
    """A back end as a cluster registers one, that notes what it is sent."""

    sent = []

    def submit(self, function, callback=None):
        self.sent.append(function)
        return super().submit(function, callback)


class OnlyLists(Elsewhere):
    """One that answers when all is done, as Ray's does."""

    supports_return_generator = False


@pytest.mark.parametrize("backend, count", [("loky", None), (Elsewhere, 3), (OnlyLists, 3)])
def test_jobs_go_where_joblib_is_told_to_run_them(backend, count, tmp_path, monkeypatch):
    name = backend if isinstance(backend, str) else backend.__name__
    monkeypatch.setattr(Elsewhere, "sent", [])
    if name != backend:
        joblib.register_parallel_backend(name, backend)
    work = printing(tmp_path, 3, 4, 5)
    with joblib.parallel_config(name, n_jobs=2):
        results = list(jobs.run_all("json.tool", work, tmp_path))
        assert results == [{"figure": 3}, {"figure": 4}, {"figure": 5}]
        assert count is None or len(Elsewhere.sent) == count
        assert list(jobs.run_all("json.tool", work, tmp_path)) == results
    assert count is None or len(Elsewhere.sent) == count  # the files have answered
    assert len(list(tmp_path.glob("source?.json"))) == 3


def test_each_job_has_one_thread_of_blas_and_its_file_as_soon_as_it_is_done(tmp_path, monkeypatch):
    (tmp_path / "job.py").write_text(
        "import json, os, pathlib, sys, time\n"
        "while sys.argv[1] == 'slow' and not list(pathlib.Path('kept').glob('quick.json')):\n"
        "    time.sleep(0.01)\n"
        "print(json.dumps({'threads': os.environ['OPENBLAS_NUM_THREADS']}))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    work = [(("slow",), RECIPE), (("quick",), RECIPE)]
    assert list(jobs.run_all("job", work, "kept", at_once=2)) == [{"threads": "1"}] * 2


def test_a_file_that_does_not_fit_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "subprocess", None)
    work = printing(tmp_path, 3, 4)
    (tmp_path / f"{'-'.join(work[1][0])}.json").write_text("nothing")
    with pytest.raises(ValueError, match="holds no result"):
        next(jobs.run_all("json.tool", work, tmp_path))


def test_without_joblib_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "joblib", None)
    assert main(f"bench collapse --methods sick --folder {tmp_path}".split()) == 2
    assert "sweeps need joblib; run 'pip install gan_scratch[bench]'" in capsys.readouterr().err


LISTENER = """
import os, signal, subprocess
from gan_scratch.benchmarks import collapse, jobs

class Popen(subprocess.Popen):
    started = 0

    def communicate(self):
        Popen.started += 1
        if Popen.started == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return super().communicate()

signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it may be ignored
jobs.subprocess.Popen = Popen
recipe = collapse.recipe_for("sick", "ring")
minutes = [(("-n1", "-r1", "-s", "import time", f"time.sleep(90 + {n})"), recipe) for n in (0, 1)]
list(jobs.run_all("timeit", minutes, "kept", at_once=2))
"""


def test_who_stops_listening_stops_the_jobs(tmp_path):
    start = time.monotonic()
    listener = subprocess.run(
        [sys.executable, "-c", LISTENER], cwd=tmp_path, capture_output=True, text=True
    )
    assert "KeyboardInterrupt" in listener.stderr
    assert time.monotonic() - start < 60  # the jobs would sleep for longer
    assert not list((tmp_path / "kept").iterdir())


def test_the_table_gives_mean_and_standard_error_and_the_published_rows():
    measured = [a_row("ours", "ring", 0, 8), a_row("ours", "ring", 1, 6),
                a_row("ours", "grid", 0, 25, divergence=None)]
    lines = collapse.table(measured)
    ours = next(line for line in lines if line.startswith("| ours"))
    assert "| 7.0 ± 1.0 | 90.0 ± 0.0 | 0.010 ± 0.000 | 10 | 25.0 | 90.0 | ∞ | 10 |" in ours
    assert any("PacGAN4 (PacGAN, Lin et al. 2018) | 7.8 | 95.9 | 0.07" in line for line in lines)
    assert len({line.count("|") for line in lines}) == 1


def test_bench_collapse_reads_what_is_there_and_writes_rows(tmp_path, capsys):
    for data in collapse.DATA:
        keep(tmp_path, a_row("sick", data, 0))
    out = tmp_path / "rows.csv"
    png = tmp_path / "samples.png"
    words = f"bench collapse --methods sick --seeds 1 --folder {tmp_path} --out {out}"
    assert main([*words.split(), "--picture", str(png)]) == 0
    assert "sick                     ring, seed 0: 8 modes" in capsys.readouterr().out
    assert out.read_text().splitlines()[1] == "sick,ring,0,8,0.9,0.01,10.0,5"
    with Image.open(png) as picture:
        assert picture.width > 400


def test_a_method_named_twice_counts_once(tmp_path, capsys):
    for data in collapse.DATA:
        keep(tmp_path, a_row("sick", data, 0))
    words = f"bench collapse --methods sick sick --data ring ring --seeds 1 --folder {tmp_path}"
    assert main(words.split()) == 0
    assert capsys.readouterr().out.count("seed 0") == 1


UNFIT = [
    (["--out", ""], "--out must not be empty"),
    (["--out", "rows.txt"], "--out must name a .csv file, got 'rows.txt'"),
    (["--out", "folder.csv"], "--out must name a .csv file, got 'folder.csv'"),
    (["--out", "file/rows.csv"], "file: "),
    (["--jobs", "0"], "--jobs must be a whole number from 1 to 1,024, got '0'"),
    (["--folder", "file"], "file: File exists"),
]


@pytest.mark.parametrize("what, words, sentence", [
    *[("collapse", *case) for case in UNFIT],
    *[("stacked", *case) for case in UNFIT],
    ("collapse", ["--picture", "p.jpg"], "--picture must name a .png file, got 'p.jpg'"),
])  # fmt: skip
def test_what_cannot_be_written_is_said_before_any_training(
    what, words, sentence, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jobs.subprocess, "Popen", None)
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    assert main(["bench", what, *words]) == 2
    complaint = capsys.readouterr().err
    assert sentence in complaint and complaint.count("\n") == 1


def test_the_picture_shows_the_first_samples_of_every_method(tmp_path):
    far = {**a_row("b", "ring", 0), "samples": [[-0.7, 0.7]] * 9}
    once = collapse.picture([a_row("a", "ring", 0), a_row("a", "grid", 0), far])
    again = collapse.picture([a_row("a", "ring", 0), a_row("a", "grid", 0), far, {
        **far, "seed": 1, "samples": [[0.0, 1.0]] * 9,
    }])
    assert once.tobytes() == again.tobytes()
    vermilion = np.abs(np.asarray(once).astype(int) - ImageColor.getrgb(style.GENERATOR)).sum(-1)
    _, across = np.nonzero(vermilion < 90)
    # a's ring and grid, b's ring, nothing for b's grid
    assert set(across // (once.width // 4)) == {0, 1, 2}


def test_a_stacked_training_counts_its_samples(monkeypatch):
    for name, value in (("SAMPLES", 40), ("SAMPLES_AT_ONCE", 20), ("TRAINED_ON", {2: 64})):
        monkeypatch.setattr(stacked, name, value)
    made = stacked_digits(20, np.random.default_rng(3), digits=2, split="held-out").images
    monkeypatch.setattr(stacked, "host_samples", lambda game, noise: made)
    row = stacked.play(stacked.RECIPES[2].but(
        steps={"rounds": 2}, players={"width": 2, "dense": 4}, data={"batch_size": 8},
    ), 2, seed=0)
    counts = np.bincount(stacked.read(made, load_classifier("digits")), minlength=100)
    assert (row["digits"], row["steps"], row["modes"]) == (2, 2, (counts > 0).sum())
    assert row["kl"] == pytest.approx(kl_to_uniform(counts), abs=1e-4)
    lines = stacked.table([{**row, "digits": 3}])
    assert any("R3GAN" in line for line in lines)
    assert "99.6 % of held-out digits" in lines[-1] and "KL 12.488" in lines[-1]
