# %% [markdown]
# # 1. The smallest GAN
#
# Two numbers chase each other. One is the generator, one is the discriminator, and everything that
# makes large GANs hard to train is already here: they circle, they fly apart, and one term in the
# loss brings them to rest.
#
# After this chapter you can
#
# - write down a GAN as a vector field and read off where it goes;
# - say from two eigenvalues whether a game converges, circles or diverges, and how fast;
# - explain why moving in turn differs from moving at once;
# - say what the R1 penalty does, which weight is best in this game, and what that tells you about
#   the weight in a larger one.
#
# You need derivatives, 2 × 2 matrices and a little Python. $\mathbb{E}_{x \sim \text{data}}$ is a
# mean over samples of the data, a dot over a letter is a rate of change in time.

# %%
import numpy as np

from gan_scratch import theory
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, rounds, source
from gan_scratch.game import discriminator_step
from gan_scratch.losses import Hinge, Minimax, NonSaturating, Relativistic, Wasserstein
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure
from gan_scratch.theory import alternating, dirac, simultaneous

# %% [markdown]
# ## The game
#
# A GAN has three parts. *Data*: real samples. A *generator* G that makes fakes. A *discriminator*
# D that gives every sample a score, high for "real", low for "fake". D wants to tell the two
# apart, G wants D to fail:
#
# $$\min_G \max_D\; V(D, G) = \mathbb{E}_{x \sim \text{data}} \log \sigma(D(x)) +
#   \mathbb{E}_{x \sim G} \log\bigl(1 - \sigma(D(x))\bigr).$$
#
# $\sigma(s) = 1 / (1 + e^{-s})$ makes a probability of a score.
#
#
# Make each part as small as it can be. The data is one point, 0. The generator makes one point,
# $\theta$. The discriminator is a line through the origin, $D(x) = \psi x$. This is the Dirac-GAN
# of Mescheder, Geiger and Nowozin (2018): a position is a pair $(\theta, \psi)$, and the game is
#
# $$V(\theta, \psi) = \log \sigma(0) + \log\bigl(1 - \sigma(\psi\theta)\bigr)
#   = -\log 2 - \log\bigl(1 + e^{\psi\theta}\bigr).$$
#
# G wins at $\theta = 0$, where its fake is the data, and then D cannot tell them apart whatever
# $\psi$ is. But a D that is not flat there pushes the fake away again: $(0, 0)$ is the one point
# where both can stay.
#
# Each player follows its own gradient: G goes down on $V$, D goes up (D's *loss* is $-V$). With
# $\frac{d}{ds}\log(1 + e^s) = \sigma(s)$ and the chain rule
#
# $$\dot\theta = -\frac{\partial V}{\partial\theta} = \sigma(\psi\theta)\,\psi, \qquad
#   \dot\psi = +\frac{\partial V}{\partial\psi} = -\sigma(\psi\theta)\,\theta.$$
#
# The library has this game, played with the same layers and the same steps as the large ones. We
# ask it for $(\dot\theta, \dot\psi)$ and compare with the formulas.

# %%
def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def velocity_by_hand(theta, psi):
    return np.array([sigmoid(psi * theta) * psi, -sigmoid(psi * theta) * theta])


tiny = dirac(Minimax(), theta=1.0, psi=-1.0)
velocity = tiny.velocity()
by_hand = velocity_by_hand(1.0, -1.0)
print("the library:", velocity)
print("by hand:    ", by_hand)

# %% [markdown]
# This is the step of D that just ran; one of D and one of G are a *round*. You will meet it again
# when the players have a million parameters; it will not have changed. Read the middle of it:
# score real samples and fakes, take the loss, go back, move. `real["score"]` holds D's scores of the
# real samples. `send` keeps the slope of the loss by the scores until `backward` carries it back
# through D, as chapter 3 explains. The lines about conditions, terms and penalties have nothing to
# do in this game.

# %%
source(discriminator_step)

# %% [markdown]
# ## Where does it go?
#
# Attach to every position the arrow $(\dot\theta, \dot\psi)$ and follow the arrows.
#
# **Predict.** Start at $(1, -1)$: the fake is to the right of the data, and D scores what is to
# the right as fake. Which way does the arrow point? Will the two players reach $(0, 0)$?

# %%
reach = np.linspace(-2, 2, 17)
field = theory.velocities(tiny, reach, reach)
speed = np.linalg.norm(field, axis=2)

right, up = np.moveaxis(field / (speed[..., None] + 0.05), 2, 0)

