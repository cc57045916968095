# TRUE: wrong: decoder['blocks'][1].W (its gradient is taken with the block's output instead of its input)
# HOLDS: self.encoder['blocks'][0].W, self.encoder['blocks'][0].b, self.encoder['blocks'][1].W, self.encoder['blocks'][1].b, self.decoder['blocks'][0].W, self.decoder['blocks'][0].b, self.decoder['blocks'][1].W, self.decoder['blocks'][1].b | CONSTANTS: none
# cmd: Seq --input 6,4
import numpy as np


class Block:
    def __init__(self, n, m, rng):
        self.W, self.b = rng.normal(0, .5, (n, m)), rng.normal(0, .1, m)

    def forward(self, x):
        self.x, self.y = x, np.tanh(x @ self.W + self.b)
        return self.y

    def backward(self, dy):
        dz = dy * (1 - self.y ** 2)
        self.dW, self.db = self.x.T @ dz, dz.sum(0)
        return dz @ self.W.T


class LastBlock(Block):
    def backward(self, dy):
        dz = dy * (1 - self.y ** 2)
        self.dW, self.db = self.y.T @ dz, dz.sum(0)
        return dz @ self.W.T


class Seq:
    def __init__(self, d=4, rng=None):
        rng = rng or np.random.default_rng(23)
        self.encoder = {'name': 'enc', 'blocks': [Block(d, d, rng), Block(d, d, rng)]}
        self.decoder = {'name': 'dec', 'blocks': [Block(d, d, rng), LastBlock(d, d, rng)]}

    def forward(self, x):
        for part in (self.encoder, self.decoder):
            for blk in part['blocks']:
                x = blk.forward(x)
        return x

    def backward(self, dy):
        for part in (self.decoder, self.encoder):
            for blk in reversed(part['blocks']):
                dy = blk.backward(dy)
        return dy
