"""Sequential is the chain rule; threads that share a batch change nothing but the last bits."""

import copy

import numpy as np
import pytest

from gan_scratch.layers import (
    BatchNorm,
    Concatenate,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GroupNorm,
    Layer,
    LeakyReLU,
    MinibatchStandardDeviation,
    PReLU,
    Residual,
    Sequential,
    SpectralNorm,
    Tanh,
    frozen,
    kernels,
    sequential,
)
from gan_scratch.layers.kernels import parallel

SAMPLES = 7  # so that shares differ in size


@pytest.fixture
def three_threads(monkeypatch):
    monkeypatch.setattr(sequential, "MANY_MULTIPLICATIONS", 0)
    monkeypatch.setattr(
        sequential, "available_threads", lambda: 3 if parallel.place.meeting is None else 1
    )


def network(rng):
    return Sequential(
        Conv2D(2, 4, 4, 2, 1, bias=False, rng=rng), BatchNorm(4), PReLU(), GroupNorm(2, 4),
        Residual(Sequential(LeakyReLU(), Conv2D(4, 4, 3, padding="same", rng=rng))),
        Concatenate(Tanh(), ConvTranspose2D(4, 2, 3, padding=1, rng=rng)),
        Flatten(), Dense(96, 5, rng=rng), Tanh(), Dense(5, 1, rng=rng),
    ).astype("float64")


def all_passes(layer, x, directions):
    """Every array that the four passes give, by name."""
    rng = np.random.default_rng(5)
    layer.zero_gradients()
    y, cache = layer.forward(x)
    dy, dy_dot = rng.standard_normal((2, *y.shape))
    dx = layer.backward(dy, cache)
    found = {"y": y, "dx": dx}
    found |= {f"d{name}": p.gradient.copy() for name, p in layer.parameters().items()}
    layer.zero_gradients()
    for parameter, direction in zip(layer.parameters().values(), directions, strict=True):
        parameter.tangent = direction
    y_dot, tangent_cache = layer.tangent_forward(np.sin(x), cache)
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    found |= {"y_dot": y_dot, "dx again": dx, "dx_dot": dx_dot}
    found |= {f"d{name} dot": p.gradient.copy() for name, p in layer.parameters().items()}
    return found


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    layer = network(rng)
    x = rng.standard_normal((SAMPLES, 8, 8, 2))
    directions = [rng.standard_normal(p.value.shape) for p in layer.parameters().values()]
    return layer, x, directions


def test_threads_change_nothing_but_the_last_bits(case, three_threads):
    found = all_passes(*case)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential, "available_threads", lambda: 1)
        alone = all_passes(*case)
    assert found.keys() == alone.keys()
    for name, array in alone.items():
        scale = abs(array).max()
        assert scale > 0 and abs(found[name] - array).max() <= 1e-12 * scale, name


def test_the_same_threads_give_the_same_bits(case, three_threads):
    first, second = all_passes(*case), all_passes(*case)
    assert all((first[name] == second[name]).all() for name in first)


