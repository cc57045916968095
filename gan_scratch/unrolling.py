"""Unrolling: G answers the D that would be, one step ahead (Metz et al. 2017).

G's loss is taken at the discriminator after one step of gradient descent on its own loss,

    θ' = θ - η ∂L_D/∂θ (x, x̃, θ),        loss = L_G(x̃, θ'),        x̃ = G(z)

and the step is differentiated through. θ' depends on the fakes as well, so with u = ∂L_G/∂θ' the
derivative by a fake has two parts:

    dloss/dx̃ = ∂L_G/∂x̃ (x̃, θ') - η ∂/∂x̃ [u · ∂L_D/∂θ (x, x̃, θ)]

The bracket is the derivative of L_D along the direction θ̇ = u. As derivatives by t and by x̃ may
be exchanged, its slope by x̃ is the tangent of an ordinary backward pass, with u as the tangent of
the parameters (layers/layer.py has the contract). The second part is what makes a collapse costly
for G: it says how a fake would teach D.
"""

from contextlib import contextmanager

from gan_scratch.batch import Batch, expect_one_condition, samples_of
from gan_scratch.game import samples_made
from gan_scratch.layers.heads import head
from gan_scratch.layers.layer import frozen, set_inside
from gan_scratch.passes import Pass
from gan_scratch.share import share


def unrolled_generator_step(game, noise, real):
    """One step for G against the D of one step ahead. D stays as it is, its gradients too. Returns
    G's loss.

    The look-ahead step is plain gradient descent at the rate `game.unroll` on the objective's loss
    alone: without the optimiser's moments, and without penalties.
    """
    critic, objective = game.discriminator, game.objective
    if game.terms:
        raise ValueError("unrolled_generator_step takes no terms: take generator_step")
    expect_one_condition(game, real, noise, objective, *game.penalties)
    fakes, real = samples_made(game, noise), Batch.of(real).given_to(critic)
    fake = fakes.given

    with set_inside("frozen", critic.buffers().values(), True), gradients_kept(critic):
        of_real, of_fake = Pass(critic, real), Pass(critic, fake)
        _, *d_scores = share().weigh(
            objective.discriminator(of_real["score"], of_fake["score"])
        )
        of_real.send("score", d_scores[0])
        of_fake.send("score", d_scores[1])
        critic.zero_gradients()
        of_real.backward(need_dx=False)
        of_fake.backward(need_dx=False)
        share().add_up_all(game.discriminator_optimizer)

        with moved_along_gradient(critic, -game.unroll):
            ahead = Pass(critic, fake)
            real_ahead = Pass(critic, real) if objective.needs_real else None
            real_score = real_ahead["score"] if real_ahead else None
            loss, d_ahead = share().weigh(objective.generator(ahead["score"], real_score))
            ahead.send("score", d_ahead)
            critic.zero_gradients()
            d_samples = samples_of(ahead.backward())
            if real_ahead:
                d_real = objective.generator_by_real(ahead["score"], real_score)
                real_ahead.send("score", *share().weigh((d_real,)))
                real_ahead.backward(need_dx=False)
            share().add_up_all(game.discriminator_optimizer)

        slope = slope_of_own_gradient(game, of_real, of_fake)
        fakes.made.send("samples", d_samples - game.unroll * slope)

    game.generator.zero_gradients()
    fakes.made.backward(need_dx=False)
    game.generator_optimizer.step()
    return loss


def slope_of_own_gradient(game, of_real, of_fake):
    """∂/∂x̃ [u · ∂L_D/∂θ], with u what D's parameter gradients hold at present."""
    critic = game.discriminator
    with direction_of_gradients(critic), frozen(critic):
        real_dot, _ = critic.tangent_forward(zeros_of(of_real.x), of_real.cache)
        fake_dot, tangent_cache = critic.tangent_forward(zeros_of(of_fake.x), of_fake.cache)
        _, dy_dot = share().weigh(game.objective.discriminator_tangent(
            of_real["score"], of_fake["score"], head(real_dot, "score"), head(fake_dot, "score")
        ))
        dy_dot = {"score": dy_dot} if isinstance(of_fake.y, dict) else dy_dot
        _, dx_dot = critic.tangent_backward(of_fake.dy, dy_dot, of_fake.cache, tangent_cache)
    return samples_of(dx_dot)


def zeros_of(x):
    """The direction in which x stands still; labels have none."""
    return (0 * x[0], None) if isinstance(x, tuple) else 0 * x


@contextmanager
def gradients_kept(player):
    """After the block every gradient is what it was before."""
    parameters = list(player.parameters().values())
    before = [parameter.gradient.copy() for parameter in parameters]
    try:
        yield
    finally:
        for parameter, gradient in zip(parameters, before, strict=True):
            parameter.gradient[...] = gradient


@contextmanager
def moved_along_gradient(player, rate):
    """Inside the block every parameter is value + rate · gradient; afterwards the same bits."""
    parameters = list(player.parameters().values())
    before = [parameter.value for parameter in parameters]
    for parameter in parameters:
        parameter.value = parameter.value + rate * parameter.gradient
    try:
        yield
    finally:
        for parameter, value in zip(parameters, before, strict=True):
            parameter.value = value


@contextmanager
def direction_of_gradients(player):
    """Inside the block each parameter's tangent is a copy of its gradient."""
    parameters = list(player.parameters().values())
    for parameter in parameters:
        parameter.tangent = parameter.gradient.copy()
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.tangent = None
