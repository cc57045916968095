# SOURCE: https://github.com/luhaofang/tripletloss/issues/41 (the "correction" proposed there: dp =
#     -x_a, dn = x_a)
# mistake: |a - p|^2 and |a - n|^2 are taken as if only the cross term depended on p and n: their
#     own terms are left out
# TRUE: dp and dn wrong (dp lacks +2 p/N, dn lacks -2 n/N in the rows whose hinge is active); da
#     right
# SAYS: 2 * (-x_a + x_p) / num
# SAYS: 2 * (x_a - x_n) / num
# cmd: TripletLoss --input 5,3 --input 5,3 --input 5,3
import numpy as np


class TripletLoss(object):
    def __init__(self, margin=2.0):
        self.margin = margin

    def forward(self, anchor, positive, negative):
        self.a, self.p, self.n = anchor, positive, negative
        pos = np.sum((anchor - positive) ** 2, axis=1)
        neg = np.sum((anchor - negative) ** 2, axis=1)
        dist = pos - neg + self.margin
        self.residual = dist > 0
        return np.sum(np.where(self.residual, dist, 0)) / anchor.shape[0]

    def backward(self):
        num = self.a.shape[0]
        diff_a = np.zeros_like(self.a)
        diff_p = np.zeros_like(self.p)
        diff_n = np.zeros_like(self.n)
        for i in range(num):
            if self.residual[i]:
                x_a, x_p, x_n = self.a[i], self.p[i], self.n[i]
                diff_a[i] = 2 * (x_n - x_p) / num
                diff_p[i] = 2 * (-x_a) / num
                diff_n[i] = 2 * x_a / num
        return diff_a, diff_p, diff_n
