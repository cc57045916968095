"""Embedding: rows of a table, labels that are none, and a GPU that is not kept waiting."""

import numpy as np
import pytest

from gan_scratch.layers import Embedding
from gan_scratch.testing import STRICT, no_waiting


def embedding(num=5, dim=3, **settings):
    return Embedding(num, dim, rng=np.random.default_rng(0), **settings)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (0,), (0, 2)])
def test_each_label_gives_its_row(shape, dtype):
    layer = embedding()
    labels = np.random.default_rng(1).integers(5, size=shape, dtype=dtype)
    y, cache = layer.forward(labels)
    assert y.shape == (*shape, 3) and y.dtype == np.float32
    for place in np.ndindex(shape):
        np.testing.assert_array_equal(y[place], layer.weight.value[labels[place]])
    assert layer.backward(y, cache) is None
    assert layer.weight.gradient.dtype == np.float32


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_a_row_gets_the_sum_over_the_places_that_name_it(dtype):
    layer = embedding().astype(dtype)
    labels = np.array([[1, 4, 1], [1, 0, 4]])
    y, cache = layer.forward(labels)
    dy = np.random.default_rng(1).standard_normal(y.shape).astype(dtype)
    wanted = np.ones(layer.weight.value.shape, dtype)
    np.add.at(wanted, labels, dy)
    layer.weight.gradient[...] = 1  # gradients add
    layer.backward(dy, cache)
    np.testing.assert_allclose(layer.weight.gradient, wanted, rtol=1e-6)
    np.testing.assert_array_equal(layer.weight.gradient[[2, 3]], 1)
    assert layer.weight.gradient.dtype == dtype


def test_passes_follow_the_weights_alone():
    layer = embedding().astype("float64")
    labels = np.array([2, 2, 0])
    y, cache = layer.forward(labels)
    dy = np.ones(y.shape)
    y_dot, tangent_cache = layer.tangent_forward(None, cache)
    np.testing.assert_array_equal(y_dot, np.zeros(y.shape))
    assert embedding().tangent_forward(None, cache)[0].dtype == np.float32
    assert layer.tangent_backward(dy, None, cache, tangent_cache) == (None, None)
    assert not layer.weight.gradient.any()  # dẆ is Σ hᵀ dẏ, and there is no dẏ
    layer.weight.tangent = np.random.default_rng(1).standard_normal((5, 3))
    y_dot, tangent_cache = layer.tangent_forward(None, cache)
    np.testing.assert_array_equal(y_dot, layer.weight.tangent[labels])
    layer.tangent_backward(0 * dy, dy, cache, tangent_cache)
    np.testing.assert_array_equal(layer.weight.gradient[:, 0], [1, 0, 2, 0, 0])


def test_a_frozen_weight_gets_no_gradient():
    layer = embedding()
    y, cache = layer.forward(np.array([1, 2]))
    layer.weight.frozen = True
    layer.backward(y, cache)
    layer.tangent_backward(y, y, cache, None)
    assert not layer.weight.gradient.any()


def test_the_weight_starts_standard_normal_or_as_one_says():
    weight = embedding(400, 50).weight.value
    assert weight.dtype == np.float32
    assert abs(weight.mean()) < 0.03 and abs(weight.std() - 1) < 0.03
    assert abs(embedding(400, 50, init="dcgan").weight.value.std() - 0.02) < 0.001
    same = Embedding(5, 3, rng=np.random.default_rng(0)).weight.value
    np.testing.assert_array_equal(same, embedding().weight.value)


@pytest.mark.parametrize(
    "labels, error, sentence",
    [
        (np.array([0, 5]), ValueError, "takes labels from 0 to 4, got 0 to 5"),
        (np.array([-1, 2]), ValueError, "takes labels from 0 to 4, got -1 to 2"),
        (np.array([1.0]), TypeError, "Embedding takes x of whole numbers, got float64"),
        (np.array([True]), TypeError, "Embedding takes x of whole numbers, got bool"),
        ([1, 2], TypeError, "Embedding: x: expected an array of NumPy or CuPy, got list"),
    ],
)
def test_labels_that_are_none_are_refused_in_a_sentence(labels, error, sentence):
    with pytest.raises(error, match=sentence):
        embedding().forward(labels)


def test_what_else_is_wrong_is_refused_in_a_sentence():
    layer = embedding()
    y, cache = layer.forward(np.array([1, 2]))
    with pytest.raises(ValueError, match=r"Embedding takes dy of shape \(2, 3\), got \(3,\)"):
        layer.backward(y[0], cache)
    with pytest.raises(TypeError, match="computes in float32 and got dy of float64"):
        layer.backward(y.astype("float64"), cache)
    with pytest.raises(ValueError, match="Embedding takes x_dot None, as labels have no tangent"):
        layer.tangent_forward(np.ones(2), cache)
    with pytest.raises(ValueError, match="Embedding: num must be a positive whole number, got 0"):
        embedding(num=0)
    with pytest.raises(ValueError, match="Embedding: dim must be a positive whole number, got -1"):
        embedding(dim=-1)
    with pytest.raises(TypeError, match="rng must be a numpy.random.Generator"):
        Embedding(3, 2, rng=0)


def test_a_device_gives_the_same_as_numpy(device):
    here = embedding().astype("float64")
    there = here.to(device)
    labels = np.array([[3, 0], [3, 1]])
    y, cache = here.forward(labels)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    here.backward(dy, cache)
    device_y, device_cache = there.forward(device.asarray(labels))
    there.backward(device.asarray(dy), device_cache)
    np.testing.assert_array_equal(device.to_numpy(device_y), y)
    np.testing.assert_allclose(
        device.to_numpy(there.weight.gradient), here.weight.gradient, rtol=1e-14
    )
    with pytest.raises(TypeError, match=f"computes on {device.name} and got x on numpy"):
        there.forward(labels)


def test_a_device_is_not_waited_for_and_gives_nan_for_what_is_no_label():
    layer = embedding().to(STRICT)
    with no_waiting():
        y, cache = layer.forward(STRICT.asarray(np.array([1, 5, -1])))
        layer.backward(STRICT.asarray(np.ones((3, 3), "float32")), cache)
    y = STRICT.to_numpy(y)
    np.testing.assert_array_equal(np.isnan(y).all(axis=1), [False, True, True])
    assert y.dtype == np.float32
    np.testing.assert_array_equal(STRICT.to_numpy(layer.weight.gradient)[:, 0], [0, 1, 0, 0, 0])
