"""gan-scratch bench: measurements on this machine."""

import importlib.util

from gan_scratch.benchmarks import speed
from gan_scratch.layers.kernels.parallel import available_threads

NORMALIZATIONS = ("batch", "none")


def add_to(commands):
    parser = commands.add_parser(
        "bench",
        help="time a training step beside PyTorch",
        description="Measure this library on this machine. `speed`: one training step of the "
        "28 × 28 DCGAN, batch 64, beside PyTorch's, with and without batch norm in D.",
    )
    parser.add_argument("what", choices=("speed",), metavar="WHAT", help="speed")
    parser.add_argument("--rounds", type=int, default=7, help="pairs of runs (default: 7)")
    parser.add_argument("--steps", type=int, default=20, help="steps in a run (default: 20)")
    parser.add_argument("--threads", type=int, help="of both (default: what BLAS may use)")
    parser.set_defaults(run=bench)


def bench(options):
    threads = options.threads if options.threads is not None else available_threads()
    for name, value in (
        ("rounds", options.rounds), ("steps", options.steps), ("threads", threads)
    ):
        if value < 1:
            raise ValueError(f"--{name} must be a positive whole number, got {value}")
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
