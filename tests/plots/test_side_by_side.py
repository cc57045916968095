import numpy
import pytest
from PIL import Image

from gan_scratch.plots.side_by_side import captioned, side_by_side


def tile(shade, size=(60, 40)):
    return Image.new("L", size, shade)


def test_every_picture_stands_in_its_place():
    whole = numpy.asarray(side_by_side([tile(10), tile(20), tile(30)], columns=2, gap=5))
    assert whole.shape == (85, 125, 3)
    assert (whole[:40, :60] == 10).all() and (whole[:40, 65:] == 20).all()
    assert (whole[45:, :60] == 30).all()
    assert (whole[45:, 65:] == 255).all() and (whole[40:45] == 255).all()


def test_a_row_holds_no_more_than_there_is():
    assert side_by_side([tile(10)], columns=3).size == (60, 40)


def test_a_caption_stands_under_its_picture_and_changes_nothing_above():
    one, two = (captioned(tile(10), text) for text in ("some words", "some words\nand more"))
    assert one.height < two.height
    for picture in (one, two):
        pixels = numpy.asarray(picture)
        assert (pixels[:40] == 10).all()
        assert len(numpy.unique(pixels[40:])) > 2
    assert side_by_side([tile(10)] * 2, ["some words", "none"], gap=5).size == (125, one.height)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pictures": []}, "one or more"),
        ({"pictures": [tile(1), tile(1, (9, 9))]}, "all of one size"),
        ({"pictures": [tile(1)], "captions": ["a", "b"]}, "1 pictures got 2 captions"),
        ({"pictures": [tile(1)], "columns": 0}, "columns must be"),
    ],
)
def test_what_cannot_be_laid_out_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        side_by_side(**arguments)
