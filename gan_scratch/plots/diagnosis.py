"""The picture of a diagnosis: samples beside data, and what the record of the training says."""

import textwrap

import numpy

from gan_scratch.plots import images, points, style
from gan_scratch.plots.figures import blank
from gan_scratch.plots.figures import save as save_figure

CURVES = {  # title -> (column of values.csv, its words, its colour)
    "D's probability that a sample is real": (
        ("probability_real", "of real samples", style.REAL),
        ("probability_fake", "of fakes", style.GENERATOR),
    ),
    "gradient norms": (
        ("discriminator_gradient_norm", "of D", style.DISCRIMINATOR),
        ("generator_gradient_norm", "of G", style.GENERATOR),
    ),
    "where the fakes are": (
        ("place_one", "mean along one axis", style.GENERATOR),
        ("place_two", "along another", style.VALUE),
        ("spread", "spread over the data's", style.INK),
    ),
}


def save(report, fakes, values, dataset, path):
    """A PNG with some fakes, some of the data, three curves of the record, and the diagnosis."""
    real = dataset.samples[: len(fakes)]
    with style.look():
        figure = blank(13, 6.4, layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(3, 2.4))
        left, middle, words = above.subplots(1, 3, width_ratios=(2, 2, 3))
        pictures = (left, fakes, "fakes"), (middle, real, "data")
        for axes, samples, title in pictures:
            axes.imshow(numpy.asarray(tile(samples, dataset)), interpolation="lanczos")
            axes.set(title=title)
            axes.set_axis_off()
        words.set_axis_off()
        said = [textwrap.fill(line, 66, subsequent_indent="    ")
                for line in str(report).split("\n")]
        words.text(0, 1, "\n".join(said), va="top", size=9, transform=words.transAxes)
        for axes, (title, columns) in zip(below.subplots(1, 3), CURVES.items(), strict=True):
            for name, label, color in columns:
                if numpy.isfinite(column := numpy.array(values.get(name, ()), float)).any():
                    seen = numpy.isfinite(column)
                    step = numpy.array(values["step"])[seen]
                    axes.plot(step, column[seen], color=color, label=label)
            axes.set(title=title, xlabel="step")
            if axes.lines:
                axes.legend()
            else:
                axes.text(0.5, 0.5, "not recorded", ha="center", transform=axes.transAxes)
            if "norms" in title and axes.lines:
                axes.set_yscale("symlog", linthresh=1e-6)
        save_figure(figure, path, dpi=110)


def tile(samples, dataset):
    if samples.ndim == 2:
        return points.scatter(samples, reference=dataset.samples[:1000]).convert("RGB")
    return images.grid(samples, columns=6, value_range=dataset.value_range, scale=2).convert("RGB")
