# SOURCE: style of the discriminator's loss -log D(real) - log(1 - D(fake)) on scores with softplus,
#     as in many GAN repositories (def discriminator_loss(real_logits, fake_logits)); gradients by
#     hand, one-sided label smoothing
# mistake: none
# TRUE: right (batches of different size; smoothing 0.9 is in the loss and in its gradient)
# cmd: discriminator_loss --real_logits 4,1 --fake_logits 7,1
import numpy as np


def softplus(x):
    return np.logaddexp(0.0, x)


def discriminator_loss(real_logits, fake_logits, smooth=0.9):
    # -(s log D + (1 - s) log(1 - D)) = softplus(l) - s l
    loss_real = np.mean(softplus(real_logits) - smooth * real_logits)
    loss_fake = np.mean(softplus(fake_logits))
    d_real = (1 / (1 + np.exp(-real_logits)) - smooth) / real_logits.size
    d_fake = 1 / (1 + np.exp(-fake_logits)) / fake_logits.size
    return loss_real + loss_fake, d_real, d_fake
