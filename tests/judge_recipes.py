r"""Trains recipes from some seeds and writes a table of what `gan-scratch evaluate` says of them.

    python tests/judge_recipes.py --jobs 2 --out docs/results/recipes.csv
    python tests/judge_recipes.py --jobs 2 --recipes dcgan-digits wgan-gp-digits hinge-digits \
        r3gan-digits --out docs/results/objectives.csv --picture docs/images/objectives.png

Each training runs in a process of its own on one thread, `--jobs` of them at a time, into a folder
under `--runs`. A run that was evaluated there before is not trained again, so the work can be
stopped and continued; docs/sweeps.md says how other machines take a part. The picture shows the
samples of the first seed of each recipe.
tests/test_recipe_results.py asserts what the tables say.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from PIL import Image

from gan_scratch import recipes
from gan_scratch.benchmarks.jobs import ONE_THREAD, in_parallel
from gan_scratch.plots.files import save_image
from gan_scratch.plots.side_by_side import side_by_side
from gan_scratch.runs import CHECKPOINT

RECIPES = ("mlp-digits", "dcgan-digits", "dcgan-fashion", "conditional-digits")
OBJECTIVES = ("dcgan-digits", "wgan-gp-digits", "hinge-digits", "r3gan-digits")


def train_and_evaluate(recipe, seed, folder):
    """A row of the table, from one training in `folder`."""
    if not (folder / "evaluation.json").exists():
        begun = (folder / CHECKPOINT).exists()
        words = ["--resume"] if begun else [recipe, "--seed", str(seed), "--out"]
        gan_scratch("train", "--workers", "1", *words, str(folder))
        gan_scratch("evaluate", str(folder))
    found = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    with open(folder / "values.csv", newline="", encoding="utf-8") as file:
        seconds = float(list(csv.DictReader(file))[-1]["seconds"])
    shares = found["class_shares"]["samples"]
    return {
        "recipe": recipe,
        "seed": seed,
        "seconds": round(seconds),
        "frechet": round(found["frechet"]["samples"], 3),
        "frechet_floor": round(found["frechet"]["real"], 3),
        "sure": round(found["sure"]["samples"], 4),
        "rarest_class": round(min(shares), 4),
        "commonest_class": round(max(shares), 4),
        "obedience": round(found["obedience"]["samples"]["all"], 4) if "obedience" in found else "",
        "distance_ratio": round(found["nearest"]["ratio"], 3),
        "copies": round(found["nearest"]["copies"], 4),
    }


def gan_scratch(*words):
    subprocess.run(
        [sys.executable, "-m", "gan_scratch", *words],
        env={**os.environ, **ONE_THREAD}, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def spread(rows, recipe, column):
    """mean ± standard deviation over the seeds of a recipe, in words."""
    values = [row[column] for row in rows if row["recipe"] == recipe]
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.2f} ± {deviation:.2f}"


def picture(rows, recipes, seed, runs):
    """The samples of each recipe from one seed, side by side."""
    grids = []
    for recipe in recipes:
        with Image.open(runs / f"{recipe}-{seed}" / "samples.png") as image:
            grids.append(image.convert("RGB"))
    captions = [
        f"{recipe}: distance {spread(rows, recipe, 'frechet')}" for recipe in recipes
    ]
    return side_by_side(grids, captions, columns=2, gap=16)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", nargs="+", default=RECIPES, choices=recipes.RECIPES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, help="default: 1, or what joblib is told")
    parser.add_argument("--runs", default="runs/judged", help="default: runs/judged")
    parser.add_argument("--out", required=True)
    parser.add_argument("--picture", help="a PNG file for the digits")
    options = parser.parse_args(arguments)
    jobs = [
        (recipe, seed, Path(options.runs).resolve() / f"{recipe}-{seed}")
        for seed in options.seeds for recipe in options.recipes
    ]
    rows = list(in_parallel(train_and_evaluate, jobs, options.jobs))
    rows.sort(key=lambda row: (options.recipes.index(row["recipe"]), row["seed"]))
    with open(options.out, "w", newline="", encoding="utf-8") as file:
        words = ["--seeds", *options.seeds, "--recipes", *options.recipes]
        words += ["--jobs", options.jobs] if options.jobs else []
        file.write(f"# python tests/judge_recipes.py {' '.join(map(str, words))}\n")
        file.write("# seconds: of the training, on one thread, beside another job if --jobs > 1\n")
        for recipe in options.recipes:
            file.write(f"# {recipe}: Fréchet distance {spread(rows, recipe, 'frechet')}\n")
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    print(Path(options.out).read_text(encoding="utf-8"))
    if options.picture:
        shown = picture(rows, options.recipes, options.seeds[0], Path(options.runs))
        save_image(shown, options.picture, optimize=True)


if __name__ == "__main__":
    main()
