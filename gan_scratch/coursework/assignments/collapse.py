# %% [markdown]
# # Assignment 5: mode collapse
#
# A generator that makes one perfect digit fools a discriminator that never compares two of its
# fakes. On points in the plane, where the truth is known, you measure the collapse, name it, and
# cure it.
#
# **What you hand in** is `my_collapse.py`, and your answer to the question in `answers.md`. Beside
# NumPy it may import what `train` needs of the library: `gan_scratch.layers`, `losses`,
# `penalties`, `optimizers`, `game` and `models.mlp`. No function changes an array that it is given,
# and what tasks 5.1 to 5.3 return is float64, counts and codes included.
#
# | task | points |
# |---|---|
# | 5.1 Measure it | 4 |
# | 5.2 One number for it | 3 |
# | 5.3 Name it | 4 |
# | 5.4 Cure it | 6 |
# | 5.5 Question | 3 |

# %% package
# layers share.py backend.py settings.py shown.py part.py flat.py losses.py batch.py passes.py
# penalties.py optimizers.py terms.py roster.py game.py unrolling.py models

# %% given
import numpy as np

# %% [markdown]
# ## 5.1 Measure it
#
# The data is a mixture of equally likely modes, each a Gaussian cloud of width $\sigma$ around its
# centre. A sample belongs to the nearest centre, and is *good* if it is near enough; how near is
# drawn for you and stands in the file. A mode is *found* if it has at least `SHARE` of the good
# samples that would be its own if all modes were served alike, that is `SHARE` times (good
# samples) / (modes), where all modes count. A mode without a good sample is not found.

# %% task 5.1: Measure it
SHARE = 0.25  ### VARIANT 0.1 0.2 0.25 0.5


### BEGIN VARIANT ball
def measure(samples, centres, sigma):
    """(found, good, counts): how many modes are found, the share of good samples, and the good
    samples of each mode, shape (M,); samples (N, 2), centres (M, 2). All are float64.

    Good is what lies within 3 sigma of its centre, the border included.
    """
    ### BEGIN SOLUTION
    distance = np.linalg.norm(samples[:, None] - centres, axis=2)
    nearest, good = distance.argmin(axis=1), distance.min(axis=1) <= 3 * sigma
    return summary(nearest, good, len(centres))
    ### END SOLUTION
### END VARIANT
### BEGIN VARIANT square
def measure(samples, centres, sigma):
    """(found, good, counts): how many modes are found, the share of good samples, and the good
    samples of each mode, shape (M,); samples (N, 2), centres (M, 2). All are float64.

    Near is counted by the larger of the two coordinates' distances, for the nearest centre as well;
    good is what lies within 2.5 sigma of it, the border included.
    """
    ### BEGIN SOLUTION
    distance = np.abs(samples[:, None] - centres).max(axis=2)
    nearest, good = distance.argmin(axis=1), distance.min(axis=1) <= 2.5 * sigma
    return summary(nearest, good, len(centres))
    ### END SOLUTION
### END VARIANT
### BEGIN VARIANT clear
def measure(samples, centres, sigma):
    """(found, good, counts): how many modes are found, the share of good samples, and the good
    samples of each mode, shape (M,); samples (N, 2), centres (M, 2), M > 1. All are float64.

    Good is what lies within 3 sigma of its centre, the border included, and more than twice as far
    from every other.
    """
    ### BEGIN SOLUTION
    distance = np.linalg.norm(samples[:, None] - centres, axis=2)
    first, second = np.partition(distance, 1, axis=1)[:, :2].T
    good = (first <= 3 * sigma) & (second > 2 * first)
    return summary(distance.argmin(axis=1), good, len(centres))
    ### END SOLUTION
### END VARIANT


def summary(nearest, good, modes):
    """(found, good, counts), from the nearest centre of each sample and whether it is good."""
    ### BEGIN SOLUTION
    counts = np.bincount(nearest[good], minlength=modes).astype(np.float64)
    found = np.sum(counts >= max(SHARE * counts.sum() / modes, 1e-300))
    return np.float64(found), np.float64(good.mean()), counts
    ### END SOLUTION

