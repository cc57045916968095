"""Augmentation and noise by their definitions, image by image."""

import copy

import numpy as np
import pytest

from gan_scratch.layers import Augment, InstanceNoise, Sequential
from gan_scratch.testing import STRICT, no_waiting

KINDS = ("brightness", "contrast", "translation", "cutout")
SETTINGS = pytest.mark.parametrize(
    "kinds", [*((kind,) for kind in KINDS), KINDS, KINDS[::-1], ("translation", "translation")],
    ids="-".join,
)
SHAPE = (6, 10, 16, 2)  # moved by up to 1 row and 2 columns; 5 rows and 8 columns are cut out


def images(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def augment(*kinds, seed=1):
    return Augment(*kinds, rng=np.random.default_rng(seed))


def noise(sigma, seed=1, **settings):
    return InstanceNoise(sigma, rng=np.random.default_rng(seed), **settings)


# Values, pixel by pixel.


def brightness(x, rng):
    y = np.empty_like(x)
    for n, u in enumerate(rng.random(len(x))):
        y[n] = x[n] + (u - 0.5)
    return y


def contrast(x, rng):
    y = np.empty_like(x)
    for n, u in enumerate(rng.random(len(x))):
        mean = x[n].sum() / x[n].size
        y[n] = (u + 0.5) * (x[n] - mean) + mean
    return y


def translation(x, rng):
    count, height, width, _ = x.shape
    down, right = (rng.integers(-far, far + 1, count) for far in (1, 2))
    y = np.zeros_like(x)
    for n in range(count):
        for i in range(height):
            for j in range(width):
                if 0 <= i + down[n] < height and 0 <= j + right[n] < width:
                    y[n, i + down[n], j + right[n]] = x[n, i, j]
    return y


def cutout(x, rng):
    """Of 5 rows the third is the centre, of 8 columns the fifth."""
    count, height, width, _ = x.shape
    row, column = rng.integers(height, size=count), rng.integers(width, size=count)
    y = x.copy()
    for n in range(count):
        for i in range(row[n] - 2, row[n] + 3):
            for j in range(column[n] - 4, column[n] + 4):
                if 0 <= i < height and 0 <= j < width:
                    y[n, i, j] = 0
    return y


BY_LOOPS = {"brightness": brightness, "contrast": contrast, "translation": translation,
            "cutout": cutout}


@SETTINGS
@pytest.mark.parametrize("seed", range(3))
def test_each_kind_is_what_the_loops_make_and_they_come_in_the_order_given(kinds, seed):
    x = images()
    rng = np.random.default_rng(seed)
    wanted = x
    for kind in kinds:
        wanted = BY_LOOPS[kind](wanted, rng)
    layer = augment(*kinds, seed=seed)
    np.testing.assert_allclose(layer(x, training=True), wanted, rtol=1e-13, atol=1e-14)
    assert layer.rng.random() == rng.random()
    assert (wanted != x).any()


def test_without_kinds_all_four_are_there():
    np.testing.assert_array_equal(
        augment()(images(), training=True), augment(*KINDS)(images(), training=True)
    )


# The linear part and its adjoint.


@SETTINGS
def test_the_adjoint_is_the_adjoint(kinds):
    """<A x, y> = <x, Aᵀ y>, A along the tangent and Aᵀ backward."""
    layer, rng = augment(*kinds), np.random.default_rng(2)
    for _ in range(5):
        _, cache = layer.forward(images())
        x, y = rng.standard_normal((2, *SHAPE))
        through, tangent_cache = layer.tangent_forward(x, cache)
        back = layer.backward(y, cache)
        product = (through * y).sum()
        assert product == pytest.approx((x * back).sum(), rel=1e-11)
        again, dx_dot = layer.tangent_backward(y, 2 * y, cache, tangent_cache)
        np.testing.assert_array_equal(again, back)
        np.testing.assert_array_equal(dx_dot, 2 * back)


@SETTINGS
def test_the_tangent_is_the_linear_part_of_the_same_draws(kinds):
    layer, x = augment(*kinds), images()
    y, cache = copy.deepcopy(layer).forward(x)
    constant = copy.deepcopy(layer)(np.zeros_like(x), training=True)
    y_dot, _ = layer.tangent_forward(x, cache)
    np.testing.assert_allclose(y_dot, y - constant, rtol=1e-12, atol=1e-13)


# Draws.


@SETTINGS
def test_in_inference_it_is_the_identity_and_draws_nothing(kinds):
    layer, x = augment(*kinds), images()
    y, cache = layer.forward(x, training=False)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(layer.backward(x, cache), x)
    np.testing.assert_array_equal(layer.tangent_forward(x, cache)[0], x)
    assert layer.rng.random() == np.random.default_rng(1).random()
    assert (layer(x, training=True) != x).any()


@SETTINGS
def test_the_same_seed_gives_the_same_bits_and_the_next_call_others(kinds):
    layer, x = augment(*kinds), images()
    first = layer(x, training=True)
    np.testing.assert_array_equal(augment(*kinds)(x, training=True), first)
    assert (layer(x, training=True) != first).any()
    assert (augment(*kinds, seed=2)(x, training=True) != first).any()


@pytest.mark.parametrize(
    "kind, different", [("brightness", 64), ("contrast", 64), ("translation", 15), ("cutout", 40)]
)
def test_every_sample_has_a_draw_of_its_own(kind, different):
    """64 copies of one image. There are 3 · 5 moves and 10 · 16 squares."""
    x = np.repeat(images((1, *SHAPE[1:])), 64, axis=0)
    y = augment(kind)(x, training=True)
    assert len({image.tobytes() for image in y}) >= different


def test_translation_reaches_an_eighth_to_every_side_and_no_further():
    x = np.zeros((400, 16, 24, 1))
    x[:, 8, 12] = 1
    y = augment("translation")(x, training=True)
    assert (y.sum(axis=(1, 2, 3)) == 1).all()
    _, rows, columns, _ = np.nonzero(y)
    down, right = rows - 8, columns - 12
    assert set(down) == {-2, -1, 0, 1, 2} and set(right) == {-3, -2, -1, 0, 1, 2, 3}
    assert len(set(zip(down, right, strict=True))) == 5 * 7


def test_translation_brings_in_zeros_and_loses_what_it_pushes_out():
    y = augment("translation")(np.ones((200, 16, 16, 1)), training=True)
    kept = y.sum(axis=(1, 2, 3))
    assert set(kept) == {(16.0 - i) * (16 - j) for i in range(3) for j in range(3)}


def test_a_small_image_is_not_translated():
    x = images((5, 3, 4, 2))
    np.testing.assert_array_equal(augment("translation")(x, training=True), x)


def test_cutout_reaches_every_corner_and_every_pixel():
    y = augment("cutout")(np.ones((2000, 8, 10, 1)), training=True)[..., 0]
    assert set(np.unique(y)) == {0.0, 1.0}
    empty = y == 0
    assert empty.any(axis=0).all()
    rows, columns = empty.any(axis=2), empty.any(axis=1)
    np.testing.assert_array_equal(empty, rows[:, :, None] & columns[:, None, :])  # a rectangle
    spans = [{tuple(np.flatnonzero(line)) for line in lines} for lines in (rows, columns)]
    assert spans[0] == {tuple(range(max(c - 2, 0), min(c + 2, 8))) for c in range(8)}
    assert spans[1] == {tuple(range(max(c - 2, 0), min(c + 3, 10))) for c in range(10)}
    corners = {(line[0], line[-1]) for line in empty[:, [0, -1]][:, :, [0, -1]].any(axis=2)}
    assert corners == {(True, False), (False, True), (False, False)}


def test_the_draws_of_brightness_are_even_around_zero():
    x = np.zeros((20_000, 1, 1, 1))
    draws = augment("brightness")(x, training=True)
    assert draws.mean() == pytest.approx(0, abs=0.01)
    assert draws.std() == pytest.approx(12**-0.5, abs=0.01)
    assert -0.5 <= draws.min() < -0.499 and 0.499 < draws.max() < 0.5


def test_the_draws_of_contrast_are_even_around_one():
    x = np.zeros((20_000, 1, 2, 1))
    x[:, 0, 0], x[:, 0, 1] = 0.5, -0.5
    y = augment("contrast")(x, training=True)
    np.testing.assert_allclose(y.mean(axis=(1, 2, 3)), 0, atol=1e-15)
    draws = y[:, 0, 0] - y[:, 0, 1]
    assert draws.mean() == pytest.approx(1, abs=0.01)
    assert draws.std() == pytest.approx(12**-0.5, abs=0.01)
    assert 0.5 <= draws.min() < 0.501 and 1.499 < draws.max() < 1.5


def test_contrast_keeps_the_mean_of_each_image_and_brightness_its_differences():
    x = images() + 3
    np.testing.assert_allclose(
        augment("contrast")(x, training=True).mean(axis=(1, 2, 3)), x.mean(axis=(1, 2, 3)),
        rtol=1e-13,
    )
    y = augment("brightness")(x, training=True)
    np.testing.assert_allclose(np.diff(y, axis=1), np.diff(x, axis=1), rtol=1e-12, atol=1e-13)


@SETTINGS
def test_float32_stays_float32_and_is_near_float64(kinds):
    x = images().astype("float32")
    layer = augment(*kinds)
    y, cache = layer.forward(x)
    y_dot, tangent_cache = layer.tangent_forward(x, cache)
    passes = [y, y_dot, layer.backward(x, cache), *layer.tangent_backward(x, x, cache, None)]
    assert {array.dtype for array in passes} == {np.dtype("float32")}
    wanted = augment(*kinds)(x.astype("float64"), training=True)
    np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-5)


