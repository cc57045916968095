# %% [markdown]
# # 3. A layer and its backward pass
#
# A network is a chain of small functions. Training it needs one thing of each: given how the loss
# changes with its output, say how the loss changes with its input and its weights. We write three
# such functions by hand, measure each with a ruler, and then break one to see why that ruler is
# needed: the network learns all the same.
#
# After this chapter you can
#
# - derive the backward pass of a layer from one derivative, with its shapes;
# - say what a cache is, and why it is handed back and never kept;
# - check any gradient numerically, choose the step, and read the answer;
# - explain why "it trains" proves nothing.
#
# You need the chain rule and matrix products. (D is the discriminator of the chapters before; it
# gives real samples high scores, fakes low ones.)

# %%
import copy

import numpy as np

from gan_scratch import datasets
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, rounds, source
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.gradient_check import check as gradient_check
from gan_scratch.gradient_check import numeric_gradient
from gan_scratch.layers import Sigmoid
from gan_scratch.losses import NonSaturating
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure
from gan_scratch.plots.landscape import landscape

# %% [markdown]
# ## One function, one derivative
#
# Somewhere behind a layer $y = f(x)$ a loss $L$ is computed. In the backward pass the layer is
# told $dy$, short for $\partial L/\partial y$, an array of the shape of $y$. It answers with
# $dx = \partial L/\partial x$, of the shape of $x$. It need not know what L is.
#
# For a function of each number by itself the chain rule is one product, $dx = f'(x)\,dy$. The
# *leaky ReLU* is $x$ where $x$ is positive and $0.2\,x$ elsewhere; the *sigmoid* is
# $\sigma(x) = 1/(1 + e^{-x})$, with the useful
#
# $$\sigma'(x) = \sigma(x)\,\bigl(1 - \sigma(x)\bigr).$$
#
# **Predict.** A gradient that comes back through ten leaky ReLUs is multiplied by ten slopes;
# through ten sigmoids, by ten others. How large is what is left, at the best?

# %%
t = np.linspace(-5, 5, 401)
sigmoid = 1 / (1 + np.exp(-t))
slopes = {"leaky ReLU": np.where(t > 0, 1, 0.2), "sigmoid": sigmoid * (1 - sigmoid)}
values = {"leaky ReLU": np.where(t > 0, t, 0.2 * t), "sigmoid": sigmoid}

alt = "Leaky ReLU with slopes 0.2 and 1; the sigmoid, whose slope is at most a quarter"
with panels(2, alt=alt, size=(3.5, 2.6)) as board:
    for axes, name in zip(board, values):
        axes.plot(t, values[name], color=style.INK, label="value")
        axes.plot(t, slopes[name], color=style.GENERATOR, label="slope")
        axes.set(title=name, xlabel="x", ylim=(-1.2, 2.2))
        axes.legend(loc="upper left")

best = {name: float(slope.max() ** 10) for name, slope in slopes.items()}
print("best of ten slopes multiplied:", best)

# %% [markdown]
# Of the one everything, of the other a millionth. A leaky ReLU loses nothing where $x > 0$ (and
# much where $x$ is negative ten times, $0.2^{10} = 10^{-7}$); a sigmoid loses three quarters at
# least, whatever $x$ is. So it is used once at most, at the end, where a probability is to be made
# of a score. In this library not even there: D gives a score, and the loss takes the sigmoid in.
#
# ## Dense, with its shapes
#
# A dense layer maps every sample (a row) by the same matrix, $y = xW + b$. With $N$ samples of $K$
# numbers and $M$ outputs, $x$ is $(N, K)$, $W$ is $(K, M)$, $b$ is $(M,)$ and $y$ is $(N, M)$.
# Number by number,
#
# $$y_{nm} = \sum_k x_{nk} W_{km} + b_m .$$
#
# Each number of $W$ is used by every sample $n$. By the chain rule all these uses are added up:
#
# $$\frac{\partial L}{\partial W_{km}} = \sum_n \frac{\partial L}{\partial y_{nm}}\,
#   \frac{\partial y_{nm}}{\partial W_{km}} = \sum_n x_{nk}\, dy_{nm}
#   \qquad\Longleftrightarrow\qquad dW = x^{\mathsf T} dy .$$
#
# In the same way $db_m = \sum_n dy_{nm}$, and $x_{nk}$, which is used by every output $m$, gets
# $dx = dy\, W^{\mathsf T}$.
#
# The shapes leave no choice: from $x\,(N, K)$ and $dy\,(N, M)$, a product of shape $(K, M)$ is
# $x^{\mathsf T} dy$. They do not decide about factors and signs. Those you have to derive.
#
# Here are the three layers, complete.

