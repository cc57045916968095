# SOURCE: https://github.com/devitocodes/joey/pull/5 ("Fix a bug in MaxPooling causing incorrect
#     backprop results with stride < 2"); only the title is known, = for += is the likely mistake (a
#     known slip); NNFS style
# mistake: windows overlap (size 3, stride 1), but the gradient is assigned to the place of the
#     maximum instead of added
# TRUE: dinputs is wrong where one input is the maximum of several windows (only the last window's
#     gradient remains); elsewhere it is right (no parameters)
# SAYS: only the last one counts
# cmd: Layer_MaxPooling2D --input 2,5,5,2
import numpy as np


class Layer_MaxPooling2D:
    # samples, height, width, channels
    def __init__(self, pool_size=3, stride=1):
        self.pool_size = pool_size
        self.stride = stride

    def forward(self, inputs, training=True):
        self.inputs = inputs
        samples, height, width, channels = inputs.shape
        out_h = (height - self.pool_size) // self.stride + 1
        out_w = (width - self.pool_size) // self.stride + 1
        self.output = np.zeros((samples, out_h, out_w, channels))
        self.max_rows = np.zeros(self.output.shape, dtype=int)
        self.max_cols = np.zeros(self.output.shape, dtype=int)
        for r in range(out_h):
            for c in range(out_w):
                top, left = r * self.stride, c * self.stride
                window = inputs[:, top:top + self.pool_size, left:left + self.pool_size, :]
                flat = window.reshape(samples, -1, channels)
                winner = flat.argmax(axis=1)
                self.output[:, r, c, :] = flat.max(axis=1)
                self.max_rows[:, r, c, :] = top + winner // self.pool_size
                self.max_cols[:, r, c, :] = left + winner % self.pool_size

    def backward(self, dvalues):
        self.dinputs = np.zeros_like(self.inputs)
        samples, out_h, out_w, channels = dvalues.shape
        for s in range(samples):
            for r in range(out_h):
                for c in range(out_w):
                    for ch in range(channels):
                        self.dinputs[s, self.max_rows[s, r, c, ch], self.max_cols[s, r, c, ch], ch] = dvalues[s, r, c, ch]
