# TRUE: right
# cmd: CrossEntropy --input 6,4 --input one-hot:6,4
# MISTAKE: self.p - self.t -> self.t - self.p
# WRONG: dx[0]
# NOTE: not compared: x[1]
import numpy as np


class CrossEntropy:
    def __call__(self, logits, targets):
        z = logits - logits.max(axis=1, keepdims=True)
        self.p, self.t = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), targets
        return -np.sum(targets * np.log(self.p)) / len(logits)

    def backward(self):
        self.grad = (self.p - self.t) / len(self.t)
