# SOURCE: https://github.com/riccardoandreoni0/CNN-from-scratch/issues/1 ("MaxPoolingLayer back_prop
#     return incorrectly indented")
# mistake: the return stands one level too deep, inside the loop over the patches
# TRUE: dx is wrong: only the first window (upper left) gets its gradient, all the other windows get
#     0
# SAYS: return stands inside the loop
# cmd: MaxPoolingLayer --kernel_size 2 --input 6,4,3
import numpy as np


class MaxPoolingLayer:
    def __init__(self, kernel_size):
        self.kernel_size = kernel_size

    def patches(self, image):
        k = self.kernel_size
        self.image = image
        for h in range(image.shape[0] // k):
            for w in range(image.shape[1] // k):
                yield image[h * k:(h + 1) * k, w * k:(w + 1) * k], h, w

    def forward_prop(self, image):
        rows, cols, channels = image.shape
        output = np.zeros((rows // self.kernel_size, cols // self.kernel_size, channels))
        for patch, h, w in self.patches(image):
            output[h, w] = np.amax(patch, axis=(0, 1))
        return output

    def back_prop(self, dE_dY):
        k = self.kernel_size
        dE_dk = np.zeros(self.image.shape)
        for patch, h, w in self.patches(self.image):
            biggest = np.amax(patch, axis=(0, 1))
            for i in range(patch.shape[0]):
                for j in range(patch.shape[1]):
                    for c in range(patch.shape[2]):
                        if patch[i, j, c] == biggest[c]:
                            dE_dk[h * k + i, w * k + j, c] = dE_dY[h, w, c]
            return dE_dk