# %% tests 5.1
CENTRES = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def test_measure_of_perfect_samples():
    found, good, counts = my.measure(np.repeat(CENTRES, 5, axis=0), CENTRES, 0.1)
    assert (found, good) == (3, 1), f"of samples at all centres: {found} found, {good} good"
    assert np.array_equal(counts, [5, 5, 5]), f"counts are {counts}, wanted 5, 5, 5"
    assert counts.dtype == np.float64, f"counts are {counts.dtype}, wanted float64"


def test_measure_of_one_mode_and_noise():
    samples = np.concatenate([np.tile(CENTRES[1], (6, 1)), np.full((4, 2), 9.0)])
    found, good, counts = my.measure(samples, CENTRES, 0.1)
    assert (found, good) == (1, 0.6), f"6 of 10 samples at one centre: {found} found, {good} good"
    assert np.array_equal(counts, [0, 6, 0]), f"counts are {counts}, wanted 0, 6, 0"


def test_a_mode_with_a_fair_share_is_found():
    samples = np.repeat(CENTRES, [60, 20, 20], axis=0)
    found, _, _ = my.measure(samples, CENTRES, 0.1)
    assert found == 3, f"of 100 samples 20 are more than half of a fair share: {found} found, not 3"


def test_measure_of_nothing_good():
    found, good, counts = my.measure(np.full((4, 2), 9.0), CENTRES, 0.1)
    assert (found, good, counts.sum()) == (0, 0, 0), (
        f"of 4 samples none is good: {found} modes found, {good} good, counts {counts}; wanted 0"
    )


def test_a_mode_with_hardly_a_sample_is_not_found():
    samples = np.repeat(CENTRES, [500, 500, 2], axis=0)
    found, _, _ = my.measure(samples, CENTRES, 0.1)
    assert found == 2, f"two modes with 500 samples and one with 2: {found} found"


def test_a_mode_with_just_its_share_is_found():
    centres, few = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]]), round(40 * my.SHARE)
    bad = np.full((100, 2), 99.0)
    for good, wanted, which in ((160, 2, "just"), (163, 1, "less than")):
        samples = np.concatenate([np.repeat(centres[:2], [good - few, few], axis=0), bad])
        found, _, _ = my.measure(samples, centres, 0.1)
        assert found == wanted, (
            f"{few} samples of one mode are {which} SHARE = {my.SHARE} of a quarter of the {good} "
            f"good ones (of 4 modes two have none, and 100 samples are bad): {found} found, "
            f"wanted {wanted}"
        )


def test_a_sample_counts_once():
    _, _, counts = my.measure(np.array([[0.3, 0.0]]), CENTRES, 0.5)
    assert np.array_equal(counts, [1, 0, 0]), (
        f"(0.3, 0) is within reach of all three centres, and nearest to the first: {counts}"
    )


def test_what_is_far_is_not_good():
    for sample in ((-9, 0), (9, 0), (0, -9), (0, 9), (9, -9)):
        _, good, _ = my.measure(np.array([sample], float), CENTRES, 0.1)
        assert good == 0, f"{sample} is far from all centres, and {good} of it good"


def test_near_is_counted_in_widths():
    for sigma in (0.02, 0.25):
        samples = np.array([[-2 * sigma, 0], [-4 * sigma, 0]])
        _, _, counts = my.measure(samples, CENTRES, sigma)
        assert counts[0] == 1, f"of samples 2 and 4 widths of {sigma} away one is good: {counts[0]}"


def assert_first_is_good(samples, centres, sigma):
    """And the second is not."""
    for sample, wanted in zip(np.array(samples), (1, 0), strict=True):
        _, good, _ = my.measure(sample[None], np.array(centres, float), sigma)
        assert good == wanted, (
            f"with centres {centres} and sigma {sigma}, ({sample[0]:.9g}, {sample[1]:.9g}) is "
            + ("good" if wanted else "not good, by a hundred-millionth") + f"; yours: {good:g} good"
        )


### BEGIN VARIANT ball
def test_measure_near_the_border():
    samples = np.array([[0.2, 0.2], [0.29, 0.0], [0.0, -0.31], [-0.25, 0.25]])
    _, _, counts = my.measure(samples, CENTRES, 0.1)
    assert counts[0] == 2, f"of samples at 0.28, 0.29, 0.31 and 0.35 two are good, got {counts[0]}"
    assert_first_is_good([[0, 0.375], [0, 0.375 * (1 + 1e-8)]], [[0, 0], [4, 4]], 0.125)
