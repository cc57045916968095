"""Work on a batch, shared between threads in a fixed way, so that the same bits come out.

NumPy lets other threads run while it computes, so threads of Python can share a batch. Each thread
gets one run of samples, decided by the size of the batch and the number of threads alone, and BLAS
is held to one thread meanwhile. How many threads there are is what BLAS may use: whoever limits
that (OMP_NUM_THREADS, threadpoolctl) limits these too.
"""

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import threadpoolctl

MOST_KEPT = 1 << 24  # bytes of working memory that a thread keeps between calls


@cache
def blas():
    """The BLAS libraries of this process; finding them takes a while, so it is done once."""
    return threadpoolctl.ThreadpoolController().select(user_api="blas")


@cache
def pool(process):
    """The helpers of this process (a forked child needs its own). Idle threads cost nothing."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="gan_scratch")


def available_threads():
    """How many threads BLAS may use now, and no more than the cores of this process."""
    allowed = [library.num_threads for library in blas().lib_controllers]
    return max(1, min([cores(), *allowed]))


@cache
def cores():
    """The cores that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shares(count, threads):
    """[0, count) cut into at most `threads` runs of about equal length."""
    threads = max(1, min(threads, count))
    ends = [count * index // threads for index in range(threads + 1)]
    return list(zip(ends[:-1], ends[1:], strict=True))


class Workspace(threading.local):
    """Memory for what a share of work needs on its way, kept for the thread's next share.

    Fresh memory costs a page fault every 4 KiB, which takes as long as filling it. What a share
    hands out to a caller does not lie here.
    """

    def __init__(self):
        self.memory = np.empty(0, np.uint8)
        self.used = 0

    def begin(self):
        """Everything that was handed out before is free again."""
        if len(self.memory) < self.used <= MOST_KEPT:
            self.memory = np.empty(self.used, np.uint8)
        self.used = 0

    def empty(self, shape, dtype):
        size = math.prod(shape) * np.dtype(dtype).itemsize
        start, self.used = self.used, self.used + -(-size // 64) * 64
        if self.used > len(self.memory):
            return np.empty(shape, dtype)  # this time; `begin` makes room for the next
        return self.memory[start : start + size].view(dtype).reshape(shape)


workspace = Workspace()
turn = threading.Lock()  # one batch at a time is shared, as BLAS has one limit for all


def in_shares(work, count, threads=None):
    """[work(start, stop) for each share of `count` samples], each on a thread of its own."""
    def fresh(start, stop):
        workspace.begin()
        return work(start, stop)

    parts = shares(count, available_threads() if threads is None else threads)
    if len(parts) == 1:
        return [fresh(*parts[0])]
    with turn, blas().limit(limits=1):
        others = [pool(os.getpid()).submit(fresh, *part) for part in parts[1:]]
        try:
            return [fresh(*parts[0]), *(other.result() for other in others)]
        finally:
            for other in others:  # none may go on with BLAS's limit or a caller's arrays gone
                other.exception()
