# SOURCE: style of "Neural Networks from Scratch" (nnfs.io): forward gives the loss of each sample,
#     calculate their mean, backward(dvalues, y_true) takes the predictions themselves and leaves
#     dinputs
# mistake: none
# TRUE: right (dinputs is the gradient of calculate(), the mean over the samples)
# cmd: Loss_BinaryCrossentropy --input probabilities:6,2 --input binary:6,2
import numpy as np


class Loss:
    def calculate(self, output, y):
        sample_losses = self.forward(output, y)
        return np.mean(sample_losses)


class Loss_BinaryCrossentropy(Loss):
    def forward(self, y_pred, y_true):
        y_pred_clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        sample_losses = -(y_true * np.log(y_pred_clipped) + (1 - y_true) * np.log(1 - y_pred_clipped))
        return np.mean(sample_losses, axis=-1)

    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        outputs = len(dvalues[0])
        clipped_dvalues = np.clip(dvalues, 1e-7, 1 - 1e-7)
        self.dinputs = -(y_true / clipped_dvalues - (1 - y_true) / (1 - clipped_dvalues)) / outputs
        self.dinputs = self.dinputs / samples
