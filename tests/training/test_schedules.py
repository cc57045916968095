"""How strengths change in training: each schedule by its formula, and what is made of two."""

import math

import pytest

from gan_scratch.training import schedules
from gan_scratch.training.schedules import (
    SCHEDULES,
    constant,
    cosine,
    down_to,
    find,
    linear,
    warmed_up,
)

PROGRESS = [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    "schedule, factors",
    [
        (constant, [1.0, 1.0, 1.0, 1.0, 1.0]),
        (linear, [1.0, 0.75, 0.5, 0.25, 0.0]),
        (cosine, [1.0, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2, 0.0]),
    ],
)
def test_a_schedule_by_its_formula(schedule, factors):
    assert [schedule(progress) for progress in PROGRESS] == pytest.approx(factors, abs=1e-15)


@pytest.mark.parametrize("schedule", SCHEDULES.values())
def test_every_schedule_starts_at_one_and_never_rises(schedule):
    factors = [schedule(step / 100) for step in range(100)]
    assert factors[0] == 1.0
    assert factors == sorted(factors, reverse=True) and factors[-1] >= 0
    assert all(isinstance(factor, float) for factor in factors)


def test_cosine_is_slower_than_linear_at_both_ends():
    assert cosine(0.1) > linear(0.1) and cosine(0.9) < linear(0.9)
    assert 1 - cosine(0.01) == pytest.approx(cosine(0.99), rel=1e-12)


def test_the_schedules_by_name():
    assert SCHEDULES == {"constant": constant, "linear": linear, "cosine": cosine}
    for name, schedule in SCHEDULES.items():
        assert find(name) is schedule is getattr(schedules, name)


@pytest.mark.parametrize("name, hint", [
    ("exponential", ""), ("Linear", " (did you mean linear?)"), ("", ""), (None, ""), (linear, ""),
])  # fmt: skip
def test_an_unknown_name_gets_a_sentence_with_those_that_there_are(name, hint):
    with pytest.raises(ValueError) as caught:
        find(name)
    assert str(caught.value) == (
        f"unknown schedule {name!r}{hint}; choose one of constant, linear, cosine"
    )


# A warm-up.


def test_a_warm_up_rises_straight_and_the_schedule_follows_in_what_is_left():
    warmed = warmed_up(linear, 0.2)
    assert [warmed(progress) for progress in (0.0, 0.05, 0.1, 0.15)] == pytest.approx(
        [0.0, 0.25, 0.5, 0.75]
    )
    assert warmed(0.2) == 1.0
    assert [warmed(progress) for progress in (0.4, 0.6, 0.8, 1.0)] == pytest.approx(
        [0.75, 0.5, 0.25, 0.0], abs=1e-15
    )


@pytest.mark.parametrize("schedule", SCHEDULES.values())
def test_a_warm_up_passes_through_every_factor_of_its_schedule(schedule):
    warmed = warmed_up(schedule, 0.5)
    for progress in PROGRESS:
        assert warmed(0.5 + progress / 2) == schedule(progress)


def test_a_warm_up_of_no_length_is_none():
    warmed = warmed_up(cosine, 0)
    assert [warmed(progress) for progress in PROGRESS] == [cosine(p) for p in PROGRESS]


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, math.nan, "0.1", True, None])
def test_a_share_that_leaves_nothing_for_the_schedule_is_refused(share):
    with pytest.raises(ValueError, match=r"^the share of a warm-up must be in \[0, 1\), got"):
        warmed_up(linear, share)


# A floor.


def test_down_to_a_floor_goes_from_one_to_the_floor():
    lifted = down_to(0.2, linear)
    assert [lifted(progress) for progress in PROGRESS] == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2])
    assert [down_to(0.2, constant)(progress) for progress in PROGRESS] == [1.0] * 5


def test_floors_of_zero_and_one_are_the_schedule_itself_and_no_schedule():
    assert [down_to(0, cosine)(progress) for progress in PROGRESS] == [cosine(p) for p in PROGRESS]
    assert [down_to(1, linear)(progress) for progress in PROGRESS] == [1.0] * 5


@pytest.mark.parametrize("floor", [-0.1, math.inf, math.nan, "0", None])
def test_a_floor_below_zero_is_refused(floor):
    with pytest.raises(ValueError, match="^the floor of a schedule must be a finite number ≥ 0, g"):
        down_to(floor, linear)


def test_a_warm_up_and_a_floor_go_together():
    both = down_to(0.5, warmed_up(linear, 0.5))
    assert [both(progress) for progress in PROGRESS] == pytest.approx([0.5, 0.75, 1.0, 0.75, 0.5])
    both = warmed_up(down_to(0.5, linear), 0.5)
    assert [both(progress) for progress in PROGRESS] == pytest.approx([0.0, 0.5, 1.0, 0.75, 0.5])
