# TRUE: right
# HOLDS: self.blocks[0].fc.W, self.blocks[0].fc.b, self.blocks[0].scale, self.blocks[1].scale | CONSTANTS: none
# cmd: SharedResNet --input 6,4
# NOTE: fc is one object shared by all blocks
import numpy as np

class Dense:
    def __init__(self, n, rng):
        self.W, self.b = rng.normal(0, .4, (n, n)), rng.normal(0, .1, n)
        self.zero_grad()

    def zero_grad(self):
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

class ResBlock:
    def __init__(self, fc, scale):
        self.fc, self.scale = fc, scale

    def forward(self, x):
        self.x, self.a = x, np.tanh(x @ self.fc.W + self.fc.b)
        return x + self.scale * self.a

    def backward(self, dy):
        self.dscale = np.sum(dy * self.a, axis=0)
        dz = dy * self.scale * (1 - self.a ** 2)
        self.fc.dW += self.x.T @ dz
        self.fc.db += dz.sum(0)
        return dy + dz @ self.fc.W.T

class SharedResNet:
    def __init__(self, rng):
        fc = Dense(4, rng)
        self.blocks = [ResBlock(fc, rng.uniform(.5, 1.5, 4)) for _ in range(2)]

    def forward(self, x):
        for b in self.blocks:
            x = b.forward(x)
        return x

    def backward(self, dy):
        self.blocks[0].fc.zero_grad()
        for b in self.blocks[::-1]:
            dy = b.backward(dy)
        return dy