def test_each_thread_gets_its_samples_and_each_sample_one_thread(three_threads):
    seen = []

    class Looker(Layer):
        separable = True

        def forward(self, x, training=True):
            seen.append(x[:, 0].tolist())
            return x, None

    x = np.arange(SAMPLES, dtype=float)[:, None]
    Sequential(Looker(), Looker())(x)
    assert sorted(seen) == sorted(2 * [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize("make", [
    lambda rng: BatchNorm(5), lambda rng: Dropout(0.5, rng=rng),
    lambda rng: SpectralNorm(Dense(5, 5, rng=rng), rng=rng),
    lambda rng: Residual(BatchNorm(5)), lambda rng: Sequential(Dense(5, 5, rng=rng), BatchNorm(5)),
    lambda rng: Residual(Dropout(0.5, rng=rng)),
    lambda rng: MinibatchStandardDeviation(group_size=SAMPLES),
    lambda rng: OfAStudent(),
])
def test_what_mixes_or_draws_or_does_not_say_gives_what_it_gives_alone(make, three_threads):
    """Running statistics and random numbers included."""
    def play():
        rng = np.random.default_rng(3)
        layer = Sequential(Tanh(), make(rng), Tanh()).astype("float64")
        return layer(rng.standard_normal((SAMPLES, 5)), training=True), layer.buffers()

    y, buffers = play()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential, "available_threads", lambda: 1)
        alone, alone_buffers = play()
    assert abs(y - alone).max() <= 1e-14
    for name, buffer in alone_buffers.items():
        assert abs(buffers[name].value - buffer.value).max() <= 1e-14


class OfAStudent(Layer):
    """Normalizes over the batch and declares nothing."""

    def forward(self, x, training=True):
        return x - x.mean(axis=0), None


def test_frozen_layers_get_no_gradient_from_any_thread(case, three_threads):
    layer, x, _ = case
    layer.zero_gradients()
    with frozen(layer):
        y, cache = layer.forward(x)
        assert layer.backward(np.ones_like(y), cache) is not None
    assert not any(parameter.gradient.any() for parameter in layer.parameters().values())


def test_need_dx_spares_the_input_gradient(case, three_threads):
    layer, x, _ = case
    y, cache = layer.forward(x)
    assert layer.backward(np.ones_like(y), cache, need_dx=False) is None


class Deaf(Layer):
    """The identity; asking it for a derivative is a mistake."""

    separable = True

    def forward(self, x, training=True):
        return x, None

    def tangent_forward(self, x_dot, cache):
        return x_dot, None


@pytest.mark.parametrize("threads", [1, 3])
def test_a_backward_pass_ends_at_the_first_layer_that_learns(threads, three_threads, monkeypatch):
    """What lies before it has nothing to learn; the layer itself is not asked for dx."""
    if threads == 1:
        monkeypatch.setattr(sequential, "available_threads", lambda: 1)
    asked = []

    class Asked(Dense):
        def backward(self, dy, cache, need_dx=True):
            asked.append(need_dx)
            return super().backward(dy, cache, need_dx)

        def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
            asked.append(need_dx)
            return super().tangent_backward(dy, dy_dot, cache, tangent_cache, need_dx)

    dense = Asked(3, 2, rng=np.random.default_rng(0))
    layer = Sequential(Deaf(), Sequential(Deaf(), dense), Tanh())
    x = np.ones((SAMPLES, 3), "float32")
    y, cache = layer.forward(x)
    assert layer.backward(y, cache, need_dx=False) is None
    _, tangent_cache = layer.tangent_forward(x, cache)
    assert layer.tangent_backward(y, y, cache, tangent_cache, need_dx=False) == (None, None)
    assert asked == [False] * (2 * threads)
    assert dense.weight.gradient.all()
    with pytest.raises(NotImplementedError, match="Deaf has no backward pass"):
        layer.backward(y, cache)


def test_a_chain_without_parameters_has_no_backward_pass_but_for_x(three_threads):
    y, cache = Sequential(Deaf(), Deaf()).forward(np.ones((SAMPLES, 3)))
    assert Sequential(Deaf(), Deaf()).backward(y, cache, need_dx=False) is None


def test_a_parameter_in_two_layers_gets_the_sum(three_threads):
    rng = np.random.default_rng(0)
    first = Dense(4, 4, rng=rng)
    second = copy.copy(first)
    tied = Sequential(first, Tanh(), second).astype("float64")
    x = rng.standard_normal((SAMPLES, 4))

    def gradient():
        tied.zero_gradients()
        y, cache = tied.forward(x)
        tied.backward(np.cos(y), cache)
        return tied[0].weight.gradient.copy()

    found = gradient()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential, "available_threads", lambda: 1)
        assert abs(found - gradient()).max() <= 1e-14


def test_a_layer_that_is_exchanged_plays_from_the_next_pass_on(three_threads):
    layer = Sequential(Tanh(), Tanh())
    x = np.ones((SAMPLES, 2))
    layer(x)
    layer.layers[1] = LeakyReLU(0.5)
    assert (layer(-x) == -0.5 * np.tanh(1)).all()


