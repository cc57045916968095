# %% [markdown]
# # 2. What the discriminator knows
#
# In chapter 1 the discriminator was a line through the origin. Now it may be any function at all.
# What will it become, if it does its work as well as it can? The answer is one fraction, and from
# it follow the value of the game, the distance that G minimises, and the reason why a perfect
# teacher teaches nothing.
#
# After this chapter you can
#
# - derive the best discriminator from two densities, and read a trained D as a ratio of densities;
# - say what the value of the game measures, and what it is at the end;
# - explain why the minimax G hears nothing when D is certain, and how one changed sign prevents
#   it.
#
# You need densities, expectations, and chapter 1.

# %%
import numpy as np

from gan_scratch import theory
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, rounds
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.game import Game, discriminator_step
from gan_scratch.layers import frozen
from gan_scratch.losses import Minimax, NonSaturating
from gan_scratch.models import mlp
from gan_scratch.optimizers import SGD, Adam
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure
from gan_scratch.theory import normal_density, optimal_discriminator, optimal_logit

# %% [markdown]
# ## The best discriminator
#
# The data is normal around 0, with density $p$. The generator makes normal samples around
# $\theta$, with density $q$:
#
# $$p(x) = \frac{e^{-x^2/2}}{\sqrt{2\pi}}, \qquad q(x) = \frac{e^{-(x - \theta)^2/2}}{\sqrt{2\pi}}.$$
#
# Chapter 1 called the score D(x). From here on $s(x)$ is the score, which is what the library's
# discriminators return, and $D = \sigma(s)$ the probability that D gives to "x is real". Its value
# is an integral over $x$,
#
# $$V(D, G) = \int \Bigl( p(x) \log D(x) + q(x) \log\bigl(1 - D(x)\bigr) \Bigr)\, dx,$$
#
# and D may choose its answer at each $x$ freely. So the best D maximises the bracket at each $x$
# by itself. Its derivative is zero where
#
# $$\frac{p}{D} - \frac{q}{1 - D} = 0 \qquad\Longleftrightarrow\qquad
#   D^*(x) = \frac{p(x)}{p(x) + q(x)}.$$
#
# The second derivative, $-p/D^2 - q/(1 - D)^2$, is negative: it is the maximum. If D is shown as
# many fakes as real samples this is Bayes' rule: among all samples that fall on $x$, the share
# that came from the data.
#
# **Predict.** With $\theta = 2$, what is $D^*$ at $x = 1$? And at $x = 0$, roughly? If $\theta$
# comes to 0, what becomes of the curve?

# %%
x = np.linspace(-5, 7, 601)
dx = x[1] - x[0]
p = normal_density(x)

with panels(3, alt="Data and fakes as two bells, and D star falling from 1 to 0 between "
            "them; the further apart, the steeper; flat at one half where they agree",
            size=(2.6, 2.7), sharey=True) as board:
    for axes, theta in zip(board, (4.0, 2.0, 0.0)):
        q = normal_density(x, theta)
        axes.fill_between(x, p, color=style.REAL, alpha=0.4, label="data p")
        axes.fill_between(x, q, color=style.GENERATOR, alpha=0.4, label="fakes q")
        axes.plot(x, optimal_discriminator(p, q), color=style.DISCRIMINATOR, label="D*")
        axes.set(title=f"θ = {theta:g}", xlabel="x", ylim=(0, 1.02))
    board[0].legend(loc="upper right")

# %% [markdown]
# Half way between the two, D* is $\tfrac12$ whatever $\theta$ is. At $x = 0$ with $\theta = 2$ it
# is $p/(p+q) = 1/(1 + e^{-2}) \approx 0.88$: even in the middle of the data one sample in eight is
# a fake. When the two agree, nobody can tell, and D* is $\tfrac12$ everywhere.
#
# ## The score is a ratio of densities
#
# $D = \sigma(s)$ turned around is $e^{s} = D/(1 - D)$: the score is the logarithm of the odds,
#
# $$s^*(x) = \log\frac{D^*}{1 - D^*} = \log\frac{p(x)}{q(x)} = \frac{\theta^2}{2} - \theta x .$$
#
# The data's $x^2$ and the fakes' $x^2$ cancel; for two normals of one width the best score is a
# straight line. Does a network find it that was told nothing of normals, and sees samples only? D
# is a small network here, $1 \to 32 \to 32 \to 1$ (its layers are in chapter 3), G adds $\theta$
# to normal noise and stands still at $\theta = 2$, and Adam is a kind of gradient descent. A `Game`
# holds both players, their objective and their optimisers, and draws the noise; `latent=1` says that
# G takes one random number for each sample. 2,000 steps of D:

