# SOURCE: known slip, no thread at hand (derivative of the cubic term of the tanh GELU without its
#     3; many "fix gelu backward" pull requests, e.g. https://github.com/sony/nnabla/pull/690, do
#     not say what it was)
# mistake: derivative of u = sqrt(2/pi) (x + 0.044715 x^3) taken as sqrt(2/pi) (1 + 0.044715 x^2):
#     the 3 is lost
# TRUE: the derivative of GELU is wrong, hence dx, w1 and b1 gradients are wrong (everything before
#     the GELU); w2 and b2 are right
# SAYS: the factor 3 is missing
# cmd: PointwiseMLP --input 2,3,2,4 --dim 3 --hidden 5
import numpy as np

SQRT_2_PI = np.sqrt(2.0 / np.pi)


def gelu(h):
    return 0.5 * h * (1.0 + np.tanh(SQRT_2_PI * (h + 0.044715 * h ** 3)))


def d_gelu(h):
    t = np.tanh(SQRT_2_PI * (h + 0.044715 * h ** 3))
    return 0.5 * (1.0 + t) + 0.5 * h * (1.0 - t ** 2) * SQRT_2_PI * (1.0 + 0.044715 * h ** 2)


class PointwiseMLP:
    """two 1x1 convolutions, as in a ConvNeXt block (N, C, H, W)"""

    def __init__(self, rng, dim, hidden):
        self.params = {
            "w1": rng.normal(size=(hidden, dim)), "b1": rng.normal(size=hidden),
            "w2": rng.normal(size=(dim, hidden)), "b2": rng.normal(size=dim),
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        h = np.einsum("oc,nchw->nohw", p["w1"], x) + p["b1"][:, None, None]
        a = gelu(h)
        y = np.einsum("co,nohw->nchw", p["w2"], a) + p["b2"][:, None, None]
        return y, (x, h, a)

    def backward(self, dy, cache):
        x, h, a = cache
        p = self.params
        self.grads["w2"] = np.einsum("nchw,nohw->co", dy, a)
        self.grads["b2"] = dy.sum(axis=(0, 2, 3))
        dh = np.einsum("co,nchw->nohw", p["w2"], dy) * d_gelu(h)
        self.grads["w1"] = np.einsum("nohw,nchw->oc", dh, x)
        self.grads["b1"] = dh.sum(axis=(0, 2, 3))
        return np.einsum("oc,nohw->nchw", p["w1"], dh)