alt = "Arrows in the plane of theta and psi that turn around the origin, a whirlpool"
with panels(alt=alt, size=(4.6, 4.2)) as axes:
    axes.quiver(reach, reach, right, up, speed, cmap="viridis", scale=28, width=0.005)
    axes.plot(0, 0, "o", color=style.REAL)
    axes.plot(1, -1, "o", color=style.GENERATOR)
    axes.set(xlabel="θ, the fake", ylabel="ψ, the slope of D", aspect="equal",
             title="Where gradient descent pushes")

# %% [markdown]
# The arrow at $(1, -1)$ points left and down: G walks towards the data, and D tilts further down
# as long as the fake is on the right. The field is a whirlpool, and no arrow points at the origin.
# That can be seen in one line. How does the distance from the origin change along the arrows?
#
# $$\tfrac12\frac{d}{dt}\bigl(\theta^2 + \psi^2\bigr) = \theta\dot\theta + \psi\dot\psi
#   = \sigma(\psi\theta)\,(\theta\psi - \psi\theta) = 0.$$
#
# Not at all. Two players who follow their gradients perfectly circle each other for ever. Each is
# always right about what to do next, and nobody gets anywhere: what is good for one moves the goal
# of the other. Whoever goes down on a *single* function cannot do this: the function falls all the
# way, so the path never comes back to where it was.

# %% [markdown]
# ## Steps are not arrows
#
# A computer takes steps of length $h$. *Simultaneous* descent moves both players from the same
# position:
#
# $$\theta_{t+1} = \theta_t + h\,\dot\theta(\theta_t, \psi_t), \qquad
#   \psi_{t+1} = \psi_t + h\,\dot\psi(\theta_t, \psi_t).$$
#
# *Alternating* descent lets D move first, and G answers to the D that has moved. It is what every
# GAN in this book does.
#
# **Predict.** One of these two leaves the circle outwards, one stays near it. Which? A step along
# the tangent of a circle ends where?

# %%
at_once = simultaneous(dirac(Minimax()), 500)
in_turn = alternating(dirac(Minimax()), 500)

alt = "Left: a spiral that grows. Right: an orbit that closes."
with panels(2, alt=alt) as board:
    for axes, path, title in zip(board, (at_once, in_turn), ("At once", "In turn")):
        axes.plot(*path.T, color=style.DISCRIMINATOR, lw=0.8)
        axes.plot(*path[0], "o", color=style.GENERATOR)
        axes.plot(0, 0, "o", color=style.REAL)
        axes.set(xlim=(-2.5, 2.5), ylim=(-2.5, 2.5), aspect="equal", title=title,
                 xlabel="θ", ylabel="ψ")

radius_at_once = np.linalg.norm(at_once, axis=1)
radius_in_turn = np.linalg.norm(in_turn, axis=1)
print(f"at the start         {radius_at_once[0]:.3f}")
print(f"500 steps at once    {radius_at_once[-1]:.3f}")
print(f"500 steps in turn    {radius_in_turn[-1]:.3f}")

# %% [markdown]
# A step along the tangent always ends outside the circle. The arrow is perpendicular to the radius
# and has the length $\sigma r$, so by Pythagoras $r^2$ becomes $r^2 + h^2\sigma^2 r^2$, every
# time. In the same time a step half as long is taken twice and grows a quarter as much each time:
# smaller steps delay it, they do not end it. Moving in turn does not fall out of the circle. Why?

# %% [markdown]
# ## Two eigenvalues tell it all
#
# Near the origin the field is linear: $(\dot\theta, \dot\psi) \approx J\,(\theta, \psi)$, with the
# Jacobian of the field at the origin. There $\sigma = \tfrac12$, and what $\sigma$ does when it
# changes is multiplied by $\theta$ or $\psi$, which are 0. So
#
# $$J = \begin{pmatrix} \partial\dot\theta/\partial\theta & \partial\dot\theta/\partial\psi \\
#                       \partial\dot\psi/\partial\theta & \partial\dot\psi/\partial\psi \end{pmatrix}
#     = \begin{pmatrix} 0 & \tfrac12 \\ -\tfrac12 & 0 \end{pmatrix},
#   \qquad \lambda = \pm\tfrac{i}{2}.$$
#
# Paths near the origin are sums of $e^{\lambda t}$ times fixed vectors, whose length is
# $e^{t\,\mathrm{Re}\,\lambda}$. Negative real parts come to rest, positive ones fly away,
# imaginary parts turn; the eigenvalue with the largest real part sets the pace. Here both are
# imaginary, with nothing that damps.

