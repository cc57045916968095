# SOURCE: style of a DCGAN in NumPy with TensorFlow's layout (NHWC, filter (k, k, out, in)), padding
#     "SAME" by cropping
# mistake: none
# TRUE: right
# cmd: deconv --x 2,3,2,4 --filters 4,4,3,4 --bias 3
import numpy as np


def deconv_forward(x, filters, bias, stride=2, crop=1):
    n, h, w, _ = x.shape
    k, _, c_out, _ = filters.shape
    canvas = np.zeros((n, (h - 1) * stride + k, (w - 1) * stride + k, c_out))
    stamps = np.einsum("nhwc,ijoc->nhwijo", x, filters)
    for r in range(h):
        for s in range(w):
            canvas[:, r * stride:r * stride + k, s * stride:s * stride + k] += stamps[:, r, s]
    out = canvas[:, crop:canvas.shape[1] - crop, crop:canvas.shape[2] - crop] + bias
    return out, dict(x=x, filters=filters, stride=stride, crop=crop)


def deconv_backward(dout, cache):
    x, filters, stride, crop = cache["x"], cache["filters"], cache["stride"], cache["crop"]
    k = filters.shape[0]
    padded = np.pad(dout, ((0, 0), (crop, crop), (crop, crop), (0, 0)))
    dx, dfilters = np.empty_like(x), np.zeros_like(filters)
    for r in range(x.shape[1]):
        for s in range(x.shape[2]):
            piece = padded[:, r * stride:r * stride + k, s * stride:s * stride + k]
            dx[:, r, s] = np.einsum("nijo,ijoc->nc", piece, filters)
            dfilters += np.einsum("nijo,nc->ijoc", piece, x[:, r, s])
    return {"x": dx, "filters": dfilters, "bias": dout.sum((0, 1, 2))}
