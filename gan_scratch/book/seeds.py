"""A chapter's figures over several seeds: seed 0 is trained live, the others come from a table.

    rng = np.random.default_rng(seed())             0 for a reader
    shown = over_seeds("9 distance", distances)     prints a row for each name, a column a seed

One training is an anecdote: a chapter claims what holds for every seed of the table. The table is
seeds.csv beside this file; `python notebooks/seeds.py` makes it by running the chapters again.
"""

import csv
import os
from pathlib import Path

TABLE = Path(__file__).with_name("seeds.csv")
COLUMNS = "figure", "name", "seed", "value"
SEED, RECORD = "GAN_SCRATCH_SEED", "GAN_SCRATCH_RECORD"


def seed():
    """The seed of a chapter's trainings: 0, or what GAN_SCRATCH_SEED says."""
    return int(os.environ.get(SEED, 0))


def over_seeds(figure, values, form="{:.0f}"):
    """Print `values`, name -> number, of this training beside those of other seeds.

    figure      what the numbers are, beginning with the number of the chapter: "9 distance"
    form        how a number is printed
    Returns name -> [this training's number, then that of each other seed in the table]. Where
    GAN_SCRATCH_RECORD names a file, the numbers are added to it as rows of the table.
    """
    if os.environ.get(RECORD):
        with open(os.environ[RECORD], "a", newline="", encoding="utf-8") as file:
            rows = [(figure, name, seed(), float(value)) for name, value in values.items()]
            csv.writer(file, lineterminator="\n").writerows(rows)
    others = {s: row for s, row in sorted(table(figure).items()) if s != seed()}
    found = {
        name: [float(value), *(row[name] for row in others.values())]
        for name, value in values.items()
    }
    width = max(map(len, found))
    print(f"{figure.partition(' ')[2]:<{width}}", *(f"{f'seed {s}':>9}" for s in (seed(), *others)))
    for name, row in found.items():
        print(f"{name:<{width}}", *(f"{form.format(value):>9}" for value in row))
    return found


def table(figure, path=TABLE):
    """seed -> {name: value} of one figure."""
    found = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["figure"] == figure:
                found.setdefault(int(row["seed"]), {})[row["name"]] = float(row["value"])
    return found
