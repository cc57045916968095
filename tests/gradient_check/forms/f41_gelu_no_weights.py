# TRUE: right
# HOLDS: none | CONSTANTS: none (only literals and the module constant C = sqrt(2/pi), which moves y)
# cmd: GELU --input 6,4
import numpy as np

C = np.sqrt(2.0 / np.pi)


class GELU:
    def forward(self, x):
        t = np.tanh(C * (x + 0.044715 * x ** 3))
        return 0.5 * x * (1 + t), (x, t)

    def backward(self, dy, cache):
        x, t = cache
        dt = (1 - t ** 2) * C * (1 + 3 * 0.044715 * x ** 2)
        return dy * (0.5 * (1 + t) + 0.5 * x * dt)
