# %% [markdown]
# # 6. Six objectives
#
# What D and G play for is a pair of functions of a score. People have invented dozens; six of them
# cover most of what is in use. We put them side by side: their gradients in one picture, what D
# becomes under each, and the same game under all six.
#
# After this chapter you can
#
# - write down six objectives with their derivatives, and check them;
# - say for which fakes each one moves G, and how strongly;
# - say what a trained D means under each, and what it does not mean;
# - choose one, and know what has to come with it.
#
# You need chapters 1, 2 and 5.

# %%
import numpy as np

from gan_scratch import datasets, theory
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, picture, rounds, source
from gan_scratch.book.playground import OBJECTIVES, Playground
from gan_scratch.book.seeds import over_seeds, seed
from gan_scratch.game import Game, discriminator_step
from gan_scratch.gradient_check import check_loss
from gan_scratch.losses import Hinge, LeastSquares, NonSaturating, Wasserstein
from gan_scratch.models import mlp
from gan_scratch.optimizers import SGD, Adam
from gan_scratch.penalties import GradientPenalty
from gan_scratch.plots import style
from gan_scratch.plots.side_by_side import side_by_side
from gan_scratch.theory import normal_density

# %% [markdown]
# ## Six pairs of losses
#
# $r$ is a score of a real sample, $f$ of a fake; all losses are means over the batch.
# $\zeta(s) = \log(1 + e^s)$, whose derivative is $\sigma(s)$, and $[s]_+ = \max(s, 0)$.
#
# | objective | D minimises | G minimises | slope of G's loss in $f$ |
# |---|---|---|---|
# | minimax | $\zeta(-r) + \zeta(f)$ | $-\zeta(f)$ | $-\sigma(f)$ |
# | non-saturating | $\zeta(-r) + \zeta(f)$ | $\zeta(-f)$ | $-\sigma(-f)$ |
# | least squares | $\tfrac12 (r - 1)^2 + \tfrac12 f^2$ | $\tfrac12 (f - 1)^2$ | $f - 1$ |
# | hinge | $[1 - r]_+ + [1 + f]_+$ | $-f$ | $-1$ |
# | Wasserstein | $f - r$ | $-f$ | $-1$ |
# | relativistic | $\zeta(-(r - f))$ | $\zeta(r - f)$ | $-\sigma(r - f)$ |
#
# In the library an objective is a class. Two of its methods matter: `discriminator` returns D's
# loss and its derivatives in $r$ and $f$, `generator` that of G and its derivative in $f$. (The
# third serves chapter 5's unrolling, the fourth pictures, and `expect_scores` looks at shapes.)

# %%
source(LeastSquares)

# %% [markdown]
# Are the derivatives right? The ruler of chapter 3 takes losses, too.

# %%
rng = np.random.default_rng(0)
r, f = rng.standard_normal((2, 6, 1))
errors = {}
for name, kind in OBJECTIVES.items():
    objective = kind()
    loss_of_D = objective.discriminator
    loss_of_G = lambda f, o=objective: o.generator(f, r if o.needs_real else None)
    reports = check_loss(loss_of_D, r, f), check_loss(loss_of_G, f)
    errors[name] = max(report.max_error for report in reports)
print({name: f"{error:.0e}" for name, error in errors.items()})

# %% [markdown]
# ## Whom each one moves
#
# Where G sees a gradient is decided by the last column. Take fakes with scores from $-4$,
# "certainly fake", to $4$, "certainly real", and ask how hard each one is pushed upwards. The
# relativistic loss needs a partner; let it be a real sample with a score of 1.
#
# **Predict.** Which objectives push a fake that D has rejected for certain? Which pushes one
# *down* that D likes too much?

# %%
s = np.linspace(-4, 4, 321)[:, None]
partner = np.ones_like(s)
push, of_fake = {}, {}
for name, kind in OBJECTIVES.items():
    objective = kind()
    real = partner if objective.needs_real else None
    _, of_G = objective.generator(s, real)
    _, _, of_D = objective.discriminator(partner, s)
    push[name] = -of_G[:, 0] * len(s)  # times N, as a loss is a mean over N scores
    of_fake[name] = of_D[:, 0] * len(s)

