"""Our weights in models that were written in PyTorch: the same outputs, and the way back."""

import copy
import math
import subprocess
import sys

import numpy as np
import pytest

from gan_scratch import exchange, layers
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.gradient_check.catalogue import layer_classes
from gan_scratch.gradient_check.examples import Labels, draw_input, examples
from gan_scratch.layers import (
    BatchNorm,
    Concatenate,
    Conv1D,
    Conv2D,
    Conv3D,
    ConvTranspose1D,
    ConvTranspose2D,
    ConvTranspose3D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    MinibatchStandardDeviation,
    PixelShuffle,
    PReLU,
    ReLU,
    Reshape,
    Residual,
    SelfAttention,
    Sequential,
    Sigmoid,
    SpectralNorm,
    Tanh,
)
from gan_scratch.losses import NonSaturating
from gan_scratch.models import dcgan, mlp
from gan_scratch.optimizers import Adam

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
nn, functional = torch.nn, torch.nn.functional
spectral_norm = nn.utils.parametrizations.spectral_norm

EXACT, CLOSE = 1e-12, 1e-5
NORMALIZATIONS = ["none", "batch", "layer", "instance", "spectral"]
SHAPES = [(28, 28, 1), (64, 64, 3)]
CLASSES, BATCH, WIDTH, LATENT = 4, 6, 6, 10


# Each layer as one writes it in PyTorch. FIRST: it takes channels first there; LAST: last.


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class TorchAffine(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(layer.num_features))
        self.bias = nn.Parameter(torch.empty(layer.num_features))

    def forward(self, x):
        return torch.addcmul(self.bias, x, self.weight)


class TorchConcatenate(nn.Module):
    def __init__(self, branches, dim):
        super().__init__()
        self.branches, self.dim = nn.ModuleList(branches), dim

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=self.dim)


class TorchHeads(nn.ModuleDict):
    def forward(self, x):
        outputs = {name: head(x) for name, head in self.items()}
        return {n: y for name, each in outputs.items() for n, y in named(each, name).items()}


def named(y, name="y"):
    return y if isinstance(y, dict) else {name: y}


