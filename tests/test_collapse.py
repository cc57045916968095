"""The collapse and stacked benchmarks: what a job is, that it is not run twice, and the table."""

import json

import numpy as np
import pytest
from PIL import Image, ImageColor

from gan_scratch.benchmarks import collapse, jobs, stacked
from gan_scratch.cli import main
from gan_scratch.plots import style


def a_row(method, data, seed, modes=8, quality=0.9, divergence=0.01):
    return {"method": method, "data": data, "seed": seed, "modes": modes, "high_quality": quality,
            "reverse_kl": divergence, "cpu_seconds": 10.0, "steps": 5, "samples": [[1.0, 0.0]] * 9}


@pytest.mark.parametrize("data", collapse.DATA)
@pytest.mark.parametrize("method", collapse.CONTESTANTS)
def test_every_contestant_can_play(method, data):
    recipe = collapse.recipe_for(method, data).but(steps=2, hidden=(8, 8))
    row = collapse.play(recipe, seed=0)
    assert (row["method"], row["data"], row["steps"]) == (method, data, 2)
    assert 0 <= row["cpu_seconds"] < 60 and len(row["samples"]) == collapse.SHOWN
    again = collapse.play(recipe, seed=0)
    assert row["samples"] == again["samples"] and collapse.play(recipe, seed=1) != row


def test_a_job_runs_once_and_its_file_answers_then(tmp_path):
    module = "json.tool"  # prints what it is given, as JSON
    source = tmp_path / "source"
    source.write_text('{"figure": 7}')
    job = (str(source),)
    path = tmp_path / f"{job[0]}.json"
    (_, first), = jobs.run_all(module, [job], tmp_path)
    source.write_text('{"figure": 8}')
    (_, second), = jobs.run_all(module, [job], tmp_path)
    assert first == second == json.loads(path.read_text()) == {"figure": 7}


def test_a_job_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(RuntimeError, match="nowhere 1 failed: .*invalid"):
        list(jobs.run_all("gan_scratch.benchmarks.stacked", [("nowhere", 1)], tmp_path))
    assert not list(tmp_path.iterdir())


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
        (tmp_path / f"sick-{data}-0.json").write_text(json.dumps(a_row("sick", data, 0)))
    out = tmp_path / "rows.csv"
    png = tmp_path / "samples.png"
    words = f"bench collapse --methods sick --seeds 1 --folder {tmp_path} --out {out}"
    assert main([*words.split(), "--picture", str(png)]) == 0
    assert "sick                     ring, seed 0: 8 modes" in capsys.readouterr().out
    assert out.read_text().splitlines()[1] == "sick,ring,0,8,0.9,0.01,10.0,5"
    with Image.open(png) as picture:
        assert picture.width > 400


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


def test_a_stacked_training_counts_modes(monkeypatch):
    for name, value in (("SAMPLES", 40), ("SAMPLES_AT_ONCE", 20), ("TRAINED_ON", {2: 64})):
        monkeypatch.setattr(stacked, name, value)
    row = stacked.play(stacked.RECIPES[2].but(steps=2, width=2, dense=4, batch_size=8), 2, seed=0)
    assert (row["digits"], row["steps"]) == (2, 2)
    assert 1 <= row["modes"] <= 40 and row["kl"] > 0.5
    lines = stacked.table([{**row, "digits": 3}])
    assert any("R3GAN" in line for line in lines)
    assert "99.6 % of held-out digits" in lines[-1] and "KL 12.488" in lines[-1]
