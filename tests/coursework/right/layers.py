"""Right solutions of assignment 1 that are written otherwise than ada's solution."""

from coursework.wrong.layers import (
    BCE_BOTH,
    BCE_GRADIENT,
    BCE_LOSS,
    BCE_SOFTPLUS,
    GATE_BACKWARD,
    GATE_FORWARD,
    GATE_PASSES,
    GATE_RETURN,
    GATE_SUM,
    LEAKY_BACKWARD,
    LEAKY_FORWARD,
    SIGMOID_BACKWARD,
    SIGMOID_FORWARD,
)

DENSE_FORWARD = "        return x @ self.weight + self.bias, x\n"
DENSE_BACKWARD = """\
        x = cache
        self.d_weight += x.T @ dy
        self.d_bias += dy.sum(axis=0)
        return dy @ self.weight.T
"""
DENSE = DENSE_FORWARD + "\n    def backward(self, dy, cache):\n" + DENSE_BACKWARD
BCE = """\
    small = np.exp(-np.abs(score))
    p = np.where(score >= 0, 1, small) / (1 + small)
    not_p = np.where(score >= 0, small, 1) / (1 + small)
    softplus = np.maximum(score, 0) + np.log1p(small)  # -log(1 - p)
    softminus = np.maximum(-score, 0) + np.log1p(small)  # -log p
""" + BCE_BOTH + "    return loss.mean(), d_score / len(score)\n"

