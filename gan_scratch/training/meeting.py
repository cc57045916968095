"""Where processes of one machine meet: memory that they have in common, and a way to wait.

Each process counts the meetings that it has come to, in a place of its own that all can read, and
goes on when everybody has come as far. Waiting is looking for some microseconds and then sleeping,
until the one who comes rings; BLAS's threads, which only look, lose whole time slices to a busy
neighbour. A sleeper looks up now and then, so that it notices when somebody has died.
"""

import mmap
import os
import pickle
import secrets
import struct
import sys
import tempfile
import threading
from multiprocessing import reduction

import numpy as np

from gan_scratch.layers.kernels.parallel import allowed_cores

LINE = 64  # bytes of a cache line: what two processes write is kept on lines of its own
BOX = 1 << 22  # bytes that a process can give at a time; what is longer goes in pieces
LOOKS = 1500  # at the other's counter before it is waited for asleep: some 100 microseconds
FIRST_SLEEP, LONGEST_SLEEP = 0.001, 0.5  # seconds; a ring ends each
HEAD = struct.Struct("<q")
ROOM = BOX - HEAD.size
LAST_WORDS = 1 << 16


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
    calls `join` with its index, and with a function that is asked while it sleeps and raises
    PeerLost where somebody has died.
    """

    def __init__(self, context, count, memory):
        self.count, self.memory = count, memory
        self.bells = [context.Semaphore(0) for _ in range(count)]

    def __getstate__(self):
        return {"count": self.count, "memory": self.memory, "bells": self.bells}

    def join(self, index, alive):
        """Begin as the process `index`."""
        self.index, self.alive, self.number, self.memory.used = index, alive, 0, 0
        words = [self.memory.array(LINE // 8, np.int64) for _ in range(3 * self.count)]
        # Single numbers are read four times as fast through a memoryview as from an array.
        self.arrived, self.asleep, self.failed = (
            [memoryview(word) for word in words[first :: 3]] for first in range(3)
        )
        self.last_words = [
            memoryview(self.memory.array(LAST_WORDS, np.uint8)) for _ in range(self.count)
        ]
        self.boxes = [
            [memoryview(self.memory.array(BOX, np.uint8)) for _ in range(2)]
            for _ in range(self.count)
        ]
        self.others = [other for other in range(self.count) if other != index]
        self.looks = LOOKS if self.count <= len(allowed_cores()) else 1
        self.fence = threading.Lock()

    def meet(self):
        """Go on when all have come here. What anybody wrote before is there for all after."""
        self.number += 1
        self._order_memory()
        self.arrived[self.index][0] = self.number
        for other in self.others:
            if self.asleep[other][0]:
                self.bells[other].release()
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
        bell, sleep, mine = self.bells[self.index], FIRST_SLEEP, self.asleep[self.index]
        mine[0] = 1
        while arrived[0] < number:
            # The first sleeps are short: between a look and falling asleep a ring may be missed.
            if not bell.acquire(True, sleep):
                sleep = min(2 * sleep, LONGEST_SLEEP)
                self.alive()
            for process in self.others:
                if self.failed[process][0]:
                    raise PeerLost(process)
        mine[0] = 0

    def fail(self, gift):
        """Leave, and leave `gift` for whoever waits: what went wrong."""
        words = pickle.dumps(gift)
        HEAD.pack_into(self.last_words[self.index], 0, len(words))
        self.last_words[self.index][HEAD.size : HEAD.size + len(words)] = words
        self._order_memory()
        self.failed[self.index][0] = 1
        for other in self.others:
            self.bells[other].release()

    def failure_of(self, other):
        """What the process `other` left when it failed, or None."""
        if not self.failed[other][0]:
            return None
        box = self.last_words[other]
        (size,) = HEAD.unpack_from(box)
        return pickle.loads(box[HEAD.size : HEAD.size + size])

    def exchange(self, gift, givers=None):
        """[what each process gives], or each of the `givers`; the own gift is the object itself.

        Everything that can be pickled can be given; arrays go as they are.
        """
        givers = range(self.count) if givers is None else givers
        parts = packed(gift) if self.index in givers else []
        size = sum(map(len, parts))
        if size > ROOM:
            parts = [memoryview(b"".join(parts))]
        heads, found = [], {giver: bytearray() for giver in givers if giver != self.index}
        sent = 0
        while True:
            # A box is written again two meetings later, when all have taken what was in it.
            which = self.number % 2
            box = self.boxes[self.index][which]
            HEAD.pack_into(box, 0, size)
            start = HEAD.size
            for part in parts if size <= ROOM else [parts[0][sent : sent + ROOM]]:
                box[start : start + len(part)] = part
                start += len(part)
            self.meet()
            heads = heads or [HEAD.unpack_from(self.boxes[giver][which])[0] for giver in givers]
            for giver, length in zip(givers, heads, strict=True):
                if giver != self.index:
                    piece = min(ROOM, length - sent)
                    found[giver] += self.boxes[giver][which][HEAD.size : HEAD.size + max(0, piece)]
            sent += ROOM
            if sent >= max(heads):
                return [gift if giver == self.index else unpacked(found[giver]) for giver in givers]


def packed(gift):
    """The gift as pieces of memory: how many there are, how long, its structure, its arrays."""
    arrays = []
    structure = pickle.dumps(gift, 5, buffer_callback=arrays.append)
    pieces = [structure, *(array.raw() for array in arrays)]
    return [struct.pack(f"<{1 + len(pieces)}q", len(pieces), *map(len, pieces)), *pieces]


def unpacked(memory):
    """The inverse of `packed`; arrays lie in `memory`."""
    (count,) = HEAD.unpack_from(memory)
    pieces, start = [], HEAD.size * (1 + count)
    for length in struct.unpack_from(f"<{count}q", memory, HEAD.size):
        pieces.append(memoryview(memory)[start : start + length])
        start += length
    return pickle.loads(pieces[0], buffers=pieces[1:])
