"""A training by several processes, to be killed: prints their numbers, then goes on for long."""

import sys

from shared_games import BATCH, GAMES

from gan_scratch.training import StepDone, sharing, train


def main():
    workers, method = int(sys.argv[1]), sys.argv[2]
    sharing.start_method = lambda: method
    shared = GAMES["dcgan-digits"]
    for event in train(
        shared.make(), shared.dataset(), steps=10**6, batch_size=BATCH, workers=workers
    ):
        if isinstance(event, StepDone) and event.step == 2:
            print("playing", flush=True)


if __name__ == "__main__":
    main()
