"""The command gan-scratch: it parses and prints, no more.

    train, sample, evaluate, recipes, gradcheck, assignment, chapters, bench

Exit codes: 0 done; 1 the training diverged or a gradient check failed; 2 bad input, in one
sentence on stderr; 130 stopped with Ctrl-C (the first one in a training saves).
"""

import argparse
import os
import sys
import warnings
from functools import partial

from gan_scratch.cli.launchers import expect_to_share, place
from gan_scratch.version import VERSION


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    def error(self, message):
        raise ValueError(f"{message} (see {self.prog} --help)")


def build_parser():
    from gan_scratch.cli import (
        assignment,
        bench,
        chapters,
        evaluate,
        gradcheck,
        recipes,
        sample,
        train,
    )

    parser = Parser(
        prog="gan-scratch",
        description="Generative adversarial networks from their gradients up.",
    )
    parser.add_argument("--version", action="version", version=f"gan-scratch {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for module in (train, sample, evaluate, gradcheck, assignment, chapters, recipes, bench):
        module.add_to(commands)
    return parser


def main(arguments=None):
    """Run one command; returns its exit code. Of several processes of an MPI job the first one runs
    it."""
    index, count = place()
    if count == 1:
        return command(arguments)
    from gan_scratch.training import mpi

    return mpi.together(partial(command, arguments), complain, index, count)


def command(arguments):
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that lacks × or ∘ shows an escape
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.showwarning = say_warning
            return run(arguments)
    except KeyboardInterrupt:
        return complain("stopped", 130)
    except BrokenPipeError:  # whoever reads, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except FloatingPointError as error:
        return complain(error, 1)
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        return complain(one_sentence(error), 2)


def run(arguments):
    parser = build_parser()
    options, unknown = parser.parse_known_args(arguments)
    if not hasattr(options, "run"):
        raise ValueError("which command? (see gan-scratch --help)")
    if hasattr(options, "settings"):
        options.settings = unknown
    elif unknown:
        raise ValueError(f"unknown argument {unknown[0]} (see gan-scratch --help)")
    if place()[1] > 1:
        expect_to_share(options)
    return options.run(options)


def complain(sentence, code):
    print(f"gan-scratch: {sentence}", file=sys.stderr)
    return code


def one_sentence(error):
    """The error on one line; what the system says of a file with the file's name."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def say_warning(message, category, filename, line, file=None, text=None):
    print(f"gan-scratch: {message}", file=sys.stderr)
