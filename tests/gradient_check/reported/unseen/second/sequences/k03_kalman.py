# SOURCE: style of a signal processing student: a scalar Kalman filter per channel whose noise
#     levels are learned, gradients worked out by hand backwards in time, kept in a dict
# mistake: none
# TRUE: right
# cmd: KalmanLayer --n_channels 3 --input 6,3
import numpy as np


class KalmanLayer:
    def __init__(self, n_channels):
        self.a = np.full(n_channels, 0.9)          # transition
        self.log_q = np.linspace(-1.0, 0.5, n_channels)
        self.log_r = np.linspace(0.3, -0.6, n_channels)
        self.grads = {}

    def forward(self, z):
        q, r = np.exp(self.log_q), np.exp(self.log_r)
        s, P = np.zeros_like(q), np.ones_like(q)
        out, tape = [], []
        for obs in z:
            s_pred = self.a * s
            P_pred = self.a ** 2 * P + q
            K = P_pred / (P_pred + r)
            tape.append((obs, s, P, s_pred, P_pred, K))
            s = s_pred + K * (obs - s_pred)
            P = (1 - K) * P_pred
            out.append(s)
        return np.stack(out), tape

    def backward(self, dout, tape):
        q, r = np.exp(self.log_q), np.exp(self.log_r)
        da, dq, dr = np.zeros_like(q), np.zeros_like(q), np.zeros_like(q)
        ds, dP = np.zeros_like(q), np.zeros_like(q)
        dz = np.zeros_like(dout)
        for t in range(len(tape) - 1, -1, -1):
            obs, s, P, s_pred, P_pred, K = tape[t]
            ds = ds + dout[t]
            dK = ds * (obs - s_pred) - dP * P_pred
            dz[t] = ds * K
            dP_pred = dP * (1 - K) + dK * r / (P_pred + r) ** 2
            dr -= dK * P_pred / (P_pred + r) ** 2
            ds_pred = ds * (1 - K)
            da += ds_pred * s + dP_pred * 2 * self.a * P
            dq += dP_pred
            ds = ds_pred * self.a
            dP = dP_pred * self.a ** 2
        self.grads = {"a": da, "log_q": dq * q, "log_r": dr * r}
        return dz
