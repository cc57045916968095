"""Work on a batch, shared between threads in a fixed way, so that the same bits come out.

NumPy lets other threads run while it computes, so threads of Python can share a batch. Each thread
gets one run of samples, decided by the size of the batch and the number of threads alone, and BLAS
is held to one thread meanwhile. How many threads there are is what BLAS may use: whoever limits
that (OMP_NUM_THREADS, threadpoolctl) limits these too.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import threadpoolctl


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
    return max(1, min([len(os.sched_getaffinity(0)), *allowed]))


def shares(count, threads):
    """[0, count) cut into at most `threads` runs of about equal length."""
    threads = max(1, min(threads, count))
    ends = [count * index // threads for index in range(threads + 1)]
    return list(zip(ends[:-1], ends[1:], strict=True))


def in_shares(work, count, threads=None):
    """[work(start, stop) for each share of `count` samples], each on a thread of its own."""
    parts = shares(count, available_threads() if threads is None else threads)
    if len(parts) == 1:
        return [work(*parts[0])]
    with blas().limit(limits=1):
        others = [pool(os.getpid()).submit(work, *part) for part in parts[1:]]
        try:
            return [work(*parts[0]), *(other.result() for other in others)]
        finally:
            for other in others:  # none may go on with BLAS's limit or a caller's arrays gone
                other.exception()
