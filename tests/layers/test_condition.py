"""A condition beside x: at which places, labels as one-hot vectors, and players that take it."""

import numpy as np
import pytest

from gan_scratch.gradient_check import check, check_penalty
from gan_scratch.layers import (
    Concatenate,
    ConcatenateCondition,
    Dense,
    InstanceNorm,
    LeakyReLU,
    Modulate,
    Sequential,
    Tanh,
)
from gan_scratch.models import dcgan
from gan_scratch.penalties import R1, GradientPenalty

RNG = np.random.default_rng(0)


def test_a_condition_stands_beside_every_place():
    x, c = RNG.standard_normal((2, 3, 2, 2)), RNG.standard_normal((2, 4))
    y = ConcatenateCondition()((x, c))
    assert y.shape == (2, 3, 2, 6)
    for place in np.ndindex(3, 2):
        np.testing.assert_array_equal(y[:, *place], np.hstack([x[:, *place], c]))
    everywhere = np.broadcast_to(c[:, None, None], (2, 3, 2, 4))
    np.testing.assert_array_equal(ConcatenateCondition()((x, everywhere)), y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_labels_become_one_hot_vectors(dtype):
    x = RNG.standard_normal((3, 2, 2)).astype(dtype)
    labels = np.array([2, 0, 2])
    layer = ConcatenateCondition(classes=3)
    y, cache = layer.forward((x, labels))
    np.testing.assert_array_equal(y, ConcatenateCondition()((x, np.eye(3, dtype=dtype)[labels])))
    assert y.dtype == dtype
    dx, none = layer.backward(y, cache)
    np.testing.assert_array_equal(dx, x)
    assert none is None


def player(*first, rng=RNG):
    return Sequential(
        *first, Dense(5, 4, rng=rng), LeakyReLU(), Dense(4, 1, rng=rng)
    ).astype("float64")


def test_a_player_that_begins_with_it_hands_back_both_gradients():
    layer, x = player(ConcatenateCondition()), tuple(RNG.standard_normal((2, 3, 2)))
    x = x[0], RNG.standard_normal((3, 3))
    assert check(layer, x).complete
    y, cache = layer.forward(x)
    joined = Sequential(*layer.layers[1:])
    dy = RNG.standard_normal(y.shape)
    expected = joined.backward(dy, joined.forward(np.hstack(x))[1])
    np.testing.assert_array_equal(np.hstack(layer.backward(dy, cache)), expected)
    labels = RNG.integers(3, size=3)
    layer = player(ConcatenateCondition(classes=3))
    assert check(layer, (x[0], labels)).complete
    assert layer.backward(dy, layer.forward((x[0], labels))[1])[1] is None


@pytest.mark.parametrize("last", [[], [Tanh()]], ids=["piecewise linear", "smooth"])
@pytest.mark.parametrize("penalty", [R1(0.7), GradientPenalty()], ids=["R1", "GradientPenalty"])
@pytest.mark.parametrize("classes", [None, 3])
def test_penalties_differentiate_the_samples_alone(penalty, classes, last):
    critic = Sequential(*player(ConcatenateCondition(classes)), *last)
    assert critic.piecewise_linear == (not last)
    condition = RNG.integers(3, size=4) if classes else RNG.standard_normal((4, 3))
    real, fake = ((RNG.standard_normal((4, 2)), condition) for _ in range(2))
    report = check_penalty(penalty, critic, real, fake)
    assert report.complete, report


def test_modulation_behind_an_instance_norm_is_adain():
    """Each channel of each sample gets the mean and the deviation that the condition says."""
    x, deviation, mean = RNG.random((2, 5, 4, 3)), RNG.random((2, 3)), RNG.random((2, 3))
    normal = InstanceNorm(3, eps=1e-12).astype("float64")(x)
    y = Modulate()((normal, np.hstack([deviation - 1, mean])))
    np.testing.assert_allclose(y.mean(axis=(1, 2)), mean, rtol=1e-9)
    np.testing.assert_allclose(y.std(axis=(1, 2)), deviation, rtol=1e-9)


@pytest.mark.parametrize("layer", [ConcatenateCondition(), Modulate()], ids=repr)
@pytest.mark.parametrize("zero", [0, 1])
def test_a_direction_of_none_stands_still(layer, zero):
    x = RNG.standard_normal((2, 3, 2)), RNG.standard_normal((2, 4))
    _, cache = layer.forward(x)
    x_dot = [np.cos(part) for part in x]
    x_dot[zero] = None
    y_dot, _ = layer.tangent_forward(tuple(x_dot), cache)
    x_dot[zero] = 0 * x[zero]
    np.testing.assert_array_equal(y_dot, layer.tangent_forward(tuple(x_dot), cache)[0])


def test_a_player_says_whether_it_takes_a_condition():
    first = ConcatenateCondition(classes=3)
    assert first.takes_condition and Sequential(first, Tanh()).takes_condition
    assert Sequential(Sequential(first), Tanh()).takes_condition
    for layer in (Tanh(), Sequential(), Sequential(Tanh(), first), Concatenate(Tanh())):
        assert layer.takes_condition is False
    for classes in (None, 3):
        assert dcgan.generator((8, 8, 1), 2, 2, classes=classes, rng=RNG).takes_condition == (
            classes is not None
        )
        assert dcgan.discriminator((8, 8, 1), 2, "none", classes, rng=RNG).takes_condition == (
            classes is not None
        )


@pytest.mark.parametrize("classes, condition, error, sentence", [
    (None, None, TypeError, r"ConcatenateCondition takes a pair \(array, condition\), got ndarray"),
    (None, np.ones((3, 4)), ValueError, r"takes condition of shape \(2, any\), got \(3, 4\)"),
    (None, np.ones((2, 4, 1)), ValueError, r"condition of shape \(2, 3, any\), got \(2, 4, 1\)"),
    (None, np.ones((2, 1), "float32"), TypeError, "in float64 and got condition of float32"),
    (None, np.array([0, 1]), TypeError, "computes in float64 and got condition of int64"),
    (4, np.array([0, 4]), ValueError, "takes labels from 0 to 3, got 0 to 4"),
    (4, np.array([0, 1, 2]), ValueError, r"takes labels of shape \(2,\), got \(3,\)"),
    (4, np.ones(2), TypeError, "takes labels of whole numbers, got float64"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(classes, condition, error, sentence):
    x = np.ones((2, 3, 2))
    with pytest.raises(error, match=sentence):
        ConcatenateCondition(classes).forward(x if condition is None else (x, condition))
    with pytest.raises(ValueError, match="ConcatenateCondition: classes must be a positive whole"):
        ConcatenateCondition(0)
    with pytest.raises(ValueError, match=r"scale and shift of shape \(..., 4\), got \(2, 2\)"):
        Modulate().forward((x, np.ones((2, 2))))
