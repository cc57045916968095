"""What became of each file of your own data, for people and for the record of a run."""

import dataclasses
import re
from pathlib import PurePosixPath

from gan_scratch.datasets import folder, pictures

NAMED_AT_MOST = 5
CLASSES_AT_MOST = 10
# Reasons to leave out what nobody misses.
NO_LOSS = (
    pictures.NO_PICTURE, folder.HIDDEN, folder.RUN_FOLDER, folder.EMPTY, folder.STRAY, folder.CIRCLE
)


@dataclasses.dataclass
class Account:
    """What became of each file. A name that ends in "/" is a folder's.

    seen, used  files seen, samples used      shape       (height, width, channels) of the samples
    left_out    {reason: [names]}             classes     {name: samples}, or None
    notes       sentences for people          held_out    samples held out
    """

    seen: int = 0
    used: int = 0
    left_out: dict = dataclasses.field(default_factory=dict)
    notes: list = dataclasses.field(default_factory=list)
    shape: tuple | None = None
    classes: dict | None = None
    held_out: int = 0

    def leave_out(self, name, reason):
        """The file or folder called `name` is not used because of `reason`."""
        self.left_out.setdefault(reason, []).append(printable(name))
        self.seen += not name.endswith("/")

    def note(self, sentence):
        self.notes.append(printable(sentence))

    def lines(self):
        """The account for people: one line each for what is used, classes, the rest and notes."""
        height, width, channels = self.shape
        lines = [
            f"{counted(self.seen, 'file')} seen, {self.used:,} used as {width}×{height} in "
            f"{'grey' if channels == 1 else 'colour'}: {self.used - self.held_out:,} to train on, "
            f"{self.held_out:,} held out"
        ]
        if self.classes:
            some = [f"{name} {count:,}" for name, count in self.classes.items()]
            more = len(some) - CLASSES_AT_MOST
            some = ", ".join(some[:CLASSES_AT_MOST])
            lines.append(f"classes: {some}" + f" and {more:,} more" * (more > 0))
        if self.left_out:
            lines.append(f"left out: {self.left_out_in_words()}")
        return lines + [f"note: {note}" for note in self.notes]

    def left_out_in_words(self):
        return "; ".join(
            f"{len(names):,} {_plural(reason, len(names))}{_named(names, reason)}"
            for reason, names in self.left_out.items()
        )

    def plain(self):
        """The account as JSON can hold it, with the first names only, and `lines` as "words"."""
        left_out = {
            reason: {"count": len(names), "first": sorted(names)[:NAMED_AT_MOST]}
            for reason, names in self.left_out.items()
        }
        shape = list(self.shape)
        return {**vars(self), "left_out": left_out, "shape": shape, "words": self.lines()}

    def warning(self):
        """A sentence about the pictures that could not be read, or None."""
        lost = [names for reason, names in self.left_out.items() if reason not in NO_LOSS]
        unread = [name for names in lost for name in names]
        return unread and (
            f"{len(unread)} of {self.used + len(unread)} image files could not be read and are "
            f"left out{_first(unread)}"
        )


def suffix(name):
    return PurePosixPath(name).suffix.lower()


def counted(number, what):
    return f"{number:,} {what}{'s' * (number != 1)}"


def _plural(reason, number):
    if number == 1:
        return reason
    return re.sub(r"\b(a )?(picture|file|folder|link)\b", r"\2s", reason)


def _named(names, reason):
    """The first of `names` in parentheses; of many that are no pictures, only the suffixes."""
    if reason == folder.HIDDEN:
        return ""
    if reason == pictures.NO_PICTURE and len(names) > NAMED_AT_MOST:
        names = {suffix(name) or "no suffix" for name in names}
    return _first(names)


def _first(names):
    return f" ({', '.join(sorted(names)[:NAMED_AT_MOST])}{', ...' * (len(names) > NAMED_AT_MOST)})"


def printable(text):
    """`text` with line breaks, control characters and undecodable bytes written as escapes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
