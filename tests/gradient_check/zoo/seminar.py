"""Seminar: 28 wrong layers and losses of what papers add: gates and attention, layers of GANs,
losses and activations beyond a first course. Three others wrote them, who knew the words alone. At
first sight 10 were named, 14 unknown, and 4 called by a true word that says less. Then the checker
learnt to look at the ways inside of a layer and at channels that stand first."""
# ruff: noqa: N803, N806

import numpy as np

from zoo.mistake import mistake


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@mistake("wrong parameter", "", x=(2, 4, 5))
class SaganAttention:
    """SAGAN self-attention y = gamma * o + x over (N, C, places): the backward pass sends dy
    itself, not gamma * dy, into the attention branch, as if gamma were 1."""

    def __init__(self, rng, c=4, k=3):
        self.params = {
            "Wf": rng.normal(size=(k, c)) * 0.6,
            "Wg": rng.normal(size=(k, c)) * 0.6,
            "Wh": rng.normal(size=(c, c)) * 0.6,
            "gamma": rng.uniform(0.4, 0.8, size=(1,)),
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        f = np.einsum("kc,ncj->nkj", p["Wf"], x)
        g = np.einsum("kc,nci->nki", p["Wg"], x)
        h = np.einsum("dc,ncj->ndj", p["Wh"], x)
        beta = softmax(np.einsum("nki,nkj->nij", g, f), axis=2)
        o = np.einsum("nij,ndj->ndi", beta, h)
        return p["gamma"][0] * o + x, (x, f, g, h, beta, o)

    def backward(self, dy, cache):
        x, f, g, h, beta, o = cache
        p = self.params
        dgamma = np.array([np.sum(dy * o)])
        do = dy
        dh = np.einsum("nij,ndi->ndj", beta, do)
        dbeta = np.einsum("ndi,ndj->nij", do, h)
        ds = beta * (dbeta - np.sum(dbeta * beta, axis=2, keepdims=True))
        dg = np.einsum("nij,nkj->nki", ds, f)
        df = np.einsum("nij,nki->nkj", ds, g)
        self.grads = {
            "Wf": np.einsum("nkj,ncj->kc", df, x),
            "Wg": np.einsum("nki,nci->kc", dg, x),
            "Wh": np.einsum("ndj,ncj->dc", dh, x),
            "gamma": dgamma,
        }
        dx = dy + np.einsum("kc,nkj->ncj", p["Wf"], df)
        dx = dx + np.einsum("kc,nki->nci", p["Wg"], dg)
        dx = dx + np.einsum("dc,ndj->ncj", p["Wh"], dh)
        return dx


@mistake(
    "scale",
    "",
    x=lambda rng: (
        rng.normal(size=(2, 4, 3)),
        rng.normal(size=(2, 6, 3)),
        rng.normal(size=(2, 6, 5)),
    ),
)
class ScaledDotProductAttention:
    """softmax(q k^T / sqrt(d)) v: the 1/sqrt(d) is forgotten on the way back, so dq and dk are
    sqrt(d) times too large (dv is right)."""

    def __init__(self, rng):
        self.params = {}
        self.grads = {}

    def forward(self, q, k, v):
        d = q.shape[-1]
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(d)
        attn = softmax(scores)
        return attn @ v, (q, k, v, attn)

    def backward(self, dy, cache):
        q, k, v, attn = cache
        dv = attn.transpose(0, 2, 1) @ dy
        dattn = dy @ v.transpose(0, 2, 1)
        dscores = attn * (dattn - (dattn * attn).sum(-1, keepdims=True))
        dq = dscores @ k
        dk = dscores.transpose(0, 2, 1) @ q
        return dq, dk, dv


@mistake("path missing", "dx", x=(3, 5, 4))
class TwoHeadSelfAttention:
    """Multi-head self-attention, two heads in a loop: dx is assigned in each turn of the loop
    instead of added to, so only the way through the last head is left."""

    def __init__(self, rng, d=4, heads=2):
        self.heads = heads
        self.Wq = rng.normal(size=(d, d)) * 0.7
        self.Wk = rng.normal(size=(d, d)) * 0.7
        self.Wv = rng.normal(size=(d, d)) * 0.7
        self.Wo = rng.normal(size=(d, d)) * 0.7

    def forward(self, x):
        q, k, v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        dh = x.shape[2] // self.heads
        out, probs = np.zeros_like(x), []
        for i in range(self.heads):
            s = slice(i * dh, (i + 1) * dh)
            a = softmax(np.einsum("ntd,nsd->nts", q[..., s], k[..., s]) / np.sqrt(dh))
            out[..., s] = np.einsum("nts,nsd->ntd", a, v[..., s])
            probs.append(a)
        self.cache = (x, q, k, v, probs, out)
        return out @ self.Wo

    def backward(self, dy):
        x, q, k, v, probs, out = self.cache
        dh = x.shape[2] // self.heads
        self.dWo = np.einsum("ntd,nte->de", out, dy)
        dout = dy @ self.Wo.T
        self.dWq = np.zeros_like(self.Wq)
        self.dWk = np.zeros_like(self.Wk)
        self.dWv = np.zeros_like(self.Wv)
        dx = np.zeros_like(x)
        for i in range(self.heads):
            s = slice(i * dh, (i + 1) * dh)
            a, do = probs[i], dout[..., s]
            dv = np.einsum("nts,ntd->nsd", a, do)
            da = np.einsum("ntd,nsd->nts", do, v[..., s])
            ds = a * (da - np.sum(da * a, axis=-1, keepdims=True)) / np.sqrt(dh)
            dq = np.einsum("nts,nsd->ntd", ds, k[..., s])
            dk = np.einsum("nts,ntd->nsd", ds, q[..., s])
            self.dWq[:, s] = np.einsum("ntc,ntd->cd", x, dq)
            self.dWk[:, s] = np.einsum("ntc,ntd->cd", x, dk)
            self.dWv[:, s] = np.einsum("ntc,ntd->cd", x, dv)
            dx = dq @ self.Wq[:, s].T + dk @ self.Wk[:, s].T + dv @ self.Wv[:, s].T
        return dx


@mistake(
    "local derivative",
    "",
    x=lambda rng: (rng.normal(size=(5, 4)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))),
)
class LSTMCell:
    """One LSTM step (x, h, c) -> [h', c']: the backward pass treats the four gates alike and uses s
    (1 - s) for the candidate too, which is a tanh and needs 1 - g^2."""

    def __init__(self, rng, n_in=4, n_hid=3):
        self.params = {
            "Wx": rng.normal(size=(n_in, 4 * n_hid)) * 0.5,
            "Wh": rng.normal(size=(n_hid, 4 * n_hid)) * 0.5,
            "b": rng.normal(size=4 * n_hid) * 0.5,
        }
        self.grads = {}

    def forward(self, x, h, c):
        H = h.shape[1]
        z = x @ self.params["Wx"] + h @ self.params["Wh"] + self.params["b"]
        i, f, o = sigmoid(z[:, :H]), sigmoid(z[:, H : 2 * H]), sigmoid(z[:, 2 * H : 3 * H])
        g = np.tanh(z[:, 3 * H :])
        c_next = f * c + i * g
        h_next = o * np.tanh(c_next)
        return np.hstack([h_next, c_next]), (x, h, c, i, f, o, g, c_next)

    def backward(self, dy, cache):
        x, h, c, i, f, o, g, c_next = cache
        H = h.shape[1]
        dh_next, dc_next = dy[:, :H], dy[:, H:]
        t = np.tanh(c_next)
        dc = dc_next + dh_next * o * (1 - t**2)
        gates = np.hstack([i, f, o, g])
        dgates = np.hstack([dc * g, dc * c, dh_next * t, dc * i])
        dz = dgates * gates * (1 - gates)
        self.grads["Wx"] = x.T @ dz
        self.grads["Wh"] = h.T @ dz
        self.grads["b"] = dz.sum(axis=0)
        return dz @ self.params["Wx"].T, dz @ self.params["Wh"].T, dc * f


