"""Mistakes in batch and layer normalization."""

import numpy as np

from zoo import right
from zoo.mistake import mistake


class BatchNormParts(right.BatchNorm):
    """dx = gamma inv (dy - mean term - variance term), each term to be got wrong."""

    def backward(self, dy, cache):
        x_hat, inv, axes = cache
        self.dbeta, self.dgamma = dy.sum(axis=axes), (dy * x_hat).sum(axis=axes)
        m = x_hat.size // x_hat.shape[-1]
        return self.dx(dy, x_hat, inv, self.dbeta / m, x_hat * self.dgamma / m, m)


@mistake("mean term", x=(6, 3))
class BatchNormWithoutMean(BatchNormParts):
    def dx(self, dy, x_hat, inv, mean, along, m):
        return self.gamma * inv * (dy - along)


@mistake("variance term", x=(6, 3))
class BatchNormWithoutVariance(BatchNormParts):
    def dx(self, dy, x_hat, inv, mean, along, m):
        return self.gamma * inv * (dy - mean)


@mistake("both terms", x=(2, 3, 4, 3))
class BatchNormAsInInference(BatchNormParts):
    def dx(self, dy, x_hat, inv, mean, along, m):
        return self.gamma * inv * dy


@mistake("variance term", x=(6, 3))
class BatchNormUnbiased(BatchNormParts):
    def dx(self, dy, x_hat, inv, mean, along, m):
        return self.gamma * inv * (dy - mean - along * m / (m - 1))


@mistake("mean term", x=(6, 3))
class BatchNormSumForMean(BatchNormParts):
    def dx(self, dy, x_hat, inv, mean, along, m):
        return self.gamma * inv * (dy - m * mean - along)


@mistake("wrong parameter", "gamma", x=(6, 3))
class BatchNormWithoutGamma(BatchNormParts):
    def dx(self, dy, x_hat, inv, mean, along, m):
        return inv * (dy - mean - along)


@mistake("wrong input", "normalized", x=(6, 3))
class BatchNormGammaOfRaw(right.BatchNorm):
    def forward(self, x, training=True):
        y, cache = super().forward(x, training)
        return y, (*cache, x)

    def backward(self, dy, cache):
        dx = super().backward(dy, cache[:3])
        self.dgamma = (dy * cache[3]).sum(axis=0)
        return dx


@mistake("swapped", x=(6, 3))
class BatchNormSwapped(right.BatchNorm):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        self.dgamma, self.dbeta = self.dbeta, self.dgamma
        return dx


@mistake("missing sum", "height", x=(2, 3, 4, 3))
class BatchNormBetaOverBatchOnly(right.BatchNorm):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        self.dbeta = dy.sum(axis=0)
        return dx


@mistake("changes x", x=(6, 3))
class BatchNormCentresInPlace(right.BatchNorm):
    def forward(self, x, training=True):
        mean = x.mean(axis=0)
        x -= mean
        y, cache = super().forward(x, training)
        return y, cache


@mistake("both terms", x=(6, 5))
class LayerNormAsConstant(right.LayerNorm):
    def backward(self, dy, cache):
        super().backward(dy, cache)
        return cache[1] * dy * self.gamma


@mistake("variance term", x=(6, 5))
class LayerNormWithoutVariance(right.LayerNorm):
    def backward(self, dy, cache):
        super().backward(dy, cache)
        d = dy * self.gamma
        return cache[1] * (d - d.mean(axis=-1, keepdims=True))


@mistake("wrong axis", x=(6, 5))
class LayerNormMeansOverBatch(right.LayerNorm):
    def backward(self, dy, cache):
        super().backward(dy, cache)
        x_hat, inv = cache
        d = dy * self.gamma
        return inv * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))


@mistake("wrong parameter", "gamma", x=(6, 5))
class LayerNormGammaOutside(right.LayerNorm):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        x_hat, inv = cache
        mean, along = dy.mean(-1, keepdims=True), (dy * x_hat).mean(-1, keepdims=True)
        dx[...] = inv * (dy - mean - x_hat * along)  # gamma is forgotten on its way through
        return dx


@mistake("missing sum", "batch", x=(6, 5))
class LayerNormGammaNotSummed(right.LayerNorm):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        self.dgamma = dy * cache[0]
        return dx


@mistake("scale", x=(6, 5))
class LayerNormTwice(right.LayerNorm):
    def backward(self, dy, cache):
        return super().backward(dy, cache) * 2


@mistake("stale cache", x=(6, 5))
class LayerNormLastCall(right.LayerNorm):
    def forward(self, x):
        y, self.cache = super().forward(x)
        return y, np.shape(x)

    def backward(self, dy, cache):
        return super().backward(dy, self.cache)
