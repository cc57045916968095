"""Doing something again whenever a file is saved."""

import subprocess
import sys
import time
from pathlib import Path

LOOK_AGAIN = 0.3  # seconds between two looks at a watched file


def watch(path, arguments):
    """Run `gan-scratch ARGUMENTS`, each time in a process of its own, whenever the file changes."""
    path, seen = Path(path), None
    while True:
        now = path.stat().st_mtime_ns if path.is_file() else seen
        if now != seen:
            seen = now
            subprocess.run([sys.executable, "-m", "gan_scratch", *arguments])
            print(f"\nwatching {path}; save it to check again, Ctrl-C to end", flush=True)
        time.sleep(LOOK_AGAIN)
