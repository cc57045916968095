# TRUE: right
# cmd: Triplet --input 5,3 --input 5,3 --input 5,3
# MISTAKE: 2 * (a - n) * on -> -2 * (a - n) * on
# WRONG: dx[2]
import numpy as np


class Triplet:
    """No backward: the gradients come with the loss."""

    def __call__(self, a, p, n):
        over = ((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + 1.0
        on = (over > 0)[:, None]
        return (over * on[:, 0]).sum(), 2 * (n - p) * on, 2 * (p - a) * on, 2 * (a - n) * on