# %%
def game_of(objective, theta):
    rng = np.random.default_rng(seed())
    G = theory.Shift(theta, scale=1.0)
    D = mlp.discriminator((1,), hidden=(32, 32), rng=rng, spread=True).astype("float64")
    sgd, adam = SGD(G.parameters(), 0.1), Adam(D.parameters(), 1e-3)
    return Game(G, D, objective, sgd, adam, rng=rng, latent=1)


def real_samples(game, count):
    return game.rng.standard_normal((count, 1))


learned = game_of(Minimax(), theta=2.0)
for step in range(rounds(2000, short=600)):
    discriminator_step(learned, real_samples(learned, 256), learned.noise(256))
score = learned.discriminator(x[:, None])[:, 0]

# %%
alt = """Left: the learned score follows the line 2 minus 2x where there are samples and
leaves it where there are none. Right: fakes weighted by the exponential of the score have
the histogram of the data."""
fakes = learned.generator(learned.noise(200_000))[:, 0]
weights = np.exp(learned.discriminator(fakes[:, None])[:, 0])

with panels(2, alt=alt) as (left, right):
    left.plot(x, optimal_logit(x, 2.0), color=style.INK, lw=1, label="log p/q")
    left.plot(x, score, color=style.DISCRIMINATOR, label="D, from samples")
    left.axvspan(-2, 4, color=style.LINE, alpha=0.5, label="most samples")
    left.set(title="The score", xlabel="x", ylim=(-13, 13))
    left.legend()
    bins = np.linspace(-3, 5, 41)
    right.hist(fakes, bins, density=True, color=style.GENERATOR, alpha=0.4, label="fakes")
    right.hist(fakes, bins, density=True, weights=weights, histtype="step",
               color=style.DISCRIMINATOR, label="fakes, times exp(score)")
    right.plot(x, p, color=style.INK, lw=1, label="data")
    right.set(title="What D knows", xlabel="x", xlim=(-3, 5), ylim=(0, 0.62))
    right.legend()

inside = (x > -1) & (x < 3)
off = np.abs(score - optimal_logit(x, 2.0))[inside].max()
mean = np.average(fakes, weights=weights)
_ = over_seeds("2 score", {"largest error, -1 to 3": off, "weighted mean": mean}, "{:.2f}")

# %% [markdown]
# It found the line, where there are samples. Outside it goes on as it happens to, and nothing
# would correct it if that were wrong. Remember this when a generator walks off into the void. (The
# first column is the training that you just saw. The others are the same with another seed, which
# decides the weights to begin with and all samples.)
#
# The right picture shows what a trained D knows. Multiply each fake by the odds $e^{s(x)} = p/q$:
# the fakes that look like data count more, the others less, and *their weighted histogram is that
# of the data*, up to noise. (At the left edge there are hardly any fakes and their weights are
# huge, so one or two samples make a bar.) A discriminator is an estimate of a ratio of densities,
# got without ever writing a density down. This is all that G is ever told about the data.
#
# ## What the value measures
#
# How different are two densities? The *Kullback-Leibler divergence*
# $\mathrm{KL}(p \,\|\, q) = \int p \log\frac{p}{q}\,dx$ is 0 where they agree and positive
# otherwise; it is not symmetric. The *Jensen-Shannon divergence* compares both with their mean
# $m = (p + q)/2$:
# $\mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m)$. Put
# $D^* = p/(2m)$ into V:
#
# $$V(D^*, G) = \int \Bigl( p \log \frac{p}{2m} + q \log \frac{q}{2m} \Bigr)\, dx
#   = \mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m) - 2\log 2
#   = 2\,\mathrm{JSD}(p, q) - \log 4 .$$
#
# JSD is 0 where the two agree. Where they do not overlap $m = p/2$ wherever $p$ lives, so it is
# $\log 2$, and cannot be more. So against a perfect D, a generator that minimises V minimises a
# measure of difference to the data, and the value at the end of the game is
# $-\log 4 \approx -1.386$.
#
# **Predict.** G starts far away, at $\theta = 8$. How steep is the curve of V there? If you were
# G, would you know where to go?

