"""Metrics: how good are the samples of a generator.

    features            the numbers by which samples are compared
    classifier          classifiers of digits and clothes, of this library's own layers
    frechet             how far samples are from real images, as two Gaussians of features
    kernel, sliced      KID and MIND: the same question, without the Gaussians
    neighbours          precision and recall, density and coverage: too odd, or too few kinds?
    birthday            how many different samples a generator can make
    nearest             the nearest training image of each sample: does the generator copy?
    evaluation          all figures of a set of samples, each beside that of real images
"""
