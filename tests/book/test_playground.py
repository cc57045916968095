"""The playground: what it plays is the game, and what it shows is D and the fakes."""

import numpy as np
import pytest

from gan_scratch import datasets
from gan_scratch.book.playground import OBJECTIVES, Playground
from gan_scratch.plots.figures import new_figure
from gan_scratch.plots.landscape import landscape


@pytest.fixture
def ring():
    return datasets.ring(2000, np.random.default_rng(1), sigma=0.05)


def everything(playground):
    return playground.game.state()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_arrows_are_minus_the_gradient_of_the_fakes(ring, objective):
    """Moved along its arrow, each fake lowers G's loss at the rate of the arrow's square."""
    playground = Playground(ring, objective=objective, hidden=(16,)).play(3)
    game = playground.game
    fakes, pull = playground.pull(playground.watched[:20])
    real = game.discriminator(ring.points[:20]) if game.objective.needs_real else None

    def loss(t):
        twin = game.discriminator.astype("float64")
        moved = fakes.astype("float64") + t * pull.astype("float64")
        scores = None if real is None else twin(ring.points[:20].astype("float64"))
        return float(game.objective.generator(twin(moved), scores)[0])

    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert slope == pytest.approx(-(pull.astype("float64") ** 2).sum(), rel=1e-3)


def test_looking_moves_nothing(ring):
    playground = Playground(ring, r1=0.1).play(2)
    before = everything(playground)
    playground.picture()
    after = everything(playground)
    np.testing.assert_equal(before, after)


def test_same_seed_same_game(ring):
    first, second = (Playground(ring, seed=4).play(5) for _ in range(2))
    np.testing.assert_equal(everything(first), everything(second))
    assert Playground(ring, seed=5).play(5).count().high_quality != first.count().high_quality


def test_rates_fall_to_zero_where_an_end_is_given(ring):
    playground = Playground(ring, rate_g=1e-2).play(8, until=8)
    assert playground.game.generator_optimizer.learning_rate == pytest.approx(1e-2 / 8)


def test_d_takes_as_many_steps_as_it_is_told(ring):
    playground = Playground(ring, steps_d=3).play(2)
    game = playground.game
    assert (game.discriminator_optimizer.steps, game.generator_optimizer.steps) == (6, 2)


def test_packs_have_no_map_and_are_played(ring):
    playground = Playground(ring, pack=4).play(2)
    assert playground.picture().size[0] > 100


def test_the_colours_are_scaled_to_the_scores_of_the_map():
    """A D that is flat to a thousandth is drawn like a steep one; the line under it tells them."""
    pictures, words = [], []
    for steepness in (1e-3, 1.0):
        _, (axes,) = new_figure()
        landscape(axes, lambda x, k=steepness: 0.5 + k * x[:, :1], reach=2.0, level=0.5)
        image = axes.images[0]
        pictures.append(image.to_rgba(image.get_array()))
        words.append(axes.get_xlabel())
    np.testing.assert_allclose(pictures[0], pictures[1], atol=0.1)  # a shade, where one ends
    # Of a slope of 1 from -2 to 2, three quarters lie within 1.5 of the middle.
    assert words[1] == "D from −1.0 to 2.0"
    assert words[0] == "D from 0.4985 to 0.5015"


def test_the_middle_of_the_colours_is_what_cannot_tell(ring):
    for objective, middle in (("minimax", 0.0), ("least squares", 0.5)):
        playground = Playground(ring, objective=objective, hidden=(16,)).play(3)
        _, (axes,) = new_figure()
        playground.draw(axes)
        low, high = axes.images[0].get_clim()
        assert (low + high) / 2 == pytest.approx(middle, abs=1e-6) and low < high


@pytest.mark.parametrize("objective, factor, moves", [
    ("relativistic", 1.0, True), ("hinge", 1.0, True), ("hinge", 100.0, False),
    ("minimax", 1.0, False),
])  # fmt: skip
def test_a_level_that_no_loss_sees_is_taken_off(ring, objective, factor, moves):
    """Between its margins the hinge sees differences of scores alone, and beyond them it does not.
    Where nothing depends on the level, it is half way between the means of data and fakes."""
    playground = Playground(ring, objective=objective, hidden=(16,)).play(3)
    for parameter in playground.game.discriminator.parameters().values():
        parameter.value[...] *= factor
    real, fakes = ring.points[:50], playground.game.generator(playground.watched[:50])
    means = [playground.game.discriminator(points).mean() for points in (real, fakes)]
    level = playground.level(real, fakes)
    assert level == pytest.approx(np.mean(means) if moves else 0, abs=1e-6)
    assert abs(np.mean(means)) > 1e-3
