"""A copied game goes on as the original does: deepcopy, pickle, and joblib's processes."""

import copy
import pickle

import joblib
import numpy as np
import pytest
import threadpoolctl

from gan_scratch import datasets
from gan_scratch.book.playground import Playground
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import Dense
from gan_scratch.losses import NonSaturating
from gan_scratch.models import mlp
from gan_scratch.optimizers import SGD, Adam, Momentum, RMSprop
from gan_scratch.recipes import RECIPES
from gan_scratch.training import Diverged, digest, train
from gan_scratch.training.checkpoints import training_state
from gan_scratch.training.loop import Stopped, play
from gan_scratch.training.schedules import down_to, linear, warmed_up

COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
}


def started(recipe, seed=0):
    """(game, batches) of a recipe after one round."""
    data = recipe.data.load("train", None)
    game = recipe.game(data.sample_shape, len(data.class_names), seed=seed)
    batches = data.batches(recipe.data.batch_size, game.rng, condition=recipe.players.conditional)
    return game, batches, data


def go_on(game, batches, data, recipe, rounds):
    """The digest of all that the next step depends on, after so many more rounds."""
    play(
        game, data, steps=game.step + rounds, batch_size=recipe.data.batch_size, batches=batches,
        schedule=recipe.schedule, reschedule=True,
    )
    return digest(training_state(game, batches))


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_the_next_five_steps_of_a_copy_are_those_of_the_original(recipe, way):
    recipe = recipe.but(data={"batch_size": 8}, penalties={"schedule": "linear"})
    game, batches, data = started(recipe)
    go_on(game, batches, data, recipe, 1)
    other, its_batches = COPIES[way]((game, batches))
    assert other.rng is its_batches.rng and other is not game
    before = digest(other.generator.state())
    expected = go_on(game, batches, data, recipe, 5)
    assert digest(other.generator.state()) == before  # the original moves alone
    assert go_on(other, its_batches, data, recipe, 5) == expected
    assert digest(other.generator.state()) != before
    if other.average:
        assert digest(other.average.state()) == digest(game.average.state())


def trained(game, batches, data, recipe):
    return go_on(game, batches, data, recipe, 3), game


def test_two_processes_give_the_bits_of_one():
    """Their large arrays come as read-only maps of a file."""
    recipe = RECIPES["dcgan-digits"].but(data={"batch_size": 8})
    starts = [started(recipe, seed) for seed in (0, 1)]
    assert max(p.value.nbytes for p in starts[0][0].generator.parameters().values()) > 1e6
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        found = joblib.Parallel()(joblib.delayed(trained)(*start, recipe) for start in starts)
    with threadpoolctl.threadpool_limits(1):
        serial = [trained(*start, recipe)[0] for start in starts]
    assert [bits for bits, _ in found] == serial and serial[0] != serial[1]
    returned, (_, batches, data) = found[0][1], starts[0]
    assert go_on(returned, batches, data, recipe, 1) != serial[0]  # what came back learns on


@pytest.mark.parametrize("kind", [SGD, Momentum, RMSprop, Adam])
def test_every_optimiser_moves_what_was_copied_with_it(kind):
    layer = Dense(3, 2, rng=np.random.default_rng(0))
    optimizer = kind(layer.parameters(), 0.1)
    for gradient in (1.0, 2.0):
        layer.weight.gradient[...] = gradient
        optimizer.step()
    copied, its_optimizer = copy.deepcopy((layer, optimizer))
    start = copied.weight.value.copy()
    assert its_optimizer.parameters["weight"] is copied.weight
    for weight, its in ((layer, optimizer), (copied, its_optimizer)):
        weight.weight.gradient[...] = 3.0
        its.step()
    assert not np.array_equal(copied.weight.value, start)
    assert np.array_equal(copied.weight.value, layer.weight.value)


