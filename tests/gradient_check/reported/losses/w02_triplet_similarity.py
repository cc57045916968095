# SOURCE: https://github.com/luhaofang/tripletloss/issues/41 and
#     https://github.com/xiaolonw/caffe-video_triplet/issues/2
# mistake: the loss is on dot products (similarities), the gradients of positive and negative are
#     those of the squared distance
# TRUE: gradients of positive and negative wrong (active triplets: (p - a)/N where it is -a/N, (a -
#     n)/N where it is a/N); gradient of anchor right
# SAYS: the term x_p is too much
# SAYS: the term x_n is too much
# cmd: TripletLoss --input 6,4 --input 6,4 --input 6,4
import numpy as np


class TripletLoss:
    def __init__(self, margin=0.5):
        self.margin = margin

    def forward(self, anchor, positive, negative):
        self.bottom = [anchor, positive, negative]
        self.no_residual_list = []
        loss = 0.0
        for i in range(anchor.shape[0]):
            ap = np.dot(anchor[i], positive[i])
            an = np.dot(anchor[i], negative[i])
            dist = self.margin - ap + an
            if dist <= 0.0:
                self.no_residual_list.append(i)
            else:
                loss += dist
        return loss / anchor.shape[0]

    def backward(self, top_diff=1.0):
        num = self.bottom[0].shape[0]
        diffs = [np.zeros_like(b) for b in self.bottom]
        for i in range(num):
            if i in self.no_residual_list:
                continue
            x_a, x_p, x_n = (b[i] for b in self.bottom)
            diffs[0][i] = top_diff * (x_n - x_p) / num
            diffs[1][i] = top_diff * (x_p - x_a) / num
            diffs[2][i] = top_diff * (x_a - x_n) / num
        return diffs[0], diffs[1], diffs[2]
