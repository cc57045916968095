"""A process of its own: go on from the checkpoint, if there is one, to a step; save; print bits.

    python resume_once.py PATH GAME STEP [SCHEDULE]
"""

import sys

from training_helpers import GAMES, batches_of, bits, images, play

from gan_scratch.training import Checkpoint
from gan_scratch.training.schedules import SCHEDULES


def main(path, name, step, schedule="constant"):
    dataset = images()
    game = GAMES[name](seed=7)
    batches = batches_of(game, dataset)
    checkpoint = Checkpoint(path, {"game": name})
    if checkpoint.path.exists():
        checkpoint.restore(game, batches)
    play(game, dataset, batches, int(step), schedule=SCHEDULES[schedule])
    checkpoint.save(game, batches)
    print(game.step, bits(game, batches))


if __name__ == "__main__":
    main(*sys.argv[1:])
