# SOURCE: style of SimCLR / CLIP re-implementations
#     (https://github.com/sunjesse/pytorch-simclr/issues/1 is about its normalisation)
# mistake: none
# TRUE: right
# cmd: info_nce --z_i 5,3 --z_j 5,3
import numpy as np


def _normalize(z):
    norm = np.linalg.norm(z, axis=1, keepdims=True)
    return z / norm, norm


def _normalize_backward(du, u, norm):
    return (du - u * np.sum(du * u, axis=1, keepdims=True)) / norm


def _log_softmax(s, axis):
    s = s - s.max(axis=axis, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=axis, keepdims=True))


def info_nce(z_i, z_j, temperature=0.5):
    n = len(z_i)
    u, nu = _normalize(z_i)
    v, nv = _normalize(z_j)
    logits = u @ v.T / temperature
    lp_rows, lp_cols = _log_softmax(logits, 1), _log_softmax(logits, 0)
    loss = -(np.trace(lp_rows) + np.trace(lp_cols)) / (2 * n)
    dlogits = (np.exp(lp_rows) + np.exp(lp_cols) - 2 * np.eye(n)) / (2 * n) / temperature
    return loss, {"z_i": _normalize_backward(dlogits @ v, u, nu),
                  "z_j": _normalize_backward(dlogits.T @ u, v, nv)}
