# SOURCE: https://github.com/mlpack/mlpack/issues/2360 and pull 2364 "error in backward function in
#     log softmax"
# mistake: g = exp(output) + gy: the Kronecker delta's place is filled with gy, the sign of the
#     softmax is wrong and the sum of gy lost
# TRUE: dx is wrong everywhere: softmax + dy where dy - softmax * (sum of dy over the row) should be
#     (sign, and the sum of dy missing). No parameters.
# OPEN: true: It is not linear in dy
# cmd: LogSoftMax --input 4,5
import numpy as np


class LogSoftMax:
    def forward(self, input):
        max_input = input.max(axis=1, keepdims=True)
        log_sum = max_input + np.log(np.exp(input - max_input).sum(axis=1, keepdims=True))
        self.output_parameter = input - log_sum
        return self.output_parameter

    def backward(self, gy):
        g = np.exp(self.output_parameter) + gy
        return g
