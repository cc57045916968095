"""The duality gap: how much the two players could gain while the other one stands still.

    M(u, v) = -L_D(G_u, D_v),   D's loss without penalties and terms, with the other sign
    gap(u, v) = max_v' M(u, v') - min_u' M(u', v)

Grnarova et al. (2019), arXiv 1811.05512. At an equilibrium neither player can gain, and the gap is
0; elsewhere it is positive. No features are needed, so any game on any data can be judged.

For the logistic objectives M is V(D, G) = E log D(x) + E log(1 - D(G(z))) in nats, twice the
paper's M. For others it is in the units of their loss, and compares with its own kind only:
Wasserstein's is a difference of mean scores, without an upper bound unless D's slope has one.
"""

import copy

import numpy as np

from gan_scratch import settings
from gan_scratch.batch import Batch, as_weights, made_by
from gan_scratch.cores import one_blas_thread
from gan_scratch.game import discriminator_step, generator_step
from gan_scratch.layers.heads import head
from gan_scratch.losses import Wasserstein


def duality_gap(game, held_out, rng, *, lengths=(50, 100, 200), batch_size=64, learning_rate=None):
    """The gap that best responses of these `lengths`, in steps, find.

    held_out        a Dataset that the game was not trained on: one half of it trains the responses,
                    the other half judges them
    learning_rate   of the responses, whose optimisers are the game's; None: their first one
    Returns plain data, [{"steps": n, "gap": d - g, "discriminator": d, "generator": g}, ...] with
    d = max M(u, v') and g = min M(u', v); first for 0 steps, where both are M(u, v).

    Each response starts where its player stands, on a copy, so the game does not change. u is the
    averaged generator where there is one, as samples are drawn from it. A copy moves by the game's
    own steps, with terms and clipping, and what is frozen stays. Penalties, which M has not, are
    left out: they would keep D from a gain that is there. Wasserstein's M needs them to be finite.
    M is taken in inference. The best response so far counts: the gap never falls as the length
    grows, and is an estimate from below, so compare gaps of the same lengths. Raises ValueError for
    fewer than two held-out samples or an M(u, v) that is not finite, FloatingPointError for such a
    gradient.
    """
    lengths = [0, *sorted({settings.positive_integer(None, "a length", each) for each in lengths})]
    order, half = rng.permutation(len(held_out)), len(held_out) // 2
    size = min(settings.positive_integer(None, "batch_size", batch_size), half)
    if not size:
        raise ValueError(f"duality_gap takes at least two held-out samples, got {len(held_out)}")
    judging = order[: half // size * size].reshape(-1, size)
    test, best = [drawn(game, held_out, rows, rng) for rows in judging], {}
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        for side, better in (("discriminator", max), ("generator", min)):
            twin, found = copy.deepcopy(game), []
            twin.penalties = game.penalties if isinstance(game.objective, Wasserstein) else ()
            if twin.average:
                twin.generator.load_state(twin.average.model.state())
            for each in twin.optimizers():
                each.learning_rate = learning_rate or each.initial_learning_rate
            for steps in np.diff(lengths, prepend=0):
                for _ in range(steps):
                    rows = rng.choice(order[half:], size, replace=False)
                    real, noise = drawn(twin, held_out, rows, rng)
                    if side == "discriminator":
                        discriminator_step(twin, real, noise)
                    else:
                        generator_step(twin, noise, real)
                found.append(better([*found[-1:], value(twin, test)]))
                if not np.isfinite(found[0]):
                    raise ValueError(f"duality_gap: the value of this game is {found[0]}")
            best[side] = found
    rows = zip(lengths, best["discriminator"], best["generator"], strict=True)
    return [{"steps": n, "gap": d - g, "discriminator": d, "generator": g} for n, d, g in rows]


def drawn(game, dataset, rows, rng):
    """A batch of these samples, and one of as much noise under the same conditions."""
    condition = dataset.condition[rows] if game.conditional else None
    real = as_weights(Batch(dataset.samples[rows], condition), game.weight)
    return real, game.noise(len(rows), rng, real.condition)


def value(game, test):
    """M(u, v), the mean over pairs of a batch of real samples and one of noise."""
    losses = []
    for real, noise in test:
        both = real, made_by(game.generator, noise)
        scores = (head(game.discriminator(x.given_to(game.discriminator)), "score") for x in both)
        losses.append(float(game.objective.discriminator(*scores)[0]))
    return -float(np.mean(losses))
