"""gan-scratch bench: measurements on this machine, each a table that anyone can make again."""

import csv
import importlib.util
from pathlib import Path

from gan_scratch.benchmarks import collapse, convolution, speed, stacked
from gan_scratch.benchmarks.contestants import CONTESTANTS, MODELS, can_play
from gan_scratch.cores import available_threads
from gan_scratch.files import whole_file
from gan_scratch.plots.bars import save_step_times
from gan_scratch.plots.files import save_image

RESULTS = Path("runs") / "bench"


def add_to(commands):
    parser = commands.add_parser(
        "bench",
        help="measure: speed beside other libraries, mode collapse, stacked digits",
        description="Measure this library on this machine.",
    )
    kinds = parser.add_subparsers(title="benchmarks", metavar="WHAT", required=True, dest="what")
    add_speed(kinds)
    add_convolution(kinds)
    add_collapse(kinds)
    add_stacked(kinds)


def add_speed(kinds):
    parser = kinds.add_parser(
        "speed",
        help="time a training step beside PyTorch and NumPy libraries",
        description="Time whole training steps beside the same steps in other libraries, in turn, "
        "each in a process of its own.",
    )
    parser.add_argument(
        "--models", nargs="+", choices=MODELS, metavar="MODEL", default=list(MODELS),
        help=f"of {', '.join(MODELS)} (default: all)",
    )
    parser.add_argument(
        "--against", nargs="+", choices=list(CONTESTANTS)[1:], metavar="LIBRARY",
        help=f"of {', '.join(list(CONTESTANTS)[1:])} (default: those that are installed)",
    )
    parser.add_argument(
        "--batch-sizes", nargs="+", type=int, metavar="N", help="(default: one for each model)"
    )
    parser.add_argument(
        "--threads", nargs="+", type=int, metavar="N",
        help="of each contestant; several are measured one after the other (default: what BLAS may "
        "use)",
    )
    parser.add_argument("--rounds", type=int, default=7, help="runs of each (default: 7)")
    parser.add_argument(
        "--steps", type=int, default=20, help="steps in a run at least (default: 20)"
    )
    parser.add_argument("--out", help="a CSV file for the rows of the table")
    parser.add_argument("--picture", help="a PNG file for the table as bars")
    parser.set_defaults(run=bench_speed)


def add_convolution(kinds):
    parser = kinds.add_parser(
        "convolution",
        help="one convolution computed in five ways, beside other libraries",
        description="Time y, dx and dW of one convolution on one core, computed in five ways, and "
        "the same in other libraries; docs/speed.md explains each way.",
    )
    parser.add_argument("--threads", type=int, help="of PyTorch (default: what BLAS may use)")
    parser.add_argument("--repeats", type=int, default=7, help="the fastest counts (default: 7)")
    parser.add_argument("--out", help="a CSV file for the rows of the table")
    parser.set_defaults(run=bench_convolution)


def add_collapse(kinds):
    parser = kinds.add_parser(
        "collapse",
        help="which recipes lose modes of a ring and of a grid of Gaussians",
        description="Train recipes on PacGAN's ring of 8 and grid of 25 Gaussians and count the "
        "modes. One training a seed, each kept in a file, so that the work can be stopped and gone "
        "on with.",
    )
    parser.add_argument(
        "--methods", nargs="+", choices=collapse.CONTESTANTS, metavar="METHOD",
        default=list(collapse.CONTESTANTS),
        help=f"of {', '.join(collapse.CONTESTANTS)} (default: all)",
    )
    parser.add_argument("--data", nargs="+", choices=collapse.DATA, default=list(collapse.DATA))
    parser.add_argument(
        "--seeds", type=int,
        help=f"trainings a method (default: 3, and 10 for {', '.join(collapse.TEN_SEEDS)})",
    )
    add_common(parser, RESULTS / "collapse")
    parser.add_argument("--picture", help="a PNG file for the samples of each method")
    parser.set_defaults(run=bench_collapse)


def add_stacked(kinds):
    parser = kinds.add_parser(
        "stacked",
        help="how many of 100 or 1,000 combinations of digits a generator makes",
        description="Train a DCGAN on two or three digits in the channels of one image, and count "
        "the numbers that a classifier reads in 26,000 samples. Each training is kept in a file.",
    )
    parser.add_argument("--digits", type=int, choices=stacked.RECIPES, default=2)
    parser.add_argument("--seeds", type=int, default=3, help="trainings (default: 3)")
    parser.add_argument("--steps", type=int, help="rounds of a training (default: the recipe's)")
    parser.add_argument("--threads", type=int, default=2, help="of a training (default: 2)")
    add_common(parser, RESULTS / "stacked")
    parser.set_defaults(run=bench_stacked)


