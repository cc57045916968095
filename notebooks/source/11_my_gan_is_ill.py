# %% [markdown]
# # 11. My GAN is ill
#
# The loop runs, the losses print, and the samples are rubbish. Where do you look first? The library
# has a doctor: give it your game, and it names what ails it, shows its evidence, and says what to
# change. In this chapter you make six games ill on purpose, guess from the symptoms, and then watch
# the doctor reason. You can do the same reasoning by hand in any framework.
#
# After this chapter you can
#
# - measure a symptom so that its value means the same in every game;
# - say where a threshold comes from: a theorem, a probability, or a set of runs;
# - say what such a diagnosis cannot see, and when "unknown" is the right answer.
#
# You need chapters 4, 5 and 10.

# %%
import math
import textwrap

import numpy as np

from gan_scratch import datasets, doctor
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, picture, rounds, source
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.doctor import signs
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import Sequential, Sigmoid, frozen
from gan_scratch.losses import NonSaturating
from gan_scratch.models import mlp
from gan_scratch.optimizers import Adam, Average
from gan_scratch.penalties import R1
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure
from gan_scratch.plots.images import grid
from gan_scratch.plots.landscape import landscape
from gan_scratch.plots.side_by_side import side_by_side
from gan_scratch.training.loop import StepDone
from gan_scratch.training.monitors import COLUMNS, SIGNS, Monitor

# %% [markdown]
# ## Two healthy games
#
# One game is on points, the ring of eight clusters from chapter 5. The other is on digits, with
# small players. Each data set has a **held-out** part, which no game is trained on.

# %%
ring, ring_held_out = (
    datasets.ring(8000, np.random.default_rng(number), sigma=0.05) for number in (1, 2)
)
digits, digits_held_out = (
    datasets.load("digits", part, value_range=(0, 1)) for part in ("train", "held-out")
)


def on_points(rate_g=2e-3, rate_d=2e-3, r1=0.1, hidden=(64, 64)):
    rng = np.random.default_rng(seed())
    G = mlp.generator((2,), 2, hidden, "linear", rng=rng, spread=True)
    D = mlp.discriminator((2,), (64, 64), rng=rng, spread=True)
    adams = Adam(G.parameters(), rate_g, 0.5, 0.9), Adam(D.parameters(), rate_d, 0.5, 0.9)
    return Game(G, D, NonSaturating(), *adams, [R1(r1)] if r1 else (), rng=rng, latent=2)


def on_digits(objective=None, last=(), r1=0.5):
    rng = np.random.default_rng(seed())
    G = mlp.generator(latent=64, hidden=(128, 128), output="sigmoid", rng=rng)
    D = Sequential(mlp.discriminator(hidden=(128, 128), rng=rng), *last)
    adams = [Adam(player.parameters(), 4e-3, 0.0, 0.99) for player in (G, D)]
    return Game(G, D, objective or NonSaturating(), *adams, [R1(r1)], rng=rng, latent=64,
                average=Average(G))

# %% [markdown]
# The loop is our own, as mistakes in loops are part of the subject. `Monitor` writes the **record**
# of the training: every few rounds a row with the losses, D's probabilities, both gradient norms,
# and where the fakes are. The learning rates fall to zero, unless `falling` says otherwise.