@SETTINGS
def test_a_complex_part_goes_along_by_the_linear_part(kinds):
    x, x_dot = images(), images(seed=3)
    y, cache = augment(*kinds).forward(x)
    complex_y = augment(*kinds)(x + 1e-30j * x_dot, training=True)
    np.testing.assert_allclose(complex_y.real, y, rtol=1e-13, atol=1e-14)
    y_dot, _ = augment(*kinds).tangent_forward(x_dot, cache)
    np.testing.assert_allclose(complex_y.imag / 1e-30, y_dot, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("make", [augment, lambda: noise(0.3)])
def test_no_pass_makes_the_host_wait_for_a_device(make):
    x = STRICT.asarray(images())
    layer = make()
    with no_waiting():
        y, cache = layer.forward(x)
        layer.backward(y, cache)
        layer.tangent_backward(y, y, cache, layer.tangent_forward(x, cache)[1])
    np.testing.assert_array_equal(STRICT.to_numpy(y), make()(images(), training=True))


def test_two_calls_go_back_each_through_its_own_draws():
    """As real samples and fakes do in a step of D."""
    layer = augment("cutout")
    ones = np.ones(SHAPE)
    first, first_cache = layer.forward(ones)
    second, second_cache = layer.forward(ones)
    assert (first != second).any()
    np.testing.assert_array_equal(layer.backward(ones, first_cache), first)
    np.testing.assert_array_equal(layer.backward(ones, second_cache), second)


@pytest.mark.parametrize("kind", ["flip", "", None, 3, ["cutout"]])
def test_an_unknown_kind_is_refused_in_a_sentence(kind):
    with pytest.raises(ValueError) as caught:
        augment("brightness", kind)
    assert str(caught.value) == (
        f"Augment: unknown kind {kind!r}; choose one of brightness, contrast, translation, cutout"
    )


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 2), (2, 3, 3, 3, 1)])
def test_what_is_no_image_is_refused_in_a_sentence(shape):
    with pytest.raises(ValueError, match="^Augment takes x of shape .any, any, any, any., got"):
        augment()(np.ones(shape))


