# %% [markdown]
# # 7. The gradient of a gradient
#
# R1 cured the whirlpool of chapter 1 and found the modes of chapters 5 and 6. It charges D for its
# *slope*, so its gradient is the derivative of a derivative. Libraries with autograd differentiate
# their own backward pass. We have none; we do it by hand, and it costs three more passes: one back
# to $x$, and two that are new.
#
# After this chapter you can
#
# - turn "the gradient of a gradient" into a derivative along one direction;
# - write the tangent passes of a dense layer, an activation and a convolution;
# - add R1, R2 or a gradient penalty to any D made of such layers;
# - check second derivatives in four ways, none of which uses the new passes.
#
# You need chapters 3 and 4. Where a convolution is mentioned, chapter 8 says what it is; read on
# without it.

# %%
import time

import numpy as np

from gan_scratch import layers, theory
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, rounds, source
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.game import Game, discriminator_step
from gan_scratch.layers import Conv2D, Sequential, frozen
from gan_scratch.losses import Wasserstein
from gan_scratch.models import mlp
from gan_scratch.optimizers import SGD, Adam
from gan_scratch.penalties import R1, R2, GradientPenalty, SquaredSlope
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure

# %% [markdown]
# ## The smallest case, in full
#
# One sample $x$, one hidden layer, an activation $\varphi$ like tanh:
#
# $$D(x) = w^{\mathsf T}\varphi(a), \qquad a = W^{\mathsf T} x, \qquad
#   g = \nabla_x D = W u, \qquad u = \varphi'(a) \circ w .$$
#
# Here $W$ is $(d, m)$, $w$ and $u$ are $(m,)$, and $\circ$ multiplies number by number. The slope
# $g$ depends on $W$ in *two* ways: $W$ stands in front, and $a$ inside of $u$ depends on it as
# well. R1 is $P = \tfrac{\gamma}{2}|g|^2$. Put $v = \partial P/\partial g = \gamma g$. A small
# change $dW$ changes $a$ by $dW^{\mathsf T} x$ and $P$ by
#
# $$ v \cdot dg = v^{\mathsf T} dW\, u + v^{\mathsf T} W \bigl(\varphi''(a) \circ w \circ dW^{\mathsf T} x\bigr) .$$
#
# What multiplies $dW_{ij}$ here is $v_i u_j + x_i\, \varphi''(a_j)\, w_j\, (W^{\mathsf T} v)_j$,
# or
#
# $$\frac{\partial P}{\partial W} = v\,u^{\mathsf T} + x\,\bigl(\varphi''(a)\circ w\circ W^{\mathsf T}v\bigr)^{\mathsf T}, \qquad
#   \frac{\partial P}{\partial w} = \varphi'(a)\circ W^{\mathsf T} v .$$
#
# **Predict.** Suppose you forget the second term. Is that wrong for a leaky ReLU? Is it for tanh?

# %%
def slope_of(x, W, w):
    a = x @ W
    return W @ ((1 - np.tanh(a) ** 2) * w)


def gradient_of_R1(x, W, w, gamma, both=True):
    """(∂P/∂W, ∂P/∂w), with the second term of ∂P/∂W or without."""
    y = np.tanh(x @ W)
    first, second = 1 - y**2, -2 * y * (1 - y**2)  # φ', φ''
    v = gamma * slope_of(x, W, w)
    dW = np.outer(v, first * w)
    if both:
        dW += np.outer(x, second * w * (W.T @ v))
    return dW, first * (W.T @ v)

# %%
rng = np.random.default_rng(0)
x, W, w = rng.standard_normal(4), rng.standard_normal((4, 5)), rng.standard_normal(5)
penalty = lambda W: 0.5 * (slope_of(x, W, w) ** 2).sum()
numeric = np.zeros_like(W)
for place in np.ndindex(W.shape):
    h = np.zeros_like(W)
    h[place] = 1e-6
    numeric[place] = (penalty(W + h) - penalty(W - h)) / 2e-6
error = {both: np.abs(gradient_of_R1(x, W, w, 1.0, both)[0] - numeric).max()
         for both in (True, False)}
print(f"largest error with both terms {error[True]:.0e}, without the second {error[False]:.2f}")