RIGHT = {
    "1.1": {
        "einsum": (
            DENSE_BACKWARD,
            """\
        self.d_weight += np.einsum("nd,nm->dm", cache, dy)
        self.d_bias += np.einsum("nm->m", dy)
        return np.einsum("nm,dm->nd", dy, self.weight)
""",
        ),
        "row by row": (
            DENSE_BACKWARD,
            """\
        dx = np.zeros(cache.shape)
        for n, (row, d_row) in enumerate(zip(cache, dy)):
            self.d_weight += np.outer(row, d_row)
            self.d_bias += d_row
            dx[n] = self.weight @ d_row
        return dx
""",
        ),
        "new gradients instead of added in place, a dict for the cache": (
            DENSE,
            """\
        return np.dot(x, self.weight) + self.bias[None], {"x": x.copy()}

    def backward(self, dy, cache):
        self.d_weight = self.d_weight + cache["x"].T.dot(dy)
        self.d_bias = self.d_bias + np.ones(len(dy)) @ dy
        return (self.weight @ dy.T).T
""",
        ),
        "a column of ones beside x": (
            DENSE,
            """\
        wide = np.hstack([x, np.ones((len(x), 1))])
        return wide @ np.vstack([self.weight, self.bias]), (wide, self.weight.T)

    def backward(self, dy, cache):
        wide, back = cache
        both = wide.T @ dy
        self.d_weight[...] += both[:-1]
        self.d_bias[...] += both[-1]
        return dy @ back
""",
        ),
        "in place on copies of its own": (
            DENSE,
            """\
        y = np.empty((len(x), len(self.bias)))
        np.matmul(x, self.weight, out=y)
        y += self.bias
        return y, [x]

    def backward(self, dy, cache):
        dy = dy.copy()
        np.add(self.d_bias, dy.sum(0), out=self.d_bias)
        self.d_weight += np.tensordot(cache[0], dy, axes=(0, 0))
        dx = dy @ self.weight.T
        dy *= 0
        return dx
""",
        ),
    },
    "1.2": {
        "a factor": (
            LEAKY_FORWARD,
            "        return x * np.where(x > 0, 1, self.a), x > 0\n",
        ),
        "masks in copies": (
            LEAKY_FORWARD,
            """\
        positive = np.greater(x, 0)
        y = x.copy()
        y[~positive] *= self.a
        return y, positive
""",
        ),
        "maximum and minimum": (
            LEAKY_FORWARD,
            "        return np.maximum(x, 0) + self.a * np.minimum(x, 0), ~(x <= 0)\n",
        ),
        "y by (1 + a) / 2 x + (1 - a) / 2 |x|": (
            LEAKY_FORWARD,
            "        return (1 + self.a) / 2 * x + (1 - self.a) / 2 * np.abs(x), np.sign(x) == 1\n",
        ),
        "a + (1 - a) where it is on": (
            LEAKY_BACKWARD,
            "        return dy * (self.a + (1 - self.a) * positive)\n",
        ),
        "a copy of dy, in place": (
            LEAKY_BACKWARD,
            """\
        dx = np.array(dy)
        dx[np.logical_not(positive)] *= self.a
        return dx
""",
        ),
    },
    "1.3": {
        "two masks": (
            SIGMOID_FORWARD,
            """\
        y = np.empty(x.shape)
        y[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
        y[x < 0] = np.exp(x[x < 0]) / (1 + np.exp(x[x < 0]))
""",
        ),
        "exp of a logaddexp": (
            SIGMOID_FORWARD,
            "        y = np.exp(-np.logaddexp(0, -x))\n",
        ),
        "the formula as it stands, the warning suppressed": (
            SIGMOID_FORWARD,
            """\
        with np.errstate(over="ignore"):
            y = 1 / (1 + np.exp(-x))
""",
        ),
        "x clipped to 700": (
            SIGMOID_FORWARD,
            "        y = 1 / (1 + np.exp(-np.clip(x, -700, 700)))\n",
        ),
        "two minimums": (
            SIGMOID_FORWARD,
            "        y = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))\n",
        ),
        "y - y^2": (
            SIGMOID_BACKWARD,
            "        return (y - y**2) * dy\n",
        ),
        "the derivative in a copy": (
            SIGMOID_BACKWARD,
            """\
        slope = y.copy()
        slope *= 1 - y
        slope *= dy
        return slope
""",
        ),
    },
    "1.4": {
        "logaddexp": (
            BCE_LOSS,
            """\
    loss = REAL_WEIGHT * target * np.logaddexp(0, -score)
    loss = loss + (1 - target) * np.logaddexp(0, score)
""",
        ),
        "softplus - score": (
            BCE_LOSS,
            "    loss = REAL_WEIGHT * target * (softplus - score) + (1 - target) * softplus\n",
        ),
        "one factor of softplus, as libraries do": (
            BCE_LOSS,
            """\
    loss = (1 - target) * score + (1 + (REAL_WEIGHT - 1) * target) * (
        np.log1p(small) + np.maximum(-score, 0)
    )
""",
        ),
        "log of 1 + small": (
            BCE_SOFTPLUS,
            "np.maximum(score, 0) + np.log(1 + small)",
        ),
        "p times all weights": (
            BCE_GRADIENT,
            """\
    d_score = p * (1 - target + REAL_WEIGHT * target) - REAL_WEIGHT * target
""",
        ),
        "score by score": (
            BCE,
            """\
    import math

    d_score, loss = np.zeros(score.shape), 0.0
    for n, (s, t) in enumerate(zip(score[:, 0].tolist(), target[:, 0].tolist())):
        small = math.exp(-abs(s))
        p = (1 if s > 0 else small) / (1 + small)
        loss -= REAL_WEIGHT * t * (min(s, 0) - math.log1p(small))
        loss -= (1 - t) * (min(-s, 0) - math.log1p(small))
        d_score[n] = ((1 - t) * p - REAL_WEIGHT * t * (1 - p)) / len(score)
    return loss / len(score), d_score
""",
        ),
        "two sums over N": (
            BCE,
            """\
    n, w = score.size, REAL_WEIGHT
    minus = np.where(score < 0, -score, 0) + np.log1p(np.exp(-abs(score)))
    plus = minus + score
    p = np.exp(-minus)
    loss = (w * np.sum(target * minus) + np.sum((1 - target) * plus)) / n
    return float(loss), ((w * target + 1 - target) * p - w * target) / n
""",
        ),
    },
    "1.5": {
        "einsum": (
            GATE_SUM,
            '        d_gate = np.einsum("nc,nc->n", dy, x)[:, None]\n',
        ),
        "row by row, a list of dicts for the cache": (
            GATE_PASSES,
            """\
        y, cache = np.zeros(x.shape), []
        for n, row in enumerate(x):
            gate = 1 / (1 + np.exp(-self.a * np.mean(row)))
            y[n] = gate * row
            cache.append({"row": row, "gate": gate})
        return y, cache

    def backward(self, dy, cache):
        dx = []
        for d_row, here in zip(dy, cache):
            row, gate = here["row"], here["gate"]
            slope = self.a * gate * (1 - gate) / len(row)
            dx.append(d_row * gate + (d_row @ row) * slope)
        return np.array(dx)
""",
        ),
        "half of 1 + tanh": (
            GATE_FORWARD,
            """\
        gate = 0.5 * (1 + np.tanh(0.5 * self.a * x.mean(axis=1, keepdims=True)))
        return x * gate, (x, gate)
""",
        ),
        "x and y are the cache": (
            GATE_PASSES,
            """\
        y = x / (1 + np.exp(-self.a * np.sum(x, axis=1) / x.shape[1]))[:, None]
        return y, (x.copy(), y.copy())

    def backward(self, dy, cache):
        x, _ = cache
        e = np.exp(-self.a * np.sum(x, axis=1, keepdims=True) / x.shape[1])
        d_e = -(dy * x).sum(axis=1, keepdims=True) / (1 + e) ** 2
        return dy / (1 + e) - d_e * self.a * e / x.shape[1]
""",
        ),
        "a dataclass for the cache": (
            GATE_PASSES,
            """\
        from dataclasses import make_dataclass

        gate = 1 / (1 + np.exp(-self.a * x.mean(axis=1)))
        return (x.T * gate).T, make_dataclass("Kept", ["x", "gate"])(x, gate)

    def backward(self, dy, cache):
        slope = self.a * cache.gate * (1 - cache.gate) / cache.x.shape[1]
        dx = dy * cache.gate[:, None]
        dx += ((dy * cache.x).sum(axis=1) * slope)[:, None]
        return dx
""",
        ),
        "in place on a copy of dy": (
            GATE_BACKWARD,
            """\
        x, gate = cache
        dx = np.array(dy)
        dx *= gate
        dx += (1 - gate) * gate * (dy * x).sum(axis=1, keepdims=True) * (self.a / x.shape[1])
        return dx
""",
        ),
        "the slope in other words": (
            GATE_RETURN,
            "        return gate * (dy + (1 - gate) * d_gate * self.a / dy.shape[-1])\n",
        ),
    },
}
