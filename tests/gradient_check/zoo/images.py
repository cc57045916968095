"""Mistakes in convolutions, their transposes and what changes the size of images."""

import numpy as np

from zoo import right
from zoo.mistake import mistake

IMAGES = (2, 5, 7, 2)
EVEN = (2, 4, 6, 2)


class ConvBackThrough(right.Conv):
    """dx with another kernel than W."""

    def backward(self, dy, x):
        super().backward(dy, x)
        gradients, weight = (self.dW, self.db), self.W
        self.W = np.ascontiguousarray(self.other(weight))
        dx = super().backward(dy, x)
        self.W, (self.dW, self.db) = weight, gradients
        return dx


@mistake("wrong parameter", "flipped", x=IMAGES)
class ConvFlipped(ConvBackThrough):
    def other(self, weight):
        return weight[::-1, ::-1]


@mistake("wrong parameter", "rows and columns", x=IMAGES)
class ConvKernelAxesSwapped(ConvBackThrough):
    def other(self, weight):
        return weight.swapaxes(0, 1)


@mistake("wrong parameter", "channels", x=(2, 5, 7, 3))
class ConvChannelsTransposed(ConvBackThrough):
    def __init__(self, rng):
        super().__init__(rng, 3, 3)

    def other(self, weight):
        return weight.swapaxes(2, 3)


@mistake("assigned", x=IMAGES)
class ConvAssigns(right.Conv):
    def backward(self, dy, x):
        super().backward(dy, x)
        padded = np.zeros_like(self.pad(x))
        for i, j, seen in self.places(padded):
            padded[seen] = np.einsum("nm,abcm->nabc", dy[:, i, j], self.W)
        return self.unpad(padded)


@mistake("shifted", x=IMAGES)
class ConvCropOff(right.Conv):
    def unpad(self, padded):
        return padded[:, : padded.shape[1] - 2, : padded.shape[2] - 2]


@mistake("stride", x=IMAGES)
class ConvNotDilated(right.Conv):
    """dx as the convolution of dy itself with the turned kernel, as if the stride were 1."""

    def backward(self, dy, x):
        super().backward(dy, x)
        padded = np.zeros_like(self.pad(x))
        k = len(self.W)
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                into = padded[:, i : i + k, j : j + k]
                into += np.einsum("nm,abcm->nabc", dy[:, i, j], self.W)
        return self.unpad(padded)


@mistake("part of the places", "last", x=IMAGES)
class ConvLastPlace(right.Conv):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        padded = self.pad(x)
        for i, j, seen in self.places(padded):
            self.dW = np.einsum("nabc,nm->abcm", padded[seen], dy[:, i, j])
        return dx


@mistake("part of the batch", "last", x=(3, 5, 7, 2))
class ConvLastImage(right.Conv):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        padded = self.pad(x)
        for n in range(len(x)):
            self.dW = np.zeros_like(self.W)
            for i, j, (_, rows, columns) in self.places(padded):
                self.dW += padded[n, rows, columns][..., None] * dy[n, i, j]
        return dx


@mistake("flipped", x=IMAGES)
class ConvWeightGradientFlipped(right.Conv):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW = self.dW[::-1, ::-1]
        return dx


@mistake("missing sum", "height", x=IMAGES)
class ConvBiasOverBatchOnly(right.Conv):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.db = dy.sum(axis=0)
        return dx


@mistake("scale", "places", x=IMAGES)
class ConvBiasMean(right.Conv):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.db = dy.mean(axis=(1, 2)).sum(axis=0)
        return dx


@mistake("partly zero", x=IMAGES)
class ConvSkipsLastRow(right.Conv):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        dx[:, -1] = 0
        return dx


@mistake("scale", "batch", x=(3, 5, 7, 2))
class ConvWeightMean(right.Conv):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW /= len(x)
        return dx


@mistake("shifted", x=IMAGES)
class ConvUnpaddedInput(right.Conv):
    """dW looks at the image without its zeros around, one place off."""

    def backward(self, dy, x):
        dx = super().backward(dy, x)
        p = self.padding
        shifted = np.pad(x, ((0, 0), (0, 2 * p), (0, 2 * p), (0, 0)))
        self.dW = np.zeros_like(self.W)
        for i, j, seen in self.places(shifted):
            self.dW += np.einsum("nabc,nm->abcm", shifted[seen], dy[:, i, j])
        return dx


@mistake("wrong parameter", "flipped", x=(2, 3, 4, 2))
class TransposeFlipped(right.ConvTranspose):
    def backward(self, dy, x):
        super().backward(dy, x)
        gradients, weight = (self.dW, self.db), self.W
        self.W = weight[::-1, ::-1]
        dx = super().backward(dy, x)
        self.W, (self.dW, self.db) = weight, gradients
        return dx


@mistake("flipped", x=(2, 3, 4, 2))
class TransposeWeightGradientFlipped(right.ConvTranspose):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW = self.dW[::-1, ::-1].copy()
        return dx


@mistake("transposed", x=(2, 3, 4, 3))
class TransposeChannelsOfGradient(right.ConvTranspose):
    def __init__(self, rng):
        super().__init__(rng, 3, 3)

    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW = self.dW.swapaxes(2, 3)
        return dx


@mistake("part of the places", "last", x=(2, 3, 4, 2))
class TransposeLastPlace(right.ConvTranspose):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        p = self.padding
        full = np.pad(dy, ((0, 0), (p, p), (p, p), (0, 0)))
        seen = full[self.seen(x.shape[1] - 1, x.shape[2] - 1)]
        self.dW = np.einsum("nabm,nc->abmc", seen, x[:, -1, -1])
        return dx


@mistake("partly zero", x=(2, 3, 4, 2))
class TransposeIgnoresFirstRow(right.ConvTranspose):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        dx[:, 0] = 0
        return dx


@mistake("scale", x=EVEN)
class AveragePoolNotDivided(right.AveragePool):
    def backward(self, dy, shape):
        return dy.repeat(2, axis=1).repeat(2, axis=2)


@mistake("partly zero", x=EVEN)
class AveragePoolOneOfFour(right.AveragePool):
    def backward(self, dy, shape):
        dx = np.zeros(shape)
        dx[:, ::2, ::2] = dy / 4
        return dx


@mistake("maximum", x=EVEN)
class MaxPoolToAll(right.MaxPool):
    def backward(self, dy, cache):
        return dy.repeat(2, axis=1).repeat(2, axis=2)


@mistake("part of the places", x=EVEN)
class UpsampleFirstOfFour(right.Upsample):
    def backward(self, dy, shape):
        return dy[:, ::2, ::2]


@mistake("scale", x=EVEN)
class UpsampleMean(right.Upsample):
    def backward(self, dy, shape):
        return super().backward(dy, shape) / 4
