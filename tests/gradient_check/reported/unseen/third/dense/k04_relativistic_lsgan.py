# SOURCE: style of PyTorch-GAN's relativistic average GAN
#     (https://github.com/eriklindernoren/PyTorch-GAN), least squares, derived by hand
# mistake: none
# TRUE: right (each score also moves the mean that the other side is compared with)
# cmd: d_loss --real_scores 5,1 --fake_scores 7,1
import numpy as np


def d_loss(real_scores, fake_scores):
    err_real = real_scores - fake_scores.mean() - 1
    err_fake = fake_scores - real_scores.mean() + 1
    loss = (np.mean(err_real ** 2) + np.mean(err_fake ** 2)) / 2

    g_real = err_real / real_scores.size
    g_fake = err_fake / fake_scores.size
    d_real = g_real - g_fake.sum() / real_scores.size
    d_fake = g_fake - g_real.sum() / fake_scores.size
    return loss, {"real_scores": d_real, "fake_scores": d_fake}
