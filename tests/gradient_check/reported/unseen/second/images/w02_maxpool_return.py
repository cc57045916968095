# SOURCE: https://github.com/riccardoandreoni0/CNN-from-scratch/issues/1 ("MaxPoolingLayer back_prop
#     return incorrectly indented")
# mistake: the return stands inside the loop over the patches, so the loop ends after the first
#     patch
# TRUE: dx is wrong: only the first patch (top left, all channels) gets its gradient, all others are
#     0. No other gradients.
# SAYS: return stands inside the loop
# cmd: MaxPoolingLayer --input 6,4,3 --kernel_size 2
import numpy as np


class MaxPoolingLayer:
    def __init__(self, kernel_size):
        self.kernel_size = kernel_size

    def patches_generator(self, image):
        output_h = image.shape[0] // self.kernel_size
        output_w = image.shape[1] // self.kernel_size
        for h in range(output_h):
            for w in range(output_w):
                k = self.kernel_size
                yield image[h * k:h * k + k, w * k:w * k + k], h, w

    def forward_prop(self, image):
        self.image = image
        image_h, image_w, num_kernels = image.shape
        output = np.zeros((image_h // self.kernel_size, image_w // self.kernel_size, num_kernels))
        for patch, h, w in self.patches_generator(image):
            output[h, w] = np.amax(patch, axis=(0, 1))
        return output

    def back_prop(self, dE_dY):
        dE_dk = np.zeros(self.image.shape)
        for patch, h, w in self.patches_generator(self.image):
            patch_h, patch_w, num_kernels = patch.shape
            max_val = np.amax(patch, axis=(0, 1))
            for i in range(patch_h):
                for j in range(patch_w):
                    for k in range(num_kernels):
                        if patch[i, j, k] == max_val[k]:
                            dE_dk[h * self.kernel_size + i, w * self.kernel_size + j, k] = dE_dY[h, w, k]
            return dE_dk
