"""gan-scratch report: a run's pictures and its page, drawn again from its checkpoint."""

from gan_scratch.cli import options as kinds
from gan_scratch.runs import draw_again


def add_to(commands):
    parser = commands.add_parser(
        "report", help="draw the pictures and the report of a run again",
        description="Draw every picture of a run, and report.html, from its checkpoint: after a "
        "stop in the middle of drawing, on a full disk, of a training that still goes on. The data "
        "is not needed.",
    )
    parser.add_argument("folder", metavar="RUN", type=kinds.path, help="folder of a run")
    parser.set_defaults(run=report)


def report(options):
    path, missing = draw_again(options.folder)
    if missing:
        print(missing)
    print(path)
    return 0
