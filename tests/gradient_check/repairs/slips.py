"""Layers with one wrong line each, which only one kind of edit mends.

`slip` says which generator that is and the shapes of the inputs. The comment on the wrong line says
how it would have to read; "moves" or "goes" where the line itself stays as it is.
"""

import numpy as np

SLIPS = []  # (name of a generator, class, shapes of its inputs)
EVEN = np.exp(np.arange(4.0) / 4)  # some numbers that are no weights
EVEN.flags.writeable = False


def slip(generator, *shapes):
    def put_down(kind):
        SLIPS.append((generator, kind, shapes))
        return kind

    return put_down


class Weighted:
    def __init__(self):
        self.w = np.random.default_rng(3).standard_normal((4, 4))


@slip("too_much", (5, 4))
class FactorTwice:
    def forward(self, x):
        return x * x, x

    def backward(self, dy, x):
        return 2 * dy * x * x  # -> return 2 * dy * x


@slip("too_much", (5, 4))
class IndexOfTheNext:
    def forward(self, x):
        y = np.zeros_like(x)
        for t in range(x.shape[1]):
            y[:, t] = x[:, : t + 1].sum(axis=1)
        return y, None

    def backward(self, dy, cache):
        dx = np.zeros_like(dy)
        for t in range(dy.shape[1]):
            dx[:, t] = dy[:, t + 1 :].sum(axis=1)  # -> dx[:, t] = dy[:, t:].sum(axis=1)
        return dx


@slip("signs", (5, 4))
class PlusForMinus:
    def forward(self, x):
        return x - x**3, x

    def backward(self, dy, x):
        return dy * (1 + 3 * x**2)  # -> return dy * (1 - 3 * x ** 2)


@slip("doubled", (5, 4))
class NoTwo:
    def forward(self, x):
        return x * x, x

    def backward(self, dy, x):
        return dy * x  # -> return 2 * (dy * x)


@slip("derivatives", (5, 4))
class FunctionForItsDerivative:
    def forward(self, x):
        return np.tanh(x), x

    def slope(self, x):
        return np.tanh(x)  # -> return 1 - np.tanh(x) ** 2

    def backward(self, dy, x):
        return dy * self.slope(x)


@slip("conditions", (5, 4))
class OneSidedClip:
    def forward(self, x):
        return np.clip(x, -1, 1), x

    def backward(self, dy, x):
        return dy * (x < 1)  # -> return dy * (abs(x) < 1)


@slip("margins", (5, 4))
class NoMargin:
    margin = 0.4

    def forward(self, x):
        return np.maximum(0, self.margin - x), x

    def backward(self, dy, x):
        return -dy * (x < 0)  # -> return -dy * (x - self.margin < 0)


@slip("variables", (5, 4))
class SizeForASum:
    def forward(self, x):
        return x * EVEN / EVEN.sum(), None

    def backward(self, dy, cache):
        w, n = EVEN, dy.shape[1]
        self.mean = w.sum() / n
        return dy * w / n  # -> return dy * w / w.sum()


@slip("variables", (3, 5, 4))
class ItemBeside:
    def __init__(self):
        self.w = np.random.default_rng(3).standard_normal((4, 4)) / 2

    def forward(self, x):
        hs = [np.ones_like(x[0])]
        for t in range(len(x)):
            hs.append(np.tanh(hs[t] @ self.w + x[t]))
        return np.stack(hs[1:]), hs

    def backward(self, dy, hs):
        dx, self.dw, dh = np.zeros_like(dy), np.zeros_like(self.w), 0
        for t in reversed(range(len(dy))):
            h = hs[t + 1]
            dx[t] = (dy[t] + dh) * (1 - h**2)
            self.dw += h.T @ dx[t]  # -> self.dw += hs[t].T @ dx[t]
            dh = dx[t] @ self.w.T
        return dx


@slip("calls", (5, 4))
class SidesSwapped:
    def forward(self, x):
        mask = x > 0
        return np.where(mask, x, 0.1 * x), mask

    def backward(self, dy, mask):
        return np.where(mask, 0.1 * dy, dy)  # -> return np.where(mask, dy, 0.1 * dy)


@slip("calls", (5, 4))
class MeanForSum:
    def forward(self, x):
        return x - x.sum(axis=0), None

    def backward(self, dy, cache):
        return dy - dy.mean(axis=0)  # -> return dy - dy.sum(axis=0)


@slip("operations", (5, 4))
class TimesForDivided:
    def forward(self, x):
        return x / EVEN, None

    def backward(self, dy, cache):
        return dy * EVEN  # -> return dy / EVEN


@slip("operations", (5, 4))
class AnotherPower:
    def forward(self, x):
        return np.sqrt(1 + x * x), x

    def backward(self, dy, x):
        return dy * x * (1 + x * x) ** -2  # -> return dy * x * (1 + x * x) ** (-0.5)