class TorchResidual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut or nn.Identity()

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class TorchAttention(nn.Module):
    """The block of SAGAN on channels first."""

    def __init__(self, channels):
        super().__init__()
        narrow, half = max(1, channels // 8), max(1, channels // 2)
        self.query = nn.Linear(channels, narrow, bias=False)
        self.key = nn.Linear(channels, narrow, bias=False)
        self.value = nn.Linear(channels, half, bias=False)
        self.output = nn.Linear(half, channels, bias=False)
        self.gain = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        places = x.flatten(2).transpose(1, 2)
        attention = (self.query(places) @ self.key(places).transpose(1, 2)).softmax(-1)
        z = self.output(attention @ self.value(places))
        return x + self.gain * z.transpose(1, 2).reshape(x.shape)


class TorchDeviation(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        members = min(self.layer.group_size, len(x))
        chunks = self.layer.num_channels
        groups = x.reshape(members, len(x) // members, chunks, x.shape[1] // chunks, -1)
        deviation = (groups.var(0, unbiased=False) + self.layer.eps).sqrt().mean((2, 3))
        further = deviation.repeat(members, 1).reshape(len(x), chunks, *[1] * (x.ndim - 2))
        return torch.cat([x, further.expand(-1, -1, *x.shape[2:])], dim=1)


def torch_convolution(layer):
    kind = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[layer.axes]

    class Twin(kind):
        def forward(self, x):
            pads = layer.padding
            if pads == "same":
                pads = []
                for size, s, k, d in zip(
                    x.shape[2:], self.stride, self.kernel_size, self.dilation, strict=True
                ):
                    total = max((math.ceil(size / s) - 1) * s + (k - 1) * d + 1 - size, 0)
                    pads.append((total // 2, total - total // 2))
            pads = [n for pair in pads[::-1] for n in pair]
            mode = {"zeros": "constant"}.get(layer.padding_mode, layer.padding_mode)
            return super().forward(functional.pad(x, pads, mode))

    return Twin(
        layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride,
        dilation=layer.dilation, groups=layer.groups, bias=layer.bias is not None,
    )


def torch_transposed(layer):
    kind = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}[layer.axes]

    class Twin(kind):
        def forward(self, x):
            y = super().forward(x)
            for axis, reach in enumerate(layer.reach):
                stride, length = layer.stride[axis], y.shape[2 + axis]
                if layer.padding == "same":
                    front = max(reach - stride, 0) // 2
                    end = front + stride * x.shape[2 + axis]
                else:
                    front, end = layer.padding[axis]
                    end = length - end
                y = y.narrow(2 + axis, front, end - front)
            return y

    return Twin(
        layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride,
        output_padding=layer.output_padding, dilation=layer.dilation, groups=layer.groups,
        bias=layer.bias is not None,
    )


def torch_batch_norm(layer):
    class Twin(nn.BatchNorm2d):
        def _check_input_dim(self, x):
            """Any number of places."""

    return Twin(layer.num_features, eps=layer.eps, momentum=layer.momentum)


def torch_instance_norm(layer):
    class Twin(nn.InstanceNorm2d):
        def forward(self, x):
            return functional.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)

    return Twin(layer.num_features, eps=layer.eps, affine=True)


def torch_layer_norm(layer):
    *places, channels = layer.num_features
    return nn.LayerNorm([channels, *places], eps=layer.eps)


def torch_pool(layer):
    if isinstance(layer, layers.MaxPool2D):
        return nn.MaxPool2d(layer.kernel_size, layer.stride, layer.padding)
    return nn.AvgPool2d(
        layer.kernel_size, layer.stride, layer.padding, count_include_pad=layer.count_include_pad
    )


def torch_upsample(layer):
    def function(x):
        mode = layer.mode
        if mode == "bilinear":
            mode = {3: "linear", 4: "bilinear", 5: "trilinear"}[x.ndim]
        return functional.interpolate(x, scale_factor=layer.scale, mode=mode)

    return Function(function)


def torch_dense(layer):
    return nn.Linear(layer.in_features, layer.out_features, bias=layer.bias is not None)


def torch_residual(layer):
    return TorchResidual(twin(layer.body), layer.shortcut and twin(layer.shortcut))


def torch_sequential(layer):
    return nn.Sequential(*(twin(child) for child in layer))


class TorchCell(nn.Module):
    """The GRU that PyTorch lacks: it resets before the product."""

    def __init__(self, layer):
        super().__init__()
        self.last = layer.last
        self.input, self.recurrent, self.candidate = map(torch_dense, layer.children().values())

    def forward(self, x):
        h, outputs = torch.zeros(len(x), self.candidate.in_features, dtype=x.dtype), []
        for a in self.input(x).unbind(1):
            a_r, a_z, a_n = a.chunk(3, 1)
            s_r, s_z = self.recurrent(h).chunk(2, 1)
            r, z = torch.sigmoid(a_r + s_r), torch.sigmoid(a_z + s_z)
            h = torch.lerp(torch.tanh(a_n + self.candidate(r * h)), h, z)
            outputs.append(h)
        return h if self.last else torch.stack(outputs, 1)


def torch_recurrent(layer):
    if not getattr(layer, "reset_after", True):
        return TorchCell(layer)

    class Twin(getattr(nn, type(layer).__name__)):
        def forward(self, x):
            y, _ = super().forward(x)
            return y[:, -1] if layer.last else y

    return Twin(layer.in_features, layer.hidden, batch_first=True)


def torch_stuffing(layer):
    def stuffed(x):
        for axis in range(1, x.ndim - 1):
            spread = torch.stack([x, *[0 * x] * (layer.factor - 1)], axis + 1)
            x = spread.flatten(axis, axis + 1)
            x = x.narrow(axis, 0, x.shape[axis] - layer.factor + 1)
        return x

    return Function(stuffed)


def torch_pack(layer):
    """Neighbours in the batch become neighbours in the channels, which come first there."""
    return Function(lambda x: x.unflatten(0, (-1, layer.m)).flatten(1, 2))


FIRST, LAST = True, False
TWINS = {
    "Affine": (LAST, TorchAffine),
    "Augment": (LAST, lambda layer: nn.Identity()),  # in inference
    "AveragePool2D": (FIRST, torch_pool),
    "BatchNorm": (FIRST, torch_batch_norm),
    "Concatenate": (LAST, lambda layer: TorchConcatenate(map(twin, layer.branches), dim=-1)),
    "Conv1D": (FIRST, torch_convolution),
    "Conv2D": (FIRST, torch_convolution),
    "Conv3D": (FIRST, torch_convolution),
    "ConvTranspose1D": (FIRST, torch_transposed),
    "ConvTranspose2D": (FIRST, torch_transposed),
    "ConvTranspose3D": (FIRST, torch_transposed),
    "Dense": (LAST, torch_dense),
    "Dropout": (LAST, lambda layer: nn.Dropout(layer.p)),
    "Embedding": (LAST, lambda layer: nn.Embedding(layer.num, layer.dim)),
    "Flatten": (LAST, lambda layer: nn.Flatten()),
    "GRU": (LAST, torch_recurrent),
    "GlobalAveragePool": (FIRST, lambda layer: Function(lambda x: x.flatten(2).mean(2)
                                                        if x.ndim > 2 else x)),
    "GroupNorm": (FIRST, lambda layer: nn.GroupNorm(layer.num_groups, layer.num_features)),
    "GumbelSoftmax": (LAST, lambda layer: Function(  # in inference
        lambda x: torch.softmax(x / layer.temperature, dim=-1))),
    "Identity": (LAST, lambda layer: nn.Identity()),
    "Heads": (LAST, lambda layer: TorchHeads({n: twin(one) for n, one in layer.heads.items()})),
    "InstanceNoise": (LAST, lambda layer: nn.Identity()),  # in inference
    "InstanceNorm": (FIRST, torch_instance_norm),
    "LSTM": (LAST, torch_recurrent),
    "LayerNorm": (None, torch_layer_norm),  # images first, else last
    "LeakyReLU": (FIRST, lambda layer: nn.LeakyReLU(layer.negative_slope)),
    "MaxPool2D": (FIRST, torch_pool),
    "MinibatchStandardDeviation": (FIRST, TorchDeviation),
    "PReLU": (FIRST, lambda layer: nn.PReLU(layer.num_features)),
    "Pack": (FIRST, torch_pack),
    "PixelShuffle": (FIRST, lambda layer: nn.PixelShuffle(layer.r)),
    "ReLU": (FIRST, lambda layer: nn.ReLU()),
    "Reshape": (LAST, lambda layer: nn.Unflatten(1, layer.shape)),
    "Residual": (LAST, torch_residual),
    "SelfAttention": (FIRST, lambda layer: TorchAttention(layer.channels)),
    "Sequential": (FIRST, torch_sequential),
    "Sigmoid": (FIRST, lambda layer: nn.Sigmoid()),
    "Softmax": (FIRST, lambda layer: nn.Softmax(dim=1)),
    "Softplus": (FIRST, lambda layer: nn.Softplus(threshold=100)),
    "SpectralNorm": (None, lambda layer: spectral_norm(
        twin(layer.layer), n_power_iterations=layer.iterations)),  # as the layer inside
    "Tanh": (FIRST, lambda layer: nn.Tanh()),
    "Upsample": (FIRST, torch_upsample),
    "ZeroStuffing": (LAST, torch_stuffing),
}


def twin(layer):
    return TWINS[type(layer).__name__][1](layer)


def channels_first(layer):
    if isinstance(layer, SpectralNorm):
        return channels_first(layer.layer)
    if isinstance(layer, LayerNorm):
        return len(layer.num_features) > 1
    return TWINS[type(layer).__name__][0]


def tensor(x, first=True):
    x = torch.tensor(x)
    return x.movedim(-1, 1) if first and x.ndim > 2 else x


def array(y, first=True):
    y = y.detach()
    return (y.movedim(1, -1) if first and y.ndim > 2 else y).numpy()


def tensors(arrays):
    return {name: torch.tensor(value) for name, value in arrays.items()}


def moved(model, rng):
    """The model with all its arrays away from where they start."""
    for parameter in model.parameters().values():
        parameter.value += 0.3 * rng.standard_normal(parameter.value.shape)
    for buffer in model.buffers().values():
        buffer.value += rng.random(buffer.value.shape)
    return model


def assert_same_state(model, expected):
    state = model.state()
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(state[name], value, err_msg=name)
        assert state[name].dtype == value.dtype


def other_numbers(model):
    """A copy of the model in which every number is another one."""
    other = copy.deepcopy(model)
    for held in [*other.parameters().values(), *other.buffers().values()]:
        held.value[...] = -7 - held.value
    return other


def assert_comes_back(model, theirs, sample_shape=None):
    """The twin's own state_dict makes of another model this one, bit for bit."""
    other = other_numbers(model)
    exchange.from_state_dict(other, theirs.state_dict(), sample_shape)
    assert_same_state(other, model.state())


def assert_close(ours, theirs, tolerance=EXACT):
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= tolerance * max(1, np.abs(theirs).max())


def compare(ours, theirs, x, sample_shape=None, first=True):
    """Load our weights there; the same output in float64, and the weights come back."""
    theirs.double().load_state_dict(tensors(exchange.to_state_dict(ours, sample_shape)))
    theirs.eval()
    first_in = first and x.dtype.kind == "f"
    outputs, expected = named(ours(x)), named(theirs(tensor(x, first_in)))
    assert outputs.keys() == expected.keys()
    for name, y in outputs.items():
        assert_close(y, array(expected[name], first))
    assert_comes_back(ours, theirs, sample_shape)


# Layer by layer.

EXAMPLES = [
    pytest.param(layer, kind, id=f"{name}-{index}")
    for name, settings in examples(np.random.default_rng(0)).items()
    for index, (layer, kind) in enumerate(settings) if name in TWINS
]


def test_every_layer_of_the_library_has_a_rule_and_a_twin_or_is_refused():
    refused = {name: layer for name, layer in layer_classes().items()
               if layer.takes_condition is True}
    assert set(TWINS) == set(layer_classes()) - set(refused)
    assert set(layer_classes().values()) - set(refused.values()) <= set(exchange.RULES)
    for name in refused:
        layer, _ = examples(np.random.default_rng(0))[name][0]
        with pytest.raises(TypeError, match=f"^exchange has no rule for 0, a {name}; .*[^.]$"):
            exchange.to_state_dict(Sequential(layer, Dense(3, 2, rng=RNG)))


@pytest.mark.parametrize("layer, kind", EXAMPLES)
def test_a_layer_with_our_weights_is_the_same_in_pytorch(layer, kind):
    rng = np.random.default_rng(3)
    layer = moved(layer.astype("float64"), rng)
    shape = None if isinstance(kind, Labels) else kind[1:]
    compare(layer, twin(layer), draw_input(kind, rng), shape, channels_first(layer))


@pytest.mark.parametrize("iterations", [1, 2])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("make, place", [
    (Conv1D, (5,)), (Conv2D, (5, 6)), (Conv3D, (3, 4, 5)),
    (ConvTranspose1D, (5,)), (ConvTranspose2D, (4, 3)), (ConvTranspose3D, (2, 3, 2)),
])  # fmt: skip
def test_spectral_norm_of_every_convolution_keeps_its_vectors(make, place, groups, iterations):
    rng = np.random.default_rng(4)
    inner = make(4, 6, 3, stride=2, padding=1, groups=groups, rng=rng)
    layer = SpectralNorm(inner, rng=rng, iterations=iterations).astype("float64")
    layer.move_on()  # in float64
    x = rng.standard_normal((2, *place, 4))
    theirs = twin(layer)
    compare(layer, theirs, x)

    # One training call each. Theirs moves u first, which is W v already, so v ends where ours is.
    layer.forward(x)
    theirs.train()(tensor(x))
    vector = "parametrizations.weight.0._v"
    if iterations == 1:
        ours = exchange.to_state_dict(layer)[vector]
        assert_close(ours, theirs.state_dict()[vector].numpy())


def test_batch_norm_goes_on_with_its_statistics_in_training():
    rng = np.random.default_rng(5)
    layer = moved(BatchNorm(3, momentum=0.3).astype("float64"), rng)
    theirs = twin(layer).double()
    theirs.load_state_dict(tensors(exchange.to_state_dict(layer)))
    x = rng.standard_normal((4, 2, 5, 3)) + 2
    assert_close(layer(x, training=True), array(theirs(tensor(x))))
    for name, value in exchange.to_state_dict(layer).items():
        assert_close(value, theirs.state_dict()[name].numpy())


# Rows of features that are images: the order that the walk carries along.


RNG = np.random.default_rng(6)


def dense(inputs, outputs, **settings):
    return Dense(inputs, outputs, rng=RNG, **settings)


ORDERS = {
    "dense, reshape": (
        Sequential(dense(5, 24), Reshape((2, 4, 3)), Conv2D(3, 2, 1, rng=RNG)),
        lambda: nn.Sequential(nn.Linear(5, 24), nn.Unflatten(1, (3, 2, 4)), nn.Conv2d(3, 2, 1)),
        (5,), None,
    ),
    "all that may stand between dense and reshape": (
        Sequential(dense(5, 24), BatchNorm(24), PReLU(24), LayerNorm(24), GroupNorm(1, 24), PReLU(),
                   Dropout(0.5, rng=RNG), layers.Softmax(), Sigmoid(), Flatten(),
                   layers.Pack(1), Reshape((24,)), Reshape((4, 2, 3))),
        lambda: nn.Sequential(nn.Linear(5, 24), nn.BatchNorm1d(24), nn.PReLU(24), nn.LayerNorm(24),
                              nn.GroupNorm(1, 24), nn.PReLU(), nn.Dropout(0.5), nn.Softmax(1),
                              nn.Sigmoid(), nn.Flatten(), nn.Identity(), nn.Identity(),
                              nn.Unflatten(1, (3, 4, 2))),
        (5,), None,
    ),
    "convolution, flatten, dense": (
        Sequential(Conv2D(2, 3, 3, rng=RNG), LeakyReLU(), Flatten(), BatchNorm(24), PReLU(24),
                   dense(24, 4)),
        lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.LeakyReLU(0.2), nn.Flatten(),
                              nn.BatchNorm1d(24), nn.PReLU(24), nn.Linear(24, 4)),
        (4, 6, 2), None,
    ),
    "convolution, pool, flatten, spectral dense": (
        Sequential(Conv2D(2, 6, 3, padding="same", rng=RNG), PReLU(6), layers.MaxPool2D(2),
                   Flatten(), SpectralNorm(dense(36, 4), rng=RNG)),
        lambda: nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), nn.PReLU(6), nn.MaxPool2d(2),
                              nn.Flatten(), spectral_norm(nn.Linear(36, 4))),
        (4, 6, 2), None,
    ),
    "spectral dense, reshape": (
        Sequential(SpectralNorm(dense(5, 24), rng=RNG), ReLU(), Reshape((2, 4, 3))),
        lambda: nn.Sequential(spectral_norm(nn.Linear(5, 24)), nn.ReLU(),
                              nn.Unflatten(1, (3, 2, 4))),
        (5,), None,
    ),
    "sequences and volumes": (
        Sequential(dense(5, 24), Reshape((4, 6)), Conv1D(6, 4, 1, rng=RNG), Reshape((2, 2, 4)),
                   Flatten(), dense(16, 48), Reshape((2, 3, 4, 2)), Conv3D(2, 3, 1, rng=RNG),
                   Flatten(), dense(72, 3)),
        lambda: nn.Sequential(nn.Linear(5, 24), nn.Unflatten(1, (6, 4)), nn.Conv1d(6, 4, 1),
                              nn.Unflatten(2, (2, 2)), nn.Flatten(), nn.Linear(16, 48),
                              nn.Unflatten(1, (2, 2, 3, 4)), nn.Conv3d(2, 3, 1), nn.Flatten(),
                              nn.Linear(72, 3)),
        (5,), None,
    ),
    "flatten at the front, of known channels": (
        Sequential(Flatten(), dense(24, 5), Tanh(), dense(5, 2)),
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(24, 5), nn.Tanh(), nn.Linear(5, 2)),
        (2, 4, 3), (2, 4, 3),
    ),
    "a norm at the front tells the channels": (
        Sequential(BatchNorm(3), Flatten(), dense(24, 5)),
        lambda: nn.Sequential(nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(24, 5)),
        (2, 4, 3), None,
    ),
    "attention at the front tells the channels": (
        Sequential(SelfAttention(3, rng=RNG), Flatten(), dense(24, 5)),
        lambda: nn.Sequential(TorchAttention(3), nn.Flatten(), nn.Linear(24, 5)),
        (2, 4, 3), None,
    ),
    "a norm of images at the front tells the channels": (
        Sequential(LayerNorm((2, 4, 3)), Flatten(), dense(24, 5)),
        lambda: nn.Sequential(nn.LayerNorm((3, 2, 4)), nn.Flatten(), nn.Linear(24, 5)),
        (2, 4, 3), None,
    ),
    "averaged, dense, reshape": (
        Sequential(Conv2D(2, 3, 1, rng=RNG), GlobalAveragePool(), dense(3, 24),
                   Reshape((2, 4, 3))),
        lambda: nn.Sequential(nn.Conv2d(2, 3, 1), Function(lambda x: x.mean((2, 3))),
                              nn.Linear(3, 24), nn.Unflatten(1, (3, 2, 4))),
        (4, 6, 2), None,
    ),
    "branches at the front, dense, reshape": (
        Sequential(Concatenate(Tanh(), Sigmoid()), dense(10, 24), Reshape((2, 4, 3))),
        lambda: nn.Sequential(TorchConcatenate([nn.Tanh(), nn.Sigmoid()], 1), nn.Linear(10, 24),
                              nn.Unflatten(1, (3, 2, 4))),
        (5,), None,
    ),
    "a shortcut that is turned": (
        Sequential(Conv2D(2, 3, 1, rng=RNG),
                   Residual(Flatten(), shortcut=Sequential(GlobalAveragePool(), dense(3, 24))),
                   dense(24, 2)),
        lambda: nn.Sequential(nn.Conv2d(2, 3, 1),
                              TorchResidual(nn.Flatten(), nn.Sequential(
                                  Function(lambda x: x.mean((2, 3))), nn.Linear(3, 24))),
                              nn.Linear(24, 2)),
        (2, 4, 2), None,
    ),
    "flatten, residual": (
        Sequential(Conv2D(1, 3, 1, rng=RNG), Flatten(),
                   Residual(Sequential(dense(24, 5), ReLU(), dense(5, 24))), PReLU(24),
                   dense(24, 2)),
        lambda: nn.Sequential(nn.Conv2d(1, 3, 1), nn.Flatten(),
                              TorchResidual(nn.Sequential(nn.Linear(24, 5), nn.ReLU(),
                                                          nn.Linear(5, 24))), nn.PReLU(24),
                              nn.Linear(24, 2)),
        (2, 4, 1), None,
    ),
    "residual of two dense layers, reshape": (
        Sequential(Residual(dense(5, 24), shortcut=dense(5, 24, bias=False)), Residual(PReLU(24)),
                   Reshape((2, 4, 3))),
        lambda: nn.Sequential(TorchResidual(nn.Linear(5, 24), nn.Linear(5, 24, bias=False)),
                              TorchResidual(nn.PReLU(24)), nn.Unflatten(1, (3, 2, 4))),
        (5,), None,
    ),
    "branches of rows": (
        Sequential(Conv2D(2, 3, 1, rng=RNG), Flatten(), Concatenate(ReLU(), dense(24, 4)),
                   BatchNorm(28), dense(28, 5)),
        lambda: nn.Sequential(nn.Conv2d(2, 3, 1), nn.Flatten(),
                              TorchConcatenate([nn.ReLU(), nn.Linear(24, 4)], 1),
                              nn.BatchNorm1d(28), nn.Linear(28, 5)),
        (2, 4, 2), None,
    ),
    "branches of images": (
        Sequential(Concatenate(Conv2D(2, 3, 1, rng=RNG), Sequential()), Flatten(), dense(40, 5)),
        lambda: nn.Sequential(TorchConcatenate([nn.Conv2d(2, 3, 1), nn.Identity()], 1),
                              nn.Flatten(), nn.Linear(40, 5)),
        (2, 4, 2), (2, 4, 2),
    ),
    "batch statistics on a flattened image": (
        Sequential(Conv2D(2, 3, 1, rng=RNG), Flatten(), MinibatchStandardDeviation(),
                   PReLU(25), dense(25, 2)),
        lambda: nn.Sequential(nn.Conv2d(2, 3, 1), nn.Flatten(),
                              TorchDeviation(MinibatchStandardDeviation()), nn.PReLU(25),
                              nn.Linear(25, 2)),
        (2, 4, 2), None,
    ),
    "batch statistics on an image": (
        Sequential(Conv2D(2, 3, 1, rng=RNG), MinibatchStandardDeviation(), Flatten(),
                   dense(32, 2)),
        lambda: nn.Sequential(nn.Conv2d(2, 3, 1), TorchDeviation(MinibatchStandardDeviation()),
                              nn.Flatten(), nn.Linear(32, 2)),
        (2, 4, 2), None,
    ),
    "augmented, packed, flattened": (
        Sequential(layers.Augment(rng=RNG), layers.InstanceNoise(0.1, rng=RNG), layers.Pack(2),
                   Conv2D(4, 3, 1, rng=RNG), layers.Pack(2), Flatten(), dense(48, 2)),
        lambda: nn.Sequential(nn.Identity(), nn.Identity(), torch_pack(layers.Pack(2)),
                              nn.Conv2d(4, 3, 1), torch_pack(layers.Pack(2)), nn.Flatten(),
                              nn.Linear(48, 2)),
        (2, 4, 2), None,
    ),
    "flattened, packed": (
        Sequential(layers.Pack(1), Flatten(), layers.Pack(1), layers.Pack(2), PReLU(48),
                   dense(48, 2)),
        lambda: nn.Sequential(nn.Identity(), nn.Flatten(), nn.Identity(),
                              torch_pack(layers.Pack(2)), nn.PReLU(48), nn.Linear(48, 2)),
        (2, 4, 3), (2, 4, 3),
    ),
    "shuffled, attended, averaged": (
        Sequential(dense(5, 48), Reshape((2, 3, 8)), PixelShuffle(2), SelfAttention(2, rng=RNG),
                   LayerNorm((4, 6, 2)), Residual(Conv2D(2, 2, 3, padding=1, rng=RNG)),
                   layers.Upsample(2), GlobalAveragePool(), dense(2, 3)),
        lambda: nn.Sequential(nn.Linear(5, 48), nn.Unflatten(1, (8, 2, 3)), nn.PixelShuffle(2),
                              TorchAttention(2), nn.LayerNorm((2, 4, 6)),
                              TorchResidual(nn.Conv2d(2, 2, 3, padding=1)), nn.Upsample(None, 2),
                              nn.AdaptiveAvgPool2d(1), nn.Linear(2, 3)),
        (5,), None,
    ),
    "labels that become images": (
        Sequential(Embedding(4, 24, rng=RNG), BatchNorm(24), Reshape((2, 4, 3))),
        lambda: nn.Sequential(nn.Embedding(4, 24), nn.BatchNorm1d(24), nn.Unflatten(1, (3, 2, 4))),
        None, None,
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_features_keep_their_order_through_the_model(name):
    ours, make, x_shape, sample_shape = ORDERS[name]
    random = np.random.default_rng(8)
    ours = moved(ours.astype("float64"), random)
    theirs = make()
    if name.startswith("shuffled"):  # AdaptiveAvgPool2d leaves two axes of one place
        theirs[7].register_forward_hook(lambda module, x, y: y.flatten(1))
    x = random.integers(4, size=6) if x_shape is None else random.standard_normal((4, *x_shape))
    compare(ours, theirs, x, sample_shape)


# The models.


def torch_dcgan_generator(shape, normalization, features=LATENT):
    """Radford, Metz and Chintala (2016), channels first."""
    height, width, colours = shape
    doublings = {28: 2, 64: 4}[height]
    channels = [WIDTH * 2**level for level in range(doublings)][::-1]
    start = (channels[0], height >> doublings, width >> doublings)
    wrap = spectral_norm if normalization == "spectral" else lambda module: module
    bias = normalization in ("none", "layer", "spectral")
    modules = [
        wrap(nn.Linear(features, math.prod(start), bias=bias)), nn.Unflatten(1, start),
        *torch_norm(normalization, channels[0]), nn.ReLU(),
    ]
    for inputs, outputs in zip(channels[:-1], channels[1:], strict=True):
        modules += [
            wrap(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=bias)),
            *torch_norm(normalization, outputs), nn.ReLU(),
        ]
    modules += [wrap(nn.ConvTranspose2d(channels[-1], colours, 4, 2, 1)), nn.Tanh()]
    return nn.Sequential(*modules)


