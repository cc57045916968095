"""Saves again and again; each save is killed one line of Python later than the one before.

    python kill_at_every_line.py PATH

Each save is made by a forked process that sends SIGKILL to itself at the n-th line that runs
inside checkpoints.py, shutil.py or pathlib.py. Prints, for each, what it left behind: the step
that was there, the step that is there, and the one of NAME.prev ("-" where there is none).
"""

import itertools
import os
import pathlib
import shutil
import signal
import sys

import numpy as np

from gan_scratch.training import checkpoints

WATCHED = {module.__file__ for module in (checkpoints, shutil, pathlib)}


def state(step):
    return {"step": step, "values": np.full(5000, step)}


def step_of(path):
    found = checkpoints.read(path)
    assert (found["values"] == found["step"]).all()
    return found["step"]


def die_at_line(number):
    lines = itertools.count(1)

    def trace(frame, event, _):
        if frame.f_code.co_filename not in WATCHED:
            return None
        if event == "line" and next(lines) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def main(path):
    path = pathlib.Path(path)
    previous = path.with_name(path.name + ".prev")
    for step in (1, 2):
        checkpoints.write(path, state(step))
    for line in itertools.count(1):
        before = step_of(path)
        child = os.fork()
        if child == 0:
            die_at_line(line)
            checkpoints.write(path, state(before + 1))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(before, step_of(path), step_of(previous) if previous.exists() else "-", flush=True)
        if status == 0:
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
