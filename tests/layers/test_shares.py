"""Processes that share a batch get from every layer what one process gets from all of it.

Here threads play the processes, each with a copy of the layer and its rows of the batch.
"""

import copy
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from inputs import each, is_labels
from joined import as_one

from gan_scratch.gradient_check import assert_gradients
from gan_scratch.gradient_check.examples import draw_input, examples
from gan_scratch.layers import (
    Augment,
    BatchNorm,
    Buffer,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    InstanceNoise,
    Layer,
    LeakyReLU,
    MinibatchStandardDeviation,
    Pack,
    Residual,
    Sequential,
    SpectralNorm,
    Tanh,
    frozen,
)
from gan_scratch.share import Share, cut, opened

EXAMPLES = [
    (name, index) for name, settings in examples(np.random.default_rng(0)).items()
    for index in range(len(settings))
]  # fmt: skip


class OfThreads(Share):
    """Rows `start` to `stop` of a batch of `total` samples, with threads for the other shares."""

    def __init__(self, index, runs, table, barrier):
        self.index, self.count = index, len(runs)
        self.start, self.stop = runs[index]
        self.total = runs[-1][1]
        self.table, self.barrier = table, barrier

    def gather(self, part):
        self.table[self.index] = part
        self.barrier.wait()
        parts = list(self.table)
        self.barrier.wait()
        return parts

    def draws_from(self, rng):
        return RowsOf(rng, self)


