"""Mistakes in dense layers, activations, embeddings, skip connections and dropout."""

import numpy as np

from zoo import right
from zoo.mistake import mistake


@mistake("scale", "batch", x=(6, 5))
class DenseMeanInWeight(right.Dense):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW = x.T @ dy / len(x)
        return dx


@mistake("scale", "batch", x=(6, 5))
class DenseMeanInBias(right.DictDense):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads["b"] = dout.mean(axis=0)
        return dx


@mistake("missing sum", "batch", x=(6, 5))
class DenseBiasNotSummed(right.Dense):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.db = dy
        return dx


@mistake("wrong axis", x=(4, 5))
class DenseBiasOverChannels(right.Dense):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.db = dy.sum(axis=1)  # of a batch that is as large as there are channels
        return dx


@mistake("transposed", x=(6, 5))
class DenseWeightTransposed(right.Dense):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW = dy.T @ x
        return dx


@mistake("transposed", x=(6, 4))
class DenseSquareWeightTransposed(right.Dense):
    def __init__(self, rng):
        super().__init__(rng, 4, 4)

    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW = dy.T @ x
        return dx


@mistake("wrong parameter", "transposed", x=(6, 4))
class DenseBackThroughWNotTransposed(right.Dense):
    def __init__(self, rng):
        super().__init__(rng, 4, 4)

    def backward(self, dy, x):
        super().backward(dy, x)
        return dy @ self.W


@mistake("wrong input", "output", x=(6, 4))
class DenseCachesItsOutput(right.Dense):
    def __init__(self, rng):
        super().__init__(rng, 4, 4)

    def forward(self, x):
        y = x @ self.W + self.b
        return y, y

    def backward(self, dy, y):
        self.dW, self.db = y.T @ dy, dy.sum(axis=0)
        return dy @ self.W.T


@mistake("sign", x=(6, 5))
class DenseMinus(right.Dense):
    def backward(self, dy, x):
        return -super().backward(dy, x)


@mistake("stale cache", x=(6, 5))
class DenseLastCall(right.Dense):
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b, None

    def backward(self, dy, cache):
        return super().backward(dy, self.x)


@mistake("part of the batch", "last", x=(6, 5))
class DenseLastSample(right.Dense):
    def backward(self, dy, x):
        for x_i, dy_i in zip(x, dy, strict=True):
            self.dW = np.outer(x_i, dy_i)
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


@mistake("part of the batch", "first", x=(6, 5))
class DenseFirstSample(right.Dense):
    def backward(self, dy, x):
        for x_i, dy_i in zip(x, dy, strict=True):
            self.dW = np.outer(x_i, dy_i)
            self.db = dy.sum(axis=0)
            return dy @ self.W.T


@mistake("weight decay", x=(6, 5))
class DenseDecayed(right.Dense):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW += 0.01 * self.W
        return dx


@mistake("dy ignored", x=(6, 5))
class DenseWithoutChain(right.Dense):
    def backward(self, dy, x):
        super().backward(dy, x)
        self.dW = x.sum(axis=0)[:, None] * np.ones_like(self.W)
        return dy @ self.W.T


@mistake("missing", x=(6, 5))
class DenseNoBias(right.DictDense):
    def backward(self, dout):
        dx = super().backward(dout)
        del self.grads["b"]
        return dx


@mistake("zero", x=(6, 5))
class DenseForgottenWeight(right.Dense):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW = np.zeros_like(self.W)
        return dx


@mistake("float32", x=(6, 5))
class DenseSingle(right.Dense):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dW = (x.astype("float32").T @ dy.astype("float32")).astype("float64")
        return dx


@mistake("wrong slope", x=(6, 4))
class LeakyAsReLU(right.LeakyReLU):
    def backward(self, dy, x):
        return dy * (x > 0)


@mistake("wrong slope", x=(6, 4))
class LeakyDivides(right.LeakyReLU):
    def backward(self, dy, x):
        return np.where(x > 0, dy, dy / self.slope)


@mistake("wrong slope", x=(6, 4))
class LeakySidesSwapped(right.LeakyReLU):
    def backward(self, dy, x):
        return np.where(x < 0, dy, self.slope * dy)