# %%
J = dirac(Minimax()).jacobian(at=(0, 0))
eigenvalues = np.linalg.eigvals(J)
print(J)
print("eigenvalues", eigenvalues)

# %% [markdown]
# A simultaneous step multiplies the position by $I + hJ$, whose eigenvalues are
# $\mu = 1 + h\lambda = 1 \pm ih/2$, so each step grows by $|\mu| = \sqrt{1 + h^2/4} > 1$.
#
# In turn, D's step first and then G's are two *shears*: each changes one coordinate by a multiple
# of the other,
#
# $$\begin{pmatrix} 1 & h/2 \\ 0 & 1 \end{pmatrix}
#   \begin{pmatrix} 1 & 0 \\ -h/2 & 1 \end{pmatrix}
#   = \begin{pmatrix} 1 - h^2/4 & h/2 \\ -h/2 & 1 \end{pmatrix}.$$
#
# A shear keeps areas, its determinant is 1, and so is that of the product. For $h < 4$ its trace
# $2 - h^2/4$ lies between $-2$ and $2$, so its two eigenvalues are complex conjugates, and as
# their product is 1, $|\mu| = 1$: the path is an ellipse. That holds near the origin. Farther out
# the steps are no exact shears and the orbit drifts, too slowly to be seen in 500 steps.

# %%
h = 0.1
grows = np.abs(np.linalg.eigvals(theory.one_simultaneous_step(J, h)))
turns = np.abs(np.linalg.eigvals(theory.one_alternating_step(J, h)))
print(f"at once: |μ| = {grows[0]:.6f}    sqrt(1 + h²/4) = {np.sqrt(1 + h**2 / 4):.6f}")
print(f"in turn: |μ| = {turns[0]:.6f}")

# %% [markdown]
# ## What brings them to rest
#
# The trouble: when the fake has reached the data, D is still steep, and pushes it beyond. So
# charge D for its slope at the data. The **R1 penalty** adds
#
# $$R_1 = \frac{\gamma}{2}\,\mathbb{E}_{x \sim \text{data}} \|\nabla_x D(x)\|^2
#       = \frac{\gamma}{2}\psi^2$$
#
# to D's loss, and $-\gamma\psi$ to its velocity. That is friction, on D alone:
#
# $$J = \begin{pmatrix} 0 & \tfrac12 \\ -\tfrac12 & -\gamma \end{pmatrix}, \qquad
#   \lambda = -\frac{\gamma}{2} \pm \sqrt{\frac{\gamma^2}{4} - \frac14}.$$
#
# Both real parts are negative for every $\gamma > 0$. Up to $\gamma = 1$ they are $-\gamma/2$:
# more friction, faster rest. Beyond, the root is real, one eigenvalue goes back towards 0, like
# $-1/(4\gamma)$: D settles at $\psi \approx -\theta/(2\gamma)$, a slope so small that G hardly
# moves.
#
# **Predict.** Which of $\gamma = 0.1,\ 0.3,\ 1,\ 3$ is at rest first?

# %%
gammas = [0.0, 0.1, 0.3, 1.0, 3.0]
along = np.linspace(0, 3, 301)
roots = np.array([np.linalg.eigvals(J - np.diag([0, gamma])) for gamma in along])
paths = {g: alternating(dirac(Minimax(), [R1(g)] if g else ()), 500) for g in gammas}

alt = """Left: two eigenvalues leave the imaginary axis, meet at minus one half, part
along the real axis. Right: the radius over 500 steps, smallest for gamma 1."""
with panels(2, alt=alt) as (left, right):
    color = np.stack([along, along], axis=1)
    points = left.scatter(roots.real, roots.imag, c=color, s=5, cmap="plasma")
    left.figure.colorbar(points, ax=left, label="γ")
    left.axvline(0, color=style.FAINT_INK, lw=0.8)
    left.set(title="Eigenvalues", xlabel="real part: rest", ylabel="imaginary: turning")
    for g, path in paths.items():
        right.semilogy(np.linalg.norm(path, axis=1), label=f"γ = {g:g}")
    right.set(title="Distance from the data", xlabel="step", ylim=(1e-9, 3))
    right.legend()

radius = {g: np.linalg.norm(path[-1]) for g, path in paths.items()}
print({g: float(f"{r:.2g}") for g, r in radius.items()})

