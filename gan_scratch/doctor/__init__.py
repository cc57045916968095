"""The doctor: what ails a game, by the signs that it shows.

    report = examine(game, dataset, values, held_out, rng=rng)
    print(report)               the diagnosis, the evidence, and what to change
    report.names                ["few modes"]; [] where the game is healthy

    signs       what is measured, on copies: the game itself stays as it is, to the bit
    rules       when each ailment holds, and why that threshold
"""

import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from gan_scratch.doctor.rules import diagnose
from gan_scratch.doctor.signs import UNDER_WAY, measure

WORDS = tomllib.loads(Path(__file__).with_name("ailments.toml").read_text("utf-8"))
AILMENTS = {each["name"]: each for each in WORDS["ailment"]}
FEWEST = 12  # held-out samples, and half of the training samples
UNKNOWN = {
    "evidence": "samples are far from the data (squared Fréchet distance over its variance: "
    "{distance:.2g}; coverage {coverage:.0%} of that of real samples), and no rule says why",
    "cure": "It may need more rounds. Compare with a recipe that works, one difference at a time.",
}


@dataclass(frozen=True)
class Report:
    """names    the ailments, the diagnosis first: the others may follow from it; [] for healthy,
             ["unknown"] where something is wrong and no rule says what
    signs    name -> number, see signs.py
    notes    what could not be looked at
    """

    names: list
    signs: dict = field(repr=False)
    notes: list = field(repr=False)

    def __str__(self):
        lines = [f"diagnosis: {self.names[0] if self.names else 'healthy'}"]
        for name in self.names:
            words = AILMENTS.get(name, UNKNOWN)
            said = self.filled(words["evidence"])
            lines += [*([f"also: {name}"] if name != self.names[0] else []),
                      f"    evidence: {said}.", f"    what to change: {words['cure']}"]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def filled(self, words):
        """`words` with the signs in their places, and some of these in a form for people."""
        signs = self.signs
        for_people = {
            **{f"times_{one}": times(signs.get(f"norm_{one}", math.nan))
               for one in ("generator", "discriminator")},
            "rises_or_falls": "falls" if signs.get("pushes_up") else "rises",
            "worse": signs.get("distance", 0) / (signs.get("distance_raw") or math.inf),
        }
        return words.format_map({**dict.fromkeys(words_of_signs(words), math.nan), **signs,
                                 **for_people})


def words_of_signs(words):
    return [part.split("}")[0].split(":")[0] for part in words.split("{")[1:]]


def times(decades):
    """How many times as large, in words, for a log10."""
    if math.isnan(decades):
        return "not known beside"
    if abs(decades) < 0.5:
        return "about"
    return f"{10**decades:,.0f} times" if decades > 0 else f"1/{10**-decades:,.0f} of"


def examine(game, dataset, values=None, held_out=None, *, rng, batch_size=64):
    """A `Report` on a game. The game is not changed.

    dataset     the Dataset that it is trained on
    values      the columns of its values.csv (plots.curves.read_values), or of a Monitor's rows:
                without them mistakes in the steps of one's own loop cannot be seen
    held_out    a Dataset that it has not seen; without it nobody knows what was learnt by heart
    rng         a NumPy generator of the samples and of what copies of the game draw
    batch_size  of the training: how noisy a batch is depends on it

    Takes about as long as 100 to 200 rounds of the game. Raises ValueError for a game that does not
    know the size of its noise, and for fewer than 24 samples.
    """
    if len(dataset) < 2 * FEWEST:
        raise ValueError(f"examine takes at least {2 * FEWEST} samples, got {len(dataset)}")
    values, notes = values or {}, []
    if held_out is not None and len(held_out) < FEWEST:
        notes.append(f"{len(held_out)} held-out samples are too few to compare with")
        held_out = None
    signs = measure(game, dataset, values, held_out, rng, batch_size)
    if not len(values.get("step", ())):
        notes.append("no record of the training was given, so wrong steps cannot be seen")
    if held_out is None:
        notes.append("without held-out samples nobody knows what was learnt by heart")
    if game.step < UNDER_WAY:
        notes.append(f"after {game.step} rounds it is early to judge how the players move")
    return Report(diagnose(signs), signs, notes)
