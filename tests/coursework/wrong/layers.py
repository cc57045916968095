"""Plausible wrong solutions of assignment 1, as replacements in the solution of the student "ada".

WRONG[task][the slip] is (old, new): `old` occurs once in solution/my_layers.py.
"""

# Pieces of the solution that several slips replace.

DENSE_PASSES = """\
        return x @ self.weight + self.bias, x

    def backward(self, dy, cache):
        x = cache
"""

LEAKY_INIT = """\
    def __init__(self, a=0.2):
        self.a = a
"""
LEAKY_FORWARD = "        return np.where(x > 0, x, self.a * x), x > 0\n"
LEAKY_BACKWARD = "        return np.where(positive, dy, self.a * dy)\n"
LEAKY_PASSES = (
    LEAKY_FORWARD
    + """
    def backward(self, dy, cache):
        positive = cache
"""
    + LEAKY_BACKWARD
)

SIGMOID_FORWARD = """\
        small = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, small) / (1 + small)
"""
SIGMOID_BACKWARD = "        return dy * y * (1 - y)\n"
SIGMOID_RETURN = """\
        return y, y

    def backward(self, dy, cache):
        y = cache
"""

BCE_SOFTPLUS = "np.maximum(score, 0) + np.log1p(small)"
BCE_LOSS = """\
    loss = REAL_WEIGHT * target * softminus + (1 - target) * softplus
"""
BCE_GRADIENT = """\
    d_score = (1 - target) * p - REAL_WEIGHT * target * not_p
"""
BCE_BOTH = BCE_LOSS + BCE_GRADIENT
BCE_RETURN = "    return loss.mean(), d_score / len(score)\n"

GATE_INIT = """\
    def __init__(self, a):
        self.a = a
"""
GATE_FORWARD = """\
        gate = 1 / (1 + np.exp(-self.a * x.mean(axis=1, keepdims=True)))
        return x * gate, (x, gate)
"""
GATE_SUM = "        d_gate = (dy * x).sum(axis=1, keepdims=True)\n"
GATE_RETURN = "        return dy * gate + d_gate * gate * (1 - gate) * self.a / x.shape[1]\n"
GATE_BACKWARD = "        x, gate = cache\n" + GATE_SUM + GATE_RETURN
GATE_PASSES = (
    GATE_FORWARD
    + """
    def backward(self, dy, cache):
"""
    + GATE_BACKWARD
)