# %%
thetas = np.linspace(0, 8, 81)
wide = np.linspace(-10, 18, 4001)
spacing = wide[1] - wide[0]
P = normal_density(wide)
value = [theory.optimal_value(P, normal_density(wide, t), spacing) for t in thetas]
jsd = [theory.jensen_shannon(P, normal_density(wide, t), spacing) for t in thetas]
identity_error = np.abs(np.array(value) - 2 * np.array(jsd) + np.log(4)).max()

alt = "V rises from minus log 4 at theta 0 and flattens at 0 beyond theta 5"
with panels(alt=alt, size=(4.6, 3.0)) as axes:
    axes.plot(thetas, value, color=style.VALUE, label="V(D*, G)")
    axes.axhline(-np.log(4), color=style.FAINT_INK, lw=0.8, ls="--", label="-log 4")
    axes.set(title="The value against a perfect D", xlabel="θ", ylabel="V")
    axes.legend()

print(f"V at θ = 0: {value[0]:.6f}    -log 4 = {-np.log(4):.6f}")
print(f"largest difference of V and 2 JSD - log 4: {identity_error:.1e}")

# %% [markdown]
# ## A perfect teacher
#
# Far from the data the curve is flat. G is as wrong as it can be, and no direction is better than
# any other by more than a hair. The reason stands in one line. A fake is $x = \theta + z$ with
# noise $z$, so it moves with $\theta$ at the rate 1. In G's step D stands still, so the fake's
# score changes by $ds^*/dx = -\theta$. G's loss in the minimax game is
# $L_G = \mathbb{E}_q \log(1 - \sigma(s(x)))$, with the derivative $-\sigma(s)$ by the score of a
# fake. Together
#
# $$\frac{\partial L_G}{\partial\theta} = \mathbb{E}_q\bigl[-\sigma(s^*)\cdot(-\theta)\bigr]
#   = \theta\;\mathbb{E}_q[D^*] .$$
#
# $D^*$ on the fakes is how much D is *fooled*. A D that is never fooled gives no gradient.
#
# The paper that introduced GANs offers a way out: let G minimise $-\log D$ instead of
# $\log(1 - D)$. It wants the same thing. Written in the score, $\log\sigma(-s)$ has become
# $-\log\sigma(s)$, and its derivative is $-\sigma(-s) = -(1 - D)$: one sign has changed, inside of
# $\sigma$. So
#
# $$\frac{\partial L_G}{\partial\theta} = \theta\;\mathbb{E}_q[1 - D^*] .$$
#
# **Predict.** Draw both gradients over $\theta$ on a logarithmic scale. Do they ever cross?

# %%
def gradient_by_theta(theta):
    """(minimax, non-saturating) gradients at D*, by integration."""
    q = normal_density(wide, theta)
    fooled = (q * optimal_discriminator(P, q)).sum() * spacing
    return theta * fooled, theta * (1 - fooled)


gradients = np.array([gradient_by_theta(t) for t in thetas])
slope_of_value = np.gradient(value, thetas, edge_order=2)

alt = """On a logarithmic scale the minimax gradient falls below a thousandth at theta 8,
while the non-saturating one grows with theta"""
with panels(alt=alt, size=(4.6, 3.2)) as axes:
    axes.semilogy(thetas[1:], gradients[1:, 0], color=style.VALUE, label="minimax")
    axes.semilogy(thetas[1:], gradients[1:, 1], color=style.GENERATOR, label="non-saturating")
    axes.semilogy(thetas[4::8], slope_of_value[4::8], "o", ms=4, color=style.INK,
                  label="slope of V(D*, G)")
    axes.set(title="What a perfect D teaches", xlabel="θ", ylabel="gradient")
    axes.legend()

print(f"at θ = 8: minimax {gradients[-1, 0]:.1e}, non-saturating {gradients[-1, 1]:.2f}")

