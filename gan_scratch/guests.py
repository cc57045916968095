"""Somebody else's code, which may do anything: it runs in a block that says what it did."""

import importlib.util
import os
import shlex
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

IMPORTED = []  # paths of somebody's files, as they were given
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


def import_file(path):
    """Somebody's Python file as the module of its name; ValueError where it cannot be imported.
    Its folder is searched by later imports, in processes that are started as well."""
    path = Path(path)
    known = sys.modules.get(path.stem)
    if getattr(known, "__file__", None) == str(path.resolve()):
        return known
    if known and path.is_file():
        raise ValueError(f"{path} has the name of another module, {path.stem}; give it another one")
    sys.path.append(str(path.parent.resolve()))
    IMPORTED.append(str(path))
    return imported(path, path.stem)


def imported(path, name, sentence=None):
    """Somebody's Python file as a module of this name; ValueError where it cannot be imported, with
    the sentence of the error if there is one."""
    file = os.path.abspath(path)
    if not os.path.isfile(file):
        raise ValueError(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None:
        raise ValueError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # classes that are defined there look their module up

    def cannot(error):
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == file]
        where = f", line {lines[-1]}," if lines else ""
        return f"{path}{where} cannot be imported: {what_happened(error)}"

    with guest(sentence or cannot):
        spec.loader.exec_module(module)
    return module


def called():
    """gan-scratch with the files that it was told to import, as its next command needs them."""
    return shlex.join(["gan-scratch", *(word for path in IMPORTED for word in ("--import", path))])


def what_happened(error):
    """What somebody's code raised, in words."""
    return CALLED_EXIT if isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"
