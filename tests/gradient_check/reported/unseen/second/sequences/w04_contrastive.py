# SOURCE: https://github.com/BVLC/caffe/pull/7100 (legacy contrastive loss on the GPU: bottom_diff =
#     -alpha, "* diff[i]" missing for dissimilar pairs)
# mistake: for dissimilar pairs within the margin the gradient is -alpha, without the difference a -
#     b
# TRUE: dx0 and dx1 are both wrong, in the rows of dissimilar pairs (y = 0) within the margin;
#     similar pairs and those beyond the margin are right
# SAYS: g[i] = -alpha * diff[i]
# cmd: contrastive --x0 8,3 --x1 8,3 --y binary:8
import numpy as np

MARGIN = 8.0


def contrastive_forward(x0, x1, y):
    diff = x0 - x1
    dist_sq = (diff ** 2).sum(axis=1)
    mdist = np.maximum(MARGIN - dist_sq, 0)
    loss = (y * dist_sq + (1 - y) * mdist).sum() / len(x0) / 2
    return loss, (diff, mdist, y)


def contrastive_backward(gy, cache):
    diff, mdist, y = cache
    alpha = gy / len(diff)
    g = np.zeros_like(diff)
    for i in range(len(diff)):
        if y[i] == 1:
            g[i] = alpha * diff[i]
        elif mdist[i] > 0:
            g[i] = -alpha
    return g, -g
