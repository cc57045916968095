# SOURCE: https://github.com/RuiShu/cvae/issues/1 (KLDCriterion: gradInput = {dmu2, dlogv2, dmu1,
#     dlogv1}; the reader expects {dmu1, dlogv1, dmu2, dlogv2})
# mistake: the four gradients are right, but returned in another order than the arguments come in
# TRUE: d mu1 and d mu2 are exchanged, d logv1 and d logv2 are exchanged; all four are wrong in
#     their places
# SAYS: is the gradient of mu2: the two are swapped
# SAYS: dlogv1 is the gradient of logv2: the two are swapped
# cmd: kld_criterion --mu1 5,3 --logv1 5,3 --mu2 5,3 --logv2 5,3
import numpy as np


def kld_criterion(mu1, logv1, mu2, logv2):
    """KL( N(mu1, exp(logv1)) || N(mu2, exp(logv2)) ), mean over the batch"""
    B = mu1.shape[0]
    diff = mu1 - mu2
    iv2 = np.exp(-logv2)
    ratio = np.exp(logv1 - logv2)
    loss = 0.5 * np.sum(logv2 - logv1 - 1 + ratio + diff * diff * iv2) / B

    dmu1 = diff * iv2 / B
    dlogv1 = 0.5 * (ratio - 1) / B
    dmu2 = -dmu1
    dlogv2 = 0.5 * (1 - ratio - diff * diff * iv2) / B
    return loss, (dmu2, dlogv2, dmu1, dlogv1)
