"""What every data set here becomes: samples in memory, perhaps with conditions, handed out in
batches.

An epoch is one permutation of the samples, drawn from the caller's generator and cut into batches
of equal size. A `Batches` can be stopped after any batch and continued later, bit for bit.
"""

import hashlib

import numpy

from gan_scratch import settings
from gan_scratch.batch import Batch

SPLITS = ("train", "held-out", "all")


class DataError(ValueError):
    """A data file that is not what it should be: damaged, cut short, or of another kind."""


class Dataset:
    """Samples of one kind, held in memory as read-only arrays.

    Exactly one of
        samples    (N, ...)      arrays of any shape, of which nothing more is known
        images     (N, H, W, C)  every value inside `value_range`, which is (-1, 1) if not given
        points     (N, 2)        for the two-dimensional mixtures
        sequences  (N, T, C)
    with, for any of them,
        condition    (N, ...) what each sample is made under: an image, a mask, a sequence; or None
        labels       (N,) integers, or None; they are the condition where no other is given
        class_names  one name for each label value, or None
        mixture      the `Mixture` that points were drawn from, or None
    Samples and conditions are kept as float32; labels, and conditions of whole numbers, as int64.

    Raises TypeError for samples that are no floating-point numbers (images as bytes among them: no
    guess is made about their scale) and labels that are no integers; ValueError for another number
    of dimensions, no samples, values that are not finite or outside `value_range`, and labels that
    do not fit the samples or the class names.
    """

    def __init__(
        self, name, samples=None, *, images=None, points=None, sequences=None, condition=None,
        labels=None, value_range=None, class_names=None, mixture=None,
    ):
        given = {
            "samples": samples, "images": images, "points": points, "sequences": sequences,
        }
        kinds = [kind for kind, samples in given.items() if samples is not None]
        if len(kinds) != 1:
            raise ValueError(
                f"data set {name!r} wants exactly one of samples, images, points and sequences, "
                f"got {' and '.join(kinds) or 'none of them'}"
            )
        self.name = name
        self.kind = kinds[0]
        self.value_range = _value_range_for(self.kind, name, value_range)
        self.samples = _checked_samples(self.kind, name, given[self.kind], self.value_range)
        self.images = self.samples if self.kind == "images" else None
        self.points = self.samples if self.kind == "points" else None
        self.sequences = self.samples if self.kind == "sequences" else None
        self.class_names = None if class_names is None else tuple(class_names)
        self.labels = _checked_labels(name, labels, len(self.samples), self.class_names)
        self.condition = _checked_condition(name, condition, len(self.samples), self.labels)
        self.mixture = mixture
        self._digest = None

    @property
    def sample_shape(self):
        """The shape of one sample: (H, W, C), (2,) or (T, C)."""
        return self.samples.shape[1:]

    def __len__(self):
        return len(self.samples)

    def __repr__(self):
        shape = "×".join(str(length) for length in self.sample_shape)
        return f"<data set {self.name}: {len(self)} {self.kind} of {shape}>"

    def digest(self):
        """SHA-256, as hexadecimal digits, of samples, labels and conditions; computed once.

        Two data sets have the same digest where their kind, shapes and every bit of these agree, on
        any machine.
        """
        if self._digest is None:
            other = None if self.condition is self.labels else self.condition
            self._digest = digest(self.kind, self.samples.shape, [self.samples], self.labels, other)
        return self._digest

    def batches(self, size, rng, condition=False):
        """An endless iterator of batches of exactly `size` samples: see `Batches`."""
        return Batches(self, size, rng, condition)


