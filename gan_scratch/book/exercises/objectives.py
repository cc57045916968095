"""Exercises of chapter 6: the gradient checker looks at the reader's losses."""

import numpy as np

from gan_scratch.book.exercises import Unanswered, Wrong, expect, number, numbers
from gan_scratch.gradient_check import check_loss
from gan_scratch.losses import Hinge, Relativistic


def judge_loss(answer, objective, shift):
    """The loss of the library, and derivatives that the checker accepts."""
    real, fake = np.random.default_rng(3).standard_normal((2, 8, 1)) + shift
    given = answer(real, fake)
    if given is None:
        raise Unanswered
    if not isinstance(given, (tuple, list)) or len(given) != 3:
        raise Wrong("three things come back: the loss, d_real and d_fake")
    expect(given[0], objective.discriminator(real, fake)[0], "the loss")
    report = check_loss(lambda r, f: tuple(map(numbers, answer(r, f))), real, fake)
    if not report.passed:
        raise Wrong(report.diagnosis)


def hinge(answer):
    judge_loss(answer, Hinge(), 0.3)


def relativistic(answer):
    judge_loss(answer, Relativistic(), 0.0)


def best_least_squares(answer):
    """answer(p, q, a, b): the minimum over a fine grid of scores."""
    scores = np.linspace(-3, 3, 60_001)
    for p, q, a, b in ((0.3, 0.1, 0, 1), (0.2, 0.5, -1, 1), (0.4, 0.4, 0.5, 2)):
        cost = p * (scores - b) ** 2 + q * (scores - a) ** 2
        given = number(answer, p, q, a, b)
        what = f"the score at p = {p}, q = {q} with targets {a} and {b}"
        expect(given, scores[cost.argmin()], what, 2e-4)


CHECKS = {"1": hinge, "2": best_least_squares, "3": relativistic}
