"""The data set's checks, its digest, and batches that stop and continue anywhere."""

import itertools

import numpy
import pytest

from gan_scratch.datasets import Dataset, from_bytes, stacked_digits
from gan_scratch.datasets.dataset import checked_value_range


def images(count=6, low=-1.0, high=1.0):
    rng = numpy.random.default_rng(1)
    return rng.uniform(low, high, (count, 4, 5, 3)).astype(numpy.float32)


def numbered(count, labels=False):
    """A data set whose sample i is the point (i, -i)."""
    index = numpy.arange(count)
    points = numpy.stack([index, -index], axis=1).astype(numpy.float32)
    return Dataset("numbered", points=points, labels=index % 3 if labels else None)


def test_it_holds_what_it_was_given():
    given = images()
    dataset = Dataset("some", images=given, labels=[0, 1, 2, 0, 1, 2], class_names="abc")
    assert dataset.samples is dataset.images
    assert dataset.points is None and dataset.sequences is None
    assert len(dataset) == 6 and dataset.sample_shape == (4, 5, 3)
    assert dataset.value_range == (-1.0, 1.0)
    assert dataset.labels.dtype == numpy.int64 and dataset.class_names == ("a", "b", "c")
    numpy.testing.assert_array_equal(dataset.images, given)
    assert repr(dataset) == "<data set some: 6 images of 4×5×3>"


def test_float64_becomes_float32():
    dataset = Dataset("p", points=numpy.ones((3, 2)))
    assert dataset.points.dtype == numpy.float32
    assert Dataset("s", sequences=numpy.ones((3, 7, 2))).sequences.dtype == numpy.float32


