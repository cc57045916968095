"""Work on a batch, shared between threads in a fixed way, so that the same bits come out.

NumPy lets other threads run while it computes, so threads of Python can share a batch. Each thread
gets one run of samples, decided by the size of the batch and the number of threads alone, and BLAS
is held to one thread meanwhile. How many threads there are is what BLAS may use: whoever limits
that (OMP_NUM_THREADS, threadpoolctl) limits these too.
"""

import contextvars
import ctypes
import math
import os
import queue
import sys
import threading
from functools import cache

import numpy as np
import threadpoolctl

from gan_scratch import share

MOST_KEPT = 1 << 25  # bytes of working memory that a thread keeps between calls


def let_the_system_keep_freed_memory():
    """glibc hands freed memory back above a threshold, and takes fresh pages for the next step's
    arrays, a fault every 4 KiB. The threshold follows the largest array that was ever freed, up to
    32 MiB (mallopt(3), M_MMAP_THRESHOLD), so one is taken, never written to, and freed. Elsewhere
    that does nothing."""
    np.empty((1 << 25) - (1 << 14), np.uint8)


let_the_system_keep_freed_memory()


@cache
def blas():
    """The BLAS libraries of this process; finding them takes a while, so it is done once."""
    return threadpoolctl.ThreadpoolController().select(user_api="blas")


class Helper(threading.Thread):
    """A thread that works off `jobs`: (function, arguments, where the answer goes, caller's core).

    It keeps off the core of the caller, who works at the same time: some kernels wake a thread on
    the core of its waker, and move it only after some milliseconds, when the work is half done.
    """

    def __init__(self):
        super().__init__(name="gan_scratch", daemon=True)
        self.jobs = queue.SimpleQueue()  # costs a third of what a pool of concurrent.futures does
        self.kept_off = None
        self.start()

    def keep_off(self, core):
        if core is not None and core != self.kept_off:
            others = allowed_cores() - {core}
            if others:
                os.sched_setaffinity(0, others)  # of this thread alone
            self.kept_off = core

    def run(self):
        while True:
            function, arguments, answers, core = self.jobs.get()
            self.keep_off(core)
            try:
                answers.put((function(*arguments), None))
            except BaseException as error:
                answers.put((None, error))
            del function, arguments, answers  # what a caller let go must not live on here


@cache
def helper(process, index):
    """The helper of this process for share `index` (a forked child has none yet). It is always the
    same, so that a share finds in its core's cache what it left there."""
    return Helper()


class Place(threading.local):
    """Where the calling thread works: on share `index` of the batch of `meeting`, or on no share.

    What it does on a share is not shared again.
    """

    meeting = None
    index = 0


place = Place()


class Abandoned(RuntimeError):
    """Another thread failed, so what it was to give to this one never comes."""


class Meeting:
    """Where the threads that share a batch give each other what they found in their shares."""

    def __init__(self, count):
        self.count = count
        self.boxes = {
            (giver, taker): queue.SimpleQueue() for giver in range(count) for taker in range(count)
        }

    def gather(self, index, part):
        self.give(index, (part, None))
        parts = [(part, None) if giver == index else self.boxes[giver, index].get()
                 for giver in range(self.count)]
        for _, error in parts:
            if error is not None:
                raise error
        return [part for part, _ in parts]

    def give(self, index, gift):
        for taker in range(self.count):
            if taker != index:
                self.boxes[index, taker].put(gift)


def gather(part):
    """[part of each share of the batch], in the order of the samples; [part] on no share.

    Every thread must come, each with its part of the same: it waits for the others.
    """
    if place.meeting is None:
        return share.gather(part)
    return place.meeting.gather(place.index, part)


def on_first_share():
    """Whether the calling thread is the one that does what is to be done once."""
    return place.index == 0


def available_threads():
    """How many threads BLAS may use now, and no more than the cores of this process."""
    if place.meeting is not None:
        return 1
    allowed = [library.num_threads for library in blas().lib_controllers]
    return max(1, min([len(allowed_cores()), *allowed]))


@cache
def allowed_cores():
    """The cores that this process may use; only how many is right where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(os.getpid())
    return set(range(os.cpu_count() or 1))


@cache
def core_teller():
    """A function that says which core the calling thread is on, or None everywhere but on Linux."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    return getattr(ctypes.CDLL(None), "sched_getcpu", lambda: None)


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
turn = threading.Lock()  # one batch at a time is shared, as BLAS has one limit for all


def in_shares(work, count, threads=None):
    """[work(start, stop) for each share of `count` samples], each on a thread of its own, all at
    the same time.

    BLAS computes on one thread meanwhile, also where there is one share only: its own threads go
    on spinning for a while after a product, and would take the cores away from the next shares.
    """
    if place.meeting is not None:
        workspace.begin()
        return [work(0, count)]
    threads = available_threads() if threads is None else threads
    parts = shares(count, min(threads, 1 + len(allowed_cores())))
    meeting = Meeting(len(parts))

    def share(index):
        workspace.begin()
        place.meeting, place.index = meeting, index
        try:
            return work(*parts[index])
        except BaseException:
            meeting.give(index, (None, Abandoned("another share of the batch failed")))
            raise
        finally:
            place.meeting, place.index = None, 0

    answers = [queue.SimpleQueue() for _ in parts[1:]]
    with turn, blas().limit(limits=1):
        if len(parts) == 1:
            return [share(0)]
        process, core = os.getpid(), core_teller()()
        for index, answer in enumerate(answers, start=1):
            # In a copy of the caller's context, which holds what NumPy is to do on an overflow.
            job = contextvars.copy_context().run, (share, index), answer, core
            helper(process, index).jobs.put(job)
        try:
            first = share(0), None
        except BaseException as error:
            first = None, error
        finally:  # no helper may go on when BLAS's limit or the caller's arrays are gone
            others = [answer.get() for answer in answers]
    errors = [error for _, error in (first, *others) if error is not None]
    if errors:  # of a share that failed by itself, rather than of one that waited for it
        raise min(errors, key=lambda error: isinstance(error, Abandoned))
    return [result for result, _ in (first, *others)]
