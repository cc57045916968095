"""What the way back of a piecewise linear layer spares: it does not bend along a direction of x."""

import numpy as np
import pytest
from inputs import each, given, is_labels
from joined import as_one

from gan_scratch.gradient_check.examples import draw_input, examples
from gan_scratch.layers import LeakyReLU

EXAMPLES = [
    (name, index) for name, settings in examples(np.random.default_rng(0)).items()
    for index in range(len(settings))
]  # fmt: skip
PIECEWISE_LINEAR = {  # containers are what their layers are
    "Affine", "AveragePool2D", "ConcatenateCondition", "Conv1D", "Conv2D", "Conv3D",
    "ConvTranspose1D", "ConvTranspose2D", "ConvTranspose3D", "Dense", "Flatten",
    "GlobalAveragePool", "Identity", "LeakyReLU", "MaxPool2D", "Pack", "PixelShuffle", "ReLU",
    "Reshape", "Upsample", "ZeroStuffing",
}  # fmt: skip


def made(name, index):
    """(layer, dy, random generator, cache, tangent cache); the direction is one of x alone."""
    rng = np.random.default_rng(3)
    layer, kind = examples(rng)[name][index]
    x = draw_input(kind, rng)
    layer = as_one(layer).astype("float64")
    y, cache = layer.forward(x)
    x_dot = each(lambda x: None if is_labels(x) else np.sin(3 * x), x)
    _, tangent_cache = layer.tangent_forward(x_dot, cache)
    layer.zero_gradients()
    return layer, rng.standard_normal(y.shape), rng, cache, tangent_cache


def gradients(layer):
    return {name: parameter.gradient.copy() for name, parameter in layer.parameters().items()}


@pytest.mark.parametrize("name, index", EXAMPLES)
def test_a_piecewise_linear_layer_does_not_bend(name, index):
    layer, dy, rng, cache, tangent_cache = made(name, index)
    if not layer.piecewise_linear:
        assert name not in PIECEWISE_LINEAR
        return
    _, dx_dot = layer.tangent_backward(dy, None, cache, tangent_cache)
    assert not any(part.any() for part in given(dx_dot))
    dy_dot = rng.standard_normal(dy.shape)
    _, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    alone = layer.backward(dy_dot, cache)
    assert (dx_dot is None) == (alone is None)
    for part, expected in zip(given(dx_dot), given(alone), strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("name, index", EXAMPLES)
def test_gradients_of_one_number_a_sample_are_those_of_the_tangent_pass(name, index, zero):
    layer, dy, rng, cache, tangent_cache = made(name, index)
    c = None if zero else rng.standard_normal((len(dy), 1))
    dy_dot = None if zero else dy * c.reshape(-1, *(1,) * (dy.ndim - 1))
    layer.tangent_backward(dy, dy_dot, cache, tangent_cache, need_dx=False)
    expected = gradients(layer)
    layer.zero_gradients()
    layer.add_tangent_gradients(dy, c, cache, tangent_cache)
    for parameter, gradient in gradients(layer).items():
        np.testing.assert_allclose(gradient, expected[parameter], rtol=1e-11, atol=1e-12)


def test_a_pass_of_ones_own_has_to_promise_it_anew():
    class Cubed(LeakyReLU):
        def forward(self, x, training=True):
            return x**3, x

    class Renamed(LeakyReLU):
        pass

    assert (Cubed().piecewise_linear, Renamed().piecewise_linear) == (False, True)
