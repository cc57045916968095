"""How long a training step takes, beside the same step in other libraries, on this machine.

All run in turn, each in a process of its own with the same number of threads, so that a machine
that slows down slows all of them. A round is dropped in which other processes took more than a
little, or which began or ended with the machine slower than it can be (the neighbours of a virtual
machine show in nothing else): a busy core hurts one library more than another.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from gan_scratch.benchmarks.contestants import MODELS, multiplications

MOST_FOREIGN = 0.10  # cores that other processes may use before a round counts as disturbed
LEAST_PEAK = 0.90  # of the fastest product ever seen that this machine must reach around a round
COLUMNS = (
    "model", "batch", "threads", "contestant", "milliseconds", "ours_through_theirs",
    "share_of_peak", "peak_mib", "quiet", "rounds",
)  # fmt: skip


@dataclass
class Round:
    """One measurement of each: contestant -> what contestants.py prints; the load by others in
    cores, the highest while one of them ran; the slower `peak` of those before and after."""

    found: dict
    foreign: float
    peak: float

    def quiet(self, fastest):
        return self.foreign <= MOST_FOREIGN and self.peak >= LEAST_PEAK * fastest

    def ratio(self, contestant):
        """Our time through the contestant's."""
        return self.found["ours"]["milliseconds"] / self.found[contestant]["milliseconds"]


def measure(threads, *words):
    """(what `python -m gan_scratch.benchmarks.contestants WORDS` prints, the cores that others used
    meanwhile)."""
    count = str(threads)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    busy, start, own = busy_seconds(), time.perf_counter(), children_seconds()
    process = subprocess.run(
        [sys.executable, "-m", "gan_scratch.benchmarks.contestants", *map(str, words)],
        env={**os.environ, **dict.fromkeys(names, count)}, capture_output=True, text=True,
    )  # fmt: skip
    if process.returncode:
        last = process.stderr.strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(f"the step of {' '.join(map(str, words[:2]))} failed: {last[0]}")
    seconds = time.perf_counter() - start
    used = busy_seconds() - busy - (children_seconds() - own)
    return json.loads(process.stdout), max(0.0, used / seconds)


def rounds(count, contestants, model, batch, threads, steps):
    """Yields `count` Rounds; the order of the contestants is turned round each time."""
    before = peak(threads)
    for index in range(count):
        found, foreign = {}, []
        for contestant in contestants if index % 2 == 0 else contestants[::-1]:
            found[contestant], others = measure(
                threads, contestant, model, "--batch-size", batch, "--steps", steps
            )
            foreign.append(others)
        after = peak(threads)
        yield Round(found, max(foreign), min(before, after))
        before = after


def peak(threads):
    """Multiplications and additions a second of one large matrix product, in float32."""
    return measure(threads, "ours", "product", "--steps", 5)[0]["operations_a_second"]


def summary(measured, model, batch, threads, fastest):
    """A row for each contestant: medians over the quiet rounds (over all where none is).

    `fastest` is what `peak` found. The share of it counts the multiplications that the step needs
    with ordinary products, whatever a contestant saves of them or makes besides.
    """
    quiet = [entry for entry in measured if entry.quiet(fastest)]
    counted = quiet or measured
    operations = 2 * multiplications(MODELS[model], batch)
    rows = []
    for contestant in counted[0].found:
        milliseconds = median(counted, contestant, "milliseconds")
        rows.append({
            "model": model,
            "batch": batch,
            "threads": threads,
            "contestant": contestant,
            "milliseconds": round(milliseconds, 2),
            "ours_through_theirs": round(
                statistics.median(entry.ratio(contestant) for entry in counted), 3
            ),
            "share_of_peak": round(operations / (milliseconds / 1000) / fastest, 3),
            "peak_mib": median(counted, contestant, "peak_mib", digits=0),
            "quiet": len(quiet),
            "rounds": len(measured),
        })
    return rows


def median(counted, contestant, name, digits=2):
    """The median over rounds, rounded; None where the system does not tell."""
    values = [entry.found[contestant][name] for entry in counted]
    return None if None in values else round(statistics.median(values), digits)


def table(rows):
    """The rows as lines of Markdown."""
    lines = [
        "| model | batch | threads | | ms a step | ours through theirs | of the product's peak "
        "| memory, MiB | quiet rounds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = "" if row["contestant"] == "ours" else f"{row['ours_through_theirs']:.2f}"
        memory = "–" if row["peak_mib"] is None else f"{row['peak_mib']:.0f}"
        lines.append(
            f"| {row['model']} | {row['batch']} | {row['threads']} | {row['contestant']} "
            f"| {row['milliseconds']:.1f} | {ratio} | {100 * row['share_of_peak']:.0f} % "
            f"| {memory} | {row['quiet']} of {row['rounds']} |"
        )
    return lines


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
