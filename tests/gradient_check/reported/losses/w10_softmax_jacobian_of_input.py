# SOURCE:
#     https://stackoverflow.com/questions/40575841/numpy-calculate-the-derivative-of-the-softmax-function
#     (read in its mirror https://newbe.dev/numpy-calculate-the-derivative-of-the-softmax-function)
# mistake: the Jacobian has the input of the softmax where the second factor is its output
# TRUE: dx wrong (the only gradient): value_i*(1 - input_i) and -value_i*input_j, should be value in
#     place of input
# SAYS: self.value belongs where self.input stands
# cmd: Softmax --input 3,4
import numpy as np


class Softmax:
    def softmax(self, x):
        exps = np.exp(x - np.max(x))
        return exps / np.sum(exps)

    def forward(self, inputs):
        self.input = inputs
        self.value = np.array([self.softmax(row) for row in inputs])
        return self.value

    def backward(self, dvalue):
        out = np.zeros_like(self.input)
        for k in range(len(self.input)):
            n = self.input.shape[1]
            gradient = np.zeros((n, n))
            for i in range(n):
                for j in range(n):
                    if i == j:
                        gradient[i, j] = self.value[k, i] * (1 - self.input[k, i])
                    else:
                        gradient[i, j] = -self.value[k, i] * self.input[k, j]
            out[k] = dvalue[k] @ gradient
        return out
