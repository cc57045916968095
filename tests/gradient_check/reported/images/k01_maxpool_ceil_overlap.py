# SOURCE: style of Caffe's max pooling (ceil mode, switches kept as flat indices), in NumPy
# mistake: none
# TRUE: right
# cmd: MaxPool --input 2,3,6,5
import numpy as np


class MaxPool:
    """3x3 windows at stride 2 that overlap; the last ones may hang over the edge."""
    size, stride = 3, 2

    def forward(self, x):
        n, c, h, w = x.shape
        oh = -(-(h - self.size) // self.stride) + 1
        ow = -(-(w - self.size) // self.stride) + 1
        y = np.empty((n, c, oh, ow))
        switches = np.empty((n, c, oh, ow), dtype=np.intp)
        plane = np.arange(h * w).reshape(h, w)
        for i in range(oh):
            for j in range(ow):
                win = np.s_[i * self.stride:i * self.stride + self.size, j * self.stride:j * self.stride + self.size]
                block = x[(slice(None), slice(None)) + win].reshape(n, c, -1)
                switches[:, :, i, j] = plane[win].ravel()[block.argmax(-1)]
                y[:, :, i, j] = block.max(-1)
        return y, (x.shape, switches)

    def backward(self, dy, cache):
        (n, c, h, w), switches = cache
        dx = np.zeros((n * c, h * w))
        rows = np.repeat(np.arange(n * c), dy.shape[2] * dy.shape[3])
        np.add.at(dx, (rows, switches.ravel()), dy.ravel())
        return dx.reshape(n, c, h, w)
