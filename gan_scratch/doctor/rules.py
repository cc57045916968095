"""When each ailment of ailments.toml holds: one line of signs each.

A sign that could not be measured is nan, so a rule that asks for it does not hold. Each threshold
has its reason beside it; those that were chosen on the clinic's runs of seeds 0 to 2 say so.
"""

import math

FACTOR = 1.5  # decades. Two medians of gradient norms at one place: within 0.3 in healthy runs
BAD = 0.5  # squared Fréchet distance over the data's variance; noise in place of digits has 7

RULES = {
    "the numbers have left the range of floats": lambda s: not s["finite"],
    # Logits of any trained D leave [0, 1] somewhere; a sigmoid's cannot. A theorem.
    "D ends in a sigmoid": lambda s: s["bounded"] == 1,
    # The sign of a derivative; or a record that is not of this game.
    "G's labels are swapped": lambda s: s["pushes_up"] == 0
    or (abs(s["norm_generator"]) > FACTOR and not s["silent"] > 0),
    "G gets no gradient": lambda s: s["untouched"] == 1
    or (s["silent"] > 0.5 and s["norm_generator"] < -FACTOR),
    "D's gradient is wrong": lambda s: s["norm_discriminator"] < -FACTOR,
    # A bound: not one of these values can ever be drawn.
    "G cannot reach the data": lambda s: s["out_of_reach"] > 0.05,
    # Adam's first step is the learning rate, whatever the gradient: as large as a fresh weight.
    "the learning rate is too high": lambda s: s["stride"] > 0.9 and s["distance"] > 0.1,
    "the average is not that of G": lambda s: s["distance"] > max(2 * s["distance_raw"], 0.1),
    "running statistics are wrong": lambda s: s["batch_shift"] > 0.5,  # clinic
    # By lot the ratio is 1, and above 2 in fewer than 1 of 1,000 draws of 8 classes or more.
    "the labels are mixed up": lambda s: s["labels_over_chance"] < 3,
    "the condition is ignored": lambda s: s["told_apart"] < 0.7,  # clinic
    "G copies its data": lambda s: s["copied"] < 0.5,  # half as near as new samples are
    # An AUC of 960 against 960 that D cannot tell apart is 0.50 ± 0.013. In long healthy runs it
    # comes to 0.72, with coverage above 0.87; it is an ailment where the samples suffer (clinic).
    "D overfits": lambda s: s["knows_its_data"] > 0.65 and s["coverage"] < 0.6,
    "D has won": lambda s: s["told_from_real"] > 0.98 and s["heard"] < 0.1,  # a tenth of ∂L/∂score
    # 1 where only the noise of a batch moves the mean; clinic.
    "D is too slow": lambda s: s["places"] > 3 and s["pace"] < 0.35,
    "the players circle": lambda s: s["places"] > 3 and s["pace"] >= 0.35,
    "chequered": lambda s: s["uneven"] == 1,  # arithmetic: some pixels get more taps
    "few modes": lambda s: s["missing"] > 0.3,  # clinic
}


def unexplained(s):
    """Whether samples are so bad that something must be wrong, although no rule says what."""
    return s["distance"] > BAD or s["coverage"] < 0.03


def diagnose(signs):
    """The names of the ailments whose rule holds, in the order of RULES: the first one is the
    diagnosis, and the others may follow from it. [] means healthy, ["unknown"] that it cannot say.
    """
    asked = Asked(signs)
    found = [name for name, rule in RULES.items() if rule(asked)]
    return found or (["unknown"] if unexplained(asked) else [])


class Asked(dict):
    """Signs, with nan for those that are missing."""

    def __missing__(self, name):
        return math.nan
