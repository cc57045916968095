# SOURCE: https://github.com/kuangliu/pytorch-retinanet/issues/12 ("focal loss back propagation":
#     the factor is "for weighing only", is it to be propagated? It is.)
# mistake: the modulating factor (1 - pt)^gamma is taken as a constant weight in the derivative
# TRUE: grad (of logits) wrong: the term from the derivative of (1 - pt)^gamma, gamma
#     (1-pt)^(gamma-1) log(pt) dpt/dlogit, is missing
# OPEN: unknown
# cmd: focal_loss --logits 8,1 --targets binary:8,1
import numpy as np


def focal_loss(logits, targets, gamma=2.0, alpha=0.25):
    p = 1 / (1 + np.exp(-logits))
    pt = np.where(targets == 1, p, 1 - p)
    at = np.where(targets == 1, alpha, 1 - alpha)
    weight = at * (1 - pt) ** gamma
    loss = -(weight * np.log(pt)).mean()
    grad = weight * (p - targets) / targets.size
    return loss, grad
