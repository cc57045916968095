"""Progress: a bar with rate and time left on a terminal, plain lines elsewhere."""

import sys
import time

from tqdm import tqdm

LINES = 20  # how many plain lines a whole training prints


class Progress:
    """Shows StepDone events of a training of `steps` steps that begins after `done` steps."""

    def __init__(self, steps, done=0):
        self.steps = steps
        self.first = self.last_line = done
        self.bar = None

    def __enter__(self):
        self.started = time.perf_counter()
        if sys.stdout.isatty():
            self.bar = tqdm(total=self.steps, initial=self.first, unit="step", file=sys.stdout)
        return self

    def __exit__(self, *exception):
        if self.bar is not None:
            self.bar.close()

    def show(self, event):
        if self.bar is not None:
            self.bar.update(1)
            if event.step % 50 == 0:
                self.bar.set_postfix_str(losses(event), refresh=False)
        elif event.step == self.steps or event.step - self.last_line >= self.steps / LINES:
            self.last_line = event.step
            seconds = time.perf_counter() - self.started
            rate = (event.step - self.first) / seconds
            left = (self.steps - event.step) / rate
            print(
                f"step {event.step}/{self.steps}  epoch {event.epoch}  {losses(event)}  "
                f"{rate:.0f} steps/s  {left:.0f} s left",
                flush=True,
            )


def losses(event):
    return f"D {float(event.discriminator_loss):.3f}  G {float(event.generator_loss):.3f}"
