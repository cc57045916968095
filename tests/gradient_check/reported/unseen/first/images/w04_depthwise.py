# SOURCE: https://github.com/NervanaSystems/neon/issues/111 (wrong channel index for grad_I in
#     bprop_conv); channel multiplier: https://github.com/tensorflow/tfjs-core/pull/1069 ("indexing
#     into filter weights becomes different"). The o % C itself: known slip.
# mistake: output channel o comes from input channel o // multiplier; on the way back o % C is used
#     for the input gradient
# TRUE: dx is wrong (gradients of output channels are added to the wrong input channels: o % C
#     instead of o // mult); dw and db are right
# SAYS: o // mult belongs where o % c stands
# cmd: depthwise --x 2,3,5,4 --w 6,3,2 --b 6
import numpy as np


def depthwise_forward(x, w, b):
    n, c, h, wd = x.shape
    c_out, kh, kw = w.shape
    mult = c_out // c
    oh, ow = h - kh + 1, wd - kw + 1
    y = np.zeros((n, c_out, oh, ow))
    for o in range(c_out):
        for p in range(kh):
            for q in range(kw):
                y[:, o] += w[o, p, q] * x[:, o // mult, p:p + oh, q:q + ow]
        y[:, o] += b[o]
    return y, {"x": x, "w": w, "mult": mult}


def depthwise_backward(dy, cache):
    x, w, mult = cache["x"], cache["w"], cache["mult"]
    c = x.shape[1]
    c_out, kh, kw = w.shape
    oh, ow = dy.shape[2:]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for o in range(c_out):
        for p in range(kh):
            for q in range(kw):
                dw[o, p, q] = np.sum(dy[:, o] * x[:, o // mult, p:p + oh, q:q + ow])
                dx[:, o % c, p:p + oh, q:q + ow] += w[o, p, q] * dy[:, o]
    return {"dx": dx, "dw": dw, "db": dy.sum(axis=(0, 2, 3))}