def test_what_fails_on_a_thread_is_raised(three_threads):
    layer = Sequential(Tanh(), Dense(3, 2, rng=np.random.default_rng(0)).astype("float64"))
    with pytest.raises(ValueError, match="Dense takes x of shape"):
        layer(np.ones((SAMPLES, 4)))
    y, cache = layer.forward(np.ones((SAMPLES, 3)))
    with pytest.raises(ValueError, match=r"Dense takes dy of shape \(7, 2\), got \(6, 2\)"):
        layer.backward(y[:-1], cache)


def test_sequential_takes_layers_only():
    with pytest.raises(TypeError, match="item 1 is 5"):
        Sequential(Tanh(), 5)


def test_little_work_stays_on_one_thread(monkeypatch):
    monkeypatch.setattr(sequential, "available_threads", lambda: 3)
    seen = []

    class Looker(Layer):
        separable = True

        def forward(self, x, training=True):
            seen.append(len(x))
            return x, None

    Sequential(Looker(), Tanh(), Sequential(Looker()))(np.ones((SAMPLES, 3)))
    assert seen == [SAMPLES, SAMPLES]


def test_batch_norm_looks_at_all_shares(three_threads):
    """Statistics of the batch, not of a share; the running ones move once."""
    x = np.random.default_rng(0).standard_normal((SAMPLES, 3)) * [1, 10, 100] + [5, 0, -3]
    layer = Sequential(Tanh(), BatchNorm(3)).astype("float64")
    layer.layers[0] = LeakyReLU(1.0)  # the identity
    y, cache = layer.forward(x)
    assert abs(y.mean(axis=0)).max() < 1e-14
    assert abs(y.std(axis=0) - 1).max() < 1e-4  # eps
    assert abs(layer[1].running_mean.value - 0.1 * x.mean(axis=0)).max() < 1e-12
    unbiased = 0.9 + 0.1 * x.var(axis=0, ddof=1)
    assert abs(layer[1].running_var.value / unbiased - 1).max() < 1e-12
    assert abs(layer.backward(y**2, cache).sum(axis=0)).max() < 1e-13


def test_a_copy_has_threads_steps_of_its_own(case, three_threads):
    layer, x, _ = case
    y = layer(x)
    other = copy.deepcopy(layer)
    other[0].weight.value[...] = 0
    assert (other(x) != y).any() and (layer(x) == y).all()


def test_spectral_norm_is_the_same_on_threads(three_threads):
    """Its vectors move once, after every thread has used them; the bias belongs to the share."""
    rng = np.random.default_rng(0)
    layer = Sequential(
        SpectralNorm(Conv2D(2, 3, 3, padding=1, rng=rng), rng=rng), Tanh(),
        SpectralNorm(Conv2D(3, 2, 3, padding=1, rng=rng), rng=rng),
    ).astype("float64")
    other = copy.deepcopy(layer)
    x = rng.standard_normal((SAMPLES, 5, 5, 2))
    directions = [rng.standard_normal(p.value.shape) for p in layer.parameters().values()]
    found = all_passes(layer, x, directions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential, "available_threads", lambda: 1)
        alone = all_passes(other, x, directions)
    for name, array in alone.items():
        assert abs(found[name] - array).max() <= 1e-12 * abs(array).max(), name
    for name, buffer in other.buffers().items():
        assert abs(layer.buffers()[name].value - buffer.value).max() <= 1e-14


def test_the_plain_kernels_see_the_batch_whole(case, three_threads):
    layer, x, _ = case
    with kernels.plain():
        whole = layer(x, training=True)
    assert abs(layer(x, training=True) - whole).max() <= 1e-12 * abs(whole).max()
    with kernels.plain():
        assert layer.forward(x)[1][0] is None


def test_a_threads_twin_of_a_spectral_norm_collects_its_own_gradients():
    rng = np.random.default_rng(0)
    layer = SpectralNorm(Dense(4, 3, rng=rng), rng=rng).astype("float64")
    y, cache = layer.forward(rng.standard_normal((SAMPLES, 4)))
    twin = sequential.with_gradients(layer, {})
    twin.backward(np.cos(y), cache)
    assert not any(p.gradient.any() for p in layer.parameters().values())
    assert all(p.gradient.any() for p in twin.parameters().values())
