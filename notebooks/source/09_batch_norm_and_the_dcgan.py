# %% [markdown]
# # 9. Batch norm and the DCGAN
#
# In 2015 a list of small decisions made GANs of convolutions learn: steps of the stride instead of
# pooling, a leaky slope, a small start, less momentum, and batch norm nearly everywhere. We derive
# the last of these twice, put all together, and then take each away again to see what it was for.
#
# After this chapter you can
#
# - derive the backward pass of batch norm step by step and by algebra, and say what it projects
#   away;
# - say how a layer that sees the whole batch behaves in training, in use, and in a game;
# - build the DCGAN for 28 × 28 pixels, and train it on digits and on clothes;
# - say what happened, over four seeds, without each of its parts.
#
# You need chapters 3, 4 and 8.

# %%
import time

import numpy as np

from gan_scratch import datasets, layers
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, picture, rounds
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.gradient_check import check as gradient_check
from gan_scratch.losses import NonSaturating
from gan_scratch.metrics import classifier, frechet
from gan_scratch.models import dcgan
from gan_scratch.optimizers import Adam, Average
from gan_scratch.plots import style
from gan_scratch.plots.images import grid
from gan_scratch.plots.side_by_side import side_by_side

# %% [markdown]
# ## Batch norm
#
# Take one channel and all of its numbers in the batch: $m = N$ for a dense layer, $m = NHW$ for
# images. Batch norm gives them the mean 0 and the variance 1, and lets two parameters choose
# others:
#
# $$\mu = \tfrac1m \sum_i x_i, \quad c_i = x_i - \mu, \quad v = \tfrac1m \sum_i c_i^2, \quad
#   \sigma = \sqrt{v + \varepsilon}, \quad \hat x_i = \frac{c_i}{\sigma}, \quad
#   y_i = \gamma\, \hat x_i + \beta .$$
#
# $\varepsilon = 10^{-5}$ keeps $\sigma$ from zero where all numbers of a channel are equal. Mean
# and spread of $y$ are $\beta$ and about $|\gamma|$, whatever the layers in front do; those behind
# need not follow their shift and their scale. (Here $\gamma$ is a scale; in other chapters it is
# the weight of R1.)
#
# ### Backward along the graph
#
# Each of the six steps is a layer by itself. Go through them from behind. What is used twice gets
# the sum of what comes back: $c$ is used by $\hat x$ and by $v$, $\sigma$ by all $\hat x_i$, $\mu$
# by all $c_i$.
#
# $$d\hat x_i = \gamma\, dy_i, \qquad d\sigma = -\sum_i d\hat x_i \frac{c_i}{\sigma^2}, \qquad
#   dv = \frac{d\sigma}{2\sigma},$$
# $$dc_i = \frac{d\hat x_i}{\sigma} + \frac{2 c_i}{m}\, dv, \qquad d\mu = -\sum_i dc_i, \qquad
#   dx_i = dc_i + \frac{d\mu}{m} ,$$
#
# and $d\gamma = \sum_i dy_i\, \hat x_i$, $d\beta = \sum_i dy_i$. The code is for $(N, C)$; images
# are reshaped to $(NHW, C)$ first.

# %%
class BatchNormByGraph:
    def __init__(self, channels):
        self.gamma, self.beta = np.ones(channels), np.zeros(channels)

    def forward(self, x):
        c = x - x.mean(axis=0)
        sigma = np.sqrt((c * c).mean(axis=0) + 1e-5)
        x_hat = c / sigma
        return self.gamma * x_hat + self.beta, (c, sigma, x_hat)

    def backward(self, dy, cache):
        c, sigma, x_hat = cache
        self.dgamma, self.dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
        dx_hat = self.gamma * dy
        dsigma = -(dx_hat * c).sum(axis=0) / sigma**2
        dv = dsigma / (2 * sigma)
        dc = dx_hat / sigma + 2 * c * dv / len(dy)
        dmu = -dc.sum(axis=0)
        return dc + dmu / len(dy)


