"""The DCGAN: what its players make of which shapes, and players that are told the class."""

import numpy as np
import pytest

from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.gradient_check import check
from gan_scratch.layers import (
    BatchNorm,
    Conv2D,
    ConvTranspose2D,
    Dense,
    GroupNorm,
    InstanceNorm,
    LeakyReLU,
    ReLU,
    Residual,
    Sigmoid,
    SpectralNorm,
    Tanh,
    frozen,
)
from gan_scratch.losses import NonSaturating
from gan_scratch.models import dcgan
from gan_scratch.models.conditional import ConditionalDiscriminator, ConditionalGenerator
from gan_scratch.optimizers import SGD, Adam
from gan_scratch.penalties import R1
from gan_scratch.training.checkpoints import digest

SHAPE, LATENT, CLASSES = (8, 8, 1), 3, 4
NORMALIZATIONS = [*dcgan.NORMALIZATIONS, None]
every_normalization = pytest.mark.parametrize("normalization", NORMALIZATIONS)


def rng(seed=0):
    return np.random.default_rng(seed)


def noise(count, latent=LATENT, classes=None, dtype="float32", seed=1):
    z = rng(seed).standard_normal((count, latent)).astype(dtype)
    return z if classes is None else (z, np.arange(count) % classes)


def images(count, shape=SHAPE, classes=None, dtype="float32", seed=2):
    x = rng(seed).random((count, *shape)).astype(dtype)
    return x if classes is None else (x, np.arange(count)[::-1] % classes)


def small_generator(normalization="batch", classes=None, seed=0, **settings):
    return dcgan.generator(
        SHAPE, LATENT, 2, normalization, classes=classes, rng=rng(seed), **settings
    )


def small_discriminator(normalization="none", classes=None, seed=0, **settings):
    return dcgan.discriminator(SHAPE, 2, normalization, classes, rng=rng(seed), **settings)


def inside(layer):
    """The layers that hold no others, in order; a spectral norm counts as one of them."""
    children = list(layer.children().values())
    if not children or isinstance(layer, SpectralNorm):
        return [layer]
    return [leaf for child in children for leaf in inside(child)]


def inner_channels(layers, kind):
    return [(layer.in_channels, layer.out_channels) for layer in layers if isinstance(layer, kind)]


# Shapes.

SHAPES = [
    ((28, 28, 1), (7, 7, 8), [(8, 4), (4, 1)]),
    ((32, 32, 3), (4, 4, 16), [(16, 8), (8, 4), (4, 3)]),
    ((64, 64, 3), (4, 4, 32), [(32, 16), (16, 8), (8, 4), (4, 3)]),
    ((16, 24, 2), (4, 6, 8), [(8, 4), (4, 2)]),
    ((48, 8, 1), (24, 4, 4), [(4, 1)]),
]


@pytest.mark.parametrize("shape, start, doublings", SHAPES)
def test_the_generator_doubles_from_the_smallest_size_to_the_image(shape, start, doublings):
    player = dcgan.generator(shape, 5, 4, rng=rng())
    y, _ = player.forward(noise(3, 5))
    assert y.shape == (3, *shape) and y.dtype == "float32" and abs(y).max() < 1
    layers = inside(player)
    assert (layers[0].in_features, layers[1].shape) == (5, start)
    assert inner_channels(layers, ConvTranspose2D) == doublings
    assert {type(layer) for layer in layers if hasattr(layer, "negative_slope")} == {ReLU}


@pytest.mark.parametrize("shape, end, doublings", SHAPES)
def test_the_discriminator_halves_from_the_image_to_the_smallest_size(shape, end, doublings):
    player = dcgan.discriminator(shape, 4, rng=rng())
    score, cache = player.forward(images(3, shape))
    assert score.shape == (3, 1) and score.dtype == "float32"
    assert player.backward(score, cache).shape == (3, *shape)
    layers = inside(player)
    assert inner_channels(layers, Conv2D) == [pair[::-1] for pair in doublings[::-1]]
    assert (layers[-1].in_features, layers[-1].out_features) == (np.prod(end), 1)
    slopes = [layer.negative_slope for layer in layers if isinstance(layer, LeakyReLU)]
    assert slopes == [0.2] * len(doublings) and ReLU not in map(type, layers)


