# SOURCE: https://datascience.stackexchange.com/questions/10545/gradient-check-is-failing-for-rnn
# mistake: row-vector RNN (x Wxh + h Whh); on the way back in time the delta is multiplied by Whh,
#     not by its transpose
# TRUE: dWxh, dWhh, dBh wrong (the gradient handed to the step before goes through Whh where Whh.T
#     belongs); dWhy, dBy right
# SAYS: dhnext = dhRaw @ Whh.T
# cmd: lossFun --Wxh 4,5 --Whh 5,5 --Bh 1,5 --Why 5,3 --By 1,3
import numpy as np

inputs = [0, 3, 1, 2, 3, 0]     # word ids of one sentence
targets = [2, 0, 1, 1, 0, 2]    # POS tags
hprev = np.array([[0.3, -0.2, 0.1, 0.4, -0.5]])


def lossFun(Wxh, Whh, Bh, Why, By):
    """returns loss and the gradients on the model parameters"""
    xs, hs, ps = {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((1, Wxh.shape[0]))
        xs[t][0, inputs[t]] = 1
        hs[t] = np.tanh(xs[t] @ Wxh + hs[t - 1] @ Whh + Bh)
        score = hs[t] @ Why + By
        score = score - score.max()
        ps[t] = np.exp(score) / np.sum(np.exp(score))
        loss += -np.log(ps[t][0, targets[t]])

    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dBh, dBy = np.zeros_like(Bh), np.zeros_like(By)
    dhnext = np.zeros_like(hprev)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[0, targets[t]] -= 1
        dWhy += hs[t].T @ dy
        dBy += dy
        dh = dy @ Why.T + dhnext
        dhRaw = (1 - hs[t] * hs[t]) * dh
        dWxh += xs[t].T @ dhRaw
        dWhh += hs[t - 1].T @ dhRaw
        dBh += dhRaw
        dhnext = dhRaw @ Whh
    return loss, dWxh, dWhh, dBh, dWhy, dBy