# %%
class Dense:
    def __init__(self, inputs, outputs, rng):
        self.W = rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
        self.b = np.zeros(outputs)

    def forward(self, x):
        return x @ self.W + self.b, x

    def backward(self, dy, cache):
        x = cache
        self.dW = x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class LeakyReLU:
    def forward(self, x):
        return np.where(x > 0, x, 0.2 * x), x

    def backward(self, dy, cache):
        x = cache
        return np.where(x > 0, dy, 0.2 * dy)


# %%
class SigmoidByHand:
    def forward(self, x):
        y = 1 / (1 + np.exp(-x))
        return y, y

    def backward(self, dy, cache):
        y = cache
        return dy * y * (1 - y)


source(Sigmoid)

# %% [markdown]
# Below our own is the library's. `expect` complains about a wrong input, `sigmoid` is our formula
# with the warning silenced where $e^{-x}$ overflows, as $1/\infty = 0$ is right there. Its
# `backward` stands in `Smooth`, for all activations at once: `slope(cache) * dy`, as ours.
# `curvature` is $f''$; chapter 7 needs it.
#
# ## The cache
#
# `forward` returns two things. The second is what `backward` will need: for Dense its input, for
# the sigmoid its output. It goes to the caller, who hands it back. Why not keep it on the layer,
# `self.x = x`?
#
# Because a GAN calls D on real samples, then on fakes, and only then goes back, once for each.
# What was kept from the first call is gone by then. Nothing crashes, as both batches have one
# shape.

# %%
class Forgetful(Dense):
    def forward(self, x):
        self.x = x  # the second call overwrites this
        return super().forward(x)

    def backward(self, dy, cache):
        return super().backward(dy, self.x)


rng = np.random.default_rng(0)
real, fake = rng.standard_normal((2, 4, 3))
gradients = {}
for layer in (Dense(3, 2, np.random.default_rng(1)), Forgetful(3, 2, np.random.default_rng(1))):
    (_, real_cache), (_, fake_cache) = layer.forward(real), layer.forward(fake)
    layer.backward(np.ones((4, 2)), real_cache)
    gradients[type(layer).__name__] = layer.dW
stale_is_wrong = not np.allclose(gradients["Dense"], gradients["Forgetful"])
print("the same gradient?", not stale_is_wrong)

# %% [markdown]
# Chapter 4 shows what becomes of a game with this fault.
#
# (What our `Dense` does keep is its gradients, and a second `backward` overwrites them. The
# library's layers add instead. Below, D sees real samples and noise as one batch, and goes back
# once.)
#
# ## A ruler
#
# A derivative is a limit of differences. So a backward pass can be measured against the function
# itself, which we believe: move one number by $h$ both ways, and see how $L$ changes,
#
# $$\frac{\partial L}{\partial x} \approx \frac{L(x + h) - L(x - h)}{2h} .$$
#
# **Predict.** The smaller $h$, the better? In 64-bit numbers, with 16 digits: which $h$ would you
# take?

# %%
h = 10.0 ** np.arange(-14, 0.1, 0.25)
at, exact = 0.7, np.exp(0.7)
errors = {
    "one-sided": (np.exp(at + h) - np.exp(at)) / h,
    "central": (np.exp(at + h) - np.exp(at - h)) / (2 * h),
}
half = (np.exp(at + h / 4) - np.exp(at - h / 4)) / (h / 2)
errors["two central ones, extrapolated"] = (16 * half - errors["central"]) / 15
errors = {name: np.abs(value / exact - 1) + 1e-17 for name, value in errors.items()}

