# SOURCE: https://github.com/llSourcell/Generative_Adversarial_networks_LIVE/issues/5 and
#     https://github.com/carpedm20/DCGAN-tensorflow/issues/33 (log D(G(z)) against log(1 - D(G(z))))
# mistake: the loss was changed to the non-saturating -log D, the gradient stayed that of log(1 - D)
# TRUE: dlogits is wrong: -D/N, where it is (D - 1)/N: the gradient of the minimax loss log(1 - D).
# OPEN: true: the division by D_fake is missing
# cmd: generator_loss --fake_logits 6,1
import numpy as np


def sigmoid(v):
    return np.exp(-np.logaddexp(0, -v))


def generator_loss(fake_logits):
    D_fake = sigmoid(fake_logits)
    # non-saturating version, stronger gradients early in training
    g_loss = -np.mean(np.log(D_fake))
    dlogits = -D_fake / fake_logits.shape[0]
    return g_loss, dlogits
