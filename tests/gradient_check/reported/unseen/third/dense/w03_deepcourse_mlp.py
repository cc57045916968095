# SOURCE: https://github.com/arthurdouillard/deepcourse/pull/9 and issues/6 (grad_h where
#     grad_htilde belongs)
# mistake: the hidden bias is given the gradient behind tanh (grad_h), not the one before it
#     (grad_htilde)
# TRUE: the gradient of bh is wrong (tanh' is missing in it). dx and the gradients of wh, wy, by are
#     right.
# SAYS: grad_htilde belongs where grad_h stands
# cmd: MLP --input 6,4
import numpy as np


class MLP:
    def __init__(self, rng, nx=4, nh=5, ny=3):
        self.params = {
            "wh": rng.normal(0, 0.5, (nx, nh)),
            "bh": rng.normal(0, 0.1, (1, nh)),
            "wy": rng.normal(0, 0.5, (nh, ny)),
            "by": np.zeros((1, ny)),
        }

    def forward(self, x):
        p = self.params
        outputs = {"x": x}
        outputs["htilde"] = x @ p["wh"] + p["bh"]
        outputs["h"] = np.tanh(outputs["htilde"])
        outputs["ytilde"] = outputs["h"] @ p["wy"] + p["by"]
        e = np.exp(outputs["ytilde"] - outputs["ytilde"].max(axis=1, keepdims=True))
        outputs["yhat"] = e / e.sum(axis=1, keepdims=True)
        return outputs["yhat"], outputs

    def backward(self, grad_yhat, outputs):
        yhat, h = outputs["yhat"], outputs["h"]
        grad_ytilde = yhat * (grad_yhat - (grad_yhat * yhat).sum(axis=1, keepdims=True))
        grads = {}
        grads["wy"] = h.T @ grad_ytilde
        grads["by"] = grad_ytilde.sum(axis=0, keepdims=True)
        grad_h = grad_ytilde @ self.params["wy"].T
        grad_htilde = grad_h * (1 - h ** 2)
        grads["wh"] = outputs["x"].T @ grad_htilde
        grads["bh"] = grad_h.sum(axis=0, keepdims=True)
        return grad_htilde @ self.params["wh"].T, grads
