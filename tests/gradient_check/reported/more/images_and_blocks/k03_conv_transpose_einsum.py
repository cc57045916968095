# SOURCE: style of DCGAN generators rewritten in NumPy (transposed convolution, stride 2, loops over
#     the kernel's places and einsum), cf. https://github.com/apache/systemds/pull/490 (dW and dX of
#     a transposed convolution)
# mistake: none
# TRUE: right
# cmd: ConvTranspose2d --input 3,2,3,2
import numpy as np


class ConvTranspose2d:
    def __init__(self, rng, stride=2):
        self.stride = stride
        self.params = {"kernel": rng.standard_normal((2, 4, 3, 3)) * 0.2, "bias": np.zeros(4)}

    def _places(self, height, width):
        s = self.stride
        for i in range(3):
            for j in range(3):
                yield i, j, slice(i, i + s * (height - 1) + 1, s), slice(j, j + s * (width - 1) + 1, s)

    def forward(self, x):
        n, _, height, width = x.shape
        s = self.stride
        y = np.zeros((n, 4, s * (height - 1) + 3, s * (width - 1) + 3))
        for i, j, rows, cols in self._places(height, width):
            y[:, :, rows, cols] += np.einsum("nchw,cf->nfhw", x, self.params["kernel"][:, :, i, j])
        return y + self.params["bias"][:, None, None], x

    def backward(self, dy, x):
        dx = np.zeros_like(x)
        grads = {"kernel": np.zeros_like(self.params["kernel"]), "bias": np.einsum("nfhw->f", dy)}
        for i, j, rows, cols in self._places(*x.shape[2:]):
            part = dy[:, :, rows, cols]
            dx += np.einsum("nfhw,cf->nchw", part, self.params["kernel"][:, :, i, j])
            grads["kernel"][:, :, i, j] = np.einsum("nchw,nfhw->cf", x, part)
        return dx, grads
