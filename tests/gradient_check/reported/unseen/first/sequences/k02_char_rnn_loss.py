# SOURCE: style of Karpathy's min-char-rnn (one loss function, dicts over time, column vectors),
#     without the clipping
# mistake: none
# TRUE: right
# cmd: loss_fun --Wxh 5,4 --Whh 5,5 --Why 4,5 --bh 5,1 --by 4,1 --hprev 5,1 --text integers:6
#     --integers 4
import numpy as np


def loss_fun(Wxh, Whh, Why, bh, by, hprev, text):
    inputs, targets = text[:-1], text[1:]
    xs, hs, ps = {}, {-1: np.copy(hprev)}, {}
    loss = 0.
    for t in range(len(inputs)):
        xs[t] = np.zeros((4, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        y = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(y - y.max()) / np.sum(np.exp(y - y.max()))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hprev)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    return loss, {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy, "bh": dbh, "by": dby, "hprev": dhnext}
