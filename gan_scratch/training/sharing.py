"""Whether processes can share the batches of a game, why not, and how many suit it."""

import multiprocessing
import pickle
import sys
import threading
from pathlib import Path

import numpy as np

from gan_scratch.cores import allowed_cores, blas
from gan_scratch.game import beside_labels
from gan_scratch.layers.layer import Parameter, frozen, layers_inside
from gan_scratch.optimizers import Average, Optimizer
from gan_scratch.penalties import Penalty, pack_size

LEAST_SCORES = 2  # of a share: batch norm on a single sample would be no statistics
FEW_SCORES = 8  # of a share, below which a further worker is slower (docs/speed.md)
WORTH_A_WORKER = 12_000_000  # multiplications of a pass from which a worker more pays


def fitting(game, batch_size):
    """How many workers suit this game on this machine: so many that each has enough to do, and no
    more than the cores that this process may use. What else runs there at the moment does not
    matter, so that the same command gives the same bits."""
    if reason_against(game, batch_size):
        return 1
    most = min(allowed_cores(), batch_size // pack_size(game.discriminator) // FEW_SCORES)
    return max(1, min(most, batch_size * multiplications(game) // WORTH_A_WORKER))


def multiplications(game):
    """How many one pass of a sample through both players takes: each weight at every place of the
    output where it stands."""
    found, watched = [], []

    def watch(layer):
        forward, size = layer.forward, layer.weight.value.size

        def watched_forward(x, training=True):
            y, cache = forward(x, training)
            found.append(size * y.size // (len(y) * y.shape[-1]))
            return y, cache

        watched.append(layer)
        layer.forward = watched_forward

    with frozen(game.generator), frozen(game.discriminator):
        noise = game.noise(
            LEAST_SCORES * pack_size(game.discriminator), np.random.default_rng(0)
        )
        try:
            for layer in (*layers_inside(game.generator), *layers_inside(game.discriminator)):
                if isinstance(getattr(layer, "weight", None), Parameter):
                    watch(layer)
            game.discriminator(beside_labels(game.generator(noise), noise))
        finally:
            for layer in watched:
                del layer.forward  # the class's own is back
    return sum(found)


def start_method():
    """fork, which is quick and shares what is only read, where this process has no other thread
    that would be missing in the copy; else spawn."""
    if not sys.platform.startswith("linux") or threading.active_count() > 1:
        return "spawn"
    pools = [library.num_threads - 1 for library in blas().lib_controllers]
    threads = len(list(Path("/proc/self/task").iterdir()))
    return "fork" if threads <= 1 + sum(pools) else "spawn"


def reason_against(game, batch_size):
    """Why several processes cannot share the batches of this game; "" where they can."""
    players = game.generator, game.discriminator
    optimizers = game.generator_optimizer, game.discriminator_optimizer
    if not isinstance(optimizers[0].values, np.ndarray):
        return "arrays of a device stay with one process"
    if multiprocessing.current_process().daemon:
        return "this process is a worker itself and may start no others"
    for optimizer in optimizers:
        if not isinstance(optimizer, Optimizer) or type(optimizer).step is not Optimizer.step:
            return f"{type(optimizer).__name__} has a step of its own, which looks at one share"
    if game.average is not None and type(game.average) is not Average:
        return f"{type(game.average).__name__} is no Average of the library"
    for player in players:
        for layer in reversed(list(layers_inside(player))):  # what is inside comes first
            if not layer.shareable:
                return (
                    f"{type(layer).__name__} does not say `shareable = True`: it mixes samples, "
                    "draws random numbers or keeps a buffer, and would see its share alone"
                )
    if batch_size // pack_size(game.discriminator) < 2 * LEAST_SCORES:
        return f"a batch of {batch_size} is too small to be shared"
    return uneven_goals(game) or cannot_travel(game)


def uneven_goals(game):
    """Which loss or penalty is no mean over samples, found by cutting numbers in two; "" for none.
    """
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((2, 8, 1))
    objective = game.objective
    if not is_mean(objective.discriminator, real, fake):
        return f"the loss {type(objective).__name__} is no mean over the samples"
    if not is_mean(objective.generator, fake, real):
        return f"the loss {type(objective).__name__} is no mean over the samples"
    for penalty in game.penalties:
        known = isinstance(penalty, Penalty) and (
            type(penalty).add_gradients is Penalty.add_gradients
        )
        if not known or not is_mean(penalty.cost, rng.standard_normal((8, 5))):
            return f"the penalty {type(penalty).__name__} is no mean over the samples"
    return ""


def is_mean(function, *arrays):
    """Whether function(arrays), a number and derivatives, is the mean of what it is of two unequal
    parts."""
    count = len(arrays[0])
    try:
        whole = function(*arrays)
        parts = [
            [rows / count * np.asarray(each) for each in function(*part)]
            for rows, part in (
                (3, [array[:3] for array in arrays]), (count - 3, [array[3:] for array in arrays])
            )
        ]
    except Exception:  # whatever it is, nobody knows how to cut it
        return False
    return np.allclose(whole[0], parts[0][0] + parts[1][0]) and all(
        np.allclose(derivative, np.concatenate(halves))
        for derivative, *halves in zip(whole[1:], parts[0][1:], parts[1][1:], strict=True)
    )


def cannot_travel(game):
    """Why this game cannot be sent to a process that is started anew; "" where it can, or where
    processes are copies of this one."""
    if start_method() == "fork":
        return ""
    program = getattr(sys.modules["__main__"], "__file__", None)
    if program is not None and not Path(program).exists():
        return f"a program that was read from {program} cannot be started again"
    try:
        words = pickle.dumps(game)
    except Exception as error:
        return f"the game cannot be sent to another process: {error}"
    if program is None and b"__main__" in words:
        return (
            "what was typed into a notebook or at a prompt cannot be sent to another process; "
            "keep classes and functions of the game in a file and import them"
        )
    return ""
