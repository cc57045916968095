"""Packing by its definition, pack by pack."""

import numpy as np
import pytest

from gan_scratch.layers import Dense, Flatten, Pack, Sequential, Tanh

POINTS, SEQUENCES, IMAGES = (12, 3), (12, 4, 3), (12, 4, 5, 2)
SHAPES = pytest.mark.parametrize("shape", [POINTS, SEQUENCES, IMAGES])
SIZES = pytest.mark.parametrize("m", [1, 2, 3, 12])


def numbers(shape, seed=0):
    """Whole numbers, whose sums and products are exact."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype("float64")


@SIZES
@SHAPES
def test_neighbours_stand_side_by_side(shape, m):
    x = np.random.default_rng(0).standard_normal(shape)
    y = Pack(m)(x)
    *places, channels = shape[1:]
    assert y.shape == (12 // m, *places, m * channels)
    for pack in range(12 // m):
        for member in range(m):
            beside = y[pack, ..., member * channels:(member + 1) * channels]
            np.testing.assert_array_equal(beside, x[pack * m + member])


@SIZES
@SHAPES
def test_the_adjoint_is_exact(shape, m):
    """A moves numbers only, so <A x, y> = <x, Aᵀ y> to the last bit, and Aᵀ A x = x."""
    layer, x = Pack(m), numbers(shape)
    y, cache = layer.forward(x)
    dy = numbers(y.shape, seed=1)
    dx = layer.backward(dy, cache)
    assert (y * dy).sum() == (x * dx).sum()
    np.testing.assert_array_equal(layer.backward(y, cache), x)
    y_dot, tangent_cache = layer.tangent_forward(dx, cache)
    np.testing.assert_array_equal(y_dot, dy)
    first, second = layer.tangent_backward(dy, 2 * dy, cache, tangent_cache)
    np.testing.assert_array_equal(first, dx)
    np.testing.assert_array_equal(second, 2 * dx)


@SHAPES
def test_a_pack_of_one_is_the_sample(shape):
    x = numbers(shape)
    np.testing.assert_array_equal(Pack(1)(x), x)


@SHAPES
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_training_and_inference_are_one_and_the_dtype_stays(shape, dtype):
    x = numbers(shape).astype(dtype)
    trained = Pack(3)(x, training=True)
    np.testing.assert_array_equal(trained, Pack(3)(x))
    assert trained.dtype == dtype


def test_a_critic_gives_one_score_a_pack_that_depends_on_no_other():
    rng = np.random.default_rng(0)
    critic = Sequential(Pack(2), Flatten(), Dense(12, 1, rng=rng).astype("float64"))
    x = rng.standard_normal((6, 3, 2))
    score = critic(x)
    assert score.shape == (3, 1)
    for sample in range(6):
        other = x.copy()
        other[sample] += 1.0
        assert list(np.flatnonzero(critic(other) != score)) == [sample // 2]


def test_it_mixes_samples_and_so_does_what_holds_it():
    assert Pack(2).mixes_samples and Sequential(Tanh(), Pack(2)).mixes_samples


def test_nothing_in_it_is_learnt_or_drawn():
    assert not Pack(2).state() and not Pack(2).generators()


def test_an_empty_batch_has_no_packs():
    y, cache = Pack(3).forward(np.ones((0, 4, 2)))
    assert y.shape == (0, 4, 6)
    assert Pack(3).backward(y, cache).shape == (0, 4, 2)


@pytest.mark.parametrize("m", [0, -1, 1.5, True, "2", None])
def test_sizes_are_refused_in_a_sentence(m):
    with pytest.raises(ValueError, match="^Pack: m must be a positive whole number, got"):
        Pack(m)


@pytest.mark.parametrize("count, m", [(5, 2), (2, 3), (7, 4)])
def test_a_size_that_does_not_divide_the_batch_is_refused_in_a_sentence(count, m):
    with pytest.raises(ValueError) as caught:
        Pack(m).forward(np.ones((count, 3)))
    assert str(caught.value) == (
        f"Pack puts {m} samples together, which does not divide a batch of {count}"
    )


def test_an_array_without_channels_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"^Pack takes x of shape \(N, ..., C\), got \(4,\)$"):
        Pack(2).forward(np.ones(4))