alt = """Left: how hard G pushes a fake against its score: minimax only where D is fooled,
non-saturating and relativistic most where it is not, least squares along a line, hinge and
Wasserstein the same everywhere. Right: how hard D pushes fakes down; hinge stops at minus one,
least squares pulls up what lies below zero."""
with panels(2, alt=alt, size=(3.8, 3.2)) as (left, right):
    for name in OBJECTIVES:
        dashed = "--" if name in ("Wasserstein", "relativistic") else "-"
        left.plot(s, push[name], dashed, label=name)
        right.plot(s, of_fake[name], dashed)
    left.set(title="G pushes a fake up", xlabel="score of the fake", ylim=(-1.6, 3))
    right.set(title="D pushes a fake down", xlabel="score of the fake", ylim=(-1.6, 3))
    left.legend(fontsize=7)

# %% [markdown]
# - *Minimax* pushes those that fool D already, and leaves the others alone: it saturates (chapter
#   2).
# - *Non-saturating* does the opposite. Both vanish somewhere, and never exceed 1.
# - *Least squares* pushes the harder the further a score is from 1, without a bound, and pushes
#   *down* what D finds more real than real. Its D pulls fakes to 0 from both sides.
# - *Hinge* and *Wasserstein* push everybody alike. What differs is D: a hinge D stops caring about
#   a fake below $-1$; a Wasserstein D never does, and drives its scores apart for ever, unless its
#   slope is held.
# - *Relativistic* pushes a fake until it beats its partner. No score is good enough by itself.
#
# (On the right minimax lies under non-saturating: their D is the same.)
#
# ## What D becomes
#
# Chapter 2 gave D two normals and all the freedom it wanted, and it became $\log p/q$: its loss
# was minimised at each $x$ by itself. Least squares goes the same way, $p\,(s - 1)^2 + q\,s^2$
# being smallest at $p / (p + q)$. For the hinge, $p\,[1 - s]_+ + q\,[1 + s]_+$ has the slope
# $q - p$ between $-1$ and $1$, so $s$ goes to one of the ends. A relativistic D looks at pairs:
# for the score $\delta$ by which $x$ beats $y$ it minimises
# $p(x) q(y)\,\zeta(-\delta) + p(y) q(x)\,\zeta(\delta)$, and $e^\delta$ becomes the quotient of
# both factors. A Wasserstein D has no best score at all, unless its slope is bounded; then
# $-\int s\,(p - q)\,dx$ is smallest for the steepest fall that is allowed, as all of $q$ lies to
# the right of $p$.
#
# | objective | the best score |
# |---|---|
# | minimax, non-saturating | $\log p/q$ |
# | least squares | $p / (p + q)$ |
# | hinge | $+1$ where $p > q$, else $-1$ |
# | Wasserstein, slope at most 1 | for two normals $\theta$ apart: a line of slope $-1$ |
# | relativistic | $\log p/q$, up to a constant |
#
# **Predict.** Two of these forget *how much* more likely one is than the other. Which?

# %%
def trained_D(objective, penalties, steps):
    """A network that has told N(0, 1) from N(2, 1) apart under an objective."""
    rng = np.random.default_rng(seed())
    G = theory.Shift(2.0, scale=1.0)
    D = mlp.discriminator((1,), hidden=(32, 32), rng=rng, spread=True).astype("float64")
    adam = Adam(D.parameters(), 2e-3)
    game = Game(G, D, objective, SGD(G.parameters(), 1.0), adam, penalties, rng=rng, latent=1)
    for step in range(steps):
        adam.learning_rate = 2e-3 * (1 - step / steps)
        discriminator_step(game, rng.standard_normal((256, 1)), game.noise(256))
    return D


x = np.linspace(-2, 4, 241)
p, q = normal_density(x), normal_density(x, 2.0)
best = {
    "minimax": np.log(p / q), "least squares": p / (p + q), "hinge": np.sign(p - q),
    "Wasserstein": 1 - x, "relativistic": np.log(p / q),
}
learned = {}
for name in best:
    penalties = [GradientPenalty(5.0)] if name == "Wasserstein" else []
    D = trained_D(OBJECTIVES[name](), penalties, rounds(1500, short=600))
    learned[name] = D(x[:, None])[:, 0]

