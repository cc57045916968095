import math

import numpy
import pytest
from PIL import Image

from gan_scratch.plots.curves import MANY, curves, read_values, running_mean

COLUMNS = (
    "step,epoch,seconds,discriminator_loss,generator_loss,probability_real,probability_fake,"
    "value,discriminator_gradient_norm,generator_gradient_norm,learning_rate"
).split(",")


def training(rows):
    """Values of a training of `rows` monitored steps; the learning rate stays."""
    numbers = numpy.random.default_rng(0).random((rows, len(COLUMNS))) + 0.1
    values = {name: list(column) for name, column in zip(COLUMNS, numbers.T, strict=True)}
    values["step"] = [10 * (row + 1) for row in range(rows)]
    values["learning_rate"] = [2e-4] * rows
    return values


def panel(figure, title):
    (found,) = [axes for axes in figure.axes if axes.get_title(loc="left") == title]
    return found


def line(axes, label):
    (found,) = [each for each in axes.lines if each.get_label() == label]
    return found


def words(axes):
    return [text.get_text() for text in axes.texts]


def test_read_values(tmp_path):
    path = tmp_path / "values.csv"
    path.write_text("step,value,generator_loss\n1,-1.5,nan\n2,,0.25\n3,-1.")
    values = read_values(path)
    assert list(values) == ["step", "value", "generator_loss"]
    assert values["step"] == [1, 2, 3]
    numpy.testing.assert_equal(values["value"], [-1.5, math.nan, -1])
    numpy.testing.assert_equal(values["generator_loss"], [math.nan, 0.25, math.nan])


def test_read_values_names_the_line_of_what_is_no_number(tmp_path):
    path = tmp_path / "values.csv"
    path.write_text("step,value\n1,2\n2,oops\n")
    with pytest.raises(ValueError, match="line 3: value is 'oops'"):
        read_values(path)


def test_the_equilibrium_stands_where_theory_has_it():
    figure = curves(training(20))
    value = line(panel(figure, "Value of the game"), "equilibrium −log 4")
    assert list(value.get_ydata()) == pytest.approx([-1.3862943611198906] * 2)
    assert value.is_dashed()
    half = line(panel(figure, "What D says of real and generated ones"), "equilibrium 1/2")
    assert set(half.get_ydata()) == {0.5}


def test_few_points_are_drawn_as_they_are():
    values = training(20)
    values["generator_loss"][3] = math.nan
    axes = panel(curves(values), "Losses")
    assert len(axes.lines) == 2
    generator = line(axes, "generator")
    kept = [row for row in range(20) if row != 3]
    assert list(generator.get_xdata()) == [values["step"][row] for row in kept]
    assert list(generator.get_ydata()) == [values["generator_loss"][row] for row in kept]


def test_many_points_stand_faint_under_their_mean():
    values = training(400)
    axes = panel(curves(values), "Losses")
    faint, bold, *_ = axes.lines
    assert list(faint.get_ydata()) == values["discriminator_loss"]
    assert faint.get_alpha() < 0.5
    assert bold.get_label() == "discriminator"
    assert bold.get_ydata() == pytest.approx(running_mean(values["discriminator_loss"], 11))
    assert numpy.std(bold.get_ydata()) < 0.5 * numpy.std(faint.get_ydata())


def test_the_running_mean_takes_fewer_neighbours_at_the_ends():
    assert running_mean([1.0, 2.0, 6.0, 4.0], 3) == pytest.approx([1.5, 3, 4, 5])
    assert running_mean([1.0, 2.0, 6.0], 1) == pytest.approx([1, 2, 6])


def test_gradient_norms_stand_on_a_log_axis_and_zero_is_left_out():
    values = training(5)
    values["generator_gradient_norm"] = [1.0, 0.0, 100.0, math.inf, 1e-3]
    axes = panel(curves(values), "Length of the gradients")
    assert axes.get_yscale() == "log"
    assert list(line(axes, "generator").get_ydata()) == [1.0, 100.0, 1e-3]


def test_the_learning_rate_is_drawn_where_it_changes():
    values = training(6)
    assert len(curves(values).axes) == 4
    values["learning_rate"] = [3e-4, 3e-4, 2e-4, 1e-4, 1e-4, math.nan]
    axes = panel(curves(values), "Learning rate")
    assert list(axes.lines[0].get_ydata()) == [3e-4, 3e-4, 2e-4, 1e-4, 1e-4]


def test_what_was_not_recorded_is_said_so():
    values = training(3)
    values["value"] = [math.nan] * 3
    del values["generator_loss"], values["discriminator_loss"]
    figure = curves(values)
    assert words(panel(figure, "Value of the game")) == ["not recorded"]
    assert words(panel(figure, "Losses")) == ["not recorded"]
    assert words(panel(figure, "Length of the gradients")) == []


@pytest.mark.parametrize("rows", [0, 1, MANY, MANY + 1])
def test_the_picture_is_written(tmp_path, rows):
    curves(training(rows), tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.format == "PNG"
        assert picture.width == 1440
    assert len(list(tmp_path.iterdir())) == 1


def test_columns_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="'step'"):
        curves({"value": [1.0]})
    with pytest.raises(ValueError, match="'value' has 1 values where 'step' has 2"):
        curves({"step": [1, 2], "value": [1.0]})
