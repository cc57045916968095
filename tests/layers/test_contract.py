"""The contract of a layer, for every layer that the library offers.

The layers are found by walking the package, so a new one is covered without anyone remembering.
"""

import copy
import functools

import numpy as np
import pytest
from inputs import each, given, is_labels
from joined import Joined, as_one

from gan_scratch.gradient_check import check
from gan_scratch.gradient_check.catalogue import layer_classes
from gan_scratch.gradient_check.examples import draw_input, examples
from gan_scratch.layers import Layer, frozen

CASES = [
    pytest.param(name, index, id=f"{name}-{index}")
    for name, settings in examples(np.random.default_rng(0)).items()
    for index in range(len(settings))
]
every_layer = pytest.mark.parametrize("name, index", CASES)
# Of what takes a whole gradient check the usual run looks at one setting of each layer.
first_settings = pytest.mark.parametrize("name, index", [
    pytest.param(*case.values, id=case.id, marks=pytest.mark.thorough if case.values[1] else ())
    for case in CASES
])


def make(name, index, dtype="float64"):
    """(layer, rng, x): the same each time it is called."""
    layer, rng, x = copy.deepcopy(drawn()[name, index])
    x = each(lambda x: x if is_labels(x) else x.astype(dtype), x)
    return as_one(layer).astype(dtype), rng, x


@functools.cache
def drawn():
    """(name, index) -> (layer, the generator that drew everything, x); to be copied."""
    rng = np.random.default_rng(7)
    return {
        (name, index): (layer, rng, draw_input(kind, rng))
        for name, settings in examples(rng).items()
        for index, (layer, kind) in enumerate(settings)
    }


def like(array, rng):
    """Other values of the same kind; labels are drawn from those that are there."""
    if isinstance(array, tuple):
        return tuple(like(part, rng) for part in array)
    if is_labels(array):
        return rng.permutation(array.reshape(-1)).reshape(array.shape)
    return rng.standard_normal(array.shape).astype(array.dtype)


def direction(x, rng):
    """A direction of x; labels have none."""
    return each(lambda x: None if is_labels(x) else like(x, rng), x)


def read_only(*arrays):
    for array in given(*arrays):
        array.flags.writeable = False


def gradients(layer):
    return {name: p.gradient.copy() for name, p in layer.parameters().items()}


def snapshot(layer):
    """A function that puts back what forward passes move: random generators and buffers."""
    random = [copy.deepcopy(g.bit_generator.state) for g in layer.generators()]
    buffers = {name: buffer.value.copy() for name, buffer in layer.buffers().items()}

    def put_back():
        for generator, state in zip(layer.generators(), random, strict=True):
            generator.bit_generator.state = state
        for name, buffer in layer.buffers().items():
            buffer.value[...] = buffers[name]

    return put_back


def set_tangents(layer, rng):
    for parameter in layer.parameters().values():
        parameter.tangent = like(parameter.value, rng)


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_every_layer_has_an_example():
    assert set(examples(np.random.default_rng(0))) == set(layer_classes())
    assert len(layer_classes()) >= 12


def assert_derivatives_agree(layer, x, report):
    assert report.passed, report
    inputs = [part for part in given(x) if not is_labels(part)]
    assert len(report.rows) >= len(inputs) + len(layer.parameters())


@every_layer
def test_derivatives_agree_with_numeric_ones(name, index):
    """The tangent passes among them, of every layer: each may stand in a critic, batch norm in an
    unpenalised one."""
    layer, rng, x = make(name, index)
    report = check(layer, x, rng=rng)
    assert_derivatives_agree(layer, x, report)
    assert layer.has_tangents
    quantities = {row.quantity for row in report.rows}
    assert "tangent y" in quantities
    assert ({"tangent dx", "tangent dx[0]"} & quantities != set()) == (not is_labels(x))
    assert {f"tangent d {name}" for name in layer.parameters()} <= quantities


@first_settings
def test_derivatives_agree_in_evaluation(name, index):
    layer, rng, x = make(name, index)
    assert_derivatives_agree(layer, x, check(layer, x, rng=rng, training=False))


def thorough(*values):
    return [pytest.param(value, marks=pytest.mark.thorough) for value in values]


