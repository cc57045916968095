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

from gan_scratch.game import beside_labels, expect_paired, samples_of
from gan_scratch.layers.layer import frozen, set_inside
from gan_scratch.share import share


def unrolled_generator_step(game, noise, real):
    """One step for G against the D of one step ahead. D stays as it is, its gradients too. Returns
    G's loss.

    The look-ahead step is plain gradient descent at the rate `game.unroll` on the objective's loss
    alone: without the optimiser's moments, and without penalties.
    """
    critic, objective = game.discriminator, game.objective
    expect_paired(game, real, noise)
    samples, cache = game.generator.forward(noise)
    fake = beside_labels(samples, noise)

    with set_inside("frozen", critic.buffers().values(), True), gradients_kept(critic):
        real_score, real_cache = critic.forward(real)
        fake_score, fake_cache = critic.forward(fake)
        _, d_real, d_fake = share().weigh(objective.discriminator(real_score, fake_score))
        critic.zero_gradients()
        critic.backward(d_real, real_cache, need_dx=False)
        critic.backward(d_fake, fake_cache, need_dx=False)
        share().add_up_all(game.discriminator_optimizer)

        with moved_along_gradient(critic, -game.unroll):
            ahead_score, ahead_cache = critic.forward(fake)
            real_ahead = real_ahead_cache = None
            if objective.needs_real:
                real_ahead, real_ahead_cache = critic.forward(real)
            loss, d_score = share().weigh(objective.generator(ahead_score, real_ahead))
            critic.zero_gradients()
            d_samples = samples_of(critic.backward(d_score, ahead_cache))
            if objective.needs_real:
                (d_real_ahead,) = share().weigh((
                    objective.generator_by_real(ahead_score, real_ahead),
                ))
                critic.backward(d_real_ahead, real_ahead_cache, need_dx=False)
            share().add_up_all(game.discriminator_optimizer)

        through_step = slope_of_own_gradient(
            game, real_score, fake_score, d_fake, real, fake, real_cache, fake_cache
        )
    d_samples = d_samples - game.unroll * through_step

    game.generator.zero_gradients()
    game.generator.backward(d_samples, cache, need_dx=False)
    game.generator_optimizer.step()
    return loss


def slope_of_own_gradient(
    game, real_score, fake_score, d_fake, real, fake, real_cache, fake_cache
):
    """∂/∂x̃ [u · ∂L_D/∂θ], with u what D's parameter gradients hold at present."""
    critic = game.discriminator
    with direction_of_gradients(critic), frozen(critic):
        real_dot, _ = critic.tangent_forward(zeros_of(real), real_cache)
        fake_dot, fake_tangent_cache = critic.tangent_forward(zeros_of(fake), fake_cache)
        _, d_fake_dot = share().weigh(game.objective.discriminator_tangent(
            real_score, fake_score, real_dot, fake_dot
        ))
        _, dx_dot = critic.tangent_backward(d_fake, d_fake_dot, fake_cache, fake_tangent_cache)
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
