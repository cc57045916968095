"""Weights to and from PyTorch: a model's `state_dict`, in PyTorch's names and layouts.

    state_dict = to_state_dict(model)       name -> NumPy array, for torch's load_state_dict
    from_state_dict(model, state_dict)      the way back, in place
    save(model, path), load(model, path)    the same through a safetensors file
    prefix="generator."                     in each: one player of a whole GAN, by its name there
    RULES                                   type of layer -> rule; a layer of your own adds one

The twin in PyTorch is the model that one would write there: nn.Sequential for Sequential, nn.Linear
for Dense, parametrizations.spectral_norm(...) for SpectralNorm, attributes of the same names for
all that has attributes, and images and sequences with channels first. nn.GRU and nn.LSTM stand for
GRU and LSTM with batch_first: these take and give channels last, so where a Conv1D or an Unflatten
stands in front, the twin transposes in between.

`sample_shape` is the shape of one sample that the model takes, channels last. It is needed only
where a model begins with Flatten (or Reshape), as the layers alone do not say how many channels
were flattened; where it is needed and not given, ValueError. It is never guessed.

Optimisers' states are not exchanged. PyTorch moves the vectors of spectral normalization before a
training call uses them and not afterwards, so there training calls differ a little; inference is
the same.

How it is done, from the bottom up:

    order         how the features of a row are ordered here and in PyTorch
    walk          a way through a model that carries that order from layer to layer
    rules         what each type of layer does on the way
    state_dict    the arrays found on the way, to PyTorch and back
    files         the same, in safetensors files
"""

from gan_scratch.exchange.files import load, save
from gan_scratch.exchange.rules import RULES
from gan_scratch.exchange.state_dict import from_state_dict, to_state_dict
from gan_scratch.exchange.walk import inside

__all__ = ["RULES", "from_state_dict", "inside", "load", "save", "to_state_dict"]
