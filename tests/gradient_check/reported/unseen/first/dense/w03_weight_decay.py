# SOURCE: https://github.com/andersbll/nnet/issues/4 ("L2 regularization problem"); also
#     https://github.com/andersbll/deeppy/issues/17
# mistake: the weight decay is subtracted from the gradient where it is to be added
# TRUE: dW wrong: its part from the penalty has the opposite sign (-wd W instead of +wd W); db right
# SAYS: np.dot(X.T, output_grad) / n + weight_decay * W
# cmd: softmax_regression --W 5,3 --b 3 --X 8,5 --labels integers:8 --integers 3
import numpy as np


def one_hot(labels, n_classes):
    classes = np.arange(n_classes)
    return (labels[:, np.newaxis] == classes).astype(float)


def softmax_regression(W, b, X, labels, weight_decay=0.3):
    n = X.shape[0]
    y = one_hot(labels, W.shape[1])
    a = np.dot(X, W) + b
    a = a - a.max(axis=1, keepdims=True)
    e = np.exp(a)
    y_pred = e / e.sum(axis=1, keepdims=True)

    cross_entropy = -np.mean(np.sum(y * np.log(y_pred), axis=1))
    loss = cross_entropy + 0.5 * weight_decay * np.sum(W ** 2)

    output_grad = y_pred - y
    dW = np.dot(X.T, output_grad) / n - weight_decay * W
    db = np.mean(output_grad, axis=0)
    return loss, (dW, db)
