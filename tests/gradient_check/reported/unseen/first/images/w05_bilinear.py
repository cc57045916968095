# SOURCE: https://github.com/intel/torch-xpu-ops/pull/4380 (bilinear upsample backward: column index
#     copy-pasted from the row line, with the height in it; square images did not show it)
# mistake: in backward the columns are clamped with the HEIGHT of the image, copied from the line
#     for the rows
# TRUE: dx is wrong (columns beyond H-1 get nothing or too little, column H-1 gets their gradient);
#     in columns left of that right
# OPEN: true: all those with index [2, 3, 4] along axis 3
# cmd: UpsampleBilinear --input 2,2,3,5
import numpy as np


class UpsampleBilinear:
    def __init__(self, scale=2):
        self.scale = scale

    def forward(self, x):
        N, C, H, W = x.shape
        s = self.scale
        self.in_shape = x.shape
        out = np.zeros((N, C, H * s, W * s))
        for i in range(H * s):
            fy = min(max((i + 0.5) / s - 0.5, 0.0), H - 1.0)
            y0 = int(fy)
            y1 = min(y0 + 1, H - 1)
            ly = fy - y0
            for j in range(W * s):
                fx = min(max((j + 0.5) / s - 0.5, 0.0), W - 1.0)
                x0 = int(fx)
                x1 = min(x0 + 1, W - 1)
                lx = fx - x0
                out[:, :, i, j] = ((1 - ly) * ((1 - lx) * x[:, :, y0, x0] + lx * x[:, :, y0, x1])
                                   + ly * ((1 - lx) * x[:, :, y1, x0] + lx * x[:, :, y1, x1]))
        return out

    def backward(self, grad_out):
        N, C, H, W = self.in_shape
        s = self.scale
        grad_in = np.zeros(self.in_shape)
        for i in range(H * s):
            fy = min(max((i + 0.5) / s - 0.5, 0.0), H - 1.0)
            y0 = int(fy)
            y1 = min(y0 + 1, H - 1)
            ly = fy - y0
            for j in range(W * s):
                fx = min(max((j + 0.5) / s - 0.5, 0.0), H - 1.0)
                x0 = int(fx)
                x1 = min(x0 + 1, H - 1)
                lx = fx - x0
                g = grad_out[:, :, i, j]
                grad_in[:, :, y0, x0] += g * (1 - ly) * (1 - lx)
                grad_in[:, :, y0, x1] += g * (1 - ly) * lx
                grad_in[:, :, y1, x0] += g * ly * (1 - lx)
                grad_in[:, :, y1, x1] += g * ly * lx
        return grad_in
