"""What a trained generator draws: samples by a seed, and walks between latents."""

import numpy as np

from gan_scratch.backend import backend_of
from gan_scratch.batch import Batch
from gan_scratch.cores import one_blas_thread

PICTURED = 100  # samples in a picture
CLASSES_PICTURED = 10  # of a conditional run, one a column
DRAWN_TOGETHER = 100  # samples that go through the generator at once, to bound the memory
# One seed serves several purposes; each draws from a stream of its own (runs.py has 2 and 3).
PICTURE_STREAM, SAMPLE_STREAM = 1, 4


def draw_samples(game, count, seed, label=None):
    """`count` samples (count, ...) in one float32 array; see `batches_of_samples`."""
    return np.concatenate(list(batches_of_samples(game, count, seed, label)))


def batches_of_samples(game, count, seed, label=None):
    """`count` samples in batches, NumPy arrays, from noise that `seed` alone decides.

    `label` is the class to draw, for players that are told one; by default any of them. A larger
    `count` goes on with the same random stream: the first 64 of 128 samples are, up to rounding,
    the samples of a `count` of 64. (Where classes are drawn as well this holds for the latent
    vectors alone, as the stream has the classes after all of these.)
    """
    sizes = [min(DRAWN_TOGETHER, count - done) for done in range(0, count, DRAWN_TOGETHER)]
    rng, label_rng = (np.random.default_rng([seed, SAMPLE_STREAM]) for _ in range(2))
    any_class = game.classes is not None and label is None
    for size in sizes if any_class else ():
        game.latents(size, label_rng)  # which brings it to the classes
    for size in sizes:
        labels = None if label is None else np.full(size, label)
        if any_class:
            labels = label_rng.integers(game.classes, size=size)
        with one_blas_thread():  # for so few samples the threads do not pay
            samples = host_samples(game, game.noise(size, rng, labels))
        yield samples


def host_samples(game, noise):
    samples = game.sample(noise)
    return backend_of(samples).to_numpy(samples).astype("float32")


def pictured_noise(game, seed, class_names):
    rng = np.random.default_rng([seed, PICTURE_STREAM])
    labels = None
    if class_names is not None:
        labels = np.arange(PICTURED) % min(CLASSES_PICTURED, len(class_names))
    return game.noise(PICTURED, rng, labels)


def walk_between(game, noise, walks, length=12):
    """Samples (walks, length, H, W, C) along arcs from noise 0 to 1, 2 to 3, and so on.

    Of noise in many dimensions nearly all has about the same norm, so a straight line would leave
    the noise that G knows. Where there are classes, each walk stays within that of its start.
    """
    noise = Batch.of(noise)
    z, condition = noise.values, noise.condition
    host = backend_of(z).to_numpy(z)[: 2 * walks]
    pairs = zip(host[::2], host[1::2], strict=True)
    shares = np.linspace(0, 1, length)
    arcs = [slerp(start, end, share) for start, end in pairs for share in shares]
    latents = backend_of(z).asarray(np.array(arcs, host.dtype))
    if condition is not None:
        latents = Batch(latents, condition[: 2 * walks : 2].repeat(length, axis=0))
    samples = host_samples(game, latents)
    return samples.reshape(walks, length, *samples.shape[1:])


def slerp(start, end, share):
    """The point at `share` of the way from `start` to `end` on the arc between them."""
    cosine = np.vdot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    if angle < 1e-6:
        return (1 - share) * start + share * end
    return (np.sin((1 - share) * angle) * start + np.sin(share * angle) * end) / np.sin(angle)
