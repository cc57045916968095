"""The two sides of the min-max game, on scores.

A score is what D gives a sample, shape (N, 1), with nothing behind it: for the logistic objectives
it is a logit, and σ(score) is D's probability that the sample is real. Working on scores keeps
every loss exact where that probability rounds to 0 or 1.

    loss, d_real, d_fake = objective.discriminator(real_score, fake_score)
    loss, d_fake = objective.generator(fake_score, real_score)

`d_real` and `d_fake` are the derivatives of the loss by the scores: where the backward pass
starts. All losses are means over the batch, and are minimised. In the formulas r is the score of a
real sample, f that of a fake.

                    D minimises                      G minimises        at the equilibrium, D and G
    Minimax         mean ζ(-r) + mean ζ(f)           -mean ζ(f)         2 log 2, -log 2
    NonSaturating   the same                         mean ζ(-f)         2 log 2, log 2
    LeastSquares    (mean (r-1)² + mean f²) / 2      mean (f-1)² / 2    1/4, 1/8
    Hinge           mean [1-r]₊ + mean [1+f]₊        -mean f            2, free
    Wasserstein     mean f - mean r                  -mean f            0, free
    Relativistic    mean ζ(f-r)                      mean ζ(r-f)        log 2, log 2

with ζ(t) = log(1 + eᵗ) (softplus) and [t]₊ = max(t, 0).
"""

import numpy as np

from gan_scratch.backend import array_module, backend_of
from gan_scratch.layers.activations import sigmoid, softplus
from gan_scratch.layers.layer import COMPUTED_IN, DTYPES
from gan_scratch.shown import shown


class Objective:
    """What the two players play for. A subclass writes both losses with their derivatives.

    needs_real: whether the generator's loss looks at the scores of real samples too.
    """

    needs_real = False
    __repr__ = shown

    def discriminator(self, real_score, fake_score):
        """(loss, dloss/dreal_score, dloss/dfake_score), a 0-d array and two (N, 1)."""
        raise NotImplementedError(f"{type(self).__name__} has no discriminator loss")

    def generator(self, fake_score, real_score=None):
        """(loss, dloss/dfake_score), a 0-d array and (N, 1)."""
        raise NotImplementedError(f"{type(self).__name__} has no generator loss")

    # Second derivatives and what else unrolling asks for.

    def generator_by_real(self, fake_score, real_score):
        """dloss/dreal_score of G's loss, where it needs_real. G's own step has no use for it."""
        raise NotImplementedError(f"{type(self).__name__}'s generator loss looks at fakes only")

    def discriminator_tangent(self, real_score, fake_score, real_dot, fake_dot):
        """How d_real and d_fake of `discriminator` change along directions of the scores:
        the second derivative of D's loss times (ṙ, ḟ), two arrays (N, 1)."""
        raise NotImplementedError(f"{type(self).__name__} has no second derivative")

    # To look at; no gradient needs these.

    def logit(self, score):
        """The score read as log odds of "real". Where D is trained to another target than a
        probability (hinge, Wasserstein, relativistic) it orders samples and is no more than that.
        """
        return score

    def probability(self, score):
        """D(x) = σ(logit): how sure D is that x is real."""
        expect_scores(score)
        return sigmoid(self.logit(score))

    def value(self, real_score, fake_score):
        """V(D, G) = mean log D(x) + mean log(1 - D(G(z))), which is -log 4 at the equilibrium."""
        expect_scores(real_score, fake_score)
        real, fake = self.logit(real_score), self.logit(fake_score)
        return -softplus(-real).mean() - softplus(fake).mean()


class Logistic(Objective):
    """D as a classifier with the cross-entropy loss (Goodfellow et al. 2014, equation 1).

    V = mean log D(x) + mean log(1 - D(G(z))),   loss = -V,   with D = σ(score)
    loss_D = mean ζ(-r) + mean ζ(f)
    d_real = -σ(-r) / N         d_fake = σ(f) / N
    At the equilibrium D = 1/2 everywhere and V = -log 4.
    """

    def discriminator(self, real_score, fake_score):
        expect_scores(real_score, fake_score)
        loss = softplus(-real_score).mean() + softplus(fake_score).mean()
        d_real = -sigmoid(-real_score) / len(real_score)
        d_fake = sigmoid(fake_score) / len(fake_score)
        return loss, d_real, d_fake

    def discriminator_tangent(self, real_score, fake_score, real_dot, fake_dot):
        d_real_dot = sigmoid_slope(real_score) * real_dot / len(real_score)
        d_fake_dot = sigmoid_slope(fake_score) * fake_dot / len(fake_score)
        return d_real_dot, d_fake_dot


