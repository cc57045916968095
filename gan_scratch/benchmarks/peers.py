"""One convolution in other libraries: a function each, for `bench convolution`.

    results, seconds = PEERS["MyGrad"].passes(x, dy, weight)

Each is handed its own layout, x (N, C, H, W), dy (N, M, h, w) and weight (M, C, 4, 4), and gives
(y, dx, dW) and the seconds of (forward, backward). Stride 2, a zero on each side, no bias.
"""

import importlib.util
import time
from typing import Any, NamedTuple

import numpy as np


def dezero(x, dy, weight):
    from gan_scratch.benchmarks.in_dezero import Variable, functions

    x, weight = Variable(x), Variable(weight)
    start = time.perf_counter()
    y = functions.conv2d(x, weight, stride=2, pad=1)
    middle = time.perf_counter()
    y.grad = Variable(dy)
    y.backward()
    end = time.perf_counter()
    return (y.data, x.grad.data, weight.grad.data), (middle - start, end - middle)


def mygrad(x, dy, weight):
    from mygrad import tensor
    from mygrad.nnet.layers import conv_nd

    x, weight = tensor(x), tensor(weight)
    start = time.perf_counter()
    y = conv_nd(x, weight, stride=2, padding=1)
    middle = time.perf_counter()
    y.backward(dy)
    end = time.perf_counter()
    return (y.data, x.grad, weight.grad), (middle - start, end - middle)


def caspian(x, dy, weight):
    """Its backward pass moves the weight at once, so dW is how far it went at a rate of 1."""
    from caspian.activations import Identity
    from caspian.layers import Conv2D
    from caspian.optimizers import StandardGD

    zeros = 2  # along an axis, both sides together
    layer = Conv2D(
        Identity(), len(weight), 4, x.shape[1:], 2, zeros, biases=False, optimizer=StandardGD(1.0)
    )
    layer.kernel_weights = weight.copy()
    start = time.perf_counter()
    y = layer.forward(x, training=True)
    middle = time.perf_counter()
    dx = layer.backward(dy)
    end = time.perf_counter()
    return (y, dx, weight - layer.kernel_weights), (middle - start, end - middle)


def pytorch(x, dy, weight, threads):
    import torch

    torch.set_num_threads(threads)
    x, dy, weight = (torch.from_numpy(array) for array in (x, dy, weight))
    x.requires_grad_(), weight.requires_grad_()
    start = time.perf_counter()
    y = torch.nn.functional.conv2d(x, weight, stride=2, padding=1)
    middle = time.perf_counter()
    y.backward(dy)
    end = time.perf_counter()
    results = y.detach(), x.grad, weight.grad
    return tuple(result.numpy() for result in results), (middle - start, end - middle)


class Peer(NamedTuple):
    """`package` has to be installed; `threads` says whether it can use several."""

    passes: Any
    package: str
    threads: bool = False

    @property
    def installed(self):
        return importlib.util.find_spec(self.package) is not None


PEERS = {
    "caspian-ml": Peer(caspian, "caspian"),
    "DeZero": Peer(dezero, "dezero"),
    "MyGrad": Peer(mygrad, "mygrad"),
    "PyTorch": Peer(pytorch, "torch", threads=True),
}


def passes(peer, x, dy, weight, threads):
    """What the peer gives for arrays in our layout, channels last, in our layout."""
    theirs = (np.ascontiguousarray(array.transpose(axes)) for array, axes in (
        (x, (0, 3, 1, 2)), (dy, (0, 3, 1, 2)), (weight, (3, 2, 0, 1))
    ))
    how_many = {"threads": threads} if peer.threads else {}
    (y, dx, gradient), seconds = peer.passes(*theirs, **how_many)
    ours = y.transpose(0, 2, 3, 1), dx.transpose(0, 2, 3, 1), gradient.transpose(2, 3, 1, 0)
    return ours, seconds
