# %% [markdown]
# # 4. The first GAN
#
# Two networks of three layers, nine thousand handwritten digits, a loop of two steps. In a minute
# on an ordinary computer noise becomes digits. Then we make four mistakes that give no error
# message, one at a time, beside the right loop, so that you know them when you meet them.
#
# After this chapter you can
#
# - write the training loop of a GAN and give the reason for each of its lines;
# - read the two losses, and say what they cannot tell you;
# - recognise four common mistakes by what they do to the pictures.
#
# You need chapters 2 and 3.

# %%
import numpy as np

from gan_scratch import datasets
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, picture, rounds
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import Sequential, Sigmoid, frozen
from gan_scratch.losses import NonSaturating
from gan_scratch.metrics import classifier, frechet
from gan_scratch.models import mlp
from gan_scratch.optimizers import Adam, Average
from gan_scratch.penalties import R1
from gan_scratch.plots import style
from gan_scratch.plots.images import grid
from gan_scratch.plots.side_by_side import side_by_side

# %% [markdown]
# ## Data and players
#
# The data: 28 × 28 grey pixels between 0 and 1, so that a digit is a point in a space of 784
# dimensions. The generator takes 100 random numbers to such a point, through two hidden layers of
# 128; the discriminator takes a point to one score, through two as well.
#
# $$G: 100 \to 128 \to 128 \to 784 \qquad\qquad D: 784 \to 128 \to 128 \to 1$$
#
# Leaky ReLUs stand between the layers. G ends in a sigmoid, so that its pixels lie in $(0, 1)$; D
# ends in a score $s$. In pictures and in words $D(x) = \sigma(s)$ is the probability, what D
# trusts $x$, and $z$ is the noise.
#
# **Predict.** How many parameters does each have? (A dense layer from $a$ to $b$ has $ab + b$.)
# What does G draw before it has learnt anything?

# %%
digits = datasets.load("digits", value_range=(0, 1))


def players(seed=0):
    rng = np.random.default_rng(seed)
    return mlp.generator(latent=100, rng=rng), mlp.discriminator(rng=rng), rng


G, D, rng = players()
sizes = {n: sum(p.value.size for p in m.parameters().values()) for n, m in (("G", G), ("D", D))}
print("parameters:", sizes)

before = G(rng.standard_normal((16, 100), dtype="float32"))
picture(
    side_by_side([grid(digits.images[:16], columns=8), grid(before, columns=8)],
                 ["data", "what G draws at first"]),
    "Left: handwritten digits. Right: grey noise.",
)

# %% [markdown]
# ## The loop, line by line
#
# This is the loop of algorithm 1 of the paper of 2014: a step for D, a step for G, and again.
# Three things are younger or stand elsewhere in it: the non-saturating loss of chapter 2, R1 and
# Adam.

# %%
def step_of_D(game, real, noise):
    with frozen(game.generator):
        fake = game.generator(noise, training=True)                  # 1
    real_score, real_cache = game.discriminator.forward(real)        # 2
    fake_score, fake_cache = game.discriminator.forward(fake)
    loss, d_real, d_fake = game.objective.discriminator(real_score, fake_score)  # 3
    game.discriminator.zero_gradients()                              # 4
    game.discriminator.backward(d_real, real_cache, need_dx=False)   # 5
    game.discriminator.backward(d_fake, fake_cache, need_dx=False)
    for penalty in game.penalties:                                   # 6
        loss += penalty.add_gradients(game.discriminator, real, fake, game.rng)
    game.discriminator_optimizer.step()                              # 7
    return loss


def step_of_G(game, noise):
    fake, cache = game.generator.forward(noise)                      # 8
    with frozen(game.discriminator):                                 # 9
        score, score_cache = game.discriminator.forward(fake)
        loss, d_score = game.objective.generator(score)
        d_fake = game.discriminator.backward(d_score, score_cache)   # 10
    game.generator.zero_gradients()
    game.generator.backward(d_fake, cache, need_dx=False)            # 11
    game.generator_optimizer.step()
    return loss

