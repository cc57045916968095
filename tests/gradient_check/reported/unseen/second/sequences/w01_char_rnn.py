# SOURCE: https://github.com/qixianbiao/RNN/issues/2 ("the backward seems wrong: the gradient of the
#     later h is not passed on to the step before"); the names are those of the well-known
#     min-char-rnn style
# mistake: backpropagation through time without the time: dh of a step is what comes from its own
#     output only
# TRUE: dx, Wxh, Whh, bh are wrong (the gradient that comes back from step t+1 through Whh is
#     forgotten, only the last step is right); Why and by are right
# SAYS: the way back from the later steps is missing
# cmd: CharRNN --input 5,3
import numpy as np


class CharRNN:
    """vanilla rnn, one sequence at a time; backward takes the SGD step itself"""

    def __init__(self, rng):
        n_in, n_h, n_out = 3, 6, 4
        self.Wxh = rng.normal(0, 0.5, (n_h, n_in))
        self.Whh = rng.normal(0, 0.5, (n_h, n_h))
        self.Why = rng.normal(0, 0.5, (n_out, n_h))
        self.bh = np.zeros(n_h)
        self.by = np.zeros(n_out)

    def forward(self, xs):
        self.xs, self.hs = xs, {-1: np.zeros(len(self.bh))}
        ys = []
        for t in range(len(xs)):
            self.hs[t] = np.tanh(self.Wxh @ xs[t] + self.Whh @ self.hs[t - 1] + self.bh)
            ys.append(self.Why @ self.hs[t] + self.by)
        return np.array(ys)

    def backward(self, dys, lr=0.002):
        dWxh, dWhh, dWhy = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.Why)
        dbh, dby = np.zeros_like(self.bh), np.zeros_like(self.by)
        dxs = np.zeros_like(self.xs)
        for t in reversed(range(len(dys))):
            dWhy += np.outer(dys[t], self.hs[t])
            dby += dys[t]
            dh = self.Why.T @ dys[t]
            draw = (1 - self.hs[t] * self.hs[t]) * dh
            dWxh += np.outer(draw, self.xs[t])
            dWhh += np.outer(draw, self.hs[t - 1])
            dbh += draw
            dxs[t] = self.Wxh.T @ draw
        for param, dparam in zip([self.Wxh, self.Whh, self.Why, self.bh, self.by],
                                 [dWxh, dWhh, dWhy, dbh, dby]):
            param -= lr * dparam
        return dxs
