"""Training: the alternation, what one watches meanwhile, and how it is saved."""

from gan_scratch.training.checkpoints import Checkpoint, CheckpointError, digest
from gan_scratch.training.equilibrium import Equilibrium
from gan_scratch.training.loop import EpochDone, StepDone, Stopped, play, train
from gan_scratch.training.monitors import Monitor
from gan_scratch.training.rounds import Diverged

__all__ = [
    "Checkpoint", "CheckpointError", "Diverged", "EpochDone", "Equilibrium", "Monitor",
    "StepDone", "Stopped", "digest", "play", "train",
]  # fmt: skip
