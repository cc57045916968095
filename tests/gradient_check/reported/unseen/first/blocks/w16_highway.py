# SOURCE: known slip with gates (highway layer, GRU), no thread at hand
# mistake: y = T * H + (1 - T) * x; the gate's gradient is taken as dy * H, the carry's -x is
#     forgotten
# TRUE: dweights_t, dbiases_t and dinputs wrong (gate's gradient lacks -dy * x); dweights_h,
#     dbiases_h right
# SAYS: self.inputs is to be taken off
# cmd: Layer_Highway --n_inputs 5 --input 4,5
import numpy as np

np.random.seed(3)


class Layer_Highway:
    def __init__(self, n_inputs):
        self.weights_h = 0.4 * np.random.randn(n_inputs, n_inputs)
        self.biases_h = np.zeros((1, n_inputs))
        self.weights_t = 0.4 * np.random.randn(n_inputs, n_inputs)
        self.biases_t = -1.0 * np.ones((1, n_inputs))

    def forward(self, inputs):
        self.inputs = inputs
        self.h = np.tanh(np.dot(inputs, self.weights_h) + self.biases_h)
        self.t = 1 / (1 + np.exp(-(np.dot(inputs, self.weights_t) + self.biases_t)))
        self.output = self.t * self.h + (1 - self.t) * inputs

    def backward(self, dvalues):
        dh = dvalues * self.t * (1 - self.h ** 2)
        dt = dvalues * self.h * self.t * (1 - self.t)
        self.dweights_h = np.dot(self.inputs.T, dh)
        self.dbiases_h = np.sum(dh, axis=0, keepdims=True)
        self.dweights_t = np.dot(self.inputs.T, dt)
        self.dbiases_t = np.sum(dt, axis=0, keepdims=True)
        self.dinputs = (np.dot(dh, self.weights_h.T) + np.dot(dt, self.weights_t.T)
                        + dvalues * (1 - self.t))
