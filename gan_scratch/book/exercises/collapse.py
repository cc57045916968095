"""Exercises of chapter 5, answered by the library's metric and by counting packs."""

import itertools

import numpy as np

from gan_scratch.book.exercises import Wrong, expect, number
from gan_scratch.datasets import ring
from gan_scratch.metrics.modes import coverage, kl_to_uniform


def modes_found(answer):
    """answer(points, means, σ): as many as metrics.modes.coverage counts."""
    rng = np.random.default_rng(1)
    apart = ring(10, rng, sigma=0.05).mixture
    overlapping = ring(10, rng, sigma=0.3).mixture  # 3σ reaches beyond the next centre
    outwards = apart.means / np.linalg.norm(apart.means, axis=1, keepdims=True)
    noise = 0.05 * rng.standard_normal((200, 2))
    cases = {
        "samples around three modes": (apart.means[rng.integers(3, size=200)] + noise, apart),
        "samples a little less than 3σ off": ((apart.means + 2.8 * 0.05 * outwards)[:5], apart),
        "samples a little more than 3σ off": ((apart.means + 3.2 * 0.05 * outwards)[:5], apart),
        "a spray": (rng.uniform(-1.5, 1.5, (4000, 2)), apart),
        "samples around two of several modes that overlap": (
            overlapping.means[[1, 2]].repeat(20, axis=0) + noise[:40], overlapping,
        ),
    }  # fmt: skip
    for name, (points, mixture) in cases.items():
        given = number(answer, points, mixture.means, mixture.sigma)
        expect(given, coverage(points, mixture).modes, f"the number of modes of {name}")


def unevenness(answer):
    """answer(counts): KL(shares ‖ uniform) in nats."""
    for counts in ([5, 5, 5, 5], [1, 2, 3, 4, 90], [7, 0, 0, 7]):
        with np.errstate(all="ignore"):
            given = number(answer, np.array(counts))
        if 0 in counts and not np.isfinite(given):
            raise Wrong(f"of the counts {counts} it is {given}; a share of 0 adds nothing")
        expect(given, kl_to_uniform(counts), f"the unevenness of the counts {counts}")


def pack_size(answer):
    """answer(found, modes, wanted): found by counting packs one size after the other."""
    cases = (7, 8, 0.5), (1, 2, 0.9), (99, 100, 0.5), (3, 8, 0.5), (1, 2, 0.75)
    for found, modes, wanted in cases:
        truth = next(k for k in itertools.count(1) if 1 - (found / modes) ** k >= wanted)
        given = number(answer, found, modes, wanted)
        if not (given >= 1 and given == np.floor(given) < np.inf):
            raise Wrong(
                f"with {found} of {modes} modes and {wanted} wanted, your answer is {given:g}; a "
                "pack has a whole number of samples, 1 or more"
            )
        if given != truth:
            raise Wrong(
                f"with {found} of {modes} modes, packs of {given:g} show "
                f"{1 - (found / modes) ** given:.3f} where {wanted} is wanted"
                + "; a smaller whole number does" * bool(given > truth)
            )


CHECKS = {"1": modes_found, "2": unevenness, "3": pack_size}
