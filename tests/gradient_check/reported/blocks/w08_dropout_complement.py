# SOURCE: repository nilbahaaeddine/M1_CNN, src/classes/dropout.py (backprop returns dOut - dOut *
#     mask)
# mistake: the gradient goes to the units that were dropped: dOut minus the masked dOut
# TRUE: dx is wrong: dOut * (1 - mask) instead of dOut * mask (mask holds 0 and 1/keep)
# SAYS: (1 - self.mask) belongs where self.mask stands
# cmd: Dropout --keep_probability 0.7 --input 6,5
import numpy as np


class Dropout:
    def __init__(self, keep_probability):
        self.keep_probability = keep_probability
        self.mask = None

    def forward(self, input):
        mask = np.random.binomial(1, self.keep_probability, size=input.shape) / self.keep_probability
        self.mask = mask
        return input * mask

    def backprop(self, dOut):
        dropped = dOut * self.mask
        return dOut - dropped