@mistake("wrong input", "dWh", x=(4, 5, 3))
class ElmanRNN:
    """h_t = tanh(x_t Wx + h_{t-1} Wh + b) over (time, batch, features), all states put out: dWh is
    summed with the state h_t that the step put out, in place of h_{t-1} that went into it."""

    def __init__(self, rng, n_in=3, n_hid=6):
        self.Wx = rng.normal(size=(n_in, n_hid)) * 0.5
        self.Wh = rng.normal(size=(n_hid, n_hid)) * 0.4
        self.b = rng.normal(size=n_hid) * 0.3
        self.h0 = rng.normal(size=n_hid) * 0.5  # a fixed start, not learned

    def forward(self, x):
        T, N, _ = x.shape
        hs = np.zeros((T + 1, N, self.b.size))
        hs[0] = self.h0
        for t in range(T):
            hs[t + 1] = np.tanh(x[t] @ self.Wx + hs[t] @ self.Wh + self.b)
        return hs[1:].copy(), (x, hs)

    def backward(self, dy, cache):
        x, hs = cache
        T = x.shape[0]
        self.dWx = np.zeros_like(self.Wx)
        self.dWh = np.zeros_like(self.Wh)
        self.db = np.zeros_like(self.b)
        dx = np.zeros_like(x)
        dh_next = np.zeros_like(hs[0])
        for t in reversed(range(T)):
            h = hs[t + 1]
            da = (dy[t] + dh_next) * (1.0 - h * h)
            self.dWx += x[t].T @ da
            self.dWh += h.T @ da
            self.db += da.sum(axis=0)
            dx[t] = da @ self.Wx.T
            dh_next = da @ self.Wh.T
        return dx