class Minimax(Logistic):
    """The zero-sum game of Goodfellow et al. (2014): G minimises what D maximises.

    loss_G = mean log(1 - D(G(z))) = -mean ζ(f)        d_fake = -σ(f) / N

    Where D rejects a fake with certainty, σ(f) is near 0 and G learns nothing: the gradient
    saturates.
    """

    def generator(self, fake_score, real_score=None):
        expect_scores(fake_score)
        return -softplus(fake_score).mean(), -sigmoid(fake_score) / len(fake_score)


class NonSaturating(Logistic):
    """G maximises log D(G(z)) instead (Goodfellow et al. 2014, end of section 3).

    loss_G = -mean log D(G(z)) = mean ζ(-f)            d_fake = -σ(-f) / N

    The same fixed point, with a gradient that is strongest where D rejects the fake.
    """

    def generator(self, fake_score, real_score=None):
        expect_scores(fake_score)
        return softplus(-fake_score).mean(), -sigmoid(-fake_score) / len(fake_score)


class LeastSquares(Objective):
    """D as a regression to 1 on real samples and 0 on fakes (Mao et al. 2017, equation 9).

    loss_D = mean (r - 1)² / 2 + mean f² / 2           d_real = (r - 1) / N     d_fake = f / N
    loss_G = mean (f - 1)² / 2                         d_fake = (f - 1) / N

    Its best score is D* = p_data / (p_data + p_G) itself. Even a fake that D takes for real is
    pulled, as long as its score is not 1.
    """

    def discriminator(self, real_score, fake_score):
        expect_scores(real_score, fake_score)
        missed = real_score - 1
        loss = ((missed * missed).mean() + (fake_score * fake_score).mean()) / 2
        return loss, missed / len(real_score), fake_score / len(fake_score)

    def generator(self, fake_score, real_score=None):
        expect_scores(fake_score)
        missed = fake_score - 1
        return (missed * missed).mean() / 2, missed / len(fake_score)

    def discriminator_tangent(self, real_score, fake_score, real_dot, fake_dot):
        return real_dot / len(real_score), fake_dot / len(fake_score)

    def logit(self, score):
        probability = array_module(score).clip(score.real, 1e-6, 1 - 1e-6)
        return array_module(score).log(probability / (1 - probability))


class Wasserstein(Objective):
    """D as a critic whose mean score differs as much as it can (Arjovsky et al. 2017, equation 2).

    loss_D = mean f - mean r           d_real = -1 / N          d_fake = 1 / N
    loss_G = -mean f                   d_fake = -1 / N

    -loss_D estimates the earth mover's distance only for a critic of slope at most 1: clip its
    weights (Game's `clip`) or penalise its slope (penalties.GradientPenalty).
    """

    def discriminator(self, real_score, fake_score):
        expect_scores(real_score, fake_score)
        ones_real, ones_fake = ones_like(real_score), ones_like(fake_score)
        loss = fake_score.mean() - real_score.mean()
        return loss, -ones_real / len(real_score), ones_fake / len(fake_score)

    def generator(self, fake_score, real_score=None):
        expect_scores(fake_score)
        return -fake_score.mean(), -ones_like(fake_score) / len(fake_score)

    def discriminator_tangent(self, real_score, fake_score, real_dot, fake_dot):
        return 0 * real_dot, 0 * fake_dot


class Hinge(Objective):
    """D is content with a score beyond ±1 (Lim and Ye 2017; Miyato et al. 2018, equations 16, 17).

    loss_D = mean [1 - r]₊ + mean [1 + f]₊     d_real = -(r < 1) / N    d_fake = (f > -1) / N
    loss_G = -mean f                           d_fake = -1 / N
    """

    def discriminator(self, real_score, fake_score):
        expect_scores(real_score, fake_score)
        wrong_real, wrong_fake = self.inside(real_score, fake_score)
        loss = ((1 - real_score) * wrong_real).mean() + ((1 + fake_score) * wrong_fake).mean()
        return loss, -wrong_real / len(real_score), wrong_fake / len(fake_score)

    generator, discriminator_tangent = Wasserstein.generator, Wasserstein.discriminator_tangent

    def inside(self, real_score, fake_score):
        """1 where a score is not yet beyond its margin, else 0."""
        return (
            (real_score.real < 1).astype(real_score.dtype),
            (fake_score.real > -1).astype(fake_score.dtype),
        )


