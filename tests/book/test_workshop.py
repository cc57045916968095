"""What the pages call: pictures with words, films, the library's own source, shorter runs."""

import base64
import io

import pytest
from PIL import Image

from gan_scratch import theory
from gan_scratch.book import pages


@pytest.fixture
def shown(monkeypatch):
    things = []
    monkeypatch.setattr(pages, "display", things.append)
    return things


def image_in(thing):
    (mime, content), (_, words) = thing._repr_mimebundle_()[0].items()
    return mime, Image.open(io.BytesIO(base64.b64decode(content))), words


def test_panels_become_one_picture_with_its_words(shown):
    with pages.panels(2, alt="a line,\nand another", size=(2, 1.5)) as (left, right):
        left.plot([0, 1])
        right.plot([1, 0])
        assert not shown
    mime, image, words = image_in(shown[0])
    assert (mime, words) == ("image/png", "a line, and another")
    assert image.size == (4 * 144, 1.5 * 144)  # sharp, and shown at 100 pixels an inch
    assert shown[0]._repr_mimebundle_()[1] == {"image/png": {"alt": words, "width": 400}}


def test_a_cell_that_raises_shows_no_picture(shown):
    with pytest.raises(ZeroDivisionError), pages.panels(alt="nothing"):
        1 / 0  # noqa: B018
    assert not shown


def test_a_film_plays_its_images(shown):
    images = [Image.new("RGB", (20, 10), color) for color in ("white", "red", "blue")]
    pages.film(images, "three colours")
    mime, image, words = image_in(shown[0])
    assert (mime, image.n_frames, words) == ("image/gif", 3, "three colours")


def test_source_is_what_is_installed(shown):
    pages.source(theory.dirac, theory.TinyGame.velocity)
    function, method = (thing.data for thing in shown)
    assert "`gan_scratch/theory.py`, line" in function and "\ndef dirac(objective" in function
    assert "\ndef velocity(self):" in method  # flush left, though it is a method


def test_rounds_are_shorter_where_the_environment_asks(monkeypatch):
    monkeypatch.delenv(pages.SHORT, raising=False)
    assert pages.rounds(100, short=5) == 100
    monkeypatch.setenv(pages.SHORT, "1")
    assert pages.rounds(100, short=5) == 5
