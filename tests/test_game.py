"""The two steps: who moves and who does not, and whether the gradients are those of the game."""

import copy

import numpy as np
import pytest

from gan_scratch.datasets import Dataset
from gan_scratch.drawing import walk_between
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.gradient_check import catalogue, check_game
from gan_scratch.layers import (
    Buffer,
    Conv1D,
    Dense,
    Dropout,
    Flatten,
    InstanceNoise,
    Layer,
    LeakyReLU,
    Reshape,
    Sequential,
    Tanh,
)
from gan_scratch.losses import Minimax, NonSaturating
from gan_scratch.models import mlp
from gan_scratch.optimizers import SGD, Adam, Average, Momentum
from gan_scratch.passes import takes_passes
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.training import play
from gan_scratch.training.checkpoints import digest
from gan_scratch.training.schedules import cosine, linear

OBJECTIVES = [Minimax, NonSaturating]
SHAPE, LATENT, BATCH = (3, 3, 1), 4, 6


class RunningMean(Layer):
    """y = x - running mean, which each training forward moves: a small batch norm."""

    def __init__(self, features):
        self.mean = Buffer(np.zeros(features), averaged=True)

    def forward(self, x, training=True):
        if training and not self.mean.frozen:
            self.mean.value[...] = 0.9 * self.mean.value + 0.1 * x.mean(axis=0)
        return x - self.mean.value, None

    def backward(self, dy, cache, need_dx=True):
        return dy if need_dx else None

    def tangent_forward(self, x_dot, cache):
        return x_dot, None

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        return dy, dy_dot


def mlp_game(objective, optimizer=SGD, penalties=(), average=False, seed=0, dtype="float64"):
    rng = np.random.default_rng(seed)
    generator = mlp.generator(SHAPE, LATENT, (6, 5), rng=rng).astype(dtype)
    discriminator = mlp.discriminator(SHAPE, (6, 5), rng=rng).astype(dtype)
    return Game(
        generator, discriminator, objective,
        optimizer(generator.parameters(), 0.1), optimizer(discriminator.parameters(), 0.1),
        penalties=penalties, rng=rng, latent=LATENT,
        average=Average(generator, 0.5) if average else None,
    )


def game_with_buffers(objective, penalties=(), seed=0):
    """Both players hold running statistics, D dropout as well; both optimisers have a memory."""
    rng = np.random.default_rng(seed)
    generator = Sequential(
        Dense(LATENT, 5, rng=rng), RunningMean(5), LeakyReLU(), Dense(5, 3, rng=rng), Tanh()
    ).astype("float64")
    discriminator = Sequential(
        Dense(3, 5, rng=rng), RunningMean(5), LeakyReLU(),
        Dropout(0.3, rng=np.random.default_rng(seed + 1)), Dense(5, 1, rng=rng),
    ).astype("float64")
    return Game(
        generator, discriminator, objective,
        Momentum(generator.parameters(), 0.1), Adam(discriminator.parameters(), 0.1),
        penalties=penalties, rng=rng, latent=LATENT,
    )


def batch(game, seed=1):
    rng = np.random.default_rng(seed)
    sample_shape = game.generator(np.zeros((1, LATENT), "float64")).shape[1:]
    return rng.random((BATCH, *sample_shape)), rng.standard_normal((BATCH, LATENT))


def everything_of(player, optimizer):
    """name -> copy of every array that a step could have changed."""
    arrays = dict(player.state())
    for name, parameter in player.parameters().items():
        arrays[f"gradient of {name}"] = parameter.gradient.copy()
        arrays[f"{name} is frozen"] = np.array(parameter.frozen)
    for name, buffer in player.buffers().items():
        arrays[f"{name} is frozen"] = np.array(buffer.frozen)
    for name, moment in optimizer.moments().items():
        arrays[name] = moment.copy()
    return arrays | {"steps": np.array(optimizer.steps)}


def assert_same_bits(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name, strict=True)