WRONG = {
    "1.1": {
        "d_weight overwritten instead of added to": (
            "self.d_weight += x.T @ dy",
            "self.d_weight = x.T @ dy",
        ),
        "d_bias overwritten instead of added to": (
            "self.d_bias += dy.sum(axis=0)",
            "self.d_bias = dy.sum(axis=0)",
        ),
        # why: backward adds; here any forward in between throws away what was gathered. The order
        # forward, forward, backward, backward of one step from zero still comes out right.
        "gradients cleared by each forward pass": (
            "        return x @ self.weight + self.bias, x\n",
            """\
        self.d_weight[...] = 0
        self.d_bias[...] = 0
        return x @ self.weight + self.bias, x
""",
        ),
        "d_bias is the mean over the rows": (
            "self.d_bias += dy.sum(axis=0)",
            "self.d_bias += dy.mean(axis=0)",
        ),
        "d_weight divided by N": (
            "self.d_weight += x.T @ dy",
            "self.d_weight += x.T @ dy / len(x)",
        ),
        "dx divided by N": (
            "return dy @ self.weight.T",
            "return dy @ self.weight.T / len(dy)",
        ),
        "d_bias summed over rows and columns": (
            "dy.sum(axis=0)",
            "dy.sum()",
        ),
        # why: runs only where N is M or 1, and is wrong there.
        "d_bias summed along the wrong axis": (
            "dy.sum(axis=0)",
            "dy.sum(axis=1)",
        ),
        "d_bias gets shape (1, M)": (
            "self.d_bias += dy.sum(axis=0)",
            "self.d_bias = self.d_bias + dy.sum(axis=0, keepdims=True)",
        ),
        # why: each row has to count; right for N = 1.
        "d_weight from the last row only": (
            "        self.d_weight += x.T @ dy\n",
            """\
        for row, d_row in zip(x, dy):
            outer = np.outer(row, d_row)
        self.d_weight += outer
""",
        ),
        # why: same shape, other order of elements; right where D or M is 1.
        "d_weight reshaped where it should be transposed": (
            "self.d_weight += x.T @ dy",
            "self.d_weight += (dy.T @ x).reshape(self.weight.shape)",
        ),
        "weight reshaped instead of transposed for dx": (
            "return dy @ self.weight.T",
            "return dy @ self.weight.reshape(self.weight.shape[::-1])",
        ),
        "weight not transposed for dx, so square only": (
            "return dy @ self.weight.T",
            "return dy @ self.weight",
        ),
        "bias forgotten in forward": (
            "return x @ self.weight + self.bias, x",
            "return x @ self.weight, x",
        ),
        "x kept on the layer": (
            DENSE_PASSES,
            """\
        self.x = x
        return x @ self.weight + self.bias, x

    def backward(self, dy, cache):
        x = self.x
""",
        ),
        # why: forward twice, then backward of the first: it gets the second's x.
        "caches stacked on the layer, last one taken first": (
            DENSE_PASSES,
            """\
        self.__dict__.setdefault("stack", []).append(x)
        return x @ self.weight + self.bias, x

    def backward(self, dy, cache):
        x = self.stack.pop()
""",
        ),
        # why: right in the order real, fake, real, fake, but a forward whose backward is never
        # asked for, or the fakes' backward first, shifts the queue.
        "caches queued on the layer, first one taken first": (
            DENSE_PASSES,
            """\
        self.__dict__.setdefault("queue", []).append(x)
        return x @ self.weight + self.bias, x

    def backward(self, dy, cache):
        x = self.queue.pop(0)
""",
        ),
        # why: typed Dense for self; layers of one shape then add to the same arrays.
        "gradients live on the class": (
            "self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)",
            "Dense.d_weight, Dense.d_bias = np.zeros_like(weight), np.zeros_like(bias)",
        ),
        "gradients gathered in float32": (
            "np.zeros_like(weight), np.zeros_like(bias)",
            "np.zeros(weight.shape, np.float32), np.zeros(bias.shape, np.float32)",
        ),
        "backward returns all three gradients": (
            "return dy @ self.weight.T",
            "return dy @ self.weight.T, self.d_weight, self.d_bias",
        ),
        "backward clears the x of the cache": (
            "return dy @ self.weight.T",
            "x *= 0; return dy @ self.weight.T",
        ),
        "backward clears a copy of x that is the cache": (
            DENSE_PASSES + """\
        self.d_weight += x.T @ dy
""",
            DENSE_PASSES.replace("self.bias, x", "self.bias, x.copy()") + """\
        self.d_weight += x.T @ dy
        x[...] = 0
""",
        ),
        "dy averaged over the batch in place": (
            "        x = cache\n",
            """\
        x = cache
        dy /= len(dy)
""",
        ),
    },
    "1.2": {
        "slope at 0 is 1": (
            "self.a * x), x > 0",
            "self.a * x), x >= 0",
        ),
        # why: the text asks for an array of booleans as the cache.
        "x is the cache": (
            LEAKY_PASSES,
            """\
        return np.where(x > 0, x, self.a * x), x

    def backward(self, dy, cache):
        return np.where(cache > 0, dy, self.a * dy)
""",
        ),
        # why: floats again, as large as x; the text asks for booleans.
        "the slopes are the cache": (
            LEAKY_PASSES,
            """\
        slope = np.where(x > 0, 1, self.a)
        return slope * x, slope

    def backward(self, dy, cache):
        return dy * cache
""",
        ),
        # why: derivatives are right, but the cache is to be x > 0.
        "the cache says where x is off": (
            LEAKY_PASSES,
            """\
        off = x <= 0
        return np.where(off, self.a * x, x), off

    def backward(self, dy, cache):
        return np.where(cache, self.a * dy, dy)
""",
        ),
        # why: y = a x where x <= 0, for every a; the maximum is x there if a > 1.
        "the larger of x and a x": (
            "np.where(x > 0, x, self.a * x)",
            "np.maximum(x, self.a * x)",
        ),
        "forward always leaks 0.2": (
            "np.where(x > 0, x, self.a * x)",
            "np.where(x > 0, x, 0.2 * x)",
        ),
        "backward always leaks 0.2": (
            "np.where(positive, dy, self.a * dy)",
            "np.where(positive, dy, 0.2 * dy)",
        ),
        # why: a = 0, the plain ReLU, becomes 0.2.
        "a slope of 0 taken for none given": (
            LEAKY_INIT,
            """\
    def __init__(self, a=None):
        self.a = a or 0.2
""",
        ),
        "slope kept on the class": (
            LEAKY_INIT,
            """\
    def __init__(self, a=0.2):
        LeakyReLU.a = a
""",
        ),
        "backward gives the slope without dy where off": (
            "np.where(positive, dy, self.a * dy)",
            "np.where(positive, dy, self.a)",
        ),
        "backward gives the slope and no dy": (
            "np.where(positive, dy, self.a * dy)",
            "np.where(positive, 1.0, self.a)",
        ),
        "backward looks at the sign of dy": (
            "np.where(positive, dy, self.a * dy)",
            "np.where(dy > 0, dy, self.a * dy)",
        ),
        "the two branches of backward swapped": (
            "np.where(positive, dy, self.a * dy)",
            "np.where(positive, self.a * dy, dy)",
        ),
        "backward passes nothing where x is off": (
            "np.where(positive, dy, self.a * dy)",
            "np.where(positive, dy, 0.0)",
        ),
        "backward divides by N": (
            "np.where(positive, dy, self.a * dy)",
            "np.where(positive, dy, self.a * dy) / len(dy)",
        ),
        "forward leaks the absolute value": (
            "np.where(x > 0, x, self.a * x)",
            "np.where(x > 0, x, self.a * np.abs(x))",
        ),
        "forward multiplies x in place": (
            LEAKY_FORWARD,
            """\
        positive = x > 0
        x[~positive] *= self.a
        return x, positive
""",
        ),
        "backward multiplies dy in place": (
            LEAKY_BACKWARD,
            """\
        dy[~positive] *= self.a
        return dy
""",
        ),
        "the mask kept on the layer": (
            LEAKY_PASSES,
            """\
        self.positive = x > 0
        return np.where(self.positive, x, self.a * x), self.positive

    def backward(self, dy, cache):
        return np.where(self.positive, dy, self.a * dy)
""",
        ),
        # why: where x is positive but tiny, the slope is 1.
        "positive only from 1e-7 on": (
            LEAKY_FORWARD,
            """\
        positive = x > 1e-7
        return np.where(positive, x, self.a * x), positive
""",
        ),
        "0 where x is smaller than 1e-7": (
            LEAKY_FORWARD,
            """\
        y = np.where(x > 0, x, self.a * x)
        return np.where(np.abs(x) < 1e-7, 0.0, y), x > 0
""",
        ),
        "backward turns the caller's mask into its opposite": (
            LEAKY_BACKWARD,
            """\
        off = np.logical_not(positive, out=positive)
        return np.where(off, self.a * dy, dy)
""",
        ),
        "one side chosen for the whole row": (
            LEAKY_FORWARD,
            """\
        positive = np.broadcast_to(x.mean(axis=1, keepdims=True) > 0, x.shape)
        return np.where(positive, x, self.a * x), positive
""",
        ),
    },
    "1.3": {
        "the formula as it stands": (
            SIGMOID_FORWARD,
            """\
        y = 1 / (1 + np.exp(-x))
""",
        ),
        "exp(x) over 1 + exp(x)": (
            SIGMOID_FORWARD,
            """\
        y = np.exp(x) / (1 + np.exp(x))
""",
        ),
        # why: np.where works out both branches, so far out it still warns.
        "np.where picks, but both branches are computed": (
            SIGMOID_FORWARD,
            """\
        y = np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))
""",
        ),
        # why: far out 0 and 1 are asked for; here 2e-9 is the least.
        "x clipped to 20": (
            SIGMOID_FORWARD,
            """\
        y = 1 / (1 + np.exp(-np.clip(x, -20, 20)))
""",
        ),
        "y clipped by 1e-7": (
            "return y, y",
            "return (np.clip(y, 1e-7, 1 - 1e-7),) * 2",
        ),
        "small number added to the denominator": (
            SIGMOID_FORWARD,
            """\
        small = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, small) / (1 + small + 1e-8)
""",
        ),
        # why: cancels on the negative side; at -30 four digits are left, at -40 none.
        "half of 1 + tanh(x / 2)": (
            SIGMOID_FORWARD,
            """\
        y = 0.5 * (1 + np.tanh(0.5 * x))
""",
        ),
        "right only for positive x": (
            SIGMOID_FORWARD,
            """\
        y = 1 / (1 + np.exp(-np.abs(x)))
""",
        ),
        "neither mask takes x = 0": (
            SIGMOID_FORWARD,
            """\
        y = np.zeros(x.shape)
        y[x > 0] = 1 / (1 + np.exp(-x[x > 0]))
        y[x < 0] = 1 - 1 / (1 + np.exp(x[x < 0]))
""",
        ),
        # why: as in a softmax; if one x is -800 and another 800 it is 0 / 0.
        "one shift for the whole batch": (
            SIGMOID_FORWARD,
            """\
        shift = max(0, -x.min())
        y = np.exp(-shift) / (np.exp(-shift) + np.exp(-x - shift))
""",
        ),
        "float32 inside": (
            SIGMOID_FORWARD,
            """\
        small = np.exp(-np.abs(x).astype(np.float32))
        y = np.where(x >= 0, np.float32(1), small) / (1 + small)
""",
        ),
        "x clipped in place": (
            SIGMOID_FORWARD,
            """\
        np.clip(x, -700, 700, out=x)
        small = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, small) / (1 + small)
""",
        ),
        # why: the text says that y is the cache.
        "x is the cache and the exponential computed again": (
            SIGMOID_RETURN,
            """\
        return y, x

    def backward(self, dy, cache):
        y = self.forward(cache)[0]
""",
        ),
        "the derivative is the cache": (
            "        return y, y\n\n    def backward(self, dy, cache):\n        y = cache\n"
            + SIGMOID_BACKWARD,
            """\
        return y, y * (1 - y)

    def backward(self, dy, cache):
        return dy * cache
""",
        ),
        "y kept on the layer": (
            SIGMOID_RETURN,
            """\
        self.y = y
        return y, y

    def backward(self, dy, cache):
        y = self.y
""",
        ),
        "backward without dy": (
            "return dy * y * (1 - y)",
            "return y * (1 - y)",
        ),
        "backward forgets the factor y": (
            "return dy * y * (1 - y)",
            "return dy * (1 - y)",
        ),
        "backward forgets the factor 1 - y": (
            "return dy * y * (1 - y)",
            "return dy * y",
        ),
        "the derivative of tanh": (
            "return dy * y * (1 - y)",
            "return dy * (1 - y * y)",
        ),
        "the derivative's sign": (
            "return dy * y * (1 - y)",
            "return dy * y * (y - 1)",
        ),
        "backward takes the mean over the rows": (
            "return dy * y * (1 - y)",
            "return dy * y * (1 - y) / len(y)",
        ),
        "backward multiplies dy in place": (
            SIGMOID_BACKWARD,
            """\
        dy *= y * (1 - y)
        return dy
""",
        ),
        # why: y went to the caller too, and a second backward of it is wrong.
        "backward multiplies the cache in place": (
            SIGMOID_BACKWARD,
            """\
        y *= 1 - y
        return dy * y
""",
        ),
        "backward takes dy for the output": (
            "return dy * y * (1 - y)",
            "return dy * dy * (1 - dy)",
        ),
    },
    "1.4": {
        "the loss is the sum": (
            BCE_RETURN,
            "    return loss.sum(), d_score / len(score)\n",
        ),
        "d_score without 1/N": (
            BCE_RETURN,
            "    return loss.mean(), d_score\n",
        ),
        "sum for the loss, and its gradient": (
            BCE_RETURN,
            "    return loss.sum(), d_score\n",
        ),
        # why: a loss is one number.
        "the loss is an array of shape (1,)": (
            BCE_RETURN,
            "    return loss.mean(axis=0), d_score / len(score)\n",
        ),
        "d_score flattened": (
            BCE_RETURN,
            "    return loss.mean(), (d_score / len(score)).ravel()\n",
        ),
        "d_score before the loss": (
            BCE_RETURN,
            "    return d_score / len(score), loss.mean()\n",
        ),
        "the weight forgotten in the gradient": (
            BCE_GRADIENT,
            "    d_score = p - target\n",
        ),
        "the weight forgotten in the loss": (
            BCE_LOSS,
            "    loss = target * (softplus - score) + (1 - target) * softplus\n",
        ),
        "the weight on both terms": (
            BCE_BOTH,
            """\
    loss = REAL_WEIGHT * (target * (softplus - score) + (1 - target) * softplus)
    d_score = REAL_WEIGHT * (p - target)
""",
        ),
        "the weight on the fakes": (
            BCE_BOTH,
            """\
    loss = target * (softplus - score) + REAL_WEIGHT * (1 - target) * softplus
    d_score = REAL_WEIGHT * (1 - target) * p - target * (1 - p)
""",
        ),
        # why: p - t with the weight put before t; right for t = 0 only.
        "gradient p - w t": (
            BCE_GRADIENT,
            "    d_score = p - REAL_WEIGHT * target\n",
        ),
        # why: loss and gradient fit each other, but the text has the mean over all N.
        "divided by the sum of the weights": (
            BCE_RETURN,
            """\
    weight = (REAL_WEIGHT * target + 1 - target).sum()
    return loss.sum() / weight, d_score / weight
""",
        ),
        # why: loss and gradient fit each other; right for t = 0 only.
        "1 where 1 - t belongs": (
            BCE_BOTH,
            """\
    loss = REAL_WEIGHT * target * (softplus - score) + softplus
    d_score = p - REAL_WEIGHT * target * (1 - p)
""",
        ),
        # why: targets lie in [0, 1], not only at its ends.
        "targets taken for 0 or 1": (
            BCE_BOTH,
            """\
    real = target > 0.5
    loss = np.where(real, REAL_WEIGHT * (softplus - score), softplus)
    d_score = np.where(real, -REAL_WEIGHT * (1 - p), p)
""",
        ),
        "gradient's sign": (
            BCE_GRADIENT,
            "    d_score = REAL_WEIGHT * target * (1 - p) - (1 - target) * p\n",
        ),
        "gradient by p instead of by the score": (
            BCE_GRADIENT,
            "    d_score = (1 - target) / (1 - p) - REAL_WEIGHT * target / p\n",
        ),
        "the slope of the sigmoid counted twice": (
            BCE_GRADIENT,
            """\
    d_score = ((1 - target) * p - REAL_WEIGHT * target * (1 - p)) * p * (1 - p)
""",
        ),
        "logarithms of p as the formula stands": (
            BCE_LOSS,
            """\
    loss = -REAL_WEIGHT * target * np.log(p) - (1 - target) * np.log(1 - p)
""",
        ),
        # why: at s = 800 and t = 0 the loss is 800, not 16.
        "p clipped by 1e-7": (
            BCE_BOTH,
            """\
    p = np.clip(p, 1e-7, 1 - 1e-7)
    loss = -REAL_WEIGHT * target * np.log(p) - (1 - target) * np.log(1 - p)
    d_score = (1 - target) * p - REAL_WEIGHT * target * (1 - p)
""",
        ),
        "1e-12 inside the logarithms": (
            BCE_LOSS,
            """\
    eps = 1e-12
    loss = -REAL_WEIGHT * target * np.log(p + eps) - (1 - target) * np.log(1 - p + eps)
""",
        ),
        "scores clipped to 30": (
            "    small = np.exp(-np.abs(score))\n",
            """\
    score = np.clip(score, -30, 30)
    small = np.exp(-np.abs(score))
""",
        ),
        "softplus by its formula, which overflows": (
            BCE_SOFTPLUS,
            "np.log1p(np.exp(score))",
        ),
        # why: np.where works out both branches, so far out it still warns.
        "softplus by np.where, both branches computed": (
            BCE_SOFTPLUS,
            "np.where(score > 40, score, np.log1p(np.exp(score)))",
        ),
        "softplus right only for negative scores": (
            BCE_SOFTPLUS,
            "np.log1p(small)",
        ),
        "sigmoid applied twice in the loss": (
            BCE_SOFTPLUS,
            "np.log1p(np.exp(p))",
        ),
        # why: (N,) against (N, 1) makes (N, N): each score meets each target.
        "scores flattened against a column of targets": (
            BCE_LOSS,
            """\
    minus = (softplus - score).ravel()
    loss = REAL_WEIGHT * target * minus + (1 - target) * softplus
""",
        ),
        # why: values are right, but the caller's targets are not what they were.
        "targets multiplied in place": (
            BCE_BOTH,
            """\
    fake = 1 - target
    target *= REAL_WEIGHT
    loss = target * (softplus - score) + fake * softplus
    d_score = fake * p - target * (1 - p)
""",
        ),
        "float32 inside": (
            "    small = np.exp(-np.abs(score))\n",
            """\
    score = np.asarray(score, np.float32)
    small = np.exp(-np.abs(score))
""",
        ),
    },
    "1.5": {
        "the gate taken for a constant": (
            GATE_RETURN,
            "        return dy * gate\n",
        ),
        "1/C of the mean forgotten": (
            GATE_RETURN,
            "        return dy * gate + d_gate * gate * (1 - gate) * self.a\n",
        ),
        "the factor a forgotten": (
            GATE_RETURN,
            "        return dy * gate + d_gate * gate * (1 - gate) / x.shape[1]\n",
        ),
        "divided by N instead of C": (
            "self.a / x.shape[1]",
            "self.a / x.shape[0]",
        ),
        "no factor 1 - gate": (
            "d_gate * gate * (1 - gate) * self.a",
            "d_gate * gate * self.a",
        ),
        "the gate's derivative has the wrong sign": (
            "dy * gate + d_gate",
            "dy * gate - d_gate",
        ),
        # why: only dy_i(x_i) collected; right for C = 1.
        "no sum over the row": (
            GATE_SUM,
            "        d_gate = dy * x\n",
        ),
        "mean over the row where a sum belongs": (
            "(dy * x).sum(axis=1, keepdims=True)",
            "(dy * x).mean(axis=1, keepdims=True)",
        ),
        "summed over the whole batch": (
            "(dy * x).sum(axis=1, keepdims=True)",
            "(dy * x).sum()",
        ),
        "summed over the rows instead of the columns": (
            "(dy * x).sum(axis=1, keepdims=True)",
            "(dy * x).sum(axis=0, keepdims=True)",
        ),
        "sum of dy times x instead of sum of products": (
            "(dy * x).sum(axis=1, keepdims=True)",
            "dy.sum(axis=1, keepdims=True) * x",
        ),
        "product of the two sums": (
            "(dy * x).sum(axis=1, keepdims=True)",
            "dy.sum(axis=1, keepdims=True) * x.mean(axis=1, keepdims=True)",
        ),
        "x forgotten in the gate's gradient": (
            "(dy * x).sum(axis=1, keepdims=True)",
            "dy.sum(axis=1, keepdims=True)",
        ),
        "y cached instead of x": (
            "return x * gate, (x, gate)",
            "return x * gate, (x * gate, gate)",
        ),
        "m is the mean of the whole batch": (
            "x.mean(axis=1, keepdims=True)",
            "x.mean()",
        ),
        "m is the mean of the column": (
            "x.mean(axis=1, keepdims=True)",
            "x.mean(axis=0, keepdims=True)",
        ),
        # why: loss and gradient fit each other, for a sum instead of a mean.
        "m is the sum of the row": (
            GATE_PASSES,
            """\
        gate = 1 / (1 + np.exp(-self.a * x.sum(axis=1, keepdims=True)))
        return x * gate, (x, gate)

    def backward(self, dy, cache):
        x, gate = cache
        d_gate = (dy * x).sum(axis=1, keepdims=True)
        return dy * gate + d_gate * gate * (1 - gate) * self.a
""",
        ),
        # why: the gate of each element by itself; right for C = 1.
        "the gate is of x instead of its mean": (
            GATE_PASSES,
            """\
        gate = 1 / (1 + np.exp(-self.a * x))
        return x * gate, (x, gate)

    def backward(self, dy, cache):
        x, gate = cache
        return dy * (gate + x * gate * (1 - gate) * self.a)
""",
        ),
        "a outside the sigmoid": (
            GATE_PASSES,
            """\
        gate = 1 / (1 + np.exp(-x.mean(axis=1, keepdims=True)))
        return self.a * x * gate, (x, gate)

    def backward(self, dy, cache):
        x, gate = cache
        d_gate = (dy * x).sum(axis=1, keepdims=True)
        return self.a * (dy * gate + d_gate * gate * (1 - gate) / x.shape[1])
""",
        ),
        "right only where a m is positive": (
            "np.exp(-self.a * x.mean(axis=1, keepdims=True))",
            "np.exp(-np.abs(self.a * x.mean(axis=1, keepdims=True)))",
        ),
        "a m clipped to 5": (
            "np.exp(-self.a * x.mean(axis=1, keepdims=True))",
            "np.exp(np.clip(-self.a * x.mean(axis=1, keepdims=True), -5, 5))",
        ),
        "a kept on the class": (
            GATE_INIT,
            """\
    def __init__(self, a):
        Gate.a = a
""",
        ),
        "x and gate kept on the layer": (
            GATE_PASSES,
            """\
        self.x = x
        self.gate = 1 / (1 + np.exp(-self.a * x.mean(axis=1, keepdims=True)))
        return x * self.gate, None

    def backward(self, dy, cache):
        x, gate = self.x, self.gate
        d_gate = (dy * x).sum(axis=1, keepdims=True)
        return dy * gate + d_gate * gate * (1 - gate) * self.a / x.shape[1]
""",
        ),
        # why: x is cached as it should be, only the gate is the last call's.
        "only the gate kept on the layer": (
            GATE_PASSES,
            """\
        self.gate = 1 / (1 + np.exp(-self.a * x.mean(axis=1, keepdims=True)))
        return x * self.gate, x

    def backward(self, dy, cache):
        x, gate = cache, self.gate
        d_gate = (dy * x).sum(axis=1, keepdims=True)
        return dy * gate + d_gate * gate * (1 - gate) * self.a / x.shape[1]
""",
        ),
        "forward multiplies x in place": (
            "        return x * gate, (x, gate)\n",
            """\
        before = x.copy()
        x *= gate
        return x, (before, gate)
""",
        ),
        "backward works in dy's place": (
            GATE_RETURN,
            """\
        dy *= gate
        dy += d_gate * gate * (1 - gate) * self.a / x.shape[1]
        return dy
""",
        ),
        "backward clears the x of the cache, a copy": (
            GATE_PASSES,
            GATE_PASSES.replace("(x, gate)\n", "(x.copy(), gate)\n", 1).replace(
                GATE_SUM, GATE_SUM + "        x[...] = 0\n"
            ),
        ),
        # why: the first backward of a cache is right, a second one is not.
        "backward changes the cached gate": (
            GATE_RETURN,
            """\
        dx = dy * gate
        gate *= 1 - gate
        return dx + d_gate * gate * self.a / x.shape[1]
""",
        ),
        "dy multiplied by the gate before the sum": (
            GATE_BACKWARD,
            """\
        x, gate = cache
        dy = dy * gate
        d_gate = (dy * x).sum(axis=1, keepdims=True)
        return dy + d_gate * gate * (1 - gate) * self.a / x.shape[1]
""",
        ),
        # why: forbidden by the text, and good to some six digits.
        "forward differences": (
            GATE_BACKWARD,
            """\
        x, _ = cache
        y, dx, step = self.forward(x)[0], np.zeros(x.shape), 1e-6
        for column in range(x.shape[1]):
            moved = x.astype(float)
            moved[:, column] += step
            dx[:, column] = (dy * (self.forward(moved)[0] - y)).sum(axis=1) / step
        return dx
""",
        ),
        "float32 inside": (
            "x.mean(axis=1, keepdims=True)",
            "x.mean(axis=1, keepdims=True, dtype=np.float32)",
        ),
    },
}

