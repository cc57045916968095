"""Which kernel runs, and whether the fast one gives what plain loops give.

How much memory they take and what they leave alone is tested in the convolution sweep.
"""

import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from gan_scratch.layers import kernels
from gan_scratch.layers.kernels import (
    activations,
    loops,
    normalization,
    patches,
    superpixels,
    transformed,
    workspace,
)
from gan_scratch.layers.kernels.geometry import Geometry
from gan_scratch.share import cut


def rng(seed=0):
    return np.random.default_rng(seed)


def geometry(large, kernel, stride, dilation, low, high, groups=1):
    """The connections of a convolution with so many zeros in front and behind."""
    small = tuple(
        (length + front + behind - (k - 1) * d - 1) // s + 1
        for length, k, s, d, front, behind in zip(
            large, kernel, stride, dilation, low, high, strict=True
        )
    )
    return Geometry(large, small, kernel, stride, dilation, low, groups)


def arrays(geometry, batch, channels, outputs, dtype):
    """x of the large side, y of the small side, weight, and a gradient that is added to."""
    inputs = channels // geometry.groups
    shapes = [(batch, *geometry.large, channels), (batch, *geometry.small, outputs),
              (*geometry.kernel, inputs, outputs), (*geometry.kernel, inputs, outputs)]
    random = rng()
    return [random.standard_normal(shape).astype(dtype) for shape in shapes]


def all_three(kernel, geometry, x, y, weight, gradient):
    gradient = gradient.copy()
    kernel.add_weight_gradient(x, y, geometry, gradient)
    return [
        kernel.convolve(x, weight, geometry), kernel.convolve_adjoint(y, weight, geometry), gradient
    ]


GEOMETRIES = {
    "sequence": geometry((7,), (3,), (1,), (1,), (1,), (1,)),
    "halving": geometry((6, 8), (4, 4), (2, 2), (1, 1), (1, 1), (1, 1)),
    "a place": geometry((4, 3), (1, 1), (1, 1), (1, 1), (0, 0), (0, 0)),
    "stride beyond the kernel": geometry((9, 8), (2, 1), (3, 4), (1, 1), (0, 0), (2, 0)),
    "gaps": geometry((6, 7), (2, 3), (1, 2), (3, 2), (2, 0), (0, 1)),
    "padding beyond the kernel": geometry((2, 3), (2, 2), (2, 1), (1, 1), (4, 3), (5, 3)),
    "a size that does not fit": geometry((8, 7), (3, 3), (4, 3), (1, 1), (0, 0), (0, 0)),
    "volume": geometry((3, 4, 2), (2, 3, 1), (1, 2, 1), (1, 1, 1), (0, 1, 0), (1, 1, 0)),
    "odd blocks": geometry((9, 9), (5, 3), (2, 2), (1, 1), (2, 1), (2, 1)),
}


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-13), ("float32", 1e-6)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_patches_give_what_loops_give(name, channels, dtype, tolerance):
    """By columns up to 3 channels, by rows from 4 on."""
    where = GEOMETRIES[name]
    matrix = patches.Patches(2, channels, where, np.dtype(dtype)).matrix
    by_columns = matrix.strides[0] == matrix.itemsize
    assert by_columns == (channels <= 3)
    given = arrays(where, 5, channels, 2, dtype)
    kept = [array.copy() for array in given]
    expected = all_three(loops, where, *given)
    for fast, plain in zip(all_three(patches, where, *given), expected, strict=True):
        assert fast.dtype == dtype and fast.shape == plain.shape
        assert np.linalg.norm(fast - plain) <= tolerance * np.linalg.norm(plain)
    for array, before in zip(given, kept, strict=True):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("channels, groups", [(2, 2), (6, 3), (6, 2), (12, 3)])
