# %% [markdown]
# # 5. Mode collapse, on demand
#
# A generator that makes a few of the things that it should, over and over, has *lost modes*. On
# faces or digits it is hard to say which. So we take data whose modes can be counted, watch a
# generator lose them, find the cause, and take it away again.
#
# After this chapter you can
#
# - see and count lost modes, and say what the two numbers mean;
# - cause a collapse at will, and say when a slow discriminator leads to one and when it does not;
# - name four cures and what each does to D.
#
# You need chapters 1, 2 and 4.

# %%
import numpy as np

from gan_scratch import datasets
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, picture, rounds
from gan_scratch.book.playground import Playground
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.game import generator_step
from gan_scratch.metrics.modes import coverage
from gan_scratch.optimizers import Adam
from gan_scratch.plots import style
from gan_scratch.plots.side_by_side import side_by_side

# %% [markdown]
# ## Eight modes
#
# Eight small Gaussians on a circle, equally likely. A sample belongs to the mode whose centre is
# nearest and is *of high quality* if it is within three standard deviations of it. A mode counts
# as found if one of 2,500 samples is. Both numbers are needed: a generator that makes one perfect
# point has full quality and one mode; one that sprays the plane finds all modes with little
# quality.
#
# The rules are those of PacGAN; its ring is five times narrower, and takes five times as long.

# %%
ring = datasets.ring(10_000, np.random.default_rng(1), sigma=0.05)
rng = np.random.default_rng(2)
cases = {
    "the data": ring.mixture.sample(2500, rng)[0],  # of (points, their modes)
    "one point": np.tile(ring.mixture.means[0], (2500, 1)),
    "a spray": rng.uniform(-1.3, 1.3, (2500, 2)),
}
covered = {name: coverage(points, ring.mixture) for name, points in cases.items()}

alt = "Eight clusters on a circle; a single point; points all over a square"
with panels(3, alt=alt, size=(2.5, 2.6)) as board:
    for axes, (name, points) in zip(board, cases.items()):
        axes.scatter(*ring.points[:400].T, s=5, color=style.REAL, alpha=0.5, lw=0)
        axes.scatter(*points[:400].T, s=5, color=style.GENERATOR, lw=0)
        of = covered[name]
        axes.set(title=f"{name}\n{of.modes} modes, {of.high_quality:.0%}", aspect="equal",
                 xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), xticks=[], yticks=[])

# %% [markdown]
# ## A slow teacher
#
# The players are those of chapter 4, smaller, from two random numbers to two coordinates.
# `Playground` holds the game, plays rounds, and draws what there is to see: D's score as a colour,
# blue where D thinks "real" and orange where it thinks "fake", the data in grey, the fakes in
# orange, and at some of the fakes an arrow that shows where G's gradient draws it. The colours are
# scaled anew in each picture, so that a flat D can be seen as well as a steep one: the line under
# it says which scores the strongest orange and the strongest blue stand for. "Step 100" in a title
# is a hundred rounds, each one step of D and one of G.
#
# Two games from the same weights. In one, D learns as fast as G and pays for its slope at the data
# (R1). In the other G learns at half that rate, D at a tenth of G's, and pays nothing.
#
# **Predict.** The slow D is often right about where the fakes *were*. What will G do about a
# teacher who is always late?

