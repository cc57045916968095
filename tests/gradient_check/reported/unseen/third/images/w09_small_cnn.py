# SOURCE: two mistakes: (1) the mask of the ReLU taken from the gradient, not from the activation:
#     known slip of students, no thread at hand; (2) https://github.com/heyxhh/nnet-numpy/issues/1
#     (asks whether the conv layer's bias gradient is to be divided by the batch size)
# mistake: (1) dconv[dconv <= 0] = 0 in place of dconv[conv <= 0] = 0; (2) the conv bias gradient
#     alone is divided by the batch size
# TRUE: dx, dW1 are wrong by (1); db1 is wrong by (1) and besides N = 3 times too small by (2); dW2
#     and db2 are right
# OPEN: true: dx depends on the sign of dy
# cmd: SimpleConvNet --input 3,1,6,6
import numpy as np


class SimpleConvNet:
    """conv 3x3 - relu - max pool 2x2 - affine"""

    def __init__(self, rng, n_filters=3, n_classes=4):
        self.params = {}
        self.params['W1'] = 0.4 * rng.standard_normal((n_filters, 1, 3, 3))
        self.params['b1'] = np.zeros(n_filters)
        self.params['W2'] = 0.4 * rng.standard_normal((n_filters * 4, n_classes))
        self.params['b2'] = np.zeros(n_classes)
        self.grads = {}

    def forward(self, X):
        W1, b1, W2, b2 = [self.params[k] for k in ('W1', 'b1', 'W2', 'b2')]
        self.X = X
        self.cols = np.lib.stride_tricks.sliding_window_view(X, (3, 3), axis=(2, 3))    # N C 4 4 3 3
        conv = np.einsum('nchwij,fcij->nfhw', self.cols, W1) + b1[None, :, None, None]
        self.act = np.maximum(0, conv)
        N, F, H, W = self.act.shape
        blocks = self.act.reshape(N, F, H // 2, 2, W // 2, 2)
        self.pool = blocks.max(axis=(3, 5))
        self.mask = blocks == self.pool[:, :, :, None, :, None]
        self.flat = self.pool.reshape(N, -1)
        return self.flat @ W2 + b2

    def backward(self, dscores):
        W1, W2 = self.params['W1'], self.params['W2']
        N = len(dscores)
        self.grads['W2'] = self.flat.T @ dscores
        self.grads['b2'] = dscores.sum(axis=0)
        dpool = (dscores @ W2.T).reshape(self.pool.shape)
        dconv = (self.mask * dpool[:, :, :, None, :, None]).reshape(self.act.shape)
        dconv[dconv <= 0] = 0
        self.grads['W1'] = np.einsum('nchwij,nfhw->fcij', self.cols, dconv)
        self.grads['b1'] = dconv.sum(axis=(0, 2, 3)) / N
        dX = np.zeros_like(self.X)
        for i in range(3):
            for j in range(3):
                dX[:, :, i:i + 4, j:j + 4] += np.einsum('nfhw,fc->nchw', dconv, W1[:, :, i, j])
        return dX
