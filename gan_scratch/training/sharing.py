"""Whether processes can share the batches of a game, why not, and how many suit it."""

import copy
import multiprocessing
import pickle
import sys
import threading
from pathlib import Path

import numpy as np

from gan_scratch.batch import made_by
from gan_scratch.cores import allowed_cores, blas
from gan_scratch.layers.layer import Parameter, frozen, layers_inside
from gan_scratch.optimizers import Average, Optimizer
from gan_scratch.penalties import Penalty, pack_size

LEAST_SCORES = 2  # of a share: batch norm on a single sample would be no statistics
FEW_SCORES = 8  # of a share that is worth a worker: most of a step's operations stay as they are
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
    layers = *layers_inside(game.generator), *layers_inside(game.discriminator)
    weighted = [one for one in layers if isinstance(getattr(one, "weight", None), Parameter)]
    found = []

    def watched(forward, layer):
        def watched_forward(x, training=True):
            y, cache = forward(x, training)
            found.append(layer.weight.value.size * y.size // (len(y) * y.shape[-1]))
            return y, cache
        return watched_forward

    with frozen(game.generator), frozen(game.discriminator):
        noise = game.noise(LEAST_SCORES * pack_size(game.discriminator), np.random.default_rng(0))
        try:
            for layer in weighted:
                layer.forward = watched(layer.forward, layer)
            game.discriminator(made_by(game.generator, noise).given_to(game.discriminator))
        finally:
            for layer in weighted:
                vars(layer).pop("forward", None)  # the class's own is back
    return sum(found)


def start_method():
    """fork, which is quick and shares what is only read, where this process has no other thread
    that would be missing in the copy; else spawn."""
    if not sys.platform.startswith("linux") or threading.active_count() > 1:
        return "spawn"
    pools = [library.num_threads - 1 for library in blas().lib_controllers]
    threads = len(list(Path("/proc/self/task").iterdir()))
    return "fork" if threads <= 1 + sum(pools) else "spawn"


def reason_against(game, batch_size, join_batches=False):
    """Why several processes cannot share the batches of this game; "" where they can."""
    optimizers = game.optimizers()
    if not isinstance(optimizers[0].values, np.ndarray):
        return "arrays of a device stay with one process"
    if multiprocessing.current_process().daemon:
        return "this process is a worker itself and may start no others"
    if game.average is not None and type(game.average) is not Average:
        return f"{type(game.average).__name__} is no Average of the library"
    for term in game.terms:
        if not term.shareable:
            return (
                f"the term {type(term).__name__} does not say `shareable = True`: its loss may be "
                "no mean over samples, or one sample's derivative may depend on others"
            )
    for player in game.players():
        for layer in reversed(list(layers_inside(player))):  # what is inside comes first
            if not layer.shareable:
                return (
                    f"{type(layer).__name__} does not say `shareable = True`: it mixes samples, "
                    "draws random numbers or keeps a buffer, and would see its share alone"
                )
    if join_batches and game.discriminator.generators():
        return "join_batches=True and a discriminator that draws random numbers do not go together"
    pack = pack_size(game.discriminator)
    if batch_size % pack:
        return f"packs of {pack} do not divide a batch of {batch_size}"
    if batch_size // pack < 2 * LEAST_SCORES:
        return f"a batch of {batch_size} is too small to be shared"
    return uneven_update(optimizers) or uneven_goals(game) or cannot_travel(game)


def is_ours(kind):
    """Whether a class or function is the library's own."""
    return kind.__module__.partition(".")[0] == "gan_scratch"


def uneven_update(optimizers):
    """Which optimiser would do something else where ranks move a part of the parameters each; ""
    for none."""
    for optimizer in optimizers:
        name = type(optimizer).__name__
        if not isinstance(optimizer, Optimizer) or type(optimizer).step is not Optimizer.step:
            return f"{name} has a step of its own, which looks at one share"
        if is_ours(type(optimizer)):
            continue
        vectors = [*map(id, optimizer.vectors().values())]
        if not all(id(moment) in vectors for moment in optimizer.moments().values()):
            return f"{name} keeps moments elsewhere than in vectors as long as its values"
        if any(isinstance(value, np.random.Generator) for value in vars(optimizer).values()):
            return f"{name} draws random numbers, which every rank would draw for itself"
        if not moves_by_pieces(optimizer):
            return f"an update of {name} looks at more than its piece of the gradients"
    return ""


def moves_by_pieces(optimizer):
    """Whether two halves, of which the other half's gradients are unknown, move as the whole."""
    whole, cut = copy.deepcopy(optimizer), copy.deepcopy(optimizer)
    rng, half = np.random.default_rng(0), len(optimizer.values) // 2
    gradients = rng.standard_normal(len(optimizer.values)).astype(optimizer.values.dtype)
    try:
        with np.errstate(all="ignore"):
            for step in (1, 2):
                whole.gradients[...] = gradients
                whole.update(slice(0, len(gradients)), step)
                for piece in (slice(0, half), slice(half, len(gradients))):
                    cut.gradients[...] = np.nan
                    cut.gradients[piece] = gradients[piece]
                    cut.update(piece, step)
    except Exception:  # whatever it is, nobody knows how to cut it
        return False
    counts = [[v for v in vars(o).values() if isinstance(v, (int, float))] for o in (whole, cut)]
    return np.array_equal(whole.values, cut.values) and counts[0] == counts[1]


def uneven_goals(game):
    """Which loss or penalty is no mean over samples, found by cutting numbers in two; "" for none.
    """
    objective, rng = game.objective, np.random.default_rng(0)
    name = type(objective).__name__
    if not is_ours(type(objective)):
        tried = []
        for size in (0.1, 1.0, 30.0):
            for real, fake in size * rng.standard_normal((3, 2, 8, 1)):
                tried += [("discriminator", real, fake), ("generator", fake, real)]
        if not all(is_mean(objective, *each) for each in tried):
            return f"the loss {name} is no mean over the samples, or could not be tried as one"
    for penalty in game.penalties:
        name = type(penalty).__name__
        if is_ours(type(penalty)) or getattr(penalty, "shareable", False):
            continue
        if not isinstance(penalty, Penalty) or (
            type(penalty).add_gradients is not Penalty.add_gradients
        ):
            return f"the penalty {name} adds its own gradients but does not say `shareable = True`"
        if not is_ours(type(penalty).points):
            return (
                f"the penalty {name} takes points of its own but does not say `shareable = True`: "
                "each point from one sample, and drawn by the generator that it is given"
            )
        if not all(is_mean(penalty, "cost", s * rng.standard_normal((8, 5))) for s in (0.1, 1, 30)):
            return f"the penalty {name} is no mean over the samples, or could not be tried as one"
    return ""


def is_mean(goal, method, *arrays):
    """Whether the method gives a number and derivatives that are the means of what it gives for two
    unequal parts, and leaves the goal as it was."""
    count = len(arrays[0])
    try:
        goal = copy.deepcopy(goal)
        function, before = getattr(goal, method), inside(goal)
        whole = function(*arrays)
        parts = [
            [rows / count * np.asarray(each) for each in function(*(a[cut] for a in arrays))]
            for rows, cut in ((3, slice(3)), (count - 3, slice(3, None)))
        ]
        if inside(goal) != before:  # it counts, or draws
            return False
    except Exception:  # whatever it is, nobody knows how to cut it
        return False
    return np.allclose(whole[0], parts[0][0] + parts[1][0]) and all(
        np.allclose(derivative, np.concatenate(halves))
        for derivative, *halves in zip(whole[1:], parts[0][1:], parts[1][1:], strict=True)
    )


def inside(goal):
    """What a loss or penalty holds, in a form that can be compared."""
    return {
        name: value.bit_generator.state if isinstance(value, np.random.Generator) else repr(value)
        for name, value in getattr(goal, "__dict__", {}).items()
    }


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