# %% [markdown]
# 1. Fakes are made with G held still: no gradient of G is wanted here, so none is computed.
#    (`training=True` matters for layers that behave otherwise in use, as batch norm; these players
#    have none.)
# 2. Two calls of D, two caches. Chapter 3 said why.
# 3. The loss is $-V$. As $-\log \sigma(r) = \log(1 + e^{-r})$ and
#    $-\log(1 - \sigma(f)) = \log(1 + e^{f})$, it is
#    $\mathrm{mean}\log(1 + e^{-r}) + \mathrm{mean}\log(1 + e^{f})$ for scores $r$ of real samples
#    and $f$ of fakes. With it come its derivatives, $d_r = -\sigma(-r)/N$ and $d_f = \sigma(f)/N$,
#    for batches of $N$.
# 4. Gradients *add up*, so they start from zero.
# 5. Each batch goes back with its own cache; the two add.
# 6. R1, the friction that chapter 1 found. How its gradient is made is for chapter 7.
# 7. D moves, and nobody else.
# 8. Fresh noise. Now the cache of G is kept, because a gradient will come back to it. (`forward`
#    is in training unless told otherwise; a call without it is not.)
# 9. D judges, and is not moved: it is the teacher here. G's loss is
#    $\mathrm{mean}\log(1 + e^{-f})$, with $d_f = -\sigma(-f)/N$.
# 10. Through D back to the pixels: how each pixel of each fake should change to look more real.
# 11. From the pixels into the weights of G. **All that G ever learns about digits comes through
#     this line.**
#
# The library's two steps have a little more (labels, unrolling, other objectives). And they take the
# way back of line 5 for the real samples together with that of R1, which saves a pass. On this game
# they do the same, apart from the last digits of sums.
#
# A `Game` holds the players, their objective and their optimisers, and draws the noise:
# `latent=100` is the size of $z$, the numbers that G takes.

# %%
def new_game(seed=0, objective=None, D=None):
    G, default_D, rng = players(seed)
    D = D(default_D) if D else default_D
    adam_G, adam_D = (Adam(m.parameters(), 4e-3, beta1=0.0, beta2=0.99) for m in (G, D))
    return Game(G, D, objective or NonSaturating(), adam_G, adam_D, [R1(0.5)], rng=rng,
                latent=100, average=Average(G))


ours, librarys = new_game(), new_game()
for game, d_step, g_step in (
    (ours, step_of_D, step_of_G), (librarys, discriminator_step, generator_step)
):
    for batch in (digits.images[:128], digits.images[128:256]):
        d_step(game, batch, game.noise(128))
        g_step(game, game.noise(128))
apart = max(
    float(np.abs(mine.values - theirs.values).max() / np.abs(theirs.values).max())
    for mine, theirs in (
        (ours.generator_optimizer, librarys.generator_optimizer),
        (ours.discriminator_optimizer, librarys.discriminator_optimizer),
    )
)
print(f"weights after two rounds differ by {apart:.0e} of the largest")

# %% [markdown]
# Around the two steps goes what every training needs: batches, something to look at, and a rate
# that falls to zero. R1 damps the circles of chapter 1, but each batch is another one and kicks
# the players about; small steps make small kicks. For the same reason samples are drawn from a
# running *average* of G's weights, over the last thousand steps or so. *Adam* divides each
# gradient by the root of a running mean of its square, whose memory is $\beta_2$; with
# $\beta_1 > 0$ it takes a running mean of the gradient as well. In a game that turns such a memory
# points the wrong way, so $\beta_1 = 0$. The rate and the weight of R1 were found by trying.

