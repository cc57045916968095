"""Weights for PyTorch without PyTorch: files, names, and models that have no twin."""

import copy
import re
import struct
import sys

import numpy as np
import pytest

from gan_scratch import exchange
from gan_scratch.layers import (
    GRU,
    BatchNorm,
    Concatenate,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GroupNorm,
    InstanceNorm,
    Layer,
    LayerNorm,
    LeakyReLU,
    MinibatchStandardDeviation,
    PReLU,
    ReLU,
    Reshape,
    Residual,
    Sequential,
    Sigmoid,
    SpectralNorm,
    Tanh,
)
from gan_scratch.models import dcgan, mlp
from gan_scratch.models.conditional import ConditionalGenerator

RNG = np.random.default_rng(0)
MISSING = re.escape("run 'pip install gan_scratch[exchange]'")


def dense(inputs, outputs):
    return Dense(inputs, outputs, rng=RNG)


def model():
    return Sequential(dense(3, 12), BatchNorm(12), ReLU(), Reshape((2, 2, 3)))


def moved(layer):
    """A copy in which every number is another one."""
    layer = copy.deepcopy(layer)
    for held in [*layer.parameters().values(), *layer.buffers().values()]:
        held.value[...] = -7 - held.value
    return layer


def assert_same_state(layer, expected):
    state = layer.state()
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(state[name], value, err_msg=name)
        assert state[name].dtype == value.dtype


# Names, layouts, and the order of features.


def test_names_and_layouts_are_those_of_pytorch():
    state = exchange.to_state_dict(model())
    assert {name: array.shape for name, array in state.items()} == {
        "0.weight": (12, 3), "0.bias": (12,), "1.weight": (12,), "1.bias": (12,),
        "1.running_mean": (12,), "1.running_var": (12,),
    }  # fmt: skip
    spectral = SpectralNorm(Conv2D(4, 6, (2, 3), groups=2, rng=RNG), rng=RNG)
    assert {name: array.shape for name, array in exchange.to_state_dict(spectral).items()} == {
        "parametrizations.weight.original": (6, 2, 2, 3), "bias": (6,),
        "parametrizations.weight.0._u": (6,), "parametrizations.weight.0._v": (12,),
    }  # fmt: skip


def test_features_are_reordered_by_the_formula():
    """theirs[c P + p] = ours[p C + c]"""
    layer = model()
    layer[0].bias.value[...] = np.arange(12)
    theirs = exchange.to_state_dict(layer)["0.bias"]
    for p in range(4):
        for c in range(3):
            assert theirs[c * 4 + p] == p * 3 + c


def test_arrays_are_copies_and_contiguous():
    layer = model()
    state = exchange.to_state_dict(layer)
    before = layer.state()
    for array in state.values():
        assert array.flags.c_contiguous
        array += 1
    assert_same_state(layer, before)


def test_the_way_back_is_in_place_and_exact():
    layer = model()
    other = moved(layer)
    kept = {name: p.value for name, p in other.parameters().items()}
    exchange.from_state_dict(other, exchange.to_state_dict(layer))
    assert_same_state(other, layer.state())
    assert all(other.parameters()[name].value is array for name, array in kept.items())


def test_counters_of_batches_are_passed_over():
    layer = model()
    state = exchange.to_state_dict(layer) | {"1.num_batches_tracked": np.array(3)}
    other = moved(layer)
    exchange.from_state_dict(other, state)
    assert_same_state(other, layer.state())


def test_a_model_without_arrays_has_an_empty_state_dict():
    layer = Sequential(Flatten(), Reshape((2, 3)), Tanh(), Dropout(0.5, rng=RNG))
    assert exchange.to_state_dict(layer) == {}
    exchange.from_state_dict(layer, {})


def without(name):
    return lambda state: state.pop(name)


def put(name, array):
    return lambda state: state.update({name: array})