### END VARIANT
### BEGIN VARIANT square
def test_measure_near_the_border():
    samples = np.array([[0.24, 0.24], [0.24, 0.0], [0.0, -0.26]])
    _, _, counts = my.measure(samples, CENTRES, 0.1)
    assert counts[0] == 2, f"of distances 0.24, 0.24, 0.26 two are good, got {counts[0]}"
    assert_first_is_good([[0, 0.3125], [0, 0.3125 * (1 + 1e-8)]], [[0, 0], [4, 4]], 0.125)


def test_the_nearest_centre_is_by_the_larger_coordinate():
    _, _, counts = my.measure(np.zeros((1, 2)), np.array([[0.6, 0.0], [0.5, 0.5]]), 0.5)
    assert np.array_equal(counts, [0, 1]), (
        f"(0, 0) is 0.6 from (0.6, 0) and 0.5 from (0.5, 0.5): counts are {counts}, wanted 0, 1"
    )
### END VARIANT
### BEGIN VARIANT clear
def test_measure_near_the_border():
    samples = np.array([[0.32, 0.0], [0.35, 0.0], [-0.7, 0.0], [-0.5, -0.5]])
    _, _, counts = my.measure(samples, CENTRES, 0.2)
    assert counts[0] == 1, f"0.32 is clearly nearest, 0.35 is not, 0.7 are far: got {counts[0]}"
    assert_first_is_good([[0, 0.375], [0, 0.375 * (1 + 1e-8)]], [[0, 0], [4, 4]], 0.125)
    assert_first_is_good([[1 - 1e-8, 0], [1, 0]], [[0, 0], [3, 0]], 0.5)
### END VARIANT


# %% cases 5.1
from gan_scratch.coursework.cases import Judgement, case


def measurement(code, samples, centres, sigma, where=""):
    found, good, counts = code.measure(samples, centres, sigma)
    yield f"the number of modes found{where}", found
    yield f"the share of good samples{where}", good
    yield f"the counts{where}", counts


def measured(code, rng, n, modes):
    centres = 3 * rng.standard_normal((modes, 2))
    sigma = float(rng.uniform(0.1, 0.5))
    served = rng.random(modes) ** 3
    at = centres[rng.choice(modes, n, p=served / served.sum())]
    samples = at + rng.uniform(0.5, 2.5) * sigma * rng.standard_normal((n, 2))
    yield from measurement(code, samples, centres, sigma)


@case("5.1", points=1)
def measure_few_modes(code, rng):
    yield from measured(code, rng, 200, 5)


@case("5.1", points=1)
def measure_at_the_borders(code, rng):
    """All of it in numbers whose squares and sums are exact, or off by a hundred-millionth."""
    sigma = 1.25  # so that 3 sigma is the length of (2.25, 3)
    offsets = np.array([[2.5, 0], [2.5, 2.5], [3, 0], [0, 3], [1.8, 2.4], [2.4, 1.8]]) * sigma
    offsets = np.round(offsets * 64) / 64
    offsets = (offsets[:, None] * [[1.0], [1 - 1e-8], [1 + 1e-8]]).reshape(-1, 2)
    offsets = np.concatenate([offsets, -offsets])
    centres = np.array([[0.0, 0], [16, 0], [0, 16], [32, 0], [38, 0], [64, 64]])
    near = centres[rng.integers(3, size=len(offsets))] + offsets
    between = centres[3] + 2 * np.array([[1.0, 0], [1 - 1e-8, 0], [1 + 1e-8, 0]])
    samples = rng.permutation(np.concatenate([near, between]))
    yield from measurement(code, samples, centres, sigma)  # none at the last centre


@case("5.1", points=1)
def measure_modes_with_just_their_share(code, rng):
    centres, few = 8 * rng.permutation(16)[:4, None] * np.array([[1.0, -1.0]]), round(40 * SHARE)
    bad = np.full((200, 2), 1000.0)
    for good, where in ((160, ", one at SHARE"), (163, ", one below SHARE")):
        samples = np.concatenate([np.repeat(centres[:2], [good - few, few], axis=0), bad])
        yield from measurement(code, rng.permutation(samples), centres, 0.5, where)
    yield from measurement(code, bad, centres, 0.5, ", none good")


