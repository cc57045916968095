# SOURCE: known slip, no thread at hand for the backward pass (repeat and tile confounded in
#     UpSampling itself: https://github.com/keras-team/keras/pull/1293) (the axes of the reshape
#     before the sum interchanged: the way back of np.tile where forward is np.repeat); style of
#     eriklindernoren/ML-From-Scratch
# mistake: accum_grad is reshaped to (n, c, s, h, s, w) and summed over the s axes, where (n, c, h,
#     s, w, s) is meant
# TRUE: dx (the only gradient) is wrong: the right number of terms is summed but from the wrong
#     places (the gradient of tile, not of repeat)
# OPEN: unknown
# cmd: UpSampling2D --input 2,3,3,4
import numpy as np


class UpSampling2D():
    """Nearest neighbor up sampling of the input. Repeats the rows and columns of the data by size[0] and size[1]."""
    def __init__(self, size=(2, 2)):
        self.prev_shape = None
        self.trainable = True
        self.size = size

    def forward_pass(self, X, training=True):
        self.prev_shape = X.shape
        X_new = X.repeat(self.size[0], axis=2).repeat(self.size[1], axis=3)
        return X_new

    def backward_pass(self, accum_grad):
        n, c, h, w = self.prev_shape
        accum_grad = accum_grad.reshape(n, c, self.size[0], h, self.size[1], w)
        return accum_grad.sum(axis=4).sum(axis=2)
