"""Recipes as they were stored before they were made of parts: one flat dict of settings."""

from gan_scratch import datasets
from gan_scratch.part import KINDS, make

# Where a setting of a flat recipe stands now. Those of players stand in theirs if they have them.
PLACES = {
    "data": "data.name", "batch_size": "data.batch_size", "reading": "data.reading",
    "objective": "objective",
    "r1": "penalties.r1", "r2": "penalties.r2",
    "gradient_penalty": "penalties.gradient", "gradient_target": "penalties.target",
    "penalty_every": "penalties.every", "penalty_schedule": "penalties.schedule",
    "penalty_floor": "penalties.floor",
    "augment": "front.augment", "instance_noise": "front.instance_noise", "pack": "front.pack",
    "learning_rate": "optimizers.learning_rate",
    "discriminator_rate": "optimizers.discriminator_rate",
    "beta1": "optimizers.beta1", "beta2": "optimizers.beta2", "average": "optimizers.average",
    "schedule": "schedule.shape", "warm_up": "schedule.warm_up",
    "steps": "steps.rounds", "discriminator_steps": "steps.of_discriminator",
    "clip": "steps.clip", "unroll": "steps.unroll",
}
OF_PLAYERS = {
    "latent", "hidden", "negative_slope", "spread", "width", "dense", "blocks",
    "generator_normalization", "discriminator_normalization", "conditional", "minibatch_deviation",
}  # fmt: skip


def recipe_from(stored):
    """The recipe that JSON holds, made of parts or flat. Settings that came later have their
    defaults; ValueError where one is unknown."""
    if "kind" in stored:
        return make(stored)
    unknown = stored.keys() - PLACES.keys() - OF_PLAYERS - {"name", "summary", "architecture"}
    if unknown:
        raise ValueError(f"unknown setting {sorted(unknown)[0]!r}")
    players = KINDS[stored.get("architecture", "mlp")]
    changes = {PLACES[name]: stored[name] for name in stored if name in PLACES}
    for name in OF_PLAYERS & stored.keys() & players.__dataclass_fields__.keys():
        changes[f"players.{name}"] = stored[name]
    if stored.get("data", "digits") not in datasets.names():
        how = stored.get("reading") or {"draft": False}  # so all pictures were read at first
        changes["data.reading"] = {"kind": "reading", **how}
    plain = make({"kind": "recipe", "name": stored["name"], "summary": stored["summary"]})
    return plain.but(players=players.kind).but(**changes)
