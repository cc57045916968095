"""Matrix products, shared between threads.

    product(a, b)       a @ b
"""

import numpy as np

from gan_scratch.layers.kernels.parallel import available_threads, in_shares

# By the number of multiplications. Dense layers alone, in the middle, are quickest with BLAS's own
# threads. These go on spinning for a while, though, and take a core from a convolution that comes
# next: so the small products that stand beside convolutions get one thread, and the large ones,
# from a noise to an image say, are cut here.
BLAS_STAYS_ALONE = 1 << 13
ONE_THREAD = 1 << 20
WORTH_SHARING = 1 << 24


def product(a, b):
    """a (n, k) @ b (k, m); on the host threads share the longer side of a large result."""
    multiplications = a.size * b.shape[1]
    if not isinstance(a, np.ndarray) or multiplications <= BLAS_STAYS_ALONE:
        return a @ b
    if a.shape[1] == 1:
        return a * b  # ten times as fast as a product of matrices that sums over nothing
    if ONE_THREAD < multiplications < WORTH_SHARING:
        return a @ b
    threads = available_threads()
    if threads == 1:
        return a @ b
    if multiplications <= ONE_THREAD:
        threads = 1
    out = np.empty((a.shape[0], b.shape[1]), np.result_type(a, b))

    def some_rows(start, stop):
        np.matmul(a[start:stop], b, out=out[start:stop])

    def some_columns(start, stop):
        out[:, start:stop] = a @ b[:, start:stop]

    if a.shape[0] >= b.shape[1]:
        in_shares(some_rows, a.shape[0], threads)
    else:
        in_shares(some_columns, b.shape[1], threads)
    return out
