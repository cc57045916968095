"""Exercises of chapter 1, answered by playing the Dirac-GAN."""

import numpy as np

from gan_scratch.book.exercises import Wrong, called, expect, number
from gan_scratch.losses import Minimax
from gan_scratch.penalties import R1
from gan_scratch.theory import alternating, dirac, one_simultaneous_step

ORIGIN = (0.0, 0.0)


def alternating_step(step):
    """step(θ, ψ, h) -> (θ, ψ) after D has moved and G has answered."""
    position = (1.0, -1.0)
    for count in range(1, 21):
        given = called(step, *position, 0.1)
        if given.size != 2:
            raise Wrong(f"a step gives (θ, ψ), two numbers, and yours gives {given.size}")
        position = tuple(given.ravel())
        truth = alternating(dirac(Minimax()), count)[-1]
        try:
            expect(position, truth, f"the position after {count} steps", 1e-6)
        except Wrong as wrong:
            raise Wrong(f"{wrong}: {order_of_moves(step)}") from None


def order_of_moves(step):
    """Which of the usual other steps the reader has written, if it is one of them."""
    generator_first = alternating(dirac(Minimax()), 1, first="generator")[-1]
    here = dirac(Minimax())
    at_once = here.position + here.step_size * here.velocity()
    given = called(step, 1.0, -1.0, 0.1).ravel()
    if np.allclose(given, at_once):
        return "both players move from the same position; G has to see the ψ that D just reached"
    if np.allclose(given, generator_first):
        return "G moves first in yours; here D does"
    return "work out θ̇ and ψ̇ at a point by hand and compare"


def growth_at_once(growth):
    """growth(h, γ): the larger |μ| of one simultaneous step with R1."""
    for h in (0.05, 0.3, 0.9):
        for gamma in (0.0, 0.3, 1.0, 1.7, 9.0):
            jacobian = dirac(Minimax(), [R1(gamma)] if gamma else ()).jacobian(ORIGIN)
            truth = np.abs(np.linalg.eigvals(one_simultaneous_step(jacobian, h))).max()
            # Where two eigenvalues meet their numeric values are good to half the digits.
            expect(number(growth, h, gamma), truth, f"|μ| at h = {h}, γ = {gamma}", 1e-7)


def largest_step(limit):
    """limit(γ): the largest step of simultaneous descent that still converges, for γ below 1."""
    for gamma in (0.1, 0.3, 0.8):
        h = number(limit, gamma)
        if not h > 0:
            raise Wrong(f"at γ = {gamma} your step is {h:g}, and a step is above 0")
        jacobian = dirac(Minimax(), [R1(gamma)]).jacobian(ORIGIN)
        below, above = (
            np.abs(np.linalg.eigvals(one_simultaneous_step(jacobian, factor * h))).max()
            for factor in (0.999, 1.001)
        )
        if below >= 1:
            said = f"at γ = {gamma} a step just below {h:.4g} grows all the same"
            raise Wrong(f"{said}, by a factor of {below:.5g}")
        if above <= 1:
            said = f"at γ = {gamma} a step just above {h:.4g} still shrinks"
            raise Wrong(f"{said}, by a factor of {above:.5g}")


CHECKS = {"1": alternating_step, "2": growth_at_once, "3": largest_step}