@pytest.mark.parametrize("damage, sentence", [
    (without("0.bias"), "not one of this Sequential: missing 0.bias, unknown nothing"),
    (put("2.weight", np.zeros(1)), "not one of this Sequential: missing nothing, unknown 2.weight"),
    (dict.clear, "missing 0.weight, 0.bias, 1.weight, 1.bias and 2 more, unknown nothing"),
    (put("0.weight", np.zeros((3, 12), "float32")),
     r"0.weight has shape \(3, 12\) in this state_dict, the model's has \(12, 3\)"),
    (put("1.running_var", np.ones(12)),
     "1.running_var is float64 in this state_dict, the model's is float32"),
    (put("1.running_var", [1.0] * 12), "1.running_var in this state_dict is no array for NumPy"),
])  # fmt: skip
def test_what_does_not_fit_gets_a_sentence_and_changes_nothing(damage, sentence):
    layer = model()
    state = exchange.to_state_dict(moved(layer))
    damage(state)
    before = layer.state()
    with pytest.raises(ValueError, match=sentence):
        exchange.from_state_dict(layer, state)
    assert_same_state(layer, before)


def test_a_state_dict_is_a_dict():
    with pytest.raises(TypeError, match="a state_dict is a dict name -> array, got list"):
        exchange.from_state_dict(model(), [])


def behind(prefix, state):
    return {prefix + name: array for name, array in state.items()}


def test_a_prefix_picks_one_player_of_several():
    layer, other = model(), moved(model())
    state = exchange.to_state_dict(layer, prefix="generator.")
    assert state.keys() == {f"generator.{name}" for name in exchange.to_state_dict(layer)}
    state |= {"generator.1.num_batches_tracked": np.array(3), "generators": None}
    exchange.from_state_dict(other, state | {"discriminator.0.weight": None}, prefix="generator.")
    assert_same_state(other, layer.state())


@pytest.mark.parametrize("state, prefix, sentence", [
    (behind("main.", exchange.to_state_dict(model())), "",
     "0.bias, .* and 2 more; all names begin with 'main.': give prefix='main.'$"),
    (behind("module.main.", exchange.to_state_dict(model())), "module.",
     "; all names begin with 'module.main.': give prefix='module.main.'$"),
    (behind("main.", exchange.to_state_dict(model())), "main",
     "; all names begin with 'main.': give prefix='main.'$"),
    ({"n_averaged": 3} | behind("module.", exchange.to_state_dict(model())), "",
     "; some names begin with 'module.': give prefix='module.'$"),
    ({"main.0.weight": 0} | exchange.to_state_dict(model()), "", "unknown main.0.weight$"),
    (behind("1", exchange.to_state_dict(model())), "", "unknown 10.weight, 10.bias, .* 2 more$"),
    (behind("main.", {"9.x": 0} | exchange.to_state_dict(model())), "main.", "unknown 9.x$"),
    ({"generator.0.weight": 0, "generator.0.bias": 0, "discriminator.0.weight": 0}, "main.",
     "; no name begins with 'main.', the first words are generator, discriminator$"),
    ({}, "", "1.bias and 2 more, unknown nothing$"),
])  # fmt: skip
def test_a_prefix_that_lacks_or_is_wrong_gets_a_sentence(state, prefix, sentence):
    layer = model()
    before = layer.state()
    with pytest.raises(ValueError, match=sentence):
        exchange.from_state_dict(layer, state, prefix=prefix)
    assert_same_state(layer, before)
    assert exchange.from_state_dict(Flatten(), {}, prefix=prefix) is None


def test_float32_is_taken_by_a_float64_model():
    layer = model().astype("float64")
    exchange.from_state_dict(layer, exchange.to_state_dict(model()))
    assert layer[0].weight.value.dtype == np.float64


def test_weights_come_from_and_go_to_any_device(device):
    layer = model()
    there = moved(layer).to(device)
    exchange.from_state_dict(there, exchange.to_state_dict(layer))
    assert type(there[0].weight.value) is not np.ndarray
    for name, array in exchange.to_state_dict(there).items():
        assert type(array) is np.ndarray
        np.testing.assert_array_equal(array, exchange.to_state_dict(layer)[name])


# An array in two places.


def test_a_layer_that_stands_twice_has_two_names():
    twice = dense(4, 4)
    layer = Sequential(twice, ReLU(), twice)
    state = exchange.to_state_dict(layer)
    np.testing.assert_array_equal(state["0.weight"], state["2.weight"])
    exchange.from_state_dict(layer, state)
    before = layer.state()
    state["2.bias"] += 1
    with pytest.raises(ValueError, match="0.bias and 2.bias are one array in this Sequential"):
        exchange.from_state_dict(layer, state)
    assert_same_state(layer, before)


