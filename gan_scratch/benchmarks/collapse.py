"""Mode collapse, measured: which recipes lose modes of a mixture of Gaussians, and which find all.

The data and the rules are PacGAN's (Lin et al. 2018, section 4.1): a ring of 8 Gaussians and a grid
of 25, 2,500 samples, `metrics.modes.coverage`. Each contestant is a recipe; one training a seed, in
a process of its own on one thread.

    python -m gan_scratch.benchmarks.collapse METHOD DATA SEED      one of them, as JSON
"""

import argparse
import json
import math
import statistics
import time

import numpy as np

from gan_scratch import datasets
from gan_scratch.benchmarks import markdown
from gan_scratch.benchmarks.jobs import run_all
from gan_scratch.drawing import draw_samples
from gan_scratch.metrics.modes import coverage
from gan_scratch.models import mlp
from gan_scratch.plots.points import scatter
from gan_scratch.plots.side_by_side import side_by_side
from gan_scratch.recipes import Adams, Data, Front, Penalties, Recipe, Schedule, Steps
from gan_scratch.training.loop import play as play_to_the_end
from gan_scratch.training.rounds import Diverged

SAMPLES = 2500
DATA = ("ring", "grid")
SHOWN = 500  # samples that are kept for the picture
LIMITS = {"ring": (-1.4, 1.4), "grid": (-5.5, 5.5)}  # of the picture

# What all share unless they say otherwise: players, rates, batches, and 15,000 steps of D.
FIELD = Recipe(
    name="field", summary="non-saturating loss", data=Data("ring"),
    players=mlp.Players(latent=2, hidden=(128, 128, 128), negative_slope=0.01, spread=True),
    optimizers=Adams(learning_rate=2e-3, beta2=0.9), schedule=Schedule("linear"),
    steps=Steps(15_000),
)
FASTER = {"optimizers": {"learning_rate": 3e-3}}  # on the grid
FADING = {**FASTER, "penalties": {"schedule": "linear", "floor": 0.2}}

# Five steps of D for one of G, for critics that are bounded and so teach little in one step.
CRITIC = FIELD.but(steps=Steps(3000, of_discriminator=5))
CURED = FIELD.but(
    summary="relativistic loss, R1 and R2", objective="relativistic",
    penalties=Penalties(r1=0.1, r2=0.1),
)  # fmt: skip

# name -> the recipe for the ring, and what is another on the grid.
CONTESTANTS = {
    "sick": (FIELD.but(
        summary="a D that learns ten times slower than G: made to collapse",
        optimizers={"learning_rate": 1e-3, "discriminator_rate": 1e-4},
        schedule=Schedule("constant"), steps=Steps(3000),
    ), {}),
    "non-saturating": (FIELD, FASTER),
    "packing-2": (FIELD.but(front=Front(pack=2), summary="D judges two samples together"), FASTER),
    "packing-3": (
        FIELD.but(front=Front(pack=3), data={"batch_size": 126}, summary="three together"), FASTER,
    ),
    "packing-4": (FIELD.but(front=Front(pack=4), summary="four together"), FASTER),
    "wgan-clipped": (CRITIC.but(
        summary="Wasserstein loss, weights of D clipped", objective="wasserstein",
        steps={"clip": 0.1},
    ), FASTER),
    "wgan-gp": (CRITIC.but(
        summary="Wasserstein loss, slope of D penalised", objective="wasserstein",
        penalties=Penalties(gradient=0.1),
    ), FASTER),
    "hinge-spectral": (CRITIC.but(
        summary="hinge loss, spectral norm in D", objective="hinge",
        players={"discriminator_normalization": "spectral"},
    ), FASTER),
    "ns-r1": (FIELD.but(penalties=Penalties(r1=0.1), summary="R1 on real samples"), FADING),
    "relativistic-r1-r2": (CURED, {
        **FASTER, "penalties": {"schedule": "linear", "floor": 0.1, "every": 4},
        "steps": Steps(22_000),
    }),
    "relativistic-r1-r2-long": (CURED.but(
        summary="the same for longer, batches twice as large, penalties that fade",
        data={"batch_size": 256}, penalties={"schedule": "linear", "floor": 0.2},
        steps=Steps(12_000),
    ), {**FASTER, "steps": Steps(20_000)}),
}

# What the others are compared with.
TEN_SEEDS = ("sick", "relativistic-r1-r2", "relativistic-r1-r2-long")

# Rows of the literature, with their source: (method, source, on the ring, on the grid), each
# (modes, high quality in %, reverse KL), None where the source gives none.
PUBLISHED = (
    ("GAN", "VEEGAN, Srivastava et al. 2017", (1, 99.3, None), (3.3, 0.5, None)),
    ("Unrolled GAN", "VEEGAN, Srivastava et al. 2017", (7.6, 35.6, None), (23.6, 16, None)),
    ("VEEGAN", "VEEGAN, Srivastava et al. 2017", (8, 52.9, None), (24.6, 40, None)),
    ("GAN", "PacGAN, Lin et al. 2018", (6.3, 98.2, 0.45), (17.3, 94.8, 0.70)),
    ("ALI", "PacGAN, Lin et al. 2018", (6.6, 97.6, 0.36), (24.1, 95.7, 0.14)),
    ("PacGAN2", "PacGAN, Lin et al. 2018", (7.9, 95.6, 0.07), (23.8, 91.3, 0.13)),
    ("PacGAN3", "PacGAN, Lin et al. 2018", (7.8, 97.7, 0.10), (24.6, 94.2, 0.06)),
    ("PacGAN4", "PacGAN, Lin et al. 2018", (7.8, 95.9, 0.07), (24.8, 93.6, 0.04)),
)

