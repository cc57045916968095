import base64
import html.parser
import json

import pytest
from PIL import Image

from gan_scratch.plots.report import duration, report

PICTURES = ("samples.png", "film.gif", "growth.png", "interpolation.png", "curves.png")

RECIPE = {
    "name": "mlp-digits",
    "summary": "Two players learn digits.",
    "settings": {"batch_size": 64, "features": [128, 256], "augment": False},
    "seed": 7,
    "version": "0.1.0",
    "data": "digits",
    "dtype": "float32",
    "backend": "numpy",
}

VALUES = """step,epoch,seconds,discriminator_loss,probability_real,probability_fake,value
100,0.1,61.0,1.25,0.75,0.25,-0.5754
2000,2.0,3725.4,1.375,0.5117,0.4883,
"""


class Page(html.parser.HTMLParser):
    """The elements of a page: whether each is closed, and what attributes it has."""

    EMPTY = ("meta", "img")

    def __init__(self, words):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(words)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.text.append(data)

    def attributes(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "a run"
    folder.mkdir()
    write_recipe(folder, RECIPE)
    (folder / "values.csv").write_text(VALUES)
    for shade, name in enumerate(PICTURES):
        Image.new("L", (8, 8), shade).save(folder / name)
    return folder


def write_recipe(folder, recipe):
    (folder / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")


def read(path):
    return path.read_text(encoding="utf-8")


def test_every_picture_stands_inside_the_page(run):
    path = report(run)
    assert path == run / "report.html"
    images = Page(read(path)).attributes("img")
    assert len(images) == len(PICTURES)
    for image, name in zip(images, PICTURES, strict=True):
        kind, data = image["src"].split(",")
        assert kind == f"data:image/{name[-3:]};base64"
        assert base64.b64decode(data) == (run / name).read_bytes()
        assert len(image["alt"]) > 20


def test_the_page_loads_nothing_and_runs_nothing(run):
    words = read(report(run))
    assert "http" not in words
    found = Page(words)
    assert not found.attributes("script") and not found.attributes("link")
    assert not any("href" in attributes for _, attributes in found.elements)
    assert "url(" not in words and "@import" not in words


@pytest.mark.parametrize("missing", PICTURES)
def test_a_missing_picture_is_left_out_with_its_caption(run, missing):
    before = Page(read(report(run)))
    (run / missing).unlink()
    after = Page(read(report(run)))
    for tag in ("img", "figure", "figcaption", "h2"):
        assert len(after.attributes(tag)) == len(before.attributes(tag)) - 1


def test_a_recipe_alone_makes_a_page(run):
    for name in (*PICTURES, "values.csv"):
        (run / name).unlink()
    write_recipe(run, {"name": "bare"})
    found = Page(read(report(run)))
    assert "bare" in found.text
    assert not found.attributes("figure") and not found.attributes("table")


def test_values_stand_beside_their_equilibrium(run):
    text = Page(read(report(run))).text
    place = text.index("D's mean probability on real ones")
    assert text[place : place + 3] == ["D's mean probability on real ones", "0.5117", "1/2 = 0.5"]
    place = text.index("Value of the game V(D, G)")
    assert text[place + 1 : place + 4] == ["−0.5754 ", "at step 100", "−log 4 = −1.386"]
    assert "Loss of the generator" not in text


def test_facts_and_settings_are_readable(run):
    text = Page(read(report(run))).text
    for words in ("2,000", "1 h 2 min", "7", "float32", "batch size", "64", "128, 256", "no"):
        assert words in text


def test_nested_settings_are_named_by_the_path_to_them(run):
    settings = {"players": {"kind": "mlp", "latent": 100}, "penalties": {}, "batch_size": 64}
    write_recipe(run, {"settings": settings | {"data": {"reading": {"fit": "crop"}}}})
    text = Page(read(report(run))).text
    place = text.index("players")
    assert text[place : place + 10] == [
        "players", "mlp", "players latent", "100", "penalties", "none", "batch size", "64",
        "data reading fit", "crop",
    ]  # fmt: skip


def test_an_ending_that_says_too_little_is_left_out(run):
    (run / "ending.json").write_text(json.dumps({"how": "dead", "step": 7}))
    assert "This training is dead" not in Page(read(report(run))).text
    (run / "ending.json").write_text(json.dumps({"how": "dead", "step": 7000, "words": "<all 0>"}))
    text = Page(read(report(run))).text
    place = text.index("This training is dead")
    assert text[place + 1] == "Step 7,000: <all 0>."


def test_the_commands_name_the_run(run, monkeypatch):
    monkeypatch.chdir(run.parent)
    text = Page(read(report("a run"))).text
    assert 'gan-scratch train --resume "a run"' in text
    run.rename("plain")
    assert "gan-scratch sample plain" in Page(read(report("plain"))).text


def test_every_value_is_escaped(run):
    evil = '<script>alert("&amp;")</script>'
    names = ("name", "summary", "seed", "version", "data", "dtype", "backend")
    write_recipe(run, {key: evil for key in names} | {"settings": {evil: [evil, {evil: evil}]}})
    words = read(report(run))
    assert "<script" not in words
    found = Page(words)
    assert "".join(found.text).count(evil) == len(names) + 1 + 4


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.6, "1 min 0 s"), (3599.9, "1 h 0 min"), (90000, "25 h 0 min")],
)
def test_times_are_said_as_people_say_them(seconds, words):
    assert duration(seconds) == words


def test_a_failure_keeps_the_old_page(run):
    report(run)
    before = read(run / "report.html")
    (run / "curves.png").unlink()
    (run / "curves.png").mkdir()
    with pytest.raises(OSError):
        report(run)
    assert read(run / "report.html") == before
    assert not list(run.glob(".*"))


def test_a_folder_without_a_recipe_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no run"):
        report(tmp_path)