def test_a_layer_that_would_need_two_orders_is_refused():
    twice = dense(12, 12)
    with pytest.raises(ValueError, match="0.weight and 2.weight are one array, and in PyTorch"):
        exchange.to_state_dict(Sequential(twice, ReLU(), twice, Reshape((2, 2, 3))))


# Models whose features have no clear order.


class Custom(Layer):
    def __init__(self):
        self.inner = dense(2, 2)


class Subclass(Dense):
    pass


@pytest.mark.parametrize("layer, sentence", [
    (Sequential(Custom()), "exchange has no rule for 0, a Custom; exchange.RULES takes one"),
    (Subclass(2, 2, rng=RNG), "exchange has no rule for the model, a Subclass;"),
])  # fmt: skip
def test_a_layer_of_somebody_gets_a_sentence(layer, sentence):
    with pytest.raises(TypeError, match=sentence):
        exchange.to_state_dict(layer)


def test_a_layer_of_somebody_can_get_a_rule(monkeypatch):
    def rule(walk, path, layer, x):
        return walk.visit(exchange.inside(path, "inner"), layer.inner, x)

    monkeypatch.setitem(exchange.RULES, Custom, rule)
    assert list(exchange.to_state_dict(Sequential(Custom()))) == ["0.inner.weight", "0.inner.bias"]


def conv(inputs, outputs):
    return Conv2D(inputs, outputs, 1, rng=RNG)


