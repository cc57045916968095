"""How long a round of training takes, beside the same round in other libraries, on this machine.

All run in turn, each in a process of its own on the same number of cores: ours by so many workers,
the others by so many threads. A machine that slows down so slows all of them. Asked for neighbours,
or for several trainings at once, each is timed beside these too.

A round of the benchmark does not count where processes that it did not start took more than a
little, or where it began or ended with the machine slower than it can be (the neighbours of a
virtual machine show in nothing else): a busy core hurts one library more than another.
"""

import contextlib
import csv
import io
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from typing import NamedTuple

from gan_scratch.benchmarks import children, markdown
from gan_scratch.benchmarks.contestants import OTHERS
from gan_scratch.files import whole_file

MOST_FOREIGN = 0.10  # cores that other processes may use before a round counts as disturbed
LEAST_PEAK = 0.90  # of the fastest product ever seen that this machine must reach around a round
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# Busy, until whoever started it ends it or is gone.
NEIGHBOUR = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: sum(range(100_000))"

# One row of the file is one measurement: the milliseconds a round of one training (`copy`, of
# `at_once`) and its memory; the cores that others used meanwhile; the slower large product of those
# before and after, in operations a second.
COLUMNS = {
    "model": str, "batch": int, "cores": int, "neighbours": int, "at_once": int, "round": int,
    "contestant": str, "copy": int, "milliseconds": float, "mib": float, "foreign": float,
    "peak": float,
}  # fmt: skip


class Setting(NamedTuple):
    """What is timed, on how many cores, and beside what: busy processes of one thread, or the same
    training several times at once."""

    model: str
    batch: int
    cores: int
    neighbours: int = 0
    at_once: int = 1

    @property
    def alone(self):
        return self._replace(neighbours=0, at_once=1)

    def beside(self):
        """In words; "" where it runs alone."""
        words = [f"{self.neighbours} busy"] if self.neighbours else []
        return ", ".join([*words, f"{self.at_once} at once"] if self.at_once > 1 else words)


def measure(contestant, model, *words, cores=1, neighbours=0, at_once=1):
    """([what each of `at_once` copies of `python -m gan_scratch.benchmarks.contestants CONTESTANT
    MODEL WORDS` prints], the cores that others used meanwhile). All copies begin together."""
    words = contestant, model, "--cores", cores, *words, "--wait"
    command = children.command("gan_scratch.benchmarks.contestants", *words)
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    if contestant in OTHERS or model == "product":  # ours says itself how many it takes
        environment.update(dict.fromkeys(THREADS, str(cores)))
    busy, start, own = busy_seconds(), time.perf_counter(), children_seconds()
    with contextlib.ExitStack() as stack:
        for _ in range(neighbours):
            stack.enter_context(running([sys.executable, "-c", NEIGHBOUR]))
        copies = [stack.enter_context(running(command, environment)) for _ in range(at_once)]
        for copy in copies:
            if copy.stdout.readline() != "ready\n":
                raise failed(contestant, model, copy.communicate()[1])
        for copy in copies:
            with contextlib.suppress(BrokenPipeError):  # it has ended, and is asked why below
                copy.stdin.write("go\n")
                copy.stdin.flush()
        answers = [copy.communicate() for copy in copies]
    for copy, (_, complaint) in zip(copies, answers, strict=True):
        if copy.returncode:
            raise failed(contestant, model, complaint)
    # What was started here has been waited for by now, and so counts as own.
    others = busy_seconds() - busy - (children_seconds() - own)
    foreign = max(0.0, others / (time.perf_counter() - start))
    return [json.loads(output) for output, _ in answers], foreign


def failed(contestant, model, complaint):
    last = complaint.strip().splitlines()[-1:] or ["no message"]
    return RuntimeError(f"the round of {contestant} {model} failed: {last[0]}")


@contextlib.contextmanager
def running(command, environment=None):
    """A process which ends with the block."""
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def peak(cores):
    """Operations a second of one large matrix product."""
    (found,), _ = measure("ours", "product", cores=cores)
    return found["operations_a_second"]


def rounds(count, settings, contestants, seconds, known=()):
    """Yields (setting, its rows) for each of `count` rounds, but for what is `known`.

    `contestants` maps a setting to who takes part. All settings take turns, so that a round gives a
    pair of any two of them; every other round goes the other way.
    """
    have = {(*key_of(row), row["round"], row["contestant"]) for row in known}
    latest = {}  # number of cores -> the last peak
    for index in range(count):
        for setting in turned(settings, index):
            if {(*setting, index, name) for name in contestants(setting)} <= have:
                continue
            before, found = latest.get(setting.cores) or peak(setting.cores), []
            for name in turned(contestants(setting), index):
                copies, foreign = measure(
                    name, setting.model, "--batch-size", setting.batch, "--seconds", seconds,
                    cores=setting.cores, neighbours=setting.neighbours, at_once=setting.at_once,
                )
                found += [
                    {**setting._asdict(), "round": index, "contestant": name, "copy": number,
                     **copy, "foreign": round(foreign, 3)}
                    for number, copy in enumerate(copies)
                ]  # fmt: skip
            after = latest[setting.cores] = peak(setting.cores)
            yield setting, [{**row, "peak": min(before, after)} for row in found]


