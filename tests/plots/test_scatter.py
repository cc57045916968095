import matplotlib
import numpy
import pytest
from PIL import ImageColor

from gan_scratch.plots import style
from gan_scratch.plots.points import scatter


def place_of(picture, color):
    """The middle of all pixels near `color`, as (across, up) in fractions of the picture."""
    pixels = numpy.asarray(picture).astype(int)
    near = numpy.abs(pixels - ImageColor.getrgb(color)).sum(axis=-1) < 12
    near[:40] = near[-40:] = near[:, :40] = near[:, -20:] = False  # the legend and the numbers
    down, across = numpy.nonzero(near)
    return across.mean() / picture.width, 1 - down.mean() / picture.height


def cluster(x, y):
    return numpy.tile([float(x), float(y)], (200, 1))


def test_points_stand_where_they_are():
    picture = scatter(cluster(1, -1), reference=cluster(-1, 1), limits=(-2, 2))
    assert picture.size == (480, 480)
    generated, real = place_of(picture, style.GENERATOR), place_of(picture, style.REAL)
    assert generated[0] - real[0] == pytest.approx(0.44, abs=0.01)
    assert generated[1] - real[1] == pytest.approx(-0.44, abs=0.01)


def test_the_reference_sets_the_scale_whatever_the_points_do():
    near = scatter(cluster(1, 1), reference=cluster(-1, 1))
    also_far = numpy.vstack([cluster(1, 1), cluster(50, 50)])
    far = scatter(also_far, reference=cluster(-1, 1))
    assert place_of(near, style.GENERATOR) == pytest.approx(place_of(far, style.GENERATOR))


def test_points_that_are_no_numbers_are_left_out():
    points = cluster(1, 1)
    with_nan = numpy.vstack([points, [[numpy.nan, 0.0]], [[0.0, numpy.inf]]])
    assert scatter(points).tobytes() == scatter(with_nan).tobytes()
    scatter(numpy.full((3, 2), numpy.nan))


def test_a_theme_set_outside_changes_nothing_and_stays_set():
    plain = scatter(cluster(1, 1))
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 30}):
        assert scatter(cluster(1, 1)).tobytes() == plain.tobytes()
        assert matplotlib.rcParams["font.size"] == 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": numpy.zeros((5, 3))}, r"points must be \(N, 2\).*\(5, 3\)"),
        ({"points": cluster(0, 0), "reference": numpy.zeros(4)}, r"reference must be \(N, 2\)"),
        ({"points": cluster(0, 0), "limits": (2, 1)}, "low < high"),
    ],
)
def test_what_cannot_be_drawn_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        scatter(**arguments)