# %% [markdown]
# ### Backward by algebra
#
# Put the lines into each other. With $d\sigma = -\sum_i d\hat x_i\, \hat x_i / \sigma$ the second
# term of $dc_i$ is $-\hat x_i\, \tfrac1m \sum_j d\hat x_j \hat x_j\, /\, \sigma$. It sums to zero
# over $i$, as the $\hat x_i$ do, so only the first counts in $d\mu$. What is left are three terms:
#
# $$dx = \frac{\gamma}{\sigma} \bigl( dy - \overline{dy} - \hat x\; \overline{dy\, \hat x} \bigr),$$
#
# a bar being the mean over the $m$ numbers.
#
# **Predict.** What is $dx$ when $dy$ is the same for all samples? And when $dy = \hat x$?

# %%
class BatchNormByAlgebra(BatchNormByGraph):
    def backward(self, dy, cache):
        c, sigma, x_hat = cache
        self.dgamma, self.dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
        return self.gamma / sigma * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0))


rng = np.random.default_rng(0)
x, dy = rng.standard_normal((2, 6, 3))
graph, algebra = BatchNormByGraph(3), BatchNormByAlgebra(3)
_, cache = graph.forward(x)
one, other = graph.backward(dy, cache), algebra.backward(dy, cache)
print(f"the two differ by {np.abs(one - other).max():.0e}")
print(gradient_check(algebra, x, dy))

x_hat = cache[2]
vanishing = {"dy = 1": np.ones_like(x), "dy = x_hat": x_hat}
vanishing = {name: np.abs(algebra.backward(v, cache)).max() for name, v in vanishing.items()}
print({name: f"{value:.0e}" for name, value in vanishing.items()})

# %% [markdown]
# Zero both times, but for $\varepsilon$. Adding a constant to a channel, or multiplying it,
# changes nothing behind the layer, so no gradient may ask for that: the formula takes from $dy$
# its parts along $1$ and along $\hat x$. Exercise 3.3 took off the part along $\hat x$ alone. For
# a channel of three numbers one can see it. Taking the mean off puts $x$ into the plane across
# $(1, 1, 1)$; dividing puts it on a circle there, and $dx$ can only lead along the circle (up to
# $\varepsilon$, where three numbers lie close together).

# %%
plane = np.array([[1, -1, 0], [1, 1, -2]]) / np.sqrt([[2], [6]])  # two axes across (1, 1, 1)
three = BatchNormByAlgebra(1)
x3, dy3 = 3 * rng.standard_normal((2, 40, 3, 1))
on_circle, asked, given = [], [], []
for point, wish in zip(x3, dy3):
    _, cache3 = three.forward(point)
    on_circle.append(plane @ cache3[2][:, 0])
    asked.append(plane @ wish[:, 0] / 3)
    given.append(plane @ (three.backward(wish, cache3) * cache3[1])[:, 0] / 3)
on_circle, asked, given = map(np.array, (on_circle, asked, given))
radial = np.abs((given * on_circle).sum(axis=1)).max()

alt = "A circle with forty points: arrows of dy point anywhere, those of dx along the circle"
with panels(2, alt=alt, size=(3.0, 3.1)) as board:
    for axes, arrows, words in zip(board, (asked, given), ("dy, in the plane", "σ dx")):
        axes.plot(*on_circle.T, "o", ms=3, color=style.DISCRIMINATOR)
        axes.quiver(*on_circle.T, *(0.5 * arrows.T), color=style.GENERATOR, angles="xy",
                    scale_units="xy", scale=1, width=0.006)
        axes.set(title=words, aspect="equal", xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[])
print(f"largest part of dx across the circle: {radial:.0e}")