def test_patches_of_groups(channels, groups):
    where = geometry((5, 4), (3, 2), (2, 1), (1, 1), (1, 0), (1, 1), groups)
    given = arrays(where, 3, channels, 2 * groups, "float64")
    for fast, plain in zip(
        all_three(patches, where, *given), all_three(loops, where, *given), strict=True
    ):
        np.testing.assert_allclose(fast, plain, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("budget", [1, 3000, 1 << 30])
@pytest.mark.parametrize("channels", [2, 5])
def test_the_blocks_of_images_change_no_result(channels, budget, monkeypatch):
    """One image at a time, some with a smaller block at the end, all at once."""
    where = GEOMETRIES["halving"]
    given = arrays(where, 7, channels, 3, "float64")
    expected = all_three(loops, where, *given)
    for name in ("PATCH_BYTES", "COLUMN_BYTES"):
        monkeypatch.setattr(patches, name, budget)
    for fast, plain in zip(all_three(patches, where, *given), expected, strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-12, atol=1e-13)


def test_large_weights_take_another_way_to_the_same_gradient(monkeypatch):
    where = GEOMETRIES["odd blocks"]
    x, y, _, gradient = arrays(where, 4, 5, 3, "float64")
    plain, fast = gradient.copy(), gradient.copy()
    loops.add_weight_gradient(x, y, where, plain)
    monkeypatch.setattr(patches, "PRODUCT_BYTES", 100)
    patches.add_weight_gradient(x, y, where, fast)
    np.testing.assert_allclose(fast, plain, rtol=1e-12, atol=1e-13)


def halving(large, low, high):
    return geometry(large, (4, 4), (2, 2), (1, 1), low, high)


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-13), ("float32", 2e-6)])
@pytest.mark.parametrize("images", [1, 3])
@pytest.mark.parametrize(
    "where",
    [
        halving((8, 8), (1, 1), (1, 1)),
        halving((6, 10), (1, 1), (1, 1)),  # an odd number of outputs
        halving((7, 9), (1, 2), (0, 3)),  # places that no tap sees
        halving((5, 4), (0, 3), (1, 3)),
        halving((2, 3), (5, 0), (4, 5)),  # patches of nothing but zeros
    ],
    ids=lambda where: f"{where.large} to {where.small}",
)
def test_super_pixels_give_what_patches_give(where, images, dtype, tolerance, monkeypatch):
    """All images in one block, and an image at a time in room that was used before."""
    x, y, weight, gradient = given = arrays(where, images, 5, 3, dtype)
    monkeypatch.setattr(superpixels, "FEWEST_CHANNELS", 3)
    assert superpixels.suits(x, weight, where) and superpixels.suits(y, weight, where)
    expected = all_three(patches, where, *(array.astype("float64") for array in given))
    for one_image in (False, True):
        if one_image:
            monkeypatch.setattr(superpixels, "BLOCK_BYTES", 1)
            monkeypatch.setattr(superpixels, "MOST_BLOCK_BYTES", 1)
        for fast, plain in zip(all_three(superpixels, where, *given), expected, strict=True):
            assert fast.dtype == dtype and fast.shape == plain.shape
            assert np.linalg.norm(fast - plain) <= tolerance * np.linalg.norm(plain)


def test_super_pixels_of_no_images():
    x, y, weight, gradient = arrays(halving((8, 8), (1, 1), (1, 1)), 0, 64, 64, "float32")
    found = all_three(superpixels, halving((8, 8), (1, 1), (1, 1)), x, y, weight, gradient)
    assert found[0].shape == y.shape and found[1].shape == x.shape
    np.testing.assert_array_equal(found[2], gradient)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("shape", [(3, 5), (2, 0), (5, 111, 500)], ids=str)
def test_a_leaky_relu_in_blocks_is_the_plain_one(shape, slope, dtype):
    x, v = rng().standard_normal((2, *shape)).astype(dtype)
    x.flat[:2] = 0, np.nan
    y = activations.Blocks.leaky_relu(x, slope)
    np.testing.assert_array_equal(y, activations.Plain.leaky_relu(x, slope), strict=True)
    np.testing.assert_array_equal(
        activations.Blocks.gate(v, y, slope), activations.Plain.gate(v, x, slope), strict=True
    )


# Which of them runs.


def which(dtype, channels=1):
    """What `kernels` calls for arrays of this dtype: (convolution, normalization)."""
    where = GEOMETRIES["halving"]
    x, _, weight, _ = arrays(where, 1, channels, channels, dtype)
    called = []
    with pytest.MonkeyPatch.context() as patch:
        for kernel in (loops, patches, superpixels, normalization.Plain, normalization.Blocks):
            name = kernel.__name__.rpartition(".")[2]
            function = "moments" if hasattr(kernel, "moments") else "convolve"
            patch.setattr(kernel, function, lambda *_, name=name: called.append(name))
        kernels.convolve(x, weight, where)
        kernels.moments(x)
    return called


def test_plain_switches_to_the_plain_kernels_and_back():
    assert which("float32") == which("float64") == ["patches", "Blocks"]
    assert which("float32", channels=64) == ["superpixels", "Blocks"]
    with kernels.plain():
        assert which("float32") == which("float32", channels=64) == ["loops", "Plain"]
        with kernels.plain():
            assert which("float64") == ["loops", "Plain"]
        assert which("float64") == ["loops", "Plain"]
    assert which("float32") == ["patches", "Blocks"]
    with pytest.raises(KeyError), kernels.plain():
        raise KeyError
    assert which("float32") == ["patches", "Blocks"]


def test_complex_numbers_take_the_plain_kernels():
    assert which("complex128") == ["loops", "Plain"]


def test_each_function_of_the_convolution_switches():
    where = GEOMETRIES["sequence"]
    given = arrays(where, 2, 1, 2, "float64")
    with kernels.plain():
        plain = all_three(kernels, where, *given)
    for ours, expected in zip(plain, all_three(loops, where, *given), strict=True):
        np.testing.assert_array_equal(ours, expected)  # to the bit: the same operations
    for ours, expected in zip(
        all_three(kernels, where, *given), all_three(patches, where, *given), strict=True
    ):
        np.testing.assert_array_equal(ours, expected)