def torch_dcgan_body(shape, normalization):
    """Images to rows, and how many features a row has."""
    height, width, colours = shape
    halvings = {28: 2, 64: 4}[height]
    channels = [colours, *(WIDTH * 2**level for level in range(halvings))]
    wrap = spectral_norm if normalization == "spectral" else lambda module: module
    modules = []
    for level, (inputs, outputs) in enumerate(zip(channels[:-1], channels[1:], strict=True)):
        bias = level == 0 or normalization in ("none", "layer", "spectral")
        modules.append(wrap(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=bias)))
        modules += torch_norm(normalization, outputs) if level else []
        modules.append(nn.LeakyReLU(0.2))
    features = channels[-1] * (height >> halvings) * (width >> halvings)
    return nn.Sequential(*modules, nn.Flatten()), features


def torch_dcgan_discriminator(shape, normalization):
    body, features = torch_dcgan_body(shape, normalization)
    head = nn.Linear(features, 1)
    return body.append(spectral_norm(head) if normalization == "spectral" else head)


def torch_norm(normalization, channels):
    return {
        "batch": [nn.BatchNorm2d(channels)],
        "layer": [nn.GroupNorm(1, channels)],
        "instance": [nn.InstanceNorm2d(channels, affine=True)],
    }.get(normalization, [])