# %%
def play(game, steps, d_step=step_of_D, g_step=step_of_G, film_every=None):
    """(a record (step, D(x), D(G(z)), loss of D, loss of G), samples on the way)."""
    batches = digits.batches(128, game.rng)
    watched = np.random.default_rng(9).standard_normal((24, 100), dtype="float32")
    record, shown = [], []
    for step in range(steps):
        if film_every and step % film_every == 0:
            shown.append(game.sample(watched))
        for optimizer in (game.generator_optimizer, game.discriminator_optimizer):
            optimizer.learning_rate = optimizer.initial_learning_rate * (1 - step / steps)
        real = next(batches)
        d_loss = d_step(game, real, game.noise(128))
        g_loss = g_step(game, game.noise(128))
        game.average.update()
        if step % 20 == 0:
            scores = [game.discriminator(x) for x in (real, game.generator(game.noise(128)))]
            trust = [float(game.objective.probability(s).mean()) for s in scores]
            record.append((step, *trust, float(d_loss), float(g_loss)))
    return np.array(record), shown


# %%
steps = rounds(6000, short=120)
game = new_game(seed())
record, shown = play(game, steps, film_every=steps // 20)
shown.append(game.sample(np.random.default_rng(9).standard_normal((24, 100), dtype="float32")))
frames = [grid(samples, columns=8) for samples in shown]
film(frames, "Grey noise turns into strokes at once, then slowly into digits", duration=0.25)

# %% [markdown]
# Nobody told G what a digit is, where ink may be, or that there are ten. Each of these 24 pictures
# comes from 100 numbers that stay the same through the film. Is every one a digit? Most are. (This
# is one training, of seed 0. The *gallery*, on the site, has these players with three seeds, and
# convolutions, which draw better.)
#
# ## What the losses say, and what they do not
#
# **Predict.** The pictures get better and better. Does G's loss fall? Does D's?

# %%
alt = """Left: D's trust in real digits stays a little above one half, in fakes a little
below. Right: after a short fall both losses are nearly flat."""
with panels(2, alt=alt, size=(3.7, 2.9)) as (left, right):
    left.plot(record[:, 0], record[:, 1], color=style.REAL, label="D(x), real")
    left.plot(record[:, 0], record[:, 2], color=style.GENERATOR, label="D(G(z)), fakes")
    left.axhline(0.5, color=style.FAINT_INK, lw=0.8, ls="--")
    left.set(title="How much D trusts", xlabel="step", ylim=(0, 1))
    left.legend(loc="upper right")
    right.plot(record[:, 0], record[:, 3], color=style.DISCRIMINATOR, label="loss of D")
    right.plot(record[:, 0], record[:, 4], color=style.GENERATOR, label="loss of G")
    right.axhline(np.log(4), color=style.DISCRIMINATOR, lw=0.8, ls="--")
    right.axhline(np.log(2), color=style.GENERATOR, lw=0.8, ls="--")
    right.set(title="The losses", xlabel="step", ylim=(0, 2.5))
    right.legend(loc="upper right")

# %% [markdown]
# At first both fall: D saw through grey noise at once, and G's loss was far above the top of the
# picture; within some hundred steps G draws strokes, and that is over. From then on the curves
# hardly move, while strokes become digits. You could not read that off them. Each loss is measured
# by an opponent who improves as well: a G that draws nonsense before a D that knows nothing has
# the same loss as a good G before a good D. The dashed lines are the values of both of these
# games, $\log 4$ for D and $\log 2$ for G.
#
# So the quality of samples has to be measured by somebody who does not play. The library brings a
# classifier of digits. Before its ten scores stand 64 numbers, the *features* of an image. Those
# of many images have a mean $\mu$ and a covariance $\Sigma$, and the *Fréchet distance* of two
# sets $a$ and $b$ is
#
# $$\|\mu_a - \mu_b\|^2 + \mathrm{Tr}\bigl(\Sigma_a + \Sigma_b - 2\,(\Sigma_a \Sigma_b)^{1/2}\bigr) .$$
#
# Two sets of 2,500 real digits are not at 0 either: a generator that draws fresh digits as the
# data does would be about there.

# %%
judge = classifier.load_classifier("digits")
first, second = frechet.real_parts(len(digits))
real_features = judge.features(digits.images[first])


def distance_of(images):
    return frechet.frechet_distance(judge.features(images), real_features)


def distance(game):
    return distance_of(game.sample(game.noise(2500, np.random.default_rng(1))))


measured = {
    "G at the start": distance(new_game(seed())),
    "G now": distance(game),
    "other real digits": distance_of(digits.images[second]),
}
print({name: round(value, 1) for name, value in measured.items()})

# %% [markdown]
# ## Four mistakes
#
# We make one at a time and leave everything else as it is.
#
# **Labels swapped for G.** G's samples are shown to D as "fake" in G's own step. G then learns to
# be *recognised*.

# %%
class Swapped(NonSaturating):
    """G minimises log(1 + e^f), which is D's loss on fakes: both signs are turned."""

    def generator(self, fake_score, real_score=None):
        score = np.clip(fake_score, -30, 30)  # that e^f does not overflow
        return np.log1p(np.exp(score)).mean(), 1 / (1 + np.exp(-score)) / len(score)

# %% [markdown]
# **Sigmoid twice.** D ends in a sigmoid, and the loss, which wants scores, takes another one.

# %%
def with_a_sigmoid(D):
    return Sequential(D, Sigmoid())

# %% [markdown]
# **Fakes made outside the gradient.** The step of G draws its fakes without keeping the cache (in
# other libraries: under `no_grad`, or `.detach()`), so the gradient at line 10 has nowhere to go.
# To have something for the optimiser, the author clears the gradients, and steps.

# %%
def step_of_G_outside(game, noise):
    fake = game.generator(noise, training=True)  # no cache: nothing can come back
    with frozen(game.discriminator):
        score, score_cache = game.discriminator.forward(fake)
        loss, d_score = game.objective.generator(score)
        game.discriminator.backward(d_score, score_cache)
    game.generator.zero_gradients()
    game.generator_optimizer.step()
    return loss

# %% [markdown]
# **A cache overwritten.** D keeps its cache on itself, so the gradient of the real batch goes back
# with the cache of the fakes.

# %%
def step_of_D_overwritten(game, real, noise):
    with frozen(game.generator):
        fake = game.generator(noise, training=True)
    real_score, real_cache = game.discriminator.forward(real)
    fake_score, fake_cache = game.discriminator.forward(fake)
    loss, d_real, d_fake = game.objective.discriminator(real_score, fake_score)
    game.discriminator.zero_gradients()
    game.discriminator.backward(d_real, fake_cache, need_dx=False)  # what was kept last
    game.discriminator.backward(d_fake, fake_cache, need_dx=False)
    for penalty in game.penalties:
        loss += penalty.add_gradients(game.discriminator, real, fake, game.rng)
    game.discriminator_optimizer.step()
    return loss

# %% [markdown]
# **Predict.** Which of the four crashes? Which draws nothing, which draws something, which draws
# digits?

# %%
attempts = {
    "right": (new_game(seed()), {}),
    "labels swapped for G": (new_game(seed(), objective=Swapped()), {}),
    "sigmoid twice": (new_game(seed(), D=with_a_sigmoid), {}),
    "fakes outside the gradient": (new_game(seed()), {"g_step": step_of_G_outside}),
    "a cache overwritten": (new_game(seed()), {"d_step": step_of_D_overwritten}),
}
steps = rounds(1500, short=60)
records = {name: play(g, steps, **parts)[0] for name, (g, parts) in attempts.items()}
distances = {name: distance(g) for name, (g, _) in attempts.items()}
found = over_seeds("4 distance", distances)

# %%
watched = np.random.default_rng(9).standard_normal((24, 100), dtype="float32")
drawn = {name: g.sample(watched) for name, (g, _) in attempts.items()}
tiles = [grid(images, columns=6) for images in drawn.values()]
tiles.append(grid(digits.images[:24], columns=6))
alt = """Six boards: right, digits; labels swapped, sigmoid twice, fakes outside the gradient
and a cache overwritten, no digits; and the data"""
picture(side_by_side(tiles, [*attempts, "data"], columns=3), alt)
spread = {name: images.std(axis=0).mean() for name, images in drawn.items()}
spreads = over_seeds("4 a pixel varies by", spread, "{:.3f}")

# %%
alt = """D's trust in fakes and both losses, of the five games. With labels swapped all are
at zero; fakes outside the gradient have a large loss of G, which falls from its peak"""
with panels(3, alt=alt, size=(2.9, 2.9)) as (left, middle, right):
    for name, values in records.items():
        left.plot(values[:, 0], values[:, 2], lw=1.2, label=name)
        middle.plot(values[:, 0], values[:, 3], lw=1.2)
        right.plot(values[:, 0], values[:, 4], lw=1.2)
    left.set(title="D(G(z))", xlabel="step", ylim=(-0.03, 1.4), yticks=[0, 0.5, 1])
    left.legend(fontsize=7, loc="upper left")
    middle.set(title="Loss of D", xlabel="step", ylim=(-0.1, 3))
    right.set(title="Loss of G", xlabel="step", yscale="symlog", ylim=(-0.2, 80))
    right.set_yticks([0, 1, 2, 10, 50], [0, 1, 2, 10, 50])

# %%
last = {name: values[-10:, 1:].mean(axis=0) for name, values in records.items()}
for column, what in enumerate(("D(x)", "D(G(z))", "loss of D", "loss of G")):
    over_seeds(f"4 {what}", {name: v[column] for name, v in last.items()}, "{:.2f}")
outside = records["fakes outside the gradient"][:, 4].max()
peak = over_seeds("4 peak of G's loss", {"fakes outside the gradient": outside}, "{:.2f}")

# %% [markdown]
# None crashes, and with none of the four seeds does a mistake draw digits: each distance is more
# than nine times that of the right loop. (That one is farther off than before, as it had 1,500
# steps and not 6,000.)
#
# - *Labels swapped*: G's loss goes to 0, a triumph, one might think. So does D's. They work
#   together. All noise gives nearly one picture.
# - *Sigmoid twice*: a score between 0 and 1 becomes a trust between $\sigma(0) = \tfrac12$ and
#   $\sigma(1) \approx 0.73$. D cannot say "fake" any more. Soon it gives 1 to everything, to
#   digits as well; there its own sigmoid is flat, so no gradient reaches the weights of D, nor,
#   through D, those of G. Both are stuck for good, with whatever G drew by then: with some seeds a
#   blot, with one hardly more than its first noise.
# - *Fakes outside the gradient*: the pictures are the first ones, to the bit. D wins. And yet the
#   loss of G ends far below its peak, though G never moved: it is D alone that changes. A falling
#   loss of G is no sign of a better G.
# - *A cache overwritten*: the most treacherous one. D(G(z)) is near $\tfrac12$ and G's loss near
#   $\log 2$, as in a game that is won. But the gradient of the real batch is computed at the
#   fakes, so D learns nothing of digits, and all noise gives one picture of specks. It shows where
#   nobody looks: D's loss ends *above* $\log 4$, and D trusts digits less than fakes. It is worse
#   than a coin.
#
# ## What goes wrong, and how it looks
#
# | pictures | D(G(z)) | loss of G | look for |
# |---|---|---|---|
# | grey noise, the same at every step | 0 | large | a gradient that does not reach G |
# | one hard pattern for all noise | 0 | to 0 | the labels in G's step |
# | noise or a blot, the same at every step | 0.73 | 0.31 | a sigmoid before a loss that takes scores |
# | the same specks for all noise | 0.5, above D(x) | 0.65 to 0.69 | D's own gradient: caches, zeroing |
# | digits | 0.4 to 0.5 | 0.7 to 1 | nothing |
#
# A page of pictures for more of these: *my GAN fails*, on the site of this book.
#
# ## Exercises
#
# **4.1** Write G's step from memory. The game has `generator`, `discriminator`, `objective` and
# `generator_optimizer`.

# %%
def my_step_of_G(game, noise):
    ...  # your turn: move G, leave D as it is, return the loss


check("4.1", my_step_of_G)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Five things: fakes with their cache; D's score of them, with D frozen; loss and its derivative;
# back through D and then through G, from zeroed gradients; a step.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def my_step_of_G(game, noise):
#     fake, cache = game.generator.forward(noise)
#     with frozen(game.discriminator):
#         score, score_cache = game.discriminator.forward(fake)
#         loss, d_score = game.objective.generator(score)
#         d_fake = game.discriminator.backward(d_score, score_cache)
#     game.generator.zero_gradients()
#     game.generator.backward(d_fake, cache, need_dx=False)
#     game.generator_optimizer.step()
#     return loss
#
#
# check("4.1", my_step_of_G)
# ```
#
# </details>
#
# **4.2** In the "sigmoid twice" game D's score of everything becomes 1 before the second sigmoid.
# What are then the two losses, D's (without the penalty) and G's?

# %%
loss_of_D_stuck = None  # your turn
loss_of_G_stuck = None

check("4.2", loss_of_D_stuck, loss_of_G_stuck)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Line 3 has the loss of D, line 9 that of G. What was the probability is the score now.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# loss_of_D_stuck = np.log(1 + np.exp(-1)) + np.log(1 + np.exp(1))
# loss_of_G_stuck = np.log(1 + np.exp(-1))
#
# check("4.2", loss_of_D_stuck, loss_of_G_stuck)
# ```
#
# 1.63 for D, above the 1.39 of knowing nothing, and 0.31 for G: the green curve above.
#
# </details>
#
# **4.3** Between two noise vectors there are pictures that change from one digit into another. As
# $\mathbb{E}\|z\|^2 = 100$, lengths are near 10, and two noise vectors are nearly perpendicular,
# so the middle of a straight line between them has a length near 7: G was not trained on those.
# Write a walk that turns from one vector to the other at an even pace and, between two of one
# length, keeps it.

# %%
def walk(start, end, count):
    ...  # your turn: return an array (count, 100), the first row start, the last one end


check("4.3", walk)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Look for $a(t)\,\text{start} + b(t)\,\text{end}$ in the plane of the two, at an angle of
# $t\alpha$ from the start, where
# $\cos\alpha = \text{start} \cdot \text{end} / (\|\text{start}\|\,\|\text{end}\|)$. By the law of
# sines $b = \sin(t\alpha) / \sin\alpha$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def walk(start, end, count):
#     t = np.linspace(0, 1, count)[:, None]
#     cosine = start @ end / np.linalg.norm(start) / np.linalg.norm(end)
#     angle = np.arccos(cosine)
#     return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)
#
#
# check("4.3", walk)
#
# z = game.noise(2, np.random.default_rng(4))
# way = walk(z[0], z[1], 10).astype("float32")
# picture(grid(game.sample(way), columns=10), "One digit turns into another in ten steps")
# ```
#
# </details>
#
# The same loop as coursework, with a grader: `gan-scratch assignment start 2`. The whole training
# from the command line, with a report: `gan-scratch train`.
#
# ## Sources
#
# - I. Goodfellow and others, *Generative adversarial nets*, 2014,
#   [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): algorithm 1.
# - L. Mescheder, A. Geiger, S. Nowozin, *Which training methods for GANs do actually converge?*,
#   2018, [arXiv:1801.04406](https://arxiv.org/abs/1801.04406): R1, and averages of weights.
# - M. Heusel and others, *GANs trained by a two time-scale update rule converge to a local Nash
#   equilibrium*, 2017, [arXiv:1706.08500](https://arxiv.org/abs/1706.08500): the Fréchet distance
#   on features.
#
# [Chapter 5](05_mode_collapse_on_demand.ipynb) takes data of which every part can be counted, and
# makes a generator forget most of it.
