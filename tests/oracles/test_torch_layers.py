"""Every layer beside PyTorch in float64: outputs, gradients, and both tangent passes.

Autograd gives the first order, torch.func the second: the tangent of forward is a jvp, the tangent
of backward the jvp of a vjp.
"""

import copy

import numpy as np
import pytest

from gan_scratch.gradient_check.catalogue import layer_classes
from gan_scratch.layers import (
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    PReLU,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
)

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
functional = torch.nn.functional

# torch 2.13 uses its own deprecated function when torch.func.jvp first runs.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")

TOLERANCE = 1e-12
RNG = np.random.default_rng(11)


def torch_prelu(x, weight):
    return functional.prelu(x.movedim(-1, 1), weight).movedim(1, -1)  # theirs is channels first


def torch_stack(x, w1, b1, slope, w2):
    h = torch_prelu(functional.linear(x.flatten(1), w1.T, b1), slope)
    return torch.tanh(functional.linear(h, w2.T))


# layer, the same function in torch as f(x, *parameters), shapes of x
CASES = [
    (Dense(5, 4, rng=RNG), lambda x, w, b: functional.linear(x, w.T, b), [(3, 5), (2, 4, 5)]),
    (Dense(6, 3, bias=False, rng=RNG), lambda x, w: functional.linear(x, w.T), [(1, 6), (7, 6)]),
    (Dense(1, 1, rng=RNG), lambda x, w, b: functional.linear(x, w.T, b), [(1, 1), (2, 3, 2, 1)]),
    (ReLU(), functional.relu, [(4, 6), (2, 3, 5)]),
    (LeakyReLU(), lambda x: functional.leaky_relu(x, 0.2), [(4, 6), (2, 3, 5)]),
    (LeakyReLU(0.01), lambda x: functional.leaky_relu(x, 0.01), [(3, 7)]),
    (PReLU(), torch_prelu, [(4, 6), (2, 3, 5)]),
    (PReLU(5, init=-0.5), torch_prelu, [(4, 5), (2, 3, 4, 5)]),
    (Sigmoid(), torch.sigmoid, [(4, 6), (2, 3, 5)]),
    (Tanh(), torch.tanh, [(4, 6), (2, 3, 5)]),
    (Softplus(), lambda x: functional.softplus(x, threshold=100), [(4, 6), (2, 3, 5)]),
    (Softmax(), lambda x: functional.softmax(x, dim=-1), [(4, 6), (2, 3, 5), (3, 1)]),
    (Flatten(), lambda x: x.flatten(1), [(4, 6), (2, 3, 5)]),
    (Reshape((3, 2)), lambda x: x.reshape(-1, 3, 2), [(4, 6), (2, 2, 3)]),
    (Sequential(), lambda x: x.clone(), [(3, 2)]),
    (
        Sequential(
            Flatten(), Dense(6, 5, rng=RNG), PReLU(5), Dense(5, 2, bias=False, rng=RNG), Tanh()
        ),
        torch_stack, [(3, 6), (4, 3, 2)],
    ),
]
LAYERS = [pytest.param(*case[:2], shape, id=f"{case[0]!r}-{shape}")
          for case in CASES for shape in case[2]]


def contiguous(rng, shape):
    return rng.standard_normal(shape)


def transposed(rng, shape):
    return rng.standard_normal(shape[::-1]).T


def strided(rng, shape):
    every_second = (slice(1, None, 2),) * len(shape)
    return rng.standard_normal([2 * size for size in shape])[every_second]


def backwards(rng, shape):
    return rng.standard_normal(shape)[..., ::-1]


LAYOUTS = [contiguous, transposed, strided, backwards]


def assert_close(ours, theirs):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape and ours.dtype == np.float64
    distance = np.linalg.norm(ours - theirs)
    assert distance <= TOLERANCE * np.linalg.norm(theirs), distance


def tensor(array):
    return torch.tensor(array.copy())


