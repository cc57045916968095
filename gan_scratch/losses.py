"""The two sides of the min-max game, on scores.

A score is D's output before any sigmoid (a logit), shape (N, 1); D's probability that an image is
real is σ(score). Working on scores keeps every loss exact where the probability rounds to 0 or 1.

    loss, d_real, d_fake = objective.discriminator(real_score, fake_score)
    loss, d_fake = objective.generator(fake_score)

`d_real` and `d_fake` are the derivatives of the loss by the scores: where the backward pass
starts. All losses are means over the batch, and are minimised.
"""

from gan_scratch.backend import backend_of
from gan_scratch.layers.activations import sigmoid, softplus
from gan_scratch.layers.layer import DTYPES


class Objective:
    """The losses of D and of G. A subclass gives the generator's side.

    needs_real: whether the generator's loss looks at the scores of real images too.

    The discriminator's side is that of Goodfellow et al. (2014), equation 1:
        V = mean log D(x) + mean log(1 - D(G(z))),   loss = -V,   with D = σ(score)
        loss = mean softplus(-s_real) + mean softplus(s_fake)
        d_real = -σ(-s_real) / N         d_fake = σ(s_fake) / N
    At the equilibrium D = 1/2 everywhere and V = -log 4.
    """

    needs_real = False

    def discriminator(self, real_score, fake_score):
        """(loss, dloss/dreal_score, dloss/dfake_score), a 0-d array and two (N, 1)."""
        expect_scores(real_score, fake_score)
        loss = softplus(-real_score).mean() + softplus(fake_score).mean()
        d_real = -sigmoid(-real_score) / len(real_score)
        d_fake = sigmoid(fake_score) / len(fake_score)
        return loss, d_real, d_fake

    def generator(self, fake_score, real_score=None):
        """(loss, dloss/dfake_score), a 0-d array and (N, 1)."""
        raise NotImplementedError(f"{type(self).__name__} has no generator loss")

    def probability(self, score):
        """D(x) = σ(score): how sure D is that x is real. To look at; no gradient needs it."""
        expect_scores(score)
        return sigmoid(score)

    def value(self, real_score, fake_score):
        """V(D, G) = mean log D(x) + mean log(1 - D(G(z))), which is -log 4 at the equilibrium."""
        expect_scores(real_score, fake_score)
        return -softplus(-real_score).mean() - softplus(fake_score).mean()


class Minimax(Objective):
    """The zero-sum game of Goodfellow et al. (2014): G minimises what D maximises.

    loss_G = mean log(1 - D(G(z))) = -mean softplus(s_fake)        d_fake = -σ(s_fake) / N

    Where D rejects a fake with certainty, σ(s_fake) is near 0 and G learns nothing: the gradient
    saturates.
    """

    def generator(self, fake_score, real_score=None):
        expect_scores(fake_score)
        return -softplus(fake_score).mean(), -sigmoid(fake_score) / len(fake_score)


class NonSaturating(Objective):
    """G maximises log D(G(z)) instead (Goodfellow et al. 2014, end of section 3).

    loss_G = -mean log D(G(z)) = mean softplus(-s_fake)            d_fake = -σ(-s_fake) / N

    The same fixed point, with a gradient that is strongest where D rejects the fake.
    """

    def generator(self, fake_score, real_score=None):
        expect_scores(fake_score)
        return softplus(-fake_score).mean(), -sigmoid(-fake_score) / len(fake_score)


def expect_scores(*scores):
    """Raise unless every array is (N, 1) with N ≥ 1, of one floating-point dtype and backend."""
    for score in scores:
        if score is None:
            raise TypeError("a loss takes scores of shape (N, 1), got None")
    backend_of(*scores)
    for score in scores:
        if score.ndim != 2 or score.shape[1] != 1 or score.shape[0] < 1:
            raise ValueError(f"a loss takes scores of shape (N, 1), got {tuple(score.shape)}")
        if str(score.dtype) not in DTYPES:
            raise TypeError(f"a loss takes scores of {', '.join(DTYPES)}, got {score.dtype}")
        if score.dtype != scores[0].dtype:
            raise TypeError(
                f"a loss takes scores of one dtype, got {scores[0].dtype} and {score.dtype}"
            )
