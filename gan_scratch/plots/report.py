"""One page about one run: what was trained, what came out, and what the numbers say.

report.html lays the page out and says what to look for; this module gathers what it shows. The
page is a single file. Pictures stand inside it, nothing is loaded from elsewhere, no script runs;
it can be mailed, archived and opened without a network.
"""

import base64
import json
import math
import pathlib

from gan_scratch.guests import called
from gan_scratch.plots.curves import read_values
from gan_scratch.plots.files import whole_file
from gan_scratch.templates import render

PICTURES = ("samples.png", "film.gif", "data.png", "growth.png", "interpolation.png", "curves.png")
BAD_ENDINGS = {"diverged": "This training diverged", "dead": "This training is dead"}


def report(folder, *, name="report.html"):
    """Write the page about the run in `folder` and return its path.

    It shows what is there of PICTURES and values.csv; recipe.json must be there, or
    FileNotFoundError is raised.
    """
    folder = pathlib.Path(folder)
    recipe = read_recipe(folder)
    values = read_values(folder / "values.csv") if (folder / "values.csv").exists() else {}
    last, at = last_values(values)
    pictures = [path for path in map(folder.joinpath, PICTURES) if path.exists()]
    run = folder.as_posix()
    page = render(
        "plots/report.html", recipe=recipe, title=recipe.get("name", folder.name),
        account=(recipe.get("data_account") or {}).get("words", ()),
        settings=list(settings_in_words(recipe.get("settings") or {})),
        ending=bad_ending(folder), last=last, at=at,
        pictures={path.stem: inlined(path) for path in pictures},
        called=called(), run=f'"{run}"' if " " in run else run,
    )
    with whole_file(folder / name) as stream:
        stream.write(page.encode("utf-8", "backslashreplace"))  # of a folder's name, say
    return folder / name


def read_recipe(folder):
    try:
        words = (folder / "recipe.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileNotFoundError(f"{folder} holds no run: there is no recipe.json in it") from None
    return json.loads(words)


def settings_in_words(settings, *path):
    """(name, value) of each setting in words; a nested one is named by the path to it, and a part
    has its kind for a value."""
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            yield from settings_in_words(value, *path, key)
        elif key == "kind":
            yield from [(" ".join(path), value)] if path else []
        else:
            yield " ".join([*path, key]).replace("_", " "), in_words(value)


def in_words(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    return "none" if value in (None, {}) else str(value)


def bad_ending(folder):
    """What ending.json says of a training that did not end well, else None."""
    try:
        ending = json.loads((folder / "ending.json").read_text(encoding="utf-8"))
        heading = BAD_ENDINGS[ending["how"]]
        return {"heading": heading, "step": number(ending["step"]), "words": ending["words"]}
    except (OSError, ValueError, LookupError, TypeError):  # none, a damaged one, or a good one
        return None


def last_values(values):
    """The last finite number of each column and its step, in words: two dictionaries."""
    last, at = {}, {}
    for column, numbers in values.items():
        pairs = zip(numbers, values.get("step", ()), strict=False)
        if recorded := [pair for pair in pairs if all(map(math.isfinite, pair))]:
            value, step = recorded[-1]
            last[column] = duration(value) if column == "seconds" else number(value)
            at[column] = number(step)
    return last, at


def inlined(picture):
    """The file as a URL that holds all of it."""
    data = base64.b64encode(picture.read_bytes()).decode("ascii")
    return f"data:image/{picture.suffix[1:]};base64,{data}"


def number(value):
    """A number for a reader: 20,000 or 0.4981 or −1.386, four digits where it is not whole."""
    words = f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"
    return words.replace("-", "−")


def duration(seconds):
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
