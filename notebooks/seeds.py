"""Train the chapters' games with other seeds, and write what came out into the book's table.

    python notebooks/seeds.py                       all chapters that claim something of trainings
    python notebooks/seeds.py 05 09 --seeds 0 1     these, with these seeds

Each chapter's source runs as a script, in its long form, once a seed; rows of figures that are
measured again are replaced in gan_scratch/book/seeds.csv. A chapter shows seed 0 live and the other
seeds from there; tests/book assert its claims on all of them.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gan_scratch.book.pages import SHORT
from gan_scratch.book.seeds import COLUMNS, RECORD, SEED, TABLE

SOURCES = Path(__file__).resolve().parent / "source"


def measured(source, seed):
    """The rows that one chapter gives with one seed."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "record.csv")
        environment = {**os.environ, SEED: str(seed), RECORD: str(record), "MPLBACKEND": "agg"}
        environment.pop(SHORT, None)
        subprocess.run(
            [sys.executable, str(source)], cwd=folder, env=environment, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return list(csv.reader(record.open(encoding="utf-8"))) if record.exists() else []


def renewed(rows, new):
    """The rows of the table with new ones in the place of those of the same figure and seed."""
    again = {(figure, seed) for figure, _, seed, _ in new}
    kept = [row for row in rows if (row[0], row[2]) not in again]
    return sorted(kept + new, key=lambda row: (float(row[0].split()[0]), row[0], int(row[2])))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="numbers such as 09 (default: all)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3])
    options = parser.parse_args()
    wanted = tuple(options.chapters) or ("",)
    for source in sorted(path for path in SOURCES.glob("*.py") if path.name.startswith(wanted)):
        if "over_seeds(" not in source.read_text(encoding="utf-8"):
            continue
        for seed in options.seeds:
            new = measured(source, seed)
            rows = list(csv.reader(TABLE.open(newline="", encoding="utf-8")))[1:]
            with TABLE.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows([COLUMNS, *renewed(rows, new)])
            print(f"{source.stem}, seed {seed}: {len(new)} figures", flush=True)


if __name__ == "__main__":
    main()