@slip("transposes", (5, 4))
class NotTransposed(Weighted):
    def forward(self, x):
        return x @ self.w, x

    def backward(self, dy, x):
        self.dw = x.T @ dy
        return dy @ self.w  # -> return dy @ self.w.T


@slip("rearranged", (2, 3, 4))
class ReshapedOnly:
    def forward(self, x):
        return x.transpose(0, 2, 1), x.shape

    def backward(self, dy, shape):
        return dy.reshape(shape)  # -> return dy.transpose(0, 2, 1)


@slip("flips", (2, 3, 4))
class NotTurnedBack:
    def forward(self, x):
        return 3 * x[:, ::-1], None

    def backward(self, dy, cache):
        return 3 * dy  # -> return 3 * np.flip(dy, 1)


@slip("axes", (5, 4))
class OverAllAxes:
    def forward(self, x):
        return x - x.mean(axis=0), None

    def backward(self, dy, cache):
        return dy - dy.mean()  # -> return dy - dy.mean(axis=0)


@slip("indices", (5, 4))
class AnotherColumn:
    def forward(self, x):
        return 3 * x[:, 2], x

    def backward(self, dy, x):
        dx = np.zeros_like(x)
        dx[:, 1] = 3 * dy  # -> dx[:, 2] = 3 * dy
        return dx


@slip("variables", (5, 4), (5, 4))
class AnotherVariable:
    def forward(self, a, b):
        return np.sin(a) + np.sin(b), (a, b)

    def backward(self, dy, cache):
        a, b = cache
        da = dy * np.cos(a)
        db = dy * np.cos(a)  # -> db = dy * np.cos(b)
        return da, db


@slip("softmaxes", (5, 4))
class SoftmaxAsSigmoid:
    def forward(self, x):
        p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return p, p

    def backward(self, dy, p):
        return dy * p * (1 - p)  # -> return p * (dy - (dy * p).sum(axis=-1, keepdims=True))


@slip("factors_wrong", (5, 4))
class OutputForSlope:
    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        return dy * y  # -> return dy * (1 - y ** 2)


@slip("factors_missing", (5, 4))
class NoSlope:
    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        return np.negative(-dy)  # -> return np.negative(-dy) * (1 - y ** 2)


@slip("terms_missing", (5, 4))
class OneOfTwoWays:
    def forward(self, x):
        return x * np.sin(x), x

    def backward(self, dy, x):
        direct = dy * np.sin(x)
        inside = dy * x * np.cos(x)  # -> inside = dy * x * np.cos(x) + direct
        return inside if direct.any() else direct


@slip("sizes", (5, 4))
class NotDivided:
    def forward(self, x):
        return x.mean(axis=0), x

    def backward(self, dy, x):
        return np.broadcast_to(dy, x.shape)  # -> return np.broadcast_to(dy, x.shape) / x.shape[0]