def test_step_looks_at_memory_and_not_at_identity():
    layer = Dense(3, 2, rng=np.random.default_rng(0))
    optimizer = SGD(layer.parameters(), 0.1)
    layer.weight.value = layer.weight.value[...]  # another array object of the same memory
    layer.weight.gradient[...] = 1.0
    start = layer.weight.value.copy()
    optimizer.step()
    assert np.allclose(layer.weight.value, start - 0.1)
    layer.weight.value = layer.weight.value.T.copy().T
    with pytest.raises(RuntimeError, match="write into it instead"):
        optimizer.step()


def test_a_playground_is_copied_with_its_game():
    playground = Playground("ring").play(3)
    other = copy.deepcopy(playground)
    assert digest(playground.play(5).game.state()) == digest(other.play(5).game.state())


def test_schedules_are_copied_and_compared():
    schedule = warmed_up(down_to(0.1, linear), 0.25)
    again = pickle.loads(pickle.dumps(schedule))
    assert again == schedule and [again(p) for p in (0.1, 0.5, 0.9)] == [
        schedule(p) for p in (0.1, 0.5, 0.9)
    ]


def ring_game(rate=1e-3):
    rng = np.random.default_rng(0)
    generator = mlp.generator((2,), latent=2, hidden=(8,), output="linear", rng=rng)
    discriminator = mlp.discriminator((2,), hidden=(8,), rng=rng)
    optimizers = (Adam(player.parameters(), rate) for player in (generator, discriminator))
    return Game(generator, discriminator, NonSaturating(), *optimizers, rng=rng, latent=2)


RING = datasets.ring(256, np.random.default_rng(3))


def test_a_player_that_was_exchanged_is_not_trained_in_silence():
    game = ring_game()
    game.generator = copy.deepcopy(game.generator)
    with pytest.raises(ValueError, match="generator_optimizer must hold the parameters"):
        train(game, RING, steps=2, batch_size=8)


def test_a_training_that_nobody_loops_over_warns():
    with pytest.warns(RuntimeWarning, match="nothing was trained"):
        train(ring_game(), RING, steps=2, batch_size=8)
    next(train(ring_game(), RING, steps=2, batch_size=8))  # begun: no warning


def test_play_is_the_loop():
    looped, played = ring_game(), ring_game()
    for event in train(looped, RING, steps=3, batch_size=8):
        last = event
    assert play(played, RING, steps=3, batch_size=8).reason == last.reason == "3 steps"
    assert isinstance(last, Stopped) and digest(looped.state()) == digest(played.state())


def test_a_schedule_that_would_jump_is_refused():
    game = ring_game()
    play(game, RING, steps=4, batch_size=8, schedule=linear)
    before = digest(game.state())
    with pytest.raises(ValueError, match="at 0.25 of its first value.*jumps to 0.5; pass resch"):
        train(game, RING, steps=8, batch_size=8, schedule=linear)
    assert digest(game.state()) == before
    play(game, RING, steps=8, batch_size=8, schedule=linear, reschedule=True)
    assert game.step == 8


def test_a_training_in_two_parts_is_no_jump():
    """The loop is left in the middle, and the same call goes on."""
    game, whole = ring_game(), ring_game()
    for event in train(game, RING, steps=6, batch_size=8, schedule=linear):
        if event.step == 3:
            batches = event.batches
            break
    play(game, RING, steps=6, batch_size=8, schedule=linear, batches=batches)
    play(whole, RING, steps=6, batch_size=8, schedule=linear)
    assert digest(game.state()) == digest(whole.state())


def test_by_hand_steps_of_a_copy_move_it():
    game = ring_game()
    other = copy.deepcopy(game)
    start = digest(other.generator.state())
    discriminator_step(other, RING.points[:8], other.noise(8))
    generator_step(other, other.noise(8))
    assert digest(other.generator.state()) != start and digest(game.generator.state()) == start


def test_copies_diverge_as_loudly():
    other = copy.deepcopy(ring_game())
    next(iter(other.generator.parameters().values())).value[...] = np.nan
    with pytest.raises(Diverged):
        play(other, RING, steps=1, batch_size=8)
