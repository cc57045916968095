# SOURCE: a known slips (what the guide
#     https://25621.github.io/ai-learning-guides/guides/multimodal-learning/
#     projects/implement-infonce/ has one check by finite differences)
# mistake: TWO: 1/temperature forgotten in the gradient; and the L2 normalization taken as a
#     division by a constant norm (the projection off the direction of the embedding is missing)
# TRUE: gradients of q and k both wrong, each by both mistakes
# OPEN: unknown
# cmd: InfoNCE --input 5,3 --input 5,3
import numpy as np


def l2norm(v):
    n = np.linalg.norm(v, axis=1, keepdims=True)
    return v / n, n


class InfoNCE:
    def __init__(self, temperature=0.3):
        self.tau = temperature

    def forward(self, q, k):
        q_hat, q_norm = l2norm(q)
        k_hat, k_norm = l2norm(k)
        logits = q_hat @ k_hat.T / self.tau
        logits = logits - logits.max(axis=1, keepdims=True)
        P = np.exp(logits)
        P /= P.sum(axis=1, keepdims=True)
        cache = {"q": q_hat, "k": k_hat, "qn": q_norm, "kn": k_norm, "P": P}
        return -np.mean(np.log(np.diag(P))), cache

    def backward(self, dloss, cache):
        N = len(cache["P"])
        dlogits = dloss * (cache["P"] - np.eye(N)) / N
        dq_hat = dlogits @ cache["k"]
        dk_hat = dlogits.T @ cache["q"]
        return dq_hat / cache["qn"], dk_hat / cache["kn"]
