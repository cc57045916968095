# SOURCE: the batch norm exercise of A. Karpathy's "Becoming a Backprop Ninja" (variance with n-1);
#     biased against unbiased variance is mixed up again and again, e.g.
#     https://github.com/pytorch/pytorch/issues/77427
# mistake: forward divides the variance by n-1, backward takes the usual one-line formula, made for
#     n
# TRUE: dhprebn is wrong (the factor n/(n-1) at the last term is missing); dbngain and dbnbias are
#     right
# OPEN: true: the term that comes through the variance is missing or wrong
# cmd: bn --hprebn 6,4 --bngain 1,4 --bnbias 1,4
import numpy as np


def bn_forward(hprebn, bngain, bnbias):
    n = hprebn.shape[0]
    bnmeani = hprebn.sum(0, keepdims=True) / n
    bndiff = hprebn - bnmeani
    bnvar = (bndiff ** 2).sum(0, keepdims=True) / (n - 1)  # note: Bessel's correction
    bnvar_inv = (bnvar + 1e-5) ** -0.5
    bnraw = bndiff * bnvar_inv
    hpreact = bngain * bnraw + bnbias
    return hpreact, (bnraw, bnvar_inv, bngain)


def bn_backward(dhpreact, cache):
    bnraw, bnvar_inv, bngain = cache
    n = dhpreact.shape[0]
    dbngain = (bnraw * dhpreact).sum(0, keepdims=True)
    dbnbias = dhpreact.sum(0, keepdims=True)
    dhprebn = bngain * bnvar_inv / n * (n * dhpreact - dhpreact.sum(0) - bnraw * (dhpreact * bnraw).sum(0))
    return dhprebn, dbngain, dbnbias
