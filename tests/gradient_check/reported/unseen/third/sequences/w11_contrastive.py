# SOURCE: https://github.com/BVLC/caffe/issues/4438 (doubt why the dissimilar pairs' gradient is
#     divided by dist: "is it a bug?")
# mistake: the dissimilar pairs' gradient is -(margin - d) (x1 - x2), without the division by d that
#     comes from the derivative of the root
# TRUE: both gradients (x1 and x2) wrong on dissimilar pairs (y = 0) closer than the margin: the
#     factor 1/d is missing; right on similar pairs and zero beyond the margin
# OPEN: true: all those with index [3, 5, 6] along axis 0
# cmd: contrastive --x1 7,3 --x2 7,3 --y binary:7
import numpy as np


def contrastive(x1, x2, y, margin=4.0):
    num = len(y)
    diff = x1 - x2
    dist = np.sqrt((diff ** 2).sum(axis=1))
    mdist = np.maximum(margin - dist, 0.0)
    loss = np.sum(y * dist ** 2 + (1 - y) * mdist ** 2) / num / 2.0
    bottom_diff = np.zeros_like(diff)
    for i in range(num):
        alpha = 1.0 / num
        if int(y[i]):
            bottom_diff[i] = alpha * diff[i]
        elif mdist[i] > 0:
            bottom_diff[i] = -alpha * mdist[i] * diff[i]
    return loss, bottom_diff, -bottom_diff