# %%
steps = rounds(2400, short=240)  # the short one is for tests
healthy = Playground(ring, r1=0.1, seed=seed())
slow = Playground(ring, rate_g=1e-3, rate_d=1e-4, seed=seed())
frames = []
for _ in range(24):
    pair = [healthy.picture(f"R1, step {healthy.step}", size=2.9),
            slow.picture(f"slow D, step {slow.step}", size=2.9)]
    frames.append(side_by_side(pair))
    for game in (healthy, slow):
        game.play(steps // 24)
        game.count()
film(frames, "Left, fakes spread over eight clusters. Right, they chase about, close together.",
     duration=0.25)

# %% [markdown]
# On the right G has found *the* place: the one that D likes best at the moment. All samples go
# there. Slowly D learns that this place is full of fakes, the best place is elsewhere now, and all
# of them go *there*. G never finds out that eight places at once would end the chase.
#
# Count along. The table under the picture shows the game that you just played beside the same two
# games from other seeds, that is with other weights to begin with, other noise and another order of
# the data. This chapter claims only what holds for all of them.

# %%
alt = "Modes found over the steps: eight soon with R1; few at any time with a slow D"
with panels(2, alt=alt, size=(3.6, 2.7)) as (left, right):
    for game, name, color in ((healthy, "R1", style.DISCRIMINATOR),
                              (slow, "slow D", style.GENERATOR)):
        step, modes, quality = np.array(game.history).T
        left.plot(step, modes, color=color, label=name)
        right.plot(step, quality, color=color)
    left.set(title="Modes found", xlabel="step", ylim=(-0.3, 8.5))
    right.set(title="Share of high quality", xlabel="step", ylim=(-0.03, 1))
    left.legend()

most_of_slow = max(modes for _, modes, _ in slow.history)
_ = over_seeds("5 modes found", {
    "R1, in the end": healthy.history[-1][1], "slow D, at most": most_of_slow,
})

# %% [markdown]
# ## The order of min and max
#
# The game is $\min_G \max_D V$: for every G, D answers with its best. If D stands still while G
# learns, the order is turned around, $\max_D \min_G V$, and G answers to a *given* D. What is the
# best answer? V is a mean over single fakes,
#
# $$\mathbb{E}_z \log\bigl(1 - \sigma(D(G(z)))\bigr),$$
#
# (or of $-\log \sigma(D(G(z)))$, where G is not to saturate), and each fake by itself is best
# placed at the highest point of D. Nothing in this sum speaks of two fakes at once. So the best
# answer of G to a fixed D is **one point**, or as many as D has highest points. A collapse is no
# accident of training: it is what G's loss asks for.
#
# **Predict.** We stop the healthy D from above, when G has found all eight modes, and let G alone
# go on. How many modes are left?

# %%
before = healthy.picture("the healthy game")
alone = healthy.game
# Adam anew, without the averages of the game against a moving D.
alone.generator_optimizer = Adam(alone.generator.parameters(), 2e-3, beta1=0.5, beta2=0.9)
left_over = [healthy.count().modes]
for _ in range(12):
    for _ in range(rounds(200, short=100)):
        generator_step(alone, alone.noise(128))
    left_over.append(healthy.count().modes)
after = healthy.picture("G alone, D standing still")

picture(side_by_side([before, after]), "Left: fakes on eight clusters. Right: on few points.")
print("modes while G goes on alone:", left_over)
_ = over_seeds("5 modes with D at rest", {
    "before": left_over[0], "2,400 steps later": left_over[-1],
})

# %% [markdown]
# G loses most of its modes, although nothing was taken from it but an opponent that answers.
#
# ## Slowed down early, slowed down late
#
# Must all modes be lost, then, whenever D is slow? Take the game without a penalty, both players at
# the same learning rate, and slow D down to a twentieth: once at step 300, when G has found few
# modes, and once at step 2,000.
#
# **Predict.** What becomes of the modes in the two games?

# %%
def slowed_down(game, learning_rate=1e-4):
    """The modes after each hundred of 600 rounds with D at this learning rate."""
    optimizer = game.game.discriminator_optimizer
    optimizer.learning_rate = optimizer.initial_learning_rate = learning_rate
    return [game.play(rounds(100, short=10)).count().modes for _ in range(6)]


angle = np.linspace(0, 2 * np.pi, 801)
circle = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype("float32")


def around(D):
    """D's score along the circle through the eight centres."""
    return D(circle)[:, 0]

# %%
before, later, scores, boards = {}, {}, {}, []
for name, start in (("early", 300), ("late", 2000)):
    game = Playground(ring, seed=seed()).play(rounds(start, short=20))
    before[name] = game.count().modes
    scores[name] = around(game.game.discriminator)
    boards.append(game.picture(f"step {game.step:,}: {before[name]} modes", size=2.9))
    later[name] = slowed_down(game)
    boards.append(game.picture(f"600 rounds later: {later[name][-1]} modes", size=2.9))
for _ in range(rounds(1000, short=50)):  # and the late one with D at rest
    generator_step(game.game, game.game.noise(128))

alt = """Early: D is one slope across the whole plane and the fakes stand in a clump, before and
after D is slowed down. Late: fakes stand on each of the eight clusters, before and after"""
picture(side_by_side(boards, columns=2), alt)
_ = over_seeds("5 modes", {
    "early, before": before["early"], "early, at most after": max(later["early"]),
    "late, before": before["late"], "late, at least after": min(later["late"]),
    "late, D at rest": game.count().modes,
})

# %% [markdown]
# If D is slowed down early, it chases G around the plane. If it is slowed down late, G loses nothing,
# not even when D then stands still for a thousand steps. Yet G did lose its modes when the healthy D
# above came to rest. What is the difference? Look at the scores of the three along the circle.

# %%
def valleys_to_peaks(score):
    """The depth of the median valley over the largest difference between two peaks."""
    peaks = score[:-1:100]  # at the eight centres
    lower_end = np.minimum(peaks, np.roll(peaks, -1))
    lowest = score[:-1].reshape(8, 100).min(axis=1)  # on the way to the next centre
    return float(np.median(lower_end - lowest) / np.ptp(peaks))


scores["with R1"] = around(healthy.game.discriminator)
alt = """D's score along the circle. Early: one broad hill. Late: eight peaks with deep valleys
between them. With R1: eight peaks with shallow valleys on a broad hill"""
with panels(3, alt=alt, size=(2.6, 2.5)) as board:
    for axes, (name, score) in zip(board, scores.items()):
        axes.plot(np.degrees(angle), score, color=style.DISCRIMINATOR)
        axes.plot(np.degrees(angle[:-1:100]), score[:-1:100], "o", ms=4, color=style.INK)
        axes.set(title=name, xlabel="angle", xticks=[0, 90, 180, 270, 360])
    board[0].set(ylabel="score of D")
ratios = {name: valleys_to_peaks(score) for name, score in scores.items()}
_ = over_seeds("5 valleys to peaks", ratios, "{:.2f}")

# %% [markdown]
# Early on D is one slope across the plane, and along the circle one broad hill. Uphill is much the
# same direction for all fakes, so they move as one, and a slow D is late with every answer. Later it
# has a peak at each cluster, and the valleys between the peaks are about as deep as the peaks
# differ in height, or deeper. G does not search for the highest point of D. It follows the gradient,
# which leads each fake up the peak that it is near. The best answer to this D is still one point; G
# just does not find it.
#
# With R1 there are eight peaks as well, but the valleys are only half as deep as the peaks differ,
# and from these peaks the samples did move on. So in these three games, for four seeds, the number
# in the table tells a D that holds its fakes at rest from one that does not. The size of the scores
# does not. We multiplied the scores of the D with R1 by ten: against it at rest, G still lost all
# modes but three or fewer. We divided those of the late D by ten, and G kept all modes or all but
# one. (The length of Adam's steps hardly depends on that of the gradient.)
#
# What a slow D cannot do, then, is to raise eight peaks while G runs about. Once they stand, it
# need not be fast.
#
# ## Four cures
#
# Three of them change how D answers; the fourth changes what D judges.
#
# 1. **A fast D.** If D answers at once, no peak lasts. (One can also give D more steps.)
# 2. **R1.** It holds D's slope at the data down: compare the scales under the maps. The peaks are
#    still there, as we just saw.
# 3. **A relativistic loss with R1.** D scores a real sample *against* a fake ([chapter
#    6](06_six_objectives.ipynb)), so a fake is never good by itself: it has to beat a real one,
#    drawn from any of the modes.
# 4. **Packing.** D judges four samples together. Four real ones come from four places; four that
#    are alike give themselves away.
#
# (The last game is no cure: $\beta_1 = 0.9$ is Adam's default, and the others have 0.5. A D of packs
# is no map of the plane, so none is drawn for it.)
#
# **Predict.** Which helps even though D stays slow?

# %%
settings = {
    "equal rates": {},
    "slow D": {"rate_g": 1e-3, "rate_d": 1e-4},
    "fast D": {"rate_g": 1e-3, "rate_d": 4e-3},
    "R1": {"r1": 0.1},
    "relativistic, R1": {"r1": 0.1, "objective": "relativistic"},
    "slow D, packs of 4": {"rate_g": 1e-3, "rate_d": 1e-4, "pack": 4},
    "slow D, R1": {"rate_g": 1e-3, "rate_d": 1e-4, "r1": 0.1},
    "β₁ = 0.9": {"beta1": 0.9},
}
steps = rounds(3000, short=160)
games = {}
for name, setting in settings.items():
    games[name] = Playground(ring, seed=seed(), **setting)
    for _ in range(8):
        games[name].play(steps // 8, until=steps if "slow" not in name else None)
        games[name].count()

# %%
boards = [
    game.picture(f"{name}: {game.history[-1][1]} modes, {game.history[-1][2]:.0%}", size=2.6)
    for name, game in games.items()
]
alt = """Eight games after 3,000 steps: with a fast D, R1, a relativistic loss or packs the
fakes lie along the whole ring, with a slow D they stand in one clump"""
picture(side_by_side(boards, columns=3), alt)
by_then = over_seeds("5 modes at a quarter", {n: g.history[1][1] for n, g in games.items()})
print()
in_the_end = over_seeds("5 modes in the end", {n: g.history[-1][1] for n, g in games.items()})
print()
shares = {n: g.history[-1][2] for n, g in games.items()}
of_quality = over_seeds("5 high quality", shares, form="{:.0%}")

# %%
alt = """Eight settings, a dot for each seed. Fast D, R1 and relativistic: eight modes at both
times and most samples of high quality. Packs: seven or eight modes, little quality. Slow D,
with R1 or without: one mode or none. Equal rates and beta 0.9: different from seed to seed"""
columns = {"modes, step 750": by_then, "modes, step 3,000": in_the_end,
           "share of high quality": of_quality}
with panels(3, alt=alt, size=(2.7, 2.6), sharey=True) as board:
    for axes, (title, rows) in zip(board, columns.items()):
        for place, values in enumerate(rows.values()):
            beside = place + np.linspace(-0.25, 0.25, len(values))
            axes.plot(values, beside, "o", ms=3.5, color=style.GENERATOR, alpha=0.7,
                      clip_on=False)
        axes.set(title=title)
    board[0].set(yticks=range(len(settings)), yticklabels=list(settings), ylim=(7.6, -0.6))

# %% [markdown]
# Each dot is one game, and there is one for each of four seeds. What do you see?
#
# - *A fast D*, *R1* and the *relativistic* loss with R1 find all eight modes within a quarter of the
#   steps and keep them, from every seed.
# - *Packing* finds seven or eight in the end, with the same slow D that otherwise leaves G with one
#   or none: it alone changes what D looks at. So far 14 to 22 % of its samples are of high quality;
#   an even circle through the centres would have 38 %.
# - *R1* does not help a D that is too slow: it flattens D and does not make it faster.
# - *Equal rates* find all eight in the end from three of the four seeds, and none from seed 0. With
#   learning rates that do not fall, as in the section before, all four had found them by step 2,000.
# - *β₁ = 0.9* is later still: one mode at most at a quarter of the steps, three to eight in the end,
#   and less than a quarter of the samples of high quality.
#
# (The learning rates fall to zero over the 3,000 steps, except with a slow D, which would stop
# before it has answered.)
#
# ### Why packs work
#
# Say G makes $m$ of the $K$ modes, each equally often and without fault, and the modes do not
# overlap. The total variation between data and fakes, the largest difference in probability that
# any question can bring out, is then the share of the data that G can never make, $1 - m/K$. Now
# show D packs of $k$, drawn one by one. All $K^k$ packs of modes are equally likely in the data; G
# can make $m^k$ of them. The share that it can never make is
#
# $$1 - \Bigl(\frac{m}{K}\Bigr)^k .$$
#
# **Predict.** G has found 7 of 8. How much more does D see in packs of four?

# %%
found = np.arange(1, 9)
distance = {k: 1 - (found / 8) ** k for k in (1, 2, 4, 8)}

alt = "Distance against modes found: the larger the pack, the longer it stays near 1"
with panels(alt=alt, size=(4.4, 2.9)) as axes:
    for k, values in distance.items():
        axes.plot(found, values, "o-", ms=3, label=f"packs of {k}")
    axes.set(title="What D can see of missing modes", xlabel="modes found, of 8",
             ylabel="total variation")
    axes.legend()
print("7 of 8 found:", {k: round(float(v[6]), 3) for k, v in distance.items()})

# %% [markdown]
# In packs of four it is 0.41 instead of 0.125. Packs make every difference between data and fakes
# larger; PacGAN shows that they do it most for missing modes.
#
# ## Twenty-five modes
#
# The clusters of a ring lie along one line; those of a grid do not. G is continuous and cannot
# tear, it can only cross the gaps faster. With equal rates and larger players, the plain loss and
# a relativistic one with R1, in as little time as a chapter has:

# %%
grid = datasets.grid(20_000, np.random.default_rng(1), sigma=0.1)
large = {"hidden": (128, 128), "rate_g": 3e-3, "rate_d": 3e-3}
squares = {
    "non-saturating": Playground(grid, seed=seed(), **large),
    "relativistic, R1": Playground(
        grid, seed=seed(), objective="relativistic", r1=0.02, **large
    ),
}
steps = rounds(4000, short=80)
for game in squares.values():
    game.play(steps, until=steps)
    game.count()
boards = [
    game.picture(f"{name}: {game.history[-1][1]} of 25, {game.history[-1][2]:.0%}", size=3.6)
    for name, game in squares.items()
]
picture(side_by_side(boards), "Two grids of 25 clusters with fakes on them")
over_seeds("5 modes of 25", {name: game.history[-1][1] for name, game in squares.items()})
shares = {name: game.history[-1][2] for name, game in squares.items()}
_ = over_seeds("5 high quality of 25", shares, form="{:.0%}")

# %% [markdown]
# Both find all of them, or all but one, with bridges between: a third to a half of the samples is of
# high quality so far. The full tables, ten seeds, the narrow ring and the published figures beside them: *Mode
# collapse, measured*, on the site, made by `gan-scratch bench collapse`.
#
# ## The playground
#
# Your turn. Run the cells of this notebook, and buttons and settings appear beside the picture below.
# (Without a kernel, as on the site, you see the picture alone. The playground on the site's front page
# needs no kernel.) The game has played 300 rounds with both players at the same learning rate, and G
# has found few of the modes. From each of four seeds we saw the following:
#
# 1. Pull the learning rate of D down to 1e-4 and press *100 rounds* six times. The fakes move about
#    together, and never cover more than two modes at a time.
# 2. Pull the learning rate of D up to 2e-3 again, set R1 to 0.1 and press *100 rounds* ten times. G
#    finds all eight modes.
# 3. Pull the learning rate of D down to 1e-4 once more and press *100 rounds* six times. Now all
#    eight stay.
#
# Then try what you like: press ▶ and choose another objective while the game runs, make G faster
# than D, or give D more steps in each round. Press *reset* to go back to step 300, where the cell
# left the game. Your settings stay as they are, so you can see what they make of the same start.
# To see a game from its first step, choose a seed and press *new game*.

# %%
playground = Playground(ring, seed=seed()).play(rounds(300, short=20))
playground.widgets()

# %% [markdown]
# ## What goes wrong, and how it looks
#
# | you see | it is | cure |
# |---|---|---|
# | all samples alike, and others some steps later | D too slow to raise a peak at each mode: all fakes follow its one slope | raise D's learning rate, more steps of D, packs |
# | all samples alike, and they stay | D has stopped learning, or its gradient is wrong | chapter 4's table, a gradient check |
# | few modes for a long time, then all | equal rates, no penalty | R1, relativistic, packs, more time |
# | bridges of samples between modes | G is continuous: it crosses gaps, the faster the thinner the bridge | more time, larger G, noise of more dimensions |
#
# [Chapter 2](02_what_the_discriminator_knows.ipynb) ended with: the non-saturating G minimises
# $\mathrm{KL}(q \| p) - 2\,\mathrm{JSD}$, which minds the last missing modes little: with 7 of 8
# made evenly it is 0.04, where 2 JSD is 0.09. That holds for a perfect D; it is a second reason,
# beside the order of min and max.
#
# ## Exercises
#
# **5.1** Count the modes, given samples $(N, 2)$, centres $(K, 2)$ and $\sigma$. A sample counts for
# the mode with the nearest centre and for no other, and only if it is within $3\sigma$ of that
# centre. How many modes have at least one sample? (Modes may overlap: a sample can be within
# $3\sigma$ of several centres.)

# %%
def modes_found(points, means, sigma):
    ...  # your turn: return a number


check("5.1", modes_found)

# %% [markdown]
# <details><summary>Hint</summary>
#
# All distances at once: `np.linalg.norm(points[:, None] - means[None], axis=2)` has the shape
# $(N, K)$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def modes_found(points, means, sigma):
#     distance = np.linalg.norm(points[:, None] - means[None], axis=2)
#     good = distance.min(axis=1) <= 3 * sigma
#     return len(set(distance.argmin(axis=1)[good]))
#
#
# check("5.1", modes_found)
# ```
#
# </details>
#
# **5.2** Finding all modes is not the same as making them equally often. From the counts of
# high-quality samples per mode, give $\mathrm{KL}(\text{shares} \,\|\, \text{uniform})$ in nats.
# Modes without samples count, with a share of 0.

# %%
def unevenness(counts):
    ...  # your turn: return a number, 0 for equal counts


check("5.2", unevenness)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $\sum_k s_k \log \frac{s_k}{1/K}$ over shares $s_k$, where $0 \log 0 = 0$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def unevenness(counts):
#     shares = np.asarray(counts) / np.sum(counts)
#     made = shares[shares > 0]
#     return np.log(len(shares)) + (made * np.log(made)).sum()
#
#
# check("5.2", unevenness)
# ```
#
# </details>
#
# **5.3** G makes $m$ of $K$ modes. How large must packs be, at least, for D to see a total
# variation of $t$?

# %%
def pack_size(found, modes, wanted):
    ...  # your turn: return the smallest whole number


check("5.3", pack_size)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Solve $1 - (m/K)^k \ge t$ for $k$ and round up. Both logarithms are negative: dividing by one
# turns $\ge$ around.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def pack_size(found, modes, wanted):
#     size = np.log(1 - wanted) / np.log(found / modes)
#     return max(1, int(np.ceil(size - 1e-9)))  # rounding must not add one
#
#
# check("5.3", pack_size)
# ```
#
# For 7 of 8 and a distance of one half it is 6. A large pack sees more and learns slower, as D's
# input grows with it.
#
# </details>
#
# As coursework, with a leaderboard: `gan-scratch assignment start 5`.
#
# ## Sources
#
# - Z. Lin and others, *PacGAN: the power of two samples in generative adversarial networks*, 2018,
#   [arXiv:1712.04086](https://arxiv.org/abs/1712.04086): packing, and the rules of counting.
# - L. Metz and others, *Unrolled generative adversarial networks*, 2017,
#   [arXiv:1611.02163](https://arxiv.org/abs/1611.02163): the ring, and the order of min and max.
# - M. Kahng and others, *GAN Lab: understanding complex deep generative models using interactive
#   visual experimentation*, 2019,
#   [doi:10.1109/TVCG.2018.2864500](https://doi.org/10.1109/TVCG.2018.2864500): the map with
#   arrows.
# - Y. Huang and others, *The GAN is dead; long live the GAN! A modern GAN baseline*, 2024,
#   [arXiv:2501.05441](https://arxiv.org/abs/2501.05441): relativistic losses with R1 and R2, which
#   is R1 at fakes.
#
# [Chapter 6](06_six_objectives.ipynb) changes what the two play for.