# %%
def angle_between(scale):
    """Degrees from the right ∂P/∂W to that without the second term, at random weights."""
    x, w = rng.standard_normal(4), scale * rng.standard_normal(5)
    W = scale * rng.standard_normal((4, 5))
    whole, part = (gradient_of_R1(x, W, w, 1.0, both)[0].ravel() for both in (True, False))
    cosine = whole @ part / np.linalg.norm(whole) / np.linalg.norm(part)
    return np.degrees(np.arccos(cosine))


angles = {s: np.array([angle_between(s) for _ in range(2000)]) for s in (0.25, 1.0)}
median = {scale: float(np.median(a)) for scale, a in angles.items()}
uphill = {scale: float(np.mean(a > 90)) for scale, a in angles.items()}
print("median angle", {scale: f"{a:.0f}°" for scale, a in median.items()})
print("beyond 90°  ", {scale: f"{share:.0%}" for scale, share in uphill.items()})

# %%
alt = """Left: with both terms the formula lies on the diagonal of what was measured, without
the second one it does not. Right: angles between the wrong gradient and the right one; small
weights make mostly small angles, large weights make any angle up to more than 90 degrees"""
with panels(2, alt=alt, size=(3.4, 2.8)) as (left, right):
    for both, words in ((True, "both terms"), (False, "the second left out")):
        formula = gradient_of_R1(x, W, w, 1.0, both)[0]
        left.plot(numeric.ravel(), formula.ravel(), "o", ms=4, label=words)
    left.axline((0, 0), slope=1, color=style.FAINT_INK, lw=0.8)
    left.set(title="One draw", xlabel="measured ∂P/∂W", ylabel="formula")
    left.legend()
    for scale, degrees in angles.items():
        right.hist(degrees, np.arange(0, 181, 10), alpha=0.6, label=f"weights ~ {scale:g}")
    right.axvline(90, color=style.FAINT_INK, lw=0.8)
    right.set(title="2,000 draws", xlabel="angle, degrees", ylabel="draws")
    right.legend()

# %% [markdown]
# For a leaky ReLU $\varphi'' = 0$ wherever there is a derivative at all, so nothing is missing. For
# tanh something is, and how much depends on the weights. While they are small, $a$ is near 0, where
# tanh is nearly a straight line: the wrong gradient mostly makes a small angle with the right one,
# so a small step of $W$ against it lowers the penalty as well, and nobody notices. With weights of
# size 1 the angle is most often between 50° and 90°, and about one time in six it is larger than
# 90°: then such a step makes the penalty *larger*.
#
# A network with three layers has more such terms than one wants to write down. There is a way to
# have each layer write its own.
#
# ## A derivative along one direction
#
# Let $\theta$ be all weights of D. By the chain rule
# $\partial P/\partial\theta = \sum_i (\partial P/\partial g_i)(\partial g_i/\partial\theta) = \sum_i v_i\, \partial g_i/\partial\theta$.
# How $P$ changes with $g$ is in $v$ already, so $v$ is not differentiated again: with $v$ held
# fixed, $\partial P/\partial\theta = \nabla_\theta (v \cdot \nabla_x D)$, a gradient by the
# weights of a derivative by $x$ along $v$. The order of two derivatives may be exchanged:
#
# $$\nabla_\theta\,\bigl(v \cdot \nabla_x D(x)\bigr)
#   = \nabla_\theta\,\frac{d}{dt} D(x + t v)\Big|_{t=0}
#   = \frac{d}{dt}\,\nabla_\theta D(x + t v)\Big|_{t=0} .$$
#
# On the right stands an ordinary backward pass, at a point that moves. So: differentiate the
# forward and the backward pass of each layer along one direction. Write $\dot x$ for the
# derivative of $x$ by $t$. This is Pearlmutter's operator of 1994. From here on samples are rows,
# as in chapter 3, and the weights stand still: only $x$ moves, and with it whatever is made of it.
#
# | layer | forward | tangent forward | backward | tangent backward |
# |---|---|---|---|---|
# | dense | $y = xW + b$ | $\dot y = \dot x W$ | $dx = dy\,W^{\mathsf T}$, $dW = x^{\mathsf T}dy$ | $\dot{dx} = \dot{dy}\,W^{\mathsf T}$, $\dot{dW} = \dot x^{\mathsf T}dy + x^{\mathsf T}\dot{dy}$ |
# | $y = \varphi(x)$ | | $\dot y = \varphi'(x)\,\dot x$ | $dx = \varphi'(x)\,dy$ | $\dot{dx} = \varphi'(x)\,\dot{dy} + \varphi''(x)\,\dot x\,dy$ |
#
# Each *tangent* entry is the derivative by $t$ of the entry on its left; $db = \sum_n dy_n$ gives
# $\dot{db} = \sum_n \dot{dy}_n$. The two terms of the smallest case are the two terms of
# $\dot{dW}$.

