"""What torch-fidelity, torchmetrics and prdc make of features that a seed gives, as a table.

    pip install torch torchvision torch-fidelity==0.4.0 torchmetrics==1.9.0 prdc==0.2
    python tests/oracles/measure_metrics.py > tests/oracles/metrics.csv

They need a gigabyte between them, so the tests read the table.
"""

import contextlib
import csv
import io
import sys

import numpy as np

CASES = {"same": (1, 0), "wide": (1.3, 0), "narrow": (0.8, 0), "shifted": (1, 0.4)}
N, M, D = 300, 250, 16


def sets(case):
    """(real (N, D), fake (M, D)) of a case, always the same."""
    scale, shift = CASES[case]
    rng = np.random.default_rng(29)
    return rng.standard_normal((N, D)), shift + scale * rng.standard_normal((M, D))


def figures(real, fake):
    """(library, figure, value) of each; KID of one subset with all of the first M rows."""
    import prdc
    import torch
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric
    from torchmetrics.image.kid import poly_mmd

    with contextlib.redirect_stdout(io.StringIO()):
        found = prdc.compute_prdc(real, fake, nearest_k=5)
    for figure, value in found.items():
        yield "prdc", f"{figure} k=5", value
    real, fake = torch.from_numpy(real), torch.from_numpy(fake)
    found = prc_features_to_metric(fake, real, prc_neighborhood=3, verbose=False)
    for figure in ("precision", "recall"):
        yield "torch-fidelity", f"{figure} k=3", found[figure]
    settings = {"kid_subsets": 1, "kid_subset_size": M, "verbose": False}
    found = kid_features_to_metric(fake, real[:M], **settings)
    yield "torch-fidelity", "kid", found["kernel_inception_distance_mean"]
    yield "torchmetrics", "kid", float(poly_mmd(real[:M], fake))


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["case", "library", "figure", "value"])
    for case in CASES:
        for library, figure, value in figures(*sets(case)):
            writer.writerow([case, library, figure, repr(float(value))])
