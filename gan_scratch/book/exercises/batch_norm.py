"""Exercises of chapter 9: the checker looks at layers, parts are put together number by number."""

import numpy as np

from gan_scratch.book.exercises import Wrong, called, expect
from gan_scratch.book.exercises.layer import judge_by_checker, samples


def in_use(answer):
    layer = answer(4, np.random.default_rng(1))

    def forward(x):
        x_hat = (x - layer.mean) / np.sqrt(layer.variance + 1e-5)
        return layer.gamma * x_hat + layer.beta

    judge_by_checker(layer, samples(5, 4), forward, ["mean", "variance"])


def layer_norm(answer):
    layer = answer(4, np.random.default_rng(1))

    def forward(x):
        c = x - x.mean(axis=1, keepdims=True)
        return layer.gamma * c / np.sqrt(c.var(axis=1, keepdims=True) + 1e-5) + layer.beta

    judge_by_checker(layer, samples(5, 4), forward)


def together(answer):
    rng = np.random.default_rng(0)
    for n1, n2 in ((5, 5), (7, 3), (1, 40)):
        one, two = rng.standard_normal(n1), 3 + 2 * rng.standard_normal(n2)
        every = np.concatenate([one, two])
        given = called(answer, n1, one.mean(), one.var(), n2, two.mean(), two.var())
        if given.shape != (2,):
            raise Wrong(f"two numbers are wanted, mean and variance, got an array of {given.shape}")
        for what, found, wanted in zip(
            ("mean", "variance"), given, (every.mean(), every.var()), strict=True
        ):
            expect(found, wanted, f"for {n1} and {n2} numbers the {what}")


CHECKS = {"1": in_use, "2": layer_norm, "3": together}
