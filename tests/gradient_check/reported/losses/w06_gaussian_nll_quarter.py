# SOURCE: https://github.com/y0ast/VAE-Torch/pull/5
# mistake: constant term of the derivative with respect to log sigma^2 is 0.25 where it is 0.5
# TRUE: gradient of log_var wrong (too small by 0.25 in every place, a constant); gradient of mu
#     right
# SAYS: grad_log_var = 2 * 0.25
# cmd: GaussianCriterion --input 5,3 --input 5,3 --input 5,3
import numpy as np


class GaussianCriterion:
    """- log N(target; mu, exp(log_var)), summed over everything"""

    def forward(self, mu, log_var, target):
        self.mu, self.log_var, self.target = mu, log_var, target
        out = 0.5 * (np.log(2 * np.pi) + log_var)
        out = out + (target - mu) ** 2 / (2 * np.exp(log_var))
        return np.sum(out)

    def backward(self, dout=1.0):
        inv = np.exp(-self.log_var)
        grad_mu = -(self.target - self.mu) * inv
        grad_log_var = 0.25 - 0.5 * (self.target - self.mu) ** 2 * inv
        return dout * grad_mu, dout * grad_log_var