# %%
def played(game, dataset, steps, d_step=discriminator_step, falling=True):
    """(the game after `steps` rounds, its record: the name of a column -> a list)."""
    batches, monitor = dataset.batches(64, game.rng), Monitor(every=max(1, steps // 100))
    rows = []
    for step in range(1, steps + 1):
        for optimizer in game.optimizers():
            factor = 1 - falling * (step - 1) / steps
            optimizer.learning_rate = optimizer.initial_learning_rate * factor
        real, noise = next(batches), game.noise(64)
        d_loss = d_step(game, real, noise)
        g_loss = generator_step(game, game.noise(64), real)
        if game.average:
            game.average.update()
        game.step = step
        row = monitor.row(StepDone(game, batches, step, 0, d_loss, g_loss, real, noise))
        rows += [row] if row else []
    names = [*COLUMNS, *SIGNS]
    return game, {name: [row.get(name, np.nan) for row in rows] for name in names}

# %% [markdown]
# To look at a game we draw its samples, and three panels of the record. *Trust*: D's mean
# probability of "real", for real samples and for fakes. *Gradient norms* of both players. *Fakes*:
# their **spread**, which is 1 if they vary as much as the data, and their **place**, the mean of a
# batch of fakes along a fixed direction, minus the mean of the real batch, in standard deviations
# of the real samples.

# %%
def curves(record, alt):
    step = np.array(record["step"])
    with panels(3, alt=alt, size=(2.7, 2.2)) as (trust, norms, fakes):
        trust.plot(step, record["probability_real"], color=style.REAL, label="real")
        trust.plot(step, record["probability_fake"], color=style.GENERATOR, label="fake")
        trust.set(title="Trust", ylim=(-0.03, 1.03))
        players = {"discriminator": style.DISCRIMINATOR, "generator": style.GENERATOR}
        for name, color in players.items():
            values = np.array(record[f"{name}_gradient_norm"])
            norms.plot(step, values, color=color, label=name[0].upper())
        norms.set(title="Gradient norms", yscale="log")
        seen = np.isfinite(record["spread"])
        for name, color in (("spread", style.VALUE), ("place_one", style.INK)):
            label = name.partition("_")[0]
            fakes.plot(step[seen], np.array(record[name])[seen], color=color, label=label)
        fakes.set(title="Fakes")
        for axes in (trust, norms, fakes):
            axes.set(xlabel="step")
            axes.legend()

# %%
def board(game):
    """24 samples of a game on digits."""
    return grid(game.sample(game.noise(24, np.random.default_rng(9))), columns=8)


def plane(game, title):
    """D as a map, data in grey, fakes in orange."""
    fakes = game.sample(game.noise(400, np.random.default_rng(9)))
    with style.look({"axes.titlepad": 5, "axes.titlesize": 9}):
        figure, (axes,) = new_figure(size=(2.9, 3.1), dpi=80)
        landscape(axes, game.discriminator, reach=1.8, real=ring.points[:400], fake=fakes)
        axes.set(title=title, xticks=[], yticks=[])
        return as_image(figure)


def examine(game, record, dataset):
    held_out = ring_held_out if dataset.kind == "points" else digits_held_out
    return doctor.examine(game, dataset, record, held_out, rng=np.random.default_rng(3))


def tell(report):
    for line in str(report).splitlines():
        print(textwrap.fill(line, 92, subsequent_indent=" " * 14))

# %%
well, well_record = played(on_points(), ring, rounds(1500, short=120))
neat, neat_record = played(on_digits(), digits, rounds(1400, short=20))
picture(plane(well, "healthy, on points"), "Fakes on all eight clusters of a ring")
picture(board(neat), "Handwritten digits with some specks")
alt = """On points. Trust of real samples and of fakes stays near one half, both
gradient norms fall together and not far, spread comes to 1 and place to 0"""
curves(well_record, alt)
alt = """On digits. Trust is somewhat above one half for real samples and as much below
for fakes, both gradient norms keep their size, spread comes near 1 and place to 0"""
curves(neat_record, alt)
reports = {"healthy, points": examine(well, well_record, ring),
           "healthy, digits": examine(neat, neat_record, digits)}
for report in reports.values():
    tell(report)

# %% [markdown]
# Remember these curves, first of the points, then of the digits. Trust not far from one half on
# both sides, gradient norms that do not vanish, a spread near 1 and a place near 0: this is how health
# looks.
#
# ## How the doctor works
#
# It measures some thirty numbers, the **signs**. Each compares fakes with real samples, or two sets
# of real samples, or the record with what a copy of the game does. So a sign has no unit, and one
# threshold serves points, digits and your own pictures. A **rule** is one line about one or two
# signs, and each of 18 **ailments** has one. They have an order: mistakes of code come first, since
# they cause the others. The first rule that holds is the **diagnosis**.
#
# Tools of this kind exist for networks in general. AUTOTRAINER (Zhang and others, 2021) watches a
# training for vanishing gradients, dead ReLUs, a swinging loss and the like, and repairs it. A GAN
# needs other signs, as its losses say so little.
#
# ## 1. A sign
#
# Somebody wrote a loss for G, and every derivative in it is right:

# %%
class MyLoss(NonSaturating):
    def generator(self, fake_score, real_score=None):
        loss = np.logaddexp(0, fake_score).mean()
        return loss, np.exp(-np.logaddexp(0, -fake_score)) / len(fake_score)


swapped, record = played(on_digits(MyLoss()), digits, rounds(300, short=20))
picture(board(swapped), "Noise in every place, hard black and white specks")
alt = """Trust of real samples is near 1 and that of fakes is 0; G's gradient norm falls to
a thousandth of D's; the place of the fakes runs away from 0"""
curves(record, alt)

# %% [markdown]
# **Predict.** D is sure of everything, the samples are noise that gets stronger, and G's gradient is
# tiny. In chapter 2 a saturated minimax loss looked like this. But this is no minimax loss. Which line
# is wrong?

# %%
reports["labels swapped"] = examine(swapped, record, digits)
tell(reports["labels swapped"])

# %% [markdown]
# G must want higher scores for its fakes, $s = D(G(z))$, whatever its objective is. So the doctor
# asks the objective for $\partial L_G / \partial s$ at scores of 0, where no rounding can hide it,
# and looks at its sign. For the non-saturating loss
#
# $$L_G = \frac 1N \sum_i \log\bigl(1 + e^{-s_i}\bigr), \qquad
#   \frac{\partial L_G}{\partial s_i} = -\frac{\sigma(-s_i)}{N} < 0 .$$
#
# For `MyLoss` it is $+\sigma(s_i)/N$. That is the loss of *D* on fakes, with the label 0: G learns
# to be recognised. There is no threshold to choose here, just a sign. And it explains the curve:
# the better D recognises a fake, the smaller is $\sigma(s)$, and G's gradient with it.
#
# The report adds that D has won and that modes are missing. Both are true, and both are
# consequences.
#
# If the mistake is in the *step* and not in the loss, the objective is innocent. Then the record
# gives it away: the recorded gradient norm is $\sigma(s)/\sigma(-s) = e^{s}$ times the one that this
# objective has. Case 3 shows how the doctor sees that.
#
# **The cure**: fakes carry the label of real samples in G's step. That is the healthy game above.
#
# ## 2. A theorem
#
# Next, D ends in a sigmoid, "because it should give a probability".

# %%
squashed, record = played(on_digits(last=[Sigmoid()]), digits, rounds(300, short=20))
picture(board(squashed), "The same white blot of specks in each place")
alt = """Trust of fakes and of real samples goes to 0.73 and stands still; G's gradient
norm falls by many decades, and D's by some"""
curves(record, alt)

# %% [markdown]
# **Predict.** Trust stands still at 0.73, for fakes as for real samples, and G's gradient is gone.
# What is special about 0.73?

# %%
reports["D ends in a sigmoid"] = examine(squashed, record, digits)
tell(reports["D ends in a sigmoid"])
print("probability of fakes, last row:", f"{record['probability_fake'][-1]:.3f}")

# %% [markdown]
# The loss takes **logits** and applies a sigmoid of its own, so the probability is
# $\sigma(\sigma(s))$. As $\sigma(s)$ lies in (0, 1), this lies between $\sigma(0) = 0.5$ and
# $\sigma(1) = 0.731$. G's loss cannot fall below $-\log 0.731 = 0.313$, and near both ends the
# inner sigmoid is flat.
#
# The doctor does not search for a layer called `Sigmoid`; yours may have another name. It asks D
# about inputs a hundred times too large. Layers of the form $Wx + b$ with leaky ReLUs between them
# are **positively homogeneous** apart from the biases: for a factor $t \to \infty$,
#
# $$\frac{D(tx)}{t} \to c(x),$$
#
# where $c(x)$ is the score without biases. Where $c(x) \ne 0$, the scores leave every interval. A
# sigmoid's never leave [0, 1]. If all of thousands of scores, at $x$, at $100\,x$ and at $-100\,x$,
# lie in [0, 1], something squashes them. This is a theorem about nearly all weights, and no
# threshold was tuned for it.

# %%
x = digits.images[:200]
alt = """Scores over the factor. Healthy: they spread far beyond 1 on a logarithmic
axis. With a sigmoid: they stay between 0 and 1"""
with panels(2, alt=alt, size=(3.3, 2.3)) as board_of_two:
    for axes, (name, game) in zip(board_of_two, {"healthy": neat, "sigmoid": squashed}.items()):
        for factor in (-100, -10, -1, 1, 10, 100):
            scores = game.discriminator(factor * x).ravel()[:60]
            axes.plot(np.full(len(scores), factor), scores, "o", ms=2.5, alpha=0.5,
                      color=style.DISCRIMINATOR)
        axes.axhspan(0, 1, color=style.LINE, lw=0)
        axes.set(title=name, xscale="symlog", yscale="symlog", xlabel="factor",
                 ylim=(-1e3, 1e3))
    board_of_two[0].set(ylabel="score of D")

# %% [markdown]
# **The cure**: remove the last layer. Again that is the healthy game on digits.
#
# ## 3. A replay
#
# This step of D looks fine at a glance, and its losses look like success. The game is on points.

# %%
def my_d_step(game, real, noise):
    with frozen(game.generator):
        fake = game.generator(noise, training=True)
    score, cache = game.discriminator.forward(real)
    fake_score, cache = game.discriminator.forward(fake)
    loss, d_real, d_fake = game.objective.discriminator(score, fake_score)
    game.discriminator.zero_gradients()
    game.discriminator.backward(d_real, cache, need_dx=False)
    game.discriminator.backward(d_fake, cache, need_dx=False)
    for penalty in game.penalties:
        loss += penalty.add_gradients(game.discriminator, real, fake, game.rng)
    game.discriminator_optimizer.step()
    return loss


wrong, record = played(on_points(), ring, rounds(600, short=120), d_step=my_d_step)
picture(plane(wrong, "an unknown mistake"), "All fakes in a heap or a streak, on no cluster")
alt = """Trust is one half for real samples and fakes; D's gradient norm falls far below
that of the healthy game and below G's; spread is near 0"""
curves(record, alt)

# %% [markdown]
# **Predict.** Trust is one half on both sides, which is what the theory promises at the end. Yet the
# fakes are nowhere near the data. Look at the second panel, and compare with the healthy game. Then
# read the step again: what does the variable `cache` hold?

# %%
reports["a cache overwritten"] = examine(wrong, record, ring)
tell(reports["a cache overwritten"])

# %% [markdown]
# The second forward pass overwrites the first cache. So the gradient of the real batch goes back
# through the fakes. With $s_i$ the score of fake $i$, $r_i$ that of real sample $i$, and $w$ D's
# weights, the step follows
#
# $$\frac 1N \sum_i \bigl( \sigma(s_i) - \sigma(-r_i) \bigr) \frac{\partial s_i}{\partial w} .$$
#
# If all scores are 0, both sigmoids are ½ and every term vanishes. D settles at a score of 0 for
# everything, which looks like the equilibrium.
#
# Nobody can see that from samples or weights. The doctor plays a **replay**: it copies the game and
# lets the copy take 16 rounds by the *library's* steps at the present learning rates. At one place
# in the space of weights, one objective gives one size of gradient. So it takes the median of D's
# gradient norm in the last ten rows of the record, and the median in the replay, and looks at
#
# $$\log_{10} \frac{\text{recorded}}{\text{replayed}} .$$
#
# In theory it is 0. In all healthy runs that we made it was within ±0.5. The rule asks for −1.5, a
# factor of 32. A replay needs the record, which is the argument `values` of `doctor.examine`.
# Without it the doctor cannot see this ailment.
#
# **The cure**: a name of its own for each cache. With the library's step it is the healthy game.

# %%
ratio = {name: reports[name].signs["norm_discriminator"]
         for name in ("healthy, points", "healthy, digits", "a cache overwritten")}
_ = over_seeds("11 recorded over replayed", ratio, "{:.2f}")

# %% [markdown]
# ## 4. The noise of a batch
#
# The next one you know from chapter 5: no mistake in the code, but a bad choice of settings.

# %%
steps = rounds(1500, short=120)
restless, frames = on_points(rate_g=1e-3, rate_d=1e-4, r1=0), []
pieces = []
for _ in range(12):
    done = restless.step
    restless, piece = played(restless, ring, steps // 12, falling=False)
    piece["step"] = [done + step for step in piece["step"]]
    restless.step = done + steps // 12
    pieces.append(piece)
    frames.append(plane(restless, f"step {restless.step:,}"))
record = {name: sum((piece[name] for piece in pieces), []) for name in pieces[0]}
film(frames, "A clump of fakes runs about in the plane, from cluster to cluster", duration=0.35)
alt = """Trust stays near one half and both gradient norms keep their size; the fakes'
spread is far below 1, and their place swings widely about 0"""
curves(record, alt)

# %% [markdown]
# **Predict.** Trust and gradients look healthy, but the place swings. By how much may it swing in a
# healthy game, with batches of 64?

# %%
reports["D too slow"] = examine(restless, record, ring)
tell(reports["D too slow"])

# %% [markdown]
# The place is the difference of two means, of $N$ fakes and $N$ real samples, in standard
# deviations. If both sets come from one distribution, each mean has variance $1/N$. Variances of
# independent numbers add, so the place has variance $2/N$. The doctor looks along two directions and
# adds both variances, $4/N$. By chance alone the place therefore moves about with a standard
# deviation of
#
# $$\sqrt{4/N} = \frac{2}{\sqrt N},$$
#
# or 0.25 for $N = 64$. The sign `places` is the standard deviation that the record shows, divided
# by this one. It is about 1 in a healthy game, whatever the data, and the rule asks for 3.
#
# Restless fakes have two causes. Either D is too slow, or it keeps up and the two circle, as in
# chapter 1. A second sign tells them apart: `pace` is the relative change of D's weights in a round
# over that of G's. The limit of 0.35 is no theorem. It parts the slow from the circling in the
# **clinic**, a collection of runs that were made ill in known ways, so trust it less than a sign or
# a theorem.
#
# **The cure**: a faster D, here with a learning rate of 4e-3 for D and the same 1e-3 for G. This
# run also has 500 more steps, and its learning rates fall to zero, so it does not show which of the
# changes helped most.

# %%
lively, lively_record = played(on_points(1e-3, 4e-3, r1=0), ring, rounds(2000, short=120))
pair = [plane(restless, "D at 1e-4"), plane(lively, "D at 4e-3")]
picture(side_by_side(pair), "Left, a clump. Right, fakes on all eight clusters.")
reports["cured: a fast D"] = examine(lively, lively_record, ring)
tell(reports["cured: a fast D"])
moved = {name: reports[name].signs["places"]
         for name in ("healthy, points", "D too slow", "cured: a fast D")}
_ = over_seeds("11 places", moved, "{:.1f}")

# %% [markdown]
# ## 5. A probability
#
# Back to digits, with the players of the healthy game. There are 200 digits instead of 9,000, and R1
# is fifty times weaker.

# %%
few = datasets.Dataset("digits", images=digits.images[:200], value_range=(0, 1))
learnt, record = played(on_digits(r1=0.01), few, rounds(1000, short=20))
picture(side_by_side([board(learnt), board(neat)], ["from 200", "healthy"], columns=2),
        "Two boards of handwritten digits with specks, the left ones worse")
alt = "Trust, gradient norms, and spread and place of the fakes, over 1,000 steps on 200 digits"
curves(record, alt)

# %% [markdown]
# **Predict.** The code is right and both players learn. What can D do with 200 digits that it cannot
# do with 9,000? How would you measure it?

# %%
reports["200 digits"] = examine(learnt, record, few)
tell(reports["200 digits"])

# %% [markdown]
# Show D a training digit and a held-out one. Both are real, so it has no reason to prefer either.
# The probability that the training digit scores higher is the **AUC**, the area under the curve of
# hits over false alarms. Without a difference it is ½:

# %%
source(signs.above)

# %% [markdown]
# How far may it be from ½ by chance? Take $n$ training scores and $m$ held-out ones, and write down
# the ranks of the training scores among all $n + m$. If there is no difference, these ranks are a
# random choice of $n$ of the numbers $1, \dots, n + m$. The variance of their sum $R$ is known,
#
# $$\operatorname{Var} R = \frac{n m (n + m + 1)}{12}, \qquad
#   \mathrm{AUC} = \frac{R - n(n+1)/2}{nm}, \qquad
#   \operatorname{Var} \mathrm{AUC} = \frac{n + m + 1}{12\,n m} .$$
#
# With 960 against 960 scores the standard deviation is 0.013, with 200 against 960 it is 0.022. The
# rule asks for an AUC above 0.65, almost seven standard deviations from ½ in the second case. So
# chance does not get there.
#
# But is it an illness? A D that knows its data may still teach G well. So the rule asks for a
# second sign, the damage: fakes must have less than 0.6 of the coverage (chapter 10) that held-out
# digits have. The healthy game is below that too, so coverage alone proves nothing: the rule needs
# both signs. Compare coverage only between the two games on 200 digits, because balls around 200
# digits are larger and easier to reach. Both limits are from the clinic.
#
# **The cure**: a stronger R1, a smaller D, `layers.Augment` in front of D, or more data. Here are the
# same 200 digits with the R1 of the healthy game.
#
# **Predict.** Will D forget them?

# %%
steady, record = played(on_digits(), few, rounds(1400, short=20))
reports["cured: R1"] = examine(steady, record, few)
tell(reports["cured: R1"])
probes = {"200, R1 0.01": (learnt, few), "200, R1 0.5": (steady, few),
          "9,000, R1 0.5": (neat, digits)}
alt = """Histograms of D's scores. From 200 digits, with either R1, training digits score higher
than held-out ones. From 9,000 digits both are alike"""
with panels(3, alt=alt, size=(2.7, 2.2)) as board_of_three:
    for axes, (name, (game, data)) in zip(board_of_three, probes.items()):
        sets = data.images[:200], digits_held_out.images[:200]
        scores = [game.discriminator(images).ravel() for images in sets]
        edges = np.linspace(*np.quantile(np.concatenate(scores), [0, 1]), 25)
        for values, label, color in zip(scores, ("training", "held-out"),
                                        (style.DISCRIMINATOR, style.REAL)):
            axes.hist(values, edges, color=color, alpha=0.6, label=label)
        axes.set(title=name, xlabel="score of D")
        axes.legend()

# %%
deviation = math.sqrt((200 + 960 + 1) / (12 * 200 * 960))
print(f"standard deviation of the AUC by chance: {deviation:.3f}")
few_or_many = "healthy, digits", "200 digits", "cured: R1"
_ = over_seeds("11 AUC", {n: reports[n].signs["knows_its_data"] for n in few_or_many}, "{:.2f}")
covered = {n: reports[n].signs["coverage"] for n in few_or_many}
_ = over_seeds("11 coverage", covered, "{:.2f}")

# %% [markdown]
# D forgets nothing: with R1 it even tells its 200 digits from others more surely. This is plain
# **overfitting** in both games. But its slope is held down, so what it tells G about places between
# the digits stays of use, and the coverage is good. (In the end G may copy the digits. That is another
# rule's business: `copied`, the nearest ratio of chapter 10, below one half.)
#
# ## 6. Counting regions
#
# The last one is a loader that never reaches the end of its file. The file is sorted by class.

# %%
start = datasets.Dataset("ring", points=ring.points[ring.labels < 3])
partial, record = played(on_points(), start, rounds(1200, short=120))
picture(plane(partial, "all batches from the beginning"), "Fakes on three of eight clusters")
alt = """Trust stays near one half, both gradient norms look like those of the healthy
game, spread comes to 1 and place to 0"""
curves(record, alt)

# %% [markdown]
# **Predict.** The record compares the fakes with the batches. What does it notice?

# %%
reports["sorted data"] = examine(partial, record, ring)
tell(reports["sorted data"])

# %% [markdown]
# The record notices nothing, for the fakes are as good as the batches. The doctor takes its real
# samples from the whole data set, as you should. It divides the data into 20 **regions** (those of
# *k*-means), and counts which share of the real samples and of the fakes falls into each of them. A
# region is missing if it has less than a tenth of the fakes that it should have; Richardson and
# Weiss (2018) compare such counts one by one. Could that happen by chance? A region with 1/20 of the
# data expects 48 of 960 fakes. The probability of 4 or fewer is

# %%
chance = sum(math.comb(960, k) * 0.05**k * 0.95 ** (960 - k) for k in range(5))
print(f"{chance:.0e}")
_ = over_seeds("11 missing", {name: reports[name].signs["missing"] for name in
                             ("healthy, points", "healthy, digits", "sorted data")}, "{:.0%}")

# %% [markdown]
# So no region is missing by chance. The rule asks for 30 % of the data in missing regions, because
# healthy games miss some too, above all early ones, and that limit is from the clinic. Five of eight
# clusters are 62.5 %.
#
# **The cure**: shuffle. That is the healthy game on points.
#
# ## Six diagnoses, from every seed
#
# This is one training each. Here are the same games from other seeds: 1 means that the first name
# was right or, for a healthy game, that the doctor named nothing.

# %%
RIGHT = {
    "healthy, points": [], "healthy, digits": [], "cured: a fast D": [],
    "labels swapped": "G's labels are swapped", "D ends in a sigmoid": "D ends in a sigmoid",
    "a cache overwritten": "D's gradient is wrong", "D too slow": "D is too slow",
    "200 digits": "D overfits", "cured: R1": [], "sorted data": "few modes",
}
found = {name: float((reports[name].names[:1] or [[]])[0] == right)
         for name, right in RIGHT.items()}
_ = over_seeds("11 right", found)

# %% [markdown]
# These are easy cases, and the thresholds have seen their like. How often the doctor is right about
# runs that played no part in choosing a threshold, and how often it raises a **false alarm** on a
# healthy one, is on the site's page *The doctor*.
#
# ## What the doctor cannot see
#
# It knows what you show it.
#
# | ailments | `examine(game, dataset)` | also needed |
# |---|---|---|
# | built wrong: a last sigmoid, a range that G cannot reach, a kernel that the stride does not divide, a learning rate | yes | |
# | a wrong loss | yes | |
# | a wrong step: a cache overwritten, labels swapped | no | `values`, the record |
# | G gets no gradient | yes, with Adam: its averages are all 0 | `values` with other optimisers |
# | samples: few modes, an average never updated, running statistics, labels | yes | |
# | restless players | yes, from a copy that plays on | `values` shows more |
# | learnt by heart: D overfits, G copies | no | `held_out` |
#
# The first row says that a game and its data are enough to see how the players are built. The
# command `gan-scratch doctor RUN` passes the record and the held-out data as well: a run keeps its
# record, and its data set has a held-out part (your own pictures too, if you held some back). Its
# steps are the library's.
#
# Nothing in the table helps against a wrong backward pass in a layer of your own. The replay uses the
# same layer, so both norms agree. That is what the gradient check is for ([chapter
# 3](03_a_layer_and_its_backward_pass.ipynb)). And look at this one, whose G has no hidden layer.

# %%
poor, record = played(on_points(hidden=()), ring, rounds(1000, short=120))
reports["a linear G"] = examine(poor, record, ring)
picture(plane(poor, "G is one linear layer"), "An even blob of fakes over the whole ring")
tell(reports["a linear G"])
print({name: round(reports["a linear G"].signs[name], 2)
       for name in ("distance", "missing", "coverage", "told_from_real")})

# %% [markdown]
# Healthy, it says, and it is wrong. A linear G of Gaussian noise can only draw a Gaussian. This one
# has about the mean and the covariance of the ring, so the Fréchet distance sees little. It reaches
# nearly every region: only 8 % of the data lies in missing ones. And none of D's signs breaks a
# rule. Two signs show that something is wrong: coverage is a fifth of that of real samples, and D
# ranks 94 % of the pairs of a real sample and a fake correctly. But no rule is built on these two
# alone, since young healthy games look like that, and there is no rule for a G that is too small.
#
# ### An honest answer
#
# The same G, but it begins with fakes spread twice as wide as the data, and learns a thousand times
# too slowly.
#
# **Predict.** There is no rule for a learning rate that is too *small*. What should the doctor say?

# %%
lost = on_points(rate_g=2e-6, hidden=())
next(iter(lost.generator.parameters().values())).value[...] = 1.4 * np.eye(2)
lost, record = played(lost, ring, rounds(600, short=120))
reports["a tiny learning rate"] = examine(lost, record, ring)
picture(plane(lost, "step 600"), "An even blob of fakes, much wider than the ring")
tell(reports["a tiny learning rate"])
named = {name: float(reports[name].names == answer) for name, answer in
         (("a linear G", []), ("a tiny learning rate", ["unknown"]))}
_ = over_seeds("11 missed", named)

# %% [markdown]
# **Unknown** means: the samples are bad and no rule holds. (Bad means a Fréchet distance, which is
# already squared, of more than half of the data's variance, or next to no coverage.) A tool that
# always has a name for you would have sent you to the wrong line. (In the table, 1 means that the
# linear G passed as healthy, and that the last game got an "unknown".)
#
# ### It changes nothing
#
# An examination must not touch the patient. Its forward passes change no buffer, it continues
# training only on a copy, and it has its own random generator. So you may examine a game in the
# middle of a training and go on as if nothing had happened.

# %%
def everything(game):
    """All bits of the weights, of Adam's averages, and of the random generator."""
    kept = [array for adam in game.optimizers() for array in adam.vectors().values()]
    return [array.tobytes() for array in kept], game.rng.bit_generator.state


before = everything(neat)
examine(neat, neat_record, digits)
print("the same to the bit:", everything(neat) == before)

# %% [markdown]
# ## What goes wrong, and how it looks
#
# | you see | it is | do |
# |---|---|---|
# | several names in a report | the first causes the others | cure the first, train again, ask again |
# | few modes, after a hundred rounds | G has not come that far | wait, and read the note on the step |
# | healthy, and you do not like the samples | no rule for it, or a flaw that features miss | look; [chapter 10](10_how_good_is_it.ipynb) |
# | D's gradient is wrong, and the step is right | a record of another game, or of other settings | give the record of this run |
# | unknown | bad samples without a known cause | start from a recipe that works, change one thing at a time |
# | no word about copies | nothing was held out | keep a tenth of the data back |
#
# The page *My GAN fails*, on the site, has a picture of each ailment beside the same training without
# it, and the doctor's cures are those.
#
# ## Exercises
#
# **11.1** Write the AUC: the probability that a number of `high` is larger than one of `low`, where
# equal numbers count half.

# %%
def auc(high, low):
    ...  # your turn: two arrays of one axis; return a number


check("11.1", auc)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `high[:, None] > low` compares all pairs.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def auc(high, low):
#     larger = (high[:, None] > low).mean()
#     return larger + (high[:, None] == low).mean() / 2
#
#
# check("11.1", auc)
# ```
#
# </details>
#
# **11.2** You want the AUC of $n$ training scores against $n$ held-out ones to have a standard
# deviation of at most $t$ when there is no difference. How large must $n$ be, at least?

# %%
def samples_needed(t):
    ...  # your turn: return the smallest whole number


check("11.2", samples_needed)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Put $m = n$ into the variance of the AUC, and try $n = 1, 2, 3, \dots$
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def samples_needed(t):
#     n = 1
#     while (2 * n + 1) / (12 * n**2) > t**2:
#         n += 1
#     return n
#
#
# check("11.2", samples_needed)
# ```
#
# For 0.05 it is 68. With fewer held-out samples 0.65 is less than three standard deviations away.
#
# </details>
#
# **11.3** The fakes have the right mean, but `spread` times the standard deviation of the real
# samples. A batch has $n$ fakes and $m$ real samples, and you look along one direction. The place
# is the mean of the fakes minus the mean of the real samples. What is its standard deviation, in
# standard deviations of the real samples?

# %%
def noise_of_place(spread, n, m):
    ...  # your turn: return a number


check("11.3", noise_of_place)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The variance of a mean of $n$ is that of one, divided by $n$. Variances of independent numbers add,
# also when the numbers are subtracted.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def noise_of_place(spread, n, m):
#     return (spread**2 / n + 1 / m) ** 0.5
#
#
# check("11.3", noise_of_place)
# ```
#
# With a spread of 1 and $n = m = N$, in two directions, it is the $2/\sqrt N$ of case 4.
#
# </details>
#
# ## Sources
#
# - X. Zhang, J. Zhai, S. Ma, C. Shen, *AUTOTRAINER: an automatic DNN training problem detection and
#   repair system*, ICSE 2021,
#   [doi:10.1109/ICSE43902.2021.00043](https://doi.org/10.1109/ICSE43902.2021.00043): signs and
#   rules for training in general, and repairs that are tried by the tool itself.
# - L. Mescheder, A. Geiger, S. Nowozin, *Which training methods for GANs do actually converge?*,
#   2018, [arXiv:1801.04406](https://arxiv.org/abs/1801.04406): why players circle, and R1.
# - E. Richardson, Y. Weiss, *On GANs and GMMs*, 2018,
#   [arXiv:1805.12462](https://arxiv.org/abs/1805.12462): shares of regions (NDB).
# - A. Odena, V. Dumoulin, C. Olah, *Deconvolution and checkerboard artifacts*, 2016,
#   [doi:10.23915/distill.00003](https://doi.org/10.23915/distill.00003): the rule of the kernel and
#   the stride.
# - H. B. Mann, D. R. Whitney, *On a test of whether one of two random variables is stochastically
#   larger than the other*, 1947,
#   [doi:10.1214/aoms/1177730491](https://doi.org/10.1214/aoms/1177730491): the variance of the AUC.
