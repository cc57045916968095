"""Right solutions of assignment 3 that are written otherwise, as replacements in ada's solution."""

CONV_FORWARD = """p, size = self.padding, len(self.weight)
        padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
        height, width = ((n - size) // self.stride + 1 for n in padded.shape[1:3])
        y = np.zeros((len(x), height, width, self.weight.shape[3]), x.dtype) + self.bias
        for tap in np.ndindex(size, size):
            y += np.tensordot(padded[self.seen(tap, height, width)], self.weight[tap], 1)
        return y, padded
"""
CONV_BACKWARD = """padded, p, size = cache, self.padding, len(self.weight)
        d_padded = np.zeros_like(padded)
        for tap in np.ndindex(size, size):
            seen = self.seen(tap, *dy.shape[1:3])
            self.d_weight[tap] += np.tensordot(padded[seen], dy, axes=([0, 1, 2], [0, 1, 2]))
            d_padded[seen] += np.tensordot(dy, self.weight[tap].T, 1)
        self.d_bias += dy.sum(axis=(0, 1, 2))
        return d_padded[:, p : padded.shape[1] - p, p : padded.shape[2] - p]
"""
GROWN_FORWARD = """p, size = self.padding, len(self.weight)
        height, width = ((n - 1) * self.stride + size for n in x.shape[1:3])
        padded = np.zeros((len(x), height, width, self.weight.shape[2]), x.dtype)
        for tap in np.ndindex(size, size):
            padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)
        return padded[:, p : height - p, p : width - p] + self.bias, x
"""
GROWN_BACKWARD = """x, p, size = cache, self.padding, len(self.weight)
        padded, dx = np.pad(dy, ((0, 0), (p, p), (p, p), (0, 0))), np.zeros_like(x)
        for tap in np.ndindex(size, size):
            seen = padded[self.painted(tap, x.shape)]
            self.d_weight[tap] += np.tensordot(seen, x, axes=([0, 1, 2], [0, 1, 2]))
            dx += np.tensordot(seen, self.weight[tap], 1)
        self.d_bias += dy.sum(axis=(0, 1, 2))
        return dx
"""
NORM_FORWARD = """inverse = 1 / np.sqrt(x.var(axis=AXES, keepdims=True) + EPS)
        x_hat = (x - x.mean(axis=AXES, keepdims=True)) * inverse
        return self.gamma * x_hat + self.beta, (x_hat, inverse)
"""
NORM_BACKWARD = """x_hat, inverse = cache
        self.d_gamma += (dy * x_hat).sum(axis=(0, 1, 2))
        self.d_beta += dy.sum(axis=(0, 1, 2))
        g = self.gamma * dy
        mean, along = (v.mean(axis=AXES, keepdims=True) for v in (g, g * x_hat))
        return (g - mean - x_hat * along) * inverse
"""

