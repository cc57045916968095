# SOURCE: https://github.com/deeplearning4j/deeplearning4j/issues/8280 (bias gradient summed over
#     the axes of the other layout) and https://github.com/renmengye/np-conv2d/pull/2 (padding
#     mistakes in the input gradient); the crop [:H, :W]: known slip, no thread at hand
# mistake: the padding is cut off the input gradient at the end only ([:H, :W] instead of
#     [pad:-pad]); bias summed as if channels were last
# TRUE: two mistakes: dx is shifted by the padding (crop starts at 0 instead of pad), and db is
#     summed over (0,1,2) instead of (0,2,3) (same shape here, since width = filters). dw is right.
# SAYS: dx is shifted by (0, 0, 1, 1) places
# SAYS: db = np.sum(dout, axis=(0, 2, 3))
# cmd: Conv3x3 --input 2,2,4,3 --in_ch 2 --filters 3
import numpy as np


class Conv3x3(object):

    def __init__(self, in_ch=2, filters=3, pad=1):
        self.pad = pad
        self.w = 0.3 * np.random.randn(filters, in_ch, 3, 3)
        self.b = 0.1 * np.random.randn(filters)

    def forward(self, x):
        p = self.pad
        N, C, H, W = x.shape
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), 'constant')
        out = np.zeros((N, self.w.shape[0], H, W))
        for i in range(H):
            for j in range(W):
                patch = xp[:, :, i:i + 3, j:j + 3]
                out[:, :, i, j] = np.einsum('ncpq,fcpq->nf', patch, self.w) + self.b
        self.cache = (x.shape, xp)
        return out

    def backward(self, dout):
        (N, C, H, W), xp = self.cache
        dxp = np.zeros_like(xp)
        dw = np.zeros_like(self.w)
        for i in range(H):
            for j in range(W):
                g = dout[:, :, i, j]
                dw += np.einsum('nf,ncpq->fcpq', g, xp[:, :, i:i + 3, j:j + 3])
                dxp[:, :, i:i + 3, j:j + 3] += np.einsum('nf,fcpq->ncpq', g, self.w)
        db = np.sum(dout, axis=(0, 1, 2))
        dx = dxp[:, :, :H, :W]      # take the padding off again
        return dx, dw, db
