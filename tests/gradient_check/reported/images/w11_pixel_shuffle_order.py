# SOURCE: https://github.com/microsoft/onnxscript/issues/2891 and
#     https://github.com/onnx/onnx/pull/2163 (PixelShuffle in the order CRD, its inverse
#     SpaceToDepth in the order DCR)
# mistake: backward is the space-to-depth of TensorFlow, with the sub-pixels before the channels,
#     forward is PyTorch's pixel shuffle
# TRUE: dx is wrong: its channels are permuted (r*r before c instead of c before r*r) (no
#     parameters)
# SAYS: dx holds the right numbers in wrong places
# cmd: PixelShuffle --input 3,8,2,3 --upscale_factor 2
import numpy as np


class PixelShuffle:
    def __init__(self, upscale_factor):
        self.r = upscale_factor

    def __call__(self, x):
        r = self.r
        b, c, h, w = x.shape
        c //= r * r
        x = x.reshape(b, c, r, r, h, w)
        return x.transpose(0, 1, 4, 2, 5, 3).reshape(b, c, h * r, w * r)

    def backward(self, grad):
        r = self.r
        b, c, H, W = grad.shape
        grad = grad.reshape(b, c, H // r, r, W // r, r)
        return grad.transpose(0, 3, 5, 1, 2, 4).reshape(b, r * r * c, H // r, W // r)
