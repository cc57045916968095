"""A process that saves checkpoints of increasing steps until it is killed; says what it does.

    python save_forever.py PATH

Prints "saving N" before and "saved N" after each save. Every weight of checkpoint N is N.
"""

import sys
import time

from training_helpers import images

from gan_scratch.recipes import find
from gan_scratch.training import Checkpoint

RECIPE = find("mlp-digits").but(  # 1.3 MB with its moments
    players={"hidden": (128, 128)}, optimizers={"average": 0.9}
)


def make(path):
    game = RECIPE.game((4, 4, 1), seed=0)
    return Checkpoint(path, "forever"), game, images().batches(8, game.rng)


def main(path):
    checkpoint, game, batches = make(path)
    if checkpoint.path.exists():
        checkpoint.restore(game, batches)
    while True:
        game.step += 1
        game.generator_optimizer.values[...] = game.step
        game.discriminator_optimizer.values[...] = game.step
        print("saving", game.step, flush=True)
        checkpoint.save(game, batches)
        print("saved", game.step, flush=True)
        time.sleep(0.005)


if __name__ == "__main__":
    main(*sys.argv[1:])
