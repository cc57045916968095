# SOURCE: https://github.com/andersbll/nnet/issues/4 (two reports in one thread: minus before the
#     weight decay; tanh_d is tanh)
# mistake: two: (1) the gradient of the weight decay is subtracted; (2) the "derivative" of tanh is
#     tanh itself, by another formula
# TRUE: dW1 wrong by both, db1 wrong by (2), dW2 wrong by (1); db2 is right. None for x and t.
# SAYS: 1 - ((e - 1) / (e + 1)) ** 2 is the derivative
# SAYS: + belongs where - stands
# cmd: mlp_cost --W1 4,6 --b1 6 --W2 6,2 --b2 2 --x 5,4 --t 5,2
import numpy as np

weight_decay = 0.05


def tanh(x):
    return np.tanh(x)


def tanh_d(x):
    e = np.exp(2 * x)
    return (e - 1) / (e + 1)


def mlp_cost(W1, b1, W2, b2, x, t):
    n = x.shape[0]
    # fprop
    last_input = np.dot(x, W1) + b1
    a = tanh(last_input)
    out = np.dot(a, W2) + b2
    cost = 0.5 * np.sum((out - t) ** 2) / n
    cost += 0.5 * weight_decay * (np.sum(W1 * W1) + np.sum(W2 * W2))
    # bprop
    output_grad = out - t
    dW2 = np.dot(a.T, output_grad) / n - weight_decay * W2
    db2 = np.mean(output_grad, axis=0)
    output_grad = np.dot(output_grad, W2.T) * tanh_d(last_input)
    dW1 = np.dot(x.T, output_grad) / n - weight_decay * W1
    db1 = np.mean(output_grad, axis=0)
    return cost, (dW1, db1, dW2, db2)
