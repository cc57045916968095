# SOURCE: https://github.com/dennybritz/nn-from-scratch/issues/13 "gradient checks do not match"
# mistake: the loss is averaged (regularization term included), the gradients are sums over the
#     batch
# TRUE: all four gradients dW1, db1, dW2, db2 are N = 7 times too large (1/N is missing, of the
#     regularization too)
# SAYS: 7 times too large, which is the size of the batch: the mean over it is missing
# cmd: loss_and_gradients --X 7,2 --y integers:7 --integers 3 --W1 2,4 --b1 1,4 --W2 4,3 --b2 1,3
import numpy as np

reg_lambda = 0.01


def loss_and_gradients(X, y, W1, b1, W2, b2):
    num_examples = len(X)
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    exp_scores = np.exp(z2)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)

    correct_logprobs = -np.log(probs[range(num_examples), y])
    data_loss = np.sum(correct_logprobs)
    data_loss += reg_lambda / 2 * (np.sum(np.square(W1)) + np.sum(np.square(W2)))
    loss = 1. / num_examples * data_loss

    delta3 = probs.copy()
    delta3[range(num_examples), y] -= 1
    dW2 = (a1.T).dot(delta3)
    db2 = np.sum(delta3, axis=0, keepdims=True)
    delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
    dW1 = np.dot(X.T, delta2)
    db1 = np.sum(delta2, axis=0, keepdims=True)
    dW2 += reg_lambda * W2
    dW1 += reg_lambda * W1
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