# %% [markdown]
# The dots are the slope of the curve above, got by differences: they lie on the minimax line. That
# is no accident. D* depends on $\theta$, too, but at its maximum V does not change to first order
# when D does, so the derivative through D* is zero. (It is called the envelope theorem.)
#
# Near $\theta = 0$ both are $\theta/2$, as D* is $\tfrac12$ there; everywhere else D is fooled
# less than half of the time, and the non-saturating one is the longer. Far away one is almost
# nothing, and the other says the more the further you are.
#
# Now let both walk. A perfect D at every step, $\theta$ from 6, the same rate.

# %%
def walk(column, theta=6.0, rate=0.3, steps=40):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient_by_theta(path[-1])[column])
    return np.array(path)


def frame(step, paths):
    figure, axes = new_figure(2, 1, size=(3.2, 2.2), dpi=90, sharey=True)
    for panel, (name, path) in zip(axes, paths.items()):
        q = normal_density(x + 1, path[step])
        panel.fill_between(x + 1, normal_density(x + 1), color=style.REAL, alpha=0.4)
        panel.fill_between(x + 1, q, color=style.GENERATOR, alpha=0.5)
        D = optimal_discriminator(normal_density(x + 1), q)
        panel.plot(x + 1, D, color=style.DISCRIMINATOR)
        panel.set(title=f"{name}, step {step}", ylim=(0, 1.02), xlabel="x")
    return as_image(figure)


paths = {"minimax": walk(0), "non-saturating": walk(1)}
with style.look({"axes.titlepad": 4, "font.size": 8, "axes.titlesize": 9}):
    frames = [frame(k, paths) for k in range(0, rounds(41, short=9), 2)]
film(frames, "Two bells approach the data: minimax hardly moves, non-saturating arrives")
print({name: f"{path[0]:.0f} -> {path[-1]:.2f}" for name, path in paths.items()})

# %% [markdown]
# ## And with a D that learns
#
# D* is a limit. A real D comes to it step by step, so the trouble arrives step by step as well. We
# let D learn with G standing still at $\theta = 6$ and ask, every few steps, how long G's gradient
# is. The gradient takes the same way as in training: from the loss into the score, *through D* to
# the fakes, and into G.

# %%
def gradient_of_generator(game, objective, count=2000):
    """|∂L_G/∂θ|, on fresh noise, through a D that stands still."""
    fakes, cache = game.generator.forward(game.noise(count))
    with frozen(game.discriminator):
        scores, scores_cache = game.discriminator.forward(fakes)
        loss, d_scores = objective.generator(scores)
        d_fakes = game.discriminator.backward(d_scores, scores_cache)
    game.generator.zero_gradients()
    game.generator.backward(d_fakes, cache, need_dx=False)
    return abs(game.generator.theta.gradient[0])


teacher = game_of(NonSaturating(), theta=6.0)
learning = []
for step_of_D in range(rounds(600, short=200)):
    if step_of_D % 20 == 0:
        lengths = [gradient_of_generator(teacher, o) for o in (Minimax(), NonSaturating())]
        learning.append((step_of_D, *lengths))
    discriminator_step(teacher, real_samples(teacher, 256), teacher.noise(256))
learning = np.array(learning)

# %%
alt = """While D learns, the minimax gradient rises for some steps and then falls below where
it was; the non-saturating one grows and grows"""
with panels(alt=alt, size=(4.6, 3.0)) as axes:
    axes.semilogy(learning[:, 0], learning[:, 1], color=style.VALUE, label="minimax")
    axes.semilogy(learning[:, 0], learning[:, 2], color=style.GENERATOR,
                  label="non-saturating")
    axes.set(title="G's gradient while D learns", xlabel="steps of D", ylabel="gradient")
    axes.legend()

over_seeds("2 gradient", {
    "minimax, at first": learning[0, 1], "minimax, largest": learning[:, 1].max(),
    "minimax, in the end": learning[-1, 1],
    "non-saturating, at first": learning[0, 2], "non-saturating, in the end": learning[-1, 2],
}, "{:.3f}")
perfect = gradient_by_theta(6)
print(f"and with a perfect D: minimax {perfect[0]:.3f}, non-saturating {perfect[1]:.3f}")

