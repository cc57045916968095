"""Somebody else's code, which may do anything: it runs in a block that says what it did."""

import os
import sys
from contextlib import contextmanager

CALLED_EXIT = "it calls sys.exit(), which would end the whole command; leave that call out"


@contextmanager
def guest(sentence):
    """Whatever the block raises, sys.exit() and os._exit() too, becomes
    ValueError(sentence(error)); and the working folder, stdout and stderr are afterwards what they
    were before.

    KeyboardInterrupt passes: with it a time limit, or the user, ends the block.
    """
    folder, out, complaints = os.getcwd(), sys.stdout, sys.stderr
    end, process = os._exit, os.getpid()

    def end_elsewhere(code):
        if os.getpid() != process:  # a process that the block has forked
            end(code)
        raise SystemExit(code)

    os._exit = end_elsewhere
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise ValueError(sentence(error)) from error
    finally:
        os._exit = end
        os.chdir(folder)
        sys.stdout, sys.stderr = out, complaints


def what_happened(error):
    """What somebody's code raised, in words."""
    return CALLED_EXIT if isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"
