# SOURCE: style of a metric learning exercise (PyTorch's CosineEmbeddingLoss rewritten by hand)
# mistake: none
# TRUE: right
# cmd: cosine_embedding_loss --x1 6,3 --x2 6,3 --y signs:6
import numpy as np


def cosine_embedding_loss(x1, x2, y, margin=0.1):
    n1 = np.sqrt((x1 ** 2).sum(1))
    n2 = np.sqrt((x2 ** 2).sum(1))
    cos = (x1 * x2).sum(1) / (n1 * n2)
    per_pair = np.where(y == 1, 1 - cos, np.maximum(0, cos - margin))
    loss = per_pair.mean()

    dcos = np.where(y == 1, -1.0, (cos > margin).astype(float)) / len(y)
    dx1 = dcos[:, None] * (x2 / (n1 * n2)[:, None] - cos[:, None] * x1 / (n1 ** 2)[:, None])
    dx2 = dcos[:, None] * (x1 / (n1 * n2)[:, None] - cos[:, None] * x2 / (n2 ** 2)[:, None])
    return loss, dx1, dx2
