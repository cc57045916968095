import tracemalloc

import numpy
import pytest
from PIL import ImageColor

from gan_scratch.plots import style
from gan_scratch.plots.images import grid, sensible_scale, to_pixels

BOARD_GREY = ImageColor.getcolor(style.BOARD, "L")


def flat_images(count, height=2, width=3, channels=1):
    """Image number i is all (i + 1) · 10, which the board's colour is not."""
    values = 10 * numpy.arange(1, count + 1, dtype="uint8")
    return numpy.broadcast_to(values[:, None, None, None], (count, height, width, channels))


def one_pixel(value):
    return numpy.full((1, 1, 1, 1), value, "float32")


@pytest.mark.parametrize(
    ("value", "value_range", "pixel"),
    [
        (0.0, (0, 1), 0),
        (1.0, (0, 1), 255),
        (0.5, (0, 1), 128),
        (0.4999 / 255, (0, 1), 0),
        (0.5001 / 255, (0, 1), 1),
        (-0.3, (0, 1), 0),
        (7.0, (0, 1), 255),
        (-1.0, (-1, 1), 0),
        (0.0, (-1, 1), 128),
        (1.0, (-1, 1), 255),
        (numpy.nan, (-1, 1), 0),
        (numpy.inf, (0, 1), 255),
        (-numpy.inf, (0, 1), 0),
    ],
)
def test_to_pixels_clips_and_rounds(value, value_range, pixel):
    pixels = to_pixels(one_pixel(value), value_range)
    assert pixels.dtype == numpy.uint8
    assert pixels.item() == pixel


def test_every_byte_survives_the_way_over_float32():
    pixels = numpy.arange(256, dtype="uint8").reshape(1, 16, 16, 1)
    assert (to_pixels((pixels / 255).astype("float32")) == pixels).all()
    assert (to_pixels((pixels / 127.5 - 1).astype("float32"), (-1, 1)) == pixels).all()


def test_bytes_come_back_as_they_are():
    pixels = numpy.arange(12, dtype="uint8").reshape(1, 2, 2, 3)
    assert (to_pixels(pixels, (-1, 1)) == pixels).all()


@pytest.mark.parametrize("shape", [(4, 28, 28), (4, 784), (4, 28, 28, 2), (0, 28, 28, 1)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match=r"images must be \(N, H, W, 1\)") as error:
        grid(numpy.zeros(shape))
    assert str(shape) in str(error.value)


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError, match="low < high"):
        to_pixels(one_pixel(0.5), (1, 1))


def test_images_stand_row_by_row_with_lines_between():
    picture = grid(flat_images(5), columns=3, scale=2, gap=1)
    assert picture.mode == "L"
    assert picture.size == (3 * 6 + 2, 2 * 4 + 1)
    pixels = numpy.asarray(picture)
    expected = numpy.full((9, 20), BOARD_GREY)
    expected[0:4, 0:6], expected[0:4, 7:13], expected[0:4, 14:20] = 10, 20, 30
    expected[5:9, 0:6], expected[5:9, 7:13] = 40, 50
    assert (pixels == expected).all()


def test_a_pixel_becomes_a_square_where_it_stands():
    sample = numpy.zeros((1, 2, 3, 3), "uint8")
    sample[0, 1, 2] = 200, 100, 50
    picture = grid(sample, scale=4)
    assert picture.mode == "RGB"
    pixels = numpy.asarray(picture)
    assert (pixels[4:8, 8:12] == (200, 100, 50)).all()
    assert pixels.sum() == 16 * 350


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (5, 3), (9, 3), (10, 4), (64, 8)])
def test_columns_make_about_a_square(count, columns):
    assert grid(flat_images(count, 1, 1), scale=1, gap=0).width == columns


@pytest.mark.parametrize("setting", [{"columns": 0}, {"scale": 0}, {"scale": 1.5}, {"gap": -1}])
def test_a_setting_out_of_range_is_named(setting):
    with pytest.raises(ValueError, match=f"{next(iter(setting))} must be a .*whole number"):
        grid(flat_images(4), **setting)


@pytest.mark.parametrize(
    ("count", "side", "scale"),
    [(64, 28, 3), (3364, 28, 3), (3500, 28, 2), (7569, 28, 2), (8000, 28, 1), (100_000, 28, 1),
     (106_000, 28, 0), (10**9, 28, 0), (64, 256, 2), (1, 3000, 1), (20_000, 64, 1),
     (30_000, 64, 0)],
)
def test_many_or_large_images_are_drawn_smaller(count, side, scale):
    assert sensible_scale(count, side, side) == scale


def test_a_grid_takes_no_more_memory_than_its_picture():
    """Pillow's own pixels are not traced, so what is traced is what is made beside them."""
    images = numpy.broadcast_to(numpy.uint8(7), (3000, 28, 28, 1))
    tracemalloc.start()
    picture = grid(images, scale=3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert picture.size == (55 * 85 - 1, 55 * 85 - 1) and peak < 3e6