@case("5.1", points=1, gate=True)
def measure_many_samples(code, rng):
    yield from measured(code, rng, 20_000, 25)

# %% [markdown]
# ## 5.2 One number for it
#
# Let $q_m$ be the share of mode $m$ among the good samples, and $p_m = 1/M$ what it should be. The
# *reverse* Kullback-Leibler divergence $\sum q_m \log(q_m/p_m)$, with $0\log 0 = 0$, is 0 for even
# shares and $\log M$ where all lie in one mode. The forward one would be infinite as soon as a
# mode is lost; the second function, drawn for you, is another way out, and 0 for even shares too.
# Both must come out as 0 there to twelve digits, however many modes there are: a formula that is
# the same on paper can lose half of its digits, or take the root of $-10^{-16}$.

# %% task 5.2: One number for it
def reverse_kl(counts):
    """sum of q log(q / p), p = 1/M, q = counts / their sum; counts (M,), not all 0."""
    ### BEGIN SOLUTION
    q = counts / counts.sum()
    some = q[q > 0]
    return (some * np.log(some * len(counts))).sum()
    ### END SOLUTION


### BEGIN VARIANT jensen_shannon
def distance(counts):
    """Jensen-Shannon: half of sum p log(p / m) + sum q log(q / m), with m = (p + q) / 2."""
    ### BEGIN SOLUTION
    q = counts / counts.sum()
    p = np.full_like(q, 1 / len(q))
    m, some = (p + q) / 2, q > 0
    return ((p * np.log(p / m)).sum() + (q[some] * np.log(q[some] / m[some])).sum()) / 2
    ### END SOLUTION
### END VARIANT
### BEGIN VARIANT hellinger
def distance(counts):
    """Hellinger: the square root of half the sum of (sqrt(p) - sqrt(q))^2."""
    ### BEGIN SOLUTION
    q = counts / counts.sum()
    return np.sqrt(((np.sqrt(1 / len(q)) - np.sqrt(q)) ** 2).sum() / 2)
    ### END SOLUTION
### END VARIANT
### BEGIN VARIANT smoothed_kl
def distance(counts):
    """The forward divergence, sum p log(p / q), with one more sample in each mode:
    q = (counts + 1) / (their sum)."""
    ### BEGIN SOLUTION
    q = (counts + 1) / (counts.sum() + len(counts))
    return -np.log(q * len(q)).mean()
    ### END SOLUTION
### END VARIANT


# %% tests 5.2
def test_even_shares_have_no_distance():
    for name in ("reverse_kl", "distance"):
        for modes in (8, 20, 21, 45, 100):
            with np.errstate(all="ignore"):
                found = getattr(my, name)(np.full(modes, 5.0))
            assert np.isclose(found, 0, atol=1e-12), (
                f"{name} of even counts in {modes} modes is {found}, wanted 0"
            )


def test_one_mode_is_far_away():
    counts = np.array([0.0, 7.0, 0.0, 0.0])
    found = my.reverse_kl(counts)
    assert np.isclose(found, np.log(4)), f"all in one of 4 modes: {found}, wanted log 4"
    assert my.distance(counts) > 0.1, f"all in one of 4 modes: distance {my.distance(counts)}"


REVERSE = {(1, 1, 2): 0.058891518, (3, 0, 1): 0.536277144, (9, 1, 0, 0, 0): 1.284354939}
### BEGIN VARIANT jensen_shannon
KNOWN = {(1, 1, 2): 0.0143625916, (3, 0, 1): 0.1596263581, (9, 1, 0, 0, 0): 0.3368934331}
### END VARIANT
### BEGIN VARIANT hellinger
KNOWN = {(1, 1, 2): 0.1200060013, (3, 0, 1): 0.4597008434, (9, 1, 0, 0, 0): 0.6590254737}
### END VARIANT
### BEGIN VARIANT smoothed_kl
KNOWN = {(1, 1, 2): 0.0189956438, (3, 0, 1): 0.1541506798, (9, 1, 0, 0, 0): 0.4994658340}
### END VARIANT
def test_known_distances():
    for name, known in (("reverse_kl", REVERSE), ("distance", KNOWN)):
        for counts, wanted in known.items():
            found = getattr(my, name)(np.array(counts, float))
            assert np.isclose(found, wanted, rtol=1e-7, atol=0), (
                f"{name} of the counts {counts} is {found:.9f}, {found / wanted:.6g} times what is "
                f"wanted, {wanted:.9f}"
            )


