# SOURCE: https://github.com/BVLC/caffe/issues/4438 (somebody takes the division by the distance for
#     a bug), after https://github.com/BVLC/caffe/pull/2321 (margin - d^2 became (margin - d)^2)
# mistake: in the pairs of different classes the derivative of the square root is left out: the
#     division by the distance
# TRUE: gradients of x1 and x2 wrong in the rows of dissimilar pairs (y = 0) inside the margin: not
#     divided by the distance of the pair; rows of similar pairs right
# SAYS: the division by np.sqrt(dist_sq[i]) is missing
# cmd: contrastive_loss --x1 7,3 --x2 7,3 --y binary:7
import numpy as np


def contrastive_loss(x1, x2, y, margin=4.0):
    n = len(x1)
    diff = x1 - x2
    dist_sq = np.sum(diff ** 2, axis=1)
    loss = 0.0
    d_a = np.zeros_like(x1)
    d_b = np.zeros_like(x2)
    for i in range(n):
        if y[i] == 1:                       # similar pair
            loss += dist_sq[i]
            d_a[i] = diff[i] / n
            d_b[i] = -diff[i] / n
        else:                               # dissimilar pair
            mdist = margin - np.sqrt(dist_sq[i])
            if mdist > 0:
                loss += mdist ** 2
                d_a[i] = -mdist * diff[i] / n
                d_b[i] = mdist * diff[i] / n
    return loss / n / 2, {"x1": d_a, "x2": d_b}