@first_settings
@pytest.mark.parametrize("method", ["backward", "tangent_forward", "tangent_backward"])
@pytest.mark.parametrize("factor", [1.01, *thorough(0.0, -1.0)])
def test_a_wrong_pass_is_noticed(name, index, method, factor):
    """A backward or tangent pass scaled by 1.01, deleted or of the wrong sign fails the check."""
    layer, rng, x = make(name, index)

    class Wrong(type(layer)):
        pass

    if is_labels(x) and method != "tangent_forward":
        pytest.skip("labels have no derivative")

    def scaled(value):
        return each(lambda value: factor * value, value)

    def backward(self, dy, cache, need_dx=True):
        return scaled(super(Wrong, self).backward(dy, cache, need_dx))

    def tangent_forward(self, x_dot, cache):
        y_dot, tangent_cache = super(Wrong, self).tangent_forward(x_dot, cache)
        return scaled(y_dot), tangent_cache

    def tangent_backward(self, *arguments):
        dx, dx_dot = super(Wrong, self).tangent_backward(*arguments)
        return dx, scaled(dx_dot)

    setattr(Wrong, method, locals()[method])
    layer.__class__ = Wrong
    if method == "tangent_backward":
        # dẋ of a direction that changes dy, so that it is not zero for the linear layers
        assert check(layer, x, rng=rng).error_of(order=2) > 1e-4
    else:
        assert not check(layer, x, rng=rng).passed


@first_settings
@pytest.mark.parametrize("method", ["backward", "tangent_backward"])
def test_a_wrong_parameter_gradient_is_noticed(name, index, method):
    layer, rng, x = make(name, index)
    if not layer.parameters():
        pytest.skip("no parameters")

    class Wrong(type(layer)):
        pass

    def one_percent_more(self, *arguments):
        before = gradients(self)
        result = getattr(super(Wrong, self), method)(*arguments)
        for key, parameter in self.parameters().items():
            parameter.gradient += 0.01 * (parameter.gradient - before[key])
        return result

    setattr(Wrong, method, one_percent_more)
    layer.__class__ = Wrong
    report = check(layer, x, rng=rng)
    assert not report.passed
    assert any(row.error > 1e-3 and " d " in f" {row.quantity}" for row in report.rows)


@every_layer
@pytest.mark.parametrize("order", ["first first", "last first"])
def test_two_forwards_then_two_backwards(name, index, order):
    """Each call goes back with its own cache, in any order."""
    layer, rng, first = make(name, index)
    second = like(first, rng)
    put_back = snapshot(layer)

    y, cache = layer.forward(first)
    dy = like(y, rng)
    dx_first = layer.backward(dy, cache)
    y, cache = layer.forward(second)
    dx_second = layer.backward(2 * dy, cache)
    one_by_one = gradients(layer)

    layer.zero_gradients()
    put_back()
    _, first_cache = layer.forward(first)
    _, second_cache = layer.forward(second)
    calls = [(dy, first_cache, dx_first), (2 * dy, second_cache, dx_second)]
    for upstream, cache, dx in calls if order == "first first" else reversed(calls):
        np.testing.assert_equal(layer.backward(upstream, cache), dx)
    for key, gradient in gradients(layer).items():
        np.testing.assert_allclose(gradient, one_by_one[key], rtol=1e-13, atol=1e-15)


@every_layer
def test_no_pass_writes_what_it_was_given(name, index):
    layer, rng, x = make(name, index)
    read_only(x, *(p.value for p in layer.parameters().values()))
    y, cache = layer.forward(x)
    y_before = y.copy()
    dy, x_dot, dy_dot = like(y, rng), direction(x, rng), like(y, rng)
    set_tangents(layer, rng)
    read_only(dy, x_dot, dy_dot, *(p.tangent for p in layer.parameters().values()))
    layer.backward(dy, cache)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    y_dot_before = y_dot.copy()
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    np.testing.assert_array_equal(y, y_before)
    np.testing.assert_array_equal(y_dot, y_dot_before)
    # A cache may be used again.
    again = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    np.testing.assert_equal((dx, dx_dot), again)


@every_layer
def test_gradients_add_up(name, index):
    layer, rng, x = make(name, index)
    y, cache = layer.forward(x)
    dy = like(y, rng)
    layer.backward(dy, cache)
    once = gradients(layer)
    for parameter in layer.parameters().values():
        parameter.gradient[...] = 1.0
    layer.backward(dy, cache)
    for key, gradient in gradients(layer).items():
        np.testing.assert_allclose(gradient, once[key] + 1.0, rtol=1e-12, atol=1e-12)


