"""Whoever ends a command from outside: `kill`, a closed terminal, Ctrl-C."""

import signal
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)
ENDING = [number for number in signal.Signals if number.name in ("SIGINT", "SIGTERM", "SIGHUP")]
ONE_REQUEST = 1.0  # seconds in which signals are one: `timeout` hands on what all have had already


class Stopped(KeyboardInterrupt):
    """The signal `number` asked this process to end."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


@contextmanager
def handling(handler, replaces):
    """Inside the block `handler` takes each signal that asks for the end, where `replaces` holds
    for its handler so far. What was ignored (`nohup`, a job in the background) stays ignored."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [number for number in ENDING if replaces(signal.getsignal(number))]
        before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def as_interrupts():
    """Inside the block each signal that asks for the end raises `Stopped`."""
    return handling(stop, lambda handler: handler in DEFAULTS)


def stop(number, frame):
    raise Stopped(number)


class Interrupt(ExitStack):
    """Inside the block the first signal that asks for the end only sets `code`, the exit code; a
    later one ends the command at once. Output that nobody takes any more counts as a signal."""

    def __init__(self):
        super().__init__()
        self.code, self.asked = 0, 0.0

    def __enter__(self):
        self.enter_context(handling(self._ask, lambda handler: handler is not signal.SIG_IGN))
        return self

    def _ask(self, number, frame):
        if self.asked and time.monotonic() > self.asked + ONE_REQUEST:
            self.close()
            signal.raise_signal(number)
        elif not self.asked:
            self.code, self.asked = 128 + number, time.monotonic()
            say("\nfinishing this step and saving; ask again to stop at once")

    def where_output_fails(self, show, *what):
        try:
            show(*what)
        except OSError as error:
            self.code = self.code or LOST_READER
            say(f"the output cannot be written any more: {error.strerror}")


LOST_READER = 128 + 13  # what a shell makes of SIGPIPE, which Windows lacks


def say(words, stream=None):
    """Print for people, who may have closed their terminal."""
    with suppress(OSError, AttributeError):
        print(words, file=stream or sys.stderr, flush=True)