# Cuts, memory, products and transformed weights.


@pytest.mark.parametrize("parts", [1, 2, 3, 64])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 64])
def test_a_cut_is_runs_of_about_equal_length(count, parts):
    runs = cut(count, parts)
    assert len(runs) == max(1, min(count, parts))
    assert [sample for run in runs for sample in range(*run)] == list(range(count))
    lengths = [stop - start for start, stop in runs]
    assert max(lengths) - min(lengths) <= 1
    assert cut(count, parts) == runs


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the threshold is one of glibc's")
def test_memory_that_a_step_has_freed_is_there_for_the_next():
    """45 MiB, in arrays that alone would have glibc hand 30 MiB and more back."""
    program = """
import resource
import numpy as np
import gan_scratch.layers
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays = [np.ones(15 << 20, np.uint8) for _ in range(3)]
    del arrays
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    faults = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    assert int(faults) < 100  # of 11,520


def test_a_room_is_laid_out_once_and_again_when_its_memory_is_replaced():
    memory, made = workspace.Workspace(), []

    def room(size):
        made.append(size)
        return memory.empty((size,), "float32")

    for _ in range(3):  # the first time there is no memory yet, the second time there is
        memory.room(room, 100)
    assert made == [100, 100]
    assert memory.room(room, 100) is memory.room(room, 100)
    memory.room(room, 10_000)
    memory.room(room, 10_000)
    memory.room(room, 100)
    assert made == [100, 100, 10_000, 10_000, 100]


@pytest.mark.parametrize(
    "shape", [(3, 4, 5), (200, 300, 40), (40, 300, 200), (1, 9000, 1)], ids=str
)
def test_a_product_is_the_product(shape):
    n, k, m = shape
    a, b = rng().standard_normal((n, k)), rng().standard_normal((k, m))
    np.testing.assert_allclose(kernels.product(a, b), a @ b, rtol=1e-12, atol=1e-12)
    assert kernels.product(a.astype("float32"), b.astype("float32")).dtype == "float32"


def plainly_transformed(weight):
    """G by its formula, tap by tap."""
    g = np.zeros((3, 3, 2, 2, *weight.shape[2:]))
    for row, column in np.ndindex(4, 4):
        for i in (row // 2, row // 2 + 1):
            for j in (column // 2, column // 2 + 1):
                g[j, i, row % 2, column % 2] += weight[row, column]
    return g.reshape(3, 3, -1, weight.shape[-1])


def test_a_transformed_weight_is_made_anew_when_the_weight_has_changed(monkeypatch):
    """Whoever changed it, and wherever."""
    made, transform = [], transformed.transform
    monkeypatch.setattr(
        transformed, "transform", lambda weight, g: made.append(1) or transform(weight, g)
    )
    known, weight = transformed.Known(), np.random.default_rng(0).standard_normal((4, 4, 3, 5))

    def as_it_is():
        return abs(known.transformed(weight) - plainly_transformed(weight)).max() < 1e-14

    assert as_it_is() and as_it_is() and len(made) == 1
    for count, tap in enumerate(np.ndindex(4, 4), start=2):
        weight[tap][0, 0] += 1
        assert as_it_is() and len(made) == count
    others = [weight.copy() for _ in range(20)]
    assert all((known.transformed(other) == known.transformed(weight)).all() for other in others)
    assert len(known.made) == transformed.MOST_KNOWN


def test_a_transformed_weight_takes_over_the_memory_of_the_one_before():
    known, weight = transformed.Known(), np.ones((4, 4, 3, 5))
    first = known.transformed(weight)
    weight += 1
    assert np.shares_memory(known.transformed(weight), first) and len(known.made) == 1


def test_after_an_interruption_a_transformed_weight_is_made_from_the_beginning(monkeypatch):
    weight, known = np.random.default_rng(0).standard_normal((4, 4, 8, 3)), transformed.Known()
    known.transformed(weight)
    weight += 1
    transform = transformed.transform

    def interrupted(weight, g):
        transform(weight, g)
        g[1] = 0
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(transformed, "transform", interrupted)
        known.transformed(weight)
    assert abs(known.transformed(weight) - plainly_transformed(weight)).max() < 1e-14


def test_each_thread_has_working_memory_and_transformed_weights_of_its_own():
    """So that a layer may be called from several threads at once."""
    where = halving((8, 8), (1, 1), (1, 1))
    given = [arrays(where, 6, 64, 64, "float32") for _ in range(4)]
    for index, (_, _, weight, _) in enumerate(given):
        weight += index
    expected = [all_three(superpixels, where, *arrays) for arrays in given]

    def many_times(arrays):
        return [all_three(superpixels, where, *arrays) for _ in range(5)][-1]

    with ThreadPoolExecutor(4) as threads:
        for found, alone in zip(threads.map(many_times, given), expected, strict=True):
            for ours, array in zip(found, alone, strict=True):
                np.testing.assert_array_equal(ours, array)
