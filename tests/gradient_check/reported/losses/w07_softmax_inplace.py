# SOURCE: https://github.com/rsokl/MyGrad/pull/72 ("remove potential for unintended side effects in
#     softmax.backward")
# mistake: backward works in place on the gradient that comes in, to save a copy
# TRUE: the number returned as dx is right, but backward overwrites the dy that it is given (dx and
#     dy are the same array)
# SAYS: backward writes into dy
# cmd: Softmax --input 5,4
import numpy as np


class Softmax:
    def __call__(self, a):
        e = np.exp(a - a.max(axis=-1, keepdims=True))
        self.out = e / e.sum(axis=-1, keepdims=True)
        return self.out

    def backward(self, grad):
        soft = self.out
        dot = (soft * grad).sum(axis=-1, keepdims=True)
        grad -= dot
        grad *= soft
        return grad
