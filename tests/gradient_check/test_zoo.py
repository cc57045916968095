"""The diagnosis, judged by wrong layers: those that it was tuned on, and those that it was not.

zoo/ was written before the diagnosis and cut in two by a seed; the files of LATE were written after
it, by others who had not seen it. A cause counts as named right
where its word is the one that the mistake was written down with or it tells the line after whose
change the gradient is right, and wrong where any other word is said.
"""

import collections

import numpy as np
import pytest
from zoo import (  # noqa: F401
    classroom,
    exam,
    flat,
    games,
    homework,
    images,
    second,
    seminar,
    sound,
    statistics,
    third,
)
from zoo.mistake import LATE, MISTAKES, halves

from gan_scratch.gradient_check import check, check_game, check_loss, check_penalty
from gan_scratch.models import mlp

TUNED, OTHER = halves()
LATER = [[name for name, wrong in MISTAKES.items() if wrong.late == file] for file in LATE]
SETS = [(TUNED, 0.98), (OTHER, 0.80), *((names, 0.70) for names in LATER)]
UNKNOWN = {"LSTMCell", "ConditionalBatchNorm"}  # what is not named yet; no others may be


def report_on(mistake, scale=1.0):
    """The Report of one mistake, dy of this size."""
    rng = np.random.default_rng(5)
    made, x = mistake.made(rng), mistake.input(rng)
    if mistake.kind == "loss":
        return check_loss(made, *x)
    if mistake.kind == "penalty":
        critic = mlp.discriminator((3, 3, 1), hidden=(6, 5), rng=rng).astype("float64")
        return check_penalty(made, critic, *rng.standard_normal((2, 5, 3, 3, 1)))
    if mistake.kind in "DG":
        steps = (made, None) if mistake.kind == "D" else (None, made)
        return check_game(x, rng.standard_normal((5, 3, 3, 1)), x.noise(5), steps=steps)
    inputs = [np.array(part) for part in x] if isinstance(x, tuple) else [np.array(x)]
    y = made.forward(*inputs)
    shape = np.shape(y[0] if isinstance(y, tuple) else y)
    return check(made, x, scale * rng.standard_normal(shape))


def verdict(mistake, report):
    """ "right", "wrong", "unknown", or "missed" where nothing was noticed.

    A cause that names a line was found by changing that line: the changed code was run, and its
    gradients are right on all inputs. That is right in whatever word it is said, as there is often
    more than one way to mend a pass."""
    named = [cause for cause in report.causes.values() if cause.word != "unknown"]
    if not named:
        return "missed" if report.passed else "unknown"
    about = mistake.about.replace(" ", "")  # d gamma or dgamma
    said = any(about in (cause.about + cause.sentence).replace(" ", "") for cause in named)
    words = mistake.cause.split(" | ")
    mended = [cause for cause in named if cause.about.startswith("line ")]
    known = all(cause.word in words for cause in named if cause not in mended)
    return "right" if (said or mended) and known else "wrong"


def verdicts(names, scale=1.0):
    """verdict -> names of mistakes, over those of which dy can have a size."""
    found = collections.defaultdict(list)
    for name in names:
        if scale == 1 or MISTAKES[name].kind == "layer":
            found[verdict(MISTAKES[name], report_on(MISTAKES[name], scale))].append(name)
    return dict(found)


def test_some_mistakes_of_each_set_are_named():
    """Each mistake takes seconds; the test after this one looks at all of them."""
    found = verdicts([name for names, _ in SETS for name in names[::6]])
    assert set(found) <= {"right", "unknown"}, found
    assert set(found.get("unknown", [])) <= UNKNOWN
    assert len(found["right"]) > 25


@pytest.mark.parametrize("scale", [
    pytest.param(1, marks=pytest.mark.thorough), *(
        pytest.param(scale, marks=pytest.mark.slow) for scale in (1e-5, 1e5)
    ),
])
@pytest.mark.parametrize("names, least", SETS, ids=["tuned", "other", *LATE])
def test_mistakes_are_named(names, least, scale):
    assert len(TUNED) + len(OTHER) >= 60 and len(names) > 15
    found = verdicts(names, scale)
    assert not found.get("wrong") and not found.get("missed"), found
    right, unknown = (len(found.get(word, [])) for word in ("right", "unknown"))
    assert right >= least * (right + unknown), found
    assert set(found.get("unknown", [])) <= UNKNOWN


def runs(seeds):
    for seed in seeds:
        name, run = sound.draw(seed)
        report = run()
        assert report.passed, f"seed {seed}, {name}\n{report}"


def test_nothing_is_said_of_right_layers():
    runs(range(40))


@pytest.mark.thorough
def test_nothing_is_said_of_right_layers_in_more_runs():
    runs(range(40, 200))


@pytest.mark.slow
def test_nothing_is_said_of_right_layers_in_many_runs():
    runs(range(200, 3000))
