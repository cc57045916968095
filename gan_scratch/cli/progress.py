"""Progress: a bar with rate and time left on a terminal, plain lines elsewhere."""

import sys
import time
from contextlib import suppress

from tqdm import tqdm

SECONDS_OF_SILENCE = 5  # at most, while data is loaded
LINES = 20  # how many plain lines a whole training prints


class Progress:
    """Shows StepDone events of a training of `steps` steps that begins after `done` steps."""

    def __init__(self, steps, done=0):
        self.steps = steps
        self.first = self.last_line = done
        self.bar = None

    def __enter__(self):
        self.started = time.perf_counter()
        if sys.stdout and sys.stdout.isatty():
            self.bar = tqdm(total=self.steps, initial=self.first, unit="step", file=sys.stdout)
        return self

    def __exit__(self, *exception):
        if self.bar is not None:
            with suppress(OSError):  # of a terminal that is gone
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
            far = f"step {event.step}/{self.steps}  epoch {event.epoch}"
            pace = f"{rate:.0f} steps/s  {left:.0f} s left"
            print(f"{far}  {losses(event)}  {pace}", flush=True)


def losses(event):
    return f"D {float(event.discriminator_loss):.3f}  G {float(event.generator_loss):.3f}"


class Loading:
    """Called with (files done, files in all), says now and then how far the loading of data is."""

    def __init__(self):
        self.started = self.said = time.perf_counter()

    def __call__(self, done, total):
        now = time.perf_counter()
        if now - self.said < SECONDS_OF_SILENCE:
            return
        self.said = now
        left = (now - self.started) / max(done, 1) * (total - done)
        words = f"loading: {done:,} of {total:,} files, {left:.0f} s left"
        print(words, file=sys.stderr, flush=True)
