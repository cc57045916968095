"""Parameters in one vector: what is written into either is in both, also in a copy."""

import copy

import numpy as np

from gan_scratch.flat import FlatParameters
from gan_scratch.layers import Parameter
from gan_scratch.optimizers import SGD


def parameters(*sizes):
    return {str(size): Parameter(np.arange(float(size))) for size in sizes}


def test_runs_are_of_free_neighbours_with_the_same_count():
    flat = FlatParameters(parameters(1, 2, 3, 4, 5))
    assert flat.free_runs([7] * 5) == [(slice(0, 15), 7)]
    assert flat.free_runs([1, 1, 2, 2, 1]) == [
        (slice(0, 3), 1), (slice(3, 10), 2), (slice(10, 15), 1),
    ]  # fmt: skip
    flat.parameters["3"].frozen = True
    assert flat.free_runs([1] * 5) == [(slice(0, 3), 1), (slice(6, 15), 1)]


def test_a_copy_lies_in_memory_of_its_own():
    flat = FlatParameters(parameters(2, 3))
    other = copy.deepcopy(flat)
    flat.values += 1
    flat.gradients += 2
    np.testing.assert_array_equal(flat.parameters["3"].value, [1, 2, 3])
    np.testing.assert_array_equal(flat.parameters["3"].gradient, [2, 2, 2])
    np.testing.assert_array_equal(other.values, [0, 1, 0, 1, 2])
    other.values[3] = 8
    np.testing.assert_array_equal(other.parameters["3"].value, [0, 8, 2])


def test_to_assign_to_the_vectors_of_an_optimiser_is_to_write_into_them():
    optimizer = SGD(parameters(2, 3), 0.5)
    optimizer.values = optimizer.values + 1
    optimizer.gradients = np.full(5, 4.0)
    optimizer.gradients /= 2
    optimizer.step()
    np.testing.assert_array_equal(optimizer.parameters["3"].value, [0, 1, 2])
