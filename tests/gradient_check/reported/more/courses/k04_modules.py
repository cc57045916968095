# SOURCE: style of the many NumPy copies of PyTorch's nn.Module (joelgrus/joelnet, sebgao/cTensor
#     and the like): list of layers, Parameter objects, __call__, gradients ADDED to .grad until
#     zero_grad() is called
# mistake: none
# TRUE: right (parameters' gradients accumulate over backward passes by design, as in PyTorch;
#     zero_grad() clears them)
# cmd: MLP --input 5,4
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Linear:
    def __init__(self, fan_in, fan_out, gen):
        bound = 1 / np.sqrt(fan_in)
        self.weight = Parameter(gen.uniform(-bound, bound, (fan_out, fan_in)))
        self.bias = Parameter(gen.uniform(-bound, bound, fan_out))

    def __call__(self, x):
        self.x = x
        return x @ self.weight.data.T + self.bias.data

    def backward(self, grad):
        self.weight.grad += grad.T @ self.x
        self.bias.grad += grad.sum(0)
        return grad @ self.weight.data

    def parameters(self):
        return [self.weight, self.bias]


class GELU:
    C = np.sqrt(2 / np.pi)

    def __call__(self, x):
        self.x = x
        self.t = np.tanh(self.C * (x + 0.044715 * x ** 3))
        return 0.5 * x * (1 + self.t)

    def backward(self, grad):
        inner = self.C * (1 + 3 * 0.044715 * self.x ** 2)
        return grad * (0.5 * (1 + self.t) + 0.5 * self.x * (1 - self.t ** 2) * inner)


class MLP:
    def __init__(self):
        gen = np.random.default_rng(0)
        self.layers = [Linear(4, 6, gen), GELU(), Linear(6, 2, gen)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def parameters(self):
        return [p for layer in self.layers if hasattr(layer, "parameters") for p in layer.parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad[:] = 0