def test_samples_cannot_be_changed_behind_the_digest():
    dataset = Dataset("some", images=images(), labels=numpy.zeros(6, int))
    with pytest.raises(ValueError, match="read-only"):
        dataset.images[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        dataset.labels[0] = 0


def test_a_transposed_view_is_laid_out_in_rows():
    """Otherwise NumPy copies the whole data set for each batch that is taken from it."""
    channels_first = numpy.random.default_rng(0).random((6, 2, 4, 5)).astype("float32")
    view = numpy.moveaxis(channels_first, 1, -1)
    samples = Dataset("views", images=view, value_range=(0, 1)).samples
    assert samples.flags.c_contiguous and (samples == view).all()
    assert stacked_digits(4, numpy.random.default_rng(0)).samples.flags.c_contiguous


def test_the_caller_keeps_arrays_that_can_be_written():
    given, labels = images(), numpy.zeros(6, numpy.int64)
    Dataset("some", images=given, labels=labels)
    given[0] = 0
    labels[0] = 1


def with_values(array, *places):
    array = array.copy()
    for index, value in places:
        array[index] = value
    return array


@pytest.mark.parametrize(
    "settings, error, sentence",
    [
        (
            {}, ValueError,
            "exactly one of samples, images, points and sequences, got none",
        ),
        (
            {"images": images(), "points": numpy.ones((6, 2))}, ValueError,
            "exactly one of .* got images and points",
        ),
        (
            {"images": numpy.zeros((2, 4, 4, 1), numpy.uint8)}, TypeError,
            r"floating-point numbers in \[-1, 1\], got uint8; convert bytes by "
            r"images / 255 \* 2 - 1$",
        ),
        (
            {"images": numpy.zeros((2, 4, 4, 1), int), "value_range": (0, 1)}, TypeError,
            r"in \[0, 1\], got int64; convert bytes by images / 255$",
        ),
        ({"points": numpy.zeros((2, 2), complex)}, TypeError, "got complex128"),
        (
            {"images": with_values(
                images(), ((2, 0, 1, 0), numpy.nan), ((3, 1, 1, 2), numpy.inf),
                ((3, 1, 2, 2), -numpy.inf),
            )}, ValueError, r"3 NaN or infinite values, the first at index \(2, 0, 1, 0\)",
        ),
        ({"points": numpy.full((2, 2), 1e300)}, ValueError, "finite in float32"),
        (
            {"images": with_values(images(), ((0, 0, 0, 0), 2.5), ((1, 0, 0, 0), -3))}, ValueError,
            r"lie in \[-1, 1\], got values from -3 to 2.5",
        ),
        (
            {"images": with_values(images(), ((0, 0, 0, 0), -1)), "value_range": (0, 1)},
            ValueError, r"lie in \[0, 1\], got values from -1 to",
        ),
        ({"images": numpy.zeros((6, 28, 28))}, ValueError, r"\(N, H, W, C\), got \(6, 28, 28\)"),
        (
            {"images": numpy.zeros((6, 1, 28, 28))}, ValueError,
            r"\(6, 1, 28, 28\) looks like \(N, C, H, W\); give images.transpose\(0, 2, 3, 1\)",
        ),
        ({"images": numpy.zeros((6, 3, 32, 48))}, ValueError, r"images.transpose\(0, 2, 3, 1\)"),
        ({"points": numpy.zeros((6, 3))}, ValueError, r"\(N, 2\), got \(6, 3\)"),
        ({"sequences": numpy.zeros((6, 3))}, ValueError, r"\(N, T, C\), got \(6, 3\)"),
        ({"images": numpy.zeros((0, 4, 4, 1))}, ValueError, "at least one sample"),
        ({"images": images(), "labels": [0, 1]}, ValueError, r"\(6,\).*got \(2,\)"),
        ({"images": images(), "labels": numpy.zeros(6)}, TypeError, "integers, got float64"),
        ({"images": images(), "labels": [True] * 6}, TypeError, "integers, got bool"),
        (
            {"images": images(), "labels": [0, 1, 2, 3, 0, 0], "class_names": ["a", "b", "c"]},
            ValueError, "lie in 0 to 2.*got 0 to 3",
        ),
        ({"images": images(), "value_range": (1, -1)}, ValueError, r"low < high, got \(1, -1\)"),
        ({"points": numpy.ones((2, 2)), "value_range": (0, 1)}, ValueError, "is for images"),
    ],
)
def test_a_wrong_argument_gets_one_sentence(settings, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        Dataset("some", **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [3, "ab", (1,), (0, 0), (0, numpy.inf), (numpy.nan, 1), None])
def test_a_value_range_is_two_rising_numbers(wrong):
    with pytest.raises(ValueError, match="low < high"):
        checked_value_range(wrong)


def test_a_rounding_error_at_the_end_of_the_range_is_no_mistake():
    Dataset("some", images=numpy.full((1, 2, 2, 1), numpy.nextafter(numpy.float32(1), 2)))
    with pytest.raises(ValueError, match="lie in"):
        Dataset("some", images=numpy.full((1, 2, 2, 1), 1.0001))


@pytest.mark.parametrize("value_range", [(-1, 1), (0, 1), (-0.3, 0.7), (0.1, 0.3), (-128, 127)])
def test_bytes_meet_both_ends_exactly_and_pass_the_check(value_range):
    given = numpy.arange(256, dtype=numpy.uint8).reshape(1, 16, 16, 1)
    floats = from_bytes(given, value_range)
    low, high = value_range
    assert floats.dtype == numpy.float32
    assert floats.min() == numpy.float32(low) and floats.max() == numpy.float32(high)
    numpy.testing.assert_allclose(floats, low + (high - low) * (given / 255), atol=1e-5)
    Dataset("some", images=floats, value_range=value_range)


def test_the_digest_knows_samples_labels_kind_and_shape():
    def digest(**settings):
        return Dataset("some", **settings).digest()

    given, labels = images(), numpy.arange(6)
    same = digest(images=given, labels=labels)
    assert len(same) == 64
    assert same == digest(images=given.astype(float), labels=labels.astype(numpy.int32))
    other = with_values(given, ((5, 3, 4, 2), 0.25))
    different = [
        digest(images=given), digest(images=given, labels=labels[::-1]),
        digest(images=other, labels=labels),
        digest(images=given.reshape(6, 5, 4, 3), labels=labels),
        digest(sequences=numpy.zeros((4, 3, 2))), digest(sequences=numpy.zeros((4, 2, 3))),
    ]
    assert len({same, *different}) == 7


@pytest.mark.parametrize("condition, dtype", [
    (numpy.arange(12.0).reshape(6, 2), "float32"), (numpy.ones((6, 4, 5, 1), "float16"), "float32"),
    ([[1, 2, 3]] * 6, "int64"), (numpy.arange(6, dtype="uint8"), "int64"),
    (numpy.arange(6) > 2, "float32"),
], ids=["rows", "images", "whole rows", "labels", "mask"])  # fmt: skip
def test_conditions_are_kept_as_float32_or_int64_and_go_with_their_samples(condition, dtype):
    samples = numpy.arange(6.0)[:, None] * numpy.ones((6, 3))
    data = Dataset("pairs", samples, condition=condition)
    assert (data.kind, data.condition.dtype, data.labels) == ("samples", dtype, None)
    assert not data.condition.flags.writeable and data.sample_shape == (3,)
    batch = next(data.batches(4, numpy.random.default_rng(0), condition=True))
    expected = numpy.asarray(condition)[batch.values[:, 0].astype(int)]
    numpy.testing.assert_array_equal(batch.condition, expected)


def test_labels_are_the_condition_where_no_other_is_given():
    data = Dataset("p", points=numpy.ones((3, 2)), labels=[2, 0, 1])
    assert data.condition is data.labels
    both = Dataset("p", points=numpy.ones((3, 2)), labels=[2, 0, 1], condition=numpy.ones((3, 4)))
    assert both.condition.shape == (3, 4) and list(both.labels) == [2, 0, 1]
    assert Dataset("p", points=numpy.ones((3, 2))).condition is None


def test_a_condition_is_laid_out_in_rows_and_the_caller_may_write_into_his_own():
    """Otherwise NumPy copies all of it for each batch."""
    channels_first = numpy.random.default_rng(0).random((6, 2, 4, 5)).astype("float32")
    view = numpy.moveaxis(channels_first, 1, -1)
    data = Dataset("views", numpy.ones((6, 3)), condition=view)
    assert data.condition.flags.c_contiguous and (data.condition == view).all()
    given = numpy.ones((6, 2), "float32")
    Dataset("pairs", numpy.ones((6, 3)), condition=given)
    given[0] = 0


@pytest.mark.parametrize("condition, error, sentence", [
    (numpy.ones((5, 2)), ValueError, r"have a row for each of the 6 samples, got \(5, 2\)"),
    (1.0, ValueError, r"have a row for each of the 6 samples, got \(\)"),
    (["a"] * 6, TypeError, "must be numbers, got <U1"),
    (numpy.ones(6, complex), TypeError, "must be numbers, got complex128"),
    (numpy.array([0.0, 1, 2, 3, 4, numpy.nan]), ValueError, "NaN or infinite values?, the first"),
    (numpy.full(6, 1e300), ValueError, "finite in float32"),
], ids=range(6))  # fmt: skip
def test_a_wrong_condition_gets_one_sentence(condition, error, sentence):
    with pytest.raises(error, match=f"^the condition of data set 'pairs' .*{sentence}"):
        Dataset("pairs", numpy.ones((6, 3)), condition=condition)


@pytest.mark.parametrize("samples, error, sentence", [
    (numpy.ones(6), ValueError, r"must have the shape \(N, ...\), got \(6,\)"),
    (numpy.ones((6, 3), int), TypeError, "must be floating-point numbers, got int64"),
    ((numpy.ones((6, 3)), numpy.ones(6)), TypeError, "must be one array; of pairs .* condition="),
], ids=range(3))  # fmt: skip
def test_samples_of_any_shape_are_arrays_of_floats(samples, error, sentence):
    assert Dataset("pairs", numpy.ones((6, 3, 2, 2, 2))).sample_shape == (3, 2, 2, 2)
    with pytest.raises(error, match=f"^samples of data set 'pairs' {sentence}"):
        Dataset("pairs", samples)


def test_the_digest_knows_the_condition():
    def digest(**settings):
        return Dataset("pairs", numpy.ones((6, 3)), **settings).digest()

    labels, rows = numpy.arange(6), numpy.arange(12.0).reshape(6, 2)
    assert digest(labels=labels, condition=rows) != digest(labels=labels)
    different = [
        digest(), digest(condition=labels), digest(condition=labels.astype(float)),
        digest(condition=rows), digest(condition=rows.reshape(6, 1, 2)),
        digest(condition=rows[::-1]), digest(labels=labels), digest(labels=labels, condition=rows),
    ]
    assert len(set(different)) == 8
    assert digest(condition=rows.astype("float16")) == digest(condition=rows)


def test_batches_with_conditions_go_on_where_they_stood():
    data = Dataset("pairs", numpy.arange(11.0)[:, None], condition=numpy.arange(11))
    batches, other = (
        data.batches(3, numpy.random.default_rng(seed), condition=True) for seed in (0, 1)
    )
    for _ in range(2):
        next(batches)
    other.load_state(batches.state())
    other.rng.bit_generator.state = batches.rng.bit_generator.state
    for _ in range(4):  # into the next epoch
        one, two = next(batches), next(other)
        numpy.testing.assert_array_equal(one.condition, one.values[:, 0])
        numpy.testing.assert_array_equal(one.condition, two.condition)


def test_the_digest_is_that_of_the_bytes_as_documented():
    # Pinned, so that a checkpoint of today still finds its data set tomorrow.
    dataset = Dataset("p", points=[[0.0, 1.0]], labels=[3])
    assert dataset.digest() == PINNED_DIGEST


PINNED_DIGEST = "2af2a4bf2937edca03bca1f174704261d8eeb2565380dfdb64e62f66fb285ab0"


def test_an_epoch_hands_out_every_sample_once_and_drops_the_rest():
    batches = numbered(10).batches(3, numpy.random.default_rng(0))
    for _ in range(5):
        epoch = numpy.concatenate([next(batches) for _ in range(3)])
        assert epoch.shape == (9, 2) and epoch.dtype == numpy.float32
        assert len(set(epoch[:, 0])) == 9


def test_the_order_is_the_generators_permutation_and_differs_by_epoch():
    rng = numpy.random.default_rng(7)
    expected = [rng.permutation(8) for _ in range(3)]
    batches = numbered(8).batches(4, numpy.random.default_rng(7))
    drawn = [numpy.concatenate([next(batches), next(batches)])[:, 0] for _ in range(3)]
    numpy.testing.assert_array_equal(drawn, expected)
    assert not numpy.array_equal(drawn[0], drawn[1])


def test_epoch_and_position_are_exact():
    batches = numbered(7).batches(3, numpy.random.default_rng(0))
    seen = [(batches.epoch, batches.position)]
    for _ in range(5):
        next(batches)
        seen.append((batches.epoch, batches.position))
    assert seen == [(0, 0), (0, 3), (1, 6), (1, 3), (2, 6), (2, 3)]


def test_a_batch_as_large_as_the_data_is_an_epoch():
    batches = numbered(5).batches(5, numpy.random.default_rng(0))
    for epoch in (1, 2, 3):
        assert sorted(next(batches)[:, 0]) == [0, 1, 2, 3, 4]
        assert batches.epoch == epoch


def test_a_batch_is_a_copy_of_its_own():
    dataset = numbered(4)
    batch = next(dataset.batches(4, numpy.random.default_rng(0)))
    batch[:] = 99
    assert dataset.points.max() == 3


def test_labels_stay_with_their_samples():
    batches = numbered(11, labels=True).batches(4, numpy.random.default_rng(0), condition=True)
    for batch in itertools.islice(batches, 6):
        numpy.testing.assert_array_equal(batch.condition, batch.values[:, 0].astype(int) % 3)
        assert batch.condition.dtype == numpy.int64


@pytest.mark.parametrize("size", [0, -1, 2.0, "3", True, None])
def test_a_batch_size_is_a_positive_integer(size):
    with pytest.raises(ValueError, match="positive whole number, got"):
        numbered(4).batches(size, numpy.random.default_rng(0))


def test_other_wrong_arguments_of_batches():
    with pytest.raises(ValueError, match="exceed the 4 samples of data set 'numbered', got 5"):
        numbered(4).batches(5, numpy.random.default_rng(0))
    for rng in (0, None, numpy.random.RandomState(0)):
        with pytest.raises(TypeError, match="numpy.random.Generator"):
            numbered(4).batches(2, rng)
    with pytest.raises(ValueError, match="no labels"):
        numbered(4).batches(2, numpy.random.default_rng(0), condition=True)


@pytest.mark.parametrize("size", [2, 3, 9])
@pytest.mark.parametrize("taken", range(10))
def test_a_resume_continues_bit_for_bit_at_every_position(size, taken):
    dataset = numbered(9)
    rng = numpy.random.default_rng(3)
    batches = dataset.batches(size, rng)
    for _ in range(taken):
        next(batches)
    state, rng_state = batches.state(), rng.bit_generator.state
    expected = [next(batches) for _ in range(9)]

    fresh_rng = numpy.random.default_rng(99)
    fresh = dataset.batches(size, fresh_rng)
    next(fresh)
    fresh.load_state(state)
    fresh_rng.bit_generator.state = rng_state
    assert (fresh.epoch, fresh.position) == (state["epoch"], state["position"])
    numpy.testing.assert_array_equal([next(fresh) for _ in range(9)], expected)
    assert fresh.epoch == batches.epoch


def test_a_state_survives_as_arrays():
    batches = numbered(9).batches(2, numpy.random.default_rng(3))
    next(batches)
    state = {key: numpy.asarray(value) for key, value in batches.state().items()}
    batches.load_state(state)
    assert type(batches.position) is int and type(batches.epoch) is int


def test_a_state_is_not_changed_by_what_follows():
    batches = numbered(9).batches(2, numpy.random.default_rng(3))
    next(batches)
    state = batches.state()
    order = state["order"].copy()
    for _ in range(20):
        next(batches)
    numpy.testing.assert_array_equal(state["order"], order)
    next_order = batches.order.copy()
    batches.state()["order"][:] = 0
    numpy.testing.assert_array_equal(batches.order, next_order)
    batches.load_state(state)
    state["order"][:] = 0
    numpy.testing.assert_array_equal(batches.order, order)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"samples": 8}, "data set of 8 samples, and data set 'numbered' has 9"),
        ({"size": 3}, "batches of 3, and these are batches of 2"),
        ({"position": 3}, "damaged"),
        ({"position": 10}, "damaged"),
        ({"position": 0}, "damaged"),
        ({"order": numpy.zeros(9, int)}, "damaged"),
        ({"order": numpy.empty(0, int)}, "damaged"),
        ({"epoch": -1}, "damaged"),
        ({"position": 8}, "damaged"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, sentence):
    batches = numbered(9).batches(2, numpy.random.default_rng(3))
    next(batches)
    before = batches.state()
    with pytest.raises(ValueError, match=sentence):
        batches.load_state({**before, **change})
    after = batches.state()
    assert after["position"] == before["position"] == 2
    numpy.testing.assert_array_equal(after["order"], before["order"])


def test_a_state_that_lacks_something_is_refused():
    batches = numbered(9).batches(2, numpy.random.default_rng(3))
    with pytest.raises(ValueError, match="lacks epoch, order"):
        batches.load_state({"position": 0, "size": 2, "samples": 9})
