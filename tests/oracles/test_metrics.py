"""Our figures beside those of torch-fidelity, torchmetrics and prdc for the same features.

`measure_metrics.py` says where the table is from.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from measure_metrics import CASES, M, sets

from gan_scratch.metrics.kernel import kid
from gan_scratch.metrics.neighbours import density_coverage, precision_recall


def of_others(case):
    with open(Path(__file__).with_name("metrics.csv"), encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["case"] == case]


@pytest.mark.parametrize("case", CASES)
def test_the_figures_of_other_libraries(case):
    real, fake = sets(case)
    ours = dict(zip(["precision k=5", "recall k=5"], precision_recall(real, fake, 5), strict=True))
    ours |= zip(["precision k=3", "recall k=3"], precision_recall(real, fake), strict=True)
    ours |= zip(["density k=5", "coverage k=5"], density_coverage(real, fake), strict=True)
    ours["kid"] = kid(real[:M], fake, np.random.default_rng(0), subsets=1, size=M).mean
    rows = of_others(case)
    assert {row["figure"] for row in rows} == set(ours) and len(rows) == 8
    for row in rows:  # some of theirs are means in float32
        assert ours[row["figure"]] == pytest.approx(float(row["value"]), abs=1e-6), row
