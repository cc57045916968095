"""What chapter 1 says, asserted on its own variables."""

import numpy as np
import pytest

from gan_scratch.losses import Hinge, Minimax, NonSaturating, Relativistic, Wasserstein
from gan_scratch.penalties import R1
from gan_scratch.recipes import RECIPES
from gan_scratch.theory import dirac

CHAPTER = "01"


def test_the_library_agrees_with_the_formulas(chapter):
    assert chapter["velocity"] == pytest.approx(chapter["by_hand"], abs=1e-15)
    assert chapter["velocity"] == pytest.approx([-0.268941421, -0.268941421])  # -σ(-1)


def test_the_field_turns_and_does_not_approach(chapter):
    field, reach = chapter["field"], chapter["reach"]
    theta, psi = np.meshgrid(reach, reach)
    assert np.abs(theta * field[..., 0] + psi * field[..., 1]).max() < 1e-15


def test_at_once_grows_and_in_turn_orbits(chapter):
    assert chapter["radius_at_once[-1]"] == pytest.approx(2.25, abs=0.01)
    assert chapter["radius_in_turn[-1]"] == pytest.approx(1.415, abs=0.002)
    assert np.diff(chapter["radius_at_once"]).min() > 0


def test_eigenvalues(chapter):
    assert sorted(chapter["eigenvalues"].imag) == pytest.approx([-0.5, 0.5])
    assert chapter["eigenvalues"].real == pytest.approx([0, 0], abs=1e-15)
    assert chapter["grows"] == pytest.approx(np.sqrt(1 + 0.1**2 / 4))
    assert chapter["turns"] == pytest.approx(1)


def test_friction_is_best_at_one(chapter):
    radius = chapter["radius"]
    assert min(radius, key=radius.get) == 1.0
    assert radius[0.0] > 1.4 and radius[1.0] == pytest.approx(4.1e-9, rel=0.02)
    assert radius[0.3] == pytest.approx(5.0e-4, rel=0.02)
    gamma = chapter["along"]
    exact = -gamma / 2 + np.emath.sqrt(gamma**2 / 4 - 1 / 4)
    distance = np.abs(chapter["roots"] - exact[:, None]).min(axis=1)
    assert distance.max() < 1e-7


@pytest.mark.parametrize(
    ("objective", "slope"),
    [(Minimax, 0.5), (NonSaturating, 0.5), (Relativistic, 0.5), (Wasserstein, 1), (Hinge, 1)],
)
def test_the_best_weight_is_twice_the_slope_of_the_loss(objective, slope):
    pace = {
        gamma: np.linalg.eigvals(dirac(objective(), [R1(gamma)]).jacobian(at=(0, 0))).real.max()
        for gamma in (1.8 * slope, 2 * slope, 2.2 * slope)
    }
    assert min(pace, key=pace.get) == 2 * slope
    assert pace[2 * slope] == pytest.approx(-slope, abs=1e-6)


def test_weights_of_the_recipes():
    assert RECIPES["mlp-digits"].penalties.r1 == 0.5
    names = "dcgan-digits", "dcgan-fashion", "r3gan-digits"
    assert {RECIPES[name].penalties.r1 for name in names} == {0.3}


def test_no_loss_alone_comes_to_rest(chapter):
    ends = chapter["ends"]
    assert all(ends[name] > 1.3 for name in ("minimax", "hinge", "Wasserstein", "Wasserstein, GP"))
    assert 0.1 < ends["non-saturating"] == pytest.approx(ends["relativistic"], rel=0.05)
    assert all(end < 1e-5 for name, end in ends.items() if "R1" in name)


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(1)
