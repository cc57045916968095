"""Where the chapters are: beside the package in a clone, with the installed files otherwise."""

import importlib.metadata
import shutil
from pathlib import Path

import gan_scratch

INSTALLED = "share/gan_scratch/notebooks"


def chapters():
    """The notebooks, in order. FileNotFoundError where this installation has none."""
    found = sorted((Path(gan_scratch.__file__).parents[1] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    if not found:
        files = importlib.metadata.files("gan_scratch") or ()
        inside = [file for file in files if INSTALLED in file.as_posix()]
        found = sorted(Path(file.locate()) for file in inside if file.suffix == ".ipynb")
    if not found:
        raise FileNotFoundError("this installation of gan_scratch came without its chapters")
    return found


def copy(folder):
    """Copy the chapters into a folder: (written, kept), where a file that is there already is
    kept as it is, as a reader may have written in it."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written, kept = [], []
    for chapter in chapters():
        target = folder / chapter.name
        if target.exists():
            kept.append(target)
        else:
            shutil.copyfile(chapter, target)
            written.append(target)
    return written, kept
