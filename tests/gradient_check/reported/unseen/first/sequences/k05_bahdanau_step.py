# SOURCE: style of seq2seq tutorials (additive attention of Bahdanau; a step that returns the
#     context and the attention weights)
# mistake: none
# TRUE: right
# cmd: attention --enc 2,4,3 --dec 2,5 --W_enc 3,6 --W_dec 5,6 --v 6
import numpy as np


def attention_forward(enc, dec, W_enc, W_dec, v):
    hidden = np.tanh(enc @ W_enc + (dec @ W_dec)[:, None, :])
    energy = hidden @ v
    energy = energy - energy.max(axis=1, keepdims=True)
    alpha = np.exp(energy) / np.exp(energy).sum(axis=1, keepdims=True)
    context = np.einsum("nt,ntd->nd", alpha, enc)
    return context, alpha, {"enc": enc, "dec": dec, "W_enc": W_enc, "W_dec": W_dec, "v": v, "hidden": hidden, "alpha": alpha}


def attention_backward(dcontext, dalpha, cache):
    c = cache
    dalpha = dalpha + np.einsum("nd,ntd->nt", dcontext, c["enc"])
    denc = c["alpha"][:, :, None] * dcontext[:, None, :]
    denergy = c["alpha"] * (dalpha - (c["alpha"] * dalpha).sum(axis=1, keepdims=True))
    dv = np.einsum("nt,nth->h", denergy, c["hidden"])
    dpre = denergy[:, :, None] * c["v"] * (1 - c["hidden"] ** 2)
    dW_enc = np.einsum("ntd,nth->dh", c["enc"], dpre)
    denc = denc + dpre @ c["W_enc"].T
    dproj = dpre.sum(axis=1)
    dW_dec = c["dec"].T @ dproj
    ddec = dproj @ c["W_dec"].T
    return {"enc": denc, "dec": ddec, "W_enc": dW_enc, "W_dec": dW_dec, "v": dv}
