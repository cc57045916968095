# SOURCE: https://github.com/mlpack/mlpack/issues/2891 (the penalty is added to the critic's loss,
#     its gradient is not computed)
# mistake: the gradient penalty of WGAN-GP is in the loss only; the gradients are those of the plain
#     Wasserstein loss
# TRUE: d w1, d b1 and d w2 wrong: the whole gradient of lam * mean((|grad D| - 1)^2) is missing
#     from each. (real and fake have no gradient here: data.)
# OPEN: unknown
# cmd: critic_loss --w1 3,6 --b1 6 --w2 6,1 --real 5,3 --fake 5,3
import numpy as np

LAMBDA = 10.0


def critic(x, w1, b1, w2):
    h = np.tanh(x @ w1 + b1)
    return h @ w2, h


def critic_loss(w1, b1, w2, real, fake):
    n = len(real)
    d_real, h_real = critic(real, w1, b1, w2)
    d_fake, h_fake = critic(fake, w1, b1, w2)
    # gradient penalty on points between
    alpha = np.linspace(0.1, 0.9, n).reshape(-1, 1)
    x_hat = alpha * real + (1 - alpha) * fake
    _, h_hat = critic(x_hat, w1, b1, w2)
    grad_x = ((1 - h_hat ** 2) * w2.T) @ w1.T
    norm = np.sqrt(np.sum(grad_x ** 2, axis=1))
    gp = np.mean((norm - 1) ** 2)
    loss = d_fake.mean() - d_real.mean() + LAMBDA * gp

    grads = {"w1": 0.0, "b1": 0.0, "w2": 0.0}
    for x, h, sign in ((real, h_real, -1.0), (fake, h_fake, 1.0)):
        dd = sign * np.ones((n, 1)) / n
        grads["w2"] = grads["w2"] + h.T @ dd
        dz = (dd @ w2.T) * (1 - h ** 2)
        grads["w1"] = grads["w1"] + x.T @ dz
        grads["b1"] = grads["b1"] + dz.sum(axis=0)
    return loss, grads
