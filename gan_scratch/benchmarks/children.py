"""Processes of a benchmark, which end when it does, whatever ends it: `kill -9` too.

    python -m gan_scratch.benchmarks.children PARENT MODULE WORDS

is `python -m MODULE WORDS` for as long as the process PARENT, which has started it, is there.
"""

import os
import runpy
import signal
import sys
from contextlib import contextmanager

LOOK_AGAIN = 0.5  # seconds


def command(module, *words):
    """The words of such a command, for a process that is to end with this one."""
    return [sys.executable, "-m", __name__, *map(str, (os.getpid(), module, *words))]


@contextmanager
def expect(parent):
    """Leave the block as soon as the parent has gone. An alarm clock looks, as a training would
    start its workers in another way beside a thread that does. (Windows has no such clock, and an
    orphan keeps its parent there.)"""

    def look(*_):
        if os.getppid() != parent:
            sys.exit("the benchmark that this belongs to has gone")

    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_AGAIN, LOOK_AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    _, parent, module, *sys.argv[1:] = sys.argv
    with expect(int(parent)):
        runpy.run_module(module, run_name="__main__", alter_sys=True)
