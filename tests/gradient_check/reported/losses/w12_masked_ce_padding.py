# SOURCE: https://github.com/pytorch/pytorch/issues/11885 and
#     https://github.com/pytorch/pytorch/issues/12576 (Caffe2's SoftmaxWithLoss: ignored labels not
#     ignored)
# mistake: the loss leaves the padding out, the gradient does not: mask forgotten on the way back
#     (the count is right)
# TRUE: gradient of logits wrong at the masked steps (mask 0): not zero; right at all others
# SAYS: a mask is forgotten on the way back
# cmd: SequenceLoss --input 3,4,5 --input integers:3,4 --input binary:3,4 --integers 5
import numpy as np


class SequenceLoss:
    def __call__(self, logits, labels, mask):
        B, T, V = logits.shape
        z = logits - logits.max(axis=2, keepdims=True)
        self.probs = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
        self.labels, self.mask = labels, mask
        b, t = np.arange(B)[:, None], np.arange(T)[None, :]
        nll = -np.log(self.probs[b, t, labels])
        self.count = mask.sum()
        return (nll * mask).sum() / self.count

    def backward(self):
        B, T, V = self.probs.shape
        dlogits = self.probs.copy()
        dlogits[np.arange(B)[:, None], np.arange(T)[None, :], self.labels] -= 1
        dlogits /= self.count
        return dlogits