alt = """Three errors against the step, on logarithmic axes: each falls with h, then rises as
rounding takes over; the extrapolated one reaches thirteen digits"""
with panels(alt=alt, size=(4.8, 3.4)) as axes:
    for name, error in errors.items():
        axes.loglog(h, error, label=name)
    axes.set(title="The error of a difference", xlabel="step h", ylabel="relative error")
    axes.legend()

lowest = {name: (float(h[e.argmin()]), float(e.min())) for name, e in errors.items()}
for name, (step, error) in lowest.items():
    print(f"{name:32} best at h = {step:.0e}: {error:.0e}")

# %% [markdown]
# On the right, the curvature of the function: the error of the one-sided difference falls like
# $h$, that of the central one like $h^2$. On the left, rounding: subtracting two nearly equal
# numbers loses digits, and dividing by a small $h$ magnifies that, like $10^{-16}/h$. The two
# balance near $h = \sqrt[3]{10^{-16}} \approx 5 \cdot 10^{-6}$, with some eleven digits right.
# (The curves are jagged, and dip below that by luck.) Two central differences $c(h)$ and $c(h/4)$
# have the same $h^2$ in them up to a factor of 16: with the truth $T$, $c(h) = T + a h^2$ and
# $c(h/4) = T + a h^2/16$, so $16\, c(h/4) - c(h) = 15\, T$. What is left falls like $h^4$, and the
# best point lies deeper.
#
# In 32-bit numbers there are 7 digits to begin with, and the same balance leaves four or five of
# them. Check in float64, train in float32.
#
# `numeric_gradient` does this for every number of an array, with a step that it finds itself.
# Which loss? Any will do that does not hide mistakes: $L = \sum dy \cdot f(x)$ with *random* $dy$.
# (All ones would hide a lot: where outputs sum to a constant, as those of a softmax do, dx would
# be zero, and a backward that returns zero would pass.)

# %%
dense = Dense(3, 2, rng)
x, dy = rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
_, cache = dense.forward(x)
dx = dense.backward(dy, cache)
measured = numeric_gradient(lambda x: dense.forward(x)[0], x, dy)
error_of_dense = np.abs(dx - measured).max() / np.abs(measured).max()
print(f"dx by formula and by measuring differ by a relative {error_of_dense:.0e}")

# %% [markdown]
# That is more than the picture promised, as a dense layer is linear and has no curvature: any
# large $h$ will do.
#
# The library wraps this up. It takes each array on the layer for a parameter that has a gradient
# of its name with a d before it (`W`, `dW`), checks dx and each of these, calls the layer twice
# before going back, looks whether it wrote into its inputs, and where something is wrong, names
# the mistake if it knows it. A right gradient is off by less than $10^{-9}$, a wrong one mostly by
# a tenth and more.

# %%
good = [gradient_check(layer, x) for layer in (dense, LeakyReLU(), SigmoidByHand())]
bad = gradient_check(Forgetful(3, 2, rng), x)
for report in (*good, bad):
    print(report)

# %% [markdown]
# ## A wrong backward pass that learns
#
# Now a whole D. Its data are two moons; its fakes are noise on a square. Three dense layers, two
# leaky ReLUs, and in one of the networks a mistake that is easily made: the derivative of the
# leaky ReLU is forgotten, `return dy`. In another one the mask is taken from `dy` instead of `x`.
#
# Its loss is that of chapter 2, the mean of $-\log \sigma(s)$ over scores $s$ of real samples plus
# the mean of $-\log(1 - \sigma(s))$ over those of fakes; who gives 0 to all pays
# $2 \log 2 = \log 4$. `discriminator` returns it with its derivatives by the scores, in which the
# $1/N$ of the mean is: no layer divides again.
#
# **Predict.** How will their losses look, beside the right one's? Does either of them learn?

