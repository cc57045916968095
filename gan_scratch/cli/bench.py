"""gan-scratch bench: measurements on this machine, each a table that anyone can make again."""

import os
from pathlib import Path

from gan_scratch.benchmarks import collapse, convolution, speed, stacked
from gan_scratch.benchmarks.contestants import CONTESTANTS, MODELS, OTHERS, OURS, can_play
from gan_scratch.cli import options as types
from gan_scratch.cores import allowed_cores, available_threads
from gan_scratch.plots.bars import save_step_times
from gan_scratch.plots.files import save_image

RESULTS = Path("runs") / "bench"
SEEDS = types.whole(1, 10_000)
DEFAULT = "command-default"  # takes the cores that it wants, so it is timed on all of them only


def add_to(commands):
    parser = commands.add_parser(
        "bench", help="measure: speed beside other libraries, mode collapse, stacked digits",
        description="Measure this library on this machine.",
    )
    kinds = parser.add_subparsers(title="benchmarks", metavar="BENCHMARK", required=True)
    for add in (add_speed, add_convolution, add_collapse, add_stacked):
        add(kinds)


def add_speed(kinds):
    parser = kinds.add_parser(
        "speed", help="time a round of training beside PyTorch and NumPy libraries",
        description="Time whole rounds of training beside the same rounds in other libraries, in "
        "turn, each in a process of its own. With --out every measurement is kept in a file, and "
        "one that is there already is not made again.",
    )
    add = parser.add_argument
    add("--models", nargs="+", choices=MODELS, metavar="MODEL",
        help=f"of {', '.join(MODELS)} (default: all, and of these the recipes alone beside "
        "neighbours or several at once)")
    add("--against", nargs="+", choices=OTHERS, metavar="LIBRARY",
        help=f"of {', '.join(OTHERS)} (default: those that are installed)")
    add("--batch-sizes", nargs="+", type=types.count, metavar="N",
        help="(default: one for each model)")
    add("--cores", nargs="+", type=types.processes, metavar="N",
        help="workers of ours and threads of the others; several are measured in turn (default: "
        "as many as this process may use)")
    add("--neighbours", nargs="+", type=types.whole(0, 1024), metavar="N", default=[0],
        help="busy processes beside each contestant; it is timed alone as well (default: 0)")
    add("--at-once", nargs="+", type=types.processes, metavar="K", default=[1],
        help="so many of the same training; one alone is timed as well (default: 1)")
    add("--rounds", type=types.count, default=7, help="runs of each (default: 7)")
    add("--seconds", type=types.count, default=2, help="that a loop is timed for (default: 2)")
    add_file(parser, "--out", "a CSV file for the measurements")
    add_file(parser, "--picture", "a PNG file for the table as bars")
    parser.set_defaults(run=bench_speed)


def add_convolution(kinds):
    parser = kinds.add_parser(
        "convolution", help="one convolution computed in five ways, beside other libraries",
        description="Time y, dx and dW of one convolution on one core, computed in five ways, and "
        "the same in other libraries; docs/speed.md explains each way.",
    )
    add = parser.add_argument
    add("--threads", type=types.processes, help="of PyTorch (default: what BLAS may use)")
    add("--repeats", type=types.count, default=7, help="the fastest counts (default: 7)")
    add_file(parser, "--out", "a CSV file for the rows of the table")
    parser.set_defaults(run=bench_convolution)


def add_collapse(kinds):
    parser = kinds.add_parser(
        "collapse", help="which recipes lose modes of a ring and of a grid of Gaussians",
        description="Train recipes on PacGAN's ring of 8 and grid of 25 Gaussians and count the "
        "modes. One training a seed, each kept in a file, so that the work can be stopped and gone "
        "on with.",
    )
    add = parser.add_argument
    add("--methods", nargs="+", choices=collapse.CONTESTANTS, metavar="METHOD",
        default=list(collapse.CONTESTANTS),
        help=f"of {', '.join(collapse.CONTESTANTS)} (default: all)")
    add("--data", nargs="+", choices=collapse.DATA, default=list(collapse.DATA))
    add("--seeds", type=SEEDS,
        help=f"trainings a method (default: 3, and 10 for {', '.join(collapse.TEN_SEEDS)})")
    add_common(parser, RESULTS / "collapse")
    add_file(parser, "--picture", "a PNG file for the samples of each method")
    parser.set_defaults(run=bench_collapse)


def add_stacked(kinds):
    parser = kinds.add_parser(
        "stacked", help="how many of 100 or 1,000 combinations of digits a generator makes",
        description="Train a DCGAN on two or three digits in the channels of one image, and count "
        "the numbers that a classifier reads in 26,000 samples. Each training is kept in a file.",
    )
    add = parser.add_argument
    add("--digits", type=int, choices=stacked.RECIPES, default=2)
    add("--seeds", type=SEEDS, default=3, help="trainings (default: 3)")
    add("--steps", type=types.count, help="rounds of a training (default: the recipe's)")
    add_common(parser, RESULTS / "stacked")
    parser.set_defaults(run=bench_stacked)


def add_common(parser, folder):
    add = parser.add_argument
    add("--jobs", type=types.processes,
        help="trainings at the same time (default: 1, or what joblib is told)")
    add("--folder", type=types.path, default=str(folder),
        help=f"of the kept results (default: {folder})")
    add_file(parser, "--out", "a CSV file for the rows of the table")


