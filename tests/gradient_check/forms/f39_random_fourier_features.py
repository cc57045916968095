# TRUE: right
# HOLDS: coef | CONSTANTS: omega, phase (fixed random projection, deliberately not trained), lengthscale
# cmd: RFFRegressor --input 6,4
import numpy as np


class RFFRegressor:
    """Random Fourier features; only the linear read-out is learned."""

    def __init__(self, rng, n_in=4, n_features=10, n_out=2, lengthscale=1.5):
        self.lengthscale = lengthscale
        self.omega = rng.normal(size=(n_in, n_features))
        self.phase = rng.uniform(0, 2 * np.pi, n_features)
        self.coef = rng.normal(size=(n_features, n_out))

    def forward(self, x):
        arg = x @ self.omega / self.lengthscale + self.phase
        phi = np.sqrt(2 / self.phase.size) * np.cos(arg)
        return phi @ self.coef, (arg, phi)

    def backward(self, dy, cache):
        arg, phi = cache
        dL_dcoef = phi.T @ dy
        dphi = dy @ self.coef.T
        darg = -np.sqrt(2 / self.phase.size) * np.sin(arg) * dphi
        return darg @ self.omega.T / self.lengthscale, dL_dcoef