# %%
level_free = ("Wasserstein", "relativistic")  # only differences of scores count
alt = """Five trained networks beside the best score: a line, a sigmoid, a step, a line of slope
minus one, which the network falls more steeply than, and a line"""
with panels(5, alt=alt, size=(1.75, 2.1)) as board:
    for axes, name in zip(board, best):
        curve = learned[name] - (learned[name].mean() if name in level_free else 0)
        axes.plot(x, best[name], color=style.INK, lw=1)
        axes.plot(x, curve, color=style.DISCRIMINATOR)
        axes.set_title(name, fontsize=8)
        axes.set(xlabel="x")

far = {n: float(np.abs(learned[n] - learned[n].mean() - best[n] + best[n].mean()).mean())
       for n in best}
over_seeds("6 mean distance from the best", far, "{:.2f}")
print()
slope = np.polyfit(x, learned["Wasserstein"], 1)[0]
_ = over_seeds("6 slope", {"Wasserstein": slope}, "{:.2f}")

# %% [markdown]
# (Where only differences count, each curve's mean is taken off before the distances are measured.
# The Wasserstein D falls too fast, as the penalty is a price and no wall: with the slope $-m$ it
# minimises $-2m + 5\,(m - 1)^2$, and $m$ becomes $1.2$.)
#
# A hinge D says on which side of $p = q$ a point lies, and no more. A Wasserstein D says in which
# direction the data is, at one slope, whatever the distance. The others know the odds $p/q$: they
# are $e^s$ for minimax and non-saturating, $s / (1 - s)$ for least squares, and $e^s$ up to a
# factor for the relativistic. So a score of $0.7$ means odds of two to one under the first two,
# seventy per cent under least squares, a decision not quite made under the hinge, and nothing by
# itself under the last two, where a constant may be added to all scores and no loss changes.
#
# ## The same game under all six
#
# The ring of chapter 5, equal learning rates, the same weights to begin with, with and without R1.
# As in chapter 5 the colours of each map are scaled to its scores, and the line under it gives the
# scale: with R1 it is a matter of hundredths.
#
# **Predict.** Which of them cannot do without a penalty?

# %%
ring = datasets.ring(10_000, np.random.default_rng(1), sigma=0.05)
steps = rounds(2400, short=96)
games = {(name, r1): Playground(ring, objective=name, r1=r1, seed=seed())
         for r1 in (0.0, 1.0) for name in OBJECTIVES}
