"""Exercises of chapter 5, answered by the library's metric and by counting packs."""

import itertools

import numpy as np

from gan_scratch.book.exercises import called, differs
from gan_scratch.datasets import ring
from gan_scratch.metrics.modes import coverage, kl_to_uniform


def modes_found(answer):
    """answer(points, means, σ): as many as metrics.modes.coverage counts."""
    mixture = ring(10, np.random.default_rng(0), sigma=0.05).mixture
    rng = np.random.default_rng(1)
    some = mixture.means[rng.integers(3, size=200)] + 0.05 * rng.standard_normal((200, 2))
    near_miss = mixture.means[:5] * (1 + 3.2 * mixture.sigma)
    wide = rng.uniform(-1.5, 1.5, (4000, 2))
    cases = {
        "samples around three modes": some,
        "samples a little more than 3σ off": near_miss,
        "a spray": wide,
    }
    for name, points in cases.items():
        given = called(answer, points, mixture.means, mixture.sigma)
        wrong = differs(given, coverage(points, mixture).modes, f"the number of modes of {name}")
        if wrong:
            return wrong
    return None


def unevenness(answer):
    """answer(counts): KL(shares ‖ uniform) in nats."""
    for counts in ([5, 5, 5, 5], [1, 2, 3, 4, 90], [7, 0, 0, 7]):
        with np.errstate(all="ignore"):
            given = called(answer, np.array(counts))
        if not np.isfinite(given).all():
            return f"of the counts {counts} it is {given}; a share of 0 adds nothing"
        wrong = differs(given, kl_to_uniform(counts), f"the unevenness of the counts {counts}")
        if wrong:
            return wrong
    return None


def pack_size(answer):
    """answer(found, modes, wanted): found by counting packs one size after the other."""
    for found, modes, wanted in ((7, 8, 0.5), (1, 2, 0.9), (99, 100, 0.5), (3, 8, 0.5)):
        truth = next(k for k in itertools.count(1) if 1 - (found / modes) ** k >= wanted)
        given = float(called(answer, found, modes, wanted))
        if given != truth:
            seen = 1 - (found / modes) ** given
            return (
                f"with {found} of {modes} modes, packs of {given:g} show {seen:.3f} where "
                f"{wanted} is wanted" + ("" if seen < wanted else "; a smaller whole number does")
            )
    return None


CHECKS = {"1": modes_found, "2": unevenness, "3": pack_size}