@slip("partial_windows", (5, 5))
class MeansAtTheBorder:
    def forward(self, x):
        windows = [x[:, i : i + 2] for i in range(0, x.shape[1], 2)]
        return np.stack([window.mean(axis=1) for window in windows], axis=1), x

    def backward(self, dy, x):
        dx = np.zeros_like(x)
        for i in range(0, x.shape[1], 2):
            d = dy[:, [i // 2]]
            dx[:, i : i + 2] += d / 2  # -> dx[:, i:i + 2] += d / dx[:, i:i + 2].shape[-1]
        return dx


@slip("strides", (5, 8))
class NoStride:
    stride = 2

    def forward(self, x):
        return 3 * x[:, :: self.stride], x

    def backward(self, dy, x):
        dx = np.zeros_like(x)
        for i in range(dy.shape[1]):
            dx[:, i] = 3 * dy[:, i]  # -> dx[:, i * self.stride] = 3 * dy[:, i]
        return dx


@slip("counts", (5, 4))
class OneMargin:
    def forward(self, s):
        n, k = s.shape
        rows, t = np.arange(n), np.arange(n) % k
        margins = np.maximum(0, s - s[rows, t][:, None] + 1)
        margins[rows, t] = 0
        return margins.sum(axis=1), (margins, rows, t)

    def backward(self, dy, cache):
        margins, rows, t = cache
        d = (margins > 0).astype(float)
        d[rows, t] = -1  # -> d[rows, t] = -1 * d.sum(axis=1)
        return dy[:, None] * d


@slip("without_the_first", (6,))
class DecayOfTheBias:
    def forward(self, theta):
        return np.sin(theta).sum() + (theta[1:] ** 2).sum() / 2, theta

    def backward(self, dy, theta):
        return dy * (np.cos(theta) + theta)  # -> return dy * (np.cos(theta) + np.r_[0, theta[1:]])


@slip("products_missing", (5, 4))
class OneOfTwoUses(Weighted):
    def forward(self, x):
        h = x @ self.w
        return h @ self.w, (x, h)

    def backward(self, dy, cache):
        x, h = cache
        dh = dy @ self.w.T
        self.dw = h.T @ dy  # -> self.dw = h.T @ dy + x.T @ dh
        return dh @ self.w.T


@slip("added_at_the_end", (5, 4))
class OneOfTwoUsesTooEarly(Weighted):
    def forward(self, x):
        h = x @ self.w
        return h @ self.w, (x, h)

    def backward(self, dy, cache):
        x, h = cache
        self.dw = h.T @ dy  # -> self.dw += x.T @ dh, before the function ends
        dh = dy @ self.w.T
        return dh @ self.w.T


@slip("added_at_the_end", (5, 4))
class KeptTooEarly(Weighted):
    def forward(self, x):
        self.x = x  # -> self.x = z, before the function ends
        z = (x - 0.3) * EVEN
        return z @ self.w

    def backward(self, dy):
        self.dw = self.x.T @ dy
        return dy @ self.w.T * EVEN


@slip("adds", (5, 4))
class WrittenOver:
    def forward(self, x):
        return x[:, 1:] + x[:, :-1], x

    def backward(self, dy, x):
        dx = np.zeros_like(x)
        for i in range(dy.shape[1]):
            dx[:, i : i + 2] = dy[:, i : i + 1]  # -> dx[:, i:i + 2] += dy[:, i:i + 1]
        return dx


@slip("adds", (5, 4))
class IndexThatRepeats:
    def forward(self, x):
        rows = np.arange(7) % 3
        return x[rows], (x, rows)

    def backward(self, dy, cache):
        x, rows = cache
        dx = np.zeros_like(x)
        dx[rows] += dy  # -> np.add.at(dx, (rows,), dy)
        return dx


@slip("adds", (5, 4))
class AddedToTheOldOnes:
    def forward(self, x):
        return np.sin(x), x

    def backward(self, dy, x):
        dx = np.cos(x)
        dx += dy * np.cos(x)  # -> dx = dy * np.cos(x)
        return dx


@slip("returned", (5, 4))
class ReturnsInTheLoop:
    def forward(self, x):
        return np.sin(x), x

    def backward(self, dy, x):
        dx = np.zeros_like(x)
        for i in range(len(x)):
            dx[i] = dy[i] * np.cos(x[i])
            return dx  # moves


@slip("carried", (5, 4))
class NotCarried:
    def forward(self, x):
        h = np.zeros(len(x))
        for t in range(x.shape[1]):
            h = np.sin(x[:, t] + h * h)
        return h, x

    def backward(self, dy, x):
        hs = [np.zeros(len(x))]
        for t in range(x.shape[1]):
            hs.append(np.sin(x[:, t] + hs[-1] * hs[-1]))
        dx = np.zeros_like(x)
        dh = dy
        for t in range(x.shape[1])[::-1]:
            dx[:, t] = dh * np.cos(x[:, t] + hs[t] * hs[t])
            _before = 2 * dx[:, t] * hs[t]  # -> dh = 2 * dx[:, t] * hs[t]
        return dx


@slip("cleared", (5, 4))
class ClearedBetween:
    def forward(self, x):
        return x + np.sin(x), x

    def backward(self, dy, x):
        dx = np.zeros_like(x)
        dx += dy
        dx = np.zeros_like(x)  # goes
        dx += dy * np.cos(x)
        return dx


@slip("moved", (5, 4), (5, 4))
class ChangedTooEarly:
    def forward(self, a, b):
        h = np.sin(a) + b
        return np.sin(h), (a, h)

    def backward(self, dy, cache):
        a, h = cache
        d = dy * np.cos(h)
        d = d * np.cos(a)  # moves
        db = d
        return d, db


@slip("left_out", (5, 4))
class LineTooMuch:
    def forward(self, x):
        return np.sin(x), x

    def backward(self, dy, x):
        dx = dy * np.cos(x)
        dx *= x  # goes
        return dx


@slip("kept", (5, 4), (5, 4))
class TwoUnderOneName:
    def forward(self, x, q):
        return x * EVEN**3 + q * np.cos(EVEN**3), None

    def backward(self, dy, cache):
        d = EVEN**3
        d = np.cos(d)
        dq = dy * d
        dx = dy * d  # -> dx = dy * first_d
        return dx, dq


@slip("same_edit_everywhere", (5, 4))
class OverTheOtherAxisEverywhere:
    def forward(self, x):
        s = x.std(axis=0)
        y = (x - x.mean(axis=0)) / s
        return y, (y, s)

    def backward(self, dy, cache):
        y, s = cache
        a = dy.mean(axis=1, keepdims=True)  # -> a = dy.mean(axis=0, keepdims=True)
        b = (dy * y).mean(axis=1, keepdims=True)  # -> b = (dy * y).mean(axis=0, keepdims=True)
        c = y.mean(axis=1, keepdims=True)  # -> c = y.mean(axis=0, keepdims=True)
        return (dy - a - y * b - c) / s
