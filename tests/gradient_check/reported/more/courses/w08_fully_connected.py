# SOURCE: https://github.com/kvfrans/notes/issues/5 and
#     https://github.com/deeplearningzerotoall/PyTorch/issues/40 (mean for the bias only) and the
#     well-known slip of updating before going back (cf.
#     https://stackoverflow.com/questions/53287032, where the order of these two lines matters)
# mistake: learning rate inside backward; the weights are updated BEFORE they are used to send the
#     error on; the bias step takes a mean
# TRUE: two mistakes. The step of weights is right (dW = x.T @ error); dx is wrong: it goes through
#     the weights already updated (W - lr*dW); the step of bias is wrong: the mean over the batch
#     where the sum is right (6 times too small).
# SAYS: backward updates weights before it is done
# SAYS: d bias is 6 times too small, which is the size of the batch
# cmd: FullyConnected --input_size 5 --output_size 3 --input 6,5
import numpy as np


class FullyConnected:
    def __init__(self, input_size=5, output_size=3, learning_rate=0.1):
        gen = np.random.RandomState(42)
        self.weights = gen.randn(input_size, output_size) / np.sqrt(input_size)
        self.bias = np.zeros((1, output_size))
        self.learning_rate = learning_rate

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, error):
        # gradient descent step
        self.weights -= self.learning_rate * (self.x.T @ error)
        self.bias -= self.learning_rate * error.mean(axis=0, keepdims=True)
        # error for the layer before
        return error @ self.weights.T