class RowsOf:
    """A generator that draws a row for each sample of the batch and gives those of a share."""

    def __init__(self, rng, share):
        self.rng, self.share = rng, share

    def rows(self, draw, size):
        count, *rest = np.atleast_1d(size)
        share, samples_a_row = self.share, (self.share.stop - self.share.start) // count
        drawn = draw((share.total // samples_a_row, *rest))
        return drawn[share.start // samples_a_row : share.stop // samples_a_row]

    def random(self, size, **settings):
        return self.rows(lambda size: self.rng.random(size, **settings), size)

    def standard_normal(self, size, **settings):
        return self.rows(lambda size: self.rng.standard_normal(size, **settings), size)

    def gumbel(self, size):
        return self.rows(lambda size: self.rng.gumbel(size=size), size)

    def integers(self, low, high=None, size=None, **settings):
        return self.rows(lambda size: self.rng.integers(low, high, size, **settings), size)


def all_passes(layer, x, rows=slice(None)):
    """(by row, summed over the batch, buffers): what the passes give for these rows of x."""
    def drawn(array):
        return np.random.default_rng(5).standard_normal(array.shape)

    layer.zero_gradients()
    x_dot = each(lambda x: None if is_labels(x) else np.sin(x)[rows], x)
    mine = each(lambda x: x[rows], x)
    y, cache = layer.forward(mine)
    with frozen(layer):
        again = layer.forward(mine)[0]
    samples_a_row = max(1, count(mine) // max(1, len(y)))  # packs
    start, stop, _ = rows.indices(count(x))
    of_y = slice(start // samples_a_row, stop // samples_a_row)
    whole = np.zeros((count(x) // samples_a_row, *y.shape[1:]))
    dy, dy_dot = drawn(whole)[of_y], np.cos(3 * drawn(whole))[of_y]
    dx = layer.backward(dy, cache)
    summed = {name: p.gradient.copy() for name, p in layer.parameters().items()}
    layer.zero_gradients()
    for parameter in layer.parameters().values():
        parameter.tangent = drawn(parameter.value)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx_again, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    _, dx_dot_alone = layer.tangent_backward(dy, None, cache, tangent_cache)
    summed |= {f"{name}, tangent": p.gradient for name, p in layer.parameters().items()}
    by_row = {"y": y, "y again": again, "dx": dx, "y_dot": y_dot, "dx again": dx_again,
              "dx_dot": dx_dot, "dx_dot of dy_dot None": dx_dot_alone}
    for name in [name for name, value in by_row.items() if isinstance(value, tuple)]:
        by_row |= {f"{name}[{i}]": part for i, part in enumerate(by_row.pop(name))}
    return by_row, summed, {name: buffer.value for name, buffer in layer.buffers().items()}


def count(x):
    """How many samples."""
    return len(x[0] if isinstance(x, tuple) else x)


def shared_passes(layer, x, runs, passes=all_passes):
    """The same of each share."""
    table, barrier = [None] * len(runs), Barrier(len(runs), timeout=20)
    copies = [copy.deepcopy(layer) for _ in runs]

    def play(index):
        with opened(OfThreads(index, runs, table, barrier)):
            return passes(copies[index], x, slice(*runs[index]))

    with ThreadPoolExecutor(len(runs)) as threads:
        return list(threads.map(play, range(len(runs))))


def assert_close(ours, expected, name):
    assert (ours is None) == (expected is None), name
    if expected is not None:
        assert ours.shape == expected.shape, name
        assert abs(ours - expected).max() <= 1e-12 * max(1, abs(expected).max()), name


def assert_shared_alike(layer, x, shares, pack=1):
    assert layer.shareable
    runs = [(pack * start, pack * stop) for start, stop in cut(count(x) // pack, shares)]
    by_row, summed, buffers = all_passes(copy.deepcopy(layer), x)
    found = shared_passes(layer, x, runs)
    for name, whole in by_row.items():
        parts = [rows[name] for rows, _, _ in found]
        none = any(part is None for part in parts)
        assert_close(None if none else np.concatenate(parts), whole, name)
    for name, total in summed.items():
        assert_close(sum(sums[name] for _, sums, _ in found), total, name)
    for name, value in buffers.items():
        for _, _, of_share in found:
            assert_close(of_share[name], value, name)


@pytest.mark.parametrize("shares", [1, 2, 3])
@pytest.mark.parametrize("name, index", EXAMPLES)
def test_every_layer_gives_its_shares_what_it_gives_the_batch(name, index, shares):
    rng = np.random.default_rng(7)
    layer, kind = examples(rng)[name][index]
    twice = draw_input(kind, rng), draw_input(kind, rng)
    pairs = isinstance(kind, list)
    x = tuple(map(np.concatenate, zip(*twice, strict=True))) if pairs else np.concatenate(twice)
    assert_shared_alike(as_one(layer).astype("float64"), x, shares, getattr(layer, "m", 1))


@pytest.mark.parametrize("shares", [2, 3, 7])
@pytest.mark.parametrize("make", [
    lambda rng: Sequential(
        Conv2D(2, 4, 4, 2, 1, rng=rng), BatchNorm(4), LeakyReLU(), Dropout(0.3, rng=rng),
        Residual(Sequential(BatchNorm(4), Tanh())), MinibatchStandardDeviation(7), Flatten(),
        Dense(20, 1, rng=rng),
    ),
    lambda rng: Sequential(
        Augment(rng=rng), InstanceNoise(0.3, rng=rng), Pack(2),
        SpectralNorm(Conv2D(4, 3, 4, 2, 1, rng=rng), rng=rng), BatchNorm(3), Dropout(0.5, rng=rng),
        MinibatchStandardDeviation(7, num_channels=3), Flatten(),
        SpectralNorm(Dense(24, 1, rng=rng), rng=rng),
    ),
], ids=["statistics", "packs"])  # fmt: skip
def test_layers_after_each_other_and_shares_that_differ(make, shares):
    rng = np.random.default_rng(1)
    layer = make(rng).astype("float64")
    x = rng.standard_normal((14, 4, 4, 2)) * [1, 20] + [3, 0]
    assert_shared_alike(layer, x, shares, 2)


# What may be shared.


class OfAStudent(Layer):
    def forward(self, x, training=True):
        return x, x


class Mixes(OfAStudent):
    mixes_samples = True


class Counts(OfAStudent):
    def __init__(self):
        self.count = Buffer(np.zeros(1))


class Draws(OfAStudent):
    def __init__(self):
        self.rng = np.random.default_rng(0)


@pytest.mark.parametrize("layer, shareable", [
    (OfAStudent(), True), (Mixes(), False), (Counts(), False), (Draws(), False),
    (Sequential(OfAStudent(), Residual(BatchNorm(3))), True),
    (Sequential(OfAStudent(), Residual(Draws())), False),
    (Sequential(), True),
], ids=repr)  # fmt: skip
def test_what_mixes_draws_or_remembers_says_so_before_it_is_shared(layer, shareable):
    assert layer.shareable is shareable


def test_the_layer_that_the_design_shows_is_right_and_may_be_shared():
    def passes(layer, x, rows):
        y, cache = layer.forward(x[rows])
        return y, layer.backward(np.cos(x)[rows], cache)

    page = Path(__file__).parents[2] / "docs" / "design.md"
    (example,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    shown = {}
    exec(compile(example, page.name, "exec"), shown)  # noqa: S102
    layer = shown["CentredWithNoise"](0.3, rng=np.random.default_rng(1))
    x = np.random.default_rng(2).standard_normal((7, 3, 2))
    assert layer.shareable
    assert_gradients(layer, x)
    layer.rng = np.random.default_rng(3)
    whole = passes(copy.deepcopy(layer), x, slice(None))
    for name, all_of_it, *parts in zip(
        ("y", "dx"), whole, *shared_passes(layer, x, [(0, 2), (2, 7)], passes), strict=True
    ):
        assert_close(np.concatenate(parts), all_of_it, name)