def test_more_uneven_is_further():
    counts = [np.array([5.0, 5, 5, 5]), np.array([6.0, 5, 5, 4]), np.array([9.0, 9, 2, 0])]
    for name in ("reverse_kl", "distance"):
        found = [float(getattr(my, name)(c)) for c in counts]
        assert found[0] < found[1] < found[2], f"{name} of ever less even counts: {found}"

# %% cases 5.2
def distances(code, rng, modes):
    counts = np.floor(rng.exponential(30.0, modes)) * (rng.random(modes) < 0.8)
    counts[:3] = 40, 1, 0
    counts = rng.permutation(counts)
    yield "the reverse divergence", code.reverse_kl(counts)
    yield "the distance", code.distance(counts)


@case("5.2", points=1)
def distances_of_few_modes(code, rng):
    yield from distances(code, rng, 9)


@case("5.2", points=1)
def distances_of_even_shares(code, rng):
    """With 1 added here, so that rounding is forgiven, and half of the digits are not."""
    for modes in (20, 21, 45, 100):
        even = np.full(modes, float(rng.integers(1, 50)))
        for name in ("reverse_kl", "distance"):
            yield f"1 + {name} of {modes} even shares", 1 + np.array(getattr(code, name)(even))


@case("5.2", points=1, gate=True)
def distances_of_many_modes(code, rng):
    yield from distances(code, rng, 100_000)

# %% [markdown]
# ## 5.3 Name it
#
# From what was measured, say what is wrong. The first line that holds is the name:
#
# | code | name | holds if |
# |---|---|---|
# | 0 | off target | less than a tenth of the samples are good |
# | 1 | one mode | at least nine tenths of the good samples lie in one mode |
# | 2 | lost modes | some mode has no good sample |
# | 3 | smeared | less than `SHARP` of the samples are good |
# | 4 | uneven | the largest count is more than three times the smallest |
# | 5 | healthy | always |

# %% task 5.3: Name it
SHARP = 0.7  ### VARIANT 0.5 0.6 0.7 0.8


def diagnose(good, counts):
    """The code of each of K generators, float64 of shape (K,): good (K,) the shares of good
    samples, counts (K, M) the good samples of each mode, M > 1."""
    ### BEGIN SOLUTION
    total, largest, smallest = counts.sum(axis=1), counts.max(axis=1), counts.min(axis=1)
    holds = [
        good < 0.1, largest >= 0.9 * total, smallest == 0, good < SHARP, largest > 3 * smallest,
    ]
    return np.select(holds, np.arange(5.0), 5.0)
    ### END SOLUTION

# %% tests 5.3
EVEN = (20, 20, 20)
NAMED = [  # good, counts, the code, why
    (0.0, (0, 0, 0), 0, "no sample is good"),
    (0.05, EVEN, 0, "0.05 is less than a tenth"),
    (0.096, EVEN, 0, "0.096 is less than a tenth"),
    (0.1, EVEN, 3, "a tenth is not less than a tenth, but less than SHARP"),
    (0.05, (9, 0, 0), 0, "off target comes before one mode"),
    (0.95, (98, 1, 1), 1, "98 of 100 in one mode"),
    (0.95, (90, 5, 5), 1, "90 of 100 are nine tenths"),
    (0.3, (90, 5, 5), 1, "90 of 100 good samples are nine tenths, however few samples are good"),
    (0.95, (98, 2, 0), 1, "one mode comes before lost modes"),
    (0.95, (89, 11, 0), 2, "a mode has none"),
    (0.3, (9, 9, 0), 2, "lost modes come before smeared"),
    (my.SHARP - 0.004, EVEN, 3, "less than SHARP"),
    (0.3, (70, 20, 20), 3, "smeared comes before uneven"),
    (my.SHARP, EVEN, 5, "SHARP is not less than SHARP"),
    (0.95, (70, 20, 20), 4, "70 is more than three times 20"),
    (0.95, (70, 70, 5), 4, "5 of 145 are few, but not none"),
    (0.95, (60, 30, 20), 5, "60 is three times 20, not more"),
    (0.95, (30, 30, 11), 5, "30 is less than three times 11"),
]


