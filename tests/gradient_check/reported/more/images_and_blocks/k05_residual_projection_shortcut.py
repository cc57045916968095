# SOURCE: style of NumPy ResNet notebooks, e.g. https://github.com/Justin21523/intro-to-vml-practice
#     (basic block, ReLU after the sum), with a projection shortcut
# mistake: none
# TRUE: right
# cmd: BasicBlock --in_dim 5 --out_dim 3 --input 4,5
import numpy as np


class Affine:
    def __init__(self, n_in, n_out, seed):
        g = np.random.RandomState(seed)
        self.W, self.b = g.randn(n_out, n_in) / np.sqrt(n_in), g.randn(n_out, 1) * 0.1

    def forward_pass(self, X):
        self.X = X
        return X @ self.W.T + self.b.T

    def backward_pass(self, delta):
        self.gW = delta.T @ self.X
        self.gb = delta.sum(axis=0)[:, None]
        return delta @ self.W


class BasicBlock:
    def __init__(self, in_dim, out_dim):
        self.fc1 = Affine(in_dim, out_dim, 1)
        self.fc2 = Affine(out_dim, out_dim, 2)
        self.proj = Affine(in_dim, out_dim, 3)

    def forward_pass(self, X):
        self.a1 = np.maximum(0, self.fc1.forward_pass(X))
        self.out = np.maximum(0, self.fc2.forward_pass(self.a1) + self.proj.forward_pass(X))
        return self.out

    def backward_pass(self, delta):
        delta = delta * (self.out > 0)
        main = self.fc2.backward_pass(delta)
        main = self.fc1.backward_pass(main * (self.a1 > 0))
        return main + self.proj.backward_pass(delta)

    @property
    def gradients(self):
        return {name: {"W": layer.gW, "b": layer.gb}
                for name, layer in (("fc1", self.fc1), ("fc2", self.fc2), ("proj", self.proj))}
