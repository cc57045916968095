# SOURCE:
#     https://end-to-end-machine-learning.teachable.com/courses/322-convolutional-neural-networks-in-two-dimensions/lectures/24726662
#     (the author of the course reports that he swapped the two arguments of the cross correlation
#     in the conv layer, so that the weight gradient came out reversed)
# mistake: np.correlate(dy, x) in place of np.correlate(x, dy): the gradient of each kernel comes
#     out back to front
# TRUE: the gradient of the weights is reversed along the kernel's axis (wrong); the bias gradient
#     and dx are right
# SAYS: d weights is reversed along axis 2
# cmd: Conv1D --input 4,3,8
import numpy as np


class Conv1D:
    def __init__(self, rng, n_in=3, n_kernels=2, kernel_size=3):
        self.weights = rng.normal(size=(n_kernels, n_in, kernel_size)) / np.sqrt(n_in * kernel_size)
        self.bias = np.zeros(n_kernels)
        self.weights_grad = None
        self.bias_grad = None

    def forward_pass(self, x):
        self.x = x
        k, _, size = self.weights.shape
        y = np.zeros((len(x), k, x.shape[2] - size + 1))
        for n in range(len(x)):
            for i_kernel in range(k):
                for i_channel in range(x.shape[1]):
                    y[n, i_kernel] += np.correlate(x[n, i_channel], self.weights[i_kernel, i_channel], mode="valid")
                y[n, i_kernel] += self.bias[i_kernel]
        return y

    def backward_pass(self, de_dy):
        de_dx = np.zeros_like(self.x)
        de_dw = np.zeros_like(self.weights)
        for n in range(len(de_dy)):
            for i_kernel in range(self.weights.shape[0]):
                for i_channel in range(self.weights.shape[1]):
                    de_dw[i_kernel, i_channel] += np.correlate(de_dy[n, i_kernel], self.x[n, i_channel], mode="valid")
                    de_dx[n, i_channel] += np.convolve(de_dy[n, i_kernel], self.weights[i_kernel, i_channel], mode="full")
        self.weights_grad = de_dw
        self.bias_grad = de_dy.sum(axis=(0, 2))
        return de_dx
