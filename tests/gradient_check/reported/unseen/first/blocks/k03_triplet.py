# SOURCE: style of the Caffe Python layers, https://github.com/luhaofang/tripletloss (where the
#     gradients were argued about, issue 41)
# mistake: none (the gradient of the anchor is 2 (n - p), the positive's 2 (p - a), the negative's 2
#     (a - n), of active triplets)
# TRUE: right
# cmd: triplet_loss --anchor 6,4 --positive 6,4 --negative 6,4
import numpy as np


def triplet_loss(anchor, positive, negative, margin=0.5):
    num = anchor.shape[0]
    loss = 0.0
    active = []
    for i in range(num):
        ap = np.dot(anchor[i] - positive[i], anchor[i] - positive[i])
        an = np.dot(anchor[i] - negative[i], anchor[i] - negative[i])
        dist = margin + ap - an
        if dist > 0:
            loss += dist
            active.append(i)
    loss = loss / num

    diff = [np.zeros_like(anchor), np.zeros_like(positive), np.zeros_like(negative)]
    for i in active:
        x_a, x_p, x_n = anchor[i], positive[i], negative[i]
        diff[0][i] = 2 * (x_n - x_p) / num
        diff[1][i] = 2 * (x_p - x_a) / num
        diff[2][i] = 2 * (x_a - x_n) / num
    return loss, diff[0], diff[1], diff[2]
