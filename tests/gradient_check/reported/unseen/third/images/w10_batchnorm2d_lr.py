# SOURCE: (1) spatial batch norm with the batch size where the number of normalized values N*H*W
#     belongs: known slip, no thread at hand; (2)
#     https://github.com/VikParuchuri/zero_to_gpt/issues/12 (the weight is updated before the
#     gradient is pulled through the layer)
# mistake: (1) m = N in the input gradient; (2) gamma is updated before it is used in dx
# TRUE: dx is wrong, by both: the sums are divided by N and not by N*H*W, and gamma is the one after
#     the step (gamma - lr * dgamma); the steps of gamma and beta (and so dgamma, dbeta) are right
# OPEN: true: It is not linear in dy
# cmd: BatchNorm2D --input 3,2,4,3
import numpy as np


class BatchNorm2D:
    def __init__(self, channels=2, lr=0.05, eps=1e-5):
        self.gamma = np.array([1.0, 0.7])[:channels].reshape(1, channels, 1, 1)
        self.beta = np.zeros((1, channels, 1, 1))
        self.lr = lr
        self.eps = eps

    def forward(self, x):
        self.mu = np.mean(x, axis=(0, 2, 3), keepdims=True)
        self.var = np.var(x, axis=(0, 2, 3), keepdims=True)
        self.x_norm = (x - self.mu) / np.sqrt(self.var + self.eps)
        return self.gamma * self.x_norm + self.beta

    def backward(self, dout):
        m = dout.shape[0]
        d_gamma = np.sum(dout * self.x_norm, axis=(0, 2, 3), keepdims=True)
        d_beta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
        # update
        self.gamma -= self.lr * d_gamma
        self.beta -= self.lr * d_beta

        d_x_norm = dout * self.gamma
        dx = m * d_x_norm - np.sum(d_x_norm, axis=(0, 2, 3), keepdims=True)
        dx -= self.x_norm * np.sum(d_x_norm * self.x_norm, axis=(0, 2, 3), keepdims=True)
        return dx / (m * np.sqrt(self.var + self.eps))
