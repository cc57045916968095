# TRUE: right
# cmd: cost --X 7,3 --t integers:7 --W0_g 3,4 --b0_g 4 --W1_g 4,2 --b1_g 2 --integers 2
# MISTAKE: X.T @ dz -> X.T @ dz / len(X)
# WRONG: dW0_g
import numpy as np


def cost(X, t, W0_g, b0_g, W1_g, b1_g):
    h = np.tanh(X @ W0_g + b0_g)
    score = h @ W1_g + b1_g
    p = np.exp(score - score.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(t)), t]).mean()
    p[np.arange(len(t)), t] -= 1
    p /= len(t)
    dz = p @ W1_g.T * (1 - h**2)
    return loss, (X.T @ dz, dz.sum(axis=0), h.T @ p, p.sum(axis=0))
