"""What chapter 2 says, asserted on its own variables."""

import math

import numpy as np
import pytest

CHAPTER = "02"


def test_a_network_finds_the_log_ratio_of_densities(chapter):
    assert chapter["off"] < 0.5
    weighted = chapter["np.average(fakes, weights=weights)"]
    assert chapter["fakes.mean()"] == pytest.approx(2, abs=0.02)
    assert weighted == pytest.approx(0, abs=0.15)  # the data's mean, from fakes alone


def test_the_value_is_twice_jsd_less_log_4(chapter):
    value, jsd = chapter["value"], chapter["jsd"]
    assert value[0] == pytest.approx(-math.log(4), abs=1e-12)
    assert value == pytest.approx(2 * np.array(jsd) - math.log(4), abs=1e-12)
    assert jsd[-1] == pytest.approx(math.log(2), abs=1e-3)
    assert chapter["optimal_discriminator(*(normal_density(0.0, m) for m in (0, 2)))"] == (
        pytest.approx(0.88, abs=0.005)
    )


def test_the_slope_of_the_value_is_the_minimax_gradient(chapter):
    slope, gradients = chapter["slope_of_value"], chapter["gradients"]
    assert slope == pytest.approx(gradients[:, 0], abs=2e-3)
    assert gradients[-1, 0] < 1e-3 and gradients[-1, 1] == pytest.approx(8, abs=1e-3)
    assert gradients[1] == pytest.approx(gradients[1, 0], rel=0.1)  # they meet at 0


def test_one_arrives_and_the_other_stays(chapter):
    paths = chapter["paths"]
    assert paths["minimax"][-1] > 5.5
    assert abs(paths["non-saturating"][-1]) < 0.05


def test_a_learning_discriminator_silences_minimax(chapter):
    learning = chapter["learning"]
    assert learning[-1, 1] < learning[0, 1] < learning[:, 1].max()
    assert learning[-1, 2] > 50 * learning[-1, 1]
    assert chapter["teacher.generator.theta.value[0]"] == 6  # G stood still


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(2)
