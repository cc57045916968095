# SOURCE:
#     https://stackoverflow.com/questions/33330779/whats-the-triplet-loss-back-propagation-gradient-formula
#     (with the corrected last term)
# mistake: none
# TRUE: right (zero on the triplets that satisfy the margin)
# cmd: triplet_loss --f_a 6,4 --f_p 6,4 --f_n 6,4
import numpy as np


def triplet_loss(f_a, f_p, f_n, alpha=0.5):
    per_sample = ((f_a - f_p) ** 2).sum(1) - ((f_a - f_n) ** 2).sum(1) + alpha
    violated = (per_sample > 0)[:, None]
    loss = per_sample[violated[:, 0]].sum() / len(f_a)
    scale = 2.0 * violated / len(f_a)
    return loss, (scale * (f_n - f_p), scale * (f_p - f_a), scale * (f_a - f_n))
