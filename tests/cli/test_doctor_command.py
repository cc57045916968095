"""gan-scratch doctor, and the line at the end of a training."""

import json

import pytest

from gan_scratch.cli import main


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folders of a run that goes well enough, and of one whose learning rate is far too high."""
    folder = tmp_path_factory.mktemp("runs")
    for name, rate in (("short", "4e-3"), ("wild", "0.2")):
        main(["train", "mlp-digits", "--steps", "500", "--learning-rate", rate, "--workers", "1",
              "--batch-size", "32", "--out", str(folder / name)])
    return folder


def test_the_command_names_what_it_sees_and_writes_it_down(runs, capsys):
    capsys.readouterr()
    before = (runs / "wild" / "checkpoint.gan").read_bytes()
    assert main(["doctor", str(runs / "wild")]) == 0
    said = capsys.readouterr().out
    assert "diagnosis: the learning rate is too high" in said and "Divide" in said
    kept = json.loads((runs / "wild" / "diagnosis.json").read_text())
    assert kept["names"][0] == "the learning rate is too high" and kept["signs"]["stride"] > 1
    assert (runs / "wild" / "diagnosis.png").read_bytes()[:4] == b"\x89PNG"
    assert (runs / "wild" / "checkpoint.gan").read_bytes() == before


def test_json_is_all_that_is_printed(runs, capsys):
    capsys.readouterr()
    assert main(["doctor", str(runs / "short"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "the learning rate is too high" not in found["names"]
    assert found["recipe"] == "mlp-digits" and found["signs"]["norm_generator"] is not None


def test_a_long_training_that_went_wrong_ends_with_a_line(tmp_path, capsys):
    out = tmp_path / "run"
    main(["train", "mlp-digits", "--steps", "500", "--learning-rate", "0.2", "--workers", "1",
          "--batch-size", "32", "--out", str(out)])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("the doctor says: the learning rate is too high")
    assert f"doctor {out} explains" in last


def test_a_record_without_signs_is_examined_all_the_same(runs, tmp_path, capsys):
    """As in a run of an earlier version: the doctor measures on a copy what the record lacks."""
    import shutil

    old = shutil.copytree(runs / "short", tmp_path / "old")
    lines = [line.split(",")[:11] for line in (old / "values.csv").read_text().splitlines()]
    (old / "values.csv").write_text("".join(",".join(line) + "\n" for line in lines))
    capsys.readouterr()
    assert main(["doctor", str(old), "--json"]) == 0
    signs = json.loads(capsys.readouterr().out)["signs"]
    assert signs["places"] > 0 and "norm_discriminator" in signs


@pytest.mark.parametrize("words, said", (
    (["doctor", "nowhere"], "nowhere holds no run"),
    (["doctor", "RUN", "--data", "x"], "--data is for your own pictures"),
), ids=("no run", "no own data"))
def test_bad_input_gets_one_sentence(words, said, runs, capsys):
    capsys.readouterr()
    assert main([str(runs / "short") if word == "RUN" else word for word in words]) == 2
    assert said in capsys.readouterr().err