# %%
class Dense(layers.Dense):
    def tangent_forward(self, x_dot, cache):
        return x_dot @ self.weight.value, x_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x, x_dot = cache, tangent_cache
        dy_dot = np.zeros_like(dy) if dy_dot is None else dy_dot
        self.weight.gradient += x_dot.T @ dy + x.T @ dy_dot
        self.bias.gradient += dy_dot.sum(axis=0)
        return dy @ self.weight.value.T, dy_dot @ self.weight.value.T


class Tanh(layers.Tanh):
    def tangent_forward(self, x_dot, cache):
        y = cache
        return (1 - y**2) * x_dot, x_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        y, x_dot = cache, tangent_cache
        slope, curvature = 1 - y**2, -2 * y * (1 - y**2)
        dy_dot = np.zeros_like(dy) if dy_dot is None else dy_dot
        return slope * dy, slope * dy_dot + curvature * x_dot * dy

# %% [markdown]
# `backward` adds $dW$ to the gradient of a parameter, `tangent_backward` adds $\dot{dW}$ and not
# $dW$: by the formula above that is the gradient of $P$, and it is added to what D's loss has left
# there. It hands $dx$ back besides $\dot{dx}$, as the layer below needs both; a $\dot{dy}$ of
# `None` is zero.
#
# The leaky ReLU has no curvature: its tangent passes are its ordinary ones. A convolution is
# linear in $x$ and in $W$, like a dense layer, and its tangent passes are three convolutions that
# it has already.
#
# The library's can do more: in `weight.tangent` the weights may move as well. Then the product
# rule gives a dense layer $\dot y = \dot x W + x \dot W + \dot b$ and
# $\dot{dx} = \dot{dy}\, W^{\mathsf T} + dy\, \dot W^{\mathsf T}$. And an activation that first
# takes something linear off, $u = Px$ with a symmetric $P$, has $\dot u = P \dot x$ and
# $dx = P\, du$, so $\dot{dx} = P\, \dot{du}$.

# %%
source(layers.LeakyReLU.tangent_forward, layers.LeakyReLU.tangent_backward)
source(Conv2D.tangent_forward, Conv2D.tangent_backward)

# %% [markdown]
# ## R1 in a few lines
#
# $P = \frac{\gamma}{2N}\sum_n |g_n|^2$ with $g_n = \nabla_x D(x_n)$, so
# $v_n = \frac{\gamma}{N}\,g_n$. One forward pass, one backward pass for $g$, one tangent forward
# along $v$, one tangent backward. (The score is summed as it is, so its cotangent is 1 and does
# not move; `frozen(D)` lets gradients through and adds nothing to D's.)

# %%
def add_R1(D, x, gamma):
    with frozen(D):
        score, cache = D.forward(x)
        g = D.backward(np.ones_like(score), cache)      # the slope, by an ordinary backward
    v = gamma / len(x) * g
    _, tangent_cache = D.tangent_forward(v, cache)
    D.tangent_backward(np.ones_like(score), None, cache, tangent_cache, need_dx=False)
    return gamma / 2 * (g**2).sum() / len(x)


rng = np.random.default_rng(1)
ours = Sequential(Dense(6, 8, rng=rng), Tanh(), Dense(8, 7, rng=rng), Tanh(),
                  Dense(7, 1, rng=rng)).astype("float64")
samples, others = rng.standard_normal((2, 5, 6))
ours.zero_gradients()
value = add_R1(ours, samples, gamma=0.7)
by_hand = {name: p.gradient.copy() for name, p in ours.parameters().items()}
ours.zero_gradients()
of_library = R1(0.7).add_gradients(ours, samples, others, rng)
same = all(np.allclose(by_hand[n], p.gradient, rtol=1e-12)
           for n, p in ours.parameters().items())
