"""Spectral normalization: the largest singular value, who moves the vectors, and PyTorch's own."""

import numpy as np
import pytest

from gan_scratch.layers import (
    BatchNorm,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    ConvTranspose3D,
    Dense,
    Embedding,
    Flatten,
    PReLU,
    ReLU,
    SelfAttention,
    Sequential,
    SpectralNorm,
    frozen,
)
from gan_scratch.optimizers import SGD


def rng(seed=0):
    return np.random.default_rng(seed)


# A layer, the shape of its x, and how its weight is written as (outputs, all else).
KINDS = {
    "dense": (lambda: Dense(7, 5, rng=rng()), (3, 7), (1, 0)),
    "sequences": (lambda: Conv1D(3, 4, 3, rng=rng()), (2, 6, 3), (2, 0, 1)),
    "images": (lambda: Conv2D(3, 6, 4, 2, 1, groups=3, rng=rng()), (2, 6, 6, 3), (3, 0, 1, 2)),
    "transposed": (
        lambda: ConvTranspose2D(4, 3, 4, 2, 1, rng=rng()), (2, 3, 2, 4), (2, 0, 1, 3)
    ),
    "volumes": (
        lambda: ConvTranspose3D(2, 4, 2, groups=2, rng=rng()), (1, 2, 2, 2, 2), (3, 0, 1, 2, 4)
    ),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def make(kind, dtype="float64"):
    """(layer in spectral norm, x): the weight somewhere else than where the vectors started."""
    plain, shape, _ = KINDS[kind]
    layer = SpectralNorm(plain(), rng=rng(1)).astype(dtype)
    layer.layer.weight.value[...] += rng(2).standard_normal(layer.layer.weight.value.shape)
    return layer, rng(3).standard_normal(shape).astype(dtype)


def matrix(kind, weight):
    outputs_first = weight.transpose(KINDS[kind][2])
    return outputs_first.reshape(len(outputs_first), -1)


def largest_singular_value(kind, layer):
    return np.linalg.svd(matrix(kind, layer.layer.weight.value), compute_uv=False)[0]


def sigma(kind, layer):
    return layer.u.value @ matrix(kind, layer.layer.weight.value) @ layer.v.value


def with_weight_over(layer, sigma):
    """The layer inside, its weight divided by sigma."""
    inside = layer.layer.astype("float64")
    inside.weight.value[...] /= sigma
    return inside


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@every_kind
def test_after_many_calls_sigma_is_the_largest_singular_value(kind):
    layer, x = make(kind)
    exact = largest_singular_value(kind, layer)
    assert sigma(kind, layer) != pytest.approx(exact, rel=1e-3)
    for _ in range(300):
        layer.forward(x)
    assert sigma(kind, layer) == pytest.approx(exact, rel=1e-9)
    np.testing.assert_allclose(layer(x), with_weight_over(layer, exact)(x), rtol=1e-8, atol=1e-10)
    for vector in (layer.u.value, layer.v.value):
        assert np.linalg.norm(vector) == pytest.approx(1, rel=1e-12)


@every_kind
def test_it_starts_near_there(kind):
    layer = SpectralNorm(KINDS[kind][0](), rng=rng(1))
    assert sigma(kind, layer) == pytest.approx(largest_singular_value(kind, layer), rel=0.02)
    assert layer.u.value.dtype == layer.v.value.dtype == "float32"


def test_an_embedding_has_one_too():
    layer = SpectralNorm(Embedding(6, 4, rng=rng()), rng=rng(1))
    labels = np.array([0, 5, 2])
    for _ in range(200):
        layer.forward(labels)
    weight = layer.layer.weight.value
    exact = weight[labels] / np.linalg.svd(weight, compute_uv=False)[0]
    np.testing.assert_allclose(layer(labels), exact, rtol=1e-4)


@every_kind
def test_a_call_uses_the_vectors_as_it_finds_them_and_moves_them_on(kind):
    layer, x = make(kind)
    weight = matrix(kind, layer.layer.weight.value)
    expected = with_weight_over(layer, sigma(kind, layer))(x)
    v = weight.T @ layer.u.value
    v /= np.linalg.norm(v)
    u = weight @ v / np.linalg.norm(weight @ v)
    y, _ = layer.forward(x)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(layer.v.value, v, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(layer.u.value, u, rtol=1e-12, atol=1e-15)


def test_iterations_of_a_call():
    """Three in one call are three calls of one."""
    plain = Dense(7, 5, rng=rng()).astype("float64")
    one, three = (SpectralNorm(plain, rng=rng(1), iterations=count) for count in (1, 3))
    for layer in (one, three):
        layer.u.value[...], layer.v.value[...] = np.eye(5)[0], np.eye(7)[0]
    x = np.ones((1, 7))
    three.forward(x)
    for _ in range(3):
        one.forward(x)
    assert_same(one.state(), three.state())


@every_kind
@pytest.mark.parametrize("how", ["inference", "frozen"])
def test_the_vectors_stand_still(kind, how):
    layer, x = make(kind)
    before = layer.state()
    wanted, _ = make(kind)[0].forward(x)
    if how == "inference":
        y = layer(x)
    else:
        with frozen(layer):
            y, _ = layer.forward(x)
    assert_same(layer.state(), before)
    np.testing.assert_array_equal(y, wanted)  # and the output is that of training
    layer.forward(x)
    assert (layer.u.value != before["u"]).any() and (layer.v.value != before["v"]).any()


@every_kind
def test_the_vectors_are_part_of_the_state(kind):
    layer, x = make(kind, "float32")
    for _ in range(3):
        layer.forward(x)
    state = layer.state()
    assert list(state) == ["layer.weight", "layer.bias", "u", "v"]
    other = SpectralNorm(KINDS[kind][0](), rng=rng(7))
    held = other.u.value
    other.load_state(state)
    assert other.u.value is held
    np.testing.assert_array_equal(other(x), layer(x))
    for _ in range(2):
        np.testing.assert_array_equal(other.forward(x)[0], layer.forward(x)[0])
    assert_same(other.state(), layer.state())


def test_the_same_seed_gives_the_same_vectors():
    one, same, other = (
        SpectralNorm(Dense(7, 5, rng=rng()), rng=rng(seed)).state() for seed in (1, 1, 2)
    )
    assert_same(one, same)
    assert (one["u"] != other["u"]).any()


def test_it_follows_a_weight_that_an_optimizer_moves():
    layer, x = make("images")
    optimizer = SGD(layer.parameters(), 0.1)
    y, cache = layer.forward(x)
    layer.backward(y, cache)
    before = layer.layer.weight.value.copy()
    optimizer.step()
    assert (layer.layer.weight.value != before).any()
    expected = with_weight_over(layer, sigma("images", layer))(x)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-12, atol=1e-14)


def test_the_size_of_the_weight_counts_for_nothing():
    layer, x = make("dense")
    y = layer(x)
    layer.layer.weight.value[...] *= 1000
    np.testing.assert_allclose(layer(x), y, rtol=1e-12)


# Beside PyTorch's own.


def in_torch(torch, kind):
    """The same layer in torch, its weight and its vectors those of ours."""
    layer, x = make(kind)
    inside = layer.layer
    weight = torch.tensor(inside.weight.value)
    if kind == "dense":
        module, weight, order = torch.nn.Linear(7, 5), weight.T, (0,)
    else:
        kinds = {"sequences": torch.nn.Conv1d, "images": torch.nn.Conv2d,
                 "transposed": torch.nn.ConvTranspose2d, "volumes": torch.nn.ConvTranspose3d}
        module = kinds[kind](
            inside.in_channels, inside.out_channels, inside.kernel_size, inside.stride,
            [low for low, _ in inside.padding], groups=inside.groups,
        )
        weight = weight.movedim((-1, -2), (0, 1))
        order = (inside.axes, *range(inside.axes))  # v runs over (channels, *kernel) there
    module = torch.nn.utils.parametrizations.spectral_norm(module.double()).eval()
    with torch.no_grad():
        module.parametrizations.weight.original.copy_(weight)
        module.bias.copy_(torch.tensor(inside.bias.value))
        norm = module.parametrizations.weight[0]
        norm._u.copy_(torch.tensor(layer.u.value))
        shape = [size for axis, size in enumerate(inside.weight.value.shape)
                 if axis != inside.output_axis % inside.weight.value.ndim]
        norm._v.copy_(torch.tensor(layer.v.value.reshape(shape).transpose(order).ravel()))
    return layer, x, module


@every_kind
def test_it_is_that_of_torch_in_inference(kind):
    torch = pytest.importorskip("torch")
    layer, x, module = in_torch(torch, kind)
    y, cache = layer.forward(x, training=False)
    dy = rng(4).standard_normal(y.shape)
    dx = layer.backward(dy, cache)
    theirs = torch.tensor(x, requires_grad=True)
    expected = module(theirs.movedim(-1, 1)).movedim(1, -1)
    expected.backward(torch.tensor(dy))
    gradient = module.parametrizations.weight.original.grad
    gradient = gradient.T if kind == "dense" else gradient.movedim((0, 1), (-1, -2))
    for ours, torchs in (
        (y, expected.detach()), (dx, theirs.grad), (layer.layer.weight.gradient, gradient),
        (layer.layer.bias.gradient, module.bias.grad),
    ):
        np.testing.assert_allclose(ours, torchs.numpy(), rtol=1e-11, atol=1e-13)


# What is refused, in a sentence.


@pytest.mark.parametrize(
    "layer",
    [ReLU(), Flatten(), BatchNorm(3), PReLU(3), SelfAttention(8, rng=rng()),
     Sequential(Dense(2, 2, rng=rng())), SpectralNorm(Dense(2, 2, rng=rng()), rng=rng()),
     Dense, None],
    ids=lambda layer: f"{layer!r:.30}",
)
def test_layers_without_one_weight_are_refused(layer):
    with pytest.raises(TypeError, match="^SpectralNorm takes a layer with one weight, got "):
        SpectralNorm(layer, rng=rng())


@pytest.mark.parametrize(
    "settings, error, sentence",
    [
        ({"iterations": 0}, ValueError, "iterations must be a positive whole number, got 0"),
        ({"eps": 0}, ValueError, "eps must be a positive number, got 0"),
        ({"rng": 0}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_settings_are_refused_in_a_sentence(settings, error, sentence):
    with pytest.raises(error, match=f"^SpectralNorm: {sentence}"):
        SpectralNorm(Dense(2, 2, rng=rng()), **{"rng": rng(), **settings})
