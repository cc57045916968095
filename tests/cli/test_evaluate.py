"""gan-scratch evaluate: what it prints and leaves, and what it says where it cannot judge."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from gan_scratch import datasets
from gan_scratch.cli import evaluate as command
from gan_scratch.datasets.reading import Reading
from gan_scratch.drawing import draw_samples
from gan_scratch.metrics import evaluation
from gan_scratch.metrics.classifier import JUDGES
from gan_scratch.metrics.nearest import copying
from gan_scratch.plots.words import FIGURES
from gan_scratch.recipes import RECIPES, find
from gan_scratch.runs import Run, load_game

FILES = {"evaluation.json", "evaluation.png", "nearest.png"}
FEW = 500  # samples, as 2,500 take seconds


@pytest.fixture(autouse=True)
def few_samples(monkeypatch):
    for module in (command, evaluation):
        monkeypatch.setattr(module, "SAMPLES", FEW)
        monkeypatch.setattr(module, "CHOICES", 3)


@pytest.fixture(autouse=True)
def quick_picture(request, monkeypatch):
    """Only tests of the picture draw it, as that takes a second."""
    if "picture" not in request.node.name:
        monkeypatch.setattr(
            command.picture, "save", lambda figures, samples, kind, path: path.write_bytes(b"")
        )


def trained(folder, recipe, **changes):
    quick = find(recipe).but(data={"batch_size": 16}, steps={"rounds": 5})
    run = Run(folder, quick.but(**changes))
    for _ in run.train():
        pass
    return folder


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "digits", "mlp-digits")


@pytest.fixture(scope="module")
def conditional_run(tmp_path_factory):
    return trained(
        tmp_path_factory.mktemp("runs") / "told", "conditional-digits", players={"width": 2},
    )


@pytest.fixture(scope="module")
def ring_run(tmp_path_factory):
    return trained(
        tmp_path_factory.mktemp("runs") / "ring", "mlp-classic", data={"name": "ring"},
    )


def figures_in(folder):
    return json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))


def number_beside(words, out):
    """The figures of samples and of real ones in the line that begins with these words."""
    (line,) = [line for line in out.splitlines() if line.strip().startswith(words)]
    return [float(number.rstrip("%").replace(",", "")) for number in line[40:59].split()]


def test_a_generator_that_has_learnt_nothing_yet(say, digits_run):
    code, out, err = say("evaluate", digits_run)
    assert (code, err) == (0, "")
    figures = figures_in(digits_run)
    assert figures["recipe"] == "mlp-digits"
    assert figures["data"] == figures["classifier"] == "digits"
    assert (figures["step"], figures["sample_count"], figures["seed"]) == (5, FEW, 0)
    assert figures["frechet"]["samples"] > 30 * figures["frechet"]["real"]
    assert "obedience" not in figures and "asked" not in out
    # What is printed is what was written.
    samples, real = number_beside("Fréchet distance", out)
    assert samples == pytest.approx(figures["frechet"]["samples"], rel=0.01)
    assert real == pytest.approx(figures["frechet"]["real"], rel=0.01)
    assert figures["frechet"]["spread"] > 0 and figures["n"] == FEW
    for key, figure in FIGURES.items():
        if key in figures:
            values = [float(figure.shown(figures[key][who]).rstrip("%").replace(",", ""))
                      for who in ("samples", "real")]  # fmt: skip
            assert number_beside(figure.words, out) == values
    for label in range(10):
        shares = [100 * figures["class_shares"][who][label] for who in ("samples", "real")]
        assert number_beside(f"{label} ", out) == pytest.approx(shares, abs=0.051)
    medians = [figures["nearest"][who] for who in ("samples", "held_out")]
    assert number_beside("median distance", out) == pytest.approx(medians, rel=0.01)
    assert number_beside("ratio", out)[0] == pytest.approx(figures["nearest"]["ratio"], abs=0.01)
    assert re.search(r"classifier, right on 99\.\d% of its held-out images", out)
    assert all(str(digits_run / name) in out for name in FILES)
    assert max(map(len, out.splitlines()[: -len(FILES)])) <= 80


def test_the_picture_shows_each_sample_above_its_nearest_training_image(say, digits_run):
    training = datasets.load("digits", value_range=(0, 1)).images
    picture = np.array(command.pairs(training[5:15], training))
    sample, nearest = picture[:56, :56], picture[56:112, :56]
    np.testing.assert_array_equal(sample, nearest)
    expected = np.rint(255 * training[5, ..., 0]).repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(sample, expected)
    say("evaluate", digits_run)
    with Image.open(digits_run / "nearest.png") as image:
        assert image.size == (10 * 56 + 9 * 6, 4 * 112 + 3 * 6)


def test_a_seed_gives_the_same_figures_again_and_another_seed_others(say, digits_run):
    found = []
    for seed in (7, 7, 8):
        assert say("evaluate", digits_run, "--seed", seed)[0] == 0
        found.append(figures_in(digits_run))
    assert found[0] == found[1] and found[0]["frechet"] != found[2]["frechet"]
    assert found[2]["seed"] == 8
    assert found[0]["frechet"]["real"] == found[2]["frechet"]["real"]


def test_a_run_that_is_told_the_class_is_asked_for_each(say, conditional_run, monkeypatch):
    """The draws are replaced by real images of the class asked for, with one class disobeyed."""
    everything = datasets.load("digits", "all", value_range=(0, 1))
    asked = []

    def draw_samples(game, count, seed, label):
        asked.append((count, seed, label))
        shown = 0 if label == 4 else label
        return everything.images[everything.labels == shown][:count]

    monkeypatch.setattr(command, "draw_samples", draw_samples)
    code, out, err = say("evaluate", conditional_run, "--seed", 3)
    assert (code, err) == (0, "")
    assert [(count, label) for count, _, label in asked] == [(50, label) for label in range(10)]
    assert len({seed for _, seed, _ in asked}) == 10  # each class has noise of its own
    obedience = figures_in(conditional_run)["obedience"]
    assert obedience["samples"]["classes"][4] == 0 and obedience["samples"]["classes"][3] > 0.97
    assert obedience["samples"]["all"] == pytest.approx(0.9, abs=0.02)
    assert obedience["real"]["all"] > 0.98
    assert number_beside("classified as asked", out)[0] == pytest.approx(90, abs=2)
    assert number_beside("ratio", out) == [0, 1]  # and these are copies


def test_a_conditional_generator_is_drawn_from(say, conditional_run):
    code, out, _ = say("evaluate", conditional_run)
    assert code == 0 and "classified as asked" in out
    assert figures_in(conditional_run)["obedience"]["samples"]["all"] < 0.5  # after five steps


@pytest.fixture
def pictures(tmp_path):
    """A folder of 60 pictures of noise in colour: in 5 of the 6 held-out ones nothing is special,
    the sixth is like a training picture."""
    rng = np.random.default_rng(0)
    (tmp_path / "pictures").mkdir()
    for index in range(60):
        pixels = rng.integers(256, size=(12, 12, 3), dtype="uint8")
        Image.fromarray(pixels).save(tmp_path / "pictures" / f"{index:02}.png")
    return tmp_path / "pictures"


def own_run(tmp_path, pictures, **reading):
    data = {"name": str(pictures), "reading": Reading(**reading)}
    return trained(tmp_path / "run", "mlp-classic", data=data)


def test_ones_own_pictures_have_the_figures_that_need_no_classifier(say, tmp_path, pictures):
    run = own_run(tmp_path, pictures)
    code, out, err = say("evaluate", run, "--seed", 2)
    assert (code, err) == (0, "")
    figures = figures_in(run)
    assert (figures["sample_count"], figures["training_count"]) == (1000, 54)
    assert figures["held_out_count"] == 6
    assert "sure" not in figures and "classifier" not in figures and figures["n"] == 30
    assert figures["features"] == "2,352 raw values through a fixed random projection onto 64"
    assert f"\nin {figures['features']}\n" in out and figures["frechet"]["real"] > 0
    training, held_out = (
        datasets.load(str(pictures), split, value_range=(0, 1)).images
        for split in ("train", "held-out")
    )
    expected = copying(draw_samples(load_game(run), 1000, seed=2), held_out, training)
    assert figures["nearest"] == pytest.approx(expected)
    assert "1,000 samples of seed 2\ncompared with 54 training images and 6 held-out ones" in out
    missing = "not measured: sureness and class shares, as no classifier knows your pictures"
    assert figures["notes"][-1] == missing and missing in out
    medians = [figures["nearest"][who] for who in ("samples", "held_out")]
    assert number_beside("median distance", out) == pytest.approx(medians, rel=0.01)
    with Image.open(run / "nearest.png") as image:
        assert (image.mode, image.size) == ("RGB", (10 * 56 + 9 * 6, 4 * 112 + 3 * 6))


def test_a_generator_that_copies_ones_own_pictures(say, tmp_path, pictures, monkeypatch):
    run = own_run(tmp_path, pictures)
    training = datasets.load(str(pictures), value_range=(0, 1)).images
    monkeypatch.setattr(command, "draw_samples", lambda game, count, seed: np.resize(
        training, (count, *training.shape[1:])
    ))
    assert say("evaluate", run)[0] == 0
    assert figures_in(run)["nearest"]["ratio"] == 0 and figures_in(run)["nearest"]["copies"] == 1


def test_pictures_that_have_moved(say, tmp_path, pictures, digits_run):
    run = own_run(tmp_path, pictures)
    assert say("evaluate", run)[0] == 0
    before = figures_in(run)
    moved = pictures.rename(tmp_path / "moved")
    code, _, err = say("evaluate", run)
    assert code == 2 and err == (
        f"gan-scratch: there are no pictures at {pictures}; --data PATH says where they are now\n"
    )
    assert say("evaluate", run, "--data", moved)[0] == 0
    assert figures_in(run) == before
    # Other pictures are said to be others.
    (moved / "03.png").unlink()
    code, out, _ = say("evaluate", run, "--data", moved)
    note = "note: the run was trained on other pictures, so what it copied is not seen"
    assert code == 0 and note in out and note in figures_in(run)["notes"]
    code, _, err = say("evaluate", digits_run, "--data", moved)
    assert code == 2 and f"--data is for your own pictures, and {digits_run} is on digits" in err


def test_pictures_of_which_none_is_held_out(say, tmp_path, pictures):
    run = own_run(tmp_path, pictures)
    for path in sorted(pictures.iterdir())[9:]:
        path.unlink()
    code, _, err = say("evaluate", run)
    assert code == 2 and err.count("\n") == 1 and "none is held out" in err


def test_copies_among_the_held_out_pictures_leave_no_ratio(say, tmp_path, pictures):
    for index in range(9, 60, 10):
        shutil.copy(pictures / "00.png", pictures / f"{index}.png".rjust(6, "0"))
    run = own_run(tmp_path, pictures)
    code, out, _ = say("evaluate", run)
    assert code == 0 and figures_in(run)["nearest"]["ratio"] is None
    assert re.search(r"ratio \(near 0: copied\) +- +1.00", out)


def test_points_are_counted_by_mode(say, ring_run, monkeypatch):
    """The draws are replaced by points of three of the modes, and one in five far away."""
    ring = datasets.load("ring", count=20_000, rng=np.random.default_rng(1))
    points = ring.points[ring.labels < 3][:FEW].copy()
    points[::5] = 7
    monkeypatch.setattr(command, "draw_samples", lambda game, count, seed: points[:count])
    code, out, err = say("evaluate", ring_run)
    assert (code, err) == (0, "")
    figures = figures_in(ring_run)
    assert figures["modes"] == {"samples": 3, "real": 8}
    assert figures["high_quality"]["samples"] == pytest.approx(0.8 * 0.989, abs=0.02)
    assert figures["high_quality"]["real"] == pytest.approx(0.989, abs=0.015)
    assert number_beside("modes found", out) == [3, 8]
    assert figures["nearest"]["ratio"] == pytest.approx(1, abs=0.25)
    assert "no classifier knows points" in out
    assert (ring_run / "nearest.png").exists()


def test_the_points_of_a_run_are_those_that_it_was_trained_on(say, ring_run, monkeypatch):
    def draw_samples(game, count, seed):
        recipe = find("mlp-classic").but(data={"name": "ring"})
        return Run(ring_run.parent / "same", recipe).dataset.points

    monkeypatch.setattr(command, "draw_samples", draw_samples)
    assert say("evaluate", ring_run)[0] == 0
    assert figures_in(ring_run)["nearest"]["ratio"] == 0


def test_points_without_modes(say, tmp_path):
    run = trained(tmp_path / "run", "mlp-classic", data={"name": "swiss-roll"})
    code, out, _ = say("evaluate", run)
    assert code == 0 and "not measured: modes, as swiss-roll has none\n" in out
    assert "modes" not in figures_in(run) and figures_in(run)["nearest"]["ratio"] > 1


def test_what_is_no_number_is_refused(say, tmp_path, pictures, ring_run, monkeypatch):
    def draw_samples(game, count, seed):
        return np.full((count, *game.sample(game.noise(1)).shape[1:]), np.nan, "float32")

    monkeypatch.setattr(command, "draw_samples", draw_samples)
    for run in (own_run(tmp_path, pictures), ring_run):
        code, _, err = say("evaluate", run)
        assert code == 2 and "samples that are finite, got nan or infinity" in err


def test_the_full_sets_are_judged_as_the_embedded_ones():
    assert JUDGES == {
        "digits": "digits", "mnist": "digits", "fashion": "fashion", "fashion-mnist": "fashion"
    }
    for recipe in RECIPES.values():
        assert recipe.data.name in {*datasets.MIXTURES, *JUDGES}


def test_a_named_set_that_no_classifier_knows(say, digits_run, monkeypatch):
    """The digits stand in for KMNIST, which would have to be downloaded."""
    monkeypatch.delitem(JUDGES, "digits")
    code, out, _ = say("evaluate", digits_run)
    assert code == 0 and "as no classifier knows digits\n" in out
    assert "sure" not in figures_in(digits_run)
    assert figures_in(digits_run)["features"].startswith("784 raw values")
    assert 1 < figures_in(digits_run)["nearest"]["ratio"] < 10


def test_bad_input_is_one_sentence(say, tmp_path, digits_run):
    for words, sentence in (
        (["nowhere"], "nowhere holds no run"),
        ([digits_run, "--seed", "-1"], "--seed must be a whole number from 0"),
        ([digits_run, "--seed", "x"], "--seed must be a whole number from 0"),
        ([], "required: RUN"),
        ([digits_run, "--features", "clothes"], "unknown features 'clothes'"),
        ([digits_run, "--features", "fashion"], "--features is for your own pictures, and"),
    ):
        code, out, err = say("evaluate", *words)
        assert (code, out, err.count("\n")) == (2, "", 1) and sentence in err


def test_json_is_all_that_is_printed(say, ring_run):
    code, out, err = say("evaluate", ring_run, "--json")
    assert code == 0 and json.loads(out) == figures_in(ring_run)
    assert set(err.split()) == {str(ring_run / name) for name in FILES}


def test_the_second_time_what_is_known_of_real_samples_is_read(say, ring_run, monkeypatch):
    assert say("evaluate", ring_run)[0] == 0
    first, cache = figures_in(ring_run), ring_run / "features.cache"
    made = []
    monkeypatch.setattr(
        command, "of_real", lambda *a: made.append(a) or evaluation.of_real(*a)
    )
    assert say("evaluate", ring_run)[0] == 0 and figures_in(ring_run) == first and not made
    whole = cache.read_bytes()
    cache.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    assert say("evaluate", ring_run)[0] == 0 and figures_in(ring_run) == first
    assert len(made) == 1 and cache.read_bytes() == whole
    # Another version, or other code of the figures, may have others.
    monkeypatch.setattr(command, "VERSION", "another")
    assert say("evaluate", ring_run)[0] == 0 and len(made) == 2
    monkeypatch.setattr(command.metrics, "__file__", __file__)
    assert say("evaluate", ring_run)[0] == 0 and len(made) == 3


def test_other_data_is_another_comparison(say, tmp_path, pictures):
    run = own_run(tmp_path, pictures)
    assert say("evaluate", run)[0] == 0
    before = figures_in(run)["frechet"]["real"]
    Image.new("RGB", (12, 12)).save(pictures / "00.png")
    assert say("evaluate", run)[0] == 0 and figures_in(run)["frechet"]["real"] != before


def test_what_cannot_be_written_is_said_and_the_figures_are_printed(say, ring_run, monkeypatch):
    blocked = [ring_run / "evaluation.json", ring_run / "features.cache"]
    for path in blocked:
        path.unlink(missing_ok=True)
        path.mkdir()
    code, out, err = say("evaluate", ring_run)
    assert code == 0 and number_beside("modes found", out)[1] == 8
    assert err.count("not written: ") == 2 and all(f"not written: {p}: " in err for p in blocked)
    assert str(ring_run / "nearest.png") in out and str(blocked[0]) not in out
    for path in blocked:
        path.rmdir()


def test_the_duality_gap_is_measured_where_it_is_asked_for(say, ring_run, monkeypatch):
    before = (ring_run / "checkpoint.gan").read_bytes()
    assert "duality" not in say("evaluate", ring_run)[1]
    code, out, _ = say("evaluate", ring_run, "--duality")
    found = figures_in(ring_run)
    assert code == 0 and [row["steps"] for row in found["duality"]] == [0, 50, 100, 200]
    assert "duality gap in nats" in out
    gap = number_beside("after 200 steps", out)[0]
    assert gap == pytest.approx(found["duality"][-1]["gap"], abs=1e-4) and gap > 0
    assert re.search(r"measured in \d+ s\n", out) and found["duality_seconds"] > 0
    assert (ring_run / "checkpoint.gan").read_bytes() == before

    def not_finite(*words):
        raise FloatingPointError("the gradient of x is not finite")

    monkeypatch.setattr(command, "duality_gap", not_finite)
    code, out, _ = say("evaluate", ring_run, "--duality")
    assert code == 0 and "duality gap: not measured, as the gradient of x is not finite" in out


def test_own_digits_by_the_classifiers_features(say, tmp_path, pictures):
    digits = datasets.load("digits", "held-out", value_range=(0, 1)).images[:60]
    for path, image in zip(sorted(pictures.iterdir()), digits, strict=True):
        Image.fromarray(np.rint(255 * image[..., 0]).astype("uint8")).save(path)
    run = own_run(tmp_path, pictures)
    code, out, err = say("evaluate", run, "--features", "digits")
    assert (code, err) == (0, "") and "classifier, right on 99.6%" in out
    assert number_beside("sure of", out)[1] > 80
    small = own_run(tmp_path / "small", pictures, size=(9, 9))
    code, _, err = say("evaluate", small, "--features", "digits")
    assert code == 2 and "for grey samples of 28×28×1" in err and "are 9×9×1" in err


def test_the_picture_of_all_figures(say, digits_run, ring_run):
    for run in (digits_run, ring_run):
        assert say("evaluate", run)[0] == 0
        with Image.open(run / "evaluation.png") as image:
            pixels = np.array(image.convert("RGB")).astype(int)
        assert pixels.shape[1] > 1300 and (pixels[0, 0] == 255).all()
        dots = (abs(pixels - [0xD5, 0x5E, 0x00]) < 8).all(axis=2)[:, 700:]
        assert dots.any(axis=1).sum() > 60  # several rows of dots, away from the real figures