def turned(items, index):
    return list(items) if index % 2 == 0 else list(items)[::-1]


def key_of(row):
    return Setting(*(row[name] for name in Setting._fields))


def quiet(rows, fastest):
    """Whether nothing disturbed these rows of one setting and round; `fastest` is the best peak."""
    least = LEAST_PEAK * fastest
    return all(row["foreign"] <= MOST_FOREIGN and row["peak"] >= least for row in rows)


def summary(rows):
    """A line for each setting and contestant: medians over the quiet rounds, or all if none is.

    milliseconds            a round of each training
    ours_through_theirs     our loop's time through the contestant's, paired by rounds
    default_through_theirs  the same of our command with its defaults
    of_alone                rounds a second of all copies together, through those of one that runs
                            alone in the same round of the benchmark
    """
    fastest, measured, speeds = {}, {}, Counter()
    for row in rows:
        setting, index = key_of(row), row["round"]
        fastest[setting.cores] = max(row["peak"], fastest.get(setting.cores, 0))
        measured.setdefault(setting, {}).setdefault(index, []).append(row)
        speeds[setting, index, row["contestant"]] += 1000 / row["milliseconds"]  # of all copies
    undisturbed = {
        setting: [i for i, found in by_round.items() if quiet(found, fastest[setting.cores])]
        for setting, by_round in measured.items()
    }
    counted = {setting: undisturbed[setting] or list(measured[setting]) for setting in measured}

    def ratio(name, other, setting, than):
        """Speed of `name` in a setting, through that of `other` in the setting `than`."""
        pairs = [
            (speeds[setting, i, name], speeds[than, i, other])
            for i in counted[setting] if i in counted.get(than, ())
        ]
        values = [a / b for a, b in pairs if a and b]
        return round(statistics.median(values), 3) if values else None

    lines = []
    for setting, by_round in measured.items():
        counting = [row for i in counted[setting] for row in by_round[i]]
        for name in dict.fromkeys(row["contestant"] for row in counting):
            mine = [row for row in counting if row["contestant"] == name]
            mib = [row["mib"] for row in mine if row["mib"] is not None]
            alone = ratio(name, name, setting, setting.alone) if setting.beside() else None
            lines.append({
                **setting._asdict(), "contestant": name,
                "milliseconds": round(statistics.median(row["milliseconds"] for row in mine), 2),
                "ours_through_theirs": ratio(name, "ours", setting, setting),
                "default_through_theirs": ratio(name, "command-default", setting, setting),
                "of_alone": alone, "mib": round(statistics.median(mib)) if mib else None,
                "quiet": len(undisturbed[setting]), "rounds": len(by_round),
            })
    return lines


def tables(lines):
    """The lines of what ran alone, and of what ran beside others, as two tables in Markdown."""
    heading = (
        "model | batch | cores | beside | | ms a round | ours through theirs "
        "| command through theirs | together, of one alone | memory, MiB | quiet rounds"
    )
    found = [], []
    for line in lines:
        beside = key_of(line).beside()
        ratios = (line["ours_through_theirs"], line["default_through_theirs"], line["of_alone"])
        cells = [
            line["model"], line["batch"], line["cores"], beside, line["contestant"],
            f"{line['milliseconds']:.1f}", *(shown(ratio, ".2f") for ratio in ratios),
            shown(line["mib"], ".0f"), f"{line['quiet']} of {line['rounds']}",
        ]  # fmt: skip
        found[bool(beside)].append(" | ".join(map(str, cells)))
    return tuple("\n".join(markdown(heading, rows)) if rows else "" for rows in found)


def shown(figure, form):
    return "–" if figure is None else f"{figure:{form}}"


def write(path, commands, rows, columns=COLUMNS):
    """These columns of the rows as a CSV file, with the commands that made them above."""
    with whole_file(path, "w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {command}\n" for command in commands)
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def read(path):
    """(commands, rows) of such a file; ValueError where it is another."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        head = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
        reader = csv.DictReader(io.StringIO("".join(lines[len(head) :])), restval="")
        if reader.fieldnames != list(COLUMNS):
            raise ValueError
        rows = [
            {name: kind(row[name]) if row[name] or name != "mib" else None
             for name, kind in COLUMNS.items()}
            for row in reader
        ]  # fmt: skip
    except (ValueError, csv.Error):
        raise ValueError(
            f"{path} holds no rows of bench speed; remove it, or name another file"
        ) from None
    return [line[1:].strip() for line in head], rows


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
