# SOURCE: style of karpathy's llm.c / a NumPy GPT-2 (https://github.com/karpathy/llm.c/pull/307:
#     sech^2 by cosh)
# mistake: none
# TRUE: right
# cmd: gelu --x 3,2,5
import numpy as np

GELU_SCALING_FACTOR = np.sqrt(2.0 / np.pi)


def gelu_forward(x):
    cube = 0.044715 * x * x * x
    out = 0.5 * x * (1.0 + np.tanh(GELU_SCALING_FACTOR * (x + cube)))
    return out, x


def gelu_backward(dout, inp):
    x = inp
    cube = 0.044715 * x * x * x
    tanh_arg = GELU_SCALING_FACTOR * (x + cube)
    tanh_out = np.tanh(tanh_arg)
    coshf_out = np.cosh(tanh_arg)
    sech_out = 1.0 / (coshf_out * coshf_out)
    local_grad = 0.5 * (1.0 + tanh_out) + x * 0.5 * sech_out * GELU_SCALING_FACTOR * (1.0 + 3.0 * 0.044715 * x * x)
    return local_grad * dout
