"""How one's own pictures become samples of one size and one number of channels."""

from dataclasses import dataclass

from gan_scratch import settings
from gan_scratch.part import Part, setting

SIZE = (28, 28)
LARGEST = 4096


def sides_or_none(owner, name, value):
    """A check: (height, width), None as it is."""
    size = None if value is None else settings.positive_integers(None, name, value, 2)
    if size and max(size) > LARGEST:
        raise ValueError(f"size must be at most {LARGEST} pixels a side, got {max(size)}")
    return size


@dataclass(frozen=True)
class Reading(Part, kind="reading"):
    """The settings that decide the pixels, so that a run records them.

    size      (height, width); an int is a square. None: 28×28 for picture files, and the size that
              they have for arrays
    fit       "crop" cuts out the middle in the wanted proportions, "pad" keeps the whole picture
              and fills the rest with the median colour of its border
    channels  1 (grey), 3 (colour) or None: grey if every picture is grey
    stretch   whether pictures of more than 8 bits are scaled from the range of values found in all
              of them, instead of from 0..65,535
    draft     whether a JPEG is decoded at a reduced size, at least twice what is wanted. This is
              several times as fast and changes the pixels a little
    """

    size: tuple | None = setting(None, sides_or_none)
    fit: str = "crop"
    channels: int | None = None
    stretch: bool = False
    draft: bool = True

    def check(self):
        if self.fit not in ("crop", "pad"):
            raise ValueError(f"fit must be 'crop' or 'pad', got {self.fit!r}")
        if self.channels not in (None, 1, 3):
            wanted = "channels must be 1 (grey), 3 (colour) or None"
            raise ValueError(f"{wanted}, got {self.channels!r}")
