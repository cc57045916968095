"""Hypotheses about losses: the right loss is known by its gradient, and for each there are formulas
that students write instead.

Each is a generator of the causes that explain one Evidence.
"""

from typing import Any, NamedTuple

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, relative
from gan_scratch.gradient_check.hypotheses.functions import sigmoid


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


class Loss(NamedTuple):
    """A loss of scores s and targets t.

    probability     s -> p, for the gradients to be made of
    gradient        (s, p, t) -> the right one, up to a factor
    formula         the same in words
    mistakes        (word, what is wrong, gradient) of each that is written instead
    """

    probability: Any
    gradient: Any
    formula: str
    mistakes: tuple


OF_LABELS = (
    ("labels swapped", "the labels are swapped, 0 for 1", lambda s, p, t: p - (1 - t)),
    ("labels swapped", "the labels are forgotten", lambda s, p, t: p),
    ("sign", "the label is added where it is to be taken off", lambda s, p, t: p + t),
)
SIGMOID = Loss(
    sigmoid,
    lambda s, p, t: p - t,
    "d score = (σ(score) - target) / N",
    (
        ("without the sigmoid", "the score itself stands where its sigmoid belongs",
         lambda s, p, t: s - t),
        ("without the sigmoid", "score > 0 stands where its sigmoid belongs",
         lambda s, p, t: (s > 0) - t),
        ("sigmoid twice", "the derivative of the sigmoid is in it twice: the loss takes scores, "
         "and p - t has it already", lambda s, p, t: (p - t) * p * (1 - p)),
        ("sigmoid twice", "the sigmoid is taken of what is a probability already",
         lambda s, p, t: sigmoid(p) - t),
        ("derivative not applied", "it is the slope by the probability; the derivative of the "
         "sigmoid, p (1 - p), is missing", lambda s, p, t: (p - t) / (p * (1 - p))),
        *OF_LABELS,
    ),
)
SOFTMAX = Loss(
    softmax,
    lambda s, p, t: p - t,
    "d score = (softmax(score) - one-hot label) / N",
    (
        ("without the sigmoid", "the score itself stands where its softmax belongs",
         lambda s, p, t: s - t),
        ("without the sigmoid", "the exponentials are not divided by their sum",
         lambda s, p, t: np.exp(s) - t),
        ("without the sigmoid", "a sigmoid of each score stands where the softmax of all belongs",
         lambda s, p, t: sigmoid(s) - t),
        ("sigmoid twice", "p - t has the derivative of the softmax already, and it is multiplied "
         "by p (1 - p) once more", lambda s, p, t: (p - t) * p * (1 - p)),
        ("sigmoid twice", "p - t has the derivative of the softmax already, and goes through it "
         "once more",
         lambda s, p, t: p * (p - t - ((p - t) * p).sum(axis=-1, keepdims=True))),
        ("off-diagonal", "only the labelled score gets a gradient, as if each probability depended "
         "on its own score alone", lambda s, p, t: t * (p - 1)),
        ("sigmoid twice", "the softmax is taken of what are probabilities already",
         lambda s, p, t: softmax(p) - t),
        ("derivative not applied", "it is the slope by the probabilities; the derivative of the "
         "softmax is missing", lambda s, p, t: -t / p),
        ("path missing", "the term of log Σ exp(score) is missing", lambda s, p, t: -t),
        ("wrong axis", "the softmax is taken over the batch", lambda s, p, t: softmax(s, 0) - t),
        *OF_LABELS,
    ),
)
PROBABILITY = Loss(
    lambda s: s,
    lambda s, p, t: (p - t) / (p * (1 - p)),
    "dp = (p - target) / (p (1 - p)) / N",
    (
        ("sigmoid twice", "p - t is the slope by the score; this loss takes probabilities, and the "
         "derivative of the sigmoid is not in it", lambda s, p, t: p - t),
        ("labels swapped", "the labels are swapped, 0 for 1",
         lambda s, p, t: (p - (1 - t)) / (p * (1 - p))),
    ),
)
SQUARE = Loss(
    lambda s: s,
    lambda s, p, t: s - t,
    "d score = 2 (score - target) / N",
    (
        ("path missing", "the target is forgotten", lambda s, p, t: s),
        ("sign", "the target is added where it is to be taken off", lambda s, p, t: s + t),
        ("local derivative", "the difference is squared once more", lambda s, p, t: (s - t) ** 2),
        ("local derivative", "the distance stands where the difference belongs",
         lambda s, p, t: np.abs(s - t)),
        ("local derivative", "the sign of the difference stands where the difference belongs",
         lambda s, p, t: np.sign(s - t)),
    ),
)


def margins(s, t):
    """Which scores of other classes come within 1 of the labelled one's."""
    return (s - (s * t).sum(axis=-1, keepdims=True) + 1 > 0) * (1 - t)


def how_many(s, t):
    return margins(s, t).sum(axis=-1, keepdims=True)


HINGE = Loss(
    lambda s: s,
    lambda s, p, t: -t * (s * t < 1),
    "d score = -target where target · score < 1, else 0",
    (
        ("derivative not applied", "the distance to the margin stands where its slope belongs",
         lambda s, p, t: -t * np.maximum(0, 1 - s * t)),
        ("local derivative", "the score stands where the label belongs",
         lambda s, p, t: -s * (s * t < 1)),
    ),
)
HINGE_OF_CLASSES = Loss(
    lambda s: s,
    lambda s, p, t: margins(s, t) - t * how_many(s, t),
    "d score = [margin > 0], and at the label minus their number",
    (
        ("missing sum", "the label's score gets -1 instead of minus the number of margins that "
         "are not kept", lambda s, p, t: margins(s, t) - t),
        ("path missing", "the label's score gets nothing, and it stands in every margin",
         lambda s, p, t: margins(s, t)),
        ("mask", "the label itself is counted among the margins",
         lambda s, p, t: margins(s, t) - t * (how_many(s, t) - 1)),
        ("sign", "the label's score has the wrong sign",
         lambda s, p, t: margins(s, t) + t * how_many(s, t)),
    ),
)


