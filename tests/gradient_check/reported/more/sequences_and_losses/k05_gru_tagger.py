# SOURCE: style of min-char-rnn turned into a GRU (one loss function of the parameters, gradients
#     returned in a dict)
# mistake: none
# TRUE: right
# cmd: loss_and_grads --E 5,3 --W 3,12 --U 4,8 --Uc 4,4 --b 12 --V 4,5
import numpy as np

sentence = np.array([1, 4, 1, 0, 2, 4])      # word 3 never occurs, 1 and 4 occur twice


def sigm(a):
    return 1.0 / (1.0 + np.exp(-a))


def loss_and_grads(E, W, U, Uc, b, V):
    """predict the next word; E embedding, W (z|r|c) from the word, U (z|r) and Uc from h, V to the scores"""
    H, T = len(Uc), len(sentence) - 1
    h, tape, loss = np.zeros(H), [], 0.0
    for t in range(T):
        e = E[sentence[t]]
        a = e @ W + b
        zr = sigm(a[:2 * H] + h @ U)
        z, r = zr[:H], zr[H:]
        c = np.tanh(a[2 * H:] + (r * h) @ Uc)
        h_new = (1 - z) * h + z * c
        s = h_new @ V
        p = np.exp(s - s.max())
        p /= p.sum()
        loss -= np.log(p[sentence[t + 1]]) / T
        tape.append((e, h, z, r, c, h_new, p))
        h = h_new

    g = {k: np.zeros_like(v) for k, v in dict(E=E, W=W, U=U, Uc=Uc, b=b, V=V).items()}
    dh = np.zeros(H)
    for t in range(T - 1, -1, -1):
        e, h, z, r, c, h_new, p = tape[t]
        ds = p / T
        ds[sentence[t + 1]] -= 1 / T
        g["V"] += np.outer(h_new, ds)
        dh = dh + V @ ds
        dac = dh * z * (1 - c * c)
        drh = Uc @ dac
        dazr = np.concatenate([dh * (c - h) * z * (1 - z), drh * h * r * (1 - r)])
        da = np.concatenate([dazr, dac])
        g["W"] += np.outer(e, da)
        g["b"] += da
        g["U"] += np.outer(h, dazr)
        g["Uc"] += np.outer(r * h, dac)
        g["E"][sentence[t]] += W @ da
        dh = dh * (1 - z) + drh * r + U @ dazr
    return loss, g
