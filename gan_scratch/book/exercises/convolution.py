"""Exercises of chapter 8: sizes are counted, adjoints are tried, gradients are differenced."""

import numpy as np

from gan_scratch.book.exercises import Unanswered, Wrong, called, expect

SIZES = [(28, 4, 2, 1), (7, 4, 2, 1), (9, 3, 1, 0), (11, 5, 3, 2), (8, 3, 2, 1)]  # n, k, s, p


def sizes(answer):
    for n, k, s, p in SIZES:
        places = len(range(0, n + 2 * p - k + 1, s))  # where a window begins
        pixels = len({o * s + t for o in range(n) for t in range(k)}) - 2 * p
        given = called(answer, n, k, s, p)
        if given.shape != (2,):
            raise Wrong(f"two numbers are wanted, places and pixels, got an array of {given.shape}")
        for what, found, wanted in zip(("places", "pixels"), given, (places, pixels), strict=True):
            if found != wanted:
                case = f"n = {n}, k = {k}, s = {s}, p = {p}"
                raise Wrong(f"for {case} there are not {found:g} {what}")


def add_back(answer):
    """⟨rows, patches(x)⟩ = ⟨add_back(rows), x⟩ for every x, so for each with a single 1 in it."""
    rng = np.random.default_rng(0)
    for n, k, s in ((9, 3, 2), (8, 4, 2), (7, 2, 1), (8, 3, 2)):
        places = (n - k) // s + 1
        rows = rng.standard_normal((2, places, k, 3))
        given = called(answer, rows.copy(), n, s)
        if given.shape != (2, n, 3):
            raise Wrong(f"x has shape {given.shape} instead of {(2, n, 3)}")
        wanted = np.zeros((2, n, 3))
        for pixel in range(n):
            seen = [(o, pixel - o * s) for o in range(places) if 0 <= pixel - o * s < k]
            wanted[:, pixel] = sum((rows[:, o, t] for o, t in seen), np.zeros((2, 3)))
        expect(given, wanted, f"x for n = {n}, k = {k}, s = {s}")


def three_products_back(answer):
    """Against complex steps through the two outputs as they are written, in four products."""
    rng = np.random.default_rng(0)
    d, g, dy = rng.standard_normal(3), rng.standard_normal(2), rng.standard_normal(2)
    result = answer(tuple(d), tuple(g), tuple(dy))
    if result is None:
        raise Unanswered
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("two things come back: the three gradients of d, and the two of g")
    for name, given, values in zip("dg", result, (d, g), strict=True):
        wanted = np.zeros(len(values))
        for i in range(len(values)):
            step = np.zeros(len(values), complex)
            step[i] = 1e-30j
            a, b = (d + step, g) if name == "d" else (d, g + step)
            y = a[0] * b[0] + a[1] * b[1], a[1] * b[0] + a[2] * b[1]
            wanted[i] = (dy[0] * y[0] + dy[1] * y[1]).imag / 1e-30
        expect(given, wanted, f"the gradient of {name}")


CHECKS = {"1": sizes, "2": add_back, "3": three_products_back}
