# SOURCE: https://github.com/vanderschaarlab/synthcity/issues/330 ("Backprop minus real error": the
#     real error goes back with the sign of the fake one); the same in
#     https://github.com/Zeleni9/pytorch-wgan/pull/53 for the generator
# mistake: max(0, 1 - real) falls with real, but its gradient is written like that of max(0, 1 +
#     fake)
# TRUE: d_real is wrong: its sign is flipped; d_fake is right
# SAYS: dreal has the wrong sign
# cmd: hinge_d_loss --real 7,1 --fake 5,1
import numpy as np


def relu(x):
    return np.maximum(x, 0.)


def hinge_d_loss(real, fake):
    """ real: critic scores of the real batch, fake: those of the generated one """
    loss = relu(1. - real).mean() + relu(1. + fake).mean()
    d_real = (1. - real > 0).astype(float) / real.shape[0]
    d_fake = (1. + fake > 0).astype(float) / fake.shape[0]
    return loss, d_real, d_fake
