"""Residual and Concatenate: names, labels, and shapes that do not fit."""

import numpy as np
import pytest

from gan_scratch.layers import (
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    MinibatchStandardDeviation,
    Residual,
    Sequential,
    Sigmoid,
    Tanh,
    frozen,
)

RNG = np.random.default_rng(0)


def dense(inputs, outputs):
    return Dense(inputs, outputs, rng=RNG)


def test_parameters_are_named_for_where_they_stand():
    residual = Residual(Sequential(dense(3, 3), Tanh()), shortcut=dense(3, 3))
    assert list(residual.parameters()) == [
        "body.0.weight", "body.0.bias", "shortcut.weight", "shortcut.bias",
    ]
    assert list(Residual(dense(3, 3)).parameters()) == ["body.weight", "body.bias"]
    assert list(Concatenate(Tanh(), dense(3, 1)).parameters()) == [
        "branches.1.weight", "branches.1.bias",
    ]


def test_a_residual_adds_and_a_concatenation_joins():
    x = RNG.standard_normal((4, 3)).astype("float32")
    first, second = dense(3, 3), dense(3, 2)
    np.testing.assert_array_equal(Residual(first)(x), first(x) + x)
    np.testing.assert_array_equal(Residual(first, Sigmoid())(x), first(x) + Sigmoid()(x))
    y = Concatenate(first, second)(x)
    np.testing.assert_array_equal(y[:, :3], first(x))
    np.testing.assert_array_equal(y[:, 3:], second(x))


def test_training_reaches_every_branch():
    x = np.ones((5, 8), "float32")
    for layer in (
        Residual(Dropout(0.5, rng=RNG), shortcut=Dropout(0.5, rng=RNG)),
        Concatenate(Dropout(0.5, rng=RNG), Dropout(0.5, rng=RNG)),
    ):
        scale = 2 if isinstance(layer, Residual) else 1
        np.testing.assert_array_equal(layer(x), scale)
        y = layer(x, training=True)
        assert (y[:, :8] == 0).any() and (y[:, -8:] == 0).any()
        assert len(layer.generators()) == 1  # shared by both, so it is one


def test_one_layer_in_two_branches_adds_both_gradients():
    shared = dense(3, 2).astype("float64")
    x, dy = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 4))
    layer = Concatenate(shared, shared)
    _, cache = layer.forward(x)
    dx = layer.backward(dy, cache)
    both = dy[:, :2] + dy[:, 2:]
    np.testing.assert_allclose(shared.weight.gradient, x.T @ both)
    np.testing.assert_allclose(dx, both @ shared.weight.value.T)


@pytest.mark.parametrize(
    "layer", [Concatenate(Embedding(5, 2, rng=RNG), Embedding(5, 3, rng=RNG)),
              Residual(Embedding(5, 3, rng=RNG), shortcut=Embedding(5, 3, rng=RNG))],
    ids=["Concatenate", "Residual"],
)
def test_labels_have_no_gradient_in_any_pass(layer):
    layer = layer.astype("float64")
    labels = np.array([4, 0, 4])
    y, cache = layer.forward(labels)
    dy = RNG.standard_normal(y.shape)
    for parameter in layer.parameters().values():
        parameter.tangent = RNG.standard_normal(parameter.value.shape)
    assert layer.backward(dy, cache) is None
    first = {name: p.gradient.copy() for name, p in layer.parameters().items()}
    assert all(gradient.any() for gradient in first.values())
    y_dot, tangent_cache = layer.tangent_forward(None, cache)
    parts = [p.tangent[labels] for p in layer.parameters().values()]
    joined = np.concatenate(parts, axis=-1) if isinstance(layer, Concatenate) else sum(parts)
    np.testing.assert_array_equal(y_dot, joined)
    layer.zero_gradients()
    assert layer.tangent_backward(dy, dy, cache, tangent_cache) == (None, None)
    for name, parameter in layer.parameters().items():
        np.testing.assert_array_equal(parameter.gradient, first[name])


def test_gradients_in_a_tuple_are_added_item_by_item():
    class Product(Sequential):
        """y = a b for x = (a, b), with b = None handed back where it is whole numbers."""

        def forward(self, x, training=True):
            return x[0] * x[1], x

        def backward(self, dy, cache, need_dx=True):
            a, b = cache
            return dy * b, None if b.dtype.kind == "i" else dy * a

    layer = Concatenate(Product(), Product())
    a, b = RNG.standard_normal((2, 4, 3))
    dy = RNG.standard_normal((4, 6))
    both = dy[:, :3] + dy[:, 3:]
    da, db = layer.backward(dy, layer.forward((a, b))[1])
    np.testing.assert_allclose(da, both * b)
    np.testing.assert_allclose(db, both * a)
    whole = np.ones((4, 3), int)
    da, db = layer.backward(dy, layer.forward((a, whole))[1])
    np.testing.assert_allclose(da, both)
    assert db is None


def test_a_branch_that_mixes_samples_shows():
    mixing = MinibatchStandardDeviation()
    assert Concatenate(Tanh(), mixing).mixes_samples
    assert Residual(Tanh(), shortcut=mixing).mixes_samples
    assert not Concatenate(Tanh()).mixes_samples and not Residual(Tanh()).mixes_samples


def test_a_frozen_branch_stays():
    layer = Residual(dense(3, 3), shortcut=dense(3, 3))
    x = np.ones((2, 3), "float32")
    y, cache = layer.forward(x)
    with frozen(layer.body):
        layer.backward(y, cache)
    assert not layer.body.weight.gradient.any() and layer.shortcut.weight.gradient.any()


def test_what_does_not_fit_is_refused_in_a_sentence():
    x = np.ones((4, 3), "float32")
    sentence = r"body gave float32 of shape \(4, 2\), the shortcut float32 of shape \(4, 3\)"
    with pytest.raises(ValueError, match=sentence):
        Residual(dense(3, 2))(x)
    with pytest.raises(ValueError, match=r"the shortcut float32 of shape \(4, 1\)"):
        Residual(Tanh(), shortcut=dense(3, 1))(x)  # NumPy would broadcast this one
    with pytest.raises(ValueError, match="Concatenate takes at least one branch, got none"):
        Concatenate()
    images = np.ones((2, 2, 2, 3), "float32")
    sentence = r"gave float32 of shape \(2, 2, 2, 3\), float32 of shape \(2, 12\)"
    with pytest.raises(ValueError, match=sentence):
        Concatenate(Tanh(), Flatten())(images)
    with pytest.raises(TypeError, match="Residual takes a layer as its body, got 3"):
        Residual(3)
    with pytest.raises(TypeError, match="as its shortcut, got 'identity'"):
        Residual(Tanh(), shortcut="identity")
    with pytest.raises(TypeError, match="Concatenate takes layers; branch 1 is None"):
        Concatenate(Tanh(), None)
