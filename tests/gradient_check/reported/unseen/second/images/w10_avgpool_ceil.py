# SOURCE: https://github.com/tracel-ai/burn/issues/5604 and
#     https://github.com/pytorch/pytorch/issues/198119 (average pooling in ceil mode: backward
#     divides an overhanging window by the full kernel size)
# mistake: forward divides a window that overhangs the edge by what is left of it, backward always
#     by size * size
# TRUE: dinputs is wrong in the last row and the last column only: too small by 2 (by 4 in the
#     corner); elsewhere it is right
# SAYS: is not the size of each window
# cmd: Layer_AvgPool --input 2,3,5,5
import numpy as np


class Layer_AvgPool:
    def __init__(self, size=2, stride=2):
        self.size = size
        self.stride = stride

    def forward(self, inputs):
        self.inputs = inputs
        n, c, h, w = inputs.shape
        out_h = int(np.ceil((h - self.size) / self.stride)) + 1
        out_w = int(np.ceil((w - self.size) / self.stride)) + 1
        self.output = np.zeros((n, c, out_h, out_w))
        for i in range(out_h):
            for j in range(out_w):
                top, left = i * self.stride, j * self.stride
                self.output[:, :, i, j] = inputs[:, :, top:top + self.size, left:left + self.size].mean(axis=(2, 3))

    def backward(self, dvalues):
        self.dinputs = np.zeros_like(self.inputs)
        for i in range(dvalues.shape[2]):
            for j in range(dvalues.shape[3]):
                top, left = i * self.stride, j * self.stride
                self.dinputs[:, :, top:top + self.size, left:left + self.size] += \
                    dvalues[:, :, i:i + 1, j:j + 1] / (self.size * self.size)