# %% [markdown]
# At $\gamma = 1$ the two eigenvalues meet: as much friction as possible without losing the way,
# what engineers call **critical damping**. So here we can say how large the weight should be. With
# a loss whose derivative at a score of 0 is $\ell$ in place of $\tfrac12$, the root becomes
# $\sqrt{\gamma^2/4 - \ell^2}$, and the best weight is $2\ell$: 1 for the losses that are made of
# $\log\sigma$, 2 for the Wasserstein and the hinge loss below.
#
# No such formula exists for a larger game, whose D is not a line and whose data are not one point.
# Its best $\gamma$ depends even on the units of the data: if you multiply all pixels by $c$, the
# slopes of a D that gives the same scores are divided by $c$, and the same penalty takes the weight
# $c^2\gamma$. (Pixels between $-1$ and 1 need four times the weight of pixels between 0 and 1.) So
# begin with a weight that has worked on data like yours. This library's recipes for 28 × 28 pixels
# between 0 and 1 take 0.5 for dense layers and 0.3 for convolutions. Then try ten times less and
# ten times more.
#
# Now the three games side by side: at once, in turn, and in turn with R1. Each frame is five
# rounds; below, D as the line that it is, and the fake that rolls along it.

# %%
def frame(step, games):
    figure, axes = new_figure(3, 2, size=(2.0, 1.9), dpi=90)
    for column, (name, path) in enumerate(games.items()):
        plane, line = axes[column], axes[3 + column]
        theta, psi = path[step]
        plane.plot(*path[: step + 1].T, color=style.DISCRIMINATOR, lw=0.8)
        plane.plot(theta, psi, "o", color=style.GENERATOR)
        plane.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), xlabel="θ", ylabel="ψ", title=name)
        x = np.array([-2.2, 2.2])
        line.plot(x, psi * x, color=style.DISCRIMINATOR)
        line.plot(0, 0, "o", color=style.REAL)
        line.plot(theta, psi * theta, "o", color=style.GENERATOR)
        line.set(xlim=(-2.2, 2.2), ylim=(-3, 3), xlabel="x", ylabel="D(x)")
    return as_image(figure)


games = {"at once": at_once, "in turn": in_turn, "R1, γ = 0.3": paths[0.3]}
steps = range(0, rounds(200, short=25), 5)
small = {"axes.titlepad": 4, "font.size": 7, "xtick.labelsize": 6}
with style.look({**small, "ytick.labelsize": 6, "axes.titlesize": 8}):
    frames = [frame(step, games) for step in steps]
film(frames, "Three games: one spirals outwards, one circles, one comes to rest")

# %% [markdown]
# ## Does another objective help?
#
# People changed the loss before they added friction. The library plays six objectives, whose
# formulas are in [chapter 6](06_six_objectives.ipynb); here are five of them on the smallest data
# there is, 5,000 alternating rounds each. In this game Wasserstein is $\dot\theta = \psi$,
# $\dot\psi = -\theta$, and the non-saturating loss $\dot\theta = \sigma(-\psi\theta)\,\psi$,
# $\dot\psi = -\sigma(\psi\theta)\,\theta$. R2 is R1 at the fakes; GP is a penalty
# $(|\nabla D| - 1)^2$, which wants a slope of 1.
#
# **Predict.** The Wasserstein loss has the reputation of being stable. Does it come to rest here?
# And with a gradient penalty that wants $|\nabla D| = 1$?

# %%
contestants = {
    "minimax": (Minimax(), []),
    "non-saturating": (NonSaturating(), []),
    "relativistic": (Relativistic(), []),
    "hinge": (Hinge(), []),
    "Wasserstein": (Wasserstein(), []),
    "Wasserstein, GP": (Wasserstein(), [GradientPenalty(1.0)]),
    "non-saturating, R1": (NonSaturating(), [R1(0.3)]),
    "relativistic, R1 + R2": (Relativistic(), [R1(0.15), R2(0.15)]),
}
long = rounds(5000, short=1000)
runs = {name: alternating(dirac(*parts), long) for name, parts in contestants.items()}

alt = "Eight games: six circle or drift, the two with R1 are at the origin"
with panels(4, 2, alt=alt, size=(1.9, 2.0), sharex=True, sharey=True) as board:
    for axes, (name, path) in zip(board, runs.items()):
        axes.plot(*path.T, color=style.DISCRIMINATOR, lw=0.5)
        axes.plot(*path[-1], "o", color=style.GENERATOR)
        axes.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), aspect="equal")
        axes.set_title(name, fontsize=9)

ends = {name: np.linalg.norm(path[-1]) for name, path in runs.items()}
for name, end in ends.items():
    print(f"{name:24}{end:9.2g}")