RIGHT_AFTER_ALL = {
    "1.2": {
        "y has the type of x": (
            LEAKY_FORWARD,
            """\
        y = np.empty_like(x)
        y[x > 0] = x[x > 0]
        y[x <= 0] = self.a * x[x <= 0]
        return y, x > 0
""",
            "For an x of whole numbers a x is cut down to one, but every array is of float64.",
        ),
    },
    "1.3": {
        "y has the type of x": (
            SIGMOID_FORWARD,
            """\
        small = np.exp(-np.abs(x))
        y = np.empty_like(x)
        y[...] = np.where(x >= 0, 1, small) / (1 + small)
""",
            "For an x of whole numbers every y is 0 or 1, but every array is of float64.",
        ),
    },
}

NOT_TESTABLE = {
    "1.2": {
        "mask taken from y": "Wrong only for a < 0, and a negative slope is no leaky ReLU.",
    },
    "1.3": {
        "x clipped to 500": "Differs below 1e-217 only, where hardly a test would look.",
    },
    "1.4": {
        "log(1 + small) instead of log1p": "Loses less than 1e-16, and the loss is a mean over"
        " scores of which some cost more.",
        "softplus - score for -log p": "0 from s = 37 on, where it should be 1e-16.",
        "2.5 typed in for REAL_WEIGHT": "It is the number that was drawn, so nothing is wrong.",
    },
    "1.5": {
        "overflow at a m = -800": "The text says that no x is so large.",
        "complex-step derivative": "forward(x + 1e-30j).imag is exact; only the number of calls"
        " of forward, or the time, tells it from a derivative written out.",
    },
}
