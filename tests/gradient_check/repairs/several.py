"""Layers with more than one wrong line. Comments as in slips.py."""

import numpy as np

FIXED = np.exp(np.arange(4.0) / 4)  # some numbers that are no weights
FIXED.flags.writeable = False


class TwoGradients:
    def forward(self, a, b):
        return np.sin(a) + b * b, (a, b)

    def backward(self, dy, cache):
        a, b = cache
        da = -dy * np.cos(a)  # -> da = dy * np.cos(a)
        db = 2 * dy * b * b  # -> db = 2 * dy * b
        return da, db


class TwoInOneGradient:
    def forward(self, x):
        return np.sin(x) + x**2, x

    def backward(self, dy, x):
        a = -dy * np.cos(x)  # -> a = dy * np.cos(x)
        b = 2 * dy * x * x  # -> b = 2 * dy * x
        return a + b


class ALineTooMuchBesides(TwoInOneGradient):
    def backward(self, dy, x):
        a = -dy * np.cos(x)  # -> a = dy * np.cos(x)
        b = 2 * dy * x
        b *= FIXED  # goes
        return a + b


class TwoFactorsOfOneGradient:
    def forward(self, x):
        return np.sin(x * x), x

    def backward(self, dy, x):
        outer = dy * np.cos(x * x) * FIXED  # -> outer = dy * np.cos(x * x)
        inner = 2 * x * x  # -> inner = 2 * x
        return outer * inner


class OneBehindTheOther:
    """dx needs both, db the first of them only."""

    def __init__(self):
        self.w = np.random.default_rng(3).standard_normal((4, 4))
        self.b = np.ones(4)

    def forward(self, x):
        y = np.tanh(x @ self.w + self.b)
        return y, (x, y)

    def backward(self, dy, cache):
        x, y = cache
        d = dy * y  # -> d = dy * (1 - y ** 2)
        self.dw = x.T @ d
        self.db = d.sum(axis=0)
        return d @ self.w  # -> return d @ self.w.T


class FactorBesides:
    """(dy + dy) + (dy + dy) is too far away: what is left is 4."""

    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        d = (dy + dy) + (dy + dy)
        return d * y  # -> return d * (1 - y ** 2)


class SizeBesides:
    """The same with a factor that is the root of the size of the batch."""

    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        d = sum(dy for _ in dy) / np.sqrt(len(dy))
        return d * y  # -> return d * (1 - y ** 2)


def turned(v):
    v = v * FIXED
    return [v.copy()]


class HelperOfTheOutput:
    """Without the first line of the helper dx would be right, and y another one."""

    def forward(self, x):
        return turned(x)[0], None

    def backward(self, dy, cache):
        dx = turned(dy)[0]  # -> dx = dy
        for i in range(len(FIXED)):
            dx[:, i] *= FIXED[i]
        return dx


def also_turned(v):
    v = v * FIXED
    return [v.copy()]


class HelperOfARightGradient:
    """Without the first line of the helper db would be right, and da wrong."""

    def forward(self, a, b):
        return a * FIXED + b * FIXED, None

    def backward(self, dy, cache):
        da = also_turned(dy)[0]
        db = also_turned(dy)[0]  # -> db = dy
        for i in range(len(FIXED)):
            db[:, i] *= FIXED[i]
        return da, db
