"""GRU and LSTM by their definition, and what a sequence may be."""

import numpy as np
import pytest

from gan_scratch.layers import GRU, LSTM
from gan_scratch.testing import STRICT, no_waiting

RNG = np.random.default_rng
CELLS = {
    "GRU": lambda **settings: GRU(3, 4, rng=RNG(0), **settings),
    "GRU of the paper": lambda **settings: GRU(3, 4, reset_after=False, rng=RNG(0), **settings),
    "LSTM": lambda **settings: LSTM(3, 4, rng=RNG(0), **settings),
}


@pytest.fixture(params=CELLS)
def make(request):
    return CELLS[request.param]


def sequences():
    return RNG(1).standard_normal((2, 5, 3)).astype("float32")


def test_a_step_knows_the_past_and_not_the_future(make):
    x, layer = sequences(), make()
    changed = x.copy()
    changed[:, 3] += 1
    before, after = layer(x), layer(changed)
    np.testing.assert_array_equal(after[:, :3], before[:, :3])
    assert (after[:, 3:] != before[:, 3:]).any(axis=(0, 2)).all()


def test_last_is_the_last_of_the_sequence(make):
    x = sequences()
    y = make(last=True)(x)
    assert y.shape == (2, 4)
    np.testing.assert_array_equal(y, make()(x)[:, -1])


def test_weights_start_uniform_by_the_hidden_size(make):
    layer = make()
    for name, parameter in layer.parameters().items():
        value = parameter.value.copy()
        if isinstance(layer, LSTM) and name == "input.bias":
            value[4:8] -= 1  # the forget bias
        assert value.dtype == np.float32
        assert 0.3 < np.abs(value).max() <= 0.5 + 1e-6, name  # 1 / √4


def test_the_forget_bias_keeps_the_memory():
    x = 0 * sequences()
    x[:, 0] = 3
    kept = [np.abs(LSTM(3, 4, forget_bias=bias, last=True, rng=RNG(0))(x)).mean()
            for bias in (0, 1, 9)]
    assert kept[0] < kept[1] < kept[2]


def test_no_pass_waits_for_the_device(make):
    layer = make().to(STRICT)
    x = STRICT.asarray(sequences())
    with no_waiting():
        y, cache = layer.forward(x)
        layer.backward(y, cache)
        _, tangent_cache = layer.tangent_forward(x, cache)
        layer.tangent_backward(y, y, cache, tangent_cache)


def test_large_inputs_do_not_overflow(make):
    layer, x = make(), 1e4 * sequences()
    y, cache = layer.forward(x)
    assert np.isfinite(y).all() and np.isfinite(layer.backward(y, cache)).all()


@pytest.mark.parametrize("settings, sentence", [
    ({"hidden": 0}, "hidden must be a positive whole number, got 0"),
    ({"last": 1}, "last must be true or false, got 1"),
    ({"forget_bias": -1.0}, "LSTM: forget_bias must be a finite number ≥ 0, got -1.0"),
    ({"reset_after": "no"}, "GRU: reset_after must be true or false, got 'no'"),
])  # fmt: skip
def test_wrong_settings_get_a_sentence(settings, sentence):
    kind = LSTM if "forget_bias" in settings else GRU
    with pytest.raises(ValueError, match=sentence):
        kind(**{"in_features": 3, "hidden": 4, "rng": RNG(0), **settings})


def test_what_is_no_sequence_gets_a_sentence(make):
    with pytest.raises(ValueError, match=r"takes x of shape \(any, any, 3\), got \(2, 3\)"):
        make()(np.ones((2, 3), "float32"))
    with pytest.raises(ValueError, match=r"takes x of one step or more, got \(2, 0, 3\)"):
        make()(np.ones((2, 0, 3), "float32"))