shots = []
for part in range(8):
    for (name, r1), game in games.items():
        game.play(steps // 8, until=steps)
        game.count()
    shots.append(side_by_side(
        [games[name, 1.0].picture(name, size=1.75, dpi=80) for name in OBJECTIVES], columns=3
    ))
film(shots, "Six games with R1: under each objective fakes spread over the ring", duration=0.5)

# %%
plain = [games[n, 0.0].picture(f"{n}: {games[n, 0.0].history[-1][1]} modes", size=2.3)
         for n in OBJECTIVES]
alt = """Six games without a penalty: the fakes of hinge and Wasserstein miss the ring, those of
the non-saturating game stand in one clump"""
picture(side_by_side(plain, columns=3), alt)

for r1, words in ((0.0, "alone"), (1.0, "with R1")):
    _, modes, quality = zip(*(games[name, r1].history[-1] for name in OBJECTIVES))
    over_seeds(f"6 modes, {words}", dict(zip(OBJECTIVES, modes)))
    print()
    over_seeds(f"6 high quality, {words}", dict(zip(OBJECTIVES, quality)), "{:.0%}")
    print()

# %% [markdown]
# With R1, of weight 1, all six find all eight modes, from each of four seeds. Alone, *minimax*,
# *least squares* and *relativistic* find them as well. *Non-saturating* finds all eight from two
# seeds, seven from another and two from seed 0; *hinge* finds all eight from one seed and one mode
# from the others; *Wasserstein* never finds more than one. The last two differ from the others in
# both losses. Whose fault is it?
#
# ## Whose loss it is
#
# The two losses of a pair need not come from one row of the table. Cross them: each D against a G
# that pushes all fakes alike, $-f$, and against the non-saturating G, $\zeta(-f)$.
#
# **Predict.** Is it the loss of D that decides, or that of G?

# %%
def crossed(of_D, of_G):
    """An objective with D's loss from one and G's from another."""

    class Crossed(of_D):
        def generator(self, fake_score, real_score=None):
            return of_G().generator(fake_score)

    return Crossed()


played = {(NonSaturating, "ζ(-f)"): "non-saturating", (Hinge, "-f"): "hinge",
          (Wasserstein, "-f"): "Wasserstein"}  # the rows of the table, played above
modes_of = {}
for of_D in (NonSaturating, LeastSquares, Hinge, Wasserstein):
    for of_G, words in ((Wasserstein, "-f"), (NonSaturating, "ζ(-f)")):
        if (of_D, words) in played:
            game = games[played[of_D, words], 0.0]
        else:
            game = Playground(ring, objective=crossed(of_D, of_G), seed=seed())
            game.play(steps, until=steps)
        modes_of[f"{of_D.__name__} D, G {words}"] = game.count().modes
modes_of = over_seeds("6 modes of crossed pairs", modes_of)

# %% [markdown]
# That of D. Under a logistic or a least squares D, a G that knows no "enough" finds all eight, from
# every seed. Under a Wasserstein D either G is lost, from every seed, and under a hinge D in seven
# games of eight. (The exception is a logistic D against the non-saturating G, which did not find
# all eight from two of the seeds. When the learning rates do not fall, it does: chapter 5.)
#
# Chapter 1 says why. There two numbers circled for ever, because nothing damped them; R1 was the
# damping. What damps D by itself is the curvature of its loss: $\zeta$ and the square bend, so at
# every $x$ where there are both data and fakes there is one score that is best, and D is drawn
# back to it. The hinge between its margins and the Wasserstein loss are straight. Their second
# derivative is zero, nothing draws D back, and it turns with G until something else holds it: R1,
# a gradient penalty, or a bound on its weights. (R1 has to be strong enough: with a tenth of its
# weight, Wasserstein missed modes from each of the four seeds, and the hinge from one.) These two
# came with such things, and that is why.
#
# So choose by what has to come with it:
#
# | you have | take |
# |---|---|
# | no penalty at hand | least squares; or non-saturating, with more steps |
# | R1 | any; the non-saturating loss is the usual one |
# | many modes to lose | relativistic with R1 and R2, which is R1 at fakes (*Mode collapse, measured*, on the site) |
# | scores that are to measure a distance | Wasserstein with a gradient penalty, several steps of D |
#
# (Minimax does well here. Where data and fakes are far apart it stands still, as in chapter 2.)
#
# A comparison on digits, with times and seeds, stands in the *gallery*, on the site.
#
# ## The playground
#
# This is the playground of chapter 5, with a list of the six objectives. As long as R1 is on, the six
# maps look much alike. The scores behind them do not, and without R1 they part soon: choose an
# objective, set R1 to 0, press *100 rounds* six times, and read the line under the map. It says which
# scores the strongest orange and the strongest blue stand for. Press *reset* before you try the next
# objective: the game goes back to step 400, and R1 stays at 0. From four seeds we found these two
# scores this far from the middle:
#
# | least squares | minimax, non-saturating, relativistic | hinge | Wasserstein |
# |---|---|---|---|
# | 0.6 to 0.8 | 1.5 to 2.2 | 2.0 to 2.4 | 2.6 to 4.4 |
#
# A least squares D pulls its scores to 0 and 1 from both sides, and a Wasserstein D drives them
# apart without end. All eight modes stay nevertheless: once D has a peak at each of them, they are
# not lost so soon (chapter 5).

# %%
playground = Playground(ring, r1=0.3, seed=seed()).play(rounds(400, short=20))
playground.widgets()

# %% [markdown]
# ## What goes wrong, and how it looks
#
# | you see | it is | cure |
# |---|---|---|
# | Wasserstein: scores grow without end | D's slope is not held | a gradient penalty, R1; at first its weights were clipped |
# | hinge: modes missing, fakes off the data | nothing damps D between the margins | R1, a gradient penalty |
# | least squares: fakes pushed back that looked good | scores above 1 | nothing; it is meant so |
# | relativistic: D(x) looks like nonsense | the level of its scores means nothing | look at differences |
# | a penalty that worked under one loss fails under another | the units of the score differ | tune γ anew |
#
# ## Exercises
#
# **6.1** The hinge losses are piecewise linear. Write the derivatives for D: `d_real` and `d_fake`
# of $\mathrm{mean}[1 - r]_+ + \mathrm{mean}[1 + f]_+$.

# %%
def hinge(r, f):
    loss = np.maximum(1 - r, 0).mean() + np.maximum(1 + f, 0).mean()
    ...  # your turn: return loss, d_real, d_fake


check("6.1", hinge)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Each sample has a share of $1/N$ in the mean. Where $1 - r$ is negative, nothing changes with
# $r$; at the kink itself any slope between the two will do. `r < 1` is an array of truth values,
# and NumPy takes no minus of these: multiply by `-1.0`.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def hinge(r, f):
#     loss = np.maximum(1 - r, 0).mean() + np.maximum(1 + f, 0).mean()
#     return loss, -1.0 * (r < 1) / len(r), 1.0 * (f > -1) / len(f)
#
#
# check("6.1", hinge)
# ```
#
# </details>
#
# **6.2** Least squares with other targets: D regresses to $b$ on real samples and to $a$ on fakes.
# What is its best score at a place with densities $p$ and $q$?

# %%
def best_least_squares(p, q, a, b):
    ...  # your turn: return the score


check("6.2", best_least_squares)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Minimise $p\,(s - b)^2 + q\,(s - a)^2$ over $s$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def best_least_squares(p, q, a, b):
#     return (b * p + a * q) / (p + q)
#
#
# check("6.2", best_least_squares)
# ```
#
# </details>
#
# **6.3** The relativistic loss for D, with its derivatives: $\mathrm{mean}\,\zeta(-(r - f))$,
# where sample $n$ of the one batch is paired with sample $n$ of the other.

# %%
def relativistic(r, f):
    ...  # your turn: return loss, d_real, d_fake


check("6.3", relativistic)

# %% [markdown]
# <details><summary>Hint</summary>
#
# With $\delta = r - f$: $\zeta(-\delta)$ has the derivative $-\sigma(-\delta)$ in $\delta$; and
# $\delta$ grows with $r$ and falls with $f$.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def relativistic(r, f):
#     ahead = r - f
#     slope = 1 / (1 + np.exp(ahead)) / len(r)
#     return np.logaddexp(0, -ahead).mean(), -slope, slope
#
#
# check("6.3", relativistic)
# ```
#
# </details>
#
# ## Sources
#
# - I. Goodfellow and others, 2014, [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): minimax and
#   non-saturating.
# - X. Mao and others, *Least squares generative adversarial networks*, 2017,
#   [arXiv:1611.04076](https://arxiv.org/abs/1611.04076).
# - M. Arjovsky, S. Chintala, L. Bottou, *Wasserstein GAN*, 2017,
#   [arXiv:1701.07875](https://arxiv.org/abs/1701.07875).
# - J. H. Lim, J. C. Ye, *Geometric GAN*, 2017,
#   [arXiv:1705.02894](https://arxiv.org/abs/1705.02894): the hinge.
# - A. Jolicoeur-Martineau, *The relativistic discriminator*, 2019,
#   [arXiv:1807.00734](https://arxiv.org/abs/1807.00734).
# - Y. Huang and others, 2024, [arXiv:2501.05441](https://arxiv.org/abs/2501.05441): relativistic
#   with R1 and R2.
#
# [Chapter 7](07_the_gradient_of_a_gradient.ipynb) makes the penalties that two of the six cannot
# do without.
