"""Where processes of one machine meet: memory that they have in common, and a way to wait.

Each process counts the meetings that it has come to, in a place of its own that all can read, and
goes on when everybody has come as far. Who waits looks for some microseconds and then takes naps, a
tenth as long as it has waited. (BLAS's threads only look, and lose whole time slices to a busy
neighbour. To be woken at once sounds better than to nap, but some systems put who is woken on the
core of its waker, where it stands in the way.) Between naps it notices when somebody has died.
"""

import marshal
import mmap
import os
import pickle
import secrets
import struct
import sys
import tempfile
import threading
import time
from multiprocessing import reduction

import numpy as np

from gan_scratch.cores import allowed_cores

LINE = 64  # bytes of a cache line: what two processes write is kept on lines of its own
BOX = 1 << 22  # bytes that a process can give at a time; what is longer goes in pieces
LOOKS = 300  # at the other's counter before the first nap: some 20 microseconds
SHORTEST_NAP, LONGEST_NAP = 2e-5, 5e-3  # seconds
PATIENT = 0.01  # seconds of waiting before one asks whether the others are alive
LONG = 1.0  # seconds until one asks that even though somebody is known to have ended
HEAD = struct.Struct("<q")
ROOM = BOX - HEAD.size
LAST_WORDS = 1 << 16
ARRAY, PICKLED = "array", "pickled"  # keys of what marshal cannot write by itself


class PeerLost(RuntimeError):
    """Another process of the meeting has died or failed, so what it was to bring never comes."""