UNCLEAR = {
    "channels unknown": (
        Sequential(Flatten(), LeakyReLU(), dense(12, 2)), None,
        "2, a Dense, .*: nothing says how many channels were flattened into 12 features; "
        "sample_shape, which was not given, may settle it",
    ),
    "rows or image unknown": (
        Sequential(Reshape((2, 2, 3)), conv(3, 2)), None, "0, a Reshape, .* nothing says how many",
    ),
    "rows reshaped by no weight": (
        Sequential(Reshape((2, 2, 3)), conv(3, 2)), (12,),
        r"come as \(\(1, 12\),\) and are needed as \(\(4, 3\),\), and no weight is between",
    ),
    "rows where images are taken": (
        Sequential(conv(1, 3), Flatten(), PReLU(12), conv(12, 1)), None, "3, a Conv2D, .* no weight"
    ),
    "the steps of a sequence side by side": (
        Sequential(GRU(2, 3, rng=RNG), Flatten(), dense(12, 1)), (4, 2),
        "2, a Dense, .*: it takes 12 features and gets 3",
    ),
    "a shortcut that no weight can turn": (
        Sequential(Residual(dense(12, 12)), Reshape((2, 2, 3))), None, "1, a Reshape, .* no weight",
    ),
    "noise and class reshaped by no weight": (
        ConditionalGenerator(Sequential(Reshape((2, 2, 3)), conv(3, 1)), 10, 4, 2, rng=RNG), None,
        "body.0, a Reshape, .* no weight",
    ),
    "channels changed by a reshape": (
        Sequential(conv(1, 3), Reshape((2, 3, 2)), conv(2, 1)), None,
        r"1, a Reshape, .* come as \(\(4, 3\),\) and are needed as \(\(6, 2\),\)",
    ),
    "groups of a flattened image": (
        Sequential(conv(1, 3), Flatten(), GroupNorm(2, 12)), None, "2, a GroupNorm, .* no weight",
    ),
    "chunks of a flattened image": (
        Sequential(conv(1, 3), Flatten(), MinibatchStandardDeviation(num_channels=2),
                   dense(14, 2)), None, "2, a MinibatchStandardDeviation, .* no weight",
    ),
    "features that have one behind": (
        Sequential(dense(2, 11), MinibatchStandardDeviation(), Reshape((4, 3)), PReLU(3)), None,
        r"2, a Reshape, .* come as \(\(1, 11\), \(1, 1\)\) and are needed as \(\(4, 3\),\)",
    ),
    "a sum in two orders": (
        Sequential(conv(1, 3), Flatten(),
                   Residual(PReLU(12), shortcut=Sequential(Reshape((4, 3)), PReLU(3),
                                                           Reshape((6, 2)), Flatten()))), None,
        "2.shortcut.2, a Reshape, .* no weight",
    ),
    "a flattened sequence": (
        Sequential(dense(3, 4), Flatten(), dense(20, 2)), None,
        "2, a Dense, .* it takes 20 features and gets 4; sample_shape",
    ),
    "two flattened branches": (
        Sequential(Concatenate(Sequential(conv(1, 2), Flatten()), Sequential(conv(1, 3),
                               Flatten())), dense(20, 2)), None, "several branches were flattened",
    ),
    "another sample_shape": (
        Sequential(Flatten(), dense(12, 2)), (2, 2, 2), "it takes 12 features and gets 8$",
    ),
    "sample_shape of what it makes": (
        mlp.generator((2, 2, 3), latent=5, rng=RNG), (2, 2, 3),
        "0, a Dense, .* it takes 5 channels and gets 3$",
    ),
    "channels that do not divide": (
        Sequential(conv(1, 3), Flatten(), dense(13, 2)), None, "2, a Dense, .* it takes 13 feat",
    ),
    "other channels": (Sequential(conv(1, 3), conv(2, 1)), None, "1, a Conv2D, .* it takes 2 ch"),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_features_without_a_clear_order_get_a_sentence(name):
    layer, sample_shape, sentence = UNCLEAR[name]
    with pytest.raises(ValueError, match=sentence):
        exchange.to_state_dict(layer, sample_shape)


@pytest.mark.parametrize("layer, sample_shape", [
    (Sequential(Flatten(), dense(13, 2)), None),  # 13 x 1 or 1 x 13: the order is the same
    (Sequential(Flatten(), dense(12, 2)), (12,)),
    (Sequential(Flatten(), dense(12, 2)), (3, 4, 1)),
    (Sequential(Reshape((1, 1, 12)), conv(12, 2)), (12,)),
    (Sequential(dense(3, 4), Flatten(), dense(4, 2)), None),
    (Sequential(conv(1, 3), GroupNorm(3, 3), LayerNorm(3), Sigmoid()), None),
])  # fmt: skip
def test_rows_that_are_the_same_on_both_sides_stay_as_they_are(layer, sample_shape):
    state = exchange.to_state_dict(layer, sample_shape)
    for name, parameter in layer.parameters().items():
        value = parameter.value
        theirs = value.T if value.ndim == 2 else value.transpose(3, 2, 0, 1) if value.ndim == 4 \
            else value
        np.testing.assert_array_equal(state[name], theirs)


@pytest.mark.parametrize("front, sample_shape", [
    (Tanh(), (5, 3)),
    (InstanceNorm(3), None),
    (Residual(Conv1D(3, 3, 1, rng=RNG)), None),
    (Residual(Conv1D(3, 3, 1, rng=RNG), shortcut=dense(3, 3)), None),
    (Concatenate(Conv1D(3, 1, 1, rng=RNG), dense(3, 2)), None),
])  # fmt: skip
def test_a_sequence_is_flattened_channels_first_where_it_is_known_to_be_one(front, sample_shape):
    layer = Sequential(front, dense(3, 4), Flatten(), dense(20, 1))
    state = exchange.to_state_dict(layer, sample_shape)
    np.testing.assert_array_equal(
        state["3.weight"][0], layer[3].weight.value.reshape(5, 4).T.ravel()
    )


@pytest.mark.parametrize("shape", [(0, 3), (2.5, 3)])
def test_a_sample_shape_is_of_whole_numbers(shape):
    with pytest.raises(ValueError, match="each size in sample_shape must be a positive whole"):
        exchange.to_state_dict(Sequential(Flatten(), dense(12, 2)), shape)


# Files.

PLAYERS = {
    "generator": lambda: dcgan.generator((8, 8, 3), latent=5, width=4, rng=RNG),
    "conditional discriminator": lambda: dcgan.discriminator(
        (8, 8, 3), width=4, normalization="spectral", classes=3, rng=RNG
    ),
    "float64": lambda: Sequential(Conv1D(2, 3, 2, rng=RNG), PReLU(3)).astype("float64"),
    "embedding": lambda: Embedding(3, 2, rng=RNG),
}


@pytest.mark.parametrize("name", PLAYERS)
def test_a_file_gives_back_every_bit(name, tmp_path):
    pytest.importorskip("safetensors")
    layer = PLAYERS[name]()
    path = tmp_path / "weights.safetensors"
    exchange.save(layer, path)
    assert list(tmp_path.iterdir()) == [path]
    other = moved(layer)
    exchange.load(other, str(path))
    assert_same_state(other, layer.state())


def test_a_prefix_goes_through_files(tmp_path):
    pytest.importorskip("safetensors")
    layer, path = model(), tmp_path / "weights.safetensors"
    exchange.save(layer, path, prefix="G.")
    with pytest.raises(ValueError, match="weights.safetensors: .*: give prefix='G.'"):
        exchange.load(moved(layer), path)
    exchange.load(other := moved(layer), path, prefix="G.")
    assert_same_state(other, layer.state())


def test_sample_shape_goes_through_files(tmp_path):
    pytest.importorskip("safetensors")
    layer = mlp.discriminator((4, 4, 3), hidden=(5,), rng=RNG)
    path = tmp_path / "weights.safetensors"
    with pytest.raises(ValueError, match="sample_shape, which was not given"):
        exchange.save(layer, path)
    exchange.save(layer, path, (4, 4, 3))
    other = moved(layer)
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}: .*sample_shape"):
        exchange.load(other, path)
    exchange.load(other, path, (4, 4, 3))
    assert_same_state(other, layer.state())


