"""How many cores this process may use, and holding BLAS to one thread.

A machine may have 64 cores of which a process may use two: by its affinity (taskset, a batch
system) or by the quota of its control group (a container).
"""

import math
import os
import threading
from functools import cache
from pathlib import Path

import threadpoolctl

CONTROL_GROUPS = Path("/sys/fs/cgroup")


def allowed_cores():
    """How many cores this process may use: by its affinity and by the quota of its control group,
    but at least one."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, math.ceil(min(count, quota())))


def quota(groups="/proc/self/cgroup", mounted=CONTROL_GROUPS):
    """How many cores' time the control groups of this process may take; infinity without a limit.

    Of version 2 it stands in cpu.max ("200000 100000": so many microseconds in each period), of
    version 1 in two files. A group has the limits of those above it as well.
    """
    try:
        lines = Path(groups).read_text().splitlines()
    except OSError:  # no Linux
        return math.inf
    least = math.inf
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        group = Path(path.lstrip("/"))
        for above in (group, *group.parents):
            least = min(least, limit(mounted / controllers / above))
    return least


def limit(folder):
    """The cores' time that the control group in this folder may take."""
    try:
        if (folder / "cpu.max").exists():
            allowed, period = (folder / "cpu.max").read_text().split()
        else:
            allowed = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        return float(allowed) / float(period) if float(allowed) > 0 else math.inf
    except (OSError, ValueError):  # no such file, or the word "max"
        return math.inf


@cache
def blas():
    """The BLAS libraries of this process; finding them takes a while, so it is done once."""
    return threadpoolctl.ThreadpoolController().select(user_api="blas")


def available_threads():
    """How many threads BLAS may use now, and no more than the cores of this process."""
    return min([allowed_cores(), *(library.num_threads for library in blas().lib_controllers)])


class OneThread:
    """Inside the block BLAS computes on the calling thread alone; afterwards as before.

    Its own threads go on spinning for a while after a product, which takes the cores away from
    whoever is to work next. Threads may be inside at the same time: the first one in limits BLAS,
    the last one out gives it back its own number.
    """

    lock, inside, limit = threading.Lock(), 0, None  # of all blocks together

    def __enter__(self):
        with self.lock:
            if self.inside == 0:
                OneThread.limit = blas().limit(limits=1)
            OneThread.inside += 1

    def __exit__(self, *_):
        with self.lock:
            OneThread.inside -= 1
            if self.inside == 0:
                self.limit.restore_original_limits()


one_blas_thread = OneThread  # as a block is called