# %% [markdown]
# ## Three ways in which it is no ordinary layer
#
# **It is two functions.** In use there may be a single sample and no batch. So in training the
# layer keeps a running mean of $\mu$ and $v$, and in use takes these: then it is $y = a x + b$
# with constants, and its backward pass is $dx = \gamma\, dy / \sigma$, without the other two
# terms. Who uses the one backward pass with the other forward pass has a wrong gradient.
#
# **Samples see each other.** A fake depends on the other noise of its batch. And a penalty on D's
# slope at *each* sample (chapter 7) has no meaning for a D with batch norm; there one takes
# another normalization, or none.
#
# **It hides the level.** D sees real samples and fakes as two batches.
#
# **Predict.** The fakes are the real images, each pixel 0.5 brighter. D begins with a batch norm.
# Can it tell them apart?

# %%
digits = datasets.load("digits")
real = digits.images[:64]
brighter = real + 0.5
D = layers.Sequential(
    layers.BatchNorm(1), layers.Conv2D(1, 8, 4, 2, 1, rng=rng), layers.LeakyReLU(0.2),
    layers.Flatten(), layers.Dense(14 * 14 * 8, 1, rng=rng),
)
apart = float(np.abs(D(real, training=True) - D(brighter, training=True)).max())
both = D(np.concatenate([real, brighter]), training=True)
together = float(np.abs(both[:64] - both[64:]).max())
print(f"scores differ by {apart:.0e} as two batches, by {together:.2f} as one")

# %% [markdown]
# As two batches, not at all: what all images of a batch have in common, their mean and their
# spread, is taken off, and only differences within the batch stay. The paper's authors found games
# unstable with it at the pixels, so the layers that touch these are left without it, in D and in
# G.
#
# ## The DCGAN
#
# For 28 × 28 pixels, with 16 and 32 channels. A convolution halves, a transposed one doubles;
# kernels are 4 × 4 with stride 2 (chapter 8 said why 4).
#
# | Radford and others | here |
# |---|---|
# | the stride halves and doubles, no pooling | the same |
# | batch norm in both, but not at the pixels | the same |
# | no hidden dense layers | the same |
# | ReLU in G, tanh at its end; leaky ReLU of slope 0.2 in D | the same |
# | weights drawn from $N(0, 0.02^2)$ | the same |
# | Adam with $\beta_1 = 0.5$ | the same |
# | rate 0.0002, hours on a GPU | 0.001 and falling to 0, a minute |

# %%
def players(rng, slope=0.2, normalization="batch", init="dcgan"):
    shape, width = (28, 28, 1), 16
    G = dcgan.generator(shape, 64, width, normalization, rng=rng, init=init)
    D = dcgan.discriminator(
        shape, width, normalization, rng=rng, init=init, negative_slope=slope
    )
    return G, D


inputs = rng.standard_normal((1, 64), "float32"), real[:1]
for name, player, x in zip("GD", players(rng), inputs):
    shapes = [x.shape[1:]]
    for layer in player.layers:
        x = layer(x)
        if x.shape[1:] != shapes[-1]:
            shapes.append(x.shape[1:])
    count = sum(p.value.size for p in player.parameters().values())
    print(name, *("×".join(map(str, shape)) for shape in shapes), f"({count:,} parameters)")

# %% [markdown]
# No bias stands before a batch norm: the mean that is taken off would take it along.

