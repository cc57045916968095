"""The curves of a training: what the monitors wrote down, with the equilibrium beside it.

At the equilibrium of the minimax game D cannot tell real from fake: it says 1/2 to everything, and
V(D, G) is -log 4 (Goodfellow et al. 2014, theorem 1).
"""

import csv
import math

import numpy
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from gan_scratch.plots import style
from gan_scratch.plots.figures import blank, save

EQUILIBRIUM_PROBABILITY = 0.5
EQUILIBRIUM_VALUE = -math.log(4)

# Above this many points a curve is drawn faint, with its running mean over it.
MANY = 60


def read_values(path):
    """The columns of a `values.csv`, each a list of floats; an empty field is NaN.

    A last row that is cut short, as in a run that was stopped while writing, ends in NaN too.
    Raises ValueError, naming the line, for a field that is no number.
    """
    with open(path, newline="", encoding="utf-8", errors="replace") as stream:
        reader = csv.DictReader(stream)
        values = {name: [] for name in reader.fieldnames or ()}
        for row in reader:
            for name, column in values.items():
                try:
                    column.append(float(row[name] or "nan"))
                except ValueError:
                    raise ValueError(
                        f"{path}, line {reader.line_num}: {name} is {row[name]!r}, not a number"
                    ) from None
    return values


def curves(values, path=None):
    """A figure of the losses, D's probabilities, V(D, G), the gradient norms and the learning rate.

    `values` maps a column of `values.csv` to a list of numbers, all as long as `values["step"]`.
    Columns may be missing and numbers may be NaN; they are not drawn. The learning rate is drawn
    where it changes. The figure is written to `path`, as a PNG of 1440 pixels in width, and
    returned. Raises ValueError without steps or for columns of different lengths.
    """
    table = _as_arrays(values)
    with style.look():
        figure = _figure(table)
        if path is not None:
            save(figure, path, dpi=160)
    return figure


def running_mean(numbers, width):
    """The mean of each number and its neighbours, `width` (odd) in all and fewer at the ends."""
    both = numbers, numpy.ones(len(numbers))
    total, count = (numpy.convolve(each, numpy.ones(width), "same") for each in both)
    return total / count


def _as_arrays(values):
    if "step" not in values:
        raise ValueError("values must have a column 'step' to draw the others over")
    table = {name: numpy.asarray(column, "float64") for name, column in values.items()}
    for name, column in table.items():
        if column.shape != table["step"].shape:
            raise ValueError(
                f"column {name!r} has {len(column)} values where 'step' has {len(table['step'])}"
            )
    return table


def _figure(table):
    step, rate = _recorded(table, "learning_rate")
    rate_changes = len(numpy.unique(rate)) > 1
    heights = [2, 2, 1] if rate_changes else [2, 2]
    figure = blank(9, 7.6 if rate_changes else 6.1, dpi=100, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, wspace=0.03, hspace=0.04)
    places = figure.add_gridspec(len(heights), 2, height_ratios=heights)
    _panels(*(figure.add_subplot(places[at]) for at in numpy.ndindex(2, 2)), table)
    if rate_changes:
        axes = figure.add_subplot(places[2, :])
        axes.set(ylabel="rate", ylim=(0, 1.1 * rate.max()))
        axes.set_title("Learning rate", pad=8)
        axes.plot(step, rate, color=style.INK, linewidth=1.4)
    for axes in figure.axes:
        _finish(axes, table["step"])
    if len(table["step"]) > MANY:
        words = "faint: every monitored step; bold: running mean"
        figure.supxlabel(words, fontsize=9, color=style.FAINT_INK)
    return figure


def _panels(losses, probabilities, value, norms, table):
    losses.set(title="Losses", ylabel="loss")
    _line(losses, table, "discriminator_loss", style.DISCRIMINATOR, "discriminator")
    _line(losses, table, "generator_loss", style.GENERATOR, "generator")
    probabilities.set(
        title="What D says of real and generated ones", ylabel="probability of being real",
        ylim=(-0.03, 1.03),
    )
    _line(probabilities, table, "probability_real", style.REAL, "real")
    _line(probabilities, table, "probability_fake", style.GENERATOR, "generated")
    _equilibrium(probabilities, EQUILIBRIUM_PROBABILITY, "equilibrium 1/2")
    value.set(title="Value of the game", ylabel="V(D, G)")
    _line(value, table, "value", style.VALUE, "V(D, G)")
    _equilibrium(value, EQUILIBRIUM_VALUE, "equilibrium −log 4")
    norms.set(title="Length of the gradients", ylabel="norm", yscale="log")
    _line(norms, table, "discriminator_gradient_norm", style.DISCRIMINATOR, "discriminator")
    _line(norms, table, "generator_gradient_norm", style.GENERATOR, "generator")


def _recorded(table, name):
    """(steps, numbers) of a column, where there is a number; both empty without the column."""
    if name not in table:
        return numpy.empty(0), numpy.empty(0)
    recorded = numpy.isfinite(table["step"]) & numpy.isfinite(table[name])
    return table["step"][recorded], table[name][recorded]


def _line(axes, table, name, color, label):
    """One column over the steps: as it is where points are few, under its running mean else."""
    step, numbers = _recorded(table, name)
    if axes.get_yscale() == "log":
        step, numbers = step[numbers > 0], numbers[numbers > 0]
    if not len(numbers):
        return
    if len(numbers) <= MANY:
        axes.plot(step, numbers, color=color, linewidth=1.8, marker=".", markersize=4, label=label)
        return
    axes.plot(step, numbers, color=color, linewidth=0.7, alpha=0.25)
    mean = running_mean(numbers, 2 * (len(numbers) // 80) + 1)
    axes.plot(step, mean, color=color, linewidth=2, label=label)


def _equilibrium(axes, height, label):
    """A dashed line, where there is something to compare with it."""
    if axes.lines:
        axes.axhline(height, color=style.INK, linewidth=1.1, linestyle=(0, (5, 4)), label=label)


def _finish(axes, step):
    """The steps along the bottom, the same in every panel, and the legend over the top."""
    axes.set_xlabel("step")
    if not axes.lines:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", va="center")
        return
    if numpy.nanmax(step) > 0:
        axes.set_xlim(0, numpy.nanmax(step))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3).set_in_layout(False)