def saved(tmp_path):
    pytest.importorskip("safetensors")
    layer, path = model(), tmp_path / "weights.safetensors"
    exchange.save(layer, path)
    return layer, path


def test_every_flipped_bit_is_found(tmp_path):
    """Unless the file still says the same, as with another blank in its header."""
    layer, path = saved(tmp_path)
    content = path.read_bytes()
    other = moved(layer)
    before = other.state()
    found = 0
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << RNG.integers(8)
        path.write_bytes(damaged)
        try:
            exchange.load(other, path)
        except ValueError as error:
            found += 1
            assert str(error).startswith(str(path))
            assert_same_state(other, before)
        else:
            assert_same_state(other, layer.state())
            exchange.from_state_dict(other, exchange.to_state_dict(moved(layer)))
    header = struct.unpack("<Q", content[:8])[0]
    assert found > len(content) - 8 - header  # all of the numbers, and more


@pytest.mark.parametrize("length", [0, 7, 8, 100, -1])
def test_a_file_cut_off_is_damaged(length, tmp_path):
    layer, path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="weights.safetensors is damaged or is no safetensors"):
        exchange.load(layer, path)


@pytest.mark.parametrize("content", [b"GANSCR01" + bytes(50), b"PK\x03\x04" + bytes(50), b"text"])
def test_another_kind_of_file_is_refused(content, tmp_path):
    layer, path = saved(tmp_path)
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged or is no safetensors file"):
        exchange.load(layer, path)


def test_the_file_of_another_model_is_refused(tmp_path):
    layer, path = saved(tmp_path)
    other = Sequential(dense(3, 12), ReLU())
    before = other.state()
    with pytest.raises(ValueError, match="weights.safetensors: this state_dict is not one of this"):
        exchange.load(other, path)
    assert_same_state(other, before)


def test_a_file_without_checksum_is_taken(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    layer, path = saved(tmp_path)
    other = moved(layer)
    for metadata in (None, {"format": "pt"}):
        numpy.save_file(exchange.to_state_dict(other), path, metadata)
        exchange.load(layer, path)
        assert_same_state(layer, other.state())
        exchange.from_state_dict(layer, exchange.to_state_dict(model()))


def test_no_file_is_no_file(tmp_path):
    pytest.importorskip("safetensors")
    with pytest.raises(FileNotFoundError):
        exchange.load(model(), tmp_path / "nothing.safetensors")


def test_numbers_that_a_file_cannot_hold_get_a_sentence(tmp_path):
    pytest.importorskip("safetensors")
    with pytest.raises(ValueError, match="safetensors cannot hold this model: .*complex128"):
        exchange.save(model().astype("complex128"), tmp_path / "weights.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_fails_keeps_the_old_file(tmp_path, monkeypatch):
    layer, path = saved(tmp_path)

    def full(handle):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        exchange.save(moved(layer), path)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [path]
    exchange.load(other := moved(layer), path)
    assert_same_state(other, layer.state())


@pytest.mark.parametrize("act", [exchange.save, exchange.load])
def test_without_safetensors_a_sentence_says_what_to_install(act, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=MISSING):
        act(model(), tmp_path / "weights.safetensors")
    assert list(tmp_path.iterdir()) == []
