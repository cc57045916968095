# SOURCE: https://github.com/tracel-ai/burn/pull/4466 (max_pool2d backward used dilation[0] twice;
#     all tests had equal entries); here in a convolution
# mistake: backward steps through the kernel with dilation[0] in both axes
# TRUE: dx and dw are wrong (dilation 1 instead of 2 along the width; the kernel's first column of
#     dw is right); db is right
# SAYS: (self.dilation[0], self.dilation[1])
# cmd: DilatedConv --input 2,2,5,6
import numpy as np


class DilatedConv:
    def __init__(self, rng, c_in=2, c_out=3, kernel=(2, 3), dilation=(1, 2)):
        self.params = {
            'w': rng.standard_normal((c_out, c_in, *kernel)) / 3,
            'b': rng.standard_normal(c_out) / 5,
        }
        self.grads = {}
        self.kernel, self.dilation = kernel, dilation

    def forward(self, x):
        self.x = x
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        self.oh = x.shape[2] - dh * (kh - 1)
        self.ow = x.shape[3] - dw * (kw - 1)
        y = np.zeros((len(x), len(self.params['b']), self.oh, self.ow)) + self.params['b'].reshape(1, -1, 1, 1)
        for p in range(kh):
            for q in range(kw):
                part = x[:, :, p * dh:p * dh + self.oh, q * dw:q * dw + self.ow]
                y += np.einsum('ncij,oc->noij', part, self.params['w'][:, :, p, q])
        return y

    def backward(self, dy):
        kh, kw = self.kernel
        dh, dw = self.dilation[0], self.dilation[0]
        dx = np.zeros_like(self.x)
        grad_w = np.zeros_like(self.params['w'])
        for p in range(kh):
            for q in range(kw):
                rows = slice(p * dh, p * dh + self.oh)
                cols = slice(q * dw, q * dw + self.ow)
                grad_w[:, :, p, q] = np.einsum('noij,ncij->oc', dy, self.x[:, :, rows, cols])
                dx[:, :, rows, cols] += np.einsum('noij,oc->ncij', dy, self.params['w'][:, :, p, q])
        self.grads['w'] = grad_w
        self.grads['b'] = dy.sum((0, 2, 3))
        return dx
