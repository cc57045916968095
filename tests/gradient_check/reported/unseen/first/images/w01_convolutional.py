# SOURCE: https://github.com/rasmusbergpalm/DeepLearnToolbox/issues/169 and
#     https://github.com/ddbourgin/numpy-ml/issues/27 (where must the kernel be rotated); the update
#     inside the loop: known slip, no thread at hand. Style: "The Independent Code" layers.
# mistake: kernels are stepped in the loop just before they are used for the input gradient, and the
#     kernel is not rotated by 180 degrees there
# TRUE: two mistakes, both in the returned input gradient: it uses the kernels AFTER their own
#     update, and the kernel without rot180. The steps of kernels and biases (learning rate inside
#     backward) are right.
# OPEN: true: It is not linear in dy
# cmd: Convolutional --input 2,5,6 --in_depth 2 --in_h 5 --in_w 6 --kernel_size 3 --depth 3
import numpy as np


def correlate_valid(img, ker):
    kh, kw = ker.shape
    H, W = img.shape[0] - kh + 1, img.shape[1] - kw + 1
    out = np.zeros((H, W))
    for r in range(H):
        for c in range(W):
            out[r, c] = np.sum(img[r:r + kh, c:c + kw] * ker)
    return out


def correlate_full(img, ker):
    kh, kw = ker.shape
    padded = np.pad(img, ((kh - 1, kh - 1), (kw - 1, kw - 1)))
    return correlate_valid(padded, ker)


class Convolutional:
    def __init__(self, in_depth, in_h, in_w, kernel_size, depth):
        self.in_depth = in_depth
        self.depth = depth
        self.kernels = np.random.randn(depth, in_depth, kernel_size, kernel_size)
        self.biases = np.random.randn(depth, in_h - kernel_size + 1, in_w - kernel_size + 1)

    def forward(self, input):
        self.input = input
        self.output = np.copy(self.biases)
        for i in range(self.depth):
            for j in range(self.in_depth):
                self.output[i] += correlate_valid(self.input[j], self.kernels[i, j])
        return self.output

    def backward(self, output_gradient, learning_rate=0.05):
        input_gradient = np.zeros(self.input.shape)
        for i in range(self.depth):
            for j in range(self.in_depth):
                kernel_gradient = correlate_valid(self.input[j], output_gradient[i])
                self.kernels[i, j] -= learning_rate * kernel_gradient
                input_gradient[j] += correlate_full(output_gradient[i], self.kernels[i, j])
        self.biases -= learning_rate * output_gradient
        return input_gradient