class TorchConditionalGenerator(nn.Module):
    def __init__(self, shape, normalization):
        super().__init__()
        self.embedding = nn.Embedding(CLASSES, dcgan.EMBEDDING_DIM)
        self.body = torch_dcgan_generator(shape, normalization, LATENT + dcgan.EMBEDDING_DIM)

    def forward(self, x):
        z, labels = x
        return self.body(torch.cat([z, self.embedding(labels)], dim=1))


class TorchConditionalDiscriminator(nn.Module):
    """Miyato and Koyama (2018)."""

    def __init__(self, shape, normalization):
        super().__init__()
        self.body, features = torch_dcgan_body(shape, normalization)
        self.head = nn.Linear(features, 1)
        self.embedding = nn.Embedding(CLASSES, features)
        if normalization == "spectral":
            self.head, self.embedding = map(spectral_norm, (self.head, self.embedding))

    def forward(self, x):
        images, labels = x
        h = self.body(images)
        return self.head(h) + (h * self.embedding(labels)).sum(1, keepdim=True)


def trained_game(shape, normalization, classes, steps=3):
    """Both players of a DCGAN after a few steps, in float32."""
    random = np.random.default_rng(7)
    settings = dict(normalization=normalization, width=WIDTH, classes=classes, rng=random)
    generator = dcgan.generator(shape, latent=LATENT, **settings)
    discriminator = dcgan.discriminator(shape, **settings)
    game = Game(
        generator, discriminator, NonSaturating(),
        Adam(generator.parameters(), 0.01), Adam(discriminator.parameters(), 0.01), rng=random,
        latent=LATENT,
    )
    for _ in range(steps):
        discriminator_step(game, pictures(shape, classes, random), game.noise(BATCH))
        generator_step(game, game.noise(BATCH))
    return game