print(f"P = {value:.6f}, the library's {of_library:.6f}; the same gradients: {same}")

# %% [markdown]
# R2 is the same at the fakes. The gradient penalty of WGAN-GP, $\lambda\,\mathrm{mean}(|g| - 1)^2$
# at points between real samples and fakes, differs in $P$ and $v$ alone:
# $v_n = \frac{2\lambda}{N}\,(|g_n| - 1)\,\frac{g_n}{|g_n|}$. A penalty in the library is a class
# that says where the slope is taken, what it costs, and what $v$ is. There `slope` has a row for
# each image, and a method that `takes_passes` may be given D's forward pass at the samples, so that
# a step makes it only once:

# %%
source(SquaredSlope, R1, GradientPenalty.cost)

# %% [markdown]
# ## Checked in four ways
#
# None of the four uses a tangent pass. They share `D.backward`, which chapter 3 has checked.
#
# 1. **Differences of $P$**: move each weight, measure the penalty itself.
# 2. **Differences of the backward pass**:
#    $\bigl(\nabla_\theta D(x + tv) - \nabla_\theta D(x - tv)\bigr)/2t$.
# 3. **The complex step**: run forward and backward at $x + i\,10^{-30}\,v$; the imaginary part,
#    divided by $10^{-30}$, *is* the derivative along $v$. For a function with a power series, as
#    tanh, $f(x + i\epsilon v) = f + i\epsilon f' v - \tfrac12 \epsilon^2 f'' v^2 - \dots$, and the
#    terms behind vanish in rounding. Nothing is subtracted, so no digit is lost.
# 4. **Another formula**: for the one layer above, the closed form.
#
# **Predict.** How many of sixteen digits will each confirm?

# %%
def differences_of_P(D, x, gamma, name, h=1e-5):
    weight = D.parameters()[name].value
    gradient = np.zeros_like(weight)
    for place in np.ndindex(weight.shape):
        kept, values = weight[place], []
        for step in (h, -h):
            weight[place] = kept + step
            values.append(add_R1(D, x, gamma))
        weight[place] = kept
        gradient[place] = (values[0] - values[1]) / (2 * h)
    return gradient

# %%
def weight_gradients(D, x):
    """∇_θ ΣD(x), by an ordinary backward pass."""
    score, cache = D.forward(x)
    D.zero_gradients()
    D.backward(np.ones_like(score), cache, need_dx=False)
    return {name: p.gradient.copy() for name, p in D.parameters().items()}


def direction(D, x, gamma):
    with frozen(D):
        score, cache = D.forward(x)
        return gamma / len(x) * D.backward(np.ones_like(score), cache)

# %%
name, gamma, t = "0.weight", 0.7, 1e-5
v = direction(ours, samples, gamma)
ahead, behind = (weight_gradients(ours, samples + s * v)[name] for s in (t, -t))
complex_D = ours.astype("complex128")
imaginary = weight_gradients(complex_D, samples + 1e-30j * v)[name].imag / 1e-30

tiny_D = Sequential(Dense(4, 5, rng=rng), Tanh(), Dense(5, 1, rng=rng)).astype("float64")
for layer in (tiny_D[0], tiny_D[2]):
    layer.bias.value[...] = 0
tiny_D[0].weight.value[...], tiny_D[2].weight.value[...] = W, w[:, None]
tiny_D.zero_gradients()
add_R1(tiny_D, x[None], 1.0)

ways = {
    "differences of P": (by_hand[name], differences_of_P(ours, samples, gamma, name)),
    "differences of backward": (by_hand[name], (ahead - behind) / (2 * t)),
    "complex step": (by_hand[name], imaginary),
    "closed form": (tiny_D[0].weight.gradient, gradient_of_R1(x, W, w, 1.0)[0]),
}
apart = {way: float(np.abs(a - b).max() / np.abs(b).max()) for way, (a, b) in ways.items()}

# %%
alt = """Bars of relative differences on a logarithmic scale: about 1e-10 for the two
differences, below 1e-15 for the complex step and the closed form"""
with panels(alt=alt, size=(4.8, 2.4)) as axes:
    axes.barh(list(apart), [max(a, 1e-17) for a in apart.values()], left=1e-17,
              color=style.DISCRIMINATOR)
    axes.set(xscale="log", xlim=(1e-17, 1e-5), title="Relative difference")
    axes.invert_yaxis()
