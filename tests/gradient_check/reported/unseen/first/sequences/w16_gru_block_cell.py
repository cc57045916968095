# SOURCE:
#     https://www.tensorflow.org/versions/r2.5/api_docs/java/org/tensorflow/op/core/GRUBlockCellGrad
#     (formulas as printed there: "d_u_bar * w_r_x^T" and "d_h_prev = d_h_prev_component_1 +
#     d_h_prevr o r + u")
# mistake: TWO. (1) the share of the update gate goes back through the weights of the reset gate
#     (w_r_x, w_r_h). (2) in d_h_prev the direct share is u instead of d_h * u.
# TRUE: wrong: d_x (by 1), d_h_prev (by 1 and 2). Right: d_w_ru, d_w_c, d_b_ru, d_b_c.
# OPEN: true: It is not linear in dy
# cmd: gru_cell --x 3,4 --h_prev 3,2 --w_ru 6,4 --w_c 6,2 --b_ru 4 --b_c 2
import numpy as np


def gru_cell_forward(x, h_prev, w_ru, w_c, b_ru, b_c):
    n = h_prev.shape[1]
    x_h = np.concatenate([x, h_prev], axis=1)
    r_u = 1 / (1 + np.exp(-(x_h @ w_ru + b_ru)))
    r, u = r_u[:, :n], r_u[:, n:]
    x_hr = np.concatenate([x, h_prev * r], axis=1)
    c = np.tanh(x_hr @ w_c + b_c)
    h = u * h_prev + (1 - u) * c
    return h, (x, h_prev, w_ru, w_c, r, u, c, x_h, x_hr)


def gru_cell_backward(d_h, cache):
    x, h_prev, w_ru, w_c, r, u, c, x_h, x_hr = cache
    m, n = x.shape[1], h_prev.shape[1]
    w_r_x, w_r_h_prev = w_ru[:m, :n], w_ru[m:, :n]

    d_c_bar = d_h * (1 - u) * (1 - c * c)
    d_u_bar = d_h * (h_prev - c) * u * (1 - u)
    d_xc = d_c_bar @ w_c.T
    d_x_component_2, d_h_prevr = d_xc[:, :m], d_xc[:, m:]
    d_r_bar = d_h_prevr * h_prev * r * (1 - r)

    d_x_component_1 = d_r_bar @ w_r_x.T + d_u_bar @ w_r_x.T
    d_h_prev_component_1 = d_r_bar @ w_r_h_prev.T + d_u_bar @ w_r_h_prev.T
    d_x = d_x_component_1 + d_x_component_2
    d_h_prev = d_h_prev_component_1 + d_h_prevr * r + u

    d_ru_bar = np.concatenate([d_r_bar, d_u_bar], axis=1)
    return d_x, d_h_prev, x_h.T @ d_ru_bar, x_hr.T @ d_c_bar, d_ru_bar.sum(0), d_c_bar.sum(0)
