"""gan-scratch bench: measurements on this machine, each a table that anyone can make again."""

import csv
import importlib.util
from pathlib import Path

from gan_scratch.benchmarks import collapse, speed, stacked
from gan_scratch.files import whole_file
from gan_scratch.layers.kernels.parallel import available_threads
from gan_scratch.plots.files import save_image

NORMALIZATIONS = ("batch", "none")
RESULTS = Path("runs") / "bench"


def add_to(commands):
    parser = commands.add_parser(
        "bench",
        help="measure: speed beside PyTorch, mode collapse, stacked digits",
        description="Measure this library on this machine.",
    )
    kinds = parser.add_subparsers(title="benchmarks", metavar="WHAT", required=True, dest="what")
    add_speed(kinds)
    add_collapse(kinds)
    add_stacked(kinds)


def add_speed(kinds):
    parser = kinds.add_parser(
        "speed",
        help="time a training step beside PyTorch",
        description="One training step of the 28 × 28 DCGAN, batch 64, beside PyTorch's, with and "
        "without batch norm in D.",
    )
    parser.add_argument("--rounds", type=int, default=7, help="pairs of runs (default: 7)")
    parser.add_argument("--steps", type=int, default=20, help="steps in a run (default: 20)")
    parser.add_argument("--threads", type=int, help="of both (default: what BLAS may use)")
    parser.set_defaults(run=bench_speed)


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
        value = getattr(options, name)
        if value is not None and value < 1:
            raise ValueError(f"--{name} must be a positive whole number, got {value}")


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
    expect_positive(options, "rounds", "steps", "threads")
    threads = options.threads if options.threads is not None else available_threads()
    if importlib.util.find_spec("torch") is None:
        raise RuntimeError("bench speed compares with PyTorch, which is not installed here")
    print(f"DCGAN 28 × 28, width 64, batch 64, float32, threads: {threads}")
    for normalization in NORMALIZATIONS:
        measured = []
        for entry in speed.rounds(options.rounds, normalization, threads, options.steps):
            measured.append(entry)
            print(
                f"  {normalization:<6} ours {entry.ours['milliseconds']:6.1f} ms  "
                f"PyTorch {entry.pytorch['milliseconds']:6.1f} ms  ratio {entry.ratio:.2f}  "
                f"others used {entry.foreign:.2f} cores{'' if entry.quiet else ': dropped'}",
                flush=True,
            )
        print(in_words(normalization, speed.summary(measured)))
    return 0


def in_words(normalization, found):
    peak = ""
    if found["ours_peak"] is not None and found["pytorch_peak"] is not None:
        peak = (
            f"; peak memory above the start {found['ours_peak']:.0f} MiB, "
            f"PyTorch {found['pytorch_peak']:.0f} MiB"
        )
    counted = f"{found['quiet']} quiet of {found['rounds']} rounds"
    if not found["quiet"]:
        counted = f"none of {found['rounds']} rounds was quiet, so all are counted"
    return (
        f"D with normalization {normalization}: {found['ours']:.1f} ms a step, "
        f"{found['ratio']:.2f} of PyTorch's {found['pytorch']:.1f} ms{peak} (medians; {counted})"
    )


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
        with whole_file(out, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, benchmark.COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(measured)
        print(f"rows in {out}")
    return measured