COLUMNS = ("method", "data", "seed", "modes", "high_quality", "reverse_kl", "cpu_seconds", "steps")


def recipe_for(method, data):
    """The recipe of a contestant on the ring or the grid."""
    recipe, on_grid = CONTESTANTS[method]
    return recipe.but(name=method, data={"name": data}, **(on_grid if data == "grid" else {}))


def play(recipe, seed):
    """One training; returns its row of the table and some samples, as plain data."""
    dataset = recipe.data.load("train", np.random.default_rng([seed, 1]))
    start = time.process_time()
    game = recipe.game(dataset.sample_shape, seed=seed)
    try:
        reason = play_to_the_end(game, dataset, **recipe.training()).reason
    except Diverged as error:
        reason = str(error)
    seconds = time.process_time() - start
    samples = draw_samples(game, SAMPLES, seed)
    found = coverage(samples, dataset.mixture)
    return {
        "method": recipe.name, "data": recipe.data.name, "seed": seed, "modes": found.modes,
        "high_quality": round(found.high_quality, 4),
        "reverse_kl": round(found.reverse_kl, 4) if math.isfinite(found.reverse_kl) else None,
        "cpu_seconds": round(seconds, 1), "steps": game.step, "stopped": reason,
        "samples": [[round(float(number), 4) for number in point] for point in samples[:SHOWN]],
    }


def rows(methods, data, seeds, folder, *, at_once=None):
    """The row of each training, one by one as they are done, or as their files in `folder` say.

    `seeds` is how many for each method; None gives 10 to those of TEN_SEEDS and 3 to the others.
    """
    seeds = {name: seeds or (10 if name in TEN_SEEDS else 3) for name in methods}
    jobs = [
        ((method, name, seed), recipe_for(method, name))
        for seed in range(max(seeds.values()))
        for name in data
        for method in methods
        if seed < seeds[method]
    ]
    return run_all("gan_scratch.benchmarks.collapse", jobs, folder, at_once=at_once)


def table(measured):
    """The table as lines of Markdown: ours as mean ± standard error, the published rows below."""
    lines = []
    for method in dict.fromkeys(row["method"] for row in measured):
        cells, counts = [], []
        for data in DATA:
            mine = [row for row in measured if row["method"] == method and row["data"] == data]
            counts.append(len(mine))
            cells += summary(mine)
        lines.append(" | ".join([method, *cells, " / ".join(map(str, dict.fromkeys(counts)))]))
    for method, source, *figures in PUBLISHED:
        cells = []
        for modes, quality, divergence in figures:
            divergence = "–" if divergence is None else f"{divergence:g}"
            cells += [f"{modes:g}", f"{quality:g}", divergence, "–"]
        lines.append(f"{method} ({source}) | {' | '.join(cells)} |")
    figures = "modes | high quality % | reverse KL | CPU s"
    return markdown(f"method | ring: {figures} | grid: {figures} | seeds", lines)


def picture(measured):
    """Each method's samples from its first seed over the true means, as one Pillow image."""
    methods = list(dict.fromkeys(row["method"] for row in measured))
    pairs, captions = [], []
    means = {name: datasets.load(name, rng=np.random.default_rng(0)).mixture.means for name in DATA}
    for method in methods:
        scenes, words = [], []
        for data in DATA:
            found = (row for row in measured if (row["method"], row["data"]) == (method, data))
            first = next(found, None)
            samples = np.array(first["samples"]) if first else np.empty((0, 2))
            how = {"reference": means[data], "limits": LIMITS[data], "size": 200, "plain": True}
            scenes.append(scatter(samples, **how))
            words.append(in_words(first) if first else "not trained")
        pairs.append(side_by_side(scenes))
        captions.append(f"{method}\n{'   |   '.join(words)}")
    return side_by_side(pairs, captions, columns=3, gap=20)


def in_words(row):
    modes = "1 mode" if row["modes"] == 1 else f"{row['modes']} modes"
    return f"{modes}, {100 * row['high_quality']:.0f} % near one"


def summary(mine):
    """modes, high quality in %, reverse KL and CPU seconds of some rows, in words."""
    if not mine:
        return ["–"] * 4
    divergences = [row["reverse_kl"] for row in mine]
    return [
        spread([row["modes"] for row in mine], 1),
        spread([100 * row["high_quality"] for row in mine], 1),
        "∞" if None in divergences else spread(divergences, 3),
        f"{statistics.mean(row['cpu_seconds'] for row in mine):.0f}",
    ]


def spread(values, digits):
    """mean ± standard error."""
    mean, count = f"{statistics.mean(values):.{digits}f}", len(values)
    return mean if count < 2 else f"{mean} ± {statistics.stdev(values) / count**0.5:.{digits}f}"


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("method", choices=CONTESTANTS)
    parser.add_argument("data", choices=DATA)
    parser.add_argument("seed", type=int)
    options = parser.parse_args()
    print(json.dumps(play(recipe_for(options.method, options.data), options.seed)))


if __name__ == "__main__":
    main()