class Batches:
    """Endless float32 batches of exactly `size` samples: arrays, or with `condition=True` each a
    `Batch` of samples and their conditions.

    Each epoch is a fresh permutation drawn from `rng`, a `numpy.random.Generator`, at the moment
    when its first batch is asked for. The samples left over at its end, fewer than `size`, are
    dropped. Every batch is a copy of its own.

    `position`  samples handed out in the running epoch. It keeps its last value after an epoch's
                last full batch, until the next epoch begins.
    `epoch`     whole epochs finished: it becomes n when the last full batch of the n-th epoch is
                handed out, not when the batch after that one is asked for.

    Raises ValueError for a `size` that is no positive integer or larger than the data, and for
    `condition=True` where there is none; TypeError for an `rng` of another type.
    """

    def __init__(self, dataset, size, rng, condition=False):
        self.rng = settings.generator(None, rng)
        self.size = settings.positive_integer(None, "the batch size", size)
        if self.size > len(dataset):
            raise ValueError(
                f"the batch size must not exceed the {len(dataset)} samples of data set "
                f"{dataset.name!r}, got {self.size}"
            )
        if condition and dataset.condition is None:
            raise ValueError(
                f"data set {dataset.name!r} has no labels and no condition to hand out"
            )
        self.dataset = dataset
        self.condition = bool(condition)
        self.order = numpy.empty(0, dtype=numpy.int64)
        self.position = 0
        self.epoch = 0

    def __iter__(self):
        return self

    def __next__(self):
        # Before the first epoch the order is empty, so this draws it as well.
        if self.position + self.size > len(self.order):
            self.order = self.rng.permutation(len(self.dataset))
            self.position = 0
        chosen = self.order[self.position : self.position + self.size]
        self.position += self.size
        if self.position + self.size > len(self.order):
            self.epoch += 1
        samples = self.dataset.samples.take(chosen, axis=0)
        if not self.condition:
            return samples
        return Batch(samples, self.dataset.condition.take(chosen, axis=0))

    def state(self):
        """Where the iterator stands, as a dict of one array and plain integers.

        The state of `rng` is not part of it: whoever owns the generator saves that.
        """
        return {
            "order": self.order.copy(),
            "position": self.position,
            "epoch": self.epoch,
            "size": self.size,
            "samples": len(self.dataset),
        }

    def load_state(self, state):
        """Stand where `state` was taken; with `rng` restored too, the same batches follow.

        Raises ValueError for the state of another batch size or number of samples, and for one
        that no iterator can be in; the iterator then stays as it was.
        """
        missing = {"order", "position", "epoch", "size", "samples"} - set(state)
        if missing:
            raise ValueError(f"the state of the batches lacks {', '.join(sorted(missing))}")
        if int(state["samples"]) != len(self.dataset):
            raise ValueError(
                f"the state belongs to a data set of {int(state['samples'])} samples, and data set "
                f"{self.dataset.name!r} has {len(self.dataset)}"
            )
        if int(state["size"]) != self.size:
            raise ValueError(
                f"the state belongs to batches of {int(state['size'])}, and these are batches of "
                f"{self.size}"
            )
        order = numpy.array(state["order"], dtype=numpy.int64)
        position, epoch = int(state["position"]), int(state["epoch"])
        if not self._possible(order, position, epoch):
            raise ValueError(
                f"the state of the batches is damaged: position {position} in epoch {epoch} of an "
                f"order of {len(order)} samples cannot be"
            )
        self.order, self.position, self.epoch = order, position, epoch

    def _possible(self, order, position, epoch):
        if len(order) == 0:
            return position == 0 and epoch == 0
        return (
            numpy.array_equal(numpy.sort(order), numpy.arange(len(self.dataset)))
            and 0 < position <= len(order)
            and position % self.size == 0
            and epoch >= (position + self.size > len(order))
        )


def digest(kind, shape, pieces, labels=None, condition=None):
    """`Dataset.digest` of samples of this shape that come in pieces."""
    sha256 = hashlib.sha256(f"{kind} {shape}".encode())
    for piece in pieces:
        sha256.update(numpy.ascontiguousarray(piece, dtype="<f4"))
    if labels is not None:
        sha256.update(b" labels")
        sha256.update(numpy.ascontiguousarray(labels, dtype="<i8"))
    if condition is not None:
        sha256.update(f" condition {condition.shape}".encode())
        dtype = "<f4" if condition.dtype.kind == "f" else "<i8"
        sha256.update(numpy.ascontiguousarray(condition, dtype=dtype))
    return sha256.hexdigest()


def checked_value_range(value_range):
    """`value_range` as two floats (low, high); ValueError unless low < high, both finite."""
    try:
        low, high = (float(bound) for bound in value_range)
    except (TypeError, ValueError):
        low = high = numpy.nan
    if not (low < high and numpy.isfinite([low, high]).all()):
        raise ValueError(
            f"value_range wants two numbers (low, high) with low < high, got {value_range!r}"
        )
    return low, high


def from_bytes(images, value_range):
    """uint8 images as float32 with 0 at the low end of `value_range` and 255 at the high one."""
    low, high = checked_value_range(value_range)
    # A table of the 256 values, made in float64, meets both ends exactly.
    return numpy.linspace(low, high, 256).astype(numpy.float32)[images]


def checked_split(split):
    """`split` itself; ValueError unless it is one of `SPLITS`."""
    return settings.one_of(None, "split", split, SPLITS)


_SHAPES = {
    "images": "(N, H, W, C)", "points": "(N, 2)", "sequences": "(N, T, C)", "samples": "(N, ...)",
}


def _value_range_for(kind, name, value_range):
    if kind == "images":
        return checked_value_range((-1, 1) if value_range is None else value_range)
    if value_range is not None:
        raise ValueError(f"value_range is for images, and data set {name!r} holds {kind}")
    return None