# %% [markdown]
# None of the losses alone brings the players to rest in useful time. *Wasserstein* is the pure
# whirlpool. Its gradient penalty asks for a slope of 1, also at the data, and a D that is not flat
# there pushes the fake past it, for ever. The *non-saturating* loss has a faint friction: with
# $s = \psi\theta$ the line of above reads
# $\tfrac12\frac{d}{dt}r^2 = s\,(\sigma(-s) - \sigma(s)) \approx -s^2/2$, which fades with the
# fourth power of $r$, so it creeps. What works is R1, under each loss that we tried it with: it
# asks for a flat D where the data is. (Two pairs of results are the same. In this game the
# relativistic field is the non-saturating one, and as D has one slope everywhere, R1 and R2 of
# 0.15 are an R1 of 0.3.)
#
# This is why the penalties of [chapter 7](07_the_gradient_of_a_gradient.ipynb), gradients of
# gradients, are worth their trouble.

# %% [markdown]
# ## What goes wrong, and how it looks
#
# | you see | it is | cure |
# |---|---|---|
# | both losses swing with growing amplitude | at once, or a step too large for the friction | move in turn; R1; smaller steps beside it |
# | losses swing for ever, samples come and go | a whirlpool without friction | R1 |
# | nothing moves, D's loss near $2\log 2$, samples bad | too much friction: D says nothing | smaller γ |
#
# ## Exercises
#
# **1.1** Write one alternating step of the Dirac-GAN from the two formulas above, D first.

# %%
def step_in_turn(theta, psi, h):
    ...  # your turn: return the new (θ, ψ)


check("1.1", step_in_turn)

# %% [markdown]
# <details><summary>Hint</summary>
#
# D's new slope comes from the old position. G's velocity is then taken at the old $\theta$ and the
# *new* $\psi$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def step_in_turn(theta, psi, h):
#     psi = psi - h * sigmoid(psi * theta) * theta
#     theta = theta + h * sigmoid(psi * theta) * psi
#     return theta, psi
#
#
# check("1.1", step_in_turn)
# ```
#
# </details>
#
# **1.2** By what factor does one *simultaneous* step of length $h$ grow or shrink the position, in
# the end, with an R1 penalty of weight $\gamma$? Give the larger $|\mu|$ of $I + hJ$ as a formula,
# without asking NumPy for eigenvalues. It must hold on both sides of $\gamma = 1$.

# %%
def growth(h, gamma):
    ...  # your turn: return the larger |μ|


check("1.2", growth)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The eigenvalues of $I + hJ$ are $1 + h\lambda$, with the two $\lambda$ of the text. Let NumPy
# take the root of a complex number, `np.sqrt(complex(...))`, and it serves both sides.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def growth(h, gamma):
#     root = np.sqrt(complex(gamma**2 / 4 - 1 / 4))
#     return max(abs(1 + h * (-gamma / 2 + sign * root)) for sign in (1, -1))
#
#
# check("1.2", growth)
# ```
#
# </details>
#
# **1.3** Friction can win against simultaneous steps, near the origin. For a weight $\gamma < 1$,
# how large may the step $h$ be at most, if simultaneous descent is to converge?

# %%
def largest_step(gamma):
    ...  # your turn: return the h at which |μ| is 1


check("1.3", largest_step)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Below $\gamma = 1$ the two eigenvalues are complex conjugates, so $|\mu|^2$ is their product, the
# determinant of $I + hJ$. When is it 1?
#
# </details>
#
# <details><summary>Solution</summary>
#
# $\det(I + hJ) = 1 - h\gamma + h^2/4 < 1$ as long as $h < 4\gamma$.
#
# ```python
# def largest_step(gamma):
#     return 4 * gamma
#
#
# check("1.3", largest_step)
# ```
#
# </details>
#
# ## Sources
#
# - I. Goodfellow and others, *Generative adversarial nets*, 2014,
#   [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): the game.
# - L. Mescheder, A. Geiger, S. Nowozin, *Which training methods for GANs do actually converge?*,
#   2018, [arXiv:1801.04406](https://arxiv.org/abs/1801.04406): the Dirac-GAN, its eigenvalues, and
#   R1.
# - Y. Huang and others, *The GAN is dead; long live the GAN! A modern GAN baseline*, 2024,
#   [arXiv:2501.05441](https://arxiv.org/abs/2501.05441): the relativistic game with R1 and R2.
#
# [Chapter 2](02_what_the_discriminator_knows.ipynb) gives D all the freedom it wants and asks what
# it then knows.