def in_float64(layer, rng):
    """The layer in float64, its parameters somewhere else than at their start."""
    layer = layer.astype("float64")
    for parameter in layer.parameters().values():
        parameter.value += 0.3 * rng.standard_normal(parameter.value.shape)
    return layer


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("layer, function, shape", LAYERS)
def test_output_and_gradients_are_those_of_autograd(layer, function, shape, layout):
    rng = np.random.default_rng(1)
    layer = in_float64(layer, rng)
    x = layout(rng, shape)
    y, cache = layer.forward(x)
    dy = layout(rng, y.shape)
    kept = x.copy(), dy.copy()
    dx = layer.backward(dy, cache)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(dy, kept[1])

    leaves = [tensor(x)] + [tensor(p.value) for p in layer.parameters().values()]
    for leaf in leaves:
        leaf.requires_grad_()
    expected = function(*leaves)
    expected.backward(tensor(dy))
    assert_close(y, expected)
    assert_close(dx, leaves[0].grad)
    for parameter, leaf in zip(layer.parameters().values(), leaves[1:], strict=True):
        assert_close(parameter.gradient, leaf.grad)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("layer, function, shape", LAYERS)
def test_tangent_passes_are_jvp_and_jvp_of_vjp(layer, function, shape, layout):
    rng = np.random.default_rng(2)
    layer = in_float64(layer, rng)
    parameters = list(layer.parameters().values())
    x, x_dot = layout(rng, shape), layout(rng, shape)
    y, cache = layer.forward(x)
    dy, dy_dot = layout(rng, y.shape), layout(rng, y.shape)
    for parameter in parameters:
        parameter.tangent = rng.standard_normal(parameter.value.shape)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)

    primals = (tensor(x), *(tensor(p.value) for p in parameters))
    directions = (tensor(x_dot), *(tensor(p.tangent) for p in parameters))
    _, expected_y_dot = torch.func.jvp(function, primals, directions)

    def gradients(dy, *primals):
        return torch.func.vjp(function, *primals)[1](dy)

    expected, expected_dot = torch.func.jvp(
        gradients, (tensor(dy), *primals), (tensor(dy_dot), *directions)
    )
    assert_close(y_dot, expected_y_dot)
    assert_close(dx, expected[0])
    assert_close(dx_dot, expected_dot[0])
    for parameter, gradient_dot in zip(parameters, expected_dot[1:], strict=True):
        assert_close(parameter.gradient, gradient_dot)


@pytest.mark.parametrize("layer, function, shape", LAYERS)
def test_a_direction_of_none_means_a_direction_of_zero(layer, function, shape):
    """As a penalty runs them: a direction of x alone, dy constant."""
    rng = np.random.default_rng(3)
    layer = in_float64(layer, rng)
    parameters = list(layer.parameters().values())
    x, x_dot = rng.standard_normal(shape), rng.standard_normal(shape)
    y, cache = layer.forward(x)
    dy = rng.standard_normal(y.shape)
    _, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, None, cache, tangent_cache)

    def gradients(x):
        return torch.func.vjp(function, x, *(tensor(p.value) for p in parameters))[1](tensor(dy))

    expected, expected_dot = torch.func.jvp(gradients, (tensor(x),), (tensor(x_dot),))
    assert_close(dx, expected[0])
    assert_close(np.zeros(shape) if dx_dot is None else dx_dot, expected_dot[0])
    for parameter, gradient_dot in zip(parameters, expected_dot[1:], strict=True):
        assert_close(parameter.gradient, gradient_dot)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_dropout_is_a_product_with_its_mask_in_all_passes(layout):
    rng = np.random.default_rng(4)
    layer = Dropout(0.4, rng=np.random.default_rng(5))
    kept = copy.deepcopy(layer.rng).random((6, 8), dtype="float32") >= 0.4
    assert 0 < kept.sum() < kept.size
    mask = torch.tensor(kept / 0.6)
    x, x_dot, dy, dy_dot = (layout(rng, (6, 8)) for _ in range(4))
    y, cache = layer.forward(x)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    assert_close(y, tensor(x) * mask)
    assert_close(y_dot, tensor(x_dot) * mask)
    assert_close(layer.backward(dy, cache), tensor(dy) * mask)
    assert_close(dx, tensor(dy) * mask)
    assert_close(dx_dot, tensor(dy_dot) * mask)


def test_every_layer_of_the_library_is_compared():
    compared = {type(layer).__name__ for layer, _, _ in CASES} | {"Dropout"}
    assert compared == set(layer_classes())
