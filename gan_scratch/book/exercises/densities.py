"""Exercises of chapter 2, answered from the densities of two normals."""

import numpy as np

from gan_scratch import theory
from gan_scratch.book.exercises import Wrong, called, expect, number

GRID = np.linspace(-10, 14, 4001)
DX = GRID[1] - GRID[0]


def best_discriminator(answer):
    """answer(p, q, share): where a small change of D in either direction lowers its value."""
    p = theory.normal_density(np.linspace(-3, 5, 17))
    q = theory.normal_density(np.linspace(-3, 5, 17), 2.0)
    for share in (0.5, 0.2, 0.9):
        given = called(answer, p, q, share)
        if given.shape != p.shape:
            raise Wrong(f"D* has shape {given.shape}, and the densities have {p.shape}")
        if not ((given > 0) & (given < 1)).all():
            raise Wrong(f"a probability lies between 0 and 1; yours goes to {given.max():.3g}")

        def value(discriminator, share=share):
            return share * p * np.log(discriminator) + (1 - share) * q * np.log(1 - discriminator)

        beside = [given + h * given * (1 - given) for h in (-1e-3, 1e-3)]
        better = np.maximum(*map(value, beside)) - value(given)
        if better.max() > 0:
            x = np.linspace(-3, 5, 17)[better.argmax()]
            raise Wrong(f"with a share of {share} another D is better, for example at x = {x:g}")


def mean_over_data(answer):
    """answer(f of fakes, scores): the data's mean of x, x² and cos x."""
    for theta in (1.0, -0.5):
        fakes = theory.quantiles(20000) + theta
        scores = theory.optimal_logit(fakes, theta)
        for name, f, truth in (
            ("1", np.ones_like, 1.0), ("x", lambda x: x, 0.0), ("x²", np.square, 1.0),
            ("cos x", np.cos, np.exp(-0.5)),
        ):  # fmt: skip
            given = called(answer, f(fakes), scores)
            if given.size != 1:
                raise Wrong(f"the mean is one number, and yours has shape {given.shape}")
            expect(given.item(), truth, f"the mean of {name} (fakes at θ = {theta:g})", 2e-2)


def what_it_minimises(answer):
    """answer(KL(q‖p), JSD): its slope is that of the non-saturating loss at D*."""
    p = theory.normal_density(GRID)
    for theta in (0.5, 1.0, 3.0):
        q = theory.normal_density(GRID, theta)
        fooled = (q * theory.optimal_discriminator(p, q)).sum() * DX
        values = [
            number(answer, t * t / 2, theory.jensen_shannon(p, theory.normal_density(GRID, t), DX))
            for t in (theta - 1e-4, theta + 1e-4)
        ]
        slope = (values[1] - values[0]) / 2e-4
        expect(slope, theta * (1 - fooled), f"its slope at θ = {theta:g}", 1e-5)


CHECKS = {"1": best_discriminator, "2": mean_over_data, "3": what_it_minimises}
