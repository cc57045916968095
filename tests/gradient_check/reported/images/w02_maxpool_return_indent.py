# SOURCE: https://github.com/riccardoandreoni0/CNN-from-scratch/issues/1 ("MaxPoolingLayer back_prop
#     return incorrectly indented")
# mistake: the return stands inside the loop over patches, so back_prop ends after the first patch
# TRUE: dx is wrong: right in the first 2x2 window, zero in all others (no parameters)
# SAYS: return stands inside the loop
# cmd: MaxPoolingLayer --input 4,6,3
import numpy as np


class MaxPoolingLayer:
    def __init__(self, kernel_size=2):
        self.kernel_size = kernel_size

    def patches_generator(self, image):
        k = self.kernel_size
        for h in range(image.shape[0] // k):
            for w in range(image.shape[1] // k):
                yield image[h * k:h * k + k, w * k:w * k + k], h, w

    def forward_prop(self, image):
        self.image = image
        image_h, image_w, num_kernels = image.shape
        out = np.zeros((image_h // self.kernel_size, image_w // self.kernel_size, num_kernels))
        for patch, h, w in self.patches_generator(image):
            out[h, w] = np.amax(patch, axis=(0, 1))
        return out

    def back_prop(self, dE_dY):
        k = self.kernel_size
        dE_dimage = np.zeros(self.image.shape)
        for patch, h, w in self.patches_generator(self.image):
            max_val = np.amax(patch, axis=(0, 1))
            for i in range(k):
                for j in range(k):
                    for c in range(patch.shape[2]):
                        if patch[i, j, c] == max_val[c]:
                            dE_dimage[h * k + i, w * k + j, c] = dE_dY[h, w, c]
            return dE_dimage
