"""Pictures with a line of words under each, and many of them as one."""

from PIL import Image, ImageColor, ImageDraw, ImageFont

from gan_scratch import settings
from gan_scratch.plots import style

EDGE = 8


def captioned(picture, caption, *, paper=style.BOARD, ink=style.BOARD_INK):
    """The Pillow image `picture` (mode L or RGB) with a strip under it that says `caption`.

    A caption of several lines makes a higher strip; letters grow with the picture.
    """
    size = max(14, picture.width // 36)
    paper, ink = (ImageColor.getcolor(color, picture.mode) for color in (paper, ink))
    strip = 6 + round(1.3 * size) * len(caption.splitlines())
    whole = Image.new(picture.mode, (picture.width, picture.height + strip), paper)
    whole.paste(picture, (0, 0))
    ImageDraw.Draw(whole).text(
        (EDGE, picture.height + strip // 2), caption, font=ImageFont.load_default(size), fill=ink,
        anchor="lm",
    )  # fmt: skip
    return whole


def side_by_side(pictures, captions=None, *, columns=None, gap=8):
    """All `pictures` (Pillow images of one size) in one, on white paper, each over its caption.

    `columns` of them stand in a row (all, unless given), `gap` pixels apart. Raises ValueError
    without pictures, for two sizes, and for another number of captions.
    """
    if not pictures or len({picture.size for picture in pictures}) > 1:
        raise ValueError("pictures must be one or more images, all of one size")
    if captions is not None:
        if len(captions) != len(pictures):
            raise ValueError(f"{len(pictures)} pictures got {len(captions)} captions")
        pictures = [
            captioned(picture.convert("RGB"), caption, paper=style.PAPER, ink=style.INK)
            for picture, caption in zip(pictures, captions, strict=True)
        ]
    columns = len(pictures) if columns is None else columns
    settings.positive_integer(None, "columns", columns)
    columns = min(columns, len(pictures))
    width = max(picture.width for picture in pictures) + gap
    height = max(picture.height for picture in pictures) + gap
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * width - gap, rows * height - gap), style.PAPER)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        whole.paste(picture, (column * width, row * height))
    return whole
