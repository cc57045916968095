# SOURCE: https://github.com/VikParuchuri/zero_to_gpt/issues/12 ("Gradient is being updated after
#     upgradation of weights"); the same in
#     https://github.com/kim-marcel/basic_neural_network/issues/7
# mistake: inside the backward loop each layer's weights are stepped first, and the gradient is then
#     pulled through the new weights
# TRUE: the gradient sent down through a layer uses W after its update: dx wrong, and W and b (the
#     steps) of layers 0 and 1 wrong; the steps of the last layer (layers[2]) are right. The size of
#     the error depends on lr.
# SAYS: backward updates layers[2][0] and layers[2][1] before it is done
# cmd: MLP --input 5,4
import numpy as np


class MLP:
    def __init__(self, rng):
        self.lr = 0.05
        self.layers = []
        for n_in, n_out in [(4, 6), (6, 5), (5, 2)]:
            w = rng.standard_normal((n_in, n_out)) * 0.6
            b = rng.standard_normal((1, n_out)) * 0.1
            self.layers.append([w, b])

    def forward(self, batch):
        hiddens = [batch.copy()]
        for i, (w, b) in enumerate(self.layers):
            batch = np.matmul(batch, w) + b
            if i < len(self.layers) - 1:
                batch = np.maximum(batch, 0)
            hiddens.append(batch.copy())
        return batch, hiddens

    def backward(self, grad, hiddens):
        for i in range(len(self.layers) - 1, -1, -1):
            if i != len(self.layers) - 1:
                grad = np.multiply(grad, np.heaviside(hiddens[i + 1], 0))

            w_grad = hiddens[i].T @ grad
            b_grad = np.sum(grad, axis=0, keepdims=True)

            self.layers[i][0] -= self.lr * w_grad
            self.layers[i][1] -= self.lr * b_grad

            grad = grad @ self.layers[i][0].T
        return grad
