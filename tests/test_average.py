"""The average of weights: a closed form, a model of its own, a state that round-trips."""

import math

import numpy as np
import pytest

from gan_scratch.layers import Buffer, Dense, Layer, Parameter, Sequential, Tanh
from gan_scratch.optimizers import SGD, Average


def assert_same_bits(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], strict=True)


class Statistics(Layer):
    """y = scale · x, with a running statistic to be averaged and a counter to be copied."""

    def __init__(self):
        self.scale = Parameter(np.ones(2))
        self.running = Buffer(np.zeros(2), averaged=True)
        self.count = Buffer(np.zeros((), "int64"))

    def forward(self, x, training=True):
        return self.scale.value * x, x


def test_average_is_the_closed_form_with_warm_up():
    source = Statistics()
    average = Average(source, decay=0.5)
    expected_scale, expected_running = np.ones(2), np.zeros(2)
    rng = np.random.default_rng(0)
    decays = []
    for t in range(20):
        source.scale.value[...], source.running.value[...] = rng.standard_normal((2, 2))
        source.count.value += 3
        average.update()
        decay = min(0.5, (1 + t) / (10 + t))
        decays.append(decay)
        expected_scale = decay * expected_scale + (1 - decay) * source.scale.value
        expected_running = decay * expected_running + (1 - decay) * source.running.value
        np.testing.assert_allclose(average.model.scale.value, expected_scale, rtol=1e-13)
        np.testing.assert_allclose(average.model.running.value, expected_running, rtol=1e-13)
        assert average.model.count.value == source.count.value == 3 * (t + 1)
    assert decays[0] == 0.1 and decays[7] < 0.5 and decays[8:] == [0.5] * 12
    assert average.updates == 20 and average.model.count.value.dtype == "int64"


def test_average_of_a_constant_is_that_constant_and_a_decay_of_zero_follows_at_once():
    source = Statistics()
    still, follower = Average(source, 0.9), Average(source, 0)
    start = source.state()
    for _ in range(5):
        still.update()
    assert_same_bits(still.model.state(), start)
    source.scale.value[...] = [5, -3]
    follower.update()
    np.testing.assert_array_equal(follower.model.scale.value, [5, -3])


def test_average_and_source_share_no_memory_even_when_packed():
    source = Sequential(Dense(2, 2, rng=np.random.default_rng(0)))
    before_packing = Average(source, 0.5)
    optimizer = SGD(source.parameters(), 0.1)
    after_packing = Average(source, 0.5)
    start = source.state()
    optimizer.gradients[...] = 1
    optimizer.step()
    moved = source.state()
    for average in (before_packing, after_packing):
        assert_same_bits(average.model.state(), start)
        average.update()
        average.model[0].weight.value[...] = 7
        assert average.model[0].weight.value.dtype == "float32"
    assert_same_bits(source.state(), moved)


def test_average_takes_a_shared_parameter_once():
    dense = Dense(2, 2, rng=np.random.default_rng(0)).astype("float64")
    source = Sequential(dense, Tanh(), dense)
    average = Average(source, 0.9)
    start = dense.weight.value.copy()
    dense.weight.value += 1
    average.update()
    assert average.model[0] is average.model[2]
    np.testing.assert_allclose(average.model[0].weight.value, start + 0.9, rtol=1e-14)


def test_average_keeps_float32():
    source = Sequential(Dense(2, 2, rng=np.random.default_rng(0)))
    average = Average(source, 0.999)
    source[0].weight.value += 1
    average.update()
    assert average.model[0].weight.value.dtype == "float32"
    assert average.model[0](np.zeros((1, 2), "float32")).dtype == "float32"


def test_state_of_an_average_round_trips():
    def moved(source, average, rng, steps):
        for _ in range(steps):
            source.scale.value[...] = rng.standard_normal(2)
            source.running.value[...] = rng.standard_normal(2)
            source.count.value += 1
            average.update()
        return average.model.state()

    source = Statistics()
    average = Average(source, 0.9)
    moved(source, average, np.random.default_rng(0), 3)
    state = average.state()
    straight_on = moved(source, average, np.random.default_rng(1), 4)
    assert state["updates"] == 3

    other = Average(source, 0.9)
    source.count.value[...] = 3
    other.load_state(state)
    assert_same_bits(moved(source, other, np.random.default_rng(1), 4), straight_on)


def test_a_state_of_another_model_is_refused_by_an_average_and_nothing_changes():
    average = Average(Statistics(), 0.9)
    average.update()
    before = average.state()
    other = Average(Sequential(Dense(2, 2, rng=np.random.default_rng(0))), 0.9)
    with pytest.raises(ValueError, match="this state is not one of this Statistics"):
        average.load_state(other.state())
    assert_same_bits(average.model.state(), before["model"])
    assert average.updates == 1


@pytest.mark.parametrize("decay", [1, -0.1, 2, math.nan])
def test_an_average_refuses_a_decay_outside_zero_to_one(decay):
    with pytest.raises(ValueError, match=r"^Average: decay must be in \[0, 1\), got"):
        Average(Statistics(), decay)


def test_an_average_follows_a_weight_that_was_made_in_fortran_order():
    def transposed(rng, shape, fan_in, fan_out):
        return rng.standard_normal(shape[::-1], dtype="float32").T

    model = Dense(3, 5, rng=np.random.default_rng(0), init=transposed)
    average = Average(model, decay=0.0)
    model.weight.value += 1
    average.update()
    np.testing.assert_array_equal(average.model.weight.value, model.weight.value)
