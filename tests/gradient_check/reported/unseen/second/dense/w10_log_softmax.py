# SOURCE: https://github.com/mlpack/mlpack/issues/2360 (numbers given there: exp(output) + gy; also
#     pull request 2364 and issue 3468)
# mistake: backward of log-softmax adds exp(output) to the gradient from behind: holds only where
#     that sums to -1 in each row, as after the negative log likelihood
# TRUE: dx is wrong: p + dy in place of dy - p * sum(dy)
# OPEN: true: It is not linear in dy
# cmd: log_softmax --x 5,4
import numpy as np


def log_softmax_forward(x):
    max_x = x.max(axis=1, keepdims=True)
    output = x - max_x - np.log(np.sum(np.exp(x - max_x), axis=1, keepdims=True))
    return output, output


def log_softmax_backward(gy, output):
    g = np.exp(output) + gy
    return g
