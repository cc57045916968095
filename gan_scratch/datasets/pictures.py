"""One picture file, from its bytes to pixels of the wanted size."""

import contextlib
import functools
import logging
import warnings
from io import BytesIO
from typing import NamedTuple

import numpy
from PIL import Image, ImageOps

from gan_scratch.datasets.reading import SIZE

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF", "HEIF")
SUFFIXES = frozenset(
    ".avif .bmp .gif .heic .heif .jfif .jp2 .jpe .jpeg .jpg .pbm .pgm .png .pnm .ppm .tif .tiff "
    ".webp".split()
)
HEAD = 64  # so many bytes tell what a file is

NO_PICTURE, MISNAMED = "not a picture", "not a picture despite the name"
EMPTY, CUT_SHORT, DAMAGED = "empty file", "cut short", "damaged"
TOO_LARGE = "too large to be decoded"
# What has been added to Pillow or is beside it: the brands in such a file, and what it needs.
ADDED = {
    "HEIF": ((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"),
             "in HEIC, which needs pip install pillow-heif"),
    "AVIF": ((b"avif", b"avis"), "in AVIF, which needs a newer Pillow"),
}
FLOATS = "of floating-point values, whose range --stretch would find"
NOT_FINITE = "with values that are not finite"
REMARKS = (  # each is followed by a number of pictures
    "the first of several in one file", "transparent parts became white",
    "more than half is cut off, which --pad would keep", "smaller than the samples, and enlarged",
)


class LeftOut(Exception):
    """A file is not used, and why, in words that follow a number of files."""


class Picture(NamedTuple):
    """The pixels (height, width, 3) as bytes; which of REMARKS hold; and the (lowest, highest)
    value of a picture with more than 8 bits, else None."""

    pixels: bytes
    remarks: list
    extremes: tuple | None


def decode(content, reading, spread=None):
    """The `Picture` in the bytes `content`, begun as `check_head` wants, in the size of `reading`.

    The orientation that a camera noted (EXIF) is honoured, transparent parts are laid on white, and
    of several pictures the first is taken. `spread` is the (lowest, highest) value that become 0
    and 255 in pictures of more than 8 bits. Raises LeftOut where there is no picture to be had.
    """
    with _opened(content) as image:
        several = _has_more(image)
        if reading.draft and image.format in ("JPEG", "MPO"):
            # A square, because the camera may have lain on its side.
            image.draft(None, (2 * max(reading.size or SIZE),) * 2)
        image.load()
        with contextlib.suppress(Exception):  # junk where the orientation should be: as it lies
            ImageOps.exif_transpose(image, in_place=True)
        found = None
        if _is_deep(image):
            found = _extremes(image)
            if image.mode == "F" and spread is None:
                raise LeftOut(FLOATS)
            image = _eight_bits(image, *(spread or (0, 65535)))
        white, shone_through = _on_white(image)
        height, width = reading.size or SIZE
        wide, high = width / white.width, height / white.height
        scale = max(wide, high) if reading.fit == "crop" else min(wide, high)
        held = several, shone_through, min(wide, high) < scale / 2, scale > 1
        remarks = [remark for remark, holds in zip(REMARKS, held, strict=True) if holds]
        return Picture(fitted(white, reading).tobytes(), remarks, found)


def extremes(content):
    """The (lowest, highest) value in a picture of more than 8 bits; None for any other file."""
    with contextlib.suppress(LeftOut), _opened(content) as image:
        return _extremes(image) if _is_deep(image) else None


def check_head(head):
    """Raise LeftOut for a file that is not a picture, going by its first bytes."""
    if not head:
        raise LeftOut(EMPTY)
    accepts = _accepts()
    for name, (brands, reason) in ADDED.items():
        is_it = head[4:8] == b"ftyp" and any(brand in head[8:] for brand in brands)
        if is_it and name not in accepts:
            raise LeftOut(reason)
    if not any(accept(head[:16]) for accept in accepts.values()):
        raise LeftOut(NO_PICTURE)


@functools.cache
def _accepts():
    """For each format the function that says whether the first 16 bytes of a file are of it."""
    with contextlib.suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.init()
    logging.getLogger("PIL").addHandler(logging.NullHandler())  # else it prints of broken files
    return {name: Image.OPEN[name][1] for name in FORMATS if name in Image.OPEN}


@contextlib.contextmanager
def _opened(content):
    """The picture as Pillow opens it; whatever goes wrong with it becomes LeftOut."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield Image.open(BytesIO(content), formats=tuple(_accepts()))
        except LeftOut:
            raise
        except (Image.DecompressionBombError, MemoryError):
            raise LeftOut(TOO_LARGE) from None
        except Exception as error:  # a dozen types, SyntaxError among them, for broken files
            raise LeftOut(CUT_SHORT if "truncated" in str(error) else DAMAGED) from None


def _has_more(image):
    """Whether this is an animation or has several pages. What phones add to a photo is neither."""
    with contextlib.suppress(Exception):  # the second picture may be damaged
        return image.format not in ("MPO", "HEIF") and getattr(image, "is_animated", False)
    return True


def _is_deep(image):
    return image.mode[0] in "IF"


def _extremes(image):
    values = numpy.asarray(image)
    lowest, highest = float(values.min()), float(values.max())
    if not numpy.isfinite(highest - lowest):
        raise LeftOut(NOT_FINITE)
    return lowest, highest


def _eight_bits(image, lowest, highest):
    """Grey values of more than 8 bits as 8: `lowest` becomes 0 and `highest` 255."""
    values = numpy.asarray(image).astype(numpy.float64).clip(lowest, highest) - lowest
    if highest > lowest:
        values /= (highest - lowest) / 255
    return Image.fromarray(numpy.rint(values).astype(numpy.uint8))


def _on_white(image):
    """(the picture as RGB, whether white shows through it)."""
    if not image.has_transparency_data:
        return image.convert("RGB"), False
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    shows = image.getchannel("A").getextrema()[0] < 255
    return Image.alpha_composite(white, image).convert("RGB"), shows


def fitted(image, reading):
    """An RGB image of Pillow's in the size and the manner that `reading` asks for."""
    height, width = reading.size or SIZE
    if reading.fit == "crop":
        # fit() cuts out the middle and resizes it in one go.
        return ImageOps.fit(image, (width, height), method=Image.Resampling.LANCZOS)
    scale = min(width / image.width, height / image.height)
    size = tuple(max(1, round(scale * length)) for length in image.size)
    padded = Image.new("RGB", (width, height), _border(numpy.asarray(image)))
    corner = (width - size[0]) // 2, (height - size[1]) // 2
    padded.paste(image.resize(size, Image.Resampling.LANCZOS), corner)
    return padded


def _border(pixels):
    """The median colour of the outermost pixels."""
    edges = pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]
    return tuple(numpy.median(numpy.concatenate(edges), axis=0).astype(int).tolist())
