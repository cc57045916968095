# SOURCE: (2) https://github.com/luhaofang/tripletloss/issues/7 (an L2 normalisation under the
#     triplet loss that has no backward of its own; "norm2 gives no gradient"); (1) z stands on both
#     sides of z z': known slip of contrastive losses by hand
# mistake: (1) dz of sim = z z' from the rows alone, dsim z where (dsim + dsim') z belongs; (2) the
#     norm is taken as constant
# TRUE: demb wrong, by two mistakes: the columns' part of dsim is missing, and the normalisation's
#     projection (minus z (z . dz)) is missing
# OPEN: unknown
# cmd: nt_xent --emb 6,4
import numpy as np

TEMPERATURE = 0.5


def nt_xent(emb):
    """rows 0,1 / 2,3 / 4,5 are the two views of one image"""
    n = emb.shape[0]
    norms = np.linalg.norm(emb, axis=1, keepdims=True)
    z = emb / norms
    sim = z @ z.T / TEMPERATURE
    np.fill_diagonal(sim, -1e9)
    partner = np.arange(n) ^ 1

    e = np.exp(sim - sim.max(axis=1, keepdims=True))
    prob = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(prob[np.arange(n), partner]).mean()

    dsim = prob.copy()
    dsim[np.arange(n), partner] -= 1
    dsim /= n
    dz = dsim @ z / TEMPERATURE
    demb = dz / norms
    return loss, demb
