"""Memory for what a kernel needs on its way, kept for the next call.

Fresh memory costs a page fault every 4 KiB, which takes as long as filling it.
"""

import math
from threading import local

import numpy as np

MOST_KEPT = 1 << 25  # bytes of working memory that are kept between calls


# glibc hands freed memory back above a threshold, and takes fresh pages for the next step's arrays,
# a fault every 4 KiB. The threshold follows the largest array that was ever freed, up to 32 MiB
# (mallopt(3), M_MMAP_THRESHOLD), so one is taken, never written to, and freed. Elsewhere that does
# nothing.
np.empty((1 << 25) - (1 << 14), np.uint8)


class Workspace(local):
    """Each thread that calls has memory of its own. What a kernel returns does not lie here."""

    def __init__(self):
        self.memory = np.empty(0, np.uint8)
        self.used = 0
        self.rooms = {}

    def begin(self):
        """Everything that was handed out before is free again."""
        if len(self.memory) < self.used <= MOST_KEPT:
            self.memory = np.empty(self.used, np.uint8)
            self.rooms = {}
        self.used = 0

    def room(self, make, *arguments):
        """make(*arguments), which lays out arrays from the beginning; it is remembered, so that the
        same arguments get the same arrays, whatever was written into them since."""
        self.begin()
        found = self.rooms.get((make, arguments))
        if found is None:
            found = make(*arguments)
            if self.used <= len(self.memory):
                self.rooms[make, arguments] = found
        return found

    def empty(self, shape, dtype):
        size = math.prod(shape) * np.dtype(dtype).itemsize
        start, self.used = self.used, self.used + -(-size // 64) * 64
        if self.used > len(self.memory):
            return np.empty(shape, dtype)  # this time; `begin` makes room for the next
        return self.memory[start : start + size].view(dtype).reshape(shape)


workspace = Workspace()
