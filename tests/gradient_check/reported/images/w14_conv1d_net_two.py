# SOURCE: https://github.com/VikParuchuri/zero_to_gpt/issues/12 ("Gradient is being updated after
#     upgradation of weights"); the other: known slip (= for += in the loop over the batch)
# mistake: TWO: Dense updates its W before it computes the gradient for the layer below; Conv1D
#     keeps only the last sample's kernel gradient
# TRUE: Dense: step of W and b right, but what it hands down uses the updated W, so dx, and the
#     steps of Conv1D.w and Conv1D.b are wrong by that; Conv1D.w moreover counts only the last
#     sample of the batch
# OPEN: true: backward updates layers[1].W before it is done
# cmd: Net --input 5,2,7
import numpy as np


class Conv1D:
    def __init__(self, rng, n_in, n_out, width):
        self.w = rng.normal(0, 0.5, (n_out, n_in, width))
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        self.steps = x.shape[2] - self.w.shape[2] + 1
        out = np.zeros((x.shape[0], self.w.shape[0], self.steps))
        for t in range(self.steps):
            out[:, :, t] = np.tensordot(x[:, :, t:t + self.w.shape[2]], self.w, ([1, 2], [1, 2])) + self.b
        return out

    def backward(self, grad, lr):
        dx = np.zeros_like(self.x)
        dw = np.zeros_like(self.w)
        width = self.w.shape[2]
        for n in range(len(grad)):
            for k in range(width):
                dw[:, :, k] = grad[n] @ self.x[n, :, k:k + self.steps].T
                dx[n, :, k:k + self.steps] += self.w[:, :, k].T @ grad[n]
        self.w -= lr * dw
        self.b -= lr * grad.sum(axis=(0, 2))
        return dx


class Dense:
    def __init__(self, rng, n_in, n_out):
        self.W = rng.normal(0, 0.3, (n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.W + self.b

    def backward(self, grad, lr):
        self.W -= lr * (self.x.T @ grad)
        self.b -= lr * grad.sum(axis=0)
        return (grad @ self.W.T).reshape(self.shape)


class Net:
    def __init__(self, rng):
        self.layers = [Conv1D(rng, 2, 3, 4), Dense(rng, 12, 2)]
        self.learning_rate = 0.05

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad, self.learning_rate)
        return grad