@every_layer
def test_frozen_layers_let_gradients_through_and_stay(name, index):
    layer, rng, x = make(name, index)
    y, cache = layer.forward(x)
    dy, x_dot = like(y, rng), direction(x, rng)
    dx = layer.backward(dy, cache)
    for parameter in layer.parameters().values():
        parameter.gradient[...] = 0.5
    before, state = gradients(layer), layer.state()
    with frozen(layer):
        assert all(p.frozen for p in layer.parameters().values())
        _, other_cache = layer.forward(x)
        np.testing.assert_equal(layer.backward(dy, cache), dx)
        _, tangent_cache = layer.tangent_forward(x_dot, other_cache)
        layer.tangent_backward(dy, dy, other_cache, tangent_cache)
    assert_same(gradients(layer), before)
    assert_same(layer.state(), state)
    assert not any(p.frozen for p in layer.parameters().values())


@every_layer
def test_need_dx_spares_only_dx(name, index):
    layer, rng, x = make(name, index)
    y, cache = layer.forward(x)
    dy = like(y, rng)
    layer.backward(dy, cache)
    wanted = gradients(layer)
    layer.zero_gradients()
    assert layer.backward(dy, cache, need_dx=False) is None
    assert_same(gradients(layer), wanted)
    _, tangent_cache = layer.tangent_forward(direction(x, rng), cache)
    assert layer.tangent_backward(dy, dy, cache, tangent_cache, need_dx=False) == (None, None)


@every_layer
def test_no_tangent_means_a_tangent_of_zero(name, index):
    layer, rng, x = make(name, index)
    y, cache = layer.forward(x)
    dy, x_dot = like(y, rng), direction(x, rng)

    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    layer.zero_gradients()
    dx, dx_dot = layer.tangent_backward(dy, None, cache, tangent_cache)
    with_none = gradients(layer)

    for parameter in layer.parameters().values():
        parameter.tangent = np.zeros_like(parameter.value)
    y_dot_zero, tangent_cache = layer.tangent_forward(x_dot, cache)
    layer.zero_gradients()
    dx_zero, dx_dot_zero = layer.tangent_backward(dy, np.zeros_like(dy), cache, tangent_cache)
    np.testing.assert_array_equal(y_dot, y_dot_zero)
    np.testing.assert_equal(dx, dx_zero)
    for index, array in enumerate(given(dx_dot_zero)):
        np.testing.assert_array_equal(0 if dx_dot is None else given(dx_dot)[index], array)
    assert_same(with_none, gradients(layer))


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_the_dtype_stays(name, index, dtype):
    layer, rng, x = make(name, index, dtype)
    y, cache = layer.forward(x)
    dy, x_dot = like(y, rng), direction(x, rng)
    set_tangents(layer, rng)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    results = [
        y, layer.backward(dy, cache), y_dot,
        *layer.tangent_backward(dy, dy, cache, tangent_cache),
        *(p.gradient for p in layer.parameters().values()),
        layer(x),
    ]
    assert {str(result.dtype) for result in given(*results)} == {dtype}


@every_layer
def test_strided_inputs_give_what_contiguous_ones_give(name, index):
    layer, rng, x = make(name, index)
    put_back = snapshot(layer)
    y, cache = layer.forward(x)
    dy = like(y, rng)
    dx = layer.backward(dy, cache)
    wanted = gradients(layer)
    layer.zero_gradients()
    put_back()
    strided_y, cache = layer.forward(each(strided, x))
    np.testing.assert_allclose(strided_y, y, rtol=1e-14, atol=1e-15)
    for array, expected in zip(given(layer.backward(strided(dy), cache)), given(dx), strict=True):
        np.testing.assert_allclose(array, expected, rtol=1e-14, atol=1e-15)
    for key, gradient in gradients(layer).items():
        np.testing.assert_allclose(gradient, wanted[key], rtol=1e-13, atol=1e-14)


def strided(x):
    """The same numbers, every second element of a larger array in Fortran order."""
    wide = np.full([2 * size for size in x.shape], x.max(), x.dtype, order="F")
    view = wide[tuple(slice(None, None, 2) for _ in x.shape)]
    view[...] = x
    return view


@every_layer
def test_an_empty_batch_passes(name, index):
    layer, _, x = make(name, index)
    empty = each(lambda x: x[:0], x)
    y, cache = layer.forward(empty)
    assert y.shape[0] == 0
    for dx, part in zip(given(layer.backward(y, cache)), given(empty), strict=False):
        assert dx.shape == part.shape
    assert all((gradient == 0).all() for gradient in gradients(layer).values())


@every_layer
def test_state_goes_into_another_layer_in_place(name, index):
    layer, rng, _ = make(name, index)
    other, _, _ = make(name, index)
    held = {key: parameter.value for key, parameter in other.parameters().items()}
    for parameter in other.parameters().values():
        parameter.value += 1.0
    other.load_state(layer.state())
    assert_same(other.state(), layer.state())
    assert all(held[key] is parameter.value for key, parameter in other.parameters().items())


@every_layer
def test_copies_are_apart(name, index):
    layer, _, _ = make(name, index)
    before = layer.state()
    for copied in (layer.astype("float32"), layer.astype("float64")):
        for parameter in copied.parameters().values():
            parameter.value += 1.0
    assert_same(layer.state(), before)


@every_layer
def test_wrong_arrays_are_refused_in_a_sentence(name, index):
    layer, rng, x = make(name, index)
    if name == "Sequential" and not len(layer):
        pytest.skip("an empty Sequential hands everything through")
    if is_labels(x):
        pytest.skip("a layer of labels has tests of its own")
    if isinstance(layer, Joined):
        pytest.skip("what each output expects is told in test_heads.py")
    with pytest.raises(TypeError, match="int64"):
        layer.forward(each(lambda x: np.ones(x.shape, np.int64), x))
    with pytest.raises(TypeError, match="list"):
        layer.forward(each(np.ndarray.tolist, x))
    y, cache = layer.forward(x)
    with pytest.raises(ValueError, match=r"dy of shape .*got"):
        layer.backward(np.ones((*y.shape, 2)), cache)
    with pytest.raises(TypeError, match="float64 and got dy of float32"):
        layer.backward(y.astype("float32"), cache)
    with pytest.raises(ValueError, match=r"x_dot of shape .*got"):
        layer.tangent_forward(each(lambda x: np.ones((*x.shape, 2)), x), cache)
    if layer.parameters():
        with pytest.raises(TypeError, match="float64 and got x of float32"):
            layer.forward(x.astype("float32"))


@every_layer
def test_a_device_gives_the_same_as_numpy(name, index, device):
    layer, rng, x = make(name, index)
    if isinstance(layer, Joined):
        pytest.skip("test_heads.py runs it on a device")
    there, _, _ = make(name, index)
    there = there.to(device)
    y, cache = layer.forward(x)
    dy, x_dot, dy_dot = like(y, rng), direction(x, rng), like(y, rng)
    set_tangents(layer, rng)
    for key, parameter in there.parameters().items():
        parameter.tangent = device.asarray(layer.parameters()[key].tangent)

    def passes(layer, x, dy, x_dot, dy_dot, y, cache):
        dx = layer.backward(dy, cache)
        y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
        return [y, dx, y_dot, *layer.tangent_backward(dy, dy_dot, cache, tangent_cache),
                *(p.gradient for p in layer.parameters().values())]

    wanted = passes(layer, x, dy, x_dot, dy_dot, y, cache)
    moved = each(device.asarray, (x, dy, x_dot, dy_dot))
    got = passes(there, *moved, *there.forward(moved[0]))
    for here, yonder in zip(given(*wanted), given(*got), strict=True):
        np.testing.assert_allclose(device.to_numpy(yonder), here, rtol=1e-12, atol=1e-13)
    if layer.parameters():
        with pytest.raises(TypeError, match=f"computes on {device.name} and got x on numpy"):
            there.forward(x)


def test_the_base_layer_says_what_is_missing():
    class Half(Layer):
        def forward(self, x, training=True):
            return x, x

    with pytest.raises(NotImplementedError, match="Half has no backward pass"):
        Half().backward(np.ones(1), None)
    with pytest.raises(NotImplementedError, match="Half has no tangent passes"):
        Half().tangent_forward(np.ones(1), None)
    assert not Half().has_tangents
