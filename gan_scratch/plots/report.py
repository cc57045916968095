"""One page about one run: what was trained, what came out, and what the numbers say.

The page is a single file. Pictures stand inside it, nothing is loaded from elsewhere, no script
runs; it can be mailed, archived and opened without a network.
"""

import base64
import html
import json
import math
import pathlib

from gan_scratch.plots.curves import (
    EQUILIBRIUM_PROBABILITY,
    EQUILIBRIUM_VALUE,
    read_values,
)
from gan_scratch.plots.files import whole_file

# file, heading, alternative text, what to look for
_HERO = (
    (
        "samples.png",
        "What came out",
        "Samples of the generator at the end of training",
        "The generator's answers to one fixed set of noise vectors at the end. Look for variety "
        "as much as for sharpness: if many are alike, the generator has collapsed onto a few modes "
        "of the data.",
    ),
    (
        "film.gif",
        "How it came",
        "Film of the same samples through the whole training",
        "The same noise vectors through the whole training. Samples that settle are being refined; "
        "samples that keep turning into something else show two players still circling each other.",
    ),
)
_STRIPS = (
    (
        "data.png",
        "What it learnt from",
        "Some of the data, as it was loaded",
        "Some of the data, evenly spread over all of it, as the discriminator sees it: cut and "
        "resized. Look for what should not be here.",
    ),
    (
        "growth.png",
        "Sample by sample",
        "Strip of samples, one row for each of a few training steps",
        "Each row is one moment, with its step at the left; each column is one noise vector. Read "
        "a column downwards to see a single sample grow out of noise.",
    ),
    (
        "interpolation.png",
        "From one noise vector to another",
        "Rows of samples that change step by step from one to another",
        "Between the two framed ends the noise vector moves in equal steps. Changes that are small "
        "and in-betweens that look real speak for a generator that learnt the data as a whole; "
        "sudden jumps hint at single pictures learnt by heart.",
    ),
    (
        "curves.png",
        "The game in numbers",
        "Curves of losses, probabilities, value of the game and gradient norms over the steps",
        "A loss that falls is no proof of progress here, because each player's loss is measured "
        "against the other. Look at what D says instead: both probabilities drawing near 1/2 and "
        "V(D, G) drawing near −log 4 mean that D can hardly tell the two apart. A "
        "discriminator that is sure of itself while G's gradient vanishes has won too early.",
    ),
)

# column, words, equilibrium
_QUANTITIES = (
    ("probability_real", "D's mean probability on real ones", EQUILIBRIUM_PROBABILITY, "1/2"),
    ("probability_fake", "D's mean probability on generated ones", EQUILIBRIUM_PROBABILITY, "1/2"),
    ("value", "Value of the game V(D, G)", EQUILIBRIUM_VALUE, "−log 4"),
    ("discriminator_loss", "Loss of the discriminator", None, ""),
    ("generator_loss", "Loss of the generator", None, ""),
    ("discriminator_gradient_norm", "Gradient norm of the discriminator", None, ""),
    ("generator_gradient_norm", "Gradient norm of the generator", None, ""),
    ("learning_rate", "Learning rate", None, ""),
)

_BAD_ENDINGS = {"diverged": "This training diverged", "dead": "This training is dead"}
_MEDIA_TYPES = {".png": "image/png", ".gif": "image/gif"}


def report(folder, *, name="report.html"):
    """Write the page about the run in `folder` and return its path.

    It shows what is there of samples.png, film.gif, growth.png, interpolation.png, curves.png and
    values.csv; recipe.json must be there, or FileNotFoundError is raised.
    """
    folder = pathlib.Path(folder)
    recipe = _read_recipe(folder)
    values = read_values(folder / "values.csv") if (folder / "values.csv").exists() else {}
    body = "\n".join(
        part
        for part in (
            _header(recipe, values),
            _ending(folder),
            _hero(folder),
            *(_figure(folder, *strip) for strip in _STRIPS[:1]),
            _account(recipe),
            *(_figure(folder, *strip) for strip in _STRIPS[1:]),
            _last_values(values),
            _settings(recipe),
            _commands(folder),
        )
        if part
    )
    title = _text(recipe.get("name", folder.name))
    page = _PAGE.format(title=title, style=_STYLE, body=body)
    with whole_file(folder / name) as stream:
        stream.write(page.encode("utf-8", "backslashreplace"))  # of a folder's name, say
    return folder / name


