# SOURCE: https://github.com/riccardoandreoni0/CNN-from-scratch/issues/1 ("MaxPoolingLayer back_prop
#     return incorrectly indented")
# mistake: the return of back_prop stands one level too deep, inside the loop over the patches
# TRUE: dx (the only gradient) is wrong: only the first (top left) window gets its gradient, all
#     other windows are zero
# SAYS: return stands inside the loop
# cmd: MaxPoolingLayer --input 6,4,3
import numpy as np


class MaxPoolingLayer:
    def __init__(self, kernel_size=2):
        self.kernel_size = kernel_size

    def patches_generator(self, image):
        k = self.kernel_size
        self.image = image
        for row in range(image.shape[0] // k):
            for col in range(image.shape[1] // k):
                yield image[row * k:row * k + k, col * k:col * k + k], row, col

    def forward_prop(self, image):
        rows, cols, channels = image.shape
        pooled = np.zeros((rows // self.kernel_size, cols // self.kernel_size, channels))
        for patch, row, col in self.patches_generator(image):
            pooled[row, col] = patch.max(axis=(0, 1))
        return pooled

    def back_prop(self, dE_dY):
        k = self.kernel_size
        dE_dX = np.zeros(self.image.shape)
        for patch, row, col in self.patches_generator(self.image):
            biggest = patch.max(axis=(0, 1))
            for i in range(k):
                for j in range(k):
                    for c in range(patch.shape[2]):
                        if patch[i, j, c] == biggest[c]:
                            dE_dX[row * k + i, col * k + j, c] = dE_dY[row, col, c]
            return dE_dX