def _checked_samples(kind, name, given, value_range):
    """`given` as a read-only float32 array, after every check that its kind asks for.

    In C order, so that a batch is taken from rows: of a transposed view NumPy would copy the whole
    data set for each batch.
    """
    what = f"{kind} of data set {name!r}"
    if isinstance(given, tuple):
        raise TypeError(f"{what} must be one array; of pairs hand in the second as condition=")
    given = numpy.asarray(given)
    if given.dtype.kind != "f":
        raise TypeError(f"{what} {_dtype_complaint(kind, given.dtype, value_range)}")
    wanted = _SHAPES[kind]
    of_kind = given.ndim == wanted.count(",") + 1 or (kind == "samples" and given.ndim > 1)
    if not of_kind or (kind == "points" and given.shape[1] != 2):
        raise ValueError(f"{what} must have the shape {wanted}, got {given.shape}")
    if kind == "images" and given.shape[1] in (1, 3) and min(given.shape[2:]) > 4:
        raise ValueError(
            f"{what} must have the shape {wanted}, and {given.shape} looks like (N, C, H, W); give "
            "images.transpose(0, 2, 3, 1)"
        )
    if given.size == 0:
        raise ValueError(f"{what} must hold at least one sample, got the shape {given.shape}")
    with numpy.errstate(over="ignore"):
        samples = given.astype(numpy.float32, order="C", copy=False)
    _refuse_not_finite(what, samples)
    if kind == "images":
        _refuse_outside(what, samples, *value_range)
    samples = samples.view()
    samples.flags.writeable = False
    return samples


def _dtype_complaint(kind, dtype, value_range):
    if kind == "images" and dtype.kind in "iub":
        low, high = value_range
        shift = f" {'-' if low < 0 else '+'} {abs(low):g}" if low else ""
        scale = f" * {high - low:g}" if high - low != 1 else ""
        return (
            f"must be floating-point numbers in [{low:g}, {high:g}], got {dtype}; "
            f"convert bytes by images / 255{scale}{shift}"
        )
    return f"must be floating-point numbers, got {dtype}"


def _refuse_not_finite(what, samples):
    # The sum is finite for nearly all good data, and costs no array of the same size.
    with numpy.errstate(over="ignore", invalid="ignore"):
        if numpy.isfinite(samples.sum()):
            return
    wrong = ~numpy.isfinite(samples)
    if wrong.any():
        first = tuple(int(i) for i in numpy.unravel_index(wrong.argmax(), wrong.shape))
        raise ValueError(
            f"{what} must be finite in float32, got {int(wrong.sum())} NaN or infinite "
            f"values, the first at index {first}"
        )


def _refuse_outside(what, images, low, high):
    smallest, largest = float(images.min()), float(images.max())
    # Scaling by hand in float32 may overshoot an end by a rounding error.
    slack = 1e-6 * max(abs(low), abs(high))
    if smallest < low - slack or largest > high + slack:
        raise ValueError(
            f"{what} must lie in [{low:g}, {high:g}], got values from {smallest:g} to {largest:g}"
        )


def _checked_condition(name, condition, count, labels):
    """A read-only array with a row for each sample: the condition, or else the labels."""
    if condition is None:
        return labels
    condition, what = numpy.asarray(condition), f"the condition of data set {name!r}"
    if condition.dtype.kind not in "fiub":
        raise TypeError(f"{what} must be numbers, got {condition.dtype}")
    if condition.shape[:1] != (count,):
        raise ValueError(
            f"{what} must have a row for each of the {count} samples, got {condition.shape}"
        )
    dtype = numpy.int64 if condition.dtype.kind in "iu" else numpy.float32
    with numpy.errstate(over="ignore"):
        condition = condition.astype(dtype, order="C", copy=False).view()  # as for samples
    _refuse_not_finite(what, condition)
    condition.flags.writeable = False
    return condition


def _checked_labels(name, labels, count, class_names):
    if labels is None:
        return None
    labels = numpy.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels of data set {name!r} must be integers, got {labels.dtype}")
    if labels.shape != (count,):
        raise ValueError(
            f"labels of data set {name!r} must have the shape ({count},), one for each sample, "
            f"got {labels.shape}"
        )
    if class_names is not None and not 0 <= labels.min() <= labels.max() < len(class_names):
        raise ValueError(
            f"labels of data set {name!r} must lie in 0 to {len(class_names) - 1}, one for each "
            f"class name, got {labels.min()} to {labels.max()}"
        )
    labels = labels.astype(numpy.int64)
    labels.flags.writeable = False
    return labels