def add_file(parser, option, words):
    parser.add_argument(option, type=types.path, metavar="FILE", help=words)


def place_for(options, name, suffix):
    """The path that --NAME says, its folder made, or None; ValueError where no file of that kind
    can be put there. It is asked before hours of training, not after."""
    word = getattr(options, name)
    if word is None:
        return None
    path = Path(word)
    if path.suffix != suffix or path.is_dir():
        raise ValueError(f"--{name} must name a {suffix} file, got {word!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"--{name}: nothing can be written into {path.parent}")
    return path


def bench_speed(options):
    out, picture = place_for(options, "out", ".csv"), place_for(options, "picture", ".png")
    others = options.against or [name for name in OTHERS if CONTESTANTS[name].installed]
    for name in others:
        if not CONTESTANTS[name].installed:
            raise RuntimeError(f"bench speed was asked for {name}, which is not installed here")
    commands, rows = speed.read(out) if out and out.exists() else ([], [])
    commands = list(dict.fromkeys([*commands, command_of(options)]))
    most = allowed_cores()

    def contestants(setting):
        names = [*(name for name in OURS if name != DEFAULT or setting.cores == most), *others]
        return [name for name in names if can_play(name, MODELS[setting.model])]

    for model in dict.fromkeys(options.models or MODELS):
        for setting, found in speed.rounds(
            options.rounds, settings_of(options, model, most), contestants, options.seconds, rows
        ):
            replaced = setting, found[0]["round"]
            rows = [row for row in rows if (speed.key_of(row), row["round"]) != replaced] + found
            print(in_a_line(setting, found, rows), flush=True)
            if out:
                speed.write(out, commands, rows)
    lines = speed.summary(rows)
    print("", *speed.tables(lines), sep="\n")
    if picture:
        save_step_times([line for line in lines if not speed.key_of(line).beside()], picture)
        print(f"bars in {picture}")
    return 0


ASKED = ("models", "against", "batch_sizes", "cores", "neighbours", "at_once", "rounds", "seconds")


def command_of(options):
    """The command that was given, with what it said and what it left out."""
    words = ["gan-scratch", "bench", "speed"]
    for name in ASKED:
        if given := getattr(options, name):
            values = given if isinstance(given, list) else [given]
            words += [f"--{name.replace('_', '-')}", *map(str, values)]
    return " ".join(words)


def settings_of(options, model, most):
    """What is timed of a model: alone, and beside what was asked for."""
    beside = [(0, 1)]
    if options.models or MODELS[model].shipped:
        beside += [*((n, 1) for n in options.neighbours), *((0, k) for k in options.at_once)]
    return list(dict.fromkeys(
        speed.Setting(model, batch, cores, *others)
        for batch in options.batch_sizes or [MODELS[model].recipe.data.batch_size]
        for cores in options.cores or [most]
        for others in beside
    ))  # fmt: skip


def bench_convolution(options):
    rows = convolution.rows(options.threads or available_threads(), options.repeats)
    report(options, convolution, rows)
    return 0


def in_a_line(setting, found, rows):
    times = "  ".join(f"{row['contestant']} {row['milliseconds']:.1f} ms" for row in found)
    fastest = max(row["peak"] for row in rows if row["cores"] == setting.cores)
    words = "" if speed.quiet(found, fastest) else (
        f"  does not count: others used {max(row['foreign'] for row in found):.2f} cores, a large "
        f"product made {min(row['peak'] for row in found) / 1e9:.0f} of {fastest / 1e9:.0f} GFLOP/s"
    )
    what = f"{setting.model}, batch {setting.batch}, cores: {setting.cores}"
    return f"  {what}{', ' * bool(setting.beside())}{setting.beside()}: {times}{words}"


def bench_collapse(options):
    picture = place_for(options, "picture", ".png")
    methods, data = (list(dict.fromkeys(words)) for words in (options.methods, options.data))
    measured = report(
        options, collapse,
        collapse.rows(methods, data, options.seeds, options.folder, at_once=options.jobs),
        "{method:<24} {data}, seed {seed}: {modes} modes, {high_quality:.1%} of high quality, "
        "{cpu_seconds:.0f} CPU s",
    )
    if picture:
        save_image(collapse.picture(measured), picture, optimize=True)
        print(f"samples in {picture}")
    return 0


def bench_stacked(options):
    digits, how = options.digits, {"steps": options.steps, "at_once": options.jobs}
    report(
        options, stacked, stacked.rows(digits, options.seeds, options.folder, **how),
        f"{{digits}} digits, seed {{seed}}: {{modes}} of {10**digits} modes, "
        "KL {kl:.4f}, {seconds:.0f} s",
    )
    return 0


def report(options, benchmark, rows, line=None):
    """Print each row as it comes, in a line of that form, then the benchmark's table; write the
    rows to the file that --out names. Returns them as a list."""
    out, measured = place_for(options, "out", ".csv"), []
    for row in rows:
        measured.append(row)
        if line:
            print(line.format(**row), flush=True)
    print("\n".join(benchmark.table(measured)))
    if out:
        speed.write(out, [], measured, benchmark.COLUMNS)
        print(f"rows in {out}")
    return measured