@mistake("derivative not applied", "", x=(7, 4))
class GatedLinearUnit:
    """GLU y = (x W + b) * sigmoid(x V + c): the gate's gradient is dy times the linear half,
    without the sigmoid's derivative s (1 - s)."""

    def __init__(self, rng, n_in=4, n_out=5):
        self.W, self.b = rng.normal(size=(n_in, n_out)) * 0.7, rng.normal(size=n_out) * 0.5
        self.V, self.c = rng.normal(size=(n_in, n_out)) * 0.7, rng.normal(size=n_out) * 0.5

    def forward(self, x):
        lin = x @ self.W + self.b
        gate = sigmoid(x @ self.V + self.c)
        return lin * gate, (x, lin, gate)

    def backward(self, dy, cache):
        x, lin, gate = cache
        dlin = dy * gate
        dgate = dy * lin
        self.dW, self.db = x.T @ dlin, dlin.sum(axis=0)
        self.dV, self.dc = x.T @ dgate, dgate.sum(axis=0)
        return dlin @ self.W.T + dgate @ self.V.T


@mistake("sign", "", x=(7, 5))
class HighwayLayer:
    """Highway y = t * h + (1 - t) * x with h = tanh: the minus of the carry gate 1 - t is lost, the
    transform gate gets dy * (h + x) where dy * (h - x) is right."""

    def __init__(self, rng, n=5):
        self.params = {
            "Wh": rng.normal(size=(n, n)) * 0.6,
            "bh": rng.normal(size=n) * 0.5,
            "Wt": rng.normal(size=(n, n)) * 0.6,
            "bt": rng.normal(size=n) * 0.5 - 0.5,
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        h = np.tanh(x @ p["Wh"] + p["bh"])
        t = sigmoid(x @ p["Wt"] + p["bt"])
        carry = 1 - t
        return t * h + carry * x, {"x": x, "h": h, "t": t, "carry": carry}

    def backward(self, dy, cache):
        x, h, t, carry = cache["x"], cache["h"], cache["t"], cache["carry"]
        p = self.params
        dcarry = dy * x
        dt = dy * h + dcarry
        dzt = dt * t * (1 - t)
        dzh = dy * t * (1 - h**2)
        self.grads["Wh"], self.grads["bh"] = x.T @ dzh, dzh.sum(0)
        self.grads["Wt"], self.grads["bt"] = x.T @ dzt, dzt.sum(0)
        return dy * carry + dzh @ p["Wh"].T + dzt @ p["Wt"].T


@mistake("path missing", "dx", x=(2, 5, 3, 3))
class SqueezeExcitation:
    """Squeeze-and-excitation y = x * s(x) over (N, C, H, W): the channel scales' own gradients are
    computed for the weights, but dx is only dy * s, the way through the squeeze is not added."""

    def __init__(self, rng, c=5, r=4):
        self.params = {
            "W1": rng.normal(size=(c, r)),
            "b1": rng.normal(size=r) * 0.3 + 0.3,
            "W2": rng.normal(size=(r, c)),
            "b2": rng.normal(size=c) * 0.5,
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        z = x.mean(axis=(2, 3))
        a = np.maximum(z @ p["W1"] + p["b1"], 0)
        s = sigmoid(a @ p["W2"] + p["b2"])
        return x * s[:, :, None, None], (x, z, a, s)

    def backward(self, dy, cache):
        x, z, a, s = cache
        p = self.params
        ds = (dy * x).sum(axis=(2, 3))
        dz2 = ds * s * (1 - s)
        dz1 = (dz2 @ p["W2"].T) * (a > 0)
        self.grads["W2"], self.grads["b2"] = a.T @ dz2, dz2.sum(axis=0)
        self.grads["W1"], self.grads["b1"] = z.T @ dz1, dz1.sum(axis=0)
        dx = dy * s[:, :, None, None]
        return dx


@mistake("off-diagonal", "", x=(6, 5))
class MixtureOfExperts:
    """Three linear experts mixed by a softmax gate of the input: the gate's softmax is
    differentiated as g (1 - g) for each expert alone, without the terms between the experts."""

    def __init__(self, rng, n_in=5, n_out=4, experts=3):
        self.We = rng.normal(size=(experts, n_in, n_out)) * 0.6
        self.be = rng.normal(size=(experts, n_out)) * 0.6
        self.Wg = rng.normal(size=(n_in, experts)) * 0.6

    def forward(self, x):
        gate = softmax(x @ self.Wg)
        outs = np.einsum("ni,eio->neo", x, self.We) + self.be
        self.cache = x, gate, outs
        return np.einsum("ne,neo->no", gate, outs)

    def backward(self, dy):
        x, gate, outs = self.cache
        douts = gate[:, :, None] * dy[:, None, :]
        dgate = np.einsum("no,neo->ne", dy, outs)
        dlogits = dgate * gate * (1 - gate)
        self.dWe = np.einsum("ni,neo->eio", x, douts)
        self.dbe = douts.sum(axis=0)
        self.dWg = x.T @ dlogits
        return np.einsum("neo,eio->ni", douts, self.We) + dlogits @ self.Wg.T


@mistake("variance term", "dx", x=(3, 6, 4))
class PixelNorm:
    """Progressive GAN's pixel norm, x over its root mean square across channels; the backward pass
    only multiplies dy by 1/rms, as if the rms did not depend on x."""

    def __init__(self, rng, eps=1e-8):
        self.eps = eps
        self.params, self.grads = {}, {}

    def forward(self, x):
        r = 1.0 / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + self.eps)
        return x * r, (x, r)

    def backward(self, dy, cache):
        x, r = cache
        return dy * r


@mistake("path missing | part of the channels", "dx", x=(5, 3, 4))
class MinibatchStdDev:
    """Minibatch standard deviation: the mean over features of the std over the batch, appended as
    one more channel; the backward pass cuts that channel off dy and passes on the rest."""

    def __init__(self, rng, eps=1e-8):
        self.eps = eps

    def forward(self, x):
        n, c, t = x.shape
        d = x - x.mean(axis=0)
        s = np.sqrt((d**2).mean(axis=0) + self.eps)
        self.shape = x.shape
        extra = np.full((n, 1, t), s.mean())
        return np.concatenate([x, extra], axis=1)

    def backward(self, dy):
        c = self.shape[1]
        return dy[:, :c].copy()


def _two_inputs(rng):
    return rng.standard_normal((4, 6, 3)), rng.standard_normal((4, 5))


@mistake("wrong axis", "dx", x=_two_inputs)
class AdaIN:
    """Adaptive instance norm (batch, place, channel) with an affine map from the style to scale and
    bias; the backward pass was copied from batch norm and takes its two means over the batch as
    well as the places."""

    def __init__(self, rng, c=3, s=5):
        self.c = c
        self.params = {"A": rng.normal(0, 0.6, (s, 2 * c)), "b": rng.normal(0, 0.5, 2 * c)}
        self.grads = {}

    def forward(self, x, style):
        mu = x.mean(axis=1, keepdims=True)
        inv = 1.0 / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        xhat = (x - mu) * inv
        h = style @ self.params["A"] + self.params["b"]
        scale, bias = 1.0 + h[:, None, : self.c], h[:, None, self.c :]
        return scale * xhat + bias, (xhat, inv, scale, style)

    def backward(self, dy, cache):
        xhat, inv, scale, style = cache
        dh = np.concatenate([(dy * xhat).sum(axis=1), dy.sum(axis=1)], axis=1)
        self.grads["A"] = style.T @ dh
        self.grads["b"] = dh.sum(axis=0)
        dstyle = dh @ self.params["A"].T
        g = dy * scale
        m1 = g.mean(axis=(0, 1), keepdims=True)
        m2 = (g * xhat).mean(axis=(0, 1), keepdims=True)
        dx = inv * (g - m1 - xhat * m2)
        return dx, dstyle


@mistake("wrong parameter", "dx", x=(7, 3, 5))
class ConditionalBatchNorm:
    """Batch norm whose gamma and beta are looked up by each sample's label; the backward pass keeps
    gamma outside the bracket as in plain batch norm, though it now differs from sample to sample
    and belongs in the means."""

    def __init__(self, rng, n=7, c=3, classes=4):
        self.labels = rng.integers(0, classes, n)
        self.params = {
            "gamma": 1.0 + 0.5 * rng.standard_normal((classes, c)),
            "beta": 0.5 * rng.standard_normal((classes, c)),
        }
        self.grads = {}

    def forward(self, x):
        mu = x.mean(axis=(0, 2), keepdims=True)
        inv = 1.0 / np.sqrt(x.var(axis=(0, 2), keepdims=True) + 1e-5)
        xhat = (x - mu) * inv
        gamma = self.params["gamma"][self.labels][:, :, None]
        beta = self.params["beta"][self.labels][:, :, None]
        return gamma * xhat + beta, (xhat, inv, gamma)

    def backward(self, dy, cache):
        xhat, inv, gamma = cache
        dgamma = np.zeros_like(self.params["gamma"])
        dbeta = np.zeros_like(self.params["beta"])
        np.add.at(dgamma, self.labels, (dy * xhat).sum(axis=2))
        np.add.at(dbeta, self.labels, dy.sum(axis=2))
        self.grads = {"gamma": dgamma, "beta": dbeta}
        m = dy.shape[0] * dy.shape[2]
        s1 = dy.sum(axis=(0, 2), keepdims=True)
        s2 = (dy * xhat).sum(axis=(0, 2), keepdims=True)
        return gamma * inv / m * (m * dy - s1 - xhat * s2)


def _signal_and_style(rng):
    return rng.standard_normal((3, 2, 6)), rng.standard_normal((3, 2))


@mistake("wrong parameter", "dx", x=_signal_and_style)
class ModulatedConv:
    """StyleGAN2's modulated and demodulated convolution (one-dimensional, padded to the same
    length); the gradient of x is made by the same sliding product as the forward pass, with the
    kernel not flipped."""

    def __init__(self, rng, cin=2, cout=4, k=3):
        self.W = rng.normal(0, 0.7, (cout, cin, k))
        self.dW = np.zeros_like(self.W)

    @staticmethod
    def _windows(x, k):
        p = k // 2
        xp = np.pad(x, ((0, 0), (0, 0), (p, p)))
        return np.stack([xp[:, :, j : j + x.shape[2]] for j in range(k)], axis=3)

    def forward(self, x, style):
        s = 1.0 + style
        wm = self.W[None] * s[:, None, :, None]
        d = 1.0 / np.sqrt((wm**2).sum(axis=(2, 3)) + 1e-8)
        w = wm * d[:, :, None, None]
        win = self._windows(x, self.W.shape[2])
        y = np.einsum("nitk,noik->not", win, w)
        return y, (win, w, d, s)

    def backward(self, dy, cache):
        win, w, d, s = cache
        dw = np.einsum("not,nitk->noik", dy, win)
        proj = (dw * w).sum(axis=(2, 3), keepdims=True)
        dwm = d[:, :, None, None] * (dw - w * proj)
        self.dW = np.einsum("noik,ni->oik", dwm, s)
        dstyle = np.einsum("noik,oik->ni", dwm, self.W)
        dwin = self._windows(dy, self.W.shape[2])
        dx = np.einsum("notk,noik->nit", dwin, w)
        return dx, dstyle


@mistake("scale", "dW", x=(5, 6))
class EqualizedDense:
    """Dense layer with equalized learning rate: W is multiplied by sqrt(2 / fan_in) at run time;
    the gradient of the stored W is that of the multiplied weight, the constant is forgotten."""

    def __init__(self, rng, n_in=6, n_out=4):
        self.W = rng.standard_normal((n_out, n_in))
        self.b = rng.standard_normal(n_out)
        self.c = np.sqrt(2.0 / n_in)

    def forward(self, x):
        self.x = x
        return x @ (self.W * self.c).T + self.b

    def backward(self, dy):
        self.dW = dy.T @ self.x
        self.db = dy.sum(axis=0)
        return dy @ (self.W * self.c)


@mistake("path missing", "dW", x=(6, 5))
class SpectralNormDense:
    """Dense layer with weight W / sigma, sigma = u'Wv and u, v from power iteration, held constant;
    the gradient of W is divided by sigma, but sigma's own dependence on W is left out."""

    def __init__(self, rng, n_in=5, n_out=4, iterations=3):
        W = rng.standard_normal((n_out, n_in))
        u = rng.standard_normal(n_out)
        for _ in range(iterations):
            v = W.T @ u
            v = v / np.linalg.norm(v)
            u = W @ v
            u = u / np.linalg.norm(u)
        self.u, self.v = u, v
        self.params = {"W": W, "b": 0.3 * rng.standard_normal(n_out)}
        self.grads = {}

    def forward(self, x):
        sigma = self.u @ self.params["W"] @ self.v
        w_sn = self.params["W"] / sigma
        return x @ w_sn.T + self.params["b"], (x, w_sn, sigma)

    def backward(self, dy, cache):
        x, w_sn, sigma = cache
        dw_sn = dy.T @ x
        self.grads["W"] = dw_sn / sigma
        self.grads["b"] = dy.sum(axis=0)
        return dy @ w_sn


@mistake("derivative not applied", "dx", x=(4, 3, 5))
class ProjectionDiscriminator:
    """The head of a projection discriminator: ReLU, sum over the places, then a linear score plus
    the inner product with the label's embedding; the backward pass spreads the gradient over the
    places and forgets the ReLU."""

    def __init__(self, rng, n=4, c=3, classes=6):
        self.labels = rng.integers(0, classes, n)
        self.params = {
            "psi": rng.standard_normal(c),
            "b": rng.standard_normal(1),
            "V": rng.standard_normal((classes, c)),
        }
        self.grads = {}

    def forward(self, x):
        h = np.maximum(x, 0.0)
        phi = h.sum(axis=2)
        e = self.params["V"][self.labels]
        score = phi @ self.params["psi"] + self.params["b"][0] + (e * phi).sum(axis=1)
        return score, (x, phi, e)

    def backward(self, dy, cache):
        x, phi, e = cache
        self.grads["psi"] = phi.T @ dy
        self.grads["b"] = np.array([dy.sum()])
        dV = np.zeros_like(self.params["V"])
        np.add.at(dV, self.labels, dy[:, None] * phi)
        self.grads["V"] = dV
        dphi = dy[:, None] * (self.params["psi"] + e)
        dx = np.repeat(dphi[:, :, None], x.shape[2], axis=2)
        return dx


@mistake("assigned", "dx", x=(2, 3, 4))
class BilinearUpsample:
    """Bilinear upsampling by two of a batch of single-channel maps (half-pixel centres, edges
    clamped); the backward pass scatters with dx[:, i, j] += ..., where of several equal indices
    only the last one is kept."""

    def __init__(self, rng):
        self.params, self.grads = {}, {}

    @staticmethod
    def _grid(n):
        pos = np.clip((np.arange(2 * n) + 0.5) / 2.0 - 0.5, 0, n - 1)
        lo = np.floor(pos).astype(int)
        hi = np.minimum(lo + 1, n - 1)
        return lo, hi, pos - lo

    def forward(self, x):
        i0, i1, a = self._grid(x.shape[1])
        j0, j1, b = self._grid(x.shape[2])
        corners = [
            (i0, j0, np.outer(1 - a, 1 - b)),
            (i0, j1, np.outer(1 - a, b)),
            (i1, j0, np.outer(a, 1 - b)),
            (i1, j1, np.outer(a, b)),
        ]
        y = sum(w * x[:, i[:, None], j[None, :]] for i, j, w in corners)
        return y, (x.shape, corners)

    def backward(self, dy, cache):
        shape, corners = cache
        dx = np.zeros(shape)
        for i, j, w in corners:
            dx[:, i[:, None], j[None, :]] += w * dy
        return dx


@mistake("scale", "dx[1]", x=lambda rng: (rng.standard_normal((5, 3)), rng.standard_normal((5, 3))))
class Reparameterize:
    """z = mu + exp(logvar/2) * eps with fixed noise; the 1/2 of the chain rule is forgotten in
    dlogvar."""

    def __init__(self, rng):
        self.eps = rng.standard_normal((5, 3))

    def forward(self, mu, logvar):
        std = np.exp(0.5 * logvar)
        return mu + std * self.eps, std

    def backward(self, dz, cache):
        std = cache
        dmu = dz.copy()
        dlogvar = dz * self.eps * std
        return dmu, dlogvar


def _pairs(rng):
    z = rng.standard_normal((6, 4))
    return z, np.array([3, 4, 5, 0, 1, 2])


@mistake("path missing", "", x=_pairs, kind="loss")
def simclr_info_nce(z, partner):
    """InfoNCE over a batch of two views, cosine similarity; each embedding gets its gradient as the
    anchor only, not as the positive or negative of the other anchors (G u in place of (G + G^T) u).
    """
    tau, m = 0.7, len(z)
    norm = np.sqrt((z**2).sum(1, keepdims=True))
    u = z / norm
    s = u @ u.T / tau
    np.fill_diagonal(s, -np.inf)
    s = s - s.max(1, keepdims=True)
    e = np.exp(s)
    p = e / e.sum(1, keepdims=True)
    rows = np.arange(m)
    loss = -np.log(p[rows, partner]).mean()
    g = p.copy()
    g[rows, partner] -= 1.0
    g /= m
    du = g @ u / tau
    dz = (du - u * (u * du).sum(1, keepdims=True)) / norm
    return loss, dz


def _triplets(rng):
    emb = 0.6 * rng.standard_normal((9, 4))
    idx = np.array([rng.permutation(9)[:3] for _ in range(20)])
    return emb, idx


@mistake("mask", "", x=_triplets, kind="loss")
def triplet_margin(emb, idx):
    """Triplet loss with margin over listed (anchor, positive, negative); the mask of the backward
    pass asks d(a,p) > d(a,n) and forgets the margin, so triplets inside the margin get no gradient.
    """
    margin = 2.0
    a, p, n = idx.T
    ap = emb[a] - emb[p]
    an = emb[a] - emb[n]
    dpos = (ap**2).sum(1)
    dneg = (an**2).sum(1)
    loss = np.maximum(0.0, dpos - dneg + margin).mean()
    active = (dpos > dneg).astype(float)[:, None] / len(idx)
    demb = np.zeros_like(emb)
    np.add.at(demb, a, 2 * active * (ap - an))
    np.add.at(demb, p, -2 * active * ap)
    np.add.at(demb, n, 2 * active * an)
    return loss, demb


def _real_and_fake(rng):
    return rng.standard_normal(11), np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])