@pytest.mark.parametrize("make", [Augment, lambda rng: InstanceNoise(1.0, rng=rng)])
def test_both_draw_from_a_generator_that_is_given(make):
    with pytest.raises(TypeError, match=": rng must be a numpy.random.Generator, as"):
        make(rng=0)
    rng = np.random.default_rng(0)
    assert Sequential(make(rng=rng)).generators() == [rng]


def test_neither_mixes_samples_nor_learns():
    for layer in (augment(), noise(0.5)):
        assert not layer.mixes_samples and layer.has_tangents and not layer.state()


# Instance noise.


@pytest.mark.parametrize("shape", [(4, 3), (2, 5, 3), SHAPE])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_noise_is_added_in_training_only(shape, dtype):
    x = images(shape).astype(dtype)
    draws = np.random.default_rng(1).standard_normal(
        shape, dtype="float32" if dtype == "float32" else "float64"
    )
    layer = noise(0.25)
    np.testing.assert_array_equal(layer(x), x)
    y = layer(x, training=True)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, x + 0.25 * draws)


def test_the_noise_is_standard_normal_times_sigma():
    x = np.zeros((100, 200))
    y = noise(3.0)(x, training=True)
    assert y.mean() == pytest.approx(0, abs=0.06)
    assert y.std() == pytest.approx(3, rel=0.02)


@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0])
def test_the_factor_scales_the_noise(factor):
    x = np.zeros((4, 3))
    whole, part = noise(0.5), noise(0.5)
    assert whole.factor == 1.0
    part.factor = factor
    np.testing.assert_array_equal(
        part(x, training=True), factor * whole(x, training=True), strict=True
    )


def test_gradients_pass_the_noise_as_they_are():
    layer = noise(0.5)
    _, cache = layer.forward(images())
    dy, dy_dot = images(seed=4), images(seed=5)
    assert layer.backward(dy, cache) is dy
    assert layer.tangent_forward(dy, cache)[0] is dy
    assert layer.tangent_backward(dy, dy_dot, cache, None) == (dy, dy_dot)
    assert layer.tangent_backward(dy, None, cache, None) == (dy, None)


def test_the_same_seed_gives_the_same_noise_and_the_next_call_other():
    layer, x = noise(0.5), images()
    first = layer(x, training=True)
    np.testing.assert_array_equal(noise(0.5)(x, training=True), first)
    assert (layer(x, training=True) != first).all()
    rows = noise(0.5)(np.zeros((50, 3)), training=True)
    assert len({row.tobytes() for row in rows}) == 50


@pytest.mark.parametrize("sigma", [-0.1, np.nan, np.inf, "1", None])
def test_a_sigma_below_zero_is_refused_in_a_sentence(sigma):
    with pytest.raises(ValueError, match="^InstanceNoise: sigma must be a finite number ≥ 0, got"):
        noise(sigma)


@pytest.mark.parametrize("schedule", ["linear", 0.5, ()])
def test_a_schedule_that_cannot_be_called_is_refused_in_a_sentence(schedule):
    with pytest.raises(TypeError, match="^InstanceNoise: schedule must be a function of the prog"):
        noise(0.5, schedule=schedule)