print({way: f"{error:.0e}" for way, error in apart.items()})

# %% [markdown]
# Two by subtraction, to the nine or ten digits that subtraction leaves; two to the last digits.
# `gan-scratch gradcheck all` does this for every layer and penalty of the library.
#
# ## What the dropped term does
#
# A tanh critic between $N(0, 1)$, the data, and $N(3, 1)$, fakes of a G that stands still, under
# the Wasserstein loss with a gradient penalty of $\lambda = 1$. We train twice from the same
# weights, once with the term $\varphi''$ left out.
#
# Here the best slope is known. Of the loss, $\mathbb{E}_q D - \mathbb{E}_p D$ becomes, in parts,
# $\int D'(x)\,(F_p - F_q)\,dx$ with the distribution functions $F$. With $\hat p$ the density of
# the points where the penalty is taken, $D' (F_p - F_q) + \lambda \hat p\, (|D'| - 1)^2$ is
# smallest at
#
# $$ D'(x) = -\Bigl(1 + \frac{F_p(x) - F_q(x)}{2 \lambda\, \hat p(x)}\Bigr) .$$
#
# **Predict.** Will the wrong one fail? Will one see it in the losses?

# %%
class Dropped(layers.Tanh):
    """Tanh whose tangent backward forgets the curvature."""

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        dx, dx_dot = super().tangent_backward(dy, dy_dot, cache, tangent_cache)
        return dx, dx_dot - self.curvature(cache) * tangent_cache * dy


def critic_game(activation):
    rng = np.random.default_rng(seed())
    G = theory.Shift(3.0, scale=1.0)
    D = Sequential(layers.Dense(1, 24, rng=rng, init="uniform", bias_init="uniform"),
                   activation(), layers.Dense(24, 24, rng=rng), activation(),
                   layers.Dense(24, 1, rng=rng)).astype("float64")
    adam = Adam(D.parameters(), 3e-3, beta1=0.5, beta2=0.9)
    return Game(G, D, Wasserstein(), SGD(G.parameters(), 1.0), adam, [GradientPenalty(1.0)],
                rng=rng, latent=1)

