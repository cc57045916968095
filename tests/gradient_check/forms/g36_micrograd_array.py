# TRUE: right
# HOLDS: self.l1['W'].data, self.l1['b'].data, self.l2['W'].data, self.l2['b'].data | CONSTANTS: none
# cmd: MLP --input 6,4
import numpy as np

class Value:
    def __init__(self, data, _children=()):
        self.data, self.grad = data, np.zeros_like(data)
        self._prev, self._backward = _children, lambda: None
    def __matmul__(self, o):
        out = Value(self.data @ o.data, (self, o))
        def _backward():
            self.grad += out.grad @ o.data.T
            o.grad += self.data.T @ out.grad
        out._backward = _backward
        return out
    def add_bias(self, b):
        out = Value(self.data + b.data, (self, b))
        def _backward():
            self.grad += out.grad
            b.grad += out.grad.sum(axis=0)
        out._backward = _backward
        return out
    def tanh(self):
        out = Value(np.tanh(self.data), (self,))
        def _backward():
            self.grad += (1 - out.data ** 2) * out.grad
        out._backward = _backward
        return out

class MLP:
    def __init__(self, rng):
        self.l1, self.l2 = [{'W': Value(rng.normal(size=(4, 4)) / 2), 'b': Value(rng.normal(size=4) / 5)} for _ in 'ab']
    def forward(self, x):
        self.inp, self.tape = Value(x), []
        for step in (lambda v: v @ self.l1['W'], lambda v: v.add_bias(self.l1['b']), Value.tanh,
                     lambda v: v @ self.l2['W'], lambda v: v.add_bias(self.l2['b'])):
            self.tape.append(step(self.tape[-1] if self.tape else self.inp))
        return self.tape[-1].data
    def backward(self, dy):
        for v in [self.inp, *self.tape, *self.l1.values(), *self.l2.values()]: v.grad = np.zeros_like(v.data)
        self.tape[-1].grad = dy.copy()
        for v in reversed(self.tape): v._backward()
        return self.inp.grad
