# SOURCE: C. Bishop, Pattern Recognition and Machine Learning, first printings, eq. (5.157),
#     corrected in the errata (quoted from memory): printed  -gamma { |t-mu|^2 / sigma^3 - 1/sigma
#     },  right  gamma { L - |t-mu|^2 / sigma^2 }
# mistake: the printed equation typed in: derivative by sigma, not by its logarithm a_sigma, and for
#     one target dimension
# TRUE: two mistakes, both in d a_sigma: the factor sigma (sigma = exp(a_sigma)) is missing, and
#     1/sigma should be L/sigma with L = 2 target dimensions. d a_pi and d mu right. (t has no
#     gradient: data.)
# OPEN: unknown
# cmd: mdn_loss --a_pi 5,3 --mu 5,3,2 --a_sigma 5,3 --t 5,2
import numpy as np


def mdn_loss(a_pi, mu, a_sigma, t):
    N, K, L = mu.shape
    e = np.exp(a_pi - a_pi.max(axis=1, keepdims=True))
    pi = e / e.sum(axis=1, keepdims=True)
    sigma = np.exp(a_sigma)
    sq = ((t[:, None, :] - mu) ** 2).sum(axis=2)
    logphi = -0.5 * L * np.log(2 * np.pi) - L * np.log(sigma) - sq / (2 * sigma ** 2)
    joint = np.log(pi) + logphi
    top = joint.max(axis=1, keepdims=True)
    logp = top[:, 0] + np.log(np.exp(joint - top).sum(axis=1))
    E = -logp.sum() / N

    gamma = np.exp(joint - logp[:, None])
    dE_dpi = (pi - gamma) / N
    dE_dmu = gamma[:, :, None] * (mu - t[:, None, :]) / sigma[:, :, None] ** 2 / N
    dE_dsigma = -gamma * (sq / sigma ** 3 - 1 / sigma) / N
    return E, dE_dpi, dE_dmu, dE_dsigma
