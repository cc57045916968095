"""Snapshots of a training: how to keep them, play them, and lay them out as one strip.

A snapshot is what the generator makes of one fixed set of noise vectors at one step. As a PNG it is
a picture for any viewer and, by a note inside it, the exact samples for `load_snapshot`.
"""

import json
import math
import pathlib

import numpy
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from gan_scratch import settings
from gan_scratch.backend import backend_of
from gan_scratch.plots import style
from gan_scratch.plots.files import save_image
from gan_scratch.plots.images import enlarged, grid, to_image, to_pixels
from gan_scratch.plots.side_by_side import captioned, side_by_side

MOST_FRAMES = 60
MOST_ROWS = 12

# Few colours keep a film small: it is the noise in the last bits that does not compress.
_GREYS = 10
_COLORS = 96

_NOTE = "gan_scratch"


def save_snapshot(path, samples, step, *, columns=None, value_range=(0, 1)):
    """Keep `samples` of one `step` as a PNG: a grid without gaps, and how to cut it apart again.

    Shapes
        samples (N, H, W, 1) or (N, H, W, 3); uint8 comes back exactly
    """
    pixels = to_pixels(samples, value_range)
    picture = grid(pixels, columns=columns, scale=1, gap=0)
    count, height, width, _ = pixels.shape
    columns = picture.width // width
    words = {"step": int(step), "count": count, "tile": [height, width], "columns": columns}
    note = PngImagePlugin.PngInfo()
    note.add_text(_NOTE, json.dumps(words))
    save_image(picture, path, pnginfo=note, optimize=True)


def load_snapshot(path):
    """(step, samples) of a snapshot; samples are (N, H, W, C) in uint8.

    Raises ValueError for a picture that `save_snapshot` did not write, or that was changed since.
    """
    with Image.open(path) as image:
        note = image.info.get(_NOTE)
        mode, picture = image.mode, numpy.asarray(image)
    if note is None:
        raise ValueError(f"{path} is a picture but no snapshot: it does not say how it is divided")
    note = json.loads(note)
    height, width = note["tile"]
    count, columns = note["count"], note["columns"]
    rows = math.ceil(count / columns)
    if mode not in ("L", "RGB") or picture.shape[:2] != (rows * height, columns * width):
        raise ValueError(f"{path} was changed since it was saved: its samples cannot be cut apart")
    tiles = picture.reshape(rows, height, columns, width, -1).swapaxes(1, 2)
    return note["step"], tiles.reshape(rows * columns, height, width, -1)[:count]


def load_snapshots(folder):
    """All snapshots (`step_*.png`) in a folder as a dict step -> samples, in the order of steps."""
    found = (load_snapshot(path) for path in pathlib.Path(folder).glob("step_*.png"))
    return dict(sorted(found, key=lambda snapshot: snapshot[0]))


def film(frames, path, *, captions=None, duration=0.12, hold_last=2.0):
    """Write a GIF that plays `frames` for ever.

    `frames` are Pillow images or paths of pictures, all of one size in the end; the path of a
    snapshot is shown as a `grid`. Of more than 60 a film takes 60, evenly chosen, with the first
    and the last. `captions`, one text a frame, stand under the pictures. A frame stays for
    `duration` seconds, the last for `hold_last` more; neighbours that look the same become one
    that stays as long as all of them. Raises ValueError without frames, for two sizes, or for
    another number of captions.
    """
    frames = list(frames)
    if not frames:
        raise ValueError("a film needs at least one frame")
    if captions is not None and len(captions) != len(frames):
        raise ValueError(f"a film of {len(frames)} frames got {len(captions)} captions")
    chosen = thinned(range(len(frames)), MOST_FRAMES)
    pictures = [_opened(frames[index]) for index in chosen]
    sizes = {picture.size for picture in pictures}
    if len(sizes) > 1:
        raise ValueError(f"the frames of a film must have one size, got {sorted(sizes)}")
    if captions is not None:
        pictures = list(map(captioned, pictures, [captions[index] for index in chosen]))

    first, *others = _with_few_colors(pictures)
    seconds = [duration] * len(others) + [duration + hold_last]
    save_image(
        first, path, format="GIF", save_all=True, append_images=others, loop=0,
        duration=[round(1000 * each) for each in seconds], optimize=False,
    )  # fmt: skip