@mistake("path missing", "", x=_real_and_fake, kind="loss")
def relativistic_average_d(scores, is_real):
    """Relativistic average discriminator loss; the average score of the opposite class is taken as
    a constant, so nothing flows back through the two means."""
    r = is_real == 1
    f = ~r
    real, fake = scores[r], scores[f]
    dr = real - fake.mean()
    df = fake - real.mean()
    loss = np.logaddexp(0, -dr).mean() + np.logaddexp(0, df).mean()
    g = np.zeros_like(scores)
    g[r] = (sigmoid(dr) - 1.0) / r.sum()
    g[f] = sigmoid(df) / f.sum()
    return loss, g


@mistake("wrong axis", "dx", x=(3, 4, 9))
class LogSumExpPool:
    """Global log-mean-exp pooling of (batch, channel, place); the softmax weights of the backward
    pass are normalized over the channels, not over the places."""

    def __init__(self, rng, r=1.5):
        self.r = r

    def forward(self, x):
        top = x.max(axis=2, keepdims=True)
        y = top[:, :, 0] + np.log(np.mean(np.exp(self.r * (x - top)), axis=2)) / self.r
        return y, x

    def backward(self, dy, cache):
        x = cache
        e = np.exp(self.r * (x - x.max()))
        w = e / e.sum(axis=1, keepdims=True)
        return dy[:, :, None] * w