RIGHT = {
    "3.1": {
        "sliding windows and einsum": (
            CONV_FORWARD,
            """p, k, s = self.padding, len(self.weight), self.stride
        padded = np.pad(x, [(0, 0), (p, p), (p, p), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(1, 2))
        windows = windows[:, ::s, ::s]
        y = np.einsum("nhwcst,stcm->nhwm", windows, self.weight, optimize=True) + self.bias
        return y, padded
""",
        ),
        "a matrix of windows": (
            CONV_FORWARD,
            """p, k, s = self.padding, self.weight.shape[0], self.stride
        n, h, w, c = x.shape
        padded = np.zeros((n, h + 2 * p, w + 2 * p, c))
        padded[:, p : p + h, p : p + w] = x
        rows = s * np.arange((h + 2 * p - k) // s + 1)[:, None, None, None]
        columns = s * np.arange((w + 2 * p - k) // s + 1)[:, None, None]
        taps = np.arange(k)
        windows = padded[:, rows + taps[:, None], columns + taps]
        flat = windows.reshape(*windows.shape[:3], -1)
        return flat @ self.weight.reshape(-1, self.weight.shape[3]) + self.bias, padded
""",
        ),
        "backward in a loop over the places": (
            CONV_BACKWARD,
            """padded, p, k, s = cache, self.padding, len(self.weight), self.stride
        d_padded = np.zeros(padded.shape)
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                place = np.s_[:, i * s : i * s + k, j * s : j * s + k]
                self.d_weight += np.einsum("nstc,nm->stcm", padded[place], dy[:, i, j])
                d_padded[place] += np.einsum("stcm,nm->nstc", self.weight, dy[:, i, j])
        self.d_bias += np.einsum("nhwm->m", dy)
        return d_padded[:, p : d_padded.shape[1] - p, p : d_padded.shape[2] - p]
""",
        ),
        "np.add.at, and new arrays for the gradients": (
            CONV_BACKWARD,
            """padded, p, size = cache, self.padding, len(self.weight)
        d_padded, d_weight = np.zeros_like(padded), np.zeros_like(self.weight)
        rows, columns = (self.stride * np.arange(n) for n in dy.shape[1:3])
        for s, t in np.ndindex(size, size):
            at = np.ix_(np.arange(len(dy)), rows + s, columns + t)
            d_weight[s, t] = np.einsum("nhwc,nhwm->cm", padded[at], dy, optimize=True)
            np.add.at(d_padded, at, dy @ self.weight[s, t].T)
        self.d_weight = self.d_weight + d_weight
        self.d_bias = self.d_bias + dy.reshape(-1, dy.shape[3]).sum(axis=0)
        inside = [slice(p, n - p) for n in padded.shape[1:3]]
        return d_padded[:, inside[0], inside[1]]
""",
        ),
        "the cache is x, padded once more on the way back": (
            "return y, padded\n\n"
            "    def backward(self, dy, cache):\n"
            "        padded, p, size = cache, self.padding, len(self.weight)",
            'return y, {"x": x.copy()}\n\n'
            "    def backward(self, dy, cache):\n"
            "        p, size = self.padding, len(self.weight)\n"
            '        padded = np.pad(cache["x"], ((0, 0), (p, p), (p, p), (0, 0)))',
        ),
        "dx of dy with zeros between, and the kernel turned round": (
            "            d_padded[seen] += np.tensordot(dy, self.weight[tap].T, 1)\n",
            """        n, height, width, _ = padded.shape
        spread = np.zeros((n, height + size - 1, width + size - 1, dy.shape[3]))
        spread[
            :, size - 1 : size - 1 + (dy.shape[1] - 1) * self.stride + 1 : self.stride,
            size - 1 : size - 1 + (dy.shape[2] - 1) * self.stride + 1 : self.stride,
        ] = dy
        turned = self.weight[::-1, ::-1].swapaxes(2, 3)
        for s, t in np.ndindex(size, size):
            d_padded += spread[:, s : s + height, t : t + width] @ turned[s, t]
""",
        ),
    },
    "3.2": {
        "forward in a loop over the places": (
            GROWN_FORWARD,
            """p, k, s = self.padding, len(self.weight), self.stride
        n, h, w, _ = x.shape
        y = np.zeros((n, (h - 1) * s + k, (w - 1) * s + k, self.weight.shape[2]))
        for i, j in np.ndindex(h, w):
            paint = np.einsum("nc,stmc->nstm", x[:, i, j], self.weight)
            y[:, i * s : i * s + k, j * s : j * s + k] += paint
        y += self.bias
        return y[:, p : y.shape[1] - p, p : y.shape[2] - p], x
""",
        ),
        "zeros between the places, and the kernel turned round": (
            GROWN_FORWARD,
            """p, k, s = self.padding, len(self.weight), self.stride
        n, h, w, c = x.shape
        spread = np.zeros((n, (h - 1) * s + 2 * k - 1, (w - 1) * s + 2 * k - 1, c))
        spread[:, k - 1 : k + (h - 1) * s : s, k - 1 : k + (w - 1) * s : s] = x
        windows = np.lib.stride_tricks.sliding_window_view(spread, (k, k), axis=(1, 2))
        turned = self.weight[::-1, ::-1]
        y = np.einsum("nhwcst,stmc->nhwm", windows, turned, optimize=True) + self.bias
        return y[:, p : y.shape[1] - p, p : y.shape[2] - p], x
""",
        ),
        "np.add.at": (
            "padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)",
            """i, j = (self.stride * np.arange(n) + t for n, t in zip(x.shape[1:], tap))
            at = np.ix_(range(len(x)), i, j)
            np.add.at(padded, at, np.einsum("nhwc,mc->nhwm", x, self.weight[tap]))""",
        ),
        "backward by sliding windows and einsum": (
            GROWN_BACKWARD,
            """x, p, k, s = cache, self.padding, len(self.weight), self.stride
        padded = np.pad(dy, [(0, 0), (p, p), (p, p), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(1, 2))
        windows = windows[:, ::s, ::s]
        self.d_weight += np.einsum("nhwmst,nhwc->stmc", windows, x, optimize=True)
        self.d_bias += np.einsum("nhwm->m", dy)
        return np.einsum("nhwmst,stmc->nhwc", windows, self.weight, optimize=True)
""",
        ),
        "the cache is a copy in a tuple, the gradients new arrays": (
            "self.bias, x\n\n"
            "    def backward(self, dy, cache):\n"
            "        x, p, size = cache, self.padding, len(self.weight)",
            "self.bias, (x.copy(), x.shape)\n\n"
            "    def backward(self, dy, cache):\n"
            "        self.d_weight = self.d_weight.copy()\n"
            "        (x, _), p, size = cache, self.padding, len(self.weight)",
        ),
    },
    "3.3": {
        "mean and variance by sums": (
            NORM_FORWARD,
            """n = np.prod([x.shape[axis] for axis in AXES])
        centred = x - x.sum(axis=AXES, keepdims=True) / n
        variance = (centred**2).sum(axis=AXES, keepdims=True) / n
        x_hat, inverse = centred / np.sqrt(variance + EPS), (variance + EPS) ** -0.5
        return x_hat * self.gamma + self.beta, (x_hat, inverse)
""",
        ),
        "the ways through the mean and the variance, one by one": (
            NORM_BACKWARD,
            """x_hat, inverse = cache
        n = np.prod([dy.shape[axis] for axis in AXES])
        self.d_gamma += np.einsum("nhwc,nhwc->c", dy, x_hat)
        self.d_beta += np.einsum("nhwc->c", dy)
        d_hat, centred = dy * self.gamma, x_hat / inverse
        d_variance = (d_hat * centred).sum(axis=AXES, keepdims=True) * -0.5 * inverse**3
        d_mean = -(d_hat * inverse).sum(axis=AXES, keepdims=True)
        return d_hat * inverse + d_variance * 2 * centred / n + d_mean / n
""",
        ),
        "the cache is x alone": (
            "return self.gamma * x_hat + self.beta, (x_hat, inverse)\n\n"
            "    def backward(self, dy, cache):\n"
            "        x_hat, inverse = cache",
            "return self.gamma * x_hat + self.beta, x.copy()\n\n"
            "    def backward(self, dy, cache):\n"
            "        x = cache\n"
            "        inverse = (x.var(axis=AXES, keepdims=True) + EPS) ** -0.5\n"
            "        x_hat = (x - x.mean(axis=AXES, keepdims=True)) * inverse",
        ),
        "gradients in new arrays, dx by sums": (
            NORM_BACKWARD,
            """x_hat, inverse = cache
        flat = dy.reshape(-1, dy.shape[-1])
        self.d_gamma = self.d_gamma + (flat * x_hat.reshape(flat.shape)).sum(axis=0)
        self.d_beta = self.d_beta + flat.sum(axis=0)
        g = dy * self.gamma
        n = g.size // g.sum(axis=AXES).size
        total, along = g.sum(axis=AXES, keepdims=True), (g * x_hat).sum(axis=AXES, keepdims=True)
        return inverse / n * (n * g - total - x_hat * along)
""",
        ),
        "images are moved by one of their numbers before": (
            "x_hat = (x - x.mean(axis=AXES, keepdims=True)) * inverse",
            "x = x - x[:1, :1]\n        x_hat = (x - x.mean(axis=AXES, keepdims=True)) * inverse",
        ),
    },
}
