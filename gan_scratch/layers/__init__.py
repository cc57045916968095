"""Layers: differentiable functions, each with its derivative written by hand beside it."""

from gan_scratch.layers.activations import (
    GumbelSoftmax,
    LeakyReLU,
    PiecewiseLinear,
    PReLU,
    ReLU,
    Sigmoid,
    Smooth,
    Softmax,
    Softplus,
    Tanh,
)
from gan_scratch.layers.attention import SelfAttention
from gan_scratch.layers.augmentation import Augment, InstanceNoise
from gan_scratch.layers.branches import Concatenate, Residual
from gan_scratch.layers.condition import ConcatenateCondition, Modulate
from gan_scratch.layers.convolution import (
    Conv1D,
    Conv2D,
    Conv3D,
    ConvTranspose1D,
    ConvTranspose2D,
    ConvTranspose3D,
)
from gan_scratch.layers.dense import Dense
from gan_scratch.layers.dropout import Dropout
from gan_scratch.layers.embedding import Embedding
from gan_scratch.layers.heads import Heads
from gan_scratch.layers.layer import Buffer, Layer, Parameter, frozen
from gan_scratch.layers.linear_map import LinearMap
from gan_scratch.layers.minibatch import MinibatchStandardDeviation
from gan_scratch.layers.normalization import Affine, BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from gan_scratch.layers.packing import Pack
from gan_scratch.layers.pooling import AveragePool2D, GlobalAveragePool, MaxPool2D
from gan_scratch.layers.recurrent import GRU, LSTM
from gan_scratch.layers.resampling import PixelShuffle, Upsample, ZeroStuffing
from gan_scratch.layers.sequential import Sequential
from gan_scratch.layers.shape import Flatten, Identity, Reshape
from gan_scratch.layers.spectral import SpectralNorm

__all__ = [
    "Affine", "Augment", "AveragePool2D", "BatchNorm", "Buffer", "Concatenate",
    "ConcatenateCondition", "Conv1D", "Conv2D", "Conv3D", "ConvTranspose1D", "ConvTranspose2D",
    "ConvTranspose3D", "Dense", "Dropout", "Embedding", "Flatten", "GRU", "GlobalAveragePool",
    "GroupNorm", "GumbelSoftmax", "Heads", "Identity", "InstanceNoise", "InstanceNorm", "LSTM",
    "Layer", "LayerNorm", "LeakyReLU", "LinearMap", "MaxPool2D", "MinibatchStandardDeviation",
    "Modulate", "PReLU", "Pack", "Parameter", "PiecewiseLinear", "PixelShuffle", "ReLU",
    "Reshape", "Residual", "SelfAttention", "Sequential", "Sigmoid", "Smooth", "Softmax",
    "Softplus", "SpectralNorm", "Tanh", "Upsample", "ZeroStuffing", "frozen",
]  # fmt: skip
