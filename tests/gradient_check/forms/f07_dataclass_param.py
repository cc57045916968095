# TRUE: right
# HOLDS: weight.value, bias.value, gain.value | CONSTANTS: none
# cmd: GainLinear --input 6,4
from dataclasses import dataclass, field
import numpy as np


@dataclass
class Param:
    value: np.ndarray
    grad: np.ndarray = field(init=False)

    def __post_init__(self):
        self.grad = np.zeros_like(self.value)


class GainLinear:
    def __init__(self, rng, fan_in: int = 4, fan_out: int = 3):
        self.weight = Param(rng.uniform(-1, 1, (fan_in, fan_out)))
        self.bias = Param(np.zeros(fan_out))
        self.gain = Param(np.ones(fan_out))

    def forward(self, x):
        self._x = x
        self._h = x @ self.weight.value + self.bias.value
        return self._h * self.gain.value

    def backward(self, dy):
        self.gain.grad[...] = np.einsum("no,no->o", dy, self._h)
        dh = dy * self.gain.value
        self.weight.grad[...] = np.einsum("ni,no->io", self._x, dh)
        self.bias.grad[...] = dh.sum(0)
        return dh @ self.weight.value.T