# %%
def play(G, D, data, rng, steps, batch=64, beta1=0.5, rate=1e-3, frames=8):
    """(the game after so many rounds, samples of the same noise on the way)."""
    optimizers = [Adam(player.parameters(), rate, beta1) for player in (G, D)]
    game = Game(G, D, NonSaturating(), *optimizers, rng=rng, latent=64,
                average=Average(G, decay=0.99))
    batches, noise = data.batches(batch, rng), game.noise(64, np.random.default_rng(1))
    seen = [G(noise)]
    for step in range(steps):
        for optimizer in optimizers:
            optimizer.learning_rate = rate * (1 - step / steps)
        real = next(batches)
        discriminator_step(game, real, game.noise(batch))
        generator_step(game, game.noise(batch), real)
        game.average.update()
        if (step + 1) % (steps // frames) == 0:
            seen.append(G(noise))
    return game, seen


steps = rounds(800, short=24)
rng = np.random.default_rng(seed())
game, seen = play(*players(rng), digits, rng, steps, frames=10)
shots = [grid(samples[:18], columns=6, value_range=(-1, 1)) for samples in seen]
film(shots, "Grey noise turns into strokes, then into digits", duration=0.4)

# %% [markdown]
# A minute, without a penalty: strokes, and many of them are digits. (The film shows G itself; the
# boards below its running average, over some hundred rounds, as in chapter 4.) The same code, with
# clothes for data:

# %%
clothes = datasets.load("fashion")
rng = np.random.default_rng(seed())
wardrobe, seen_clothes = play(*players(rng), clothes, rng, rounds(800, short=24))
noise = game.noise(32, np.random.default_rng(2))
made, sewn = game.average.model(noise), wardrobe.average.model(noise)
pair = [grid(images, columns=8, value_range=(-1, 1)) for images in (made, sewn)]
alt = "Left: made-up digits. Right: blurred patches in the outlines of clothes, chequered"
picture(side_by_side(pair, ["digits", "clothes"]), alt)

# %% [markdown]
# After so few rounds the clothes are patches with a chequered texture, with each of the four seeds:
# that all pixels are reached equally often makes an even ground possible, the weights still have to
# learn it.
#
# ### The batch in use
#
# The trained G with the same noise in four batches, and in use, with the running mean.
#
# **Predict.** How much does a digit change with its neighbours?

# %%
first = game.noise(8, np.random.default_rng(3))
rows = []
for company in range(4):
    others = game.noise(56, np.random.default_rng(10 + company))
    rows.append(game.generator(np.concatenate([first, others]), training=True)[:8])
rows.append(game.generator(first))
alone = game.generator(first, training=True)  # a batch of these eight only
rows.append(alone)
between = float(np.std(rows[:4], axis=0).mean())
among = float(np.std(rows[0], axis=0).mean())
picture(grid(np.concatenate(rows), columns=8, value_range=(-1, 1)),
        "Six rows of the same eight digits, nearly alike")
varies = {"between batches": between, "between digits": among}
varies = over_seeds("9 a pixel varies", varies, "{:.3f}")
far = [float(np.abs(row - rows[4]).mean()) for row in (rows[3], alone)]
print(f"mean distance from use: row 4 {far[0]:.3f}, row 6 {far[1]:.3f}")

# %% [markdown]
# Little: rows 1 to 4 are batches, row 5 is use. A mean over 64 images of 49 places and more hardly
# depends on who the others are. In row 6 the eight are a batch by themselves, and differ a little
# more.
#
# ## What each part is for
#
# Now take away one thing at a time, and play 300 rounds of 32 samples. Six games, which you train
# with seed 0; we trained the same six with seeds 1, 2 and 3 as well:
#
# 1. all of it;
# 2. no batch norm, in neither;
# 3. no strides: D pools 2 × 2 maxima, G doubles each pixel, and 3 × 3 convolutions stand between;
# 4. slope 0 in D, an ordinary ReLU;
# 5. another start: weights of He and others, $N(0, 2/n)$ for a layer with $n$ inputs to each
#    output, a deviation of 0.35 at D's pixels instead of 0.02;
# 6. $\beta_1 = 0.9$, Adam's default.
#
# **Predict.** Which of the six draw no digits? Which part hardly matters?

# %%
def without_strides(rng):
    """Pooling and doubling in the place of strides; otherwise as `players`."""
    given = {"padding": 1, "rng": rng, "init": "dcgan"}
    start = layers.Dense(64, 7 * 7 * 32, rng=rng, init="dcgan")
    G = [start, layers.Reshape((7, 7, 32)), layers.BatchNorm(32), layers.ReLU()]
    G += [layers.Upsample(2), layers.Conv2D(32, 16, 3, **given), layers.BatchNorm(16),
          layers.ReLU()]
    G += [layers.Upsample(2), layers.Conv2D(16, 1, 3, **given), layers.Tanh()]
    D = [layers.Conv2D(1, 16, 3, **given), layers.LeakyReLU(0.2), layers.MaxPool2D(2)]
    D += [layers.Conv2D(16, 32, 3, **given), layers.BatchNorm(32), layers.LeakyReLU(0.2),
          layers.MaxPool2D(2)]
    D += [layers.Flatten(), layers.Dense(7 * 7 * 32, 1, rng=rng, init="dcgan")]
    return layers.Sequential(*G), layers.Sequential(*D)


variants = {
    "all of it": (players, {}),
    "no batch norm": (lambda rng: players(rng, normalization="none"), {}),
    "no strides": (without_strides, {}),
    "slope 0 in D": (lambda rng: players(rng, slope=0.0), {}),
    "another start": (lambda rng: players(rng, init="he"), {}),
    "beta1 = 0.9": (players, {"beta1": 0.9}),
}

# %%
judge = classifier.load_classifier("digits")
reference = judge.features((digits.images[:1000] + 1) / 2)  # it was trained on (0, 1)


def distance(samples):
    return frechet.frechet_distance(judge.features((samples + 1) / 2), reference)


films, distances, seconds = {}, {}, {}
for name, (make, settings) in variants.items():
    rng, started = np.random.default_rng(seed()), time.perf_counter()
    settings = {"batch": 32, "frames": 8, **settings}
    ablated, films[name] = play(*make(rng), digits, rng, rounds(300, short=8), **settings)
    seconds[name] = time.perf_counter() - started
    samples = ablated.generator(ablated.noise(1000, np.random.default_rng(4)))
    distances[name] = float(distance(samples))

shots = []
for index in range(len(films["all of it"])):
    boards = [grid(f[index][:8], columns=4, value_range=(-1, 1)) for f in films.values()]
    shots.append(side_by_side(boards, list(films), columns=3))
alt = """Six small films: all of it ends with strokes like those of digits, without batch norm
every noise gives nearly the same block"""
film(shots, alt, duration=0.5)

# %%
floor = float(distance(digits.images[1000:2000]))
longer = game.generator(game.noise(1000, np.random.default_rng(4)))  # the game of the film
distances["800 rounds of 64"] = float(distance(longer))
found = over_seeds("9 distance", distances)
alt = """Four dots in each of seven rows, a seed each: the Fréchet distance to digits. All of it
and slope 0 lie close together, no strides and more rounds to their left; without batch norm and
with beta1 = 0.9 the dots are far to the right and far apart"""
with panels(alt=alt, size=(5.4, 2.8)) as axes:
    for name, values in found.items():
        axes.plot(values, [name] * len(values), "o", color=style.GENERATOR, alpha=0.6)
    axes.axvline(floor, color=style.REAL)
    axes.set(xscale="log", xlim=(1, 2000), xlabel="Fréchet distance, less is better",
             title="In the end; a dot a seed, the line is real digits")
    axes.invert_yaxis()
print("real digits:", round(floor, 1), "  seconds:", {n: round(s) for n, s in seconds.items()})

# %% [markdown]
# The first row says: all of it ends at distances between 60 and 70, whatever the seed; the last
# one, that more rounds bring it nearer, to between 40 and 50.
#
# - Without *batch norm* no seed draws a digit. Each draws a block of its own, and the noise mostly
#   changes its edges.
# - With *$\beta_1 = 0.9$* all four end farther off than with 0.5, and how far depends on the seed:
#   three draw a chequered ground, one draws slanted strokes.
# - From *another start* all four are still speckled after 300 rounds.
# - *Slope 0* in D ends a little farther off with each seed, by a tenth at most. That is no more
#   than the full game differs from seed to seed.
# - *No strides* (and other kernels) come closer to digits after as many rounds, with each seed.
#   What strides save is time: pooling and doubling first work on all places, and a round takes
#   several times as long.
#
# That is what happened. Why is a harder question. For batch norm, look at the games before their
# first round: how much do G's pixels change with the noise, and D's scores with the digit?

# %%
def at_the_start(seed, normalization):
    """(deviation of G's pixels over noise, of D's scores over digits)."""
    rng = np.random.default_rng(seed)
    G, D = players(rng, normalization=normalization)
    pixels = G(rng.standard_normal((256, 64), "float32"), training=True)
    return pixels.std(axis=0).mean(), D(digits.images[:256], training=True).std()


start = {kind: np.array([at_the_start(seed, kind) for seed in range(4)])
         for kind in ("batch", "none")}
for kind, (pixels, scores) in {kind: values.T for kind, values in start.items()}.items():
    print(f"{kind:6} pixels", *(f"{v:.4f}" for v in pixels), "  scores",
          *(f"{v:.4f}" for v in scores))

# %% [markdown]
# With weights of 0.02 each layer makes its numbers smaller, and nothing brings them back to size:
# without batch norm the noise moves a pixel by 0.002, on a scale from $-1$ to 1 (0.08 with it), and
# the scores of digits vary by 0.005 at most (0.3 and more with it). So at first G is as good as
# blind to its noise, and D to its images. (How that leads to a block, we have not traced.) If the
# small weights are to blame, larger ones should help. They do: from He's start and without batch
# norm, `players(rng, normalization="none", init="he")`, the four seeds end at 100, 118, 95 and 129,
# about as far off as from He's start with batch norm.
#
# For $\beta_1$ the usual reason is that of chapter 4: in a game that turns, a memory of past
# gradients points where the players were. For the start we know two candidates, and have not
# separated them. In front of a batch norm the size of a weight matters little, $x \cdot 2W$ being
# normalized to the same as $x \cdot W$, but Adam's steps have one size, so they turn large weights
# slowly. And at the pixels, where there is no batch norm, G begins with hard noise.
#
# Four seeds, 300 rounds, digits of 28 × 28: that the paper's list was right for photographs of 64 ×
# 64 does not say that each of its entries counts everywhere. Take one away and look; it costs a
# quarter of a minute.
#
# The library's own recipe, `dcgan-digits`, departs from the list: no batch norm in D, where R1
# holds the slope instead, $\beta_1 = 0$, the start of He, a hidden dense layer in both, and 5,500
# rounds.
#
# ## What goes wrong, and how it looks
#
# | you see | it is | cure |
# |---|---|---|
# | good in training, noise when samples are drawn | running mean and variance not yet there, or not saved | more rounds; they belong into the checkpoint |
# | gradient check fails for batch norm in use | training's backward pass with the other forward pass | the constants' one, $\gamma\,dy/\sigma$ |
# | a D's score of one image changes with its batch | it has batch norm, and each batch is all real or all fake | none in D, or both as one batch |
# | all samples of a batch share a tint | G with batch norm and a small batch | larger batches, another normalization |
# | one grey or white block for nearly all noise | no normalization, and a start too small for it | batch norm, or He's start |
#
# ## Exercises
#
# **9.1** Batch norm in use: the running mean and variance are constants. Write the backward pass.

# %%
class InUse:
    def __init__(self, channels, rng):
        self.gamma, self.beta = rng.standard_normal((2, channels))
        self.mean, self.variance = tuple(rng.uniform(0.5, 2, (2, channels)))

    def forward(self, x):
        inverse = 1 / np.sqrt(self.variance + 1e-5)
        x_hat = (x - self.mean) * inverse
        return self.gamma * x_hat + self.beta, (x_hat, inverse)

    def backward(self, dy, cache):
        ...  # your turn: set self.dgamma and self.dbeta, return dx


check("9.1", InUse)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Nothing that $x$ changes is in the mean and the variance. The parameters see the same as ever.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# class InUse:
#     def __init__(self, channels, rng):
#         self.gamma, self.beta = rng.standard_normal((2, channels))
#         self.mean, self.variance = tuple(rng.uniform(0.5, 2, (2, channels)))
#
#     def forward(self, x):
#         inverse = 1 / np.sqrt(self.variance + 1e-5)
#         x_hat = (x - self.mean) * inverse
#         return self.gamma * x_hat + self.beta, (x_hat, inverse)
#
#     def backward(self, dy, cache):
#         x_hat, inverse = cache
#         self.dgamma, self.dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
#         return self.gamma * inverse * dy
#
#
# check("9.1", InUse)
# ```
#
# </details>
#
# **9.2** Layer norm takes its mean over the $C$ channels of each sample of $(N, C)$ instead, so
# samples no longer see each other. But $\gamma$ now differs *within* what is normalized: where
#    does it go in the formula?

# %%
class LayerNorm:
    def __init__(self, channels, rng):
        self.gamma, self.beta = rng.standard_normal((2, channels))

    def forward(self, x):
        c = x - x.mean(axis=1, keepdims=True)
        inverse = 1 / np.sqrt((c * c).mean(axis=1, keepdims=True) + 1e-5)
        x_hat = c * inverse
        return self.gamma * x_hat + self.beta, (x_hat, inverse)

    def backward(self, dy, cache):
        ...  # your turn: set self.dgamma and self.dbeta, return dx


check("9.2", LayerNorm)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The first line of the graph is $d\hat x = \gamma\, dy$. In batch norm one $\gamma$ could be taken
# out of the means; here it stays inside.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# class LayerNorm:
#     def __init__(self, channels, rng):
#         self.gamma, self.beta = rng.standard_normal((2, channels))
#
#     def forward(self, x):
#         c = x - x.mean(axis=1, keepdims=True)
#         inverse = 1 / np.sqrt((c * c).mean(axis=1, keepdims=True) + 1e-5)
#         x_hat = c * inverse
#         return self.gamma * x_hat + self.beta, (x_hat, inverse)
#
#     def backward(self, dy, cache):
#         x_hat, inverse = cache
#         self.dgamma, self.dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
#         g = self.gamma * dy
#         mean = g.mean(axis=1, keepdims=True)
#         along = (g * x_hat).mean(axis=1, keepdims=True)
#         return inverse * (g - mean - x_hat * along)
#
#
# check("9.2", LayerNorm)
# ```
#
# </details>
#
# **9.3** Two processes share a batch. Each knows how many numbers it has, their mean and their
# variance. What are the mean and the variance of all?

# %%
def combined(n1, mean1, variance1, n2, mean2, variance2):
    ...  # your turn: return mean, variance


check("9.3", combined)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The squares around the common mean are those around each part's mean, and for each number the
# square of the way from its part's mean to the common one.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def combined(n1, mean1, variance1, n2, mean2, variance2):
#     a, b = n1 / (n1 + n2), n2 / (n1 + n2)
#     mean = a * mean1 + b * mean2
#     return mean, a * (variance1 + (mean1 - mean) ** 2) + b * (variance2 + (mean2 - mean) ** 2)
#
#
# check("9.3", combined)
# ```
#
# So processes meet in each batch norm: once on the way forward with mean and variance, once on the
# way back with the sums of $dy$ and of $dy\, \hat x$, two numbers a channel each time.
#
# </details>
#
# As coursework: `gan-scratch assignment start 3`.
#
# ## Sources
#
# - S. Ioffe, C. Szegedy, *Batch normalization*, 2015,
#   [arXiv:1502.03167](https://arxiv.org/abs/1502.03167).
# - A. Radford, L. Metz, S. Chintala, *Unsupervised representation learning with deep convolutional
#   generative adversarial networks*, 2016, [arXiv:1511.06434](https://arxiv.org/abs/1511.06434).
# - J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer normalization*, 2016,
#   [arXiv:1607.06450](https://arxiv.org/abs/1607.06450).
# - K. He and others, *Delving deep into rectifiers*, 2015,
#   [arXiv:1502.01852](https://arxiv.org/abs/1502.01852): the start.
#
# `gan-scratch recipes` lists the games that are ready to train. The *gallery*, on the site, shows what
# they draw, with the command that drew it. And how good is that?
# [Chapter 10](10_how_good_is_it.ipynb) measures it.
