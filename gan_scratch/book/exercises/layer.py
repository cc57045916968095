"""Exercises of chapter 3: the gradient checker looks at the reader's classes."""

import numpy as np

from gan_scratch.book.exercises import Unanswered, Wrong
from gan_scratch.gradient_check import check


def judge_by_checker(layer, x, forward, constants=()):
    """Of a layer whose forward pass is to stay as it was given, what the checker says is wrong."""
    rng = np.random.default_rng(0)
    y, cache = layer.forward(x)
    if not np.allclose(y, forward(x), rtol=1e-12):
        raise Wrong("leave forward as it was: its y has changed")
    if layer.backward(rng.standard_normal(np.shape(y)), cache) is None:
        raise Unanswered
    report = check(layer, x, constants=constants)
    if report.passed and report.not_compared:
        missing = " and ".join(f"self.d{name}" for name in report.not_compared)
        raise Wrong(f"dx is right, and {missing} is not set")
    if not report.passed:
        raise Wrong(report.diagnosis)


def built(answer, *arguments):
    """A layer of the reader's class; an object that was built already will do."""
    return answer(*arguments) if isinstance(answer, type) else answer


def softplus(answer):
    judge_by_checker(built(answer), samples(5, 4), lambda x: np.logaddexp(0, x))


def scale(answer):
    layer = built(answer, 4, np.random.default_rng(1))
    judge_by_checker(layer, samples(5, 4), lambda x: layer.g * x)


def normalize(answer):
    """The checker's words for normalisations speak of a mean and a variance, and here are none."""

    def forward(x):
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    layer, x = built(answer), samples(5, 4)
    try:
        judge_by_checker(layer, x, forward)
    except Wrong as said:
        raise Wrong(missing_part(layer, x, forward) or said) from None


def missing_part(layer, x, forward):
    """What lies between the reader's dx and the slopes of `forward`, if it is a single thing."""
    y, cache = layer.forward(x)
    dy = np.random.default_rng(3).standard_normal(y.shape)
    dx = np.asarray(layer.backward(dy, cache))
    if dx.shape != x.shape or not dx.any():
        return None
    right = np.array([
        [(dy[n] * (forward(x + step) - forward(x - step))[n]).sum() / 2e-6 for step in steps]
        for n, steps in enumerate(1e-6 * np.eye(x.size).reshape(*x.shape, *x.shape))
    ])  # fmt: skip
    factor = (dx * right).sum(axis=1, keepdims=True) / (right**2).sum(axis=1, keepdims=True)
    if (factor > 0).all() and np.allclose(dx, factor * right, rtol=1e-4, atol=1e-6):
        return "dx points the right way in each row, but its length is wrong"
    off = dx - right
    if np.allclose(off, (off * y).sum(axis=1, keepdims=True) * y, rtol=1e-4, atol=1e-6):
        return (
            "dx is off by a multiple of y in each row: the part that comes through the length ‖x‖ "
            "is missing or wrong"
        )
    return None


def samples(*shape):
    return np.random.default_rng(2).standard_normal(shape)


CHECKS = {"1": softplus, "2": scale, "3": normalize}