LOSSES = SIGMOID, SOFTMAX, PROBABILITY, SQUARE, HINGE, HINGE_OF_CLASSES


def other_formulas(e):
    """The gradient of a loss that is known here, and one of its mistakes in its place."""
    if e.y.ndim or len(e.subject.inputs) < 2 or np.shape(e.claim) != e.numeric.shape:
        return
    s, t = e.value, one_hot(e.subject.inputs[1], e.value.shape)
    if t.shape != s.shape or not s.ndim:
        return
    for loss in LOSSES:
        with np.errstate(all="ignore"):
            p = loss.probability(s)
            slope = loss.gradient(s, p, t)
            factor = (slope * e.numeric).sum() / (slope**2).sum()
            if not relative(factor * slope, e.numeric) < EXPLAINED:
                continue
            for word, words, wrong in loss.mistakes:
                for size in (1, s.size, len(s), s.size / len(s)):
                    if e.explained_by(size * factor * wrong(s, p, t)):
                        yield Cause(word, words, f"{e.d}: {words}.", loss.formula)


def one_hot(labels, shape):
    """Labels as numbers of the scores' shape; integers (N,) of K classes as rows of 0 and 1."""
    if labels.dtype.kind in "iu" and len(shape) == 2 and labels.shape == shape[:1]:
        if labels.size and 0 <= labels.min() and labels.max() < shape[1]:
            return np.eye(shape[1])[labels]
    return labels


def huber(e):
    """A square near the target and a line further away: the slope is clip(score - target, ±δ)."""
    if e.y.ndim or len(e.subject.inputs) < 2 or np.shape(e.claim) != e.numeric.shape:
        return
    if e.subject.inputs[1].shape != e.value.shape or not e.value.ndim:
        return
    d, n = e.value - e.subject.inputs[1], e.numeric
    near = np.abs(n) < (1 - EXPLAINED) * np.abs(n).max(initial=0)
    if not near.any() or near.all():
        return
    factor = (n * d)[near].sum() / ((d**2)[near].sum() or 1.0)
    if not factor > 0:
        return
    delta = np.abs(n).max() / factor
    if relative(factor * np.clip(d, -delta, delta), n) > EXPLAINED:
        return
    line = np.sign(d) * delta
    for about, words, wrong in (
        ("±1", "is ±1 where it is to be ±δ, far from the target", np.where(near, d, np.sign(d))),
        ("without a sign", "has no sign far from the target", np.where(near, d, delta)),
        ("not bounded", "is that of a square everywhere; far from the target it is ±δ", d),
        ("everywhere ±δ", "is ±δ near the target too, where it is the difference", line),
        ("swapped", "is that of the line near the target and that of the square further away",
         np.where(near, line, d)),
        ("half", "lacks the factor that the square gives it near the target",
         np.where(near, d / 2, line)),
        ("twice", "is twice too large near the target, where the square is halved",
         np.where(near, 2 * d, line)),
    ):
        if e.explained_by(factor * wrong):
            yield Cause("wrong slope", about, f"{e.d} {words}.", "d score = clip(d, -δ, δ) / N")


def hinge_mask(e):
    """A hinge: a score has its label's slope or none."""
    if e.y.ndim or np.shape(e.claim) != e.numeric.shape:
        return
    right, claimed = (np.abs(v) for v in (e.numeric, e.claim))
    steep, taken = (v > 1e-9 * right.max(initial=0) for v in (right, claimed))
    slopes = right[steep]
    if not slopes.size or not taken.any() or len(np.unique(slopes.round(9))) > min(2, slopes.size):
        return
    off = steep != taken
    known = np.isclose(claimed[taken & off][:, None], slopes, rtol=1e-6).any(axis=1).all()
    same = np.allclose(e.claim[steep & taken], e.numeric[steep & taken], rtol=1e-6, atol=0)
    if off.any() and known and same:
        yield Cause(
            "mask", "", f"{e.d} has a slope where the loss is flat or none where it is steep, in "
            f"{int(off.sum())} of {off.size} scores: the condition of the hinge is wrong.",
            "d score = ∓1/N where the margin is not reached, else 0",
        )


def means_taken_as_constants(e):
    """A relativistic loss, of score - mean of the other scores: it stays the same where all scores
    grow alike. What is claimed is off by one number for the real ones and by one for the fakes."""
    if e.y.ndim or np.shape(e.claim) != e.value.shape or e.value.size < 4:
        return
    right = [other.numeric for other in e.others.values()]
    if abs(sum(n.sum() for n in right)) > EXPLAINED * sum(np.abs(n).sum() for n in right):
        return
    off = (e.claim - e.numeric).ravel()
    groups = len(np.unique(np.round(off / np.abs(off).max(), 6)))
    if (groups, len(right)) in ((1, 2), (2, 1)):  # two arrays of scores, or both in one
        yield Cause(
            "path missing", "means", f"{e.d} is off by one number for all real scores and by one "
            "for all fakes: each score also stands in a mean that the others are compared with, "
            "and that mean is taken for a constant.",
            "L = f(s - mean s')  ⇒  ds' = -Σ f'(s - mean s') / N' beside its own term",
        )
