# SOURCE: https://github.com/ooples/AiDotNet/pull/455 (SqueezeAndExcitationLayer: the first
#     activation's derivative is taken at the gradient instead of at the pre-activation)
# mistake: the ReLU's derivative is asked of the incoming gradient: da1 > 0 instead of z1 > 0
# TRUE: dW1 and db1 are wrong, and dx (through the squeeze branch); dW2 and db2 are right
# SAYS: dx depends on the sign of dy
# cmd: SEBlock --input 3,6,2,4
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class SEBlock:
    def __init__(self, rng, channels=6, reduction=2):
        r = channels // reduction
        self.W1 = rng.normal(size=(channels, r))
        self.b1 = 0.1 * rng.normal(size=r)
        self.W2 = rng.normal(size=(r, channels))
        self.b2 = np.zeros(channels)

    def forward(self, x):
        self.x = x
        self.squeeze = x.mean(axis=(2, 3))
        self.z1 = self.squeeze @ self.W1 + self.b1
        self.a1 = self.relu(self.z1)
        self.scale = sigmoid(self.a1 @ self.W2 + self.b2)
        return x * self.scale[:, :, None, None]

    def relu(self, z):
        return z * (z > 0)

    def relu_derivative(self, z):
        return (z > 0).astype(float)

    def backward(self, grad_out):
        H, W = self.x.shape[2:]
        dscale = (grad_out * self.x).sum(axis=(2, 3))
        dz2 = dscale * self.scale * (1 - self.scale)
        self.grad_W2 = self.a1.T @ dz2
        self.grad_b2 = dz2.sum(axis=0)
        da1 = dz2 @ self.W2.T
        dz1 = da1 * self.relu_derivative(da1)
        self.grad_W1 = self.squeeze.T @ dz1
        self.grad_b1 = dz1.sum(axis=0)
        dsqueeze = dz1 @ self.W1.T
        dx = grad_out * self.scale[:, :, None, None]
        dx += dsqueeze[:, :, None, None] / (H * W)
        return dx
