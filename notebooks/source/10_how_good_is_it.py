# %% [markdown]
# # 10. How good is it?
#
# Your generator has trained for an hour and its samples look fine. Are they? Is it better than
# yesterday's? Does it draw every kind of digit, or does it know fifty of them by heart? The losses
# do not say ([chapter 4](04_the_first_gan.ipynb)), and your eyes answer only some of these
# questions. This chapter tries eleven figures on samples whose faults we know, because we put them
# there. None of the figures notices everything, and you will know which one is blind to what.
#
# After this chapter you can
#
# - judge samples by looking, counting, distances and coverage, and say what each of them misses;
# - say what two sets of *real* images score, and why that is neither 0 nor 1;
# - read a table of such figures without being taken in by a perfect score.
#
# You need chapters 2, 4 and 5.

# %%
import time

import numpy as np
from matplotlib.patches import Circle

from gan_scratch import datasets, training
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, picture, rounds, source
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.game import Game
from gan_scratch.losses import NonSaturating
from gan_scratch.metrics import birthday, frechet, kernel, nearest, neighbours, sliced
from gan_scratch.metrics.classifier import load_classifier
from gan_scratch.models import mlp
from gan_scratch.optimizers import Adam, Average
from gan_scratch.penalties import R1
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure
from gan_scratch.plots.images import grid
from gan_scratch.plots.side_by_side import side_by_side
from gan_scratch.training.schedules import linear

# %% [markdown]
# ## Looking
#
# Here are 24 samples from each of four generators, A to D.
#
# **Predict.** Which of the four would you use? Which of them has a fault?

# %%
digits = datasets.load("digits", value_range=(0, 1))
size = rounds(1000, short=250)  # images in a set; the short one is for tests
rng = np.random.default_rng(2)
real, held_out, rest = np.split(rng.permutation(len(digits)), [size, 2 * size])

