"""The doctor on games with a known fault, on healthy ones, and on the frozen clinic."""

import copy
import csv
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gan_scratch import datasets, doctor
from gan_scratch.doctor.rules import RULES, diagnose
from gan_scratch.doctor.signs import above, alternating, missing, share_between
from gan_scratch.recipes import RECIPES
from gan_scratch.training import digest

sys.path.insert(0, str(Path(__file__).parent))
import clinic  # noqa: E402

RESULTS = Path(__file__).parents[2] / "docs" / "results"
ABOUT = "ailment", "setting", "seed", "part", "occurred"
ROUNDS = 400
QUICK = {
    "G gets no gradient": {"g_step": clinic.silent_step},
    "G's labels are swapped": {"g_step": clinic.swapped_step},
    "D's gradient is wrong": {"d_step": clinic.overwritten_step},
    "D ends in a sigmoid": {"make": partial(clinic.points_game, wrap=clinic.with_a_sigmoid)},
    "G cannot reach the data": {"make": partial(clinic.points_game, output="sigmoid")},
    "the average is not that of G": {
        "make": partial(clinic.points_game, r1=0.1, average=0.99), "updates_average": False,
    },
}


def played(ailment="healthy", rounds=ROUNDS, **settings):
    settings = {"make": partial(clinic.points_game, r1=0.1), **settings}
    case = clinic.Case(ailment, "ring", data="ring", steps=rounds, **settings)
    parts = clinic.parts_of(case)
    return *clinic.play(case, 0, parts), *parts


def examined(game, values, training, held_out):
    return doctor.examine(game, training, values, held_out, rng=np.random.default_rng(0))


@pytest.mark.parametrize("ailment", QUICK)
def test_a_known_fault_is_the_first_that_is_named(ailment):
    report = examined(*played(ailment, **QUICK[ailment]))
    assert report.names[0] == ailment
    words = str(report)
    assert words.startswith(f"diagnosis: {ailment}\n    evidence: ")
    assert "nan" not in words and "what to change: " in words


def test_a_healthy_game_is_healthy_and_stays_as_it_is():
    game, values, *parts = played(rounds=2000)
    before = digest(game.state()), copy.deepcopy(game.rng.bit_generator.state)
    report = examined(game, values, *parts)
    assert report.names == [] and str(report) == "diagnosis: healthy"
    assert (digest(game.state()), game.rng.bit_generator.state) == before
    assert report.signs == examined(game, values, *parts).signs


def test_what_was_not_given_is_said():
    game, _, training, _ = played(rounds=50)
    report = doctor.examine(game, training, rng=np.random.default_rng(0))
    assert all(words in str(report) for words in ("no record", "without held-out", "50 rounds"))
    assert "copied" not in report.signs and "norm_generator" not in report.signs
    assert "places" not in report.signs


def test_too_few_samples_are_said():
    game, values, training, held_out = played(rounds=20)
    few = {n: datasets.Dataset("few", points=held_out.points[:n]) for n in (5, 20)}
    report = examined(game, values, training, few[5])
    assert "5 held-out samples are too few" in str(report) and "copied" not in report.signs
    with pytest.raises(ValueError, match="at least 24 samples, got 20"):
        examined(game, values, few[20], held_out)


def test_without_a_record_a_g_that_never_had_a_gradient_is_still_seen():
    game, _, training, held_out = played("silent", g_step=clinic.silent_step)
    report = doctor.examine(game, training, None, held_out, rng=np.random.default_rng(0))
    assert report.names[0] == "G gets no gradient"


def test_a_game_of_nan_is_named_and_nothing_raises():
    game, values, *parts = played(rounds=20)
    game.generator_optimizer.values[...] = np.nan
    assert examined(game, values, *parts).names == ["the numbers have left the range of floats"]


def test_bad_samples_without_a_reason_are_unknown():
    assert diagnose({"finite": True, "distance": 0.9, "coverage": 0.5}) == ["unknown"]
    assert diagnose({"finite": True, "distance": 0.1, "coverage": 0.01}) == ["unknown"]
    assert diagnose({"finite": True, "distance": 0.1, "coverage": 0.5}) == []


