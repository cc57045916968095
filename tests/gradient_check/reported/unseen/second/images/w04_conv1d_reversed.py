# SOURCE:
#     https://end-to-end-machine-learning.teachable.com/courses/321-convolutional-neural-networks/lectures/15410086
#     (postscript of the course: "I got them in the wrong order, and ... the calculated weight
#     gradient was reversed")
# mistake: the arguments of the cross correlation that gives the weight gradient are in the wrong
#     order
# TRUE: the gradient of weights (de_dw, and so the step of weights) is wrong: reversed along the
#     kernel axis (axis 0). The step of bias (de_db) and the gradient of the input are right.
# SAYS: d weights is reversed along axis 0
# cmd: Conv1D --input 8,2
import numpy as np


class Conv1D:
    """One signal at a time, (n_inputs, n_channels) -> (n_inputs - kernel_size + 1, n_kernels)."""

    def __init__(self, rng, n_channels=2, n_kernels=3, kernel_size=3, learning_rate=1e-3):
        self.n_channels, self.n_kernels = n_channels, n_kernels
        self.weights = rng.normal(scale=0.5, size=(kernel_size, n_channels, n_kernels))
        self.bias = np.zeros(n_kernels)
        self.learning_rate = learning_rate

    def forward_pass(self, x):
        self.x = x
        n_out = x.shape[0] - self.weights.shape[0] + 1
        y = np.zeros((n_out, self.n_kernels))
        for i_kernel in range(self.n_kernels):
            for i_channel in range(self.n_channels):
                y[:, i_kernel] += np.convolve(x[:, i_channel], self.weights[:, i_channel, i_kernel], mode="valid")
        return y + self.bias

    def backward_pass(self, de_dy):
        de_dx = np.zeros(self.x.shape)
        de_dw = np.zeros(self.weights.shape)
        for i_kernel in range(self.n_kernels):
            for i_channel in range(self.n_channels):
                w = self.weights[:, i_channel, i_kernel]
                dy = de_dy[:, i_kernel]
                de_dx[:, i_channel] += np.correlate(dy, w, mode="full")
                de_dw[:, i_channel, i_kernel] = np.correlate(self.x[:, i_channel], dy, mode="valid")
        de_db = de_dy.sum(axis=0)
        self.weights -= self.learning_rate * de_dw
        self.bias -= self.learning_rate * de_db
        return de_dx
