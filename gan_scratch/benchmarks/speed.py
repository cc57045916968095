"""How long a training step takes beside PyTorch's, on this machine.

The two run in turn, each in a process of its own with the same number of threads, so that a machine
that slows down slows both. What other processes used meanwhile is recorded, and a round in which
they took more than a little is dropped: a busy core hurts the two differently.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

MOST_FOREIGN = 0.10  # cores that other processes may use before a round counts as disturbed


@dataclass
class Round:
    """One measurement of each: what contestants.py prints, and the load by others in cores."""

    ours: dict
    pytorch: dict
    foreign: float

    @property
    def ratio(self):
        """Our time through PyTorch's."""
        return self.ours["milliseconds"] / self.pytorch["milliseconds"]

    @property
    def quiet(self):
        return self.foreign <= MOST_FOREIGN


def measure(contestant, normalization, threads, steps):
    """(what the contestant prints, the cores that others used meanwhile)."""
    environment = {
        **os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)
    }  # fmt: skip
    busy, start, own = busy_seconds(), time.perf_counter(), children_seconds()
    process = subprocess.run(
        [
            sys.executable, "-m", "gan_scratch.benchmarks.contestants", contestant,
            "--normalization", normalization, "--steps", str(steps),
        ],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    if process.returncode:
        last = process.stderr.strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(f"the step of {contestant} failed: {last[0]}")
    seconds = time.perf_counter() - start
    used = busy_seconds() - busy - (children_seconds() - own)
    return json.loads(process.stdout), max(0.0, used / seconds)


def rounds(count, normalization, threads, steps):
    """Yields `count` Rounds; which of the two begins changes each time."""
    for index in range(count):
        results, foreign = {}, []
        order = ("ours", "pytorch") if index % 2 == 0 else ("pytorch", "ours")
        for contestant in order:
            results[contestant], others = measure(contestant, normalization, threads, steps)
            foreign.append(others)
        yield Round(**results, foreign=max(foreign))


def summary(measured):
    """The medians over the quiet rounds (over all where none is), and how many these are."""
    quiet = [entry for entry in measured if entry.quiet]
    counted = quiet or measured
    return {
        "ratio": statistics.median(entry.ratio for entry in counted),
        "ours": statistics.median(entry.ours["milliseconds"] for entry in counted),
        "pytorch": statistics.median(entry.pytorch["milliseconds"] for entry in counted),
        "ours_peak": peak(counted, "ours"),
        "pytorch_peak": peak(counted, "pytorch"),
        "quiet": len(quiet),
        "rounds": len(measured),
    }


def peak(counted, contestant):
    found = [getattr(entry, contestant)["peak_mib"] for entry in counted]
    return None if None in found else statistics.median(found)


def busy_seconds():
    """Processor seconds that all of the machine used since it started, and what a host took away
    from a virtual machine; 0 where the system does not tell."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
    except OSError:
        return 0.0
    user, nice, system, _idle, _waiting, interrupt, soft_interrupt, stolen = ticks
    return (user + nice + system + interrupt + soft_interrupt + stolen) / os.sysconf("SC_CLK_TCK")


def children_seconds():
    """Processor seconds of this process and of those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
