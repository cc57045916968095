"""Optimisers against steps computed by hand, and what they must never do."""

import copy
import math

import numpy as np
import pytest

from gan_scratch import flat
from gan_scratch.layers import Dense, Parameter, Sequential, Tanh, frozen
from gan_scratch.optimizers import SGD, Adam, Average, Momentum, RMSprop

OPTIMIZERS = [SGD, Momentum, RMSprop, Adam]


@pytest.fixture(params=OPTIMIZERS)
def optimizer_class(request):
    return request.param


def pair(dtype="float64", seed=0):
    """Two parameters with gradients, by name."""
    rng = np.random.default_rng(seed)
    parameters = {}
    for name, shape in (("weight", (3, 2)), ("bias", (2,))):
        parameters[name] = Parameter(rng.standard_normal(shape).astype(dtype))
        parameters[name].gradient[...] = rng.standard_normal(shape)
    return parameters


def values_of(parameters):
    return {name: parameter.value.copy() for name, parameter in parameters.items()}


def assert_same_bits(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], strict=True)


# Two steps by hand: θ = (1, -2) along g = (0.5, -1) and then (1, 2), with η = 0.1

BY_HAND = {
    "SGD": (SGD, {}, [[0.95, -1.9], [0.85, -2.1]]),
    # v = (0.5, -1), then 0.9 v + g = (1.45, 1.1)
    "Momentum": (Momentum, {"momentum": 0.9}, [[0.95, -1.9], [0.805, -2.01]]),
    # s = (1/16, 1/4), then 3/4 s + g²/4 = (19/64, 19/16)
    "RMSprop": (
        RMSprop, {"decay": 0.75, "eps": 0.25},
        [
            [1 - 0.1 * 0.5 / (1 / 4 + 0.25), -2 + 0.1 * 1 / (1 / 2 + 0.25)],
            [
                1 - 0.1 * 0.5 / 0.5 - 0.1 * 1 / (math.sqrt(19 / 64) + 0.25),
                -2 + 0.1 * 1 / 0.75 - 0.1 * 2 / (math.sqrt(19 / 16) + 0.25),
            ],
        ],
    ),
    # m = (1/4, -1/2), m̂ = 2 m; v = (1/16, 1/4), v̂ = 4 v. Then m = (5/8, 3/4), m̂ = 4/3 m;
    # v = (19/64, 19/16), v̂ = 16/7 v.
    "Adam": (
        Adam, {"beta1": 0.5, "beta2": 0.75, "eps": 0.25},
        [
            [1 - 0.1 * 0.5 / (0.5 + 0.25), -2 + 0.1 * 1 / (1 + 0.25)],
            [
                1 - 0.1 * 0.5 / 0.75 - 0.1 * (5 / 6) / (math.sqrt(19 / 28) + 0.25),
                -2 + 0.1 * 1 / 1.25 - 0.1 * 1 / (math.sqrt(19 / 7) + 0.25),
            ],
        ],
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_two_steps_by_hand(name):
    make, settings, expected = BY_HAND[name]
    parameter = Parameter(np.array([1.0, -2.0]))
    optimizer = make({"weight": parameter}, learning_rate=0.1, **settings)
    for gradient, value in zip(([0.5, -1], [1, 2]), expected, strict=True):
        parameter.gradient[...] = gradient
        optimizer.step()
        np.testing.assert_allclose(parameter.value, value, rtol=1e-14)
    assert optimizer.steps == 2


def test_the_first_step_of_adam_has_the_size_of_the_learning_rate():
    parameter = Parameter(np.zeros(3))
    optimizer = Adam({"weight": parameter}, 0.01)
    parameter.gradient[...] = [1e-3, -5, 1e4]
    optimizer.step()
    np.testing.assert_allclose(parameter.value, [-0.01, 0.01, -0.01], rtol=1e-4)


# Packing


def test_values_and_gradients_become_views_of_one_buffer_and_keep_their_numbers(optimizer_class):
    parameters = pair()
    before = values_of(parameters), {name: p.gradient.copy() for name, p in parameters.items()}
    optimizer = optimizer_class(parameters, 0.1)
    for name, parameter in parameters.items():
        np.testing.assert_array_equal(parameter.value, before[0][name], strict=True)
        np.testing.assert_array_equal(parameter.gradient, before[1][name], strict=True)
        assert np.shares_memory(parameter.value, optimizer.values)
        assert np.shares_memory(parameter.gradient, optimizer.gradients)
    assert optimizer.values.size == optimizer.gradients.size == 8


def test_what_is_written_into_a_value_is_what_moves(optimizer_class):
    parameters = pair()
    optimizer = optimizer_class(parameters, 0.1)
    parameters["bias"].value[...] = 100
    parameters["bias"].gradient[...] = 1
    optimizer.step()
    assert ((99 <= parameters["bias"].value) & (parameters["bias"].value < 100)).all()


def test_a_step_writes_no_gradient(optimizer_class):
    parameters = pair()
    optimizer = optimizer_class(parameters, 0.1)
    gradients = {name: p.gradient.copy() for name, p in parameters.items()}
    values = values_of(parameters)
    for _ in range(3):
        optimizer.step()
    assert_same_bits({name: p.gradient for name, p in parameters.items()}, gradients)
    assert all((parameters[name].value != values[name]).all() for name in values)


@pytest.mark.parametrize("array", ["value", "gradient"])
def test_a_replaced_array_is_an_error_that_names_the_parameter(optimizer_class, array):
    parameters = pair()
    optimizer = optimizer_class(parameters, 0.1)
    setattr(parameters["bias"], array, getattr(parameters["bias"], array).copy())
    before = values_of(parameters)
    with pytest.raises(RuntimeError, match="^bias was given a new array"):
        optimizer.step()
    assert_same_bits(values_of(parameters), before)
    assert optimizer.steps == 0


def test_a_second_optimizer_takes_the_parameters_from_the_first(optimizer_class):
    parameters = pair()
    first = optimizer_class(parameters, 0.1)
    second = optimizer_class(parameters, 0.1)
    with pytest.raises(RuntimeError, match=r"^weight was given .*another optimiser"):
        first.step()
    second.step()
    assert second.steps == 1


def test_a_shared_parameter_is_packed_and_moved_once(optimizer_class):
    dense = Dense(2, 2, rng=np.random.default_rng(0)).astype("float64")
    twice = Sequential(dense, Tanh(), dense)
    assert len(twice.parameters()) == 4
    alone = copy.deepcopy(dense)
    optimizer = optimizer_class(twice.parameters(), 0.1)
    assert optimizer.values.size == 6 and len(optimizer.parameters) == 2
    other = optimizer_class(alone.parameters(), 0.1)
    for layer in (dense, alone):
        layer.weight.gradient[...] = [[1, -2], [3, -4]]
        layer.bias.gradient[...] = [5, -6]
    optimizer.step()
    other.step()
    assert_same_bits(dense.state(), alone.state())
    assert twice[2].weight.value is dense.weight.value


def test_gradients_of_a_shared_parameter_arrive_from_both_places():
    rng = np.random.default_rng(0)
    dense = Dense(2, 2, rng=rng).astype("float64")
    twice = Sequential(dense, Tanh(), dense)
    optimizer = SGD(twice.parameters(), 0.1)
    y, cache = twice.forward(rng.standard_normal((3, 2)))
    twice.backward(np.ones_like(y), cache)
    np.testing.assert_allclose(optimizer.gradients[:4], dense.weight.gradient.ravel())
    start, gradient = dense.weight.value.copy(), dense.weight.gradient.copy()
    optimizer.step()
    np.testing.assert_allclose(dense.weight.value, start - 0.1 * gradient, rtol=1e-14)


def test_float32_stays_float32(optimizer_class):
    parameters = pair("float32")
    optimizer = optimizer_class(parameters, 0.1)
    for _ in range(2):
        optimizer.step()
    assert optimizer.values.dtype == optimizer.gradients.dtype == "float32"
    assert all(moment.dtype == "float32" for moment in optimizer.moments().values())
    assert all(parameter.value.dtype == "float32" for parameter in parameters.values())
    assert optimizer.gradient_norm().dtype == "float32"


def test_gradient_norm_is_that_of_all_parameters_together():
    parameters = pair()
    optimizer = SGD(parameters, 0.1)
    together = np.concatenate([p.gradient.ravel() for p in parameters.values()])
    assert float(optimizer.gradient_norm()) == pytest.approx(np.linalg.norm(together), rel=1e-15)


# Frozen parameters


@pytest.mark.parametrize("still", ["a", "b", "c"])
def test_a_frozen_parameter_stays_while_the_others_move_as_ever(optimizer_class, still):
    def three():
        rng = np.random.default_rng(1)
        parameters = {name: Parameter(rng.standard_normal((2, 3))) for name in "abc"}
        for parameter in parameters.values():
            parameter.gradient[...] = rng.standard_normal((2, 3))
        return parameters

    parameters, free = three(), three()
    optimizer, other = optimizer_class(parameters, 0.1), optimizer_class(free, 0.1)
    before = parameters[still].value.copy()
    parameters[still].frozen = True
    for _ in range(2):
        optimizer.step()
        other.step()
    np.testing.assert_array_equal(parameters[still].value, before)
    for name in set("abc") - {still}:
        np.testing.assert_array_equal(parameters[name].value, free[name].value)
        assert (parameters[name].value != before).any()
    # Its memory stays too.
    index = "abc".index(still)
    for moment in optimizer.moments().values():
        assert not moment.reshape(3, 6)[index].any()


def test_with_everything_frozen_nothing_moves(optimizer_class):
    layer = Dense(3, 2, rng=np.random.default_rng(0))
    optimizer = optimizer_class(layer.parameters(), 0.1)
    optimizer.gradients[...] = 1
    before = layer.state()
    with frozen(layer):
        optimizer.step()
    assert_same_bits(layer.state(), before)
    optimizer.step()
    assert (layer.weight.value != before["weight"]).all()


# Gradients that are not finite


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gradient_that_is_not_finite_is_refused_before_anything_moves(
    optimizer_class, dtype, bad
):
    parameters = pair(dtype)
    optimizer = optimizer_class(parameters, 0.1)
    optimizer.step()
    before, state = values_of(parameters), optimizer.state()
    parameters["bias"].gradient[1] = bad
    with pytest.raises(FloatingPointError, match="^the gradient of bias is not finite$"):
        optimizer.step()
    assert_same_bits(values_of(parameters), before)
    assert_same_bits(optimizer.moments(), state["moments"])
    assert optimizer.steps == 1


def test_a_huge_gradient_is_finite_though_its_square_is_not():
    parameters = pair("float32")
    optimizer = SGD(parameters, 1e-30)
    before = parameters["bias"].value.copy()
    parameters["bias"].gradient[...] = 1e30
    optimizer.step()
    np.testing.assert_allclose(parameters["bias"].value, before - 1, rtol=1e-5)


def test_a_parameter_that_was_frozen_for_long_does_not_jump_when_thawed():
    """Adam's bias correction counts a parameter's own steps: the first is η, whenever it comes."""
    parameters = pair()
    optimizer = Adam(parameters, 0.01)
    parameters["bias"].frozen = True
    for _ in range(100):
        optimizer.gradients[...] = 1.0
        optimizer.step()
    before = parameters["bias"].value.copy()
    parameters["bias"].frozen = False
    optimizer.step()
    np.testing.assert_allclose(before - parameters["bias"].value, 0.01, rtol=1e-6)
    assert sorted(optimizer.moves) == [1, 101]


def test_blocks_change_no_bit(optimizer_class, monkeypatch):
    def played(block):
        monkeypatch.setattr(flat, "BLOCK", block)
        parameters = pair("float32")
        optimizer = optimizer_class(parameters, 0.1)
        model = Sequential(Dense(3, 5, rng=np.random.default_rng(0)))
        average = Average(model)
        rng = np.random.default_rng(5)
        for _ in range(3):
            optimizer.gradients[...] = rng.standard_normal(8)
            optimizer.step()
            model[0].weight.value += rng.standard_normal((3, 5)).astype("float32")
            average.update()
        return {**values_of(parameters), **average.model.state()}

    assert_same_bits(played(3), played(1 << 20))


# State


@pytest.mark.parametrize("lacking", ["moves", "learning_rate", "moments"])
def test_a_state_that_lacks_something_is_refused_and_nothing_changes(lacking):
    optimizer = Adam(pair(), 0.1)
    state = {**optimizer.state(), "learning_rate": 0.5}
    del state[lacking]
    with pytest.raises(ValueError, match=f"Adam: no state of an optimiser: '{lacking}'"):
        optimizer.load_state(state)
    assert optimizer.learning_rate == 0.1


@pytest.mark.parametrize("rate", [np.nan, -1.0, "x", None])
def test_a_schedule_cannot_set_a_rate_that_is_none(rate):
    optimizer = Adam(pair(), 0.1)
    with pytest.raises(ValueError, match="Adam: learning_rate must be a finite number ≥ 0"):
        optimizer.learning_rate = rate
    optimizer.learning_rate = np.float32(0.5)
    assert type(optimizer.learning_rate) is float


def test_after_a_round_trip_the_same_bits_follow(optimizer_class):
    def played(parameters, optimizer, rng, steps):
        for _ in range(steps):
            optimizer.gradients[...] = rng.standard_normal(8)
            optimizer.step()
        return values_of(parameters)

    parameters = pair()
    optimizer = optimizer_class(parameters, 0.1)
    played(parameters, optimizer, np.random.default_rng(2), 3)
    optimizer.learning_rate = 0.05
    state, values = optimizer.state(), values_of(parameters)
    straight_on = played(parameters, optimizer, np.random.default_rng(3), 4)
    assert optimizer.steps == 7 and state["moves"] == [3, 3]  # the state is a copy

    resumed = pair(seed=9)
    other = optimizer_class(resumed, 0.3)
    for name, value in values.items():
        resumed[name].value[...] = value
    other.load_state(state)
    assert (other.steps, other.learning_rate) == (3, 0.05)
    assert_same_bits(played(resumed, other, np.random.default_rng(3), 4), straight_on)


def test_a_loaded_state_is_not_shared():
    parameters = pair()
    optimizer = Adam(parameters, 0.1)
    optimizer.step()
    state = optimizer.state()
    kept = copy.deepcopy(state)
    optimizer.load_state(state)
    optimizer.step()
    assert_same_bits(state["moments"], kept["moments"])
    assert optimizer.first_moment is optimizer.moments()["first_moment"]


@pytest.mark.parametrize(
    "make_other, message",
    [
        (lambda: Momentum(pair(), 0.1), r"Adam of 2 .*'second_moment'.*holds {'velocity': \(8,\)}"),
        (lambda: SGD(pair(), 0.1), "the state of 2 holds nothing"),
        (lambda: Adam({"weight": Parameter(np.zeros(5))}, 0.1),
         r"'first_moment': \(8,\).*the state of 1 holds {'first_moment': \(5,\)"),
    ],
)
def test_a_state_of_another_optimizer_is_refused_and_nothing_changes(make_other, message):
    optimizer = Adam(pair(), 0.1)
    optimizer.step()
    other = make_other()
    other.learning_rate = 0.7
    before = optimizer.state()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state(other.state())
    after = optimizer.state()
    assert_same_bits(after["moments"], before["moments"])
    assert (after["moves"], after["learning_rate"]) == ([1, 1], 0.1)


def test_the_second_of_two_moments_is_looked_at_before_the_first_is_written():
    optimizer = Adam(pair(), 0.1)
    state = optimizer.state()
    state["moments"]["first_moment"] += 1
    state["moments"]["second_moment"] = np.zeros(3)
    with pytest.raises(ValueError, match=r"holds .*'second_moment': \(3,\)"):
        optimizer.load_state(state)
    assert not optimizer.first_moment.any()


# Settings


def test_what_is_no_dict_of_parameters_is_refused(optimizer_class):
    for wrong in ([Parameter(np.zeros(3))], Dense(2, 1, rng=np.random.default_rng(0)), None):
        with pytest.raises(
            TypeError, match=f"takes a dict name -> Parameter, .* got {type(wrong).__name__}$"
        ):
            optimizer_class(wrong, 0.1)
    with pytest.raises(ValueError, match="an optimiser needs at least one parameter, got none"):
        optimizer_class({}, 0.1)


def test_parameters_of_two_dtypes_are_refused(optimizer_class):
    mixed = {"a": Parameter(np.zeros(2, "float32")), "b": Parameter(np.zeros(2, "float64"))}
    with pytest.raises(TypeError, match="parameters of one dtype, got float32, float64"):
        optimizer_class(mixed, 0.1)


@pytest.mark.parametrize("rate", [0, -1e-3, math.nan, math.inf, "0.1", None, True])
def test_a_learning_rate_that_is_no_positive_number_is_refused(optimizer_class, rate):
    with pytest.raises(
        ValueError, match=f"^{optimizer_class.__name__}: learning_rate must be a positive number"
    ):
        optimizer_class(pair(), rate)


@pytest.mark.parametrize("value", [1, 1.5, -0.1, math.nan, math.inf])
@pytest.mark.parametrize(
    "make, setting", [(Momentum, "momentum"), (RMSprop, "decay"), (Adam, "beta1"), (Adam, "beta2")]
)
def test_a_decay_outside_zero_to_one_is_refused(make, setting, value):
    with pytest.raises(ValueError, match=rf"^{make.__name__}: {setting} must be in \[0, 1\), got"):
        make(pair(), 0.1, **{setting: value})
