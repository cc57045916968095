# SOURCE: style of the minibatch standard deviation of ProGAN/StyleGAN in groups, by hand; forward
#     as discussed in https://github.com/facebookresearch/pytorch_GAN_zoo/issues/69
# mistake: none
# TRUE: right (no parameters; dx alone)
# cmd: MiniBatchStdDev --input 6,2,3,2
import numpy as np


class MiniBatchStdDev:
    def __init__(self, group_size=3, eps=1e-8):
        self.group_size, self.eps = group_size, eps

    def forward(self, x):
        N, C, H, W = x.shape
        g = x.reshape(self.group_size, -1, C, H, W)      # samples i, i + M, i + 2M are one group
        centered = g - g.mean(axis=0)
        std = np.sqrt((centered ** 2).mean(axis=0) + self.eps)
        stat = std.mean(axis=(1, 2, 3))
        plane = np.broadcast_to(np.tile(stat, self.group_size)[:, None, None, None], (N, 1, H, W))
        return np.concatenate([x, plane], axis=1), (centered, std)

    def backward(self, dout, cache):
        centered, std = cache
        k, M, C, H, W = centered.shape
        dstat = dout[:, C:].sum(axis=(1, 2, 3)).reshape(k, M).sum(axis=0)
        dstd = dstat[:, None, None, None] / (C * H * W)
        dg = centered * (dstd / (k * std))
        return dout[:, :C] + dg.reshape(k * M, C, H, W)
