# SOURCE: style of hand-written decoder attention on GitHub (one weight per head in a 3D array,
#     einsum, self.ctx and self.grads dicts)
# mistake: none
# TRUE: right
# cmd: Attention --input 2,4,5 --d_model 5 --n_heads 2 --d_hidden 3
import numpy as np


class Attention:
    """A multi-headed causal self-attention layer."""

    def __init__(self, d_model: int, n_heads: int, d_hidden: int, rng):
        self.q, self.k, self.v = rng.normal(size=(3, d_model, n_heads, d_hidden)) * 0.5
        self.o = rng.normal(size=(n_heads, d_hidden, d_model)) * 0.5
        self.ctx: dict = {}
        self.grads: dict = {"q": None, "k": None, "v": None, "o": None}

    def forward(self, inputs: np.ndarray) -> np.ndarray:
        q = np.einsum("bsd,dhm->bhsm", inputs, self.q)
        k = np.einsum("bsd,dhm->bhsm", inputs, self.k)
        v = np.einsum("bsd,dhm->bhsm", inputs, self.v)
        scale = 1.0 / np.sqrt(q.shape[-1])
        s = np.einsum("bhim,bhjm->bhij", q, k) * scale
        s = np.where(np.tri(s.shape[-1], dtype=bool), s, -np.inf)
        p = np.exp(s - s.max(axis=-1, keepdims=True))
        p = p / p.sum(axis=-1, keepdims=True)
        z = np.einsum("bhij,bhjm->bhim", p, v)
        self.ctx = dict(inputs=inputs, q=q, k=k, v=v, p=p, z=z, scale=scale)
        return np.einsum("bhsm,hmd->bsd", z, self.o)

    def backward(self, d_out: np.ndarray) -> np.ndarray:
        c = self.ctx
        self.grads["o"] = np.einsum("bhsm,bsd->hmd", c["z"], d_out)
        dz = np.einsum("bsd,hmd->bhsm", d_out, self.o)
        dp = np.einsum("bhim,bhjm->bhij", dz, c["v"])
        dv = np.einsum("bhij,bhim->bhjm", c["p"], dz)
        ds = c["p"] * (dp - np.einsum("bhij,bhij->bhi", dp, c["p"])[..., None]) * c["scale"]
        dq = np.einsum("bhij,bhjm->bhim", ds, c["k"])
        dk = np.einsum("bhij,bhim->bhjm", ds, c["q"])
        d_inputs = 0
        for name, d in (("q", dq), ("k", dk), ("v", dv)):
            self.grads[name] = np.einsum("bsd,bhsm->dhm", c["inputs"], d)
            d_inputs = d_inputs + np.einsum("bhsm,dhm->bsd", d, getattr(self, name))
        return d_inputs
