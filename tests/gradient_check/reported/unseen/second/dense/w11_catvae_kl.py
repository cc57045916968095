# SOURCE: https://github.com/Kaixhin/Autoencoders/issues/9 (gradient of the KL term in the
#     categorical VAE is reversed)
# mistake: the part of the KL term is sent back through the softmax with the opposite sign, the
#     reconstruction's with the right one
# TRUE: dlogits wrong (KL's part with the wrong sign); dW_dec and db_dec right. None for x.
# SAYS: a minus is missing
# cmd: catvae_loss --logits 5,4 --W_dec 4,6 --b_dec 6 --x binary:5,6
import numpy as np


def softmax_back(dq, q):
    return q * (dq - (dq * q).sum(axis=-1, keepdims=True))


def catvae_loss(logits, W_dec, b_dec, x):
    batch, k = logits.shape
    z = logits - logits.max(axis=1, keepdims=True)
    log_q = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    q = np.exp(log_q)

    # relaxed code, straight into the decoder
    s = q @ W_dec + b_dec
    bce = np.sum(np.logaddexp(0, s) - x * s) / batch
    kl = np.sum(q * (log_q - np.log(1 / k))) / batch
    loss = bce + kl

    ds = (1 / (1 + np.exp(-s)) - x) / batch
    grads = {}
    grads["W_dec"] = q.T @ ds
    grads["b_dec"] = ds.sum(axis=0)
    dq = ds @ W_dec.T
    dq_kl = (np.log(1 / k) - log_q - 1) / batch
    grads["logits"] = softmax_back(dq + dq_kl, q)
    return loss, grads