@mistake("mask of dy", x=(6, 4))
class LeakyMaskOfGradient(right.LeakyReLU):
    def backward(self, dy, x):
        return np.where(dy > 0, dy, self.slope * dy)


@mistake("changes x", x=(6, 4))
class LeakyInPlace(right.LeakyReLU):
    def forward(self, x):
        x[x < 0] *= self.slope
        return x, x


@mistake("changes dy", x=(6, 4))
class LeakyGradientInPlace(right.LeakyReLU):
    def backward(self, dy, x):
        dy[x < 0] *= self.slope
        return dy


@mistake("missing sum", "batch", x=(6, 4))
class PReLUSlopeNotSummed(right.PReLU):
    def backward(self, dy, x):
        dx = super().backward(dy, x)
        self.dslope = dy * np.minimum(x, 0)
        return dx


@mistake("local derivative", "y", x=(6, 4))
class SigmoidHalf(right.Sigmoid):
    def backward(self, dy, y):
        return dy * y


@mistake("local derivative", "x", x=(6, 4))
class SigmoidOfInput(right.Sigmoid):
    def forward(self, x):
        return super().forward(x)[0], x

    def backward(self, dy, x):
        return dy * x * (1 - x)


@mistake("local derivative", "sigmoid", x=(6, 4))
class SigmoidTwice(right.Sigmoid):
    def backward(self, dy, y):
        s = 1 / (1 + np.exp(-y))
        return dy * s * (1 - s)


@mistake("derivative not applied", x=(6, 4))
class SigmoidPassesOn(right.Sigmoid):
    def backward(self, dy, y):
        return dy


@mistake("local derivative", "x", x=(6, 4))
class TanhOfInput(right.Tanh):
    def backward(self, dy):
        x = np.arctanh(self.y)
        return dy * (1 - x**2)


@mistake("local derivative", "1 - y", x=(6, 4))
class TanhNotSquared(right.Tanh):
    def backward(self, dy):
        return dy * (1 - self.y)


@mistake("local derivative", "exp", x=(6, 4))
class SoftplusExponential(right.Softplus):
    def backward(self, dy, x):
        return dy * np.exp(x)


@mistake("wrong slope", x=(6, 4))
class ELUWithoutExponential(right.ELU):
    def backward(self, dy, x):
        return dy * np.where(x > 0, 1, self.alpha)


@mistake("local derivative", "product rule", x=(6, 4))
class SwishOneTerm(right.Swish):
    def backward(self, dy, cache):
        x, s = cache
        return dy * s


@mistake("off-diagonal", x=(6, 4))
class SoftmaxDiagonal(right.Softmax):
    def backward(self, dy, y):
        return dy * y * (1 - y)


@mistake("wrong axis", x=(6, 4))
class SoftmaxOverBatch(right.Softmax):
    def backward(self, dy, y):
        return y * (dy - (dy * y).sum(axis=0))


def labels(rng):
    return np.array([0, 3, 1, 3, 3, 0, 2])  # some occur more than once


@mistake("assigned", x=labels)
class EmbeddingAssigns(right.Embedding):
    def backward(self, dy, labels):
        self.dW = np.zeros_like(self.W)
        self.dW[labels] = dy


@mistake("assigned", x=labels)
class EmbeddingAddsOnce(right.Embedding):
    def backward(self, dy, labels):
        self.dW = np.zeros_like(self.W)
        self.dW[labels] += dy


@mistake("shifted", x=labels)
class EmbeddingNextRow(right.Embedding):
    def backward(self, dy, labels):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, labels + 1, dy)


@mistake("path missing", x=(6, 4))
class SkipForgotten(right.Skip):
    def backward(self, dy, cache):
        return super().backward(dy, cache) - dy


@mistake("path twice", x=(6, 4))
class SkipTwice(right.Skip):
    def backward(self, dy, cache):
        return super().backward(dy, cache) + dy


@mistake("scale", x=(6, 4))
class DropoutNotScaled(right.Dropout):
    def backward(self, dy, mask):
        return dy * mask


@mistake("not repeatable", x=(6, 4))
class DropoutNewMask(right.Dropout):
    def backward(self, dy, mask):
        return dy * (self.rng.random(dy.shape) > self.p) / (1 - self.p)