generators = {
    "A": rest[:size],
    "B": rest[size + rng.integers(size // 2, size=size)],
    "C": rest[~np.isin(digits.labels[rest], [4, 7, 9])][-size:],
    "D": rng.permutation(real),
}
boards = [grid(digits.images[which[:24]], columns=6) for which in generators.values()]
alt = "Four boards of clean handwritten digits"
picture(side_by_side(boards, list(generators), columns=4), alt)

# %% [markdown]
# We cheated: every one of these samples is a real digit. Say that 1,000 of our 9,000 digits are
# the training set. A draws digits that are not in it, which is all that one can ask for. B draws
# new digits too, but only 500 different ones, over and over. C never draws a 4, a 7 or a 9. D
# knows nothing but the training set.
#
# If you counted, you may suspect C. Nobody can tell B or D from A on a board of 24. Looking still
# comes first: it takes a second, and finds faults that nobody has thought of measuring. But it
# sees what is there. It does not see what is missing, what repeats, and what is copied.
#
# ## Counting
#
# Where the data have classes, a classifier can count them. This is the classifier of chapter 4. It
# names the class of a digit, right in 99.6 % of cases, and it has 64 **features**, the numbers in
# front of its ten scores, by which we shall compare digits from here on.

# %%
judge = load_classifier("digits")
features = judge.features(digits.images)  # of all 9,000, once
classes = judge.probabilities_of(features).argmax(axis=1)
shares = {
    name: np.bincount(classes[which], minlength=10) / size
    for name, which in [("real", real), *generators.items()]
}
apart = {name: np.abs(share - shares["real"]).sum() / 2 for name, share in shares.items()}

alt = "Five bars for each digit, all near one tenth, but C has none for 4, 7 and 9"
colors = [style.REAL, style.DISCRIMINATOR, style.VALUE, style.GENERATOR, style.INK]
with panels(alt=alt, size=(6.4, 2.4)) as axes:
    for place, (name, share) in enumerate(shares.items()):
        at = np.arange(10) + 0.16 * (place - 2)
        axes.bar(at, share, 0.14, color=colors[place], label=name)
    axes.set(title="Share of each class", xticks=range(10), ylim=(0, 0.21))
    axes.legend(ncols=5, loc="upper right")
print("total variation from the real shares:", {n: f"{v:.3f}" for n, v in apart.items()})

# %% [markdown]
# C is caught. The **total variation**, half the sum of the absolute differences, is 0.3 for it:
# that is how much of the data it never draws. Everybody understands such a figure, and it costs
# nothing. But it needs classes, and it sees nothing inside one. A generator that draws one 3 over
# and over, and one 8, and so on, has perfect shares.
#
# ### How many different samples?
#
# The **support** of a generator is the set of samples that it can draw. How large is it? You
# cannot draw until you have seen them all. But you need not: of 23 people, two share a birthday
# with probability 1/2, although there are 365 days. If $n$ samples are equally likely, the
# probability that $s$ draws are all different is
#
# $$\prod_{i=0}^{s-1} \Bigl(1 - \frac in\Bigr) \approx \prod_{i=0}^{s-1} e^{-i/n}
#   = e^{-s(s-1)/2n},$$
#
# which is 1/2 at $s(s-1) = 2n \log 2$, or about $s = 1.18 \sqrt n$. Read backwards, this is the
# **birthday test**: draw until the first duplicate shows, after $s$ draws, and estimate the size of
# the support as $s^2/1.39$.
#
# **Predict.** A generator can make 30,000 different samples. After how many draws does one come
# twice?

# %%
rng = np.random.default_rng(seed())
supports = np.array([30, 100, 365, 1000, 3000, 10_000, 30_000])
sizes = [
    birthday.birthday(rng.integers(n, size=(2500, 1)).astype(float), 0.5, rng).size
    for n in supports
]
alt = "Seven points from 30 to 30,000 samples, all on the line 1.18 times the square root"
with panels(alt=alt, size=(4.4, 2.7)) as axes:
    axes.plot(supports, 1.18 * np.sqrt(supports), color=style.FAINT_INK, label="1.18 √n")
    axes.plot(supports, sizes, "o", color=style.GENERATOR, label="found from 2,500 draws")
    axes.set(xscale="log", yscale="log", title="When the first duplicate shows",
             xlabel="different samples n", ylabel="draws s")
    axes.legend()
_ = over_seeds("10 draws", {f"{n:,}": s for n, s in zip(supports, sizes)}, "{:.1f}")

# %% [markdown]
# About 200 draws show a support of 30,000. (`birthday` finds $s$ as the median over many random
# orders of the same 2,500 draws.) Two images are hardly ever equal to the last bit, so we need a
# **threshold**, a distance below which two of them count as duplicates. Real digits suggest one:
# the distance such that 1 % of other real digits are closer than that to the training set. It is
# somewhat arbitrary, so do not read the estimate as a count of digits. Compare $s$ with that of
# real digits.

# %%
threshold = birthday.threshold(features[held_out], features[real])
for name, which in [("real", held_out), *generators.items()]:
    found = birthday.birthday(features[which], threshold, rng)
    bound = "at least " * found.at_least
    print(f"{name:5} first duplicate at {bound}{found.size:.0f} ({found.pairs} pairs)")

# %% [markdown]
# B gives itself away at 26, which is $1.18 \sqrt{500}$. The others are about where real digits
# are. These have only a few duplicates among 1,000, so the figure is rough.
#
# ### Copies
#
# D still looks perfect. To catch it you need the one thing that we have not used, the training
# set. How far is a sample from the nearest digit in it? Divide the median over the samples by the
# median over real digits that were held out: the **nearest ratio**. It is about 1 for new digits
# and 0 for copies.

# %%
ratios = {
    name: nearest.copying(features[which], features[held_out], features[real])["ratio"]
    for name, which in generators.items()
}
print("nearest ratio:", {name: f"{ratio:.2f}" for name, ratio in ratios.items()})

# %% [markdown]
# ## Distances
#
# So far we needed to know what to look for. A **distance** between two sets of features should
# notice any difference between them. Three are in use.
#
# - The **Fréchet distance** of chapter 4 compares mean and covariance. In the literature it is
#   called FID (Fréchet Inception Distance) when the features are 2,048 numbers of a network called
#   Inception and the sets have 50,000 images. Ours is the same formula with other features, and its
#   values cannot be compared with any FID.
# - **KID** (Kernel Inception Distance) compares pairs. With $k(x, y) = (x \cdot y / D + 1)^3$,
#   where $D$ is the number of features, and sets of $m$,
#
# $$\frac{1}{m(m-1)} \sum_{i \ne j} \bigl[k(a_i, a_j) + k(b_i, b_j)\bigr]
#   - \frac{2}{m^2} \sum_{i, j} k(a_i, b_j) .$$
#
# - **MIND** (Monge Inception Distance) is a **sliced Wasserstein distance**. Look at both sets
#   along a random direction $u$, where each sample is one number. Sort both. The cheapest way to
#   carry one set to the other takes the smallest to the smallest, the second to the second, and so
#   on. Square how far each sample goes, average over the samples and over a thousand directions,
#   and multiply by three times the number of features, so that a shift by $v$ gives $3|v|^2$ on
#   average.
#
# The last one is short enough to be shown whole:

# %%
source(sliced.mind)

# %% [markdown]
# **Predict.** Two sets of real digits, drawn from the same 9,000. How far apart are they? What
# changes with sets of twice the size?

# %%
counts = [64, 128, 256, 512, 1024, 2048]
far = {"Fréchet distance": [], "KID": [], "MIND": []}
for count in counts[:rounds(6, short=3)]:
    for _ in range(rounds(10, short=3)):
        a, b = features[rng.permutation(len(features))[: 2 * count]].reshape(2, count, -1)
        far["Fréchet distance"].append((count, frechet.frechet_distance(a, b)))
        far["KID"].append((count, kernel.kid(a, b, rng, subsets=1, size=count).mean))
        far["MIND"].append((count, sliced.mind(a, b, rng, directions=100)))

alt = """Fréchet distance and MIND of real digits fall towards 0 as the sets grow; KID scatters
around 0 from the beginning, above and below"""
with panels(3, alt=alt, size=(2.6, 2.5)) as board:
    for axes, (name, values) in zip(board, far.items()):
        axes.plot(*np.transpose(values), "o", ms=3, color=style.REAL)
        axes.axhline(0, color=style.FAINT_INK, lw=0.8)
        axes.set(title=name, xscale="log", xlim=(50, 2700),
                 xlabel="images in each set")
kids = np.array(far["KID"])[:, 1]
print(f"{(kids < 0).sum()} of {len(kids)} KIDs are negative")

# %% [markdown]
# Two sets from one source are not at distance 0. Each has a mean and a covariance of its own, and
# the Fréchet distance and MIND count how these differ, the more the smaller the sets: with half as
# many images they double. So a distance says nothing without the number of samples, and two
# distances compare only if the numbers are the same.
#
# KID is different. Without the pairs $i = j$ (look at the sum) its expectation does not depend on
# $m$, and for two sets from one distribution it is exactly 0. So many such KIDs are *negative*.
# That is no mistake: an estimate that is right on average must sometimes fall below a true value of
# 0.
#
# A distance is one number. It says that something is wrong, and not what.
#
# ## Coverage
#
# Two questions should be kept apart. Are the fakes realistic: is there a real sample near each of
# them? Are they diverse: is there a fake near each real sample? "Near" needs a scale, and the data
# give it. Around each real sample we lay a ball that reaches to its $k$-th nearest real neighbour.
# Where data are dense, balls are small. Then
#
# - **precision** is the share of fakes that lie in at least one real ball, and **recall** is the
#   same the other way round: the share of real samples that lie in a ball around a fake ($k = 3$);
# - **density** is the mean number of real balls that a fake lies in, divided by $k$, and
#   **coverage** is the share of real balls that hold a fake ($k = 5$).
#
# Watch them in the plane, where both are Gaussians and the fakes grow wider.

# %%
rng = np.random.default_rng(3)
middle, around = rng.standard_normal((2, 120, 2))
spreads = np.linspace(0.3, 2, rounds(18, short=4))
names = ["precision", "recall", "density", "coverage"]


def four(real, fake):
    """Precision, recall, density, coverage."""
    precision, recall = neighbours.precision_recall(real, fake)
    return precision, recall, *neighbours.density_coverage(real, fake)


tracks = np.array([four(middle, spread * around) for spread in spreads])
balls = np.sort(np.linalg.norm(middle[:, None] - middle, axis=2), axis=1)[:, 5]

# %%
def frame(index):
    figure, (plane, curves) = new_figure(2, size=(2.9, 2.8), dpi=80)
    for centre, radius in zip(middle, balls):
        plane.add_artist(Circle(centre, radius, color=style.REAL, alpha=0.1, lw=0))
    plane.plot(*(spreads[index] * around).T, "o", ms=2.5, color=style.GENERATOR)
    plane.set(title=f"fakes, spread {spreads[index]:.1f}", aspect="equal", xlim=(-4, 4),
              ylim=(-4, 4), xticks=[], yticks=[])
    for values, name, color in zip(tracks.T, names, colors[1:]):
        curves.plot(spreads[: index + 1], values[: index + 1], color=color, label=name)
    curves.set(title="four figures", xlim=(0.3, 2), ylim=(0, 2.4), xlabel="spread of the fakes")
    curves.legend(loc="upper right", ncols=2, fontsize=7)
    return as_image(figure)


with style.look({"axes.titlepad": 5, "axes.titlesize": 9, "font.size": 8}):
    frames = [frame(index) for index in range(len(spreads))]
alt = """Orange fakes spread over grey balls around real points, from the middle outwards.
Recall and coverage rise to about 1; then precision, density, coverage fall, and recall stays"""
film(frames, alt, duration=0.3)

# %% [markdown]
# Narrow fakes all lie in balls, so precision is 1. But they leave the outer balls empty, so
# coverage is low, and their own small balls hold few real samples, so recall is low too. Wide
# fakes miss the real balls, and precision and density fall. Their own balls are large and hold
# nearly all real samples, so recall stays high.
#
# ### What two equal sets score
#
# At a spread of 1 the fakes are exactly right, and still the four are not all 1. For coverage we
# can say what to expect. Stand at one of $N$ real samples and order the other $N - 1$ and the $M$
# fakes by their distance from you. If all are from one distribution, every order is equally
# likely. Your ball is empty if the first $k$ in this order are all real, so
#
# $$\mathbb{E}[\text{coverage}] = 1 - \prod_{i=0}^{k-1} \frac{N - 1 - i}{M + N - 1 - i},$$
#
# about $1 - 2^{-k}$ for $M = N$: 0.969 for $k = 5$. The distribution does not appear, and neither
# does the dimension. Density is 1 on average: each of the $N$ balls holds about $k/N$ of the
# probability, so a fake lies in about $k$ balls. For precision and recall there is no such value.
#
# **Predict.** Real samples and fakes from one Gaussian, 1,000 of each. Which of the four change
# between 2 dimensions and 64?

# %%
rng = np.random.default_rng(seed())
equal = {}
for dimension in (2, 8, 64):
    pairs = rng.standard_normal((rounds(4, short=2), 2, size, dimension))
    equal[dimension] = np.mean([four(*pair) for pair in pairs], axis=0)
print("dimension ", *(f"{name:>9}" for name in names))
for dimension, values in equal.items():
    print(f"{dimension:9} ", *(f"{value:9.3f}" for value in values))
expected = neighbours.expected_coverage(size, size, 5)
print(f"expected   {'?':>9} {'?':>9} {1:9.3f} {expected:9.3f}")

# %% [markdown]
# Precision and recall fall from nearly 1 in the plane to less than 0.7, though the fakes are
# perfect. If a paper reports a precision of 0.65, its generator may be bad or perfect. Only the
# figure of real against real, beside it, can tell.
#
# **Predict.** Still 64 dimensions, and the fakes are 1.3 times too wide. What is precision now?
# And when they are 1.3 times too narrow?

# %%
spreads_64 = np.linspace(0.7, 1.4, rounds(15, short=3))
pair = np.random.default_rng(4).standard_normal((2, size, 64))
tracks_64 = [[*four(pair[0], s * pair[1]), *neighbours.clipped(pair[0], s * pair[1])]
             for s in spreads_64]
labels_64 = [*names, "clipped density", "clipped coverage"]
alt = """Over the spread of the fakes in 64 dimensions. Precision falls from 1 to 0 around a
spread of 1 and recall rises from 0 to 1; density falls from above 2; coverage is 1 until there
and then falls, and so do both clipped figures"""
with panels(2, alt=alt, size=(3.3, 2.7)) as board:
    for axes, order in zip(board, ([0, 2, 4], [1, 3, 5])):
        for index, color in zip(order, colors[1:]):
            values = [values[index] for values in tracks_64]
            axes.plot(spreads_64, values, color=color, label=labels_64[index])
        axes.axvline(1, color=style.FAINT_INK, lw=0.8)
        axes.set(ylim=(0, 2), xlabel="spread of the fakes")
        axes.legend(loc="best")
    board[0].set(title="Realistic?")
    board[1].set(title="Diverse?")
for spread in (1.3, 1 / 1.3):
    values = four(pair[0], spread * pair[1])
    print(f"spread {spread:.2f}:", *(f"{n} {v:.3f}  " for n, v in zip(names, values)))

# %% [markdown]
# In many dimensions a little width is everything. The length of a Gaussian sample in 64 dimensions
# is $\sqrt{64} = 8$ times its deviation, hardly more or less. So real samples lie on a thin shell
# of radius 8, and fakes that are 1.3 times too wide on another of radius 10.4, outside nearly all
# balls: precision is 0.02. When they are too narrow, they sit *inside* the shell. There they are in
# very many balls at once, so density is many times 1, and each ball holds one, so coverage is a
# perfect 1. No such generator should be called perfect, and of the four only recall complains.
#
# ### Clipped
#
# A density above 1 is hard to read, and so is a coverage of 0.969 for perfect fakes. **Clipped
# density** and **clipped coverage** (Salvy and others, 2025) aim at the share of good samples. For
# the density, no ball may be larger than the median one, no fake counts more than 1, and the result
# is divided by what real samples get among themselves. For the coverage, count the fakes $c$ in
# each ball, and average $\min(c/k, 1)$. If $m$ of the fakes are good and the others lie in no ball,
# its expectation follows from the orders above, as a function $e(m)$; the figure is the $m/M$ for
# which $e(m)$ is what was found.
#
# **Predict.** Half of the fakes are perfect, the other half is far away from everything. What do
# coverage and clipped coverage say?

# %%
good, rubbish = pair[1][: size // 2], 100 + pair[1][size // 2 :]
mixed = np.concatenate([good, rubbish])
halves = [*four(pair[0], mixed), *neighbours.clipped(pair[0], mixed)]
print("half rubbish:", *(f"{name} {value:.2f}  " for name, value in zip(labels_64, halves)))

# %% [markdown]
# Coverage hardly minds, as half of the fakes still reach nearly all balls. The clipped figures say
# about one half. (The narrow generator still gets a 1 from both.)
#
# ## Which figure notices what
#
# Now all of them, on digits. Ten generators, each with a fault that we know, or with none. A
# figure *notices* the fault if it is worse than in every one of twenty comparisons of real with
# real, in two of three draws at least.

# %%
def figures(real, held_out, fake, rng):
    """The eleven, of features: name -> value."""
    precision, recall = neighbours.precision_recall(real, fake)
    density, coverage = neighbours.density_coverage(real, fake)
    clipped_density, clipped_coverage = neighbours.clipped(real, fake)
    near = birthday.threshold(held_out, real)
    return {
        "Fréchet distance": frechet.frechet_distance(real, fake),
        "KID": kernel.kid(real, fake, rng, subsets=1, size=len(fake)).mean,
        "MIND": sliced.mind(real[: len(fake)], fake, rng, directions=200),
        "precision": precision, "density": density, "clipped density": clipped_density,
        "recall": recall, "coverage": coverage, "clipped coverage": clipped_coverage,
        "birthday": birthday.birthday(fake, near, rng).size,
        "nearest ratio": nearest.copying(fake, held_out, real)["ratio"],
    }


KINDS = {"distance": 3, "realistic": 3, "diverse": 3, "repeats": 1, "copies": 1}
WORSE = np.array([1] * 3 + [-1] * 8)  # a distance gets larger, all others smaller
means = np.stack([features[classes == label].mean(axis=0) for label in range(10)])

# %% [markdown]
# Most of the fakes are real digits again, chosen badly. Two cases spoil the images, and two move
# the features away from the mean of their class, or towards it. `SHOULD` says which kinds of
# figures ought to notice a case: yes, no, or a question mark where one may argue. (Are fakes
# diverse, when half of them are rubbish?)

# %%
def speckled(fake, rng):
    noise = rng.normal(0, 0.2, (*fake.shape, 28, 28, 1))
    return judge.features(np.clip(digits.images[fake] + noise, 0, 1).astype("float32"))


def half_rubbish(fake, rng):
    noise = rng.random((size // 2, 28, 28, 1), "float32")
    return np.concatenate([features[fake[: size - size // 2]], judge.features(noise)])


def stretched(factor):
    return lambda fake, rng: (1 - factor) * means[classes[fake]] + factor * features[fake]

# %%
def drawn(real, held_out, rest, rng):
    """name -> the features of fakes."""
    new, some = rest[:size], rest[~np.isin(digits.labels[rest], [4, 7, 9])]
    chosen = {
        "the same kind": new, "half as many": new[: size // 2],
        "copies of the training set": rng.permutation(real),
        "one training image": np.repeat(real[:1], size),
        "50 new images": new[rng.integers(50, size=size)], "no 4, 7, 9": some[:size],
    }
    made = {"speckled": speckled, "half rubbish": half_rubbish,
            "too wide": stretched(1.3), "too narrow": stretched(1 / 1.3)}
    return {**{name: features[which] for name, which in chosen.items()},
            **{name: make(new, rng) for name, make in made.items()}}

# %%
SHOULD = {  # of distance, realistic, diverse, repeats, copies
    "the same kind": "nnnnn", "half as many": "nnnnn", "copies of the training set": "nnnny",
    "one training image": "ynyyy", "50 new images": "ynyyn", "no 4, 7, 9": "yny?n",
    "speckled": "yy?nn", "half rubbish": "yy?nn", "too wide": "yy?nn", "too narrow": "y?y??",
}


def thirds(rng):
    """Training set, held-out images and all the rest, as indices."""
    return np.split(rng.permutation(len(digits)), [size, 2 * size])


draws, repeats = rounds(3, short=1), rounds(20, short=3)
floor, found = [], {name: [] for name in SHOULD}
for draw in range(repeats):
    rng = np.random.default_rng([seed(), draw])
    parts = thirds(rng)
    known = features[parts[0]], features[parts[1]]
    floor.append(list(figures(*known, features[parts[2][:size]], rng).values()))
    for name, fake in drawn(*parts, rng).items() if draw < draws else ():
        found[name].append(list(figures(*known, fake, rng).values()))
floor = np.array(floor)
worst = (WORSE * floor).max(axis=0)
noticed = {name: (WORSE * values > worst).mean(axis=0) > 0.5 for name, values in found.items()}

# %% [markdown]
# **Predict.** Which figures stay silent about copies of the training set? Which raise a false
# alarm when you draw half as many samples?

# %%
columns = list(figures(*known, fake, rng))
should = {name: np.repeat(list(words), list(KINDS.values())) for name, words in SHOULD.items()}
alt = """Ten cases by eleven figures. A full dot: the figure noticed the case. Blue is right,
orange wrong, grey open to dispute. Most are blue; orange are coverage with half as many
samples, and KID and both coverages, which do not notice the narrow generator"""
with panels(alt=alt, size=(6.8, 4.2)) as axes:
    for row, (name, full) in enumerate(noticed.items()):
        for column, (seen, word) in enumerate(zip(full, should[name])):
            right = {"?": None, "y": seen, "n": not seen}[word]
            color = {None: style.REAL, True: style.DISCRIMINATOR, False: style.GENERATOR}[right]
            axes.plot(column, row, "o", ms=11, mew=1.6, color=color,
                      mfc=color if seen else "none")
    axes.set(xticks=range(11), yticks=range(10), yticklabels=list(noticed), ylim=(9.6, -0.6),
             xlim=(-0.6, 10.6), title="Full: noticed. Orange: wrong")
    axes.set_xticklabels(columns, rotation=40, ha="right")
wrong = {name: [c for c, seen, word in zip(columns, noticed[name], should[name])
                if word == "ny"[not seen]] for name in SHOULD}
for name, silent in wrong.items():
    print(f"{name}:", ", ".join(silent) or "all are right")

# %%
pairs = [
    ("half as many", "Fréchet distance"), ("half as many", "coverage"),
    ("copies of the training set", "Fréchet distance"),
    ("copies of the training set", "nearest ratio"),
    ("50 new images", "nearest ratio"), ("50 new images", "recall"),
    ("50 new images", "birthday"),
    ("one training image", "precision"), ("one training image", "recall"),
    ("too narrow", "KID"), ("too narrow", "recall"), ("too narrow", "coverage"),
    ("too narrow", "clipped coverage"),
]
_ = over_seeds("10 noticed", {
    f"{name}: {figure}": noticed[name][columns.index(figure)] for name, figure in pairs
})

# %% [markdown]
# The first row cannot raise an alarm: its digits are among the twenty comparisons. The page shows
# one seed; the lines under the table say which of the following holds for all four:
#
# - *Half as many* samples are no fault of a generator. Coverage raises an alarm all the same, from
#   every seed, as its formula said: about 0.87 is expected instead of 0.97. The Fréchet distance
#   does so from three of four.
# - *Copies of the training set* pass with top marks. Their distance is 0, which is better than
#   real against real. Only the nearest ratio notices, and it always does.
# - *One training image*, over and over, has full precision: it is a real digit. Recall notices.
# - *Fifty images* are found by recall, coverage and the birthday test. The nearest ratio has
#   nothing to say, as they are no copies (from one seed it raised an alarm).
# - *Too narrow* is the hardest. KID and both coverages miss it from every seed. Recall always
#   notices.
#
# No figure notices every fault: the distances are silent about copies, and the nearest ratio about
# everything else. Some also miss what they should see. A larger table, with 18 cases, is
# `docs/results/sanity-checks.csv`. It follows Räisä and others (2025), who put twelve published
# figures through fifteen such checks and found that each of them fails many.
#
# So take one of each kind: a distance, precision or clipped density, recall, the birthday test,
# the nearest ratio. Put real against real beside each, and look at the samples.
#
# ## A real generator
#
# The players of chapter 4, with two thirds of its steps. We judge G after 500 steps, after 1,500
# and at the end, after 4,000. The fourth board is G at the end again, but given shorter noise, 0.4
# $z$ instead of $z$. That makes its samples more alike: the **truncation trick**, in its simplest
# form.
#
# **Predict.** Which of precision and recall is better with short noise, and which is worse? Which
# of the four boards has the best precision?

# %%
def new_game(seed):
    rng = np.random.default_rng(seed)
    G, D = mlp.generator(latent=100, rng=rng), mlp.discriminator(rng=rng)
    adam_G, adam_D = (Adam(m.parameters(), 4e-3, beta1=0.0, beta2=0.99) for m in (G, D))
    return Game(G, D, NonSaturating(), adam_G, adam_D, [R1(0.5)], rng=rng, latent=100,
                average=Average(G))


game, steps = new_game(seed()), rounds(4000, short=64)
noise = game.noise(size, np.random.default_rng(5))
stages = {}
for event in training.train(game, digits, steps=steps, batch_size=128, schedule=linear):
    if game.step in (steps // 8, 3 * steps // 8, steps):
        stages[f"step {game.step:,}"] = game.sample(noise)
stages["0.4 z"] = game.sample(0.4 * noise)
boards = [grid(samples[:24], columns=6) for samples in stages.values()]
alt = "Digits full of specks; then with fewer; then mostly clean; then the same ones, softer"
picture(side_by_side(boards, list(stages), columns=4), alt)

# %%
real, held_out, rest = thirds(np.random.default_rng([seed(), 0]))
known = features[real], features[held_out]
judged = {name: figures(*known, judge.features(samples), np.random.default_rng(6))
          for name, samples in stages.items()}
print(f"N = M = {size}, k = 3 and 5   real against real", *(f"{name:>11}" for name in judged))
for figure, mean, deviation in zip(columns, floor.mean(axis=0), floor.std(axis=0)):
    row = (f"{values[figure]:11.3g}" for values in judged.values())
    print(f"{figure:27} {mean:8.3g} ± {deviation:6.2g} ", *row)

# %%
shown = ["Fréchet distance", "precision", "density", "clipped density", "recall", "coverage"]
ages = {"early": 0, "end": 2, "short z": 3}
values = list(judged.values())
_ = over_seeds("10 a generator", {
    f"{age}: {figure}": values[place][figure] for figure in shown for age, place in ages.items()
}, "{:.2f}")

# %% [markdown]
# The first row says that the Fréchet distance falls from 55 to 18 while the game goes on, and that
# real digits are at 1.8. So training helps, and is far from done. Your eyes agree. Now look at
# precision. Of the three stages it is *best* after 500 steps, with all those specks: 0.92 from this
# seed, where real digits have 0.89. (Of all four boards, the one with short noise is best.) Then it
# falls, from every seed, and so does density. How can that be? Ask how many fakes lie in any real
# ball, as precision does, and how many lie in one that is not larger than the median ball.

# %%
radius = neighbours.radii(known[0], 3)
small = np.where(radius <= np.median(radius), radius, 0)
inside = {}
for name, images in {"real": digits.images[rest[:size]], **stages}.items():
    fake = judge.features(images)
    held = [neighbours.balls_around(fake, known[0], reach) > 0 for reach in (radius, small)]
    sure = judge.probabilities_of(fake).max(axis=1) > 0.9
    inside[name] = [float(np.mean(share)) for share in (*held, sure)]
    print("{:11} in a ball {:.2f}, in a small ball {:.2f}, classifier sure {:.2f}".format(
        name, *inside[name]))
places = {age: list(inside.values())[1 + place] for age, place in ages.items()}
_ = over_seeds("10 fakes", {
    **{f"{age}: in a small ball": values[1] for age, values in places.items()},
    **{f"{age}: classifier sure": values[2] for age, values in places.items()},
}, "{:.2f}")

# %% [markdown]
# After 500 steps the classifier is sure of a third of the fakes. The others lie somewhere between
# the classes. Few real digits are there, and these are odd ones, far from their neighbours, so
# their balls are huge, and one huge ball is enough for precision. The small balls tell the truth:
# half of other real digits lie in one, a tenth of the early fakes, and a quarter at the end. This
# is why clipped density lets no ball be larger than the median, and it does rise, from every seed.
#
# Short noise draws all fakes towards the middle. From every seed precision is above 0.9, higher
# than for real digits, and density is above 1. Yet the distance is more than twice what it was,
# and recall falls from 0.6 to less than 0.3.
#
# So if you look at precision alone, you stop after 500 steps and shorten the noise. If you look at
# the distance alone, you do not learn whether samples are bad or kinds are missing. The nearest
# ratio is above 1: the typical fake is no copy. (As a ratio of medians, it cannot see copies among
# fewer than half of the fakes.) And the birthday size of 1,000 in the early column means that no
# duplicate showed among all 1,000 samples. Specks keep them apart, for the test looks for
# repetition and not for quality.
#
# ## What they cost
#
# Seconds for 2,500 against 2,500 samples of 64 features, on the computer that ran this page:

# %%
order = np.random.default_rng(7).permutation(len(digits))[: 2 * rounds(2500, short=250)]
a, b = np.split(features[order], 2)
rng = np.random.default_rng(8)
jobs = {
    "Fréchet distance": lambda: frechet.frechet_distance(a, b),
    "KID, 100 subsets": lambda: kernel.kid(a, b, rng), "MIND": lambda: sliced.mind(a, b, rng),
    "precision, recall": lambda: neighbours.precision_recall(a, b),
    "density, coverage": lambda: neighbours.density_coverage(a, b),
    "both clipped": lambda: neighbours.clipped(a, b),
    "birthday": lambda: birthday.birthday(b, threshold, rng),
    "nearest ratio": lambda: nearest.copying(b, a, a),
    "the features": lambda: judge.features(digits.images[: len(a)]),
}
seconds = {}
for name, job in jobs.items():
    started = time.perf_counter()
    job()
    seconds[name] = time.perf_counter() - started
    print(f"{name:18} {seconds[name]:5.2f} s")

# %% [markdown]
# Less than a second each, and seconds in all. (KID's subsets are its usual form: 100 of 1,000
# samples each, and their mean and deviation. From 2,500 samples they overlap, so the deviation
# says less than it seems to.) So cost is no reason to look at one figure only. `gan-scratch
# evaluate runs/mlp-digits` judges a run of your own.
#
# ## What all of them miss
#
# Every figure of this chapter sees samples through features, and is blind to what these leave out.
# The classifier was trained to tell digits apart. It may well ignore a grey veil over all images,
# because no class depends on it. For your own data there may be no classifier at all; then the
# library projects the pixels onto 64 random directions. That keeps distances, roughly, and knows
# nothing of what an image shows.
#
# One figure needs no features, because it asks the players. How much could each of the two gain if
# the other stood still? The sum of both gains is the **duality gap** (Grnarova and others, 2019).
# At the equilibrium of chapter 2 nobody gains anything and it is 0; everywhere else it is above.
# The price is that both players have to be trained further to find out.
#
# ## What goes wrong, and how it looks
#
# | you see | it is | do |
# |---|---|---|
# | real against real is not at distance 0, or does not score 1 | finite samples; $k$, $N$, $M$, the dimension | print it beside every figure |
# | a KID below 0 | an unbiased estimate of a value near 0 | nothing; give its spread |
# | two papers' values that do not fit together | other features, other numbers of samples, another way to resize images | compare only what you measured in one way |
# | precision 1 and recall 0 | collapse, or the two sets exchanged | try one image, repeated: it must give precision 1, recall 0 |
# | a density well above 1, a coverage of exactly 1 | fakes gathered in the middle of the data | look at recall and at the nearest ratio |
# | a distance below that of real against real | copies of the training set | the nearest ratio |
# | all neighbours' figures near 0, or an error | equal real samples, whose balls are empty | leave out duplicates |
#
# ## Exercises
#
# **10.1** Write KID for two sets of equal size, as it stands above: without the pairs of a sample
# with itself.

# %%
def kid(a, b):
    ...  # your turn: a and b are (m, D); return a number


check("10.1", kid)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `x @ y.T` has all products of two sets. The pairs $i = j$ stand on the diagonal.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def kid(a, b):
#     def k(x, y):
#         return (x @ y.T / x.shape[1] + 1) ** 3
#
#     m = len(a)
#     within = k(a, a) + k(b, b)
#     np.fill_diagonal(within, 0)
#     return within.sum() / (m * (m - 1)) - 2 * k(a, b).mean()
#
#
# check("10.1", kid)
# ```
#
# </details>
#
# **10.2** Write coverage: the share of real samples whose ball, up to the $k$-th nearest *other*
# real sample, holds a fake. What is exactly at the edge of a ball is outside.

# %%
def coverage(real, fake, k):
    ...  # your turn: real is (N, D), fake is (M, D); return a number


check("10.2", coverage)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.linalg.norm(a[:, None] - b[None], axis=2)` has all distances. Sort those between real
# samples. The nearest real sample to each of them is itself.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def coverage(real, fake, k):
#     def distances(a, b):
#         return np.linalg.norm(a[:, None] - b[None], axis=2)
#
#     radius = np.sort(distances(real, real), axis=1)[:, k]
#     return (distances(real, fake).min(axis=1) < radius).mean()
#
#
# check("10.2", coverage)
# ```
#
# </details>
#
# **10.3** A generator makes $n$ different samples, all equally likely. How many do you have to
# draw, at least, to have a duplicate among them with a probability of at least $c$? (Exactly: 1.18
# $\sqrt n$ is only near.)

# %%
def draws_needed(n, chance):
    ...  # your turn: return the smallest whole number


check("10.3", draws_needed)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Draw one after the other. If $s$ draws were all different, the next one is different from them
# with probability $1 - s/n$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def draws_needed(n, chance):
#     draws, all_different = 1, 1.0
#     while 1 - all_different < chance:
#         all_different *= 1 - draws / n
#         draws += 1
#     return draws
#
#
# check("10.3", draws_needed)
# ```
#
# For 365 days and 1/2 it is 23; for 0.99 it is 57.
#
# </details>
#
# ## Sources
#
# - M. Heusel and others, *GANs trained by a two time-scale update rule converge to a local Nash
#   equilibrium*, 2017, [arXiv:1706.08500](https://arxiv.org/abs/1706.08500): the Fréchet distance
#   of Inception's features.
# - M. Bińkowski and others, *Demystifying MMD GANs*, 2018,
#   [arXiv:1801.01401](https://arxiv.org/abs/1801.01401): KID.
# - Q. Berthet and others, *MIND: Monge Inception Distance for generative models evaluation*, 2026,
#   [arXiv:2605.06797](https://arxiv.org/abs/2605.06797).
# - T. Kynkäänniemi and others, *Improved precision and recall metric for assessing generative
#   models*, 2019, [arXiv:1904.06991](https://arxiv.org/abs/1904.06991).
# - M. F. Naeem and others, *Reliable fidelity and diversity metrics for generative models*, 2020,
#   [arXiv:2002.09797](https://arxiv.org/abs/2002.09797): density, coverage, and its expectation.
# - N. Salvy, H. Talbot, B. Thirion, *Enhanced generative model evaluation with clipped density and
#   coverage*, 2025, [arXiv:2507.01761](https://arxiv.org/abs/2507.01761).
# - S. Arora, Y. Zhang, *Do GANs actually learn the distribution? An empirical study*, 2017,
#   [arXiv:1706.08224](https://arxiv.org/abs/1706.08224): the birthday test.
# - O. Räisä, B. van Breugel, M. van der Schaar, *Position: all current generative fidelity and
#   diversity metrics are flawed*, 2025, [arXiv:2505.22450](https://arxiv.org/abs/2505.22450):
#   sanity checks.
# - P. Grnarova and others, *A domain agnostic measure for monitoring and evaluating GANs*, 2019,
#   [arXiv:1811.05512](https://arxiv.org/abs/1811.05512): the duality gap.
#
# A figure says how bad a GAN is. [Chapter 11](11_my_gan_is_ill.ipynb) asks what ails it.
