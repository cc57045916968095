# SOURCE: https://github.com/luhaofang/tripletloss/issues/41 ("Issue in gradient formulation"), the
#     gradients that the author of the issue proposes
# mistake: in |a-p|^2 - |a-n|^2 only the products with a are differentiated for p and n; the squares
#     of p and of n are forgotten
# TRUE: the gradient of anchor is right; those of positive (2 p / N missing where active) and
#     negative (-2 n / N missing where active) wrong
# SAYS: the term x_p is missing
# SAYS: x_n is to be taken off
# cmd: triplet_loss --anchor 6,4 --positive 6,4 --negative 6,4
import numpy as np


def triplet_loss(anchor, positive, negative, alpha=2.0):
    num = anchor.shape[0]
    ap = ((anchor - positive) ** 2).sum(axis=1)
    an = ((anchor - negative) ** 2).sum(axis=1)
    dist = ap - an + alpha
    loss = np.maximum(dist, 0).sum() / num

    diff_a = np.zeros_like(anchor)
    diff_p = np.zeros_like(positive)
    diff_n = np.zeros_like(negative)
    for i in range(num):
        if dist[i] > 0:
            x_a, x_p, x_n = anchor[i], positive[i], negative[i]
            diff_a[i] = 2 * (x_n - x_p) / num
            diff_p[i] = 2 * (-x_a) / num
            diff_n[i] = 2 * x_a / num
    return loss, (diff_a, diff_p, diff_n)
