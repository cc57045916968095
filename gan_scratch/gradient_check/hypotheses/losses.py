"""Hypotheses about losses of scores and targets: a cross-entropy or a squared distance behind a
sigmoid, a tanh, a softmax or nothing, and a hinge. The right one is known by its gradient, up to a
factor, and for each there is what students write instead.

Each is a generator of the causes that explain one Evidence.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, relative


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


ACTIVATIONS = {  # name -> (p of s, the way of a d through it, as p tells it)
    "sigmoid": (sigmoid, lambda p, d: d * p * (1 - p)),
    "tanh": (np.tanh, lambda p, d: d * (1 - p**2)),
    "softmax": (softmax, lambda p, d: p * (d - (p * d).sum(axis=-1, keepdims=True))),
}


def losses(s, t):
    """(the right gradient up to a factor, its formula, [(word, what is wrong, gradient), ...])"""
    yield s - t, "d score = 2 (score - target) / N", [
        ("path missing", "the target is forgotten", s),
        ("sign", "the target is added where it is to be taken off", s + t),
    ]
    yield (s - t) / (s * (1 - s)), "dp = (p - target) / (p (1 - p)) / N", [
        ("sigmoid twice", "p - t is the slope by the score; this loss takes probabilities, and the "
         "derivative of the sigmoid is not in it", s - t),
        ("sign", "the slope of one label has the other sign",
         -t / s - (1 - t) / (1 - s)),
    ]
    for name, (f, through) in ACTIVATIONS.items():
        p = f(s)
        lacks = f"the derivative of the {name} is missing"
        alone = "as if each probability depended on its own score alone"
        yield through(p, p - t), f"d score = 2 (p - target) times the derivative of the {name}", [
            ("derivative not applied", lacks, p - t),
            ("off-diagonal", f"the {name} is differentiated {alone}", (p - t) * p * (1 - p)),
        ]
        yield p - t, f"d score = ({name}(score) - target) / N", [
            ("without the sigmoid", f"the score itself stands where its {name} belongs", s - t),
            ("without the sigmoid", f"score > 0 stands where its {name} belongs", (s > 0) - t),
            ("without the sigmoid", "the exponentials are not divided by their sum", np.exp(s) - t),
            ("sigmoid twice", f"the derivative of the {name} is in it twice: the loss takes "
             "scores, and p - t has it already", (p - t) * p * (1 - p)),
            ("sigmoid twice", f"the {name} is taken of what is a probability already", f(p) - t),
            ("derivative not applied", f"it is the slope by the probability; {lacks}",
             -t / p if name == "softmax" else (p - t) / (p * (1 - p))),
            ("off-diagonal", f"only the labelled score gets a gradient, {alone}", t * (p - 1)),
            ("labels swapped", "the labels are swapped, 0 for 1", p - (1 - t)),
            ("labels swapped", "the labels are forgotten", p),
            ("sign", "the label is added where it is to be taken off", p + t),
        ]
    kept = (s - (s * t).sum(axis=-1, keepdims=True) + 1 > 0) * (1 - t)  # margins that are not kept
    count = t * kept.sum(axis=-1, keepdims=True)
    yield kept - count, "d score = [margin > 0], and at the label minus their number", [
        ("missing sum", "the label's score gets -1 instead of minus the number of margins that are "
         "not kept", kept - t),
        ("path missing", "the label's score gets nothing, and it stands in every margin", kept),
    ]


def other_formulas(e):
    """The gradient of a loss that is known here, and one of its mistakes in its place."""
    if e.y.ndim or len(e.subject.inputs) < 2:
        return
    s, t = e.value, one_hot(e.subject.inputs[1], e.value.shape)
    if t.shape != s.shape or not s.ndim:
        return
    with np.errstate(all="ignore"):
        for slope, formula, mistakes in losses(s, t):
            factor = (slope * e.numeric).sum() / (slope**2).sum()
            if not relative(factor * slope, e.numeric) < EXPLAINED:
                continue
            for word, words, wrong in mistakes:
                for size in (1, s.size, len(s), s.size / len(s)):
                    if e.explained_by(size * factor * wrong):
                        yield Cause(word, words, f"{e.d}: {words}.", formula)


def one_hot(labels, shape):
    """Labels as numbers of the scores' shape; integers (N,) of K classes as rows of 0 and 1."""
    if labels.dtype.kind in "iu" and len(shape) == 2 and labels.shape == shape[:1]:
        if labels.size and 0 <= labels.min() and labels.max() < shape[1]:
            return np.eye(shape[1])[labels]
    return labels
