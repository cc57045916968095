# SOURCE: style of one-class networks with the SGD step inside backward (after victorzhou.com's CNN
#     posts and their many forks)
# mistake: none
# TRUE: right (the step W -= lr * dW is taken in backward, after the input gradient has been
#     computed)
# cmd: TinyCNN --input 3,5,6
import numpy as np


class TinyCNN:
    """conv 2x3 (2 filters) -> tanh -> average pool 2x2 -> dense; gray images (batch, height, width)"""

    def __init__(self, lr=0.1):
        self.lr = lr
        self.filters = np.random.randn(2, 2, 3) / 3
        self.filter_bias = np.random.randn(2) / 10
        self.weights = np.random.randn(8, 3) / 3
        self.biases = np.random.randn(3) / 10

    def _regions(self, image):
        for i in range(4):
            for j in range(4):
                yield i, j, image[:, i:i + 2, j:j + 3]

    def forward(self, image):
        self.last_image = image
        conv = np.zeros((len(image), 2, 4, 4))
        for i, j, region in self._regions(image):
            conv[:, :, i, j] = (region[:, None] * self.filters[None]).sum(axis=(2, 3)) + self.filter_bias
        self.last_tanh = np.tanh(conv)
        pooled = self.last_tanh.reshape(-1, 2, 2, 2, 2, 2).mean(axis=(3, 5))
        self.last_flat = pooled.reshape(len(image), 8)
        return self.last_flat @ self.weights + self.biases

    def backward(self, d_out):
        d_weights = self.last_flat.T @ d_out
        d_biases = d_out.sum(axis=0)
        d_pooled = (d_out @ self.weights.T).reshape(-1, 2, 2, 2)
        d_conv = np.kron(d_pooled, np.ones((2, 2))) / 4 * (1 - self.last_tanh ** 2)
        d_filters = np.zeros_like(self.filters)
        d_image = np.zeros_like(self.last_image)
        for i, j, region in self._regions(self.last_image):
            g = d_conv[:, :, i, j]
            d_filters += np.einsum('bf,bij->fij', g, region)
            d_image[:, i:i + 2, j:j + 3] += np.einsum('bf,fij->bij', g, self.filters)
        self.weights -= self.lr * d_weights
        self.biases -= self.lr * d_biases
        self.filters -= self.lr * d_filters
        self.filter_bias -= self.lr * d_conv.sum(axis=(0, 2, 3))
        return d_image