def test_names():
    good, counts, codes, _ = zip(*NAMED, strict=True)
    found = my.diagnose(np.array(good), np.array(counts, float))
    assert np.shape(found) == (len(codes),), (
        f"of {len(codes)} generators the codes have the shape {np.shape(found)}"
    )
    assert found.dtype == np.float64, f"the codes are {found.dtype}, wanted float64"
    for name, (good, counts, code, why) in zip(found, NAMED, strict=True):
        assert name == code, (
            f"good {good:.4g}, counts {counts} of one among {len(codes)} generators: {name:g}, "
            f"wanted {code}: {why}"
        )

# %% cases 5.3
def diagnosed(code, rng, generators):
    counts = np.floor(rng.exponential(20.0, (generators, 4)))
    counts[rng.random(generators) < 0.2] = [40.0, 41, 42, 43]
    counts[rng.random(generators) < 0.2, 0] = 2000
    counts[~counts.any(axis=1), 0] = 1  # without any, none of the samples would be good
    yield "the names", code.diagnose(rng.random(generators), counts)


@case("5.3", points=1)
def names_of_some(code, rng):
    yield from diagnosed(code, rng, 40)


@case("5.3", points=2)
def names_at_the_borders(code, rng):
    even, uneven, one = (20, 21, 22, 23), (62, 30, 21, 20), (90, 5, 4, 1)
    good, counts = zip(
        (0, (0, 0, 0, 0)), (0.1, even), (0.0951, even), (0.1049, even), (0.05, (9, 0, 0, 0)),
        (0.95, one), (0.3, one), (0.95, (89, 9, 1, 1)), (0.95, (90, 9, 1, 0)),
        (0.95, (89, 11, 0, 0)), (0.3, (89, 11, 0, 0)), (0.3, uneven),
        (SHARP, even), (SHARP - 0.004, even), (SHARP + 0.004, even), (SHARP, uneven),
        (0.95, (60, 30, 30, 20)), (0.95, (61, 30, 30, 20)), (0.95, (50, 50, 50, 5)),
        strict=True,
    )
    order = rng.permutation(len(good))
    counts = rng.permutation(2.0 ** rng.integers(6) * np.array(counts)[order], axis=1)
    yield "the names", code.diagnose(np.array(good)[order], counts)


@case("5.3", points=1, gate=True)
def names_of_many(code, rng):
    yield from diagnosed(code, rng, 50_000)

# %% [markdown]
# ## 5.4 Cure it
#
# Write `train`. It gets 20,000 points of eight equally likely modes, each a round Gaussian cloud of
# width 0.2. The centres are drawn anew each time you are graded: at least 1.8 apart in a disc of
# radius 4, which lies somewhere in the plane. You return the weights of a generator of the form
# below.
#
# **How you are judged.** The grader samples your generator 4,000 times, with noise of its own and
# its own copy of `generate`. A sample is good if it lies within three widths of its nearest centre.
# A mode is found if it has at least a quarter of its fair share of the good samples, and if their
# standard deviation along each axis is at least 0.3 of the true one: a mode is a cloud, not a
# point. Two factors are multiplied:
#
# | figure | all points at | none at |
# |---|---|---|
# | modes found | 8 | 4 |
# | good samples | 70 % | 40 % |
#
# `check 5.4` trains once and judges in the same way (`gan_scratch/coursework/generators.py`). You
# have 25 seconds of one core; 10 are enough. The class sees a leaderboard.
#
# With Adam's usual settings (learning rate 0.001, $\beta_1 = 0.9$) and no penalty, 1,000 rounds
# leave nine samples of ten between the modes. A penalty on D's slope (`penalties.R1`), a smaller
# $\beta_1$, a learning rate that falls, and points shifted and scaled to mean 0 and spread 1 all
# change that, not all of them for the same reason: try one at a time, measure, and keep notes for
# the question.

