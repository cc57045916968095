# SOURCE: https://github.com/PaddlePaddle/Paddle/pull/12538 (review: "this gradient maybe not
#     correct if alpha is negative ... should be judged by x, not f(x)")
# mistake: backward looks at the sign of the output instead of the input; with a negative slope the
#     output is positive for negative x
# TRUE: dx and dalpha are wrong in the channels whose alpha is negative (2nd and 4th), where x < 0:
#     dx = dy in place of alpha*dy and nothing is added to dalpha; channels with positive alpha are
#     right.
# SAYS: pos = x > 0
# cmd: PReLU --input 6,4
import numpy as np


class Param(object):
    def __init__(self, value):
        self.value = value
        self.grad = None


class PReLU(object):
    def __init__(self):
        self.alpha = Param(np.array([0.25, -0.3, 0.1, -0.15]))

    def forward(self, x):
        out = np.where(x > 0, x, self.alpha.value * x)
        return out, (x, out)

    def backward(self, dout, saved):
        x, out = saved
        pos = out > 0
        dx = np.where(pos, 1.0, self.alpha.value) * dout
        self.alpha.grad = np.where(pos, 0.0, x * dout).sum(0)
        return dx
