"""Self-attention by its definition, place by place."""

import numpy as np
import pytest

from gan_scratch.layers import SelfAttention


def attention(channels, gain=0.5):
    layer = SelfAttention(channels, rng=np.random.default_rng(0)).astype("float64")
    layer.gain.value[...] = gain
    return layer


def test_it_starts_as_the_identity():
    x = np.random.default_rng(1).standard_normal((2, 3, 3, 16)).astype("float32")
    layer = SelfAttention(16, rng=np.random.default_rng(0))
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(layer.backward(x, cache), x)
    # The gain alone has a gradient there, so it is the gain that moves first.
    moved = {name for name, p in layer.parameters().items() if p.gradient.any()}
    assert moved == {"gain"}


def test_each_place_mixes_the_values_of_all_places():
    layer = attention(8)
    x = np.random.default_rng(1).standard_normal((2, 2, 3, 8))
    y = layer(x)
    weights = {name: p.value for name, p in layer.parameters().items()}
    for sample in range(2):
        places = x[sample].reshape(6, 8)
        for here in range(6):
            scores = [
                places[here] @ weights["query.weight"] @ (places[there] @ weights["key.weight"])
                for there in range(6)
            ]
            share = np.exp(scores) / np.exp(scores).sum()
            mixed = sum(share[there] * places[there] for there in range(6))
            out = mixed @ weights["value.weight"] @ weights["output.weight"]
            wanted = places[here] + 0.5 * out
            np.testing.assert_allclose(y[sample].reshape(6, 8)[here], wanted, rtol=1e-12)


def test_it_does_not_know_where_a_place_is():
    """A permutation of the places permutes y, in any number of axes."""
    layer = attention(4)
    x = np.random.default_rng(1).standard_normal((2, 6, 4))
    order = np.random.default_rng(2).permutation(6)
    np.testing.assert_allclose(layer(x[:, order]), layer(x)[:, order], rtol=1e-12)
    np.testing.assert_allclose(layer(x.reshape(2, 3, 2, 4)).reshape(x.shape), layer(x))
    assert not np.allclose(layer(x), x)


@pytest.mark.parametrize("channels, narrow, half", [(64, 8, 32), (16, 2, 8), (3, 1, 1), (1, 1, 1)])
def test_the_widths_are_an_eighth_and_a_half(channels, narrow, half):
    shapes = {name: p.value.shape for name, p in attention(channels).parameters().items()}
    assert shapes == {
        "gain": (1,), "query.weight": (channels, narrow), "key.weight": (channels, narrow),
        "value.weight": (channels, half), "output.weight": (half, channels),
    }


def test_large_scores_do_not_overflow():
    y = attention(8)(1e3 * np.random.default_rng(1).standard_normal((1, 4, 8)))
    assert np.isfinite(y).all()


def test_what_does_not_fit_is_refused_in_a_sentence():
    layer = attention(4)
    for shape in [(2, 4), (2, 0, 3, 4)]:
        with pytest.raises(ValueError, match=r"SelfAttention takes x .* at least one place, got"):
            layer(np.ones(shape))
    with pytest.raises(ValueError, match=r"takes x of shape \(\.\.\., 4\), got \(2, 3, 5\)"):
        layer(np.ones((2, 3, 5)))
    with pytest.raises(ValueError, match=r"SelfAttention takes dy of shape \(2, 3, 2, 4\)"):
        layer.backward(np.ones((2, 6, 4)), layer.forward(np.ones((2, 3, 2, 4)))[1])
    with pytest.raises(ValueError, match="SelfAttention: channels must be a positive whole number"):
        attention(0)
