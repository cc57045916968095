# SOURCE: style of "Neural Networks from Scratch in Python" (self.output / self.dinputs); the
#     parametric ELU of Trottier et al. 2016
# mistake: none
# TRUE: right
# cmd: Activation_PELU --input 6,3 --n_inputs 3
import numpy as np


# Parametric ELU: a/b * x above zero, a * (exp(x/b) - 1) below
class Activation_PELU:

    def __init__(self, n_inputs):
        self.a = np.random.uniform(0.6, 1.5, (1, n_inputs))
        self.b = np.random.uniform(0.6, 1.5, (1, n_inputs))

    # Forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.exp_values = np.exp(np.minimum(inputs, 0) / self.b)
        self.output = np.where(inputs >= 0,
                               self.a / self.b * inputs,
                               self.a * (self.exp_values - 1))

    # Backward pass
    def backward(self, dvalues):
        positive = self.inputs >= 0
        # Gradients on parameters
        self.da = np.sum(dvalues * np.where(positive,
                                            self.inputs / self.b,
                                            self.exp_values - 1),
                         axis=0, keepdims=True)
        self.db = np.sum(dvalues * np.where(positive,
                                            -self.a * self.inputs / self.b**2,
                                            -self.a * self.exp_values * self.inputs / self.b**2),
                         axis=0, keepdims=True)
        # Gradient on values
        self.dinputs = dvalues.copy()
        self.dinputs *= np.where(positive, self.a / self.b, self.a / self.b * self.exp_values)
