# SOURCE: https://github.com/BoltzmannEntropy/interviews.ai/issues/15 (Sigmoid.backward uses self.x
#     * (1 - self.x) with x the input)
# mistake: the sigmoid keeps its input and takes x (1 - x) for the derivative, as if x were the
#     output
# TRUE: the sigmoid's derivative is x(1-x) of its input; hence dx and the gradients of the
#     convolution's W and b are wrong; the dense layer's are right
# OPEN: unknown
# cmd: Net --input 4,2,7
import numpy as np


class Conv1D:
    def __init__(self, rng, c_in, c_out, k, stride):
        self.W, self.b, self.k, self.stride = rng.normal(0, .5, (c_out, c_in, k)), rng.normal(0, .1, c_out), k, stride

    def forward(self, x):
        self.x = x
        steps = range(0, x.shape[2] - self.k + 1, self.stride)
        return np.stack([np.tensordot(x[:, :, t:t + self.k], self.W, ([1, 2], [1, 2])) for t in steps], 2) + self.b[:, None]

    def backward(self, grad):
        self.dW, self.db, dx = np.zeros_like(self.W), grad.sum((0, 2)), np.zeros_like(self.x)
        for i in range(grad.shape[2]):
            t = i * self.stride
            self.dW += np.tensordot(grad[:, :, i], self.x[:, :, t:t + self.k], (0, 0))
            dx[:, :, t:t + self.k] += np.tensordot(grad[:, :, i], self.W, (1, 0))
        return dx


class Sigmoid:
    def forward(self, x):
        self.x = x
        return 1 / (1 + np.exp(-x))

    def backward(self, grad):
        return self.x * (1 - self.x) * grad


class Linear:
    def __init__(self, rng, n_in, n_out):
        self.W, self.b = rng.normal(0, .5, (n_in, n_out)), np.zeros(n_out)

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.W + self.b

    def backward(self, grad):
        self.dW, self.db = self.x.T @ grad, grad.sum(0)
        return (grad @ self.W.T).reshape(self.shape)


class Net:
    def __init__(self, rng):
        self.layers = [Conv1D(rng, 2, 3, 3, 2), Sigmoid(), Linear(rng, 9, 4)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad
