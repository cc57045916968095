# TRUE: wrong: γ (dγ uses the raw x instead of the normalised xn)
# HOLDS: self.γ, self.β | CONSTANTS: self.ε
# cmd: BatchNorm --input 6,4
import numpy as np


class BatchNorm:
    def __init__(self, D=4, ρ=0.9, ε=1e-5, rng=None):
        rng = rng or np.random.default_rng(18)
        self.γ = 1 + 0.3 * rng.standard_normal(D)
        self.β = 0.3 * rng.standard_normal(D)
        self.ρ, self.ε = ρ, ε
        self.μ_run, self.σ2_run = np.zeros(D), np.ones(D)

    def forward(self, x):
        self.x = x
        self.μ, self.σ2 = x.mean(0), x.var(0)
        self.μ_run = self.ρ * self.μ_run + (1 - self.ρ) * self.μ
        self.σ2_run = self.ρ * self.σ2_run + (1 - self.ρ) * self.σ2
        self.inv = 1 / np.sqrt(self.σ2 + self.ε)
        self.xn = (x - self.μ) * self.inv
        return self.γ * self.xn + self.β

    def backward(self, dy):
        self.dγ = (dy * self.x).sum(0)
        self.dβ = dy.sum(0)
        dxn = dy * self.γ
        return self.inv * (dxn - dxn.mean(0) - self.xn * (dxn * self.xn).mean(0))