class Memory:
    """Memory that processes have in common. It has no name in any folder, so when the last of them
    ends, however it ends, nothing is left.

    Every process asks for the same arrays in the same order.
    """

    def __init__(self, size):
        self.size, self.used = size, 0
        if sys.platform == "win32":
            self.file, self.tag = None, f"gan_scratch-{secrets.token_hex(8)}"
        else:
            self.file, self.tag = nameless_file(), None
            os.ftruncate(self.file, size)
        self._attach()

    def _attach(self):
        if self.tag:
            self.map = mmap.mmap(-1, self.size, tagname=self.tag)
        else:
            self.map = mmap.mmap(self.file, self.size)

    def __getstate__(self):
        """How a process that is being started attaches itself: by a copy of the file's handle."""
        file = None if self.file is None else reduction.DupFd(self.file)
        return {"size": self.size, "used": 0, "file": file, "tag": self.tag}

    def __setstate__(self, state):
        vars(self).update(state)
        if self.file is not None:
            self.file = self.file.detach()
        self._attach()
        self.close_file()

    def close_file(self):
        """No further process will attach itself."""
        if self.file is not None:
            os.close(self.file)
            self.file = None

    def array(self, shape, dtype):
        """The next array, zero where nobody has written."""
        dtype, start = np.dtype(dtype), self.used
        count = int(np.prod(shape))
        self.used += -(-count * dtype.itemsize // LINE) * LINE
        if self.used > self.size:
            raise MemoryError(f"the processes share {self.size} bytes, asked for {self.used}")
        return np.frombuffer(self.map, dtype, count, start).reshape(shape)


def nameless_file():
    """The handle of a file in memory that no folder names; where there is no such thing, of a
    temporary file that was removed at once."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("gan_scratch")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Meeting:
    """Where `count` processes meet. Made by the first one and handed to the others; each of them
    calls `join` with its index, and with a function that is asked now and then while it waits and
    raises PeerLost where somebody has died.
    """

    def __init__(self, count, memory):
        self.count, self.memory = count, memory

    def __getstate__(self):
        return {"count": self.count, "memory": self.memory}

    def join(self, index, alive):
        """Begin as the process `index`."""
        self.index, self.alive, self.number, self.memory.used = index, alive, 0, 0
        words = [self.memory.array(LINE // 8, np.int64) for _ in range(3 * self.count)]
        # Single numbers are read four times as fast through a memoryview as from an array.
        self.arrived, self.failed, self.votes = (
            [memoryview(word) for word in words[first::3]] for first in range(3)
        )

        def rooms(size, count):
            return [memoryview(self.memory.array(size, np.uint8)) for _ in range(count)]

        self.last_words = rooms(LAST_WORDS, self.count)
        self.boxes = [rooms(BOX, 2) for _ in range(self.count)]
        self.others = [other for other in range(self.count) if other != index]
        self.looks = LOOKS if self.count <= allowed_cores() else 1
        self.fence = threading.Lock()

    def meet(self):
        """Go on when all have come here. What anybody wrote before is there for all after."""
        self.number += 1
        self._order_memory()
        self.arrived[self.index][0] = self.number
        for other in self.others:
            if self.arrived[other][0] < self.number:
                self._wait_for(other)
        self._order_memory()

    def _order_memory(self):
        """What is written before is visible to others before what is written after, also on
        processors that reorder writes: giving a lock back and taking it again keeps them apart."""
        for _ in range(2):
            self.fence.acquire()
            self.fence.release()

    def _wait_for(self, other):
        arrived, number = self.arrived[other], self.number
        for _ in range(self.looks):
            if arrived[0] >= number:
                return
        start, waited = time.perf_counter(), 0.0
        while arrived[0] < number:
            time.sleep(min(max(waited / 10, SHORTEST_NAP), LONGEST_NAP))
            waited = time.perf_counter() - start
            if waited > PATIENT:
                self._expect_others(waited)

    def _expect_others(self, waited):
        """Raise PeerLost if somebody will not come here any more. Whoever failed after coming here
        is not missed before the next meeting: what was decided here is for all to act on."""
        failed = [process for process in self.others if self.failed[process][0]]
        if any(self.arrived[process][0] < self.number for process in failed):
            raise PeerLost()
        if not failed or waited > LONG:
            self.alive()

    def fail(self, gift):
        """Leave, and leave `gift` for whoever waits: what went wrong."""
        words = pickle.dumps(gift)
        HEAD.pack_into(self.last_words[self.index], 0, len(words))
        self.last_words[self.index][HEAD.size : HEAD.size + len(words)] = words
        self._order_memory()
        self.failed[self.index][0] = 1

    def failure_of(self, other):
        """What the process `other` left when it failed, or None."""
        if not self.failed[other][0]:
            return None
        box = self.last_words[other]
        (size,) = HEAD.unpack_from(box)
        return pickle.loads(box[HEAD.size : HEAD.size + size])

    def vote(self, fine):
        """Whether all say so."""
        which = self.number % 2
        self.votes[self.index][which] = not fine
        self.meet()
        return not any(votes[which] for votes in self.votes)

    def exchange(self, gift, givers=None):
        """[what each process gives], or each of the `givers`; the own gift is the object itself."""
        givers = range(self.count) if givers is None else givers
        words = packed(gift) if self.index in givers else b""
        found, sent, longest = {giver: b"" for giver in givers}, 0, 1
        while sent < longest:
            # A box is written again two meetings later, when all have taken what was in it.
            which, piece = self.number % 2, words[sent : sent + ROOM]
            box = self.boxes[self.index][which]
            HEAD.pack_into(box, 0, len(words))
            box[HEAD.size : HEAD.size + len(piece)] = piece
            self.meet()
            for giver in givers:
                other = self.boxes[giver][which]
                (length,) = HEAD.unpack_from(other)
                longest = max(longest, length)
                if giver != self.index:
                    end = HEAD.size + max(0, min(ROOM, length - sent))
                    found[giver] += other[HEAD.size : end]
            sent += ROOM
        return [gift if giver == self.index else unpacked(words) for giver, words in found.items()]


# What travels: numbers, words, arrays, and tuples and lists of such; anything else is pickled.


def packed(gift):
    """The gift as bytes."""
    try:
        return marshal.dumps(plain(gift))
    except ValueError:  # something else than numbers, words, arrays, tuples and lists
        return marshal.dumps({PICKLED: pickle.dumps(gift)})


def plain(gift):
    """The gift with {ARRAY: (dtype, shape, memory)} for each array."""
    kind = type(gift)
    if kind in (tuple, list):
        return kind([plain(item) for item in gift])
    if kind is np.ndarray and gift.dtype.kind in "biufc":
        return {ARRAY: (gift.dtype.str, gift.shape, np.ascontiguousarray(gift))}
    if kind in (bool, int, float, str, bytes, type(None)):
        return gift
    raise ValueError(f"{kind.__name__} is pickled")


def unpacked(words):
    """The inverse of `packed`, with arrays of its own."""
    return restored(marshal.loads(words))


def restored(item):
    """The inverse of `plain`."""
    if isinstance(item, (tuple, list)):
        return type(item)([restored(each) for each in item])
    if not isinstance(item, dict):
        return item
    if PICKLED in item:
        return pickle.loads(item[PICKLED])
    dtype, shape, memory = item[ARRAY]
    return np.ndarray(shape, dtype, memory).copy()