def after_some_rounds(game):
    real, noise = batch(game)
    for _ in range(3):
        discriminator_step(game, real, noise)
        generator_step(game, noise)
    return real, noise


def moved(before, player):
    return [name for name, value in player.state().items() if (value != before[name]).any()]


# Who moves


@pytest.mark.parametrize("penalties", [(), (R1(0.5),)], ids=["plain", "R1"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_step_of_the_discriminator_leaves_every_bit_of_the_generator(objective, penalties):
    game = game_with_buffers(objective(), penalties)
    real, noise = after_some_rounds(game)
    generator = everything_of(game.generator, game.generator_optimizer)
    discriminator = game.discriminator.state()
    inputs = real.copy(), noise.copy()
    discriminator_step(game, real, noise)
    assert_same_bits(everything_of(game.generator, game.generator_optimizer), generator)
    assert moved(discriminator, game.discriminator) == list(discriminator)
    np.testing.assert_array_equal(real, inputs[0])
    np.testing.assert_array_equal(noise, inputs[1])


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_step_of_the_generator_leaves_every_bit_of_the_discriminator(objective):
    game = game_with_buffers(objective(), [R1(0.5)])
    real, noise = after_some_rounds(game)
    discriminator = everything_of(game.discriminator, game.discriminator_optimizer)
    generator = game.generator.state()
    kept = noise.copy()
    generator_step(game, noise, real)
    assert_same_bits(everything_of(game.discriminator, game.discriminator_optimizer), discriminator)
    assert moved(generator, game.generator) == list(generator)
    np.testing.assert_array_equal(noise, kept)


def test_a_step_that_raises_leaves_nobody_frozen():
    game = mlp_game(NonSaturating())
    real, noise = batch(game)
    with pytest.raises(ValueError, match="Dense takes x of shape"):
        discriminator_step(game, real, noise[:, 1:])
    game.objective = None
    with pytest.raises(AttributeError):
        generator_step(game, noise)
    for player in (game.generator, game.discriminator):
        assert not any(parameter.frozen for parameter in player.parameters().values())


# Whether the gradients are right


@pytest.mark.parametrize("penalties", [(), (R1(0.7),)], ids=["plain", "R1"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_gradients_of_the_whole_loss_agree_with_the_numeric_ones(objective, penalties):
    game = mlp_game(objective(), penalties=penalties)
    real, noise = batch(game)
    report = check_game(game, real, noise)
    assert len(report.rows) == 12  # weight and bias of three layers in each player
    assert report.passed and report.max_error <= 1e-6, str(report)
    # Every tensor has a gradient to be compared.
    assert all(abs(row.numeric) > 1e-8 for row in report.rows), str(report)


def test_the_numeric_check_sees_a_discriminator_that_forgets_the_fakes():
    class Forgetful(NonSaturating):
        def discriminator(self, real_score, fake_score):
            loss, d_real, d_fake = super().discriminator(real_score, fake_score)
            return loss, d_real, 0 * d_fake

    game = mlp_game(Forgetful())
    report = check_game(game, *batch(game))
    wrong = {row.quantity[0] for row in report.rows if row.error > report.tolerance}
    assert not report.passed and wrong == {"D"}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_gradients_of_the_discriminator_are_those_of_real_and_fake_added(objective):
    game = mlp_game(objective())
    real, noise = after_some_rounds(game)
    apart = copy.deepcopy(game)
    loss = discriminator_step(game, real, noise)

    player = apart.discriminator
    fake = apart.generator(noise)
    real_score, real_cache = player.forward(real)
    fake_score, fake_cache = player.forward(fake)
    expected_loss, d_real, d_fake = apart.objective.discriminator(real_score, fake_score)
    gradients = []
    for d_score, cache in ((d_fake, fake_cache), (d_real, real_cache)):  # in the other order
        player.zero_gradients()
        player.backward(d_score, cache)
        gradients.append({name: p.gradient.copy() for name, p in player.parameters().items()})
    assert loss == expected_loss
    for name, parameter in game.discriminator.parameters().items():
        expected = gradients[0][name] + gradients[1][name]
        np.testing.assert_allclose(parameter.gradient, expected, rtol=1e-12, atol=1e-16)
        assert gradients[0][name].any() and gradients[1][name].any()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_step_of_the_generator_is_the_chain_of_backward_passes(objective):
    """In plain formulas: two dense layers in G, two in D."""
    rng = np.random.default_rng(0)
    generator = Sequential(Dense(3, 4, rng=rng), Tanh(), Dense(4, 2, rng=rng)).astype("float64")
    discriminator = Sequential(Dense(2, 4, rng=rng), Tanh(), Dense(4, 1, rng=rng)).astype("float64")
    game = Game(
        generator, discriminator, objective(),
        SGD(generator.parameters(), 0.1), SGD(discriminator.parameters(), 0.1), rng=rng,
    )
    z = rng.standard_normal((5, 3))
    (w1, b1, w2, b2), (u1, c1, u2, c2) = (
        player.state().values() for player in (generator, discriminator)
    )
    loss = generator_step(game, z)

    h = np.tanh(z @ w1 + b1)
    fake = h @ w2 + b2
    k = np.tanh(fake @ u1 + c1)
    score = k @ u2 + c2
    probability = 1 / (1 + np.exp(-score))
    if objective is Minimax:
        expected_loss, d_score = np.log(1 - probability).mean(), -probability / 5
    else:
        expected_loss, d_score = -np.log(probability).mean(), -(1 - probability) / 5
    d_fake = ((d_score @ u2.T) * (1 - k**2)) @ u1.T
    d_h = (d_fake @ w2.T) * (1 - h**2)
    expected = [z.T @ d_h, d_h.sum(axis=0), h.T @ d_fake, d_fake.sum(axis=0)]

    assert float(loss) == pytest.approx(expected_loss, rel=1e-13)
    starts = (w1, b1, w2, b2)
    for parameter, gradient, start in zip(
        generator.parameters().values(), expected, starts, strict=True
    ):
        np.testing.assert_allclose(parameter.gradient, gradient, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(parameter.value, start - 0.1 * gradient, rtol=1e-12)


def test_gradients_of_an_earlier_step_are_forgotten():
    clean, dirty = mlp_game(NonSaturating()), mlp_game(NonSaturating())
    real, noise = batch(clean)
    dirty.discriminator_optimizer.gradients[...] = 7
    dirty.generator_optimizer.gradients[...] = -7
    for game in (clean, dirty):
        discriminator_step(game, real, noise)
        generator_step(game, noise)
    assert_same_bits(dirty.generator.state(), clean.generator.state())
    assert_same_bits(dirty.discriminator.state(), clean.discriminator.state())


def test_penalties_are_part_of_the_loss_that_is_returned():
    plain, twice = mlp_game(Minimax()), mlp_game(Minimax(), penalties=[R1(0.5), R1(1.5)])
    real, noise = batch(plain)
    penalty = R1(2.0).add_gradients(copy.deepcopy(plain.discriminator), real, None, plain.rng)
    alone = discriminator_step(plain, real, noise)
    assert float(discriminator_step(twice, real, noise)) == pytest.approx(
        float(alone + penalty), rel=1e-14
    )
    assert penalty > 0


def test_each_player_improves_its_own_loss():
    game = mlp_game(NonSaturating())
    real, noise = batch(game)
    losses = [float(discriminator_step(game, real, noise)) for _ in range(20)]
    assert losses[-1] < losses[0] - 0.01
    losses = [float(generator_step(game, noise)) for _ in range(20)]
    assert losses[-1] < losses[0] - 0.01


@pytest.mark.parametrize("average", [False, True])
def test_the_same_seed_gives_the_same_bits(average):
    def played():
        game = mlp_game(NonSaturating(), Adam, [R1(0.5)], average, dtype="float32")
        real = game.rng.random((BATCH, *SHAPE), dtype="float32")
        for _ in range(5):
            discriminator_step(game, real, game.noise(BATCH))
            generator_step(game, game.noise(BATCH))
        return game

    first, second = played(), played()
    assert_same_bits(first.generator.state(), second.generator.state())
    assert_same_bits(first.discriminator.state(), second.discriminator.state())
    assert all(value.dtype == "float32" for value in first.generator.state().values())


# What a game refuses


@pytest.mark.parametrize("side", ["generator", "discriminator"])
def test_an_optimizer_of_the_wrong_parameters_is_refused(side):
    game = mlp_game(NonSaturating())
    players = {"generator": game.generator, "discriminator": game.discriminator}
    other = players["discriminator" if side == "generator" else "generator"]
    own = players[side].parameters()
    some = dict(list(own.items())[:-1])
    for wrong in (other.parameters(), some, {**own, **{f"other {n}": p for n, p in
                                                       other.parameters().items()}}):
        optimizers = {name: SGD(player.parameters(), 0.1) for name, player in players.items()}
        optimizers[side] = SGD(wrong, 0.1)
        with pytest.raises(
            ValueError, match=f"^Game: {side}_optimizer must hold the parameters of the {side} and"
        ):
            Game(
                game.generator, game.discriminator, game.objective,
                optimizers["generator"], optimizers["discriminator"], rng=game.rng,
            )


@pytest.mark.parametrize("rng", [None, 0, np.random.RandomState(0), "seed"])
def test_an_rng_that_is_no_generator_is_refused(rng):
    game = mlp_game(NonSaturating())
    with pytest.raises(TypeError, match="^Game: rng must be a numpy.random.Generator, .* got"):
        Game(
            game.generator, game.discriminator, game.objective,
            game.generator_optimizer, game.discriminator_optimizer, rng=rng,
        )


# Noise, samples, state


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_noise_has_the_size_and_dtype_of_the_generator_and_follows_the_seed(dtype):
    game = mlp_game(NonSaturating(), dtype=dtype)
    noise = game.noise(7, np.random.default_rng(3))
    assert noise.shape == (7, LATENT) and noise.dtype == dtype
    expected = np.random.default_rng(3).standard_normal((7, LATENT), dtype=dtype)
    np.testing.assert_array_equal(noise, expected)


@pytest.mark.parametrize("latent, first", [(8, [Reshape((4, 2))]), ((4, 2), [])], ids=str)
def test_a_generator_may_begin_with_any_layer_and_take_noise_of_any_shape(latent, first):
    rng = np.random.default_rng(0)
    generator = Sequential(*first, Conv1D(2, 3, 3, rng=rng), Flatten(), Dense(6, 2, rng=rng))
    discriminator = Sequential(Dense(2, 1, rng=rng))
    game = Game(
        generator, discriminator, NonSaturating(),
        SGD(generator.parameters(), 0.1), SGD(discriminator.parameters(), 0.1), rng=rng,
        latent=latent,
    )
    before, points = generator.state(), rng.standard_normal((BATCH, 2))
    play(game, Dataset("points", points=points), steps=2, batch_size=BATCH)
    assert moved(before, generator) == list(before)
    noise = game.noise(4)
    walks = walk_between(game, noise, 2, length=3)
    np.testing.assert_allclose(walks[:, 0], game.sample(noise[::2]), atol=1e-6)
    np.testing.assert_allclose(walks[:, -1], game.sample(noise[1::2]), atol=1e-6)


def test_a_game_that_is_not_told_the_size_of_its_noise_draws_none():
    told = mlp_game(NonSaturating())
    parts = (told.generator, told.discriminator, told.objective, told.generator_optimizer,
             told.discriminator_optimizer)
    game, (real, noise) = Game(*parts, rng=told.rng), batch(told)
    discriminator_step(game, real, noise)
    generator_step(game, noise)
    dataset = Dataset("noise", images=real)
    for draw in (game.latents, game.noise, lambda n: play(game, dataset, steps=1, batch_size=n)):
        with pytest.raises(ValueError, match="^Game: to draw noise .* say latent= when you make "):
            draw(BATCH)
    with pytest.raises(ValueError, match="^Dense takes x of shape"):
        generator_step(game, Game(*parts, rng=told.rng, latent=LATENT + 1).noise(BATCH))
    for latent in (-1, 2.5, "8", True, (4, 0)):
        with pytest.raises(ValueError, match="^Game: latent must be a positive whole number, got"):
            Game(*parts, rng=told.rng, latent=latent)


def test_noise_is_drawn_from_the_games_own_rng_unless_another_is_given():
    game = mlp_game(NonSaturating())
    before = copy.deepcopy(game.rng.bit_generator.state)
    game.noise(7, np.random.default_rng(3))
    assert game.rng.bit_generator.state == before
    expected = copy.deepcopy(game.rng).standard_normal((2, 7, LATENT))
    np.testing.assert_array_equal(np.stack([game.noise(7), game.noise(7)]), expected)


def test_noise_is_standard_normal():
    noise = mlp_game(NonSaturating()).noise(20_000)
    assert noise.mean() == pytest.approx(0, abs=0.02)
    assert noise.std() == pytest.approx(1, abs=0.02)


def test_samples_come_from_the_average_where_there_is_one():
    plain, averaged = mlp_game(NonSaturating()), mlp_game(NonSaturating(), average=True)
    noise = plain.noise(3)
    for game in (plain, averaged):
        after_some_rounds(game)
        if game.average:
            game.average.update()
    np.testing.assert_array_equal(plain.sample(noise), plain.generator(noise))
    np.testing.assert_array_equal(averaged.sample(noise), averaged.average.model(noise))
    assert (averaged.sample(noise) != averaged.generator(noise)).all()


def test_sampling_is_inference_and_changes_nothing():
    game = game_with_buffers(NonSaturating())
    _, noise = after_some_rounds(game)
    before = everything_of(game.generator, game.generator_optimizer)
    game.sample(noise)
    assert_same_bits(everything_of(game.generator, game.generator_optimizer), before)


def test_generators_of_a_game_are_its_own_and_those_of_its_layers_each_once():
    game = game_with_buffers(NonSaturating())
    assert game.generators() == [game.rng, game.discriminator[3].rng]
    game.discriminator[3].rng = game.rng
    assert game.generators() == [game.rng]


@pytest.mark.parametrize("average", [False, True])
def test_after_a_round_trip_of_the_state_the_same_bits_follow(average):
    def new_game(seed):
        game = game_with_buffers(NonSaturating(), [R1(0.5)], seed)
        game.average = Average(game.generator, 0.5) if average else None
        return game

    def play(game, rounds):
        for _ in range(rounds):
            discriminator_step(game, game.rng.random((BATCH, 3)), game.noise(BATCH))
            generator_step(game, game.noise(BATCH))
            if game.average:
                game.average.update()
            game.step += 1
        arrays = everything_of(game.generator, game.generator_optimizer)
        arrays |= {f"D {name}": array for name, array in
                   everything_of(game.discriminator, game.discriminator_optimizer).items()}
        return arrays | {"sample": game.sample(game.noise(4)), "step": np.array(game.step)}

    game = new_game(seed=0)
    play(game, 3)
    state = game.state()
    straight_on = play(game, 4)
    resumed = new_game(seed=50)
    resumed.load_state(state)
    assert resumed.step == 3
    assert_same_bits(play(resumed, 4), straight_on)


def test_a_state_of_a_game_with_or_without_an_average_or_dropout_does_not_fit_the_other():
    plain, averaged = mlp_game(NonSaturating()), mlp_game(NonSaturating(), average=True)
    for game, other in ((plain, averaged), (averaged, plain)):
        with pytest.raises(ValueError, match="averages weights, the other does not"):
            game.load_state(other.state())
    with pytest.raises(ValueError, match="draws from 1 random generators, the saved one from 2"):
        plain.load_state(game_with_buffers(NonSaturating()).state())


@pytest.mark.parametrize("damage", ["generator_optimizer", "average", "random", "step"])
def test_a_state_that_fits_only_in_part_changes_nothing(damage):
    """The last thing to be looked at is wrong: what was loaded before it is put back."""
    game, *_ = catalogue.small_game(NonSaturating(), np.random.default_rng(0))
    other, *_ = catalogue.small_game(NonSaturating(), np.random.default_rng(1))
    state = other.state()
    if damage == "random":
        state["random"] = [np.random.Generator(np.random.SFC64(0)).bit_generator.state]
    else:
        del state[damage]
    before = digest(game.state())
    with pytest.raises(ValueError, match="the state of another game"):
        game.load_state(state)
    assert digest(game.state()) == before


def test_parts_that_do_not_fit_a_game_are_refused():
    game, *_ = catalogue.small_game(NonSaturating(), np.random.default_rng(0))
    parts = dict(
        generator=game.generator, discriminator=game.discriminator, objective=NonSaturating(),
        generator_optimizer=game.generator_optimizer,
        discriminator_optimizer=game.discriminator_optimizer, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert Game(**parts).step == 0
    assert [p.gamma for p in Game(**parts, penalties=(R1(g) for g in (1, 2))).penalties] == [1, 2]
    for wrong, error, sentence in (
        (dict(objective=NonSaturating), TypeError, "objective must be an object"),
        (dict(penalties=R1(1.0)), TypeError, "penalties must be a list"),
        (dict(penalties=["R1"]), TypeError, "each penalty must be an object with add_gradients"),
        (dict(generator_optimizer=None), ValueError, "must hold the parameters of the generator"),
        (dict(average=Average(game.discriminator)), ValueError, "Average of this game's generator"),
    ):
        with pytest.raises(error, match=sentence):
            Game(**(parts | wrong))


# Clipping


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_a_step_of_the_discriminator_ends_within_the_clip(optimizer, dtype):
    free, clipped = (mlp_game(NonSaturating(), optimizer, dtype=dtype) for _ in range(2))
    clipped.clip = 0.25
    real, noise = (array.astype(dtype) for array in batch(mlp_game(NonSaturating())))
    generator = everything_of(clipped.generator, clipped.generator_optimizer)
    for game in (free, clipped):
        discriminator_step(game, real, noise)
    unlimited = free.discriminator.state()
    assert max(abs(value).max() for value in unlimited.values()) > 0.3
    # Clipped after the step, whose gradient is that of the weights as they were.
    for name, value in clipped.discriminator.state().items():
        np.testing.assert_array_equal(value, unlimited[name].clip(-0.25, 0.25), strict=True)
    assert_same_bits(everything_of(clipped.generator, clipped.generator_optimizer), generator)
    for _ in range(3):  # the optimiser goes on with the clipped weights
        discriminator_step(clipped, real, noise)
        assert max(abs(value).max() for value in clipped.discriminator.state().values()) <= 0.25


def test_a_step_of_the_generator_clips_nobody():
    game = mlp_game(NonSaturating())
    _, noise = batch(game)
    game.clip = 0.01
    discriminator = game.discriminator.state()
    generator_step(game, noise)
    assert_same_bits(game.discriminator.state(), discriminator)
    assert max(abs(value).max() for value in game.generator.state().values()) > 0.01


@pytest.mark.parametrize("clip", [-0.1, np.inf, np.nan, "0.1", None, True])
def test_a_clip_below_zero_is_refused_in_a_sentence(clip):
    game = mlp_game(NonSaturating())
    parts = (game.generator, game.discriminator, game.objective, game.generator_optimizer,
             game.discriminator_optimizer)
    with pytest.raises(ValueError, match="^Game: clip must be a finite number ≥ 0, got"):
        Game(*parts, rng=game.rng, clip=clip)
    assert Game(*parts, rng=game.rng, clip=0.1).clip == 0.1
    assert game.clip == 0


# Schedules and lazy penalties


def test_penalties_and_instance_noise_follow_their_schedules():
    rng = np.random.default_rng(0)
    penalties = [R1(0.5, schedule=linear), R2(0.5), GradientPenalty(1.0, schedule=cosine)]
    fading, steady = InstanceNoise(0.5, rng=rng, schedule=linear), InstanceNoise(0.5, rng=rng)
    of_g = InstanceNoise(0.5, rng=rng, schedule=linear)
    generator = Sequential(Dense(LATENT, 3, rng=rng), of_g)
    discriminator = Sequential(steady, Sequential(fading, Dense(3, 1, rng=rng)))
    game = Game(
        generator, discriminator, NonSaturating(),
        SGD(generator.parameters(), 0.1), SGD(discriminator.parameters(), 0.1),
        penalties=penalties, rng=rng,
    )
    parts = (*penalties, fading, steady, of_g)
    assert [part.factor for part in parts] == [1.0] * 6
    for progress in (0.0, 0.25, 0.75):
        game.follow_schedules(progress)
        assert [part.factor for part in parts] == [
            1 - progress, 1.0, cosine(progress), 1 - progress, 1.0, 1 - progress,
        ]


def test_instance_noise_that_has_faded_is_none():
    def played(sigma, progress):
        game = mlp_game(NonSaturating())
        real, noise = batch(game)
        layer = InstanceNoise(sigma, rng=np.random.default_rng(3), schedule=linear)
        game.discriminator = Sequential(layer, game.discriminator)
        game.follow_schedules(progress)
        return float(discriminator_step(game, real, noise))

    assert played(0.5, 1.0) == played(0.0, 0.0)
    assert played(0.5, 0.5) == played(0.25, 0.0)
    assert played(0.5, 0.5) != played(0.5, 0.0)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_lazy_penalty_is_as_strong_as_the_steps_that_it_leaves_out(every):
    """D's gradients where it stands still: without, with the penalty in each step, and lazy."""
    games = [
        mlp_game(Minimax(), penalties=penalties)
        for penalties in ((), [R1(0.7)], [R1(0.7, every=every)])
    ]
    real, noise = batch(games[0])
    whole = []
    for step in range(2 * every):
        losses, gradients = [], []
        for game in games:
            game.discriminator_optimizer.learning_rate = 0.0
            losses.append(float(discriminator_step(game, real, noise)))
            gradients.append(game.discriminator_optimizer.gradients.copy())
        times = 0 if step % every else every
        np.testing.assert_allclose(
            gradients[2] - gradients[0], times * (gradients[1] - gradients[0]), rtol=0, atol=1e-15
        )
        assert losses[2] - losses[0] == pytest.approx(times * (losses[1] - losses[0]), abs=1e-14)
        assert abs(gradients[1] - gradients[0]).max() > 1e-4
        whole.append(gradients)
    _, always, lazy = np.sum(whole, axis=0)
    np.testing.assert_allclose(lazy, always, rtol=1e-11, atol=1e-15)


def test_a_lazy_penalty_comes_in_the_same_steps_after_a_round_trip_of_the_state():
    """D's steps count, not rounds: after four of them it is due in the third from there."""

    def new_game(seed):
        return mlp_game(NonSaturating(), Adam, [R1(0.5, every=3)], seed=seed)

    def played(game, steps):
        losses = []
        for _ in range(steps):
            real = game.rng.random((BATCH, *SHAPE))
            losses.append(float(discriminator_step(game, real, game.noise(BATCH))))
        return losses

    game, resumed = new_game(seed=0), new_game(seed=50)
    came = []
    add = resumed.penalties[0].add_gradients
    resumed.penalties[0].add_gradients = takes_passes(lambda *given: (
        came.append(resumed.discriminator_optimizer.steps), add(*given))[1])
    played(game, 4)
    resumed.load_state(game.state())
    assert played(resumed, 6) == played(game, 6)
    assert came == [6, 9]
    assert digest(resumed.state()) == digest(game.state())
