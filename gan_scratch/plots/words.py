"""The words of every figure, in one place: the table, the picture and docs/evaluate.md share them.
"""

from typing import NamedTuple

from gan_scratch.metrics.evaluation import K_COVERAGE, K_RECALL, SURE, share
from gan_scratch.metrics.modes import WITHIN


class Figure(NamedTuple):
    """words     what it is called
    form      how its number is written
    better    "lower", "higher", or "as real"
    perfect   what a perfect generator has, on average
    """

    words: str
    form: str
    better: str
    perfect: str

    def shown(self, number):
        """The number as text, "-" where there is none."""
        return "-" if number is None else format(number, self.form).removesuffix(".")


FIGURES = {
    "frechet": Figure("Fréchet distance", "#.3g", "lower", "0 as N grows"),
    "kid": Figure("KID", "#.2g", "lower", "0"),
    "mind": Figure("MIND", "#.3g", "lower", "0 as N grows"),
    "precision": Figure(f"precision (k = {K_RECALL})", ".3f", "higher", "as real"),
    "recall": Figure(f"recall (k = {K_RECALL})", ".3f", "higher", "as real"),
    "density": Figure(f"density (k = {K_COVERAGE})", ".3f", "as real", "1"),
    "coverage": Figure(f"coverage (k = {K_COVERAGE})", ".3f", "higher", "1 - 2^-k as N grows"),
    "clipped_density": Figure(f"clipped density (k = {K_COVERAGE})", ".3f", "higher", "1"),
    "clipped_coverage": Figure(f"clipped coverage (k = {K_COVERAGE})", ".3f", "higher", "1"),
    "birthday": Figure("birthday size", ",.0f", "as real", "as real"),
    "sure": Figure(f"sure of the class ({SURE:.0%} or more)", ".1%", "as real", "as real"),
    "modes": Figure("modes found", "d", "higher", "all"),
    "high_quality": Figure(f"within {WITHIN} σ of a mode", ".1%", "as real", "98.9%"),
    "distance": Figure("median distance to a training sample", "#.3g", "as real", "as real"),
    "ratio": Figure("    ratio (near 0: copied)", ".2f", "as real", "1"),
    "copies": Figure("    nearer than 99% of held-out samples", ".1%", "as real", "1%"),
    "obedience": Figure("classified as asked", ".1%", "higher", "as real"),
}


def measured(figures):
    """Yields (Figure, samples, real, spread or None) of all that `figures` holds, in the order of
    FIGURES; `figures` is what `evaluation.evaluate` gives."""
    near, count = figures["nearest"], figures["held_out_count"]
    spread = near["spread"] / near["held_out"] if near["spread"] and near["held_out"] else None
    found = {
        **figures, "distance": {**near, "real": near["held_out"]},
        "ratio": {"samples": near["ratio"], "real": 1.0, "spread": spread},
        "copies": share(near["copies"], 0.01, count),
    }
    if "obedience" in figures:
        obeyed = (figures["obedience"][who]["all"] for who in ("samples", "real"))
        found["obedience"] = share(*obeyed, count)
    for key, figure in FIGURES.items():
        if key in found:
            yield figure, found[key]["samples"], found[key]["real"], found[key].get("spread")
