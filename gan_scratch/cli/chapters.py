"""gan-scratch chapters: the book's notebooks, to be opened and changed."""

import json

from gan_scratch.book import shelf
from gan_scratch.cli import options as types


def add_to(commands):
    parser = commands.add_parser("chapters", help="copy the book's notebooks into a folder")
    parser.add_argument("folder", metavar="DIR", type=types.path, nargs="?", default="chapters",
                        help="default: %(default)s")
    parser.set_defaults(run=copy_chapters)


def copy_chapters(options):
    written, kept = shelf.copy(options.folder)
    for path in (*written, *kept):
        print(f"{path}  {title_of(path)}")
    if kept:
        print(f"{len(kept)} of these were there already and were left as they are.")
    first = sorted((*written, *kept))[0]
    print('To open them: python -m pip install jupyter ipywidgets, then')
    print(f"    jupyter lab {first}")
    return 0


def title_of(path):
    """The heading that a notebook begins with; nothing for one that was changed beyond that."""
    try:
        first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
        return "".join(first["source"]).splitlines()[0].lstrip("# ")
    except (ValueError, LookupError):
        return ""
