"""Plausible wrong solutions of assignment 3, as replacements in the solution of student "ada"."""

from coursework.wrong import trainings

WRONG = {
    "3.1": {
        "the kernel is flipped in forward": (
            "y += np.tensordot(padded[self.seen(tap, height, width)], self.weight[tap], 1)",
            "flipped = self.weight[::-1, ::-1][tap]\n"
            "            y += np.tensordot(padded[self.seen(tap, height, width)], flipped, 1)",
        ),
        "rows and columns of the kernel are swapped": (
            "y += np.tensordot(padded[self.seen(tap, height, width)], self.weight[tap], 1)",
            "y += np.tensordot(padded[self.seen(tap, height, width)], self.weight[tap[::-1]], 1)",
        ),
        "dx flips the kernel, after the rule for full convolutions": (
            "d_padded[seen] += np.tensordot(dy, self.weight[tap].T, 1)",
            "d_padded[seen] += np.tensordot(dy, self.weight[::-1, ::-1][tap].T, 1)",
        ),
        # right as long as C or M is 1
        "dx takes the weight reshaped instead of transposed": (
            "d_padded[seen] += np.tensordot(dy, self.weight[tap].T, 1)",
            "turned = self.weight[tap].reshape(self.weight.shape[3], self.weight.shape[2])\n"
            "            d_padded[seen] += np.tensordot(dy, turned, 1)",
        ),
        "dx is overwritten where windows overlap": (
            "d_padded[seen] += np.tensordot(dy, self.weight[tap].T, 1)",
            "d_padded[seen] = np.tensordot(dy, self.weight[tap].T, 1)",
        ),
        "d_weight is overwritten instead of added to": (
            "self.d_weight[tap] += np.tensordot(padded[seen], dy,",
            "self.d_weight[tap] = np.tensordot(padded[seen], dy,",
        ),
        "d_bias is overwritten instead of added to": (
            "self.d_bias += dy.sum(axis=(0, 1, 2))\n        return d_padded",
            "self.d_bias[...] = dy.sum(axis=(0, 1, 2))\n        return d_padded",
        ),
        "d_weight is a mean over the batch": (
            "self.d_weight[tap] += np.tensordot(padded[seen], dy, axes=([0, 1, 2], [0, 1, 2]))",
            "self.d_weight[tap] += np.tensordot(\n"
            "                padded[seen], dy / len(dy), axes=([0, 1, 2], [0, 1, 2])\n"
            "            )",
        ),
        "d_bias is a mean over the places": (
            "self.d_bias += dy.sum(axis=(0, 1, 2))\n        return d_padded",
            "self.d_bias += dy.mean(axis=(1, 2)).sum(axis=0)\n        return d_padded",
        ),
        "the bias is added once for each tap": (
            "y = np.zeros((len(x), height, width, self.weight.shape[3]), x.dtype) + self.bias\n"
            "        for tap in np.ndindex(size, size):\n"
            "            y += ",
            "y = np.zeros((len(x), height, width, self.weight.shape[3]), x.dtype)\n"
            "        for tap in np.ndindex(size, size):\n"
            "            y += self.bias + ",
        ),
        "all padding is put below and to the right": (
            "padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))",
            "padded = np.pad(x, ((0, 0), (0, 2 * p), (0, 2 * p), (0, 0)))",
        ),
        "the image is padded with its edge, not zeros": (
            "padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))",
            'padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)), mode="edge")',
        ),
        # padding 0 leaves nothing of it
        "dx is cropped with p : -p": (
            "return d_padded[:, p : padded.shape[1] - p, p : padded.shape[2] - p]",
            "return d_padded[:, p:-p, p:-p]",
        ),
        "dx keeps the padding": (
            "return d_padded[:, p : padded.shape[1] - p, p : padded.shape[2] - p]",
            "return d_padded",
        ),
        "dx is cropped as if images were square": (
            "return d_padded[:, p : padded.shape[1] - p, p : padded.shape[2] - p]",
            "return d_padded[:, p : padded.shape[1] - p, p : padded.shape[1] - p]",
        ),
        "the output's width is taken from the height": (
            "height, width = ((n - size) // self.stride + 1 for n in padded.shape[1:3])",
            "height = width = (padded.shape[1] - size) // self.stride + 1",
        ),
        # right for stride 1, and where the last window ends at stride - 1 from the edge
        "the size is (n - K + 1) // stride": (
            "height, width = ((n - size) // self.stride + 1 for n in padded.shape[1:3])",
            "height, width = ((n - size + 1) // self.stride for n in padded.shape[1:3])",
        ),
        "the output's size counts the padding once": (
            "height, width = ((n - size) // self.stride + 1 for n in padded.shape[1:3])",
            "height, width = ((n + p - size) // self.stride + 1 for n in x.shape[1:3])",
        ),
        # the shapes agree all the same
        "backward forgets the stride": (
            "seen = self.seen(tap, *dy.shape[1:3])",
            "seen = np.s_[:, tap[0] : tap[0] + dy.shape[1], tap[1] : tap[1] + dy.shape[2]]",
        ),
        # the last rows and columns, which no window sees, are missing in dx
        "dx ends with the last window": (
            "return d_padded[:, p : padded.shape[1] - p, p : padded.shape[2] - p]",
            "height, width = ((n - 1) * self.stride + size for n in dy.shape[1:3])\n"
            "        return d_padded[:, p : height - p, p : width - p]",
        ),
        "the cache is kept on the layer": (
            "return y, padded\n\n"
            "    def backward(self, dy, cache):\n"
            "        padded, p, size = cache, self.padding, len(self.weight)",
            "self.padded = padded\n"
            "        return y, padded\n\n"
            "    def backward(self, dy, cache):\n"
            "        padded, p, size = self.padded, self.padding, len(self.weight)",
        ),
        "the image is cast to float32 inside": (
            "padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))",
            "padded = np.pad(x.astype(np.float32), ((0, 0), (p, p), (p, p), (0, 0)))",
        ),
        # a second pass backward with this cache finds dx where x was
        "backward writes dx over the cached images": (
            "d_padded = np.zeros_like(padded)\n        for tap in",
            "d_padded, padded = padded, padded.copy()\n"
            "        d_padded[...] = 0\n"
            "        for tap in",
        ),
    },
    "3.2": {
        "windows that overlap overwrite each other": (
            "padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)",
            "padded[self.painted(tap, x.shape)] = np.tensordot(x, self.weight[tap].T, 1)",
        ),
        "the kernel is flipped in forward": (
            "padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)",
            "flipped = self.weight[::-1, ::-1][tap]\n"
            "            padded[self.painted(tap, x.shape)] += np.tensordot(x, flipped.T, 1)",
        ),
        "the kernel is flipped in dx": (
            "dx += np.tensordot(seen, self.weight[tap], 1)",
            "dx += np.tensordot(seen, self.weight[::-1, ::-1][tap], 1)",
        ),
        "rows and columns of the kernel are transposed too": (
            "padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)",
            "turned = self.weight.T[:, :, tap[0], tap[1]]\n"
            "            padded[self.painted(tap, x.shape)] += np.tensordot(x, turned, 1)",
        ),
        # right as long as C or M is 1
        "the weight is reshaped instead of transposed": (
            "padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)",
            "turned = self.weight[tap].reshape(self.weight.shape[3], self.weight.shape[2])\n"
            "            padded[self.painted(tap, x.shape)] += np.tensordot(x, turned, 1)",
        ),
        "d_weight is reshaped instead of transposed": (
            "self.d_weight[tap] += np.tensordot(seen, x, axes=([0, 1, 2], [0, 1, 2]))",
            "step = np.tensordot(x, seen, axes=([0, 1, 2], [0, 1, 2]))\n"
            "            self.d_weight[tap] += step.reshape(self.weight.shape[2:])",
        ),
        "the bias is added in every window": (
            "padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)\n"
            "        return padded[:, p : height - p, p : width - p] + self.bias, x",
            "padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)\n"
            "            padded[self.painted(tap, x.shape)] += self.bias\n"
            "        return padded[:, p : height - p, p : width - p], x",
        ),
        # where the stride is larger than the kernel
        "places that no window paints get no bias": (
            "return padded[:, p : height - p, p : width - p] + self.bias, x",
            "lit = np.zeros(padded.shape[1:3] + (1,))\n"
            "        for tap in np.ndindex(size, size):\n"
            "            lit[self.painted(tap, x.shape)[1:]] = 1\n"
            "        return (padded + lit * self.bias)[:, p : height - p, p : width - p], x",
        ),
        # padding 0 leaves nothing of it
        "y is cropped with p : -p": (
            "return padded[:, p : height - p, p : width - p] + self.bias, x",
            "return padded[:, p:-p, p:-p] + self.bias, x",
        ),
        "y is cropped below and to the right only": (
            "return padded[:, p : height - p, p : width - p] + self.bias, x",
            "return padded[:, : height - 2 * p, : width - 2 * p] + self.bias, x",
        ),
        "y keeps the padding": (
            "return padded[:, p : height - p, p : width - p] + self.bias, x",
            "return np.pad(padded, ((0, 0), (p, p), (p, p), (0, 0))) + self.bias, x",
        ),
        # the same for kernel 4, stride 2, padding 1, but not in general
        "the output is taken to be stride times larger": (
            "height, width = ((n - 1) * self.stride + size for n in x.shape[1:3])\n"
            "        padded = np.zeros((len(x), height, width, self.weight.shape[2]), x.dtype)",
            "height, width = (n * self.stride + 2 * p for n in x.shape[1:3])\n"
            "        shape = len(x), height + size, width + size, self.weight.shape[2]\n"
            "        padded = np.zeros(shape, x.dtype)",
        ),
        "the output's height is cropped as if square": (
            "return padded[:, p : height - p, p : width - p] + self.bias, x",
            "return padded[:, p : width - p, p : width - p] + self.bias, x",
        ),
        "d_weight is overwritten instead of added to": (
            "self.d_weight[tap] += np.tensordot(seen, x, axes=([0, 1, 2], [0, 1, 2]))",
            "self.d_weight[tap] = np.tensordot(seen, x, axes=([0, 1, 2], [0, 1, 2]))",
        ),
        "d_bias is overwritten instead of added to": (
            "self.d_bias += dy.sum(axis=(0, 1, 2))\n        return dx",
            "self.d_bias[...] = dy.sum(axis=(0, 1, 2))\n        return dx",
        ),
        "d_bias is a mean over the batch": (
            "self.d_bias += dy.sum(axis=(0, 1, 2))\n        return dx",
            "self.d_bias += dy.mean(axis=0).sum(axis=(0, 1))\n        return dx",
        ),
        "d_bias adds only the places that x paints first": (
            "self.d_bias += dy.sum(axis=(0, 1, 2))\n        return dx",
            "self.d_bias += dy[:, :: self.stride, :: self.stride].sum(axis=(0, 1, 2))\n"
            "        return dx",
        ),
        "d_weight is divided by the batch": (
            "self.d_weight[tap] += np.tensordot(seen, x, axes=([0, 1, 2], [0, 1, 2]))",
            "step = np.tensordot(seen, x, axes=([0, 1, 2], [0, 1, 2]))\n"
            "            self.d_weight[tap] += step / len(x)",
        ),
        "dx keeps the last tap only": (
            "dx += np.tensordot(seen, self.weight[tap], 1)",
            "dx = np.tensordot(seen, self.weight[tap], 1)",
        ),
        "dy is padded with its edge, not zeros": (
            "padded, dx = np.pad(dy, ((0, 0), (p, p), (p, p), (0, 0))), np.zeros_like(x)",
            'around = ((0, 0), (p, p), (p, p), (0, 0))\n'
            '        padded, dx = np.pad(dy, around, mode="edge"), np.zeros_like(x)',
        ),
        "dy is padded below and to the right only": (
            "padded, dx = np.pad(dy, ((0, 0), (p, p), (p, p), (0, 0))), np.zeros_like(x)",
            "around = ((0, 0), (0, 2 * p), (0, 2 * p), (0, 0))\n"
            "        padded, dx = np.pad(dy, around), np.zeros_like(x)",
        ),
        "backward adds the bias once more": (
            "dx += np.tensordot(seen, self.weight[tap], 1)",
            "dx += np.tensordot(seen + self.bias, self.weight[tap], 1)",
        ),
        "the cache is kept on the layer": (
            "return padded[:, p : height - p, p : width - p] + self.bias, x\n\n"
            "    def backward(self, dy, cache):\n"
            "        x, p, size = cache, self.padding, len(self.weight)",
            "self.x = x\n"
            "        return padded[:, p : height - p, p : width - p] + self.bias, x\n\n"
            "    def backward(self, dy, cache):\n"
            "        x, p, size = self.x, self.padding, len(self.weight)",
        ),
        "backward writes dx over x": (
            "np.zeros_like(x)\n        for tap",
            "x\n        x = x.copy()\n        dx[...] = 0\n        for tap",
        ),
        "backward uses the windows without stride": (
            "seen = padded[self.painted(tap, x.shape)]",
            "seen = padded[:, tap[0] : tap[0] + x.shape[1], tap[1] : tap[1] + x.shape[2]]",
        ),
    },
    "3.3": {
        "the variance is divided by n - 1": (
            "x.var(axis=AXES, keepdims=True)",
            "x.var(axis=AXES, ddof=1, keepdims=True)",
        ),
        "the variance is the mean square": (
            "x.var(axis=AXES, keepdims=True)",
            "(x * x).mean(axis=AXES, keepdims=True)",
        ),
        # far from 0 nothing is left of the difference
        "the variance is mean square less squared mean": (
            "x.var(axis=AXES, keepdims=True)",
            "(\n            (x * x).mean(axis=AXES, keepdims=True)\n"
            "            - x.mean(axis=AXES, keepdims=True) ** 2\n        )",
        ),
        "EPS is added outside the root": (
            "1 / np.sqrt(x.var(axis=AXES, keepdims=True) + EPS)",
            "1 / (np.sqrt(x.var(axis=AXES, keepdims=True)) + EPS)",
        ),
        "EPS is a floor of the variance": (
            "1 / np.sqrt(x.var(axis=AXES, keepdims=True) + EPS)",
            "1 / np.sqrt(np.maximum(x.var(axis=AXES, keepdims=True), EPS))",
        ),
        "EPS is the usual 1e-5 instead of the drawn one": (
            "x.var(axis=AXES, keepdims=True) + EPS",
            "x.var(axis=AXES, keepdims=True) + 1e-5",
        ),
        "the axes are batch norm's instead of the drawn ones": (
            "inverse = 1 / np.sqrt(x.var(axis=AXES, keepdims=True) + EPS)\n"
            "        x_hat = (x - x.mean(axis=AXES, keepdims=True)) * inverse",
            "inverse = 1 / np.sqrt(x.var(axis=(0, 1, 2), keepdims=True) + EPS)\n"
            "        x_hat = (x - x.mean(axis=(0, 1, 2), keepdims=True)) * inverse",
        ),
        "the mean alone is batch norm's": (
            "(x - x.mean(axis=AXES, keepdims=True)) * inverse",
            "(x - x.mean(axis=(0, 1, 2), keepdims=True)) * inverse",
        ),
        "the axes are one image's rows and columns": (
            "inverse = 1 / np.sqrt(x.var(axis=AXES, keepdims=True) + EPS)\n"
            "        x_hat = (x - x.mean(axis=AXES, keepdims=True)) * inverse",
            "inverse = 1 / np.sqrt(x.var(axis=(1, 2), keepdims=True) + EPS)\n"
            "        x_hat = (x - x.mean(axis=(1, 2), keepdims=True)) * inverse",
        ),
        "the means of backward are batch norm's": (
            "(v.mean(axis=AXES, keepdims=True) for v in (g, g * x_hat))",
            "(v.mean(axis=(0, 1, 2), keepdims=True) for v in (g, g * x_hat))",
        ),
        "backward takes sums instead of means": (
            "(v.mean(axis=AXES, keepdims=True) for v in (g, g * x_hat))",
            "(v.sum(axis=AXES, keepdims=True) for v in (g, g * x_hat))",
        ),
        "mean and variance are taken for constants": (
            "return (g - mean - x_hat * along) * inverse",
            "return g * inverse",
        ),
        "the variance is taken for a constant": (
            "return (g - mean - x_hat * along) * inverse",
            "return (g - mean) * inverse",
        ),
        "the mean is taken for a constant": (
            "return (g - mean - x_hat * along) * inverse",
            "return (g - x_hat * along) * inverse",
        ),
        "x_hat is missing from the last term": (
            "return (g - mean - x_hat * along) * inverse",
            "return (g - mean - along) * inverse",
        ),
        "dx is divided by the variance": (
            "return (g - mean - x_hat * along) * inverse",
            "return (g - mean - x_hat * along) * inverse**2",
        ),
        "gamma is missing from dx": (
            "g = self.gamma * dy",
            "g = dy",
        ),
        "d_gamma has gamma in it": (
            "self.d_gamma += (dy * x_hat).sum(axis=(0, 1, 2))",
            "self.d_gamma += (self.gamma * dy * x_hat).sum(axis=(0, 1, 2))",
        ),
        # right for gamma 1 and beta 0, as everything starts
        "y is cached instead of x_hat": (
            "return self.gamma * x_hat + self.beta, (x_hat, inverse)",
            "y = self.gamma * x_hat + self.beta\n        return y, (y, inverse)",
        ),
        "d_gamma is averaged over the batch": (
            "self.d_gamma += (dy * x_hat).sum(axis=(0, 1, 2))",
            "self.d_gamma += (dy * x_hat).sum(axis=(1, 2)).mean(axis=0)",
        ),
        "d_gamma is added over AXES and averaged over the rest": (
            "self.d_gamma += (dy * x_hat).sum(axis=(0, 1, 2))",
            "self.d_gamma += (dy * x_hat).sum(axis=AXES, keepdims=True).mean(axis=(0, 1, 2))",
        ),
        "d_gamma is overwritten instead of added to": (
            "self.d_gamma += (dy * x_hat).sum(axis=(0, 1, 2))",
            "self.d_gamma[...] = (dy * x_hat).sum(axis=(0, 1, 2))",
        ),
        "d_beta is overwritten instead of added to": (
            "self.d_beta += dy.sum(axis=(0, 1, 2))",
            "self.d_beta[...] = dy.sum(axis=(0, 1, 2))",
        ),
        "forward centres x in place": (
            "x_hat = (x - x.mean(axis=AXES, keepdims=True)) * inverse",
            "x -= x.mean(axis=AXES, keepdims=True)\n        x_hat = x * inverse",
        ),
        "backward multiplies gamma into the dy it is given": (
            "g = self.gamma * dy",
            "dy *= self.gamma\n        g = dy",
        ),
        "backward changes the cached x_hat": (
            "return (g - mean - x_hat * along) * inverse",
            "x_hat *= along\n        return (g - mean - x_hat) * inverse",
        ),
        "the latest forward's spread is kept on the layer": (
            "return self.gamma * x_hat + self.beta, (x_hat, inverse)\n\n"
            "    def backward(self, dy, cache):\n"
            "        x_hat, inverse = cache",
            "self.inverse = inverse\n"
            "        return self.gamma * x_hat + self.beta, x_hat\n\n"
            "    def backward(self, dy, cache):\n"
            "        x_hat, inverse = cache, self.inverse",
        ),
    },
    "3.4": trainings.WRONG["3.4"],
}

RIGHT_AFTER_ALL = {
    "3.3": {
        "gamma is multiplied in at the end of dx": (
            "g = self.gamma * dy",
            "inverse, g = inverse * self.gamma, dy",
            "ada's AXES lack the channels, so gamma is constant in each group and comes out of it",
        ),
    },
}
