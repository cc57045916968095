# SOURCE: https://github.com/happynear/caffe-windows/issues/12 (forward compares label of bottom 2
#     with bottom 3, backward compares bottom[2][j] with bottom[2][j]: always equal)
# mistake: on the way back the label of a is compared with itself, so that all pairs count as
#     similar
# TRUE: d feat_a and d feat_b wrong in the rows of dissimilar pairs (they get the gradient of
#     similar pairs); right in the others
# OPEN: true: all those with index [1, 2, 3, 4, 5] along axis 0
# cmd: contrastive_loss --feat_a 7,3 --feat_b 7,3 --label_a integers:7 --label_b integers:7
#     --integers 3
import numpy as np


def contrastive_loss(feat_a, feat_b, label_a, label_b, margin=4.0):
    num, channels = feat_a.shape
    diff = feat_a - feat_b
    dist_sq = (diff * diff).sum(axis=1)
    loss = 0.0
    for i in range(num):
        if label_a[i] == label_b[i]:
            loss += dist_sq[i]
        else:
            d = max(margin - np.sqrt(dist_sq[i]), 0.0)
            loss += d * d
    loss = loss / num / 2.0

    bottom_diff_a = np.zeros_like(feat_a)
    bottom_diff_b = np.zeros_like(feat_b)
    for sign, bout in ((1.0, bottom_diff_a), (-1.0, bottom_diff_b)):
        alpha = sign / num
        for j in range(num):
            if label_a[j] == label_a[j]:
                bout[j] = alpha * diff[j]
            else:
                dist = np.sqrt(dist_sq[j])
                mdist = margin - dist
                if mdist > 0.0:
                    bout[j] = -alpha * mdist / dist * diff[j]
    return loss, bottom_diff_a, bottom_diff_b