class Relativistic(Objective):
    """D compares each fake with a real sample (Jolicoeur-Martineau 2019; as RpGAN in Sun et al.
    2020 and Huang et al. 2024, equation 2).

    loss_D = mean ζ(-δ),  δ = r - f            d_real = -σ(-δ) / N      d_fake = σ(-δ) / N
    loss_G = mean ζ(δ)                         d_fake = -σ(δ) / N

    Fake n is paired with real n, in G's step too. A fake is never real enough by itself, it has to
    beat its partner: there is no region of fakes that D may give up on, and so less collapse.
    """

    needs_real = True

    def discriminator(self, real_score, fake_score):
        ahead = self.difference(real_score, fake_score)
        d_fake = sigmoid(-ahead) / len(ahead)
        return softplus(-ahead).mean(), -d_fake, d_fake

    def generator(self, fake_score, real_score=None):
        ahead = self.difference(real_score, fake_score)
        return softplus(ahead).mean(), -sigmoid(ahead) / len(ahead)

    def generator_by_real(self, fake_score, real_score):
        return -self.generator(fake_score, real_score)[1]

    def discriminator_tangent(self, real_score, fake_score, real_dot, fake_dot):
        ahead = self.difference(real_score, fake_score)
        d_real_dot = sigmoid_slope(ahead) * (real_dot - fake_dot) / len(ahead)
        return d_real_dot, -d_real_dot

    def difference(self, real_score, fake_score):
        expect_scores(real_score, fake_score)
        if real_score.shape != fake_score.shape:
            raise ValueError(
                "Relativistic pairs each fake with a real sample, so it takes as many of one as "
                f"of the other; got {len(real_score)} real and {len(fake_score)} fake scores"
            )
        return real_score - fake_score


def cross_entropy(logits, wanted):
    """(loss, dloss/dlogits) of naming classes by logits (N, K).

        L = -mean_i Σ_k t_ik log p_ik,   p = softmax(logits)        dlogits = (p - t) / N

    `wanted` holds labels (N,) or t itself, (N, K), with rows that add up to 1.
    """
    xp = array_module(logits)
    if wanted.ndim == 1 and wanted.dtype.kind in "iu":
        if xp is np and wanted.size and not 0 <= wanted.min() <= wanted.max() < logits.shape[1]:
            raise ValueError(
                f"cross_entropy takes labels from 0 to {logits.shape[1] - 1}, as there are so many "
                f"logits, got {wanted.min()} to {wanted.max()}"
            )
        wanted = (wanted[:, None] == xp.arange(logits.shape[1])).astype(logits.dtype)
    if wanted.shape != logits.shape:
        raise ValueError(
            f"cross_entropy takes labels (N,) or targets like the logits {tuple(logits.shape)}, "
            f"got {tuple(wanted.shape)}"
        )
    shifted = logits - logits.real.max(axis=1, keepdims=True)
    log_p = shifted - xp.log(xp.exp(shifted).sum(axis=1, keepdims=True))
    return -(wanted * log_p).sum() / len(logits), (xp.exp(log_p) - wanted) / len(logits)


def sigmoid_slope(score):
    """σ'(s) = σ(s) σ(-s)."""
    return sigmoid(score) * sigmoid(-score)


def ones_like(score):
    return array_module(score).ones_like(score)


def expect_scores(*scores):
    """Raise unless every array is (N, 1) with N ≥ 1, of one floating-point dtype and backend."""
    for score in scores:
        if score is None:
            raise TypeError("a loss takes scores of shape (N, 1), got None")
    backend_of(*scores)
    for score in scores:
        if score.ndim != 2 or score.shape[1] != 1 or score.shape[0] < 1:
            raise ValueError(f"a loss takes scores of shape (N, 1), got {tuple(score.shape)}")
        if score.dtype not in COMPUTED_IN:
            raise TypeError(f"a loss takes scores of {', '.join(DTYPES)}, got {score.dtype}")
        if score.dtype != scores[0].dtype:
            raise TypeError(
                f"a loss takes scores of one dtype, got {scores[0].dtype} and {score.dtype}"
            )
