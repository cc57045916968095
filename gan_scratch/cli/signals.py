"""Whoever ends a command from outside: `kill`, a closed terminal, Ctrl-C."""

import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress

DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)
ENDING = [number for number in signal.Signals if number.name in ("SIGINT", "SIGTERM", "SIGHUP")]
ONE_REQUEST = 1.0  # seconds in which signals are one: `timeout` hands on what all have had already


class Stopped(KeyboardInterrupt):
    """The signal `number` asked this process to end."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


@contextmanager
def as_interrupts():
    """Inside the block each signal that asks for the end raises `Stopped`.

    What was ignored at the start (`nohup`, a job in the background) stays ignored.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {
            number: signal.signal(number, stop)
            for number in ENDING if signal.getsignal(number) in DEFAULTS
        }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop(number, frame):
    raise Stopped(number)


class Interrupt:
    """Inside the block the first signal that asks for the end only sets `code`, the exit code; a
    later one ends the command at once. Output that nobody takes any more counts as a signal."""

    def __init__(self):
        self.code, self.asked, self.before = 0, 0.0, {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            self.before = {
                number: signal.signal(number, self._ask)
                for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN
            }
        return self

    def __exit__(self, *exception):
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self.before = {}

    def _ask(self, number, frame):
        if self.asked and time.monotonic() > self.asked + ONE_REQUEST:
            self.__exit__()
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