def test_every_kernel_is_four_by_four_with_a_stride_of_two():
    for player in (small_generator(), small_discriminator()):
        for layer in inside(player):
            if isinstance(layer, (Conv2D, ConvTranspose2D)):
                assert (layer.kernel_size, layer.stride) == ((4, 4), (2, 2))


def test_images_are_in_the_range_of_the_output():
    for output, kind, low in [("tanh", Tanh, -1), ("sigmoid", Sigmoid, 0)]:
        player = small_generator(output=output)
        assert isinstance(inside(player)[-1], kind)
        player.parameters()["0.weight"].value[...] *= 1000
        y = player(1000 * noise(20))
        assert low <= y.min() < low + 0.2 and 0.8 < y.max() <= 1


def test_dcgan_weights_start_as_in_the_paper():
    for make in (dcgan.generator, dcgan.discriminator):
        player = make(rng=rng(), width=16, init="dcgan")
        for name, parameter in player.parameters().items():
            if parameter.value.ndim > 1:
                assert parameter.value.std() == pytest.approx(0.02, rel=0.1), name


# Normalization.

KINDS = {"batch": BatchNorm, "layer": GroupNorm, "instance": InstanceNorm}


def norms_of(player):
    return [layer for layer in inside(player) if isinstance(layer, tuple(KINDS.values()))]


def linear_of(player):
    return [layer for layer in inside(player)
            if isinstance(layer, (Dense, Conv2D, ConvTranspose2D, SpectralNorm))]


def biased(layer):
    return any(name.endswith("bias") for name in layer.parameters())


@every_normalization
def test_the_generator_normalizes_all_but_the_layer_that_makes_pixels(normalization):
    player = dcgan.generator((16, 16, 2), LATENT, 2, normalization, rng=rng())
    kind = KINDS.get(normalization)
    wanted = [(kind, 4), (kind, 2)] if kind else []
    assert [(type(layer), layer.num_features) for layer in norms_of(player)] == wanted
    linear, spectral = linear_of(player), normalization == "spectral"
    assert [isinstance(layer, SpectralNorm) for layer in linear] == [spectral] * 3
    # A norm that takes each channel's mean away takes a bias before it away.
    lost = normalization in ("batch", "instance")
    assert [biased(layer) for layer in linear] == [not lost, not lost, True]
    assert all_learn(small_generator(normalization), small_discriminator())


@every_normalization
def test_the_discriminator_normalizes_all_but_the_layer_that_sees_pixels(normalization):
    player = dcgan.discriminator((16, 16, 2), 2, normalization, rng=rng())
    wanted = [(KINDS[normalization], 4)] if normalization in KINDS else []
    assert [(type(layer), layer.num_features) for layer in norms_of(player)] == wanted
    linear, spectral = linear_of(player), normalization == "spectral"
    assert [isinstance(layer, SpectralNorm) for layer in linear] == [spectral] * 3
    lost = normalization in ("batch", "instance")
    assert [biased(layer) for layer in linear] == [True, not lost, True]
    assert player.mixes_samples == (normalization == "batch")
    assert all_learn(small_generator(), small_discriminator(normalization))