def _read_recipe(folder):
    try:
        words = (folder / "recipe.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileNotFoundError(f"{folder} holds no run: there is no recipe.json in it") from None
    return json.loads(words)


def _header(recipe, values):
    facts = [("data", recipe.get("data")), ("seed", recipe.get("seed"))]
    for column, words in (("step", "steps"), ("epoch", "epochs"), ("seconds", "training time")):
        last, _ = _last(values, column)
        if last is not None:
            facts.append((words, _duration(last) if column == "seconds" else _number(last)))
    facts += [(words, recipe.get(words)) for words in ("backend", "dtype")]
    facts.append(("gan_scratch", recipe.get("version")))
    items = "".join(
        f"<div><dt>{_text(words)}</dt><dd>{_text(fact)}</dd></div>"
        for words, fact in facts
        if fact is not None
    )
    return (
        f'<header><p class="kicker">A training run of gan_scratch</p>'
        f"<h1>{_text(recipe.get('name', 'unnamed'))}</h1>"
        f'<p class="summary">{_text(recipe.get("summary", ""))}</p>'
        f"<dl>{items}</dl></header>"
    )


def _ending(folder):
    """What a reader must know of the end before anything else: nothing, where all went well."""
    try:
        ending = json.loads((folder / "ending.json").read_text(encoding="utf-8"))
        heading = _BAD_ENDINGS[ending["how"]]
    except (OSError, ValueError, LookupError, TypeError):  # none, a damaged one, or a good one
        return ""
    return (
        f'<section class="ending"><h2>{_text(heading)}</h2><p>Step {_number(ending["step"])}: '
        f"{_text(ending['words'])}.</p></section>"
    )


def _account(recipe):
    """What became of the files that one's own data came from."""
    lines = (recipe.get("data_account") or {}).get("words", ())
    return "".join(f'<p class="account">{_text(line)}</p>' for line in lines)


def _hero(folder):
    """The samples and their film, side by side where there is room."""
    figures = "".join(_figure(folder, *picture) for picture in _HERO)
    return f'<div class="hero">{figures}</div>' if figures else ""


def _figure(folder, file, heading, alternative, caption):
    """A picture of the run under its heading; nothing where the picture is missing."""
    path = folder / file
    if not path.exists():
        return ""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    source = f"data:{_MEDIA_TYPES[path.suffix]};base64,{data}"
    return (
        f'<section class="{path.stem}"><h2>{_text(heading)}</h2><figure>'
        f'<img src="{source}" alt="{_text(alternative)}">'
        f"<figcaption>{_text(caption)}</figcaption></figure></section>"
    )


def _last_values(values):
    """What was measured last, beside what it would be if the game had come to rest."""
    final_step, _ = _last(values, "step")
    rows = []
    for column, words, equilibrium, symbol in _QUANTITIES:
        last, step = _last(values, column)
        if last is None:
            continue
        since = "" if step == final_step else f" <small>at step {_number(step)}</small>"
        beside = "" if equilibrium is None else f"{symbol} = {equilibrium:.4g}".replace("-", "−")
        rows.append(
            f'<tr><th scope="row">{_text(words)}</th>'
            f"<td>{_number(last)}{since}</td><td>{_text(beside)}</td></tr>"
        )
    if not rows:
        return ""
    return (
        "<section><h2>Where it stood at the end</h2>"
        '<div class="wide"><table class="numbers"><thead><tr><th scope="col">Quantity</th>'
        '<th scope="col">Last value</th><th scope="col">At the equilibrium</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _settings(recipe):
    settings = recipe.get("settings") or {}
    if not settings:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{_text(key.replace("_", " "))}</th><td>{_text(_setting(value))}</td>'
        "</tr>"
        for key, value in settings.items()
    )
    return (
        '<section><h2>The recipe</h2><div class="wide"><table class="settings">'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _commands(folder):
    run = folder.as_posix()
    run = f'"{run}"' if " " in run else run
    lines = (
        ("train on from where it stopped", f"gan-scratch train --resume {run}"),
        ("draw new samples", f"gan-scratch sample {run}"),
        ("draw this page again", f"gan-scratch report {run}"),
    )
    items = "".join(
        f"<p>To {_text(purpose)}:</p><pre><code>{_text(line)}</code></pre>"
        for purpose, line in lines
    )
    return f"<section><h2>Go on from here</h2>{items}</section>"


def _last(values, column):
    """(last finite number of a column, its step); (None, None) where there is none."""
    steps = values.get("step", ())
    for number, step in zip(reversed(values.get(column, ())), reversed(steps), strict=False):
        if math.isfinite(number):
            return number, step
    return None, None


def _number(number):
    """A number for a reader: 20,000 or 0.4981 or −1.386, four digits where it is not whole."""
    words = f"{number:,.0f}" if number == int(number) else f"{number:,.4g}"
    return words.replace("-", "−")


def _duration(seconds):
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def _setting(value):
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, (list, tuple)):
        return ", ".join(_setting(each) for each in value)
    return str(value)


def _text(value):
    return html.escape(str(value))


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · gan_scratch</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""

_STYLE = """
:root {
  --paper: #fbfaf8; --card: #fff; --ink: #23272e; --soft: #5d6671; --line: #e3e1dc;
  --accent: #b84f00; --code: #f1efeb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --card: #1c1f24; --ink: #e4e6ea; --soft: #9ba4b0; --line: #31363d;
    --accent: #ff9a4d; --code: #22262c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink); line-height: 1.6;
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 66rem; margin: 0 auto; padding: 3.5rem 1.5rem 5rem; }
.kicker {
  margin: 0; color: var(--accent); font-size: .8rem; font-weight: 600; letter-spacing: .08em;
  text-transform: uppercase;
}
h1 {
  margin: .3rem 0 .5rem; font-size: clamp(2rem, 6vw, 3rem); line-height: 1.12;
  letter-spacing: -.02em; overflow-wrap: anywhere;
}
h2 { margin: 0 0 .9rem; font-size: 1.3rem; line-height: 1.25; letter-spacing: -.01em; }
.summary { margin: 0; max-width: 42rem; color: var(--soft); font-size: 1.15rem; }
dl {
  display: flex; flex-wrap: wrap; gap: .8rem 2.2rem; margin: 1.8rem 0 0; padding: 1rem 0;
  border-block: 1px solid var(--line);
}
dt { color: var(--soft); font-size: .78rem; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
section { margin-top: 3.2rem; }
.hero { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
.hero { gap: 0 2.4rem; }
.hero img { width: 100%; }
figure { margin: 0; }
img { display: block; max-width: 100%; height: auto; border-radius: 6px; }
figcaption { max-width: 44rem; margin-top: .8rem; color: var(--soft); font-size: .92rem; }
.curves img { width: 100%; background: #fff; }
.growth img, .interpolation img { width: 100%; }
.data img { max-height: 36rem; }
@media (prefers-color-scheme: dark) {
  .curves img { filter: invert(.91) hue-rotate(180deg); }
}
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .95rem; }
th, td { padding: .5rem 1.2rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left; }
th { font-weight: 400; vertical-align: top; }
thead th { color: var(--soft); font-size: .8rem; }
.numbers td { font-variant-numeric: tabular-nums; white-space: nowrap; }
.numbers td:nth-child(2) { font-weight: 600; }
.numbers td:nth-child(3), small { color: var(--soft); font-weight: 400; }
.settings th { width: 38%; color: var(--soft); }
.settings td { overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  th, td { padding-right: .7rem; }
  .numbers td:nth-child(3) { white-space: normal; }
}
section > p { margin: 0 0 .3rem; }
.ending { border-left: 4px solid var(--accent); padding-left: 1rem; }
.ending h2 { color: var(--accent); }
.account { max-width: 44rem; margin: .4rem 0 0; color: var(--soft); font-size: .92rem; }
pre {
  margin: 0 0 1rem; padding: .7rem .9rem; overflow-x: auto; background: var(--code);
  border-radius: 6px; font-size: .9rem;
}
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
"""
