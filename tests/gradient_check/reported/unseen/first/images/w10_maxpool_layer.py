# SOURCE: https://github.com/riccardoandreoni0/CNN-from-scratch/issues/1 (return indented one level
#     too far)
# mistake: the return stands inside the loop over patches, so only the first patch gets its gradient
# TRUE: dx is right in the first (top left) 2x2 patch and zero everywhere else, where it should not
#     be
# SAYS: return stands inside the loop
# cmd: MaxPoolingLayer --input 6,4,3 --kernel_size 2
import numpy as np


class MaxPoolingLayer:
    # one image, height x width x kernels
    def __init__(self, kernel_size):
        self.kernel_size = kernel_size

    def patches_generator(self, image):
        out_h = image.shape[0] // self.kernel_size
        out_w = image.shape[1] // self.kernel_size
        self.image = image
        for h in range(out_h):
            for w in range(out_w):
                patch = image[h * self.kernel_size:(h + 1) * self.kernel_size,
                              w * self.kernel_size:(w + 1) * self.kernel_size]
                yield patch, h, w

    def forward_prop(self, image):
        out_h, out_w, num = image.shape[0] // self.kernel_size, image.shape[1] // self.kernel_size, image.shape[2]
        output = np.zeros((out_h, out_w, num))
        for patch, h, w in self.patches_generator(image):
            output[h, w] = np.amax(patch, axis=(0, 1))
        return output

    def back_prop(self, dE_dY):
        dE_dk = np.zeros(self.image.shape)
        for patch, h, w in self.patches_generator(self.image):
            ph, pw, num_kernels = patch.shape
            max_val = np.amax(patch, axis=(0, 1))
            for i in range(ph):
                for j in range(pw):
                    for k in range(num_kernels):
                        if patch[i, j, k] == max_val[k]:
                            dE_dk[h * self.kernel_size + i, w * self.kernel_size + j, k] = dE_dY[h, w, k]
            return dE_dk
