"""The picture that a link to the site shows elsewhere: python docs/card.py"""

from pathlib import Path

from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from gan_scratch.plots import style

DOCS = Path(__file__).resolve().parent
SIZE = WIDTH, HEIGHT = 1200, 630


def text(size, weight="normal"):
    wanted = font_manager.FontProperties(family="DejaVu Sans", weight=weight)
    return ImageFont.truetype(font_manager.findfont(wanted), size)


def card():
    card = Image.new("RGB", SIZE, style.PAPER)
    digits = Image.open(DOCS / "images" / "conditional-digits.png").convert("RGB")
    card.paste(digits.resize((HEIGHT, HEIGHT), Image.Resampling.LANCZOS), (WIDTH - HEIGHT, 0))
    draw = ImageDraw.Draw(card)
    draw.text((48, 150), "gan_scratch", style.INK, text(68, "bold"))
    words = "Generative\nadversarial networks\nfrom their\ngradients up"
    draw.text((48, 262), words, style.FAINT_INK, text(40), spacing=14)
    for x, colour in (48, style.DISCRIMINATOR), (88, style.GENERATOR):
        draw.ellipse((x, 90, x + 28, 118), colour)
    return card.quantize(256)


if __name__ == "__main__":
    card().save(DOCS / "_static" / "card.png", optimize=True)
