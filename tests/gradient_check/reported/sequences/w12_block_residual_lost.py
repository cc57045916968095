# SOURCE: https://github.com/NVIDIA/recsys-examples/issues/446 (LayerNorm backward drops the
#     residual gradient: dx = ln_dx without + dx_accumulate)
# mistake: pre-norm transformer block: going back over the feed-forward half, dy itself (the skip
#     connection) is not added
# TRUE: the skip connection around the feed-forward part is missing on the way back: dx and
#     everything of the attention half wrong (ln1 gamma and beta, attn.qkv W and b, attn.out W and
#     b); right: ln2 gamma and beta, fc1 W and b, fc2 W and b
# SAYS: dy + self.ln2.backward(self.fc1.backward(dhid))
# cmd: Block --input 2,4,5
import numpy as np


class Linear:
    def __init__(self, rng, n_in, n_out):
        self.W, self.b = rng.standard_normal((n_in, n_out)) / np.sqrt(n_in), np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = np.einsum("bti,btj->ij", self.x, dy)
        self.db = dy.sum((0, 1))
        return dy @ self.W.T


class LayerNorm:
    def __init__(self, d):
        self.gamma, self.beta = np.ones(d), np.zeros(d)

    def forward(self, x):
        xc = x - x.mean(-1, keepdims=True)
        self.inv = 1 / np.sqrt((xc ** 2).mean(-1, keepdims=True) + 1e-5)
        self.xhat = xc * self.inv
        return self.gamma * self.xhat + self.beta

    def backward(self, dy):
        self.dgamma, self.dbeta = (dy * self.xhat).sum((0, 1)), dy.sum((0, 1))
        g = dy * self.gamma
        return self.inv * (g - g.mean(-1, keepdims=True) - self.xhat * (g * self.xhat).mean(-1, keepdims=True))


class Attention:
    def __init__(self, rng, d):
        self.qkv, self.out, self.s = Linear(rng, d, 3 * d), Linear(rng, d, d), d ** -0.5

    def forward(self, x):
        self.q, self.k, self.v = np.split(self.qkv.forward(x), 3, axis=-1)
        a = np.exp(self.q @ self.k.swapaxes(1, 2) * self.s)
        self.a = a / a.sum(-1, keepdims=True)
        return self.out.forward(self.a @ self.v)

    def backward(self, dy):
        do = self.out.backward(dy)
        da = do @ self.v.swapaxes(1, 2)
        ds = self.a * (da - (da * self.a).sum(-1, keepdims=True)) * self.s
        return self.qkv.backward(np.concatenate(
            [ds @ self.k, ds.swapaxes(1, 2) @ self.q, self.a.swapaxes(1, 2) @ do], axis=-1))


class Block:
    def __init__(self, rng, d=5):
        self.ln1, self.attn, self.ln2 = LayerNorm(d), Attention(rng, d), LayerNorm(d)
        self.fc1, self.fc2 = Linear(rng, d, 2 * d), Linear(rng, 2 * d, d)

    def forward(self, x):
        x = x + self.attn.forward(self.ln1.forward(x))
        self.hid = self.fc1.forward(self.ln2.forward(x))
        return x + self.fc2.forward(np.maximum(self.hid, 0))

    def backward(self, dy):
        dhid = self.fc2.backward(dy) * (self.hid > 0)
        dy = self.ln2.backward(self.fc1.backward(dhid))
        return dy + self.ln1.backward(self.attn.backward(dy))