def test_layer_normalization_takes_a_whole_sample():
    (norm,) = norms_of(small_generator("layer"))
    x = np.array([1, 9], "float32") * rng().standard_normal((2, 4, 4, 2), dtype="float32")
    y, _ = norm.forward(3 + x)
    assert (y[..., 1].std(axis=(1, 2)) > 3 * y[..., 0].std(axis=(1, 2))).all()
    np.testing.assert_allclose(y.mean(axis=(1, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(y.std(axis=(1, 2, 3)), 1, rtol=1e-4)


def game_of(generator, discriminator, penalties=(), optimizer=Adam, seed=3):
    return Game(
        generator, discriminator, NonSaturating(),
        optimizer(generator.parameters(), 0.01), optimizer(discriminator.parameters(), 0.01),
        penalties, rng=rng(seed), latent=LATENT,
    )


def play(game, rounds=1, count=6):
    for step in range(rounds):
        real = images(count, classes=game.classes, seed=step)
        discriminator_step(game, real, game.noise(count))
        generator_step(game, game.noise(count))
    return game


def all_learn(generator, discriminator):
    """Whether one round gives every parameter of both players a finite gradient, not zero."""
    game = play(game_of(generator, discriminator), count=20)
    gradients = [p.gradient for player in (game.generator, game.discriminator)
                 for p in player.parameters().values()]
    return all(np.isfinite(gradient).all() and gradient.any() for gradient in gradients)


def test_none_is_no_normalization():
    for make in (small_generator, small_discriminator):
        assert digest(make(None).state()) == digest(make("none").state())
        assert not make(None).buffers()


def test_the_classic_critic_of_batch_norm_trains_but_not_with_r1():
    shape = (16, 16, 1)
    players = (dcgan.generator(shape, LATENT, 2, rng=rng()),
               dcgan.discriminator(shape, 2, "batch", rng=rng()))
    real = images(6, shape)
    game = game_of(*players)
    before = game.discriminator.state()
    loss = discriminator_step(game, real, game.noise(6))
    assert np.isfinite(loss)
    assert all((value != before[name]).any() for name, value in game.discriminator.state().items())
    game = game_of(*players, penalties=[R1(1.0)])
    with pytest.raises(ValueError, match="^R1 penalises each sample's own gradient, .* mixes "
                       r"samples \(as batch normalization"):
        discriminator_step(game, real, game.noise(6))


# What is refused, in a sentence.


@pytest.mark.parametrize("make", [dcgan.generator, dcgan.discriminator])
@pytest.mark.parametrize(
    "shape, sentence",
    [
        ((9, 8, 1), "height and width must be even and at least 8, got 9 × 8"),
        ((8, 6, 1), "height and width must be even and at least 8, got 8 × 6"),
        ((4, 4, 3), "halves images until they are small: .* got 4 × 4"),
        ((28, 28), r"a DCGAN makes images \(H, W, C\), got a sample shape \(28, 28\)"),
        ((8, 8, 8, 1), r"a DCGAN makes images \(H, W, C\), got a sample shape"),
    ],
)
def test_sizes_that_cannot_be_halved_are_refused(make, shape, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(shape, rng=rng())


@pytest.mark.parametrize("make", [dcgan.generator, dcgan.discriminator])
def test_settings_are_refused_in_a_sentence(make):
    with pytest.raises(ValueError, match="'Batch' .did you mean batch.*; choose one of batch, lay"):
        make(normalization="Batch", rng=rng())
    with pytest.raises(ValueError, match="unknown init 'xavier'; choose one of he, glorot, dcgan"):
        make(init="xavier", rng=rng())
    with pytest.raises(TypeError, match="rng must be a numpy.random.Generator"):
        make(rng=0)
    with pytest.raises(ValueError, match="classes must be a positive whole number, got -1"):
        make(classes=-1, rng=rng())
    with pytest.raises(ValueError, match="unknown output 'linear'; choose one of tanh, sigmoid"):
        dcgan.generator(output="linear", rng=rng())


# Players that are told the class.


@pytest.mark.parametrize("normalization", ["batch", "layer", "spectral", "none"])
def test_gradients_of_the_conditional_generator_agree_with_numeric_ones(normalization):
    player = small_generator(normalization, CLASSES)
    report = check(player, noise(3, classes=CLASSES, dtype="float64"), rng=rng())
    assert report.passed, report
    quantities = {row.quantity for row in report.rows}
    assert {"dx[0]", "tangent dx[0]", "d embedding.weight"} <= quantities
    assert "dx[1]" not in quantities  # labels have no derivative


@pytest.mark.parametrize("normalization", ["batch", "instance", "spectral", "none"])
def test_gradients_of_the_conditional_discriminator_agree_with_numeric_ones(normalization):
    player = dcgan.discriminator((16, 8, 1), 2, normalization, CLASSES, rng=rng())
    report = check(player, images(3, (16, 8, 1), CLASSES, "float64"), rng=rng())
    assert report.passed, report
    quantities = {row.quantity for row in report.rows}
    assert {"dx[0]", "tangent dx[0]"} | {f"d {name}" for name in player.parameters()} <= quantities


def test_the_score_is_that_of_being_real_and_of_this_class():
    """Miyato and Koyama (2018), equation 3, with V = E."""
    player = small_discriminator(classes=CLASSES).astype("float64")
    x, labels = images(5, classes=CLASSES, dtype="float64")
    h = player.body(x)
    for sample, score in enumerate(player((x, labels))[:, 0]):
        row = player.embedding.weight.value[labels[sample]]
        w, b = player.head.weight.value[:, 0], player.head.bias.value[0]
        assert score == pytest.approx(h[sample] @ w + b + h[sample] @ row, rel=1e-12)


def test_with_spectral_norm_no_weight_of_a_conditional_discriminator_is_left_out():
    player = small_discriminator("spectral", CLASSES)
    assert isinstance(player.head, SpectralNorm) and isinstance(player.embedding, SpectralNorm)
    assert all(isinstance(layer, SpectralNorm) for layer in linear_of(player))
    assert not isinstance(small_discriminator("batch", CLASSES).embedding, SpectralNorm)


def test_the_embedding_stands_beside_the_noise():
    player = small_generator(classes=CLASSES).astype("float64")
    z, labels = noise(5, classes=CLASSES, dtype="float64")
    e = player.embedding.weight.value[labels]
    assert e.shape == (5, dcgan.EMBEDDING_DIM) and player.latent == LATENT
    np.testing.assert_array_equal(
        player((z, labels)), player.body(np.concatenate([z, e], axis=1))
    )


@pytest.mark.parametrize("make, inputs", [(small_generator, noise), (small_discriminator, images)])
def test_each_label_gives_another_output(make, inputs):
    player = make(classes=CLASSES)
    x, _ = inputs(6, classes=CLASSES)
    outputs = [player((x, np.full(6, label))) for label in range(CLASSES)]
    for label in range(1, CLASSES):
        differs = (outputs[label] != outputs[0]).reshape(6, -1).any(axis=1)
        assert differs.all()
    mixed = player((x, np.array([0, 1, 2, 3, 0, 1])))  # each sample its own
    for sample, label in enumerate([0, 1, 2, 3, 0, 1]):
        np.testing.assert_allclose(mixed[sample], outputs[label][sample], rtol=1e-5, atol=1e-6)


def test_a_class_that_is_not_in_the_batch_gets_no_gradient():
    for player, x in ((small_generator(classes=CLASSES), noise(4)),
                      (small_discriminator(classes=CLASSES), images(4))):
        y, cache = player.forward((x, np.array([0, 2, 2, 0])))
        dx, d_labels = player.backward(np.ones_like(y), cache)
        assert dx.shape == x.shape and d_labels is None
        rows = player.embedding.weight.gradient.any(axis=1)
        np.testing.assert_array_equal(rows, [True, False, True, False])
        assert player.backward(np.ones_like(y), cache, need_dx=False) is None


@pytest.mark.parametrize("make, inputs", [(small_generator, noise), (small_discriminator, images)])
def test_inputs_that_are_no_pair_of_array_and_labels_are_refused(make, inputs):
    player, (x, labels) = make(classes=CLASSES), inputs(4, classes=CLASSES)
    name = type(player).__name__
    for wrong, got in ((x, "ndarray"), ([x, labels], "list"), ((x, labels, labels), "tuple")):
        with pytest.raises(TypeError, match=rf"^{name} takes a pair \(array, labels\), got {got}"):
            player.forward(wrong)
    with pytest.raises(ValueError, match="takes labels from 0 to 3, got 0 to 4"):
        player.forward((x, np.arange(4) + (np.arange(4) == 3)))
    with pytest.raises(ValueError, match="takes labels from 0 to 3, got -1 to 3"):
        player.forward((x, np.array([-1, 3, 0, 0])))
    with pytest.raises(TypeError, match="whole numbers, got float32"):
        player.forward((x, labels.astype("float32")))
    with pytest.raises(ValueError, match=r"takes x of shape .*, got \(4, .*1\)"):
        player.forward((np.concatenate([x, x], axis=-1)[..., :-1, None], labels))


@pytest.mark.parametrize("make, inputs", [(small_generator, noise), (small_discriminator, images)])
@pytest.mark.parametrize("labels", [np.zeros(1, int), np.zeros(3, int), np.zeros((4, 1), int)],
                         ids=lambda labels: str(labels.shape))
def test_labels_that_are_not_one_a_sample_are_refused(make, inputs, labels):
    player = make(classes=CLASSES)
    with pytest.raises(ValueError, match=rf"^{type(player).__name__} takes .*labels of shape"):
        player.forward((inputs(4), labels))


def test_unconditional_players_are_told_nothing():
    assert small_generator().classes is None
    assert isinstance(small_generator(classes=1), ConditionalGenerator)
    assert isinstance(small_discriminator(classes=1), ConditionalDiscriminator)
    with pytest.raises(TypeError):
        small_generator().forward(noise(3, classes=CLASSES))


# A dense layer at the small end.


@pytest.mark.parametrize("classes", [None, 3])
@pytest.mark.parametrize("normalization", ["batch", "layer", "instance", "spectral", "none"])
def test_gradients_agree_with_a_dense_layer_between(normalization, classes):
    rng = np.random.default_rng(3)
    settings = dict(width=2, normalization=normalization, classes=classes, hidden=4, rng=rng)
    generator = dcgan.generator((8, 8, 1), 3, **settings)
    discriminator = dcgan.discriminator((8, 8, 1), **settings)
    z, images = rng.standard_normal((5, 3)), rng.standard_normal((5, 8, 8, 1))
    labels = rng.integers(classes or 1, size=5)
    for player, x in ((generator, z), (discriminator, images)):
        report = check(player, (x, labels) if classes else x, rng=rng)
        assert report.max_error <= 1e-8, report


@pytest.mark.parametrize("hidden, is_a_sum", [(0, True), (16, False)])
def test_without_it_the_score_is_a_sum_over_places(hidden, is_a_sum):
    """Two corners that no kernel sees together count apart, or else do not."""
    rng = np.random.default_rng(5)
    critic = dcgan.discriminator((28, 28, 1), 4, "none", hidden=hidden, rng=rng).astype("float64")
    images = np.zeros((4, 28, 28, 1))
    images[1::2, :6, :6] = rng.standard_normal((6, 6, 1))
    images[2:, -6:, -6:] = rng.standard_normal((6, 6, 1))
    nothing, one, other, both = critic(images)[:, 0]
    apart = abs((both - nothing) - (one - nothing) - (other - nothing))
    assert (apart <= 1e-12 * abs(both)) == is_a_sum


@pytest.mark.parametrize("make", [dcgan.generator, dcgan.discriminator])
def test_a_size_that_is_no_whole_number_is_refused(make):
    with pytest.raises(ValueError, match="hidden must be a whole number ≥ 0, got -1"):
        make(hidden=-1, rng=np.random.default_rng(0))


# The game between them.


def everything_of(player, optimizer):
    """A digest of all that a step could have changed."""
    gradients = {name: p.gradient for name, p in player.parameters().items()}
    return digest({"state": player.state(), "gradients": gradients, "moments": optimizer.state()})


def values_of(held):
    return {name: item.value.copy() for name, item in held.items()}


GAMES = {
    "batch norm": ({"normalization": "batch"}, {"normalization": "batch"}),
    "spectral norm": ({"normalization": "spectral"}, {"normalization": "spectral"}),
    "instance norm": ({"normalization": "instance"}, {"normalization": "layer"}),
}


@pytest.mark.parametrize("classes", [None, CLASSES])
@pytest.mark.parametrize("settings", GAMES)
def test_a_step_leaves_every_bit_of_the_other_player(settings, classes):
    of_generator, of_discriminator = GAMES[settings]
    shape = (16, 16, 1)
    game = game_of(
        dcgan.generator(shape, LATENT, 2, classes=classes, rng=rng(), **of_generator),
        dcgan.discriminator(shape, 2, classes=classes, rng=rng(), **of_discriminator),
    )
    real = images(6, shape, classes)
    sides = [(game.generator, game.generator_optimizer),
             (game.discriminator, game.discriminator_optimizer)]
    buffers = [values_of(player.buffers()) for player, _ in sides]
    for _ in range(2):
        generator, discriminator = (everything_of(*side) for side in sides)
        discriminator_step(game, real, game.noise(6))
        assert everything_of(*sides[0]) == generator
        assert everything_of(*sides[1]) != discriminator
        discriminator = everything_of(*sides[1])
        generator_step(game, game.noise(6), real)
        assert everything_of(*sides[1]) == discriminator
        assert everything_of(*sides[0]) != generator
    for (player, _), before in zip(sides, buffers, strict=True):  # whose step it is, moves them
        for name, value in values_of(player.buffers()).items():
            # A unit vector of one number has nowhere to go.
            assert value.size == 1 or (value != before[name]).any(), name


def test_looking_at_samples_changes_nothing():
    game = play(game_of(small_generator(classes=CLASSES), small_discriminator(classes=CLASSES)))
    before = digest(game.state())
    y = game.sample((noise(5), np.full(5, 2)))
    with frozen(game.generator):
        game.generator.forward(noise(5, classes=CLASSES))
    assert y.shape == (5, *SHAPE) and digest(game.state()) == before


@pytest.mark.parametrize("classes", [None, CLASSES])
def test_the_same_seed_gives_the_same_bits(classes):
    def played(seed):
        return digest(play(game_of(
            small_generator(classes=classes, seed=seed),
            small_discriminator("spectral", classes, seed=seed), [R1(0.5)],
        ), rounds=3).state())

    assert played(0) == played(0) != played(1)


def test_a_game_draws_labels_beside_the_noise():
    game = game_of(small_generator(classes=CLASSES), small_discriminator(classes=CLASSES))
    assert game.classes == CLASSES
    noise = game.noise(4000)
    z, labels = noise.values, noise.condition
    assert z.shape == (4000, LATENT) and z.dtype == "float32" and labels.dtype.kind == "i"
    np.testing.assert_allclose(np.bincount(labels) / 4000, 1 / CLASSES, atol=0.03)
    wanted = np.array([3, 0, 3])
    noise = game.noise(3, rng(5), wanted)
    np.testing.assert_array_equal(noise.condition, wanted)
    again = rng(5).standard_normal((3, LATENT), dtype="float32")
    np.testing.assert_array_equal(noise.values, again)


@pytest.mark.parametrize("ours, theirs, words", [
    (4, None, "both players or none must be told the class .* the generator alone"),
    (None, 4, "both players or none must be told the class .* the discriminator alone"),
    (4, 5, "both players must be told the same number of classes, got 4 and 5"),
])  # fmt: skip
def test_a_game_refuses_players_that_are_told_different_classes(ours, theirs, words):
    with pytest.raises(ValueError, match=f"^Game: {words}"):
        game_of(small_generator(classes=ours), small_discriminator(classes=theirs), optimizer=SGD)


@pytest.mark.parametrize("normalization", ["none", "batch", "spectral"])
def test_residual_blocks_stand_at_the_small_end_and_start_as_nothing(normalization):
    """But for the spectral norm, which cannot start at zero."""
    def players(blocks):
        return (
            small_generator(normalization, blocks=blocks),
            small_discriminator(normalization, blocks=blocks),
        )

    for plain, deep in zip(players(0), players(2), strict=True):
        found = [layer for layer in deep if isinstance(layer, Residual)]
        assert len(found) == 2 and len(deep) == len(plain) + 2
        if normalization != "spectral":
            for layer in found:
                inner = rng(4).standard_normal((2, 4, 4, layer.body[1].in_channels))
                np.testing.assert_array_equal(
                    layer(inner.astype("float32")), inner.astype("float32")
                )


def test_minibatch_deviation_gives_the_critic_one_channel_more():
    plain, seeing = small_discriminator(), small_discriminator(minibatch_deviation=True)
    assert not plain.mixes_samples and seeing.mixes_samples
    x = images(4)
    assert seeing(x).shape == plain(x).shape == (4, 1)
    alone, together = seeing(x[[0, 0, 0, 0]])[0], seeing(x)[0]
    assert alone != together  # the same image beside others