# %% given
LATENT, HIDDEN = 4, 64
SHAPES = [(LATENT, HIDDEN), (HIDDEN,), (HIDDEN, HIDDEN), (HIDDEN,), (HIDDEN, 2), (2,)]


def generate(weights, z):
    """Points (N, 2) of the weights [A, a, B, b, C, c], for noise z (N, LATENT): two hidden layers
    of HIDDEN leaky ReLUs with a slope of 0.2. It is models.mlp's generator."""
    first, first_bias, second, second_bias, last, last_bias = weights
    h = z @ first + first_bias
    h = np.where(h > 0, h, 0.2 * h)
    h = h @ second + second_bias
    h = np.where(h > 0, h, 0.2 * h)
    return h @ last + last_bias

# %% task 5.4: Cure it
def train(points, seed, seconds):
    """The weights of a generator of these points: a list of six arrays, see `generate`.

    points (N, 2); all randomness comes from np.random.default_rng(seed).
    """
    ### BEGIN SOLUTION
    from gan_scratch import game, losses, optimizers, penalties
    from gan_scratch.models import mlp

    rng = np.random.default_rng(seed)
    middle, batch, steps, fastest = points.mean(axis=0), 128, 8000, 3e-3
    size = (points - middle).std()
    points = ((points - middle) / size).astype(np.float32)
    generator = mlp.generator(
        (2,), latent=LATENT, hidden=(HIDDEN, HIDDEN), output="linear", rng=rng
    )
    discriminator = mlp.discriminator((2,), hidden=(64, 64), rng=rng)
    adams = [
        optimizers.Adam(player.parameters(), fastest, 0.5, 0.99)
        for player in (generator, discriminator)
    ]
    play = game.Game(
        generator, discriminator, losses.NonSaturating(), *adams, [penalties.R1(0.2)], rng=rng,
        latent=LATENT,
    )
    for step in range(steps):
        for adam in adams:
            adam.learning_rate = fastest * max(1 - step / steps, 0.02)
        real = points[rng.integers(len(points), size=batch)]
        game.discriminator_step(play, real, play.noise(batch))
        game.generator_step(play, play.noise(batch))
    *hidden, last, last_bias = (parameter.value for parameter in generator.parameters().values())
    return [*hidden, last * size, last_bias * size + middle]
    ### END SOLUTION

# %% tests 5.4
from gan_scratch.coursework import generators


def test_train_finds_the_modes():
    rng = np.random.default_rng(6)
    centres = generators.draw_centres(rng)
    weights = my.train(generators.draw_points(centres, 20_000, rng), 0, 25.0)
    noise = rng.standard_normal((4000, my.LATENT))
    fakes = generators.sampled(my.generate, weights, my.SHAPES, noise)
    judgement = generators.judge_points(fakes, centres)
    assert judgement.share == 1, judgement.words

# %% cases 5.4
from gan_scratch.coursework import generators

GENERATE, WEIGHTS = generate, list(SHAPES)  # of this file, whatever a student's does


def as_points(answers):
    """Sample here, from the weights alone, and judge the samples."""
    weights = [answers[f"weights {i}"] for i in range(6)]
    try:
        fakes = generators.sampled(GENERATE, weights, WEIGHTS, answers["the noise"])
    except ValueError as error:
        return Judgement(0, str(error))
    return generators.judge_points(fakes, answers["the centres"])


@case("5.4", points=6, seconds=30, judge=as_points)
def modes_that_nobody_has_seen(code, rng):
    centres = generators.draw_centres(rng)
    points = generators.draw_points(centres, 20_000, rng)
    weights = code.train(points, int(rng.integers(1000)), 25.0)
    for i in range(6):
        yield f"weights {i}", weights[i]
    yield "the centres", centres
    yield "the noise", rng.standard_normal((4000, LATENT))

# %% question 5.5: What cured it (3)
# Train once without what you think is the cure, and once with it, for the same seconds. Give both
# measurements, name what you saw by the table of task 5.3, and say what the cure changes in the
# game: why could D not punish the collapse before? (Ten sentences and four numbers.)
