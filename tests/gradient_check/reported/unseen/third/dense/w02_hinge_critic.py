# SOURCE: known slip, no thread at hand (hinge loss of SNGAN / BigGAN: the line of the real samples
#     copied for the fakes)
# mistake: the mask of the real scores (1 - score > 0) is used for the fake ones too, where it is 1
#     + score > 0
# TRUE: d_fake is wrong (mask fake < 1 instead of fake > -1: wrong where fake <= -1 and where fake
#     >= 1). d_real is right.
# SAYS: + belongs where - stands
# cmd: critic_hinge_loss --real 7,1 --fake 8,2
import numpy as np


def critic_hinge_loss(real, fake):
    """Loss of the critic: real scores above 1, fake ones below -1."""
    loss_real = np.maximum(0, 1 - real).mean()
    loss_fake = np.maximum(0, 1 + fake).mean()

    d_real = np.zeros_like(real)
    d_real[1 - real > 0] = -1.0 / real.size

    d_fake = np.zeros_like(fake)
    d_fake[1 - fake > 0] = 1.0 / fake.size
    return loss_real + loss_fake, d_real, d_fake
