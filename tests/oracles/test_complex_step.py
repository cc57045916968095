"""Tangent passes beside the complex step, which is exact to rounding.

An analytic function at x + i h v has the derivative along v in its imaginary part: f(x + i h v) =
f(x) + i h f'(x) v + O(h²), and h = 1e-30 leaves nothing of the h². So forward and backward of the
layer in complex128 give both tangent passes, with no formula for a second derivative.
"""

import copy

import numpy as np
import pytest
from inputs import each, given, is_labels
from joined import as_one

from gan_scratch.gradient_check.examples import draw_input, examples

H = 1e-30
TOLERANCE = 1e-13

LAYERS = [
    pytest.param(layer, kind, id=f"{layer!r}-{kind}")
    for settings in examples(np.random.default_rng(0)).values()
    for layer, kind in settings
    if layer.has_tangents
]


def assert_close(ours, imaginary):
    theirs = imaginary / H
    assert ours.shape == theirs.shape
    distance = np.linalg.norm(ours - theirs)
    assert distance <= TOLERANCE * np.linalg.norm(theirs), distance


def in_complex_plane(x, x_dot):
    if isinstance(x, tuple):
        return tuple(map(in_complex_plane, x, x_dot))
    return x if x_dot is None else x + 1j * H * x_dot


def test_there_are_layers_to_compare():
    assert len(LAYERS) >= 20


@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
@pytest.mark.parametrize("layer, kind", LAYERS)
def test_tangent_passes_are_the_imaginary_part(layer, kind, training):
    rng = np.random.default_rng(1)
    layer = as_one(copy.deepcopy(layer)).astype("float64")
    x = draw_input(kind, rng)
    x_dot = each(lambda x: None if is_labels(x) else rng.standard_normal(x.shape), x)
    for parameter in layer.parameters().values():
        parameter.value += 0.3 * rng.standard_normal(parameter.value.shape)
        parameter.tangent = rng.standard_normal(parameter.value.shape)
    # A copy taken before the first forward draws the same masks.
    in_complex = layer.astype("complex128")
    for name, parameter in in_complex.parameters().items():
        parameter.value += 1j * H * layer.parameters()[name].tangent

    y, cache = layer.forward(x, training)
    dy, dy_dot = rng.standard_normal(y.shape), rng.standard_normal(y.shape)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)

    complex_x = in_complex_plane(x, x_dot)
    complex_y, complex_cache = in_complex.forward(complex_x, training)
    complex_dx = in_complex.backward(dy + 1j * H * dy_dot, complex_cache)
    np.testing.assert_allclose(complex_y.real, y, rtol=1e-13, atol=1e-15)
    assert_close(y_dot, complex_y.imag)
    for theirs, ours, dot in zip(given(complex_dx), given(dx), given(dx_dot), strict=True):
        np.testing.assert_allclose(theirs.real, ours, rtol=1e-12, atol=1e-14)
        assert_close(dot, theirs.imag)
    for name, parameter in layer.parameters().items():
        # The tangent pass adds the tangents alone, so they are all that there is.
        assert_close(parameter.gradient, in_complex.parameters()[name].gradient.imag)
