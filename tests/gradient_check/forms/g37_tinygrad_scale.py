# TRUE: wrong: gain.data (Mul's gradient for the second operand uses the output instead of the first operand)
# HOLDS: self.w.data, self.gain.data | CONSTANTS: none
# cmd: ScaledTanh --input 6,4
import numpy as np

class Tensor:
    def __init__(self, data):
        self.data, self.grad = data, None

class Function:
    def __init__(self, *parents):
        self.parents = parents
        self.out = Tensor(self.forward(*[p.data for p in parents]))
    def run_backward(self):
        for p, g in zip(self.parents, self.backward(self.out.grad)):
            p.grad = g if p.data.shape == g.shape else g.sum(axis=0)

class Dot(Function):
    def forward(self, x, w): return x @ w
    def backward(self, g): return g @ self.parents[1].data.T, self.parents[0].data.T @ g

class Mul(Function):
    def forward(self, x, s): return x * s
    def backward(self, g): return g * self.parents[1].data, g * self.out.data

class Tanh(Function):
    def forward(self, x): return np.tanh(x)
    def backward(self, g): return (g * (1 - self.out.data ** 2),)

class ScaledTanh:
    def __init__(self, rng=None):
        rng = rng or np.random.default_rng(37)
        self.w, self.gain = Tensor(rng.normal(size=(4, 4))), Tensor(rng.uniform(.5, 2, 4))
    def forward(self, x):
        self.x = Tensor(x)
        self.ops = [Dot(self.x, self.w)]
        self.ops += [Tanh(self.ops[0].out)]
        self.ops += [Mul(self.ops[1].out, self.gain)]
        return self.ops[-1].out.data
    def backward(self, dy):
        self.ops[-1].out.grad = dy
        for op in self.ops[::-1]: op.run_backward()
        return self.x.grad