def pictures(shape, classes, random):
    images = random.uniform(-1, 1, (BATCH, *shape)).astype("float32")
    return (images, random.integers(classes, size=BATCH)) if classes else images


def in_torch(x):
    return tuple(map(tensor, x)) if isinstance(x, tuple) else tensor(x)


def without_vectors_moving(module):
    """In training mode, but for the vectors of spectral norm, which PyTorch moves first."""
    module.train()
    for part in module.modules():
        if type(part).__name__ == "_SpectralNorm":
            part.eval()
    return module


def assert_same_player(ours, theirs, x):
    """In inference and in training; statistics too; and the weights come back."""
    theirs.load_state_dict(tensors(exchange.to_state_dict(ours)))
    assert_comes_back(ours, theirs)
    theirs.eval()
    assert_close(ours(x), array(theirs(in_torch(x))), CLOSE)

    y, _ = ours.forward(x, training=True)
    assert_close(y, array(without_vectors_moving(theirs)(in_torch(x))), CLOSE)
    for name, value in exchange.to_state_dict(ours).items():
        if "running" in name:
            assert_close(value, theirs.state_dict()[name].numpy(), CLOSE)
            assert np.abs(value - (0 if name.endswith("mean") else 1)).max() > 0.01
    exchange.from_state_dict(ours, theirs.state_dict())
    assert_close(ours(x), array(theirs.eval()(in_torch(x))), CLOSE)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_a_dcgan_written_in_pytorch_makes_our_images(shape, normalization):
    game = trained_game(shape, normalization, None)
    assert_same_player(
        game.generator, torch_dcgan_generator(shape, normalization), game.noise(BATCH)
    )
    assert_same_player(
        game.discriminator, torch_dcgan_discriminator(shape, normalization),
        pictures(shape, None, game.rng),
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_a_conditional_dcgan_written_in_pytorch_makes_our_images(shape, normalization):
    game = trained_game(shape, normalization, CLASSES)
    assert_same_player(
        game.generator, TorchConditionalGenerator(shape, normalization),
        game.noise(BATCH).given_to(game.generator),
    )
    assert_same_player(
        game.discriminator, TorchConditionalDiscriminator(shape, normalization),
        pictures(shape, CLASSES, game.rng),
    )


@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 6, 3), (2,)], ids=str)
def test_a_multilayer_perceptron_written_in_pytorch_makes_our_samples(shape):
    size, random = math.prod(shape), np.random.default_rng(9)
    generator = mlp.generator(shape, latent=5, hidden=(7, 8), rng=random).astype("float64")
    discriminator = mlp.discriminator(shape, hidden=(8, 7), rng=random).astype("float64")
    sample = (shape[-1], *shape[:-1])
    compare(
        moved(generator, random),
        nn.Sequential(nn.Linear(5, 7), nn.LeakyReLU(0.2), nn.Linear(7, 8), nn.LeakyReLU(0.2),
                      nn.Linear(8, size), nn.Sigmoid(), nn.Unflatten(1, sample)),
        random.standard_normal((3, 5)),
    )
    compare(
        moved(discriminator, random),
        nn.Sequential(nn.Flatten(), nn.Linear(size, 8), nn.LeakyReLU(0.2), nn.Linear(8, 7),
                      nn.LeakyReLU(0.2), nn.Linear(7, 1)),
        random.random((3, *shape)), shape,
    )