def test_every_rule_has_words_in_the_same_order_and_a_place_in_the_page():
    assert list(doctor.AILMENTS) == list(RULES)
    page = (Path(__file__).parents[2] / "docs" / "my-gan-fails.md").read_text(encoding="utf-8")
    kept = "".join(c for c in page.lower() if c.isalnum() or c in " -\n#")
    anchors = {line.lstrip("# ").replace(" ", "-") for line in kept.splitlines() if "#" in line}
    assert {each["page"] for each in doctor.AILMENTS.values()} <= anchors


# The signs, against what is known of them.


def test_above_is_the_share_of_ordered_pairs_with_ties_as_half():
    rng = np.random.default_rng(0)
    high, low = rng.integers(0, 9, 50), rng.integers(0, 7, 30)
    pairs = (high[:, None] > low) + 0.5 * (high[:, None] == low)
    assert above(high, low) == pytest.approx(pairs.mean(), abs=1e-12)


def test_a_chessboard_alternates_wholly_and_a_ramp_hardly():
    board = np.indices((8, 8)).sum(axis=0) % 2
    assert alternating(board[None, :, :, None].astype("float64")) == pytest.approx(1)
    assert alternating(np.arange(64.0).reshape(1, 8, 8, 1)) < 0.05


def test_missing_is_the_share_of_the_modes_that_are_not_made():
    ring = datasets.ring(4000, np.random.default_rng(0))
    real, others, more = np.split(ring.points[:3000], 3)
    kept = more[ring.labels[2000:3000] < 6]
    share = missing(real, kept, others, np.random.default_rng(1))
    assert share == pytest.approx(0.25, abs=0.05)
    assert missing(real, more, others, np.random.default_rng(1)) == 0


def test_the_share_between_classes_is_all_or_as_by_lot():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 1000)
    assert share_between(np.eye(10)[labels], labels) == pytest.approx(1)
    by_lot = [share_between(rng.standard_normal((1000, 4)), labels) for _ in range(20)]
    assert np.mean(by_lot) == pytest.approx(9 / 999, rel=0.2)


# The clinic: runs that were set aside, looked at after the thresholds stood.


def table(name, about):
    """Yields (row, its signs) of a table of docs/results."""
    with (RESULTS / name).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if line[0] != "#"):
            words = {name: word for name, word in row.items() if name not in about and word}
            yield row, {
                name: word == "True" if word in ("True", "False") else float(word)
                for name, word in words.items()
            }


def test_every_recipe_but_the_plain_game_of_2014_is_healthy_from_three_seeds():
    found = {
        (row["recipe"], row["seed"]): diagnose(signs)
        for row, signs in table("diagnoses.csv", ("recipe", "seed"))
    }
    assert set(found) == {(name, str(seed)) for name in RECIPES for seed in range(3)}
    for (name, _), names in found.items():
        assert (names != []) == (name == "mlp-classic"), (name, names)


@pytest.fixture(scope="module")
def confusion():
    """(part, "healthy" or "ill") -> Counter of right, wrong, unknown and called healthy."""
    found = {}
    for row, signs in table("clinic.csv", ABOUT):
        if row["occurred"] == "True":
            kind = "healthy" if row["ailment"] == "healthy" else "ill"
            said = (diagnose(signs) or ["healthy"])[0]
            outcome = (
                "right" if said == row["ailment"] else said if said == "unknown" else
                "called healthy" if said == "healthy" else "wrong"
            )
            found.setdefault((row["part"], kind), Counter())[outcome] += 1
    return found


def test_the_doctor_on_fresh_runs_is_as_the_docs_say(confusion):
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    for (part, kind), counts in confusion.items():
        words = [str(counts[each]) for each in ("right", "unknown", "called healthy", "wrong")]
        assert f"| {part} | {kind} | {sum(counts.values())} | {' | '.join(words)} |" in page