def growth(frames_by_step, path, *, columns=12, scale=2, gap=1, value_range=(0, 1)):
    """Write one picture of the whole training: a row for each snapshot, the step at its left.

    Shapes
        frames_by_step: a dict step -> samples (N, H, W, C), the same noise vectors at each step
    The first `columns` samples are shown, so that a column read downwards is one sample growing.
    More than 12 snapshots are thinned evenly to 12, with the first and the last. Raises
    ValueError without snapshots or for samples of two shapes.
    """
    if not frames_by_step:
        raise ValueError("a growth strip needs at least one snapshot")
    settings.positive_integer(None, "columns", columns)
    steps = thinned(sorted(frames_by_step), MOST_ROWS)
    rows = [to_pixels(frames_by_step[step], value_range)[:columns] for step in steps]
    shapes = {row.shape for row in rows}
    if len(shapes) > 1:
        raise ValueError(f"the snapshots must have one shape, got {sorted(shapes)}")
    strips = [grid(row, columns=len(row), scale=scale, gap=gap) for row in rows]

    labels = [f"{step:,}" for step in steps]
    width, height = strips[0].size
    font = ImageFont.load_default(max(11, min(16, height // 3)))
    margin = 2 * 8 + max(round(font.getlength(label)) for label in labels)
    size = margin + width + gap, len(steps) * (height + gap) + gap
    picture = Image.new("RGB", size, style.BOARD)
    draw = ImageDraw.Draw(picture)
    for row, (label, strip) in enumerate(zip(labels, strips, strict=True)):
        top = row * (height + gap) + gap
        picture.paste(strip, (margin, top))
        place = margin - 8, top + height // 2
        draw.text(place, label, font=font, fill=style.BOARD_INK, anchor="rm")
    save_image(picture, path, optimize=True)


def interpolation(rows, path, *, scale=2, value_range=(0, 1)):
    """Write a picture of samples on the way from one noise vector to another, a row for each way.

    Shapes
        rows (R, K, H, W, C): R ways with K samples each, the ends included
    A thin frame marks the two ends. Raises ValueError for another shape.
    """
    rows = backend_of(rows).to_numpy(rows)
    shape = rows.shape
    if len(shape) != 5:
        raise ValueError(f"rows must be (R, K, H, W, C), got {shape}")
    settings.positive_integer(None, "scale", scale)
    pixels = enlarged(to_pixels(rows.reshape(-1, *shape[2:]), value_range), scale)
    height, width = pixels.shape[1:3]
    gap, frame = 6, 2
    size = shape[1] * (width + gap) + gap, shape[0] * (height + gap) + gap
    picture = Image.new("RGB", size, style.BOARD)
    draw = ImageDraw.Draw(picture)
    for index, tile in enumerate(pixels):
        row, column = divmod(index, shape[1])
        left, top = column * (width + gap) + gap, row * (height + gap) + gap
        if column in (0, shape[1] - 1):
            around = (left - frame, top - frame, left + width + frame - 1, top + height + frame - 1)
            draw.rectangle(around, fill=style.GENERATOR)
        picture.paste(to_image(tile), (left, top))
    save_image(picture, path, optimize=True)


def thinned(items, most):
    """At most `most` (2 or more) of `items`, evenly chosen, always with the first and the last."""
    items = list(items)
    if len(items) <= most:
        return items
    return [items[index * (len(items) - 1) // (most - 1)] for index in range(most)]


def _opened(frame):
    """A frame, given as an image or as a path, in grey (L) if it is grey and RGB else."""
    if not isinstance(frame, Image.Image):
        with Image.open(frame) as image:
            image.load()
        if _NOTE in image.info:
            columns = json.loads(image.info[_NOTE])["columns"]
            return grid(load_snapshot(frame)[1], columns=columns)
        frame = image
    return frame if frame.mode in ("L", "RGB") else frame.convert("RGB")


def _with_few_colors(pictures):
    """The pictures as indices into one palette, the same for all, so that no colour flickers."""
    if all(picture.mode == "L" for picture in pictures):
        return [_in_greys(picture) for picture in pictures]
    pictures = [picture.convert("RGB") for picture in pictures]
    mosaic = side_by_side(thinned(pictures, 8), columns=1, gap=0)  # a few, which one has to serve
    palette = mosaic.quantize(_COLORS, method=Image.Quantize.MEDIANCUT)
    return [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]


def _in_greys(picture):
    """A grey picture as indices into even steps from black to white, each pixel to the nearest."""
    last = _GREYS - 1
    indices = picture.point([round(grey * last / 255) for grey in range(256)])
    indices.putpalette([round(step * 255 / last) for step in range(_GREYS) for _ in "rgb"])
    return indices