# Files between the two.


def test_files_go_both_ways(tmp_path):
    safetensors = pytest.importorskip("safetensors.torch")
    ours = trained_game((28, 28, 1), "batch", None).generator
    theirs = torch_dcgan_generator((28, 28, 1), "batch")
    exchange.save(ours, tmp_path / "ours.safetensors")
    theirs.load_state_dict(safetensors.load_file(tmp_path / "ours.safetensors"))
    z = RNG.standard_normal((3, LATENT)).astype("float32")
    assert_close(ours(z), array(theirs.eval()(tensor(z))), CLOSE)

    safetensors.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    other = other_numbers(ours)
    exchange.load(other, tmp_path / "theirs.safetensors")
    assert_same_state(other, ours.state())


def test_tensors_that_numpy_lacks_get_a_sentence(tmp_path):
    safetensors = pytest.importorskip("safetensors.torch")
    model = dense(3, 2)
    before = model.state()
    theirs = {name: value.bfloat16() for name, value in
              tensors(exchange.to_state_dict(model)).items()}
    with pytest.raises(ValueError, match="weight in this state_dict is no array for NumPy"):
        exchange.from_state_dict(model, theirs)
    safetensors.save_file(theirs, tmp_path / "small.safetensors")
    with pytest.raises(ValueError, match="numbers of a type that NumPy lacks: 'BF16'"):
        exchange.load(model, tmp_path / "small.safetensors")
    assert_same_state(model, before)


