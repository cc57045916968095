# SOURCE: known slip in CS231n assignment 3 (temporal_softmax_loss), no thread at hand; masked
#     losses: https://github.com/d2l-ai/d2l-en/pull/2707
# mistake: the mask of the padded time steps is in the loss, but not in its gradient
# TRUE: wrong: dx where mask is 0 (it should be 0 there). Right where mask is 1.
# SAYS: a mask is forgotten on the way back
# cmd: temporal_softmax_loss --x 3,4,5 --y integers:3,4 --integers 5 --mask binary:3,4
import numpy as np


def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    x_flat = x.reshape(N * T, V)
    y_flat = y.reshape(N * T)
    mask_flat = mask.reshape(N * T)

    probs = np.exp(x_flat - np.max(x_flat, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(mask_flat * np.log(probs[np.arange(N * T), y_flat])) / N

    dx_flat = probs.copy()
    dx_flat[np.arange(N * T), y_flat] -= 1
    dx_flat /= N
    return loss, dx_flat.reshape(N, T, V)
