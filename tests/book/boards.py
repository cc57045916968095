"""The boards that the chapters' cells make, and what a reader is told to do with them."""

import re

import ipywidgets
import numpy as np
from execute import unexecuted
from reading import SOURCES

from gan_scratch import datasets
from gan_scratch.book.playground import Playground

ACTION = re.compile(
    r"(?:[Pp]ull the (?P<rate>learning rate of \w) (?:down|up)|set (?P<setting>R1)) "
    r"to (?P<to>[-\de.]*\d)|[Pp]ress \*(?P<button>[^*]+)\*(?: (?P<times>six|ten) times)?"
)
TIMES = {None: 1, "six": 6, "ten": 10}


def section(number):
    """(text, code) of a chapter's playground, the text as one line."""
    (source,) = (path for path in SOURCES if path.name.startswith(number))
    cells = unexecuted(source).cells
    (place,) = (i for i, cell in enumerate(cells) if ".widgets()" in cell.source)
    text = cells[place - 1].source.partition("## The playground")[2]
    return " ".join(text.split()), cells[place].source


def board_of(number, seed, full=True):
    """The board that a chapter's cell makes; with `full`, after as many rounds as for a reader."""
    ring = datasets.ring(10_000, np.random.default_rng(1), sigma=0.05)
    names = {
        "Playground": Playground, "ring": ring, "seed": lambda: seed,
        "rounds": lambda rounds, short: rounds if full else short,
    }  # fmt: skip
    *lines, last = section(number)[1].splitlines()
    exec("\n".join(lines), names)
    return eval(last, names)


def widgets(board):
    """description -> widget, of all that a reader can move."""
    inside = [board]
    for widget in inside:
        inside += getattr(widget, "children", ())
    return {widget.description: widget for widget in inside if hasattr(widget, "description")}


def actions(text):
    """(name, number) of each setting or button in order: the value to set, or how many presses."""
    return [
        (found["rate"] or found["setting"] or found["button"],
         float(found["to"]) if found["to"] else TIMES[found["times"]])
        for found in ACTION.finditer(text)
    ]  # fmt: skip


def follow(text, board):
    """Do what the text says; the modes that were counted in the rounds since."""
    begun = board.playground.step
    for name, number in actions(text):
        widget = widgets(board)[name]
        if isinstance(widget, ipywidgets.FloatLogSlider):  # pulled, it stops at tenths
            widget.value = 10 ** (round(np.log10(number) / widget.step) * widget.step)
        elif isinstance(widget, ipywidgets.FloatSlider):
            widget.value = number
        else:
            for _ in range(number):
                widget.click()
    return [modes for step, modes, _ in board.playground.history if step > begun]
