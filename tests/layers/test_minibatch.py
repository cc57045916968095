"""Minibatch standard deviation by its definition, group by group."""

import numpy as np
import pytest

from gan_scratch.layers import Concatenate, MinibatchStandardDeviation, Sequential, Tanh


@pytest.mark.parametrize("shape", [(6, 4), (6, 2, 3, 4), (6, 5, 4)])
@pytest.mark.parametrize("group_size, chunks", [(3, 1), (2, 2), (6, 4), (1, 2), (100, 1)])
def test_every_place_shows_the_deviation_of_its_group(shape, group_size, chunks):
    x = np.random.default_rng(0).standard_normal(shape)
    y = MinibatchStandardDeviation(group_size, chunks)(x)
    assert y.shape == (*shape[:-1], 4 + chunks)
    np.testing.assert_array_equal(y[..., :4], x)
    groups = 6 // min(group_size, 6)
    for sample in range(6):
        members = x[sample % groups::groups]
        deviation = np.sqrt(((members - members.mean(axis=0)) ** 2).mean(axis=0) + 1e-8)
        for chunk in range(chunks):
            wide = 4 // chunks
            wanted = deviation[..., chunk * wide:(chunk + 1) * wide].mean()
            np.testing.assert_allclose(y[sample, ..., 4 + chunk], wanted, rtol=1e-12)


def test_equal_samples_have_a_small_deviation_and_a_finite_gradient():
    """What a collapsed generator makes: without eps the root has no slope there."""
    x = np.ones((4, 2, 2, 3), "float32")
    layer = MinibatchStandardDeviation()
    y, cache = layer.forward(x)
    np.testing.assert_allclose(y[..., 3], 1e-4, rtol=1e-6)
    dy = np.ones_like(y)
    np.testing.assert_array_equal(layer.backward(dy, cache), dy[..., :3])
    np.testing.assert_allclose(MinibatchStandardDeviation(eps=0.25)(x)[..., 3], 0.5)


def test_it_mixes_samples_and_so_does_what_holds_it():
    layer = MinibatchStandardDeviation()
    assert layer.mixes_samples and Sequential(Tanh(), layer).mixes_samples
    assert not Concatenate(Tanh()).mixes_samples
    x = np.random.default_rng(0).standard_normal((4, 3))
    other = x.copy()
    other[3] += 1.0
    assert (layer(x)[0] != layer(other)[0]).any()


def test_a_batch_smaller_than_a_group_is_one_group():
    x = np.random.default_rng(0).standard_normal((3, 2))
    np.testing.assert_array_equal(
        MinibatchStandardDeviation(4)(x), MinibatchStandardDeviation(3)(x)
    )


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: MinibatchStandardDeviation(0), "group_size must be a positive whole number"),
        (lambda: MinibatchStandardDeviation(4, 0), "num_channels must be a positive whole number"),
        (lambda: MinibatchStandardDeviation(eps=0), "eps must be a positive number, got 0"),
    ],
)
def test_settings_are_refused_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=f"MinibatchStandardDeviation: {sentence}"):
        make()


def test_batches_are_refused_in_a_sentence():
    layer = MinibatchStandardDeviation(group_size=4, num_channels=2)
    with pytest.raises(ValueError, match="batches that groups of 4 divide, got 6 samples"):
        layer(np.ones((6, 2)))
    with pytest.raises(ValueError, match="cuts the channels into 2 chunks, got 3 channels"):
        layer(np.ones((4, 3)))
    for shape in [(4,), (4, 0, 2), (4, 0)]:
        with pytest.raises(ValueError, match="with something in each sample, got"):
            layer(np.ones(shape))
