"""How far generated samples are from real images, as two Gaussians in a space of features.

Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium"
(2017), section 4, compare features of an Inception network in this way. That number has a name of
its own, which the one here must not bear: these are the features of this package's classifiers, so
its values compare with each other, for one data set and one number of samples, and with nothing in
a paper.

Two sets from the same distribution are not at distance 0, as each has a mean and a covariance of
its own, and the fewer the samples the further apart they are. So every comparison here takes the
same number of samples, and beside it stands the floor: the distance of two sets of real images.
The floor is itself drawn: over 20 choices of the two sets it was 0.65 ± 0.10 for digits and
0.58 ± 0.13 for clothes (mean and standard deviation), so smaller differences say nothing.
"""

import numpy as np

from gan_scratch.metrics.features import two_sets

# Both embedded data sets can give two parts of so many real images: clothes there are 6,000.
SAMPLES = 2500
FLOOR_SEED = 0


def frechet_distance(features_a, features_b):
    """|μa - μb|² + Tr(Σa + Σb - 2 (Σa Σb)^½), of the Gaussians fitted to two sets of features.

    Shapes
        features_a (N, F), features_b (M, F), result a float
    Σ is the covariance with N - 1 in the denominator. With the symmetric roots A = Σa^½ and
    B = Σb^½ the trace of (Σa Σb)^½ is that of (A Σb A)^½ = ((AB) (AB)ᵀ)^½, the sum of the singular
    values of AB; so a covariance without full rank is no trouble. The distance is the squared
    Wasserstein-2 distance of the two Gaussians (Dowson and Landau 1982).

    Raises ValueError unless both are finite, of two dimensions, with the same F and at least two
    rows.
    """
    features = two_sets(features_a, features_b, 2, "a Fréchet distance")
    (mean_a, covariance_a), (mean_b, covariance_b) = map(gaussian, features)
    apart = mean_a - mean_b
    both = np.linalg.svd(root(covariance_a) @ root(covariance_b), compute_uv=False).sum()
    distance = apart @ apart + covariance_a.trace() + covariance_b.trace() - 2 * both
    return max(float(distance), 0.0)  # rounding may end just below


def gaussian(features):
    """(mean (F,), covariance (F, F)) of the rows of `features`."""
    mean = features.mean(axis=0)
    centred = features - mean
    return mean, centred.T @ centred / (len(features) - 1)


def root(covariance):
    """The symmetric R with R R = `covariance`; what rounding made negative counts as 0."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(values.clip(min=0))) @ vectors.T


def real_parts(count, size=SAMPLES):
    """Two disjoint random choices of `size` from `count` real images, always the same two.

    The samples of a generator are compared with the first; the floor compares it with the second.
    """
    if count < 2 * size:
        raise ValueError(
            f"the floor takes two disjoint parts of {size:,} real images each, got {count:,} images"
        )
    order = np.random.default_rng(FLOOR_SEED).permutation(count)
    return order[:size], order[size : 2 * size]
