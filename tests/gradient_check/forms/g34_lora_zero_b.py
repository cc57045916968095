# TRUE: wrong: lora_B (its gradient misses the factor scaling = alpha / r)
# HOLDS: self.lora_A, self.lora_B | CONSTANTS: self.weight, self.bias
# cmd: LoRALinear --input 6,4
# NOTE: weight and bias are frozen; lora_B starts at exactly zero, so the true gradient of lora_A is zero and scaling does not move y yet
import numpy as np


class LoRALinear:
    def __init__(self, features=4, r=2, alpha=8, rng=None):
        rng = rng or np.random.default_rng(34)
        self.weight = rng.normal(0, .5, (features, features))     # pretrained, frozen
        self.bias = rng.normal(0, .1, features)                   # pretrained, frozen
        self.lora_A = rng.normal(0, .5, (features, r))
        self.lora_B = np.zeros((r, features))
        self.scaling = alpha / r

    def forward(self, x):
        self.x = x
        self.xa = x @ self.lora_A
        return x @ self.weight + self.bias + self.scaling * (self.xa @ self.lora_B)

    def backward(self, dy):
        self.grad_lora_B = self.xa.T @ dy
        dxa = self.scaling * (dy @ self.lora_B.T)
        self.grad_lora_A = self.x.T @ dxa
        return dy @ self.weight.T + dxa @ self.lora_A.T