def test_tensors_with_gradients_are_taken(tmp_path):
    model = dense(3, 2)
    theirs = dict(nn.Linear(3, 2).named_parameters())
    assert theirs["weight"].requires_grad
    exchange.from_state_dict(model, theirs)
    np.testing.assert_array_equal(model.weight.value, theirs["weight"].detach().numpy().T)


def test_the_library_does_not_import_torch():
    code = (
        "import sys, numpy as np\n"
        "from gan_scratch import exchange, layers\n"
        "model = layers.Dense(2, 3, rng=np.random.default_rng(0))\n"
        "exchange.from_state_dict(model, exchange.to_state_dict(model))\n"
        "assert 'torch' not in sys.modules and 'safetensors' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class TutorialGenerator(nn.Module):
    """The generator of PyTorch's DCGAN tutorial, smaller."""

    def __init__(self, nz, ngf, nc):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 2, 4, 1, 0, bias=False),
            nn.BatchNorm2d(ngf * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 2, nc, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, x):
        return self.main(x)


@pytest.mark.parametrize("wrapped, prefix", [
    (lambda theirs: theirs, "main."),
    (nn.DataParallel, "module.main."),
    (lambda theirs: nn.ModuleDict({"discriminator": nn.Linear(2, 1), "generator": theirs}),
     "generator.main."),
], ids=["tutorial", "DataParallel", "whole GAN"])  # fmt: skip
def test_a_player_that_has_a_name_in_pytorch_comes_by_its_prefix(wrapped, prefix):
    torch.manual_seed(0)
    theirs = TutorialGenerator(5, 4, 3).eval()
    ours = Sequential(
        ConvTranspose2D(5, 8, 4, bias=False, rng=RNG), BatchNorm(8), ReLU(),
        ConvTranspose2D(8, 3, 4, stride=2, padding=1, bias=False, rng=RNG), Tanh(),
    )
    whole = wrapped(theirs)
    with pytest.raises(ValueError, match=f"names begin with '{prefix}': give prefix='{prefix}'"):
        exchange.from_state_dict(ours, whole.state_dict())
    exchange.from_state_dict(ours, whole.state_dict(), prefix=prefix)
    z = torch.randn(2, 5, 1, 1)
    assert_close(ours(z.movedim(1, -1).numpy()), array(theirs(z)), CLOSE)
    back = tensors(exchange.to_state_dict(other_numbers(ours), prefix=prefix))
    assert whole.load_state_dict(back, strict=False).unexpected_keys == []
    assert_comes_back(other_numbers(ours), theirs.main)
