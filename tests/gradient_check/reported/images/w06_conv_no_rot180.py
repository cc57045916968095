# SOURCE: a known slip; its many questions: https://github.com/amsukdu/SimplePythonCNN/issues/6 (why
#     rotate?), https://github.com/luhaofang/CACU/issues/4 (rot180 not found in backward),
#     https://github.com/wuziheng/CNN-Numpy/issues/2
# mistake: the input gradient is a "full" correlation of the output gradient with the kernel, which
#     was not rotated by 180 degrees
# TRUE: dX is wrong (kernel not flipped in both spatial axes); dK and db are right
# SAYS: np.flip(self.K[f, c], (-2, -1))
# cmd: ConvLayer --input 2,3,6,5 --n_filters 4
import numpy as np


def correlate2d(image, kernel):
    kh, kw = kernel.shape
    out = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1))
    for u in range(kh):
        for v in range(kw):
            out += kernel[u, v] * image[u:u + out.shape[0], v:v + out.shape[1]]
    return out


class ConvLayer:
    def __init__(self, rng, n_filters, depth=3, size=3):
        self.K = rng.normal(0, 0.4, (n_filters, depth, size, size))
        self.b = rng.normal(0, 0.1, n_filters)
        self.size = size

    def forward(self, X):
        N, C, H, W = X.shape
        Y = np.zeros((N, len(self.K), H - self.size + 1, W - self.size + 1))
        for n in range(N):
            for f in range(len(self.K)):
                for c in range(C):
                    Y[n, f] += correlate2d(X[n, c], self.K[f, c])
                Y[n, f] += self.b[f]
        return Y, X

    def backward(self, dY, X):
        dX, dK = np.zeros_like(X), np.zeros_like(self.K)
        p = self.size - 1
        for n in range(X.shape[0]):
            for f in range(len(self.K)):
                full = np.pad(dY[n, f], p)
                for c in range(X.shape[1]):
                    dK[f, c] += correlate2d(X[n, c], dY[n, f])
                    dX[n, c] += correlate2d(full, self.K[f, c])
        return dX, {"K": dK, "b": dY.sum(axis=(0, 2, 3))}
