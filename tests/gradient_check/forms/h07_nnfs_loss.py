# TRUE: right
# cmd: Loss_BinaryCrossentropy --input probabilities:6,2 --input binary:6,2
# MISTAKE: self.dinputs / samples -> self.dinputs * samples
# WRONG: dx[0]
# NOTE: one loss a sample; y is their mean
import numpy as np


class Loss_BinaryCrossentropy:
    def forward(self, y_pred, y_true):
        y_pred = np.clip(y_pred, 1e-7, 1 - 1e-7)
        losses = -(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))
        return np.mean(losses, axis=-1)

    def backward(self, dvalues, y_true):
        samples, outputs = dvalues.shape
        dvalues = np.clip(dvalues, 1e-7, 1 - 1e-7)
        self.dinputs = -(y_true / dvalues - (1 - y_true) / (1 - dvalues)) / outputs
        self.dinputs = self.dinputs / samples