# %%
line = np.linspace(-3, 6, 181)[:, None]
critics = {"right": critic_game(layers.Tanh), "term dropped": critic_game(Dropped)}
curves, losses = {name: [] for name in critics}, {name: [] for name in critics}
steps = rounds(1600, short=960)
for step in range(steps):
    for name, game in critics.items():
        if step % (steps // 16) == 0:
            curves[name].append(game.discriminator(line)[:, 0])
        game.discriminator_optimizer.learning_rate = 3e-3 * (1 - step / steps)
        real = game.rng.standard_normal((256, 1))
        losses[name].append(float(discriminator_step(game, real, game.noise(256))))

# %%
def frame(part):
    figure, axes = new_figure(2, 1, size=(3.0, 2.2), dpi=90)
    for panel, (name, values) in zip(axes, curves.items()):
        panel.plot(line, values[part] - values[part].mean(), color=style.DISCRIMINATOR)
        panel.plot(line, np.gradient(values[part], line[:, 0]), color=style.GENERATOR)
        panel.set(title=f"{name}: D and its slope", ylim=(-11, 11), xlabel="x")
    return as_image(figure)


with style.look({"axes.titlepad": 4, "axes.titlesize": 9}):
    frames = [frame(part) for part in range(16)]
film(frames, "Two critics grow steeper; the slope of one is bent, that of the other even",
     duration=0.2)

# %%
points = np.random.default_rng(0).standard_normal((3, 400_000))
between = points[0] + np.random.default_rng(1).random(400_000) * (3 + points[1] - points[0])
edges = np.linspace(-2, 5, 36)
middle = (edges[1:] + edges[:-1]) / 2
density = np.histogram(between, edges, density=True)[0] * np.mean(np.abs(between - 1.5) < 3.5)
F_p, F_q = (np.searchsorted(np.sort(v), middle) / 400_000 for v in (points[0], 3 + points[1]))
best = 1 + (F_p - F_q) / (2 * density)

alt = """Left: the losses of both critics, close together. Right: how steep they are: the
right one follows the best slope, gentler in the middle, the wrong one is even."""
with panels(2, alt=alt, size=(3.7, 2.8)) as (left, right):
    for name, values in losses.items():
        left.plot(np.convolve(values, np.ones(20) / 20, mode="valid"), label=name)
        right.plot(line, -np.gradient(curves[name][-1], line[:, 0]), label=name)
    right.plot(middle, best, "--", color=style.INK, label="best")
    left.set(title="Loss of D", xlabel="step")
    right.set(title="How steep D is", xlabel="x", ylim=(0, 6))
    right.legend()

# %%
inner = (middle > -1.5) & (middle < 4.5)
steep = {name: -np.gradient(values[-1], line[:, 0]) for name, values in curves.items()}
off = {name: np.abs(np.interp(middle, line[:, 0], s) - best)[inner].mean()
       for name, s in steep.items()}
reached = over_seeds("7 loss", {n: np.mean(v[-200:]) for n, v in losses.items()}, "{:.2f}")
wrong_by = over_seeds("7 slope off by", off, "{:.2f}")

# %% [markdown]
# It trains. With each of the four seeds the two losses come within two per cent of each other, and
# the function behind them is another one. A gradient penalty is a price and no wall: where few of
# its points fall it is cheap, and D is steeper there. The right critic finds these slopes, the
# wrong one is about as steep everywhere. (Beyond $-2$ and $5$ there are hardly any points, and the
# curves mean nothing.) Nobody finds that by looking at a loss. That is what the four ways are for.
#
# ## What it costs
#
# **Predict.** A step of D makes two forward and two backward passes, one for each batch. The
# library's R1 takes the forward pass on real samples from there, and adds a backward pass to the
# pixels and the two tangent ones. By how much does it lengthen the step?

# %%
def game_with(penalties):
    rng = np.random.default_rng(0)
    G, D = mlp.generator(latent=100, rng=rng), mlp.discriminator(rng=rng)
    adams = Adam(G.parameters(), 1e-4), Adam(D.parameters(), 1e-4)
    return Game(G, D, Wasserstein(), *adams, penalties, rng=rng, latent=100)


cases = {"no penalty": [], "R1": [R1(1.0)], "R1 and R2": [R1(1.0), R2(1.0)],
         "gradient penalty": [GradientPenalty(1.0)]}
timed = {name: game_with(penalties) for name, penalties in cases.items()}
real = rng.random((128, 28, 28, 1), dtype="float32")
times = {name: [] for name in cases}
for _ in range(rounds(100, short=15)):
    for name, game in timed.items():  # in turn, so that all meet the same disturbances
        noise = game.noise(128)
        started = time.perf_counter()
        discriminator_step(game, real, noise)
        times[name].append(time.perf_counter() - started)
cost = {name: float(np.median(t)) / np.median(times["no penalty"]) for name, t in times.items()}

# %%
alt = "Bars of the time of a step of D without and with each penalty, on this machine"
with panels(alt=alt, size=(4.6, 2.0)) as axes:
    axes.barh(list(cost), list(cost.values()), color=style.DISCRIMINATOR)
    axes.set(title="A step of D", xlabel="times the step without a penalty")
    axes.invert_yaxis()
print({name: round(float(value), 1) for name, value in cost.items()})

# %% [markdown]
# On your machine, in this minute. The gradient penalty needs a forward pass besides, as its points
# are new.
#
# ## What goes wrong, and how it looks
#
# | you see | it is |
# |---|---|
# | agrees for leaky ReLUs, not for tanh | the term with $\varphi''$ |
# | agrees for one sample, not for a batch | the norm over the whole batch instead of each sample; or $1/N$ |
# | right value, gradient twice as large | $v = 2\gamma g$: the $\tfrac12$ of R1 is in the value alone |
# | a gradient that does not shrink with $\gamma$ | `tangent_backward` adds the ordinary gradient too |
# | R1 of images far too small | a mean over all pixels: one norm an image is meant |
# | it refuses your D | batch norm: a sample's slope is not its own there |
#
# ## Exercises
#
# **7.1** A softplus with tangent passes. $\varphi' = \sigma$, and you know $\sigma'$.

# %%
class Softplus(layers.Layer):
    def forward(self, x, training=True):
        return np.logaddexp(0, x), 1 / (1 + np.exp(-x))

    def backward(self, dy, cache, need_dx=True):
        return cache * dy

    def tangent_forward(self, x_dot, cache):
        return cache * x_dot, x_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        dy_dot = np.zeros_like(dy) if dy_dot is None else dy_dot
        ...  # your turn: return dx, dx_dot


check("7.1", Softplus)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $\dot{dx} = \varphi'\,\dot{dy} + \varphi''\,\dot x\,dy$, and $\sigma' = \sigma(1 - \sigma)$; the
# cache is $\sigma$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# class Softplus(layers.Layer):
#     def forward(self, x, training=True):
#         return np.logaddexp(0, x), 1 / (1 + np.exp(-x))
#
#     def backward(self, dy, cache, need_dx=True):
#         return cache * dy
#
#     def tangent_forward(self, x_dot, cache):
#         return cache * x_dot, x_dot
#
#     def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
#         dy_dot = np.zeros_like(dy) if dy_dot is None else dy_dot
#         return cache * dy, cache * dy_dot + cache * (1 - cache) * tangent_cache * dy
#
#
# check("7.1", Softplus)
# ```
#
# </details>
#
# **7.2** The direction of a penalty. For $P = \frac{\lambda}{N}\sum_n (|g_n| - 1)^2$ give
# $v = \partial P/\partial g$, from slopes of shape $(N, d)$.

# %%
def direction_of_penalty(g, lambda_):
    ...  # your turn: return v, of the shape of g


check("7.2", direction_of_penalty)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $\partial |g| / \partial g = g / |g|$; one norm a row.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def direction_of_penalty(g, lambda_):
#     norm = np.linalg.norm(g, axis=1, keepdims=True)
#     return 2 * lambda_ / len(g) * (norm - 1) * g / norm
#
#
# check("7.2", direction_of_penalty)
# ```
#
# </details>
#
# **7.3** Somebody adds the gradient of the penalty like this. For which critics is it right, and
# what is missing for the others? Mend it.

# %%
def short_cut(D, x, gamma):
    with frozen(D):
        score, cache = D.forward(x)
        g = D.backward(np.ones_like(score), cache)
    v = gamma / len(x) * g
    _, cache = D.forward(v)  # v goes through D as if it were a sample
    D.backward(np.ones_like(score), cache, need_dx=False)


def add_penalty(D, x, gamma):
    ...  # your turn: the same, mended


check("7.3", add_penalty)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Compare it with the smallest case: which $\varphi'$ does it take, and where is $\varphi''$? For a
# D without biases and activations nothing is missing.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def add_penalty(D, x, gamma):
#     with frozen(D):
#         score, cache = D.forward(x)
#         g = D.backward(np.ones_like(score), cache)
#     v = gamma / len(x) * g
#     _, tangent_cache = D.tangent_forward(v, cache)
#     D.tangent_backward(np.ones_like(score), None, cache, tangent_cache, need_dx=False)
#
#
# check("7.3", add_penalty)
# ```
#
# </details>
#
# As coursework, with a dense layer whose weights move too, a new activation, a penalty of your own
# and the smallest GAN: `gan-scratch assignment start 4`.
#
# ## Sources
#
# - B. Pearlmutter, *Fast exact multiplication by the Hessian*, 1994,
#   [doi:10.1162/neco.1994.6.1.147](https://doi.org/10.1162/neco.1994.6.1.147): the operator.
# - I. Gulrajani and others, *Improved training of Wasserstein GANs*, 2017,
#   [arXiv:1704.00028](https://arxiv.org/abs/1704.00028): the gradient penalty.
# - L. Mescheder, A. Geiger, S. Nowozin, 2018,
#   [arXiv:1801.04406](https://arxiv.org/abs/1801.04406): R1 and R2.
# - J. Martins, P. Sturdza, J. Alonso, *The complex-step derivative approximation*, 2003,
#   [doi:10.1145/838250.838251](https://doi.org/10.1145/838250.838251).
#
# [Chapter 8](08_convolution_and_how_it_became_fast.ipynb) leaves the gradients of gradients for
# pixels.
