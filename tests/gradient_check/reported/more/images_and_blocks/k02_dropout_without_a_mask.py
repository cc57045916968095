# SOURCE: style of Kaldi's DropoutComponent, https://github.com/kaldi-asr/kaldi/issues/3890 (no mask
#     kept: the factor is out / in)
# mistake: none (where the input is not exactly 0, out / in is the mask with its scale)
# TRUE: right
# cmd: DropoutComponent --input 6,5
import numpy as np


class DropoutComponent:
    def __init__(self, rng, dropout_proportion=0.3):
        self.rng = rng
        self.dropout_proportion = dropout_proportion

    def forward(self, in_value):
        p = self.dropout_proportion
        keep = self.rng.random(in_value.shape) > p
        out_value = np.where(keep, in_value / (1 - p), 0.0)
        return out_value, (in_value, out_value)

    def backward(self, out_deriv, cache):
        in_value, out_value = cache
        zero = in_value == 0
        ratio = out_value / np.where(zero, 1.0, in_value)
        return np.where(zero, out_deriv, ratio * out_deriv)
