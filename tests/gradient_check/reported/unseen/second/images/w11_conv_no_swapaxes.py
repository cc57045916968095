# SOURCE: https://github.com/wuziheng/CNN-Numpy/issues/2 (the author: "base conv still lacks a
#     swapaxes ... grad check says it is wrong without")
# mistake: the kernels are turned by 180 degrees for the input's gradient, but input and output
#     channels are not swapped
# TRUE: the input's gradient is wrong: the kernel's two channel axes are not transposed (unnoticed
#     as there are as many output as input channels); w_gradient and b_gradient are right
# SAYS: transpose(0, 1, 3, 2) is missing before it
# cmd: Conv2D --input 2,5,4,3
import numpy as np


def im2col(image, ksize):
    # image: [batch, height, width, channel] -> one row a window
    rows = []
    for b in range(image.shape[0]):
        for i in range(image.shape[1] - ksize + 1):
            for j in range(image.shape[2] - ksize + 1):
                rows.append(image[b, i:i + ksize, j:j + ksize, :].reshape(-1))
    return np.array(rows)


class Conv2D:
    def __init__(self, rng, input_channels=3, output_channels=3, ksize=3):
        self.ksize = ksize
        self.input_channels = input_channels
        self.output_channels = output_channels
        self.weights = rng.standard_normal((ksize, ksize, input_channels, output_channels)) / 3
        self.bias = rng.standard_normal(output_channels) / 3
        self.w_gradient = np.zeros(self.weights.shape)
        self.b_gradient = np.zeros(self.bias.shape)

    def pad(self, x):
        p = self.ksize // 2
        return np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)), "constant")

    def forward(self, x):
        self.input_shape = x.shape
        self.col_image = im2col(self.pad(x), self.ksize)
        col_weights = self.weights.reshape(-1, self.output_channels)
        out = np.dot(self.col_image, col_weights) + self.bias
        return out.reshape(x.shape[:3] + (self.output_channels,))

    def backward(self, eta):
        col_eta = eta.reshape(-1, self.output_channels)
        self.w_gradient = np.dot(self.col_image.T, col_eta).reshape(self.weights.shape)
        self.b_gradient = np.sum(col_eta, axis=0)
        # deconv of the padded eta with the flipped kernel
        col_pad_eta = im2col(self.pad(eta), self.ksize)
        flip_weights = np.flipud(np.fliplr(self.weights))
        col_flip_weights = flip_weights.reshape(-1, self.input_channels)
        return np.dot(col_pad_eta, col_flip_weights).reshape(self.input_shape)
