"""Images side by side, every pixel where it belongs."""

import math

import numpy
from PIL import Image

from gan_scratch import settings
from gan_scratch.backend import backend_of
from gan_scratch.plots import style

COMFORTABLE = 5000**2  # pixels of a grid; a larger one is drawn at a smaller scale
MOST = 89_000_000  # pixels of a grid; many programs refuse to open more


def to_pixels(images, value_range=(0, 1)):
    """`images` as bytes: `value_range` becomes 0 to 255, what lies outside is clipped.

    Shapes
        images (N, H, W, 1) or (N, H, W, 3), result the same in uint8, always a NumPy array
    Images that are uint8 already come back as they are. NaN, the mark of a training that went
    astray, becomes black. Raises ValueError for another shape or an empty range.
    """
    images = backend_of(images).to_numpy(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or 0 in images.shape:
        raise ValueError(
            "images must be (N, H, W, 1) for grey or (N, H, W, 3) for colour, none of them 0; "
            f"got {images.shape}"
        )
    if images.dtype == numpy.uint8:
        return images
    low, high = value_range
    if not low < high:
        raise ValueError(f"value_range must be (low, high) with low < high, got {value_range}")
    scaled = (images.astype("float64") - low) * (255 / (high - low))
    return numpy.rint(numpy.nan_to_num(scaled, nan=0).clip(0, 255)).astype("uint8")


def grid(samples, *, columns=None, scale=2, gap=1, value_range=(0, 1)):
    """All `samples` in one Pillow image, row by row; grey stays grey (mode L), colour is RGB.

    Shapes
        samples (N, H, W, 1) or (N, H, W, 3)
    `columns` images stand in a row (as many as make about a square, unless given), each pixel
    drawn `scale` pixels wide and high, with lines of `gap` pixels between the images. Raises
    ValueError for another shape or setting.
    """
    pixels = to_pixels(samples, value_range)
    columns = math.ceil(math.sqrt(len(pixels))) if columns is None else columns
    settings.positive_integer(None, "columns", columns)
    settings.positive_integer(None, "scale", scale)
    settings.whole_number(None, "gap", gap)
    count, height, width, channels = pixels.shape
    rows = math.ceil(count / columns)
    tall, wide = height * scale + gap, width * scale + gap

    mode = "L" if channels == 1 else "RGB"
    picture = Image.new(mode, (columns * wide - gap, rows * tall - gap), style.BOARD)
    for index, tile in enumerate(pixels):
        place = index % columns * wide, index // columns * tall
        picture.paste(to_image(enlarged(tile, scale)), place)
    return picture


def sensible_scale(count, height, width):
    """The `scale` for a grid of `count` images: 3, less for many, 0 if no picture can hold them."""
    columns = math.ceil(math.sqrt(count))
    for scale, most in ((3, COMFORTABLE), (2, COMFORTABLE), (1, MOST)):
        if columns**2 * (height * scale + 1) * (width * scale + 1) <= most:
            return scale
    return 0


def enlarged(pixels, scale):
    """(..., H, W, C) -> (..., H·scale, W·scale, C), each pixel a square of its own colour."""
    return pixels.repeat(scale, axis=-3).repeat(scale, axis=-2)


def to_image(picture):
    """One picture (H, W, 1) or (H, W, 3) in uint8 as a Pillow image of mode L or RGB."""
    return Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
