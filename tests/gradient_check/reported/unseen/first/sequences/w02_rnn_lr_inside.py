# SOURCE: https://github.com/qixianbiao/RNN/issues/2 ("backward seems incorrect": the gradient of h
#     is not passed on to the step before)
# mistake: TWO. (1) the gradient of h_t is only what comes from y_t: what comes from h_{t+1} is
#     forgotten. (2) hidden states are kept in a list h[0..T-1]; at t = 0 h[t-1] is h[-1], the LAST
#     state, where forward used zeros.
# TRUE: wrong: dx (all but the last step), Wxh, Bh (by 1), Whh (by 1 and 2). Right: Why, By.
# OPEN: true: the way back from the later steps is missing
# cmd: RNN --input 5,3
import numpy as np


class RNN:
    def __init__(self, rng):
        self.Wxh = rng.standard_normal((4, 3)) * 0.5
        self.Whh = rng.standard_normal((4, 4)) * 0.5
        self.Bh = np.zeros(4)
        self.Why = rng.standard_normal((2, 4)) * 0.5
        self.By = np.zeros(2)

    def forward(self, x):
        self.x = x
        self.h = []
        output = []
        hid = np.zeros(4)
        for t in range(x.shape[0]):
            hid = np.tanh(np.dot(self.Wxh, x[t]) + np.dot(self.Whh, hid) + self.Bh)
            self.h.append(hid)
            output.append(np.dot(self.Why, hid) + self.By)
        return np.array(output)

    def backward(self, dOut, lr=0.002):
        x, h = self.x, self.h
        D_Wyh = np.zeros_like(self.Why)
        D_By = np.zeros_like(self.By)
        D_Whh = np.zeros_like(self.Whh)
        D_Wxh = np.zeros_like(self.Wxh)
        D_Bh = np.zeros_like(self.Bh)
        D_x = np.zeros_like(x)
        for t in range(x.shape[0] - 1, -1, -1):
            dQ = dOut[t]
            D_Wyh += np.outer(dQ, h[t])
            D_By += dQ
            dL_ht = np.dot(self.Why.T, dQ)
            dt = (1 - h[t] * h[t]) * dL_ht
            D_Wxh += np.outer(dt, x[t])
            D_Whh += np.outer(dt, h[t - 1])
            D_Bh += dt
            D_x[t] = np.dot(self.Wxh.T, dt)
        self.Why -= lr * D_Wyh
        self.By -= lr * D_By
        self.Whh -= lr * D_Whh
        self.Wxh -= lr * D_Wxh
        self.Bh -= lr * D_Bh
        return D_x
