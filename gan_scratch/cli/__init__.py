"""The command gan-scratch: it parses and prints, no more.

    train, sample, evaluate, doctor, report, recipes, gradcheck, assignment, chapters, bench

Exit codes
    0     done
    1     the training diverged or died, a gradient check failed, or a task is not done
    2     bad input, or a full disk: one sentence on stderr
    70    a fault of gan-scratch itself; GAN_SCRATCH_TRACEBACK=1 shows the traceback
    141   nobody reads the output any more (`| head`), and nothing is said of that
    128 + n   stopped by signal n: 130 for Ctrl-C, 143 for `kill`, 129 for a closed terminal (a
              training saves first)
"""

import argparse
import errno
import importlib
import os
import re
import signal
import sys
import traceback
import warnings
from contextlib import suppress
from functools import partial

from gan_scratch.cli.launchers import expect_to_share, place
from gan_scratch.cli.signals import LOST_READER, as_interrupts
from gan_scratch.guests import CALLED_EXIT, IMPORTED, import_file
from gan_scratch.version import VERSION

COMMANDS = (
    "train", "sample", "evaluate", "doctor", "report", "gradcheck", "assignment", "chapters",
    "recipes", "bench",
)  # fmt: skip
FAULT = 70  # EX_SOFTWARE of sysexits.h


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence, with the word that was probably meant."""

    def error(self, message):
        message = message.removeprefix("argument ").replace(": must ", " must ", 1)
        raise ValueError(f"{message}; see {self.prog} --help")

    def _check_value(self, action, value):
        from gan_scratch.settings import one_of  # NumPy loads where Ctrl-C is heard already

        if action.choices is not None:
            try:
                one_of(None, (action.metavar or action.dest).lower(), value, action.choices)
            except ValueError as error:
                self.error(str(error))

    def parse_known_args(self, args=None, namespace=None):
        from gan_scratch.settings import did_you_mean

        options, unknown = super().parse_known_args(args, namespace)
        if unknown and not hasattr(options, "settings"):  # which any word may be
            word = unknown[0].partition("=")[0]
            if word == "--import":
                self.error("--import goes before the command: gan-scratch --import FILE COMMAND")
            known = ["--help", *re.findall(r"--[\w-]+", self.format_usage())]
            self.error(f"unknown argument {word}{did_you_mean(word, known)}")
        return options, unknown


def build_parser():
    words = "Generative adversarial networks from their gradients up."
    parser = Parser(prog="gan-scratch", description=words)
    add = parser.add_argument
    add("--version", action="version", version=f"gan-scratch {VERSION}")
    add("--import", metavar="FILE", action="append", default=[], dest="files",
        help="a Python file of your own with RECIPES, and with the parts that they are made of")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for name in COMMANDS:
        importlib.import_module(f"gan_scratch.cli.{name}").add_to(commands)
    return parser


def main(arguments=None):
    """Run one command; returns its exit code. Of several processes of an MPI job the first one runs
    it."""
    open_streams()
    index, count = place()
    if count == 1:
        return command(arguments)
    from gan_scratch.training import mpi

    return mpi.together(partial(command, arguments), complain, index, count)


def open_streams():
    """A stream that whoever started this has closed leads nowhere. (Else the next file that is
    opened gets its number, and with it what is printed.)"""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))


def command(arguments):
    """Run one command, say in a sentence what went wrong, and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that lacks × or ∘ shows an escape
            stream.reconfigure(errors="backslashreplace")
    os.environ["MPLBACKEND"] = "agg"  # no command opens a window, so what it was does not matter
    code, sentence = outcome(arguments)
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        lead_nowhere(sys.stdout)
        unread = is_unread(error)
        if code in (0, 2):  # else that tells more
            code, sentence = LOST_READER if unread else 2, None
        if not sentence and not unread:
            sentence = f"nothing can be written to the standard output: {one_sentence(error)}"
    return complain(sentence, code) if sentence else code


def outcome(arguments):
    """(exit code, sentence or None) of a command."""
    try:
        with as_interrupts(), warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.showwarning = lambda message, *_, **__: complain(message, 0)
            return run(arguments), None
    except KeyboardInterrupt as error:
        return 128 + getattr(error, "number", signal.SIGINT), "stopped"
    except FloatingPointError as error:
        return 1, one_sentence(error)
    except MemoryError as error:
        said = one_sentence(error) or "the system gives no more"
        hint = "ask for less at a time, such as a smaller batch, count or size"
        return 2, f"not enough memory: {said}; {hint}"
    except (ValueError, ArithmeticError, OSError, RuntimeError, ImportError) as error:
        return (LOST_READER, None) if is_unread(error) else (2, one_sentence(error))
    except Exception as error:
        return 2 if IMPORTED else FAULT, fault(error)


def is_unread(error):
    """Whether a stream could not be written because its reader, or its terminal, has gone."""
    gone = getattr(error, "errno", None) == errno.EIO and error.filename is None
    return gone or isinstance(error, BrokenPipeError)


def run(arguments):
    parser = build_parser()
    try:
        options, unknown = parser.parse_known_args(arguments)
    except SystemExit:  # after --help or --version
        return 0
    if not hasattr(options, "run"):
        parser.error("which command?")
    if hasattr(options, "settings"):
        options.settings = unknown
    if place()[1] > 1:
        expect_to_share(options)
    for path in options.files:
        import_recipes(path)
    try:
        return options.run(options)
    except SystemExit:
        raise ValueError(f"the code that was run did not come back: {CALLED_EXIT}") from None


def import_recipes(path):
    """Make the recipes of a file known, and with it the kinds of parts that it defines."""
    from gan_scratch import recipes

    found = getattr(import_file(path), "RECIPES", None)
    if not isinstance(found, (tuple, list)):
        raise ValueError(f"{path} must have RECIPES, a tuple of recipes; got {found!r}")
    recipes.add(*found)


def complain(sentence, code):
    try:
        print(f"gan-scratch: {sentence}", file=sys.stderr, flush=True)
    except OSError:  # nobody can be told
        lead_nowhere(sys.stderr)
    return code


def lead_nowhere(stream):
    """What the stream still holds, and would write when Python ends, is thrown away."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def one_sentence(error):
    """The error on one line; what the system says of a file with the file's name."""
    if isinstance(error, OSError) and error.strerror:
        named = error.filename is not None
        return f"{error.filename}: {error.strerror}" if named else error.strerror
    return " ".join(str(error).split())


def fault(error):
    """What nobody has thought of, in a sentence."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {one_sentence(error)} ({place.filename}, line {place.lineno})"
    if IMPORTED:
        return f"{said}; most likely a mistake in {' or '.join(IMPORTED)}"
    more = " and what it prints where GAN_SCRATCH_TRACEBACK=1 is set"
    if os.environ.get("GAN_SCRATCH_TRACEBACK"):
        more = f"\n{''.join(traceback.format_exception(error))}"
    report = "please report it with the command that you gave"
    return f"this is a fault of gan-scratch: {said}; {report}{more}"