def add_common(parser, folder):
    parser.add_argument(
        "--jobs", type=int, default=1, help="trainings at the same time (default: 1)"
    )
    parser.add_argument(
        "--folder", default=str(folder), help=f"of the kept results (default: {folder})"
    )
    parser.add_argument("--out", help="a CSV file for the rows of the table")


def expect_positive(options, *names):
    for name in names:
        given = getattr(options, name)
        for value in given if isinstance(given, list) else [given]:
            if value is not None and value < 1:
                word = name.replace("_", "-")
                raise ValueError(f"--{word} must be a positive whole number, got {value}")


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
    return path


def bench_speed(options):
    expect_positive(options, "rounds", "steps", "threads", "batch_sizes")
    out, picture = place_for(options, "out", ".csv"), place_for(options, "picture", ".png")
    others = options.against or [name for name in list(CONTESTANTS)[1:] if installed(name)]
    for name in others:
        if not installed(name):
            raise RuntimeError(f"bench speed was asked for {name}, which is not installed here")
    rows = []
    for threads in dict.fromkeys(options.threads or [available_threads()]):
        fastest = speed.peak(threads)
        print(f"float32, threads: {threads}, a large product: {fastest / 1e9:.0f} GFLOP/s")
        for model in dict.fromkeys(options.models):
            contestants = ["ours", *(name for name in others if can_play(name, MODELS[model]))]
            for batch in options.batch_sizes or [MODELS[model].batch]:
                measured = []
                for entry in speed.rounds(
                    options.rounds, contestants, model, batch, threads, options.steps
                ):
                    measured.append(entry)
                    fastest = max(fastest, entry.peak)
                    print(in_a_line(model, batch, entry, fastest), flush=True)
                rows += speed.summary(measured, model, batch, threads, fastest)
    print("\n".join(speed.table(rows)))
    if out:
        write_rows(out, speed.COLUMNS, rows)
    if picture:
        save_step_times(rows, picture)
        print(f"bars in {picture}")
    return 0


def bench_convolution(options):
    expect_positive(options, "threads", "repeats")
    out = place_for(options, "out", ".csv")
    threads = options.threads if options.threads is not None else available_threads()
    rows = list(convolution.rows(threads, options.repeats))
    print("\n".join(convolution.table(rows)))
    if out:
        write_rows(out, convolution.COLUMNS, rows)
    return 0


def installed(contestant):
    package = CONTESTANTS[contestant].package
    return importlib.util.find_spec(package) is not None


def in_a_line(model, batch, entry, fastest):
    times = "  ".join(
        f"{name} {found['milliseconds']:.1f} ms" for name, found in entry.found.items()
    )
    disturbed = "" if entry.quiet(fastest) else (
        f"  dropped: others used {entry.foreign:.2f} cores, a large product made "
        f"{entry.peak / 1e9:.0f} GFLOP/s"
    )
    return f"  {model}, batch {batch}: {times}{disturbed}"


def bench_collapse(options):
    expect_positive(options, "seeds", "jobs")
    out, picture = place_for(options, "out", ".csv"), place_for(options, "picture", ".png")
    methods, data = (list(dict.fromkeys(words)) for words in (options.methods, options.data))
    measured = report(
        collapse.rows(methods, data, options.seeds, options.folder, at_once=options.jobs),
        collapse,
        out,
        lambda row: (
            f"{row['method']:<24} {row['data']}, seed {row['seed']}: {row['modes']} modes, "
            f"{100 * row['high_quality']:.1f} % of high quality, {row['cpu_seconds']:.0f} CPU s"
        ),
    )
    if picture:
        save_image(collapse.picture(measured), picture, optimize=True)
        print(f"samples in {picture}")
    return 0


def bench_stacked(options):
    expect_positive(options, "seeds", "steps", "threads", "jobs")
    out = place_for(options, "out", ".csv")
    report(
        stacked.rows(
            options.digits, options.seeds, options.folder, steps=options.steps,
            at_once=options.jobs, threads=options.threads,
        ),
        stacked,
        out,
        lambda row: (
            f"{row['digits']} digits, seed {row['seed']}: {row['modes']} of "
            f"{10 ** row['digits']} modes, KL {row['kl']:.4f}, {row['seconds'] / 60:.1f} minutes"
        ),
    )
    return 0


def report(rows, benchmark, out, in_a_line):
    """Print each row as it comes, then the benchmark's table; write the rows to the file `out`.

    Returns the rows as a list.
    """
    measured = []
    for row in rows:
        measured.append(row)
        print(in_a_line(row), flush=True)
    print("\n".join(benchmark.table(measured)))
    if out:
        write_rows(out, benchmark.COLUMNS, measured)
    return measured


def write_rows(path, columns, rows):
    with whole_file(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    print(f"rows in {path}")
