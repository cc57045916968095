# SOURCE: https://github.com/zenogantner/MyMediaLite/pull/463 ("derivative of Sigmoid function
#     should be used instead of actual sigmoid"; so too
#     https://github.com/benfred/implicit/issues/716) and
#     https://github.com/alfredolainez/bpr-spark/issues/2 (sign of the regularisation)
# mistake: two: (1) sigma(x)(1 - sigma(x)) stands where 1 - sigma(x) = sigma(-x) belongs; (2) the
#     regularisation enters with the wrong sign
# TRUE: all three gradients (user, item_i, item_j) wrong, each by both
# SAYS: the factor sig is too much, and + belongs where - stands
# cmd: bpr --user 5,3 --item_i 5,3 --item_j 5,3
import numpy as np


def bpr(user, item_i, item_j, reg=0.05):
    n = len(user)
    x_uij = np.sum(user * (item_i - item_j), axis=1)
    sig = 1.0 / (1.0 + np.exp(-x_uij))
    penalty = 0.5 * reg * (np.sum(user ** 2) + np.sum(item_i ** 2) + np.sum(item_j ** 2))
    loss = -np.mean(np.log(sig)) + penalty

    z = (sig * (1.0 - sig))[:, None] / n
    grads = dict(
        user=-z * (item_i - item_j) - reg * user,
        item_i=-z * user - reg * item_i,
        item_j=z * user - reg * item_j,
    )
    return loss, grads