# %%
class Forgotten(LeakyReLU):
    def backward(self, dy, cache):
        return dy


class MaskOfDy(LeakyReLU):
    def backward(self, dy, cache):
        return np.where(dy > 0, dy, 0.2 * dy)


def forward(layers, x):
    caches = []
    for layer in layers:
        x, cache = layer.forward(x)
        caches.append(cache)
    return x, caches


def backward(layers, dy, caches):
    for layer, cache in zip(reversed(layers), reversed(caches)):
        dy = layer.backward(dy, cache)
    return dy


# %%
moons = datasets.load("two-moons", rng=np.random.default_rng(0)).points
moons = (moons - moons.mean(axis=0)).astype("float64") / 0.8  # about as wide as the square


def gradients_of(D, real, noise):
    """(loss, [dW, db of each dense layer])."""
    scores, caches = forward(D, np.concatenate([real, noise]))
    loss, d_real, d_noise = NonSaturating().discriminator(*np.split(scores, 2))
    backward(D, np.concatenate([d_real, d_noise]), caches)
    return loss, [part for dense in D[::2] for part in (dense.dW, dense.db)]


def angle(one, other):
    a, b = (np.concatenate([part.ravel() for part in parts]) for parts in (one, other))
    return np.degrees(np.arccos(min(1, a @ b / np.linalg.norm(a) / np.linalg.norm(b))))


