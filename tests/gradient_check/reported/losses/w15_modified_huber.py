# SOURCE: https://github.com/stdlib-js/stdlib/issues/13111 and
#     https://github.com/stdlib-js/stdlib/pull/15317
# mistake: TWO: the factor 2 of the quadratic part is missing; and the quadratic part's gradient
#     goes on for margins above 1, where the loss is zero
# TRUE: gradient of score wrong: half of what it should be where -1 < y*score < 1, not zero where
#     y*score > 1; right where y*score < -1
# OPEN: unknown
# cmd: modified_huber --score 8,2 --y signs:8,2
import numpy as np


def modified_huber(score, y):
    d = y * score
    loss = np.where(d >= 1, 0.0, np.where(d >= -1, (1 - d) ** 2, -4 * d))
    dscore = np.empty_like(score)
    far = d < -1.0
    dscore[far] = -4.0 * y[far]
    dscore[~far] = -(y[~far] - d[~far] * y[~far])
    return loss.mean(), dscore / score.size
