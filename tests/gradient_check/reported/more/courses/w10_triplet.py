# SOURCE: https://github.com/Atcold/torch-TripletEmbedding/issues/6 (the gradient proposed there:
#     derived as if all embeddings were of unit length)
# mistake: the squared distances are differentiated as -2*a.p and -2*a.n (norms taken as constant),
#     though the embeddings are not normalized
# TRUE: the gradient of positive is wrong (-2a instead of 2(p - a)) and that of negative is wrong
#     (2a instead of 2(a - n)), both where the triplet is active; the gradient of anchor, 2(n - p),
#     is right.
# SAYS: the term positive is missing
# SAYS: negative is to be taken off
# cmd: triplet_loss --anchor 8,3 --positive 8,3 --negative 8,3
import numpy as np


def triplet_loss(anchor, positive, negative, alpha=1.0):
    N = len(anchor)
    dist_pos = ((anchor - positive) ** 2).sum(axis=1)
    dist_neg = ((anchor - negative) ** 2).sum(axis=1)
    Li = np.maximum(0, dist_pos - dist_neg + alpha)
    loss = Li.sum() / N

    active = (Li > 0).astype(float)[:, None] * 2 / N
    gradInput = [None, None, None]
    gradInput[0] = (negative - positive) * active
    gradInput[1] = -anchor * active
    gradInput[2] = anchor * active
    return loss, gradInput