# %%
def train_discriminator(activation, steps, rate=0.1, watched=80):
    """(losses, copies of D on the way, what is claimed and what is true at the first steps)."""
    rng = np.random.default_rng(seed())
    D = [Dense(2, 48, rng), activation(), Dense(48, 48, rng), activation(), Dense(48, 1, rng)]
    losses, snapshots, seen = [], [], []
    for step in range(steps):
        real, noise = moons[rng.integers(len(moons), size=128)], rng.uniform(-2, 2, (128, 2))
        if step < watched:
            right = [D[0], LeakyReLU(), D[2], LeakyReLU(), D[4]]  # the same weights
            _, true = gradients_of(right, real, noise)
        loss, claimed = gradients_of(D, real, noise)
        if step < watched:
            seen.append((angle(claimed, true), claimed[3].mean(), true[3].mean()))
        if step % (steps // 16) == 0:
            snapshots.append((step, copy.deepcopy(D)))
        for dense in D[::2]:
            dense.W -= rate * dense.dW
            dense.b -= rate * dense.db
        losses.append(loss)
    return losses, snapshots, np.array(seen)


# %%
activations = {"right": LeakyReLU, "derivative forgotten": Forgotten, "mask of dy": MaskOfDy}
steps = rounds(2000, short=400)
trained = {name: train_discriminator(a, steps) for name, a in activations.items()}

alt = """Losses of three networks: the right one falls most, that with a forgotten derivative
falls as well; the one with the mask of dy falls, leaps up, and ends above knowing nothing"""
with panels(alt=alt, size=(4.8, 3.0)) as axes:
    for name, (losses, _, _) in trained.items():
        axes.plot(losses, label=name, lw=0.8)
    axes.axhline(np.log(4), color=style.FAINT_INK, ls="--", lw=0.8, label="knows nothing")
    axes.set(title="Three losses of D", xlabel="step", ylabel="loss", yscale="log")
    axes.set_yticks([1, 2, 5, 10, 20], [1, 2, 5, 10, 20])
    axes.legend()

final = {name: float(np.mean(losses[-100:])) for name, (losses, _, _) in trained.items()}
finals = over_seeds("3 loss in the end", final, "{:.2f}")

# %%
def frame(index):
    figure, axes = new_figure(3, 1, size=(2.0, 2.1), dpi=90)
    for panel, (name, (_, snapshots, _)) in zip(axes, trained.items()):
        step, D = snapshots[index]
        score = lambda x, D=D: forward(D, x)[0]
        landscape(panel, score, reach=2, real=moons[:300], resolution=41)
        panel.set(title=f"{name}, {step}", xticks=[], yticks=[])
    return as_image(figure)


with style.look({"axes.titlepad": 4, "axes.titlesize": 8}):
    frames = [frame(index) for index in range(16)]
alt = """Three maps of D, blue where it says real: the right one finds the moons, a wrong one a
band around them, the other one ends in one colour"""
film(frames, alt, duration=0.2)

# %% [markdown]
# With its derivative forgotten D finds a band around the moons, and with each of the four seeds a
# loss well below that of knowing nothing. Nobody who looks at this curve alone would look for a
# mistake; one would turn the rate, or take more steps. The other one goes down for thirty steps or
# more, leaps up, and ends worse than knowing nothing: one answer for all points.
#
# Why does a wrong gradient work at all? Because the step goes against what is *claimed*. If that
# makes an angle of less than 90° with the true gradient, all weights taken together, a short
# enough step lowers the loss. We kept the angle, at each of the first 80 steps, and the mean
# gradient of the biases of the last hidden layer.

# %%
angles = {name: seen[:, 0] for name, (_, _, seen) in trained.items()}
wrong_ones = {"derivative forgotten": style.DISCRIMINATOR, "mask of dy": style.GENERATOR}

alt = """Left: angles between claimed and true gradients; with the derivative forgotten they
stay below 50 degrees, with the mask of dy they climb to 90 and then fall. Right: the mean
gradient of biases; true ones are near 0, and so are claimed ones, except by the mask of dy"""
with panels(2, alt=alt, size=(3.7, 2.8)) as (left, right):
    for name, color in wrong_ones.items():
        degrees, claimed, true = trained[name][2].T
        left.plot(degrees, color=color, label=name)
        right.plot(claimed, color=color)
        right.plot(true, color=color, ls=":")
    left.axhline(90, color=style.FAINT_INK, lw=0.8)
    left.set(title="Angle to the true gradient", xlabel="step", ylabel="degrees", ylim=(0, 95))
    right.set(title="Biases: claimed, and true (dotted)", xlabel="step", ylabel="mean of db")
    left.legend()
over_seeds("3 angle at first", {name: angles[name][0] for name in wrong_ones})
over_seeds("3 largest angle", {name: angles[name].max() for name in wrong_ones})
leap = 20 + np.argmax(np.array(trained["mask of dy"][0][20:]) > np.log(4))
leaps = over_seeds("3 leaps at", {"mask of dy": leap})

# %% [markdown]
# With the derivative forgotten the angle stays below 50°, whatever the seed. With the mask of dy it
# begins below 45° as well, but climbs to about 90°. For D soon is balanced, $\sum_n dy_n = 0$ over
# its scores, and there the true gradient of the biases is small. With the derivative forgotten,
# unit $k$ claims $\sum_n dy_n w_k$, where $w_k$ is its weight in the last layer; that is small as
# well. The mask of dy takes $dy_n w_k$ whole where it is positive and a fifth of it where it is
# negative. What should cancel leaves $0.8$ times the sum of the positive ones: *every* unit claims
# that its bias has to go down, step after step, whatever is true. Down they all go, until the
# balance is lost: that was between steps 36 and 57.
#
# (After that its angle is small again, and that means nothing: D has become so wrong that the last
# layer, which no mask touches, has nearly all of the gradient.)
#
# And this was a single player. In a game there is no loss that must go down, and who turns the
# wrong way is chased in circles (chapter 1). So we do not trust training. We trust the ruler:

# %%
for activation in (Forgotten, MaskOfDy):
    print(gradient_check(activation(), x))

# %% [markdown]
# ## What goes wrong, and how it looks
#
# | you see | it is |
# |---|---|
# | gradients off by exactly the batch size | a mean in `backward` where the loss has taken it already |
# | db has the shape of dy | the sum over the batch is missing |
# | right alone, wrong in a GAN | a cache kept on the layer |
# | errors of 1e-4 to 1e-7 | float32 somewhere on the way |
# | a large error at one number, 0.6 for 0.2 | an input exactly at a corner: it has two slopes |
# | right with dy = 1, wrong in training | $f'(x)$ is returned without the factor dy |
#
# ## Exercises
#
# Your answers are classes; the checker that you have just seen looks at them. Its report is your
# feedback.
#
# **3.1** The softplus, $y = \log(1 + e^x)$. Its derivative is an old acquaintance.

# %%
class Softplus:
    def forward(self, x):
        return np.logaddexp(0, x), x

    def backward(self, dy, cache):
        ...  # your turn: return dx


check("3.1", Softplus)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Differentiate $\log(1 + e^x)$ and multiply numerator and denominator by $e^{-x}$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# class Softplus:
#     def forward(self, x):
#         return np.logaddexp(0, x), x
#
#     def backward(self, dy, cache):
#         x = cache
#         return dy / (1 + np.exp(-x))
#
#
# check("3.1", Softplus)
# ```
#
# </details>
#
# **3.2** A learned scale of each feature, $y_{nc} = g_c\, x_{nc}$. It has one parameter, `g`, and
# leaves its gradient in `dg`. Each $g_c$ is used by every sample.

# %%
class Scale:
    def __init__(self, features, rng):
        self.g = rng.standard_normal(features)

    def forward(self, x):
        return self.g * x, x

    def backward(self, dy, cache):
        ...  # your turn: set self.dg, return dx


check("3.2", Scale)

# %% [markdown]
# <details><summary>Hint</summary>
#
# What is used many times gets the sum over its uses. `dg` has the shape of `g`.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# class Scale:
#     def __init__(self, features, rng):
#         self.g = rng.standard_normal(features)
#
#     def forward(self, x):
#         return self.g * x, x
#
#     def backward(self, dy, cache):
#         x = cache
#         self.dg = (dy * x).sum(axis=0)
#         return self.g * dy
#
#
# check("3.2", Scale)
# ```
#
# </details>
#
# **3.3** L2 normalisation: each row is divided by its length, $y = x / \|x\|$. Now every input of
# a row acts on every output of the row.

# %%
class Normalize:
    def forward(self, x):
        length = np.sqrt((x**2).sum(axis=1, keepdims=True))
        return x / length, (x / length, length)

    def backward(self, dy, cache):
        ...  # your turn: return dx


check("3.3", Normalize)

# %% [markdown]
# <details><summary>Hint</summary>
#
# By the quotient rule, with $\partial \|x\| / \partial x_i = y_i$,
# $\partial y_j / \partial x_i = (\delta_{ij} - y_i y_j) / \|x\|$, where $\delta_{ij}$ is 1 for
# $i = j$ and else 0. Put that into $dx_i = \sum_j dy_j\, \partial y_j / \partial x_i$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# class Normalize:
#     def forward(self, x):
#         length = np.sqrt((x**2).sum(axis=1, keepdims=True))
#         return x / length, (x / length, length)
#
#     def backward(self, dy, cache):
#         y, length = cache
#         along = (dy * y).sum(axis=1, keepdims=True)
#         return (dy - along * y) / length
#
#
# check("3.3", Normalize)
# ```
#
# Batch normalisation, in chapter 9, is this idea twice: the mean is taken away, and the length.
#
# </details>
#
# More of this kind, with a grader: `gan-scratch assignment start 1`.
#
# ## Sources
#
# - D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*,
#   1986, [doi:10.1038/323533a0](https://doi.org/10.1038/323533a0).
# - L. Richardson, *The approximate arithmetical solution by finite differences*, 1911,
#   [doi:10.1098/rsta.1911.0009](https://doi.org/10.1098/rsta.1911.0009): the extrapolation.
# - A. Maas, A. Hannun, A. Ng, *Rectifier nonlinearities improve neural network acoustic models*,
#   2013: the leaky ReLU.
#
# [Chapter 4](04_the_first_gan.ipynb) puts two such networks against each other.