@mistake("wrong parameter", "dx", x=(7, 5))
class SwishBeta:
    """y = x * sigmoid(beta x), one learned beta for each feature; dx is that of plain Swish in its
    second term, s + x s (1-s), the inner factor beta is forgotten (taken as 1)."""

    def __init__(self, rng, d=5):
        self.beta = rng.uniform(0.4, 2.2, d)
        self.dbeta = np.zeros(d)

    def forward(self, x):
        self.x = x
        self.s = sigmoid(self.beta * x)
        return x * self.s

    def backward(self, dy):
        x, s = self.x, self.s
        self.dbeta = (dy * x * x * s * (1 - s)).sum(axis=0)
        return dy * (s + x * s * (1 - s))


@mistake("off-diagonal | missing sum", "dx", x=(5, 7))
class LogSoftmax:
    """Log-softmax over the last axis; dx = dy - p * dy: the sum of dy over the classes is left out,
    so only the diagonal of the Jacobian is there."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        shifted = x - x.max(axis=1, keepdims=True)
        y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return y, y

    def backward(self, dy, cache):
        p = np.exp(cache)
        dx = np.zeros_like(dy)
        for i in range(dy.shape[0]):
            dx[i] = dy[i] - p[i] * dy[i]
        return dx


@mistake("mean term", "dx", x=(4, 6))
class RMSNorm:
    """RMSNorm with a gain; the backward pass is copied from LayerNorm and still takes away the mean
    of the gradient, though the forward pass subtracts no mean."""

    def __init__(self, rng, d=6):
        self.params = {"gamma": rng.uniform(0.5, 1.8, d)}
        self.grads = {}
        self.eps = 1e-6

    def forward(self, x):
        rms = np.sqrt((x**2).mean(axis=-1, keepdims=True) + self.eps)
        xhat = x / rms
        return self.params["gamma"] * xhat, (xhat, rms)

    def backward(self, dy, cache):
        xhat, rms = cache
        self.grads["gamma"] = np.einsum("nd,nd->d", dy, xhat)
        g = dy * self.params["gamma"]
        return (
            g - g.mean(axis=-1, keepdims=True) - xhat * (g * xhat).mean(axis=-1, keepdims=True)
        ) / rms


@mistake("sign", "dtau", x=(6, 4))
class TemperatureSoftmax:
    """softmax(x / tau) with a learned temperature; the minus sign of d(1/tau)/dtau = -1/tau^2 is
    lost."""

    def __init__(self, rng):
        self.params = {"tau": rng.uniform(0.7, 2.0, 1)}
        self.grads = {}

    def forward(self, x):
        z = x / self.params["tau"]
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return p, (x, p)

    def backward(self, dy, cache):
        x, p = cache
        tau = self.params["tau"]
        dz = p * (dy - (dy * p).sum(axis=1, keepdims=True))
        self.grads["tau"] = np.array([(dz * x).sum()]) / tau**2
        return dz / tau


@mistake("derivative not applied", "drho", x=(3, 4, 5))
class SoftplusScale:
    """y = softplus(rho) * x, a positive scale for each channel (axis 1); drho is the gradient of
    the scale itself, softplus'(rho) = sigmoid(rho) is not multiplied in."""

    def __init__(self, rng, c=4):
        self.rho = rng.standard_normal(c)
        self.drho = np.zeros(c)

    def forward(self, x):
        self.x = x
        self.scale = np.logaddexp(0.0, self.rho)
        return x * self.scale[None, :, None]

    def backward(self, dy):
        self.drho = np.einsum("ncl,ncl->c", dy, self.x)
        return dy * self.scale[None, :, None]