# %% [markdown]
# At first D is nearly flat, and both gradients are small. The non-saturating one grows as D
# learns, and goes on growing. The minimax one rises for a while, to about 0.04, and then sinks to
# about what a perfect D gives, a hundredth (it is jagged, as a few fooled fakes make it up). In the
# end it is more than a hundred times shorter than the other. So with minimax D must not be
# trained too well; with the non-saturating loss the surer the teacher, the louder it speaks. Loud
# is not always good: a steep D pushes the fake past the data, which the penalty of chapter 1
# prevents. The non-saturating loss is the default in this library.
#
# ## What goes wrong, and how it looks
#
# | you see | it is | cure |
# |---|---|---|
# | D's loss goes to 0, G's samples stop changing | minimax, and D is certain | the non-saturating loss |
# | D is certain although samples look fine | the two hardly overlap, as in $\theta = 8$ above | a penalty on D's slope (chapter 1) |
# | D's loss stays at $2 \log 2 \approx 1.386$ from the start | D does not learn: it says ½ to everything | check D's gradient, its rate |
#
# (D's loss is $-V$.) The last line is a trap. $V = -\log 4$ is the value at the end of the game,
# and also the value before it has begun.
#
# ## Exercises
#
# **2.1** Somebody shows D more real samples than fakes: the share of real ones is $\pi$. What is
# the best discriminator now?

# %%
def best_discriminator(p, q, share):
    ...  # your turn: return D*, for arrays p and q of densities


check("2.1", best_discriminator)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Now D maximises $\pi\, p \log D + (1 - \pi)\, q \log(1 - D)$ at each $x$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def best_discriminator(p, q, share):
#     return share * p / (share * p + (1 - share) * q)
#
#
# check("2.1", best_discriminator)
# ```
#
# </details>
#
# **2.2** You have fakes, and D's score of each. You have no data. Estimate the mean of $f(x)$ over
# the *data*.

# %%
def mean_over_data(f_of_fakes, scores):
    ...  # your turn: return a number, from two arrays of one length


check("2.2", mean_over_data)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $\int f\, p\, dx = \int f\, \frac{p}{q}\, q\, dx$, and D knows $p/q$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def mean_over_data(f_of_fakes, scores):
#     weights = np.exp(scores)
#     return (weights * f_of_fakes).sum() / weights.sum()
#
#
# check("2.2", mean_over_data)
# ```
#
# Dividing by the sum of the weights instead of their number is a little better where the scores
# are a little off.
#
# </details>
#
# **2.3** Against a perfect D the minimax generator minimises $2\,\mathrm{JSD}$. What does the
# *non-saturating* one minimise? Find a function of $\theta$ whose slope is
# $\theta\,\mathbb{E}_q[1 - D^*]$, in terms of KL and JSD. For these two normals
# $\mathrm{KL}(q \,\|\, p) = \theta^2/2$. (Up to a constant.)

# %%
def what_it_minimises(kl_q_p, jsd):
    ...  # your turn: return the combination of the two numbers


check("2.3", what_it_minimises)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $\theta\,\mathbb{E}_q[1 - D^*] = \theta - \theta\,\mathbb{E}_q[D^*]$. You know a function whose
# slope is the first term, and one whose slope is the second: the dots in the picture of both
# gradients.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def what_it_minimises(kl_q_p, jsd):
#     return kl_q_p - 2 * jsd
#
#
# check("2.3", what_it_minimises)
# ```
#
# The divergence with the fakes in front, minus twice the one that the game is said to minimise.
# $\mathrm{KL}(q\|p)$ is large where the fakes are and the data is not, and does not mind where the
# data is and no fakes are: bad samples are punished, missing ones are not. Hold on to that until
# chapter 5.
#
# </details>
#
# ## Sources
#
# - I. Goodfellow and others, *Generative adversarial nets*, 2014,
#   [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): the best D, the value at the end, and the
#   non-saturating loss.
# - M. Arjovsky, L. Bottou, *Towards principled methods for training generative adversarial
#   networks*, 2017, [arXiv:1701.04862](https://arxiv.org/abs/1701.04862): why perfect
#   discriminators stop teaching, and what the non-saturating loss minimises.
#
# [Chapter 3](03_a_layer_and_its_backward_pass.ipynb) opens the layers that D is made of.
