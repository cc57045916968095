# SOURCE: https://github.com/torch/nn/issues/658 (nn.Bilinear: updateGradInput does not use
#     gradOutput)
# mistake: the gradients of both inputs are not weighted by gradOutput
# TRUE: gradients of x1 and x2 are wrong, gradOutput is missing in them (they do not depend on it);
#     weight and bias are right
# SAYS: dx[0] does not change with dy in 24 of 24 numbers
# cmd: Bilinear --input 6,4 --input 6,3
import numpy as np


class Bilinear:
    # y[n, k] = x1[n] . W[k] . x2[n] + b[k]
    def __init__(self, inputSize1=4, inputSize2=3, outputSize=2):
        rs = np.random.RandomState(0)
        self.weight = rs.randn(outputSize, inputSize1, inputSize2)
        self.bias = rs.randn(outputSize)
        self.gradWeight = np.zeros_like(self.weight)
        self.gradBias = np.zeros_like(self.bias)

    def forward(self, x1, x2):
        self.input = [x1, x2]
        out = np.zeros((len(x1), len(self.bias)))
        for k in range(len(self.bias)):
            out[:, k] = ((x1 @ self.weight[k]) * x2).sum(axis=1)
        self.output = out + self.bias
        return self.output

    def backward(self, gradOutput):
        self.gradInput = self.updateGradInput(gradOutput)
        self.accGradParameters(gradOutput)
        return self.gradInput

    def updateGradInput(self, gradOutput):
        x1, x2 = self.input
        g1, g2 = np.zeros_like(x1), np.zeros_like(x2)
        for k in range(len(self.bias)):
            g1 += x2 @ self.weight[k].T
            g2 += x1 @ self.weight[k]
        return [g1, g2]

    def accGradParameters(self, gradOutput):
        x1, x2 = self.input
        for k in range(len(self.bias)):
            self.gradWeight[k] = x1.T @ (x2 * gradOutput[:, k:k + 1])
        self.gradBias[:] = gradOutput.sum(axis=0)
