# SOURCE: https://github.com/xunhuang1995/AdaIN-style/issues/24 (gradient of the std taken at the
#     input, not at the centered input), in the style of eriklindernoren/ML-From-Scratch
#     (forward_pass / backward_pass with the update inside)
# mistake: the last term has the raw input where the centered one belongs
# TRUE: dX is wrong (x instead of x - mean in the variance term); the steps of gamma and beta (their
#     gradients) are right
# OPEN: true: or x stands in another without its mean taken off
# cmd: InstanceNorm2D --n_channels 3 --input 2,3,4,5
import numpy as np


class InstanceNorm2D():
    """Normalizes each channel of each sample."""

    def __init__(self, n_channels, learning_rate=0.01):
        self.learning_rate = learning_rate
        self.trainable = True
        self.eps = 0.001
        self.gamma = np.ones((1, n_channels, 1, 1))
        self.beta = np.zeros((1, n_channels, 1, 1))

    def forward_pass(self, X, training=True):
        self.layer_input = X
        mean = np.mean(X, axis=(2, 3), keepdims=True)
        var = np.var(X, axis=(2, 3), keepdims=True)
        self.X_centered = X - mean
        self.stddev_inv = 1 / np.sqrt(var + self.eps)
        X_norm = self.X_centered * self.stddev_inv
        return self.gamma * X_norm + self.beta

    def backward_pass(self, accum_grad):
        # Save parameters used during the forward pass
        gamma = self.gamma
        if self.trainable:
            X_norm = self.X_centered * self.stddev_inv
            grad_gamma = np.sum(accum_grad * X_norm, axis=(0, 2, 3), keepdims=True)
            grad_beta = np.sum(accum_grad, axis=(0, 2, 3), keepdims=True)
            self.gamma = self.gamma - self.learning_rate * grad_gamma
            self.beta = self.beta - self.learning_rate * grad_beta

        m = accum_grad.shape[2] * accum_grad.shape[3]
        return (1 / m) * gamma * self.stddev_inv * (
            m * accum_grad
            - np.sum(accum_grad, axis=(2, 3), keepdims=True)
            - self.layer_input * self.stddev_inv**2 * np.sum(accum_grad * self.X_centered, axis=(2, 3), keepdims=True)
            )
