"""How weights start. Each initializer draws float32 values on the host from the given generator.

An initializer is a function (rng, shape, fan_in, fan_out) -> array; `fan_in` and `fan_out` count
the inputs and outputs that one unit is connected to.
"""

import math

import numpy as np

from gan_scratch import settings


def he(rng, shape, fan_in, fan_out):
    """N(0, 2 / fan_in): keeps the variance through ReLUs (He et al. 2015, equation 10)."""
    return rng.standard_normal(shape, dtype="float32") * math.sqrt(2 / fan_in)


def glorot(rng, shape, fan_in, fan_out):
    """Uniform in ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010, equation 16)."""
    limit = math.sqrt(6 / (fan_in + fan_out))
    return (rng.random(shape, dtype="float32") * 2 - 1) * limit


def uniform(rng, shape, fan_in, fan_out):
    """Uniform in ±1 / sqrt(fan_in), a variance of 1 / (3 fan_in); for biases as well."""
    limit = 1 / math.sqrt(fan_in)
    return (rng.random(shape, dtype="float32") * 2 - 1) * limit


def dcgan(rng, shape, fan_in, fan_out):
    """N(0, 0.02²), whatever the fan (Radford et al. 2016, section 4)."""
    return rng.standard_normal(shape, dtype="float32") * 0.02


def zero(rng, shape, fan_in, fan_out):
    """All zero: for the last layer of a residual branch, which then starts as nothing."""
    return np.zeros(shape, "float32")


INITIALIZERS = {"he": he, "glorot": glorot, "dcgan": dcgan, "uniform": uniform, "zero": zero}


def draw(init, rng, shape, fan_in, fan_out):
    """Weights of `shape` by the initializer `init`: a name of INITIALIZERS or a function."""
    settings.generator(None, rng)
    if not callable(init):
        init = INITIALIZERS[settings.one_of(None, "init", init, INITIALIZERS)]
    return init(rng, shape, fan_in, fan_out)
