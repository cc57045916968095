"""Ranks: processes that play one game together, each on its share of every batch.

A gradient is a sum over samples. So each rank plays the ordinary steps with ordinary layers on its
share, and before an optimiser moves, the gradients of all ranks are added up, in the order of the
samples. Each rank then moves its part of the parameters, which lie in memory that all have in
common. Layers that look at all samples meet in between (`share.gather`).

The first rank is the process that called `train`. It alone has the data, draws all random numbers
and sees the events; the others get to know what is drawn, and what has been changed between two
rounds. The game is the same one whatever the number of ranks, apart from the rounding of sums.
"""

import gc
import multiprocessing
import operator
import os
import pickle
import signal
import sys
import threading
import traceback
import warnings
from contextvars import ContextVar
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np

from gan_scratch.cores import allowed_cores, blas, one_blas_thread
from gan_scratch.game import beside_labels
from gan_scratch.layers.layer import Parameter, frozen, layers_inside
from gan_scratch.optimizers import Average, Optimizer
from gan_scratch.penalties import Penalty, pack_size
from gan_scratch.share import Share, cut, opened
from gan_scratch.training.draws import DrawnOnce
from gan_scratch.training.meeting import BOX, LAST_WORDS, LINE, Meeting, Memory, PeerLost
from gan_scratch.training.rounds import Diverged, play_round

BLOCK = 1 << 16  # numbers that are added up at a time, so that they stay in the cache
LEAST_SCORES = 2  # of a share: batch norm on a single sample would be no statistics
FEW_SCORES = 8  # of a share, below which a further worker is slower (docs/speed.md)
WORTH_A_WORKER = 12_000_000  # multiplications of a pass from which a worker more pays
PATIENCE = 5.0  # seconds that the other ranks get to end by themselves
# (count, Crew) of processes that others have started; mpi.py sets it.
hired = ContextVar("hired", default=None)
PLAIN = frozenset((bool, int, float, str, type(None), np.float64, np.float32, np.int64))


class RankShare(Share):
    """The share of one rank.

    samples     (first, last) sample of each rank's share
    gradients   for each optimiser, every rank's vector of gradients
    """

    def __init__(self, meeting, samples, gradients):
        self.meeting, self.samples, self.gradients = meeting, samples, gradients
        self.index, self.count = meeting.index, meeting.count
        self.first, self.last = samples[self.index]
        self.size = samples[-1][1]
        self.weight = (self.last - self.first) / self.size

    def gather(self, part):
        return self.meeting.exchange(part)

    def agree(self, fine):
        return self.meeting.vote(fine)

    def once(self, draw):
        return self.meeting.exchange(draw() if self.index == 0 else None, [0])[0]

    def rows(self, batch):
        if isinstance(batch, tuple):
            return tuple(map(self.rows, batch))
        return batch[len(batch) * self.first // self.size : len(batch) * self.last // self.size]

    def whole_length(self, length):
        """How long a row for each sample is for the whole batch, which is `length` here."""
        return length * self.size // (self.last - self.first)

    def draws_from(self, rng):
        return DrawnOnce(rng.bit_generator)

    def mine(self, size):
        return slice(size * self.index // self.count, size * (self.index + 1) // self.count)

    def vectors_of(self, optimizer):
        return next(vectors for known, vectors in self.gradients if known is optimizer)

    def add_up(self, optimizer, pieces):
        """In the memory of the first rank, which its monitors read, and in the own."""
        total, *others = self.vectors_of(optimizer)
        mine = self.mine(len(total))
        self.meet()
        for piece in pieces:
            for start in range(max(piece.start, mine.start), min(piece.stop, mine.stop), BLOCK):
                block = slice(start, min(start + BLOCK, piece.stop, mine.stop))
                for other in others:
                    total[block] += other[block]
                if self.index:
                    optimizer.gradients[block] = total[block]

    def add_up_all(self, optimizer):
        self.meet()
        vectors = self.vectors_of(optimizer)
        total = sum(vectors[1:], vectors[0])
        self.meet()
        optimizer.gradients[...] = total

    def meet(self):
        self.meeting.meet()


def crew(game, workers, **how):
    """Who plays the game: `workers` processes, or fewer, with a warning that says why. `how` is
    what `play_round` is told in each round."""
    workers, take_on = hired.get() or (workers, Crew)
    if workers == 1:
        return Alone(game, how)
    batch_size = how["batch_size"]
    reason = reason_against(game, batch_size)
    most = 1 if reason else batch_size // pack_size(game.discriminator) // LEAST_SCORES
    if most < workers:
        reason = reason or f"a batch of {batch_size} gives no more than {most} shares"
        warnings.warn(
            f"train: {min(workers, most)} of {workers} workers: {reason}", RuntimeWarning,
            stacklevel=4,
        )
    return take_on(game, min(workers, most), how) if most > 1 else Alone(game, how)


class Alone:
    """This process plays by itself."""

    def __init__(self, game, how):
        self.game, self.how = game, how

    def play(self, batches, look):
        with one_blas_thread():
            return play_round(self.game, batches, look=look, **self.how)

    def close(self):
        pass


class Crew:
    """The ranks of one training, as the first of them sees them.

    play(batches, look)     a round by all of them: `rounds.play_round`
    close()                 the others end
    """

    def __init__(self, game, count, how):
        context = multiprocessing.get_context(start_method())
        self.game, self.how, self.processes, self.ended = game, how, [], False
        self.meeting = Meeting(context, count, Memory(memory_needed(game, count)))
        self.meeting.join(0, self.expect_all_alive)
        samples = shares_of(game, how["batch_size"], count)
        self.share = settled(game, self.meeting, samples)
        travelling = game if context.get_start_method() == "fork" else pickle.dumps(game)
        # What a forked process only reads stays one copy, unless counting references writes to it.
        gc.collect()
        gc.freeze()
        try:
            for index in range(1, count):
                process = context.Process(
                    target=serve,
                    args=(index, self.meeting, samples, travelling, how, os.getpid()),
                    name=f"gan_scratch rank {index}", daemon=True,
                )
                process.start()
                self.processes.append(process)
        except BaseException:
            self.close(failed=True)
            raise
        finally:
            gc.unfreeze()
        self.begin(buffer_values)

    def begin(self, kept_apart):
        """From here on what is changed is told to the others, the arrays that every rank has for
        itself, kept_apart(game), included."""
        self.kept_apart, self.members = kept_apart, members_of(self.game)
        self.remember()

    def expect_all_alive(self):
        if wait([process.sentinel for process in self.processes], 0):
            raise PeerLost()

    def remember(self):
        """All that the others know and a user may change before the next round."""
        self.goals = self.game.objective, *self.game.penalties
        self.parts = parts_of(self.game)
        self.known = [(tuple(vars(part).values()), settings_of(part)) for part in self.parts]
        self.lists = [
            (held, tuple(held)) for part in self.parts for name, held in vars(part).items()
            if type(held) is list and name not in COUNTED
        ]
        self.arrays = [array.tobytes() for array in self.kept_apart(self.game)]

    def changes(self):
        """(counts, goals, settings, arrays): what `follow` takes; the last three are None where
        the user has changed nothing."""
        game = self.game
        if members_of(game) != self.members or not all(
            len(held) == len(before) and all(map(operator.is_, held, before))
            for held, before in self.lists
        ):
            raise ValueError(
                "train: with several workers a training ends with the players, layers, optimisers "
                "and average that it began with; begin another one for the new ones"
            )
        goals = None
        now = game.objective, *game.penalties
        if len(now) != len(self.goals) or any(map(operator.is_not, now, self.goals)):
            reason = uneven_goals(game)
            if reason:
                raise ValueError(f"train: with several workers {reason}")
            goals = game.objective, tuple(game.penalties)
            self.remember()
        settings = []
        for index, (part, (held, before)) in enumerate(zip(self.parts, self.known, strict=True)):
            present = tuple(vars(part).values())
            if len(present) == len(held) and all(map(operator.is_, present, held)):
                continue  # nothing was assigned: seen much sooner than what is there now
            found = settings_of(part)
            self.known[index] = present, found
            if found != before or goals:
                settings.append((index, found))
        pairs = zip(self.kept_apart(game), self.arrays, strict=True)
        arrays = [
            (index, array) for index, (array, before) in enumerate(pairs)
            if array.tobytes() != before
        ]
        return counts_of(game), goals, settings or None, arrays or None

    def play(self, batches, look):
        try:
            with one_blas_thread(), opened(self.share):
                self.share.once(lambda: (look, *self.changes()))
                result = play_round(self.game, batches, look=look, **self.how)
        except PeerLost:
            error = self.what_went_wrong()
            self.close(failed=True)
            raise error from None
        except BaseException:
            self.close(failed=True)
            raise
        self.arrays = [array.tobytes() for array in self.kept_apart(self.game)]
        return result

    def what_went_wrong(self):
        """The exception that the rank which failed has left, or one that says how it died."""
        for index in range(1, self.share.count):
            left = self.meeting.failure_of(index)
            if left:
                error, words = left
                error.add_note(f"raised by rank {index}, for its share of the batch:\n{words}")
                if isinstance(error, FloatingPointError):
                    return Diverged(f"not finite in step {self.game.step + 1}: {error}")
                return error
        for index, process in enumerate(self.processes, start=1):
            process.join(0.1)
            if process.exitcode is not None:
                return RuntimeError(
                    f"worker {index} of {self.share.count - 1} ended before its time "
                    f"({in_words(process.exitcode)}); the training stops, and what was saved stays"
                )
        return RuntimeError("a worker does not answer")

    def close(self, failed=False):
        """Have the others end, in `PATIENCE` seconds or by force."""
        if self.ended:
            return
        self.ended = True
        try:
            if failed:
                self.meeting.fail(None)
            else:
                self.meeting.exchange(None, [0])
        except PeerLost:
            self.meeting.fail(None)
        for end in (lambda process: None, multiprocessing.Process.terminate,
                    multiprocessing.Process.kill):
            for process in self.processes:
                end(process)
                process.join(PATIENCE / len(self.processes))


def serve(index, meeting, samples, game, how, parent):
    """What a rank does that is not the first: round after round, as it is told."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first rank's to hear
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def expect_parent():
        if os.getppid() != parent:
            raise PeerLost()

    meeting.join(index, expect_parent)
    try:
        game = pickle.loads(game) if isinstance(game, bytes) else game
        share = settled(game, meeting, samples)
        play_along(game, share, how, buffer_values)
    except PeerLost:
        os._exit(1)
    except BaseException as error:
        meeting.fail(last_words(error))
        os._exit(1)


def play_along(game, share, how, kept_apart):
    """Round after round with the first rank, as it orders, to its last."""
    with one_blas_thread(), opened(share):
        while True:
            order = share.once(None)
            if order is None:
                return
            look, *changes = order
            follow(game, kept_apart(game), *changes)
            play_round(game, None, look=look, **how)


def last_words(error):
    """An exception and where it came from, as what can travel."""
    words = "".join(traceback.format_exception(error))[-LAST_WORDS // 4 :]
    try:
        if len(pickle.dumps(error)) < LAST_WORDS // 2:
            pickle.loads(pickle.dumps(error))
            return error, words
    except Exception:
        pass
    return RuntimeError(f"{type(error).__name__}: {str(error)[:1000]}"), words


def in_words(exitcode):
    return f"signal {-exitcode}" if exitcode < 0 else f"exit code {exitcode}"


# The game in common memory.


def memory_needed(game, count):
    vectors = [
        (vector.nbytes + LINE) * (count if name == "gradients" else 1)
        for optimizer in (game.generator_optimizer, game.discriminator_optimizer)
        for name, vector in vars(optimizer).items()
        if getattr(vector, "shape", None) == optimizer.values.shape
    ]
    if game.average:
        vectors += [p.value.nbytes + LINE for p in game.average.model.parameters().values()]
    return sum(vectors) + count * (2 * BOX + LAST_WORDS + 6 * LINE)


def settled(game, meeting, samples):
    """Move the game's parameters, moments and average into the common memory, where the first rank
    puts its own; returns this rank's share. Every rank has gradients of its own there."""
    memory, gradients = meeting.memory, []

    def place(vector):
        room = memory.array(vector.shape, vector.dtype)
        if meeting.index == 0:
            room[...] = vector
        return room

    for optimizer in (game.generator_optimizer, game.discriminator_optimizer):
        own = optimizer.gradients
        vectors = [memory.array(own.shape, own.dtype) for _ in range(meeting.count)]
        vectors[meeting.index][...] = own
        gradients.append((optimizer, vectors))
        optimizer.settle(
            lambda name, vector, vectors=vectors:
            vectors[meeting.index] if name == "gradients" else place(vector)
        )
    if game.average:
        parameters = game.average.model.parameters().values()
        for parameter in {id(parameter): parameter for parameter in parameters}.values():
            parameter.value = place(parameter.value)
    return RankShare(meeting, samples, gradients)


def shares_of(game, batch_size, count):
    """[(first, last) sample of each share]: whole packs."""
    pack = pack_size(game.discriminator)
    return [(pack * first, pack * last) for first, last in cut(batch_size // pack, count)]


# What a user may change between two rounds.


def members_of(game):
    members = (
        game.generator, game.discriminator, game.generator_optimizer,
        game.discriminator_optimizer, game.average,
    )  # fmt: skip
    return [id(member) for member in members]


def parts_of(game):
    """Every object that holds settings of the game, in an order that all ranks have."""
    players = game.generator, game.discriminator
    return [
        game, game.objective, *game.penalties, game.generator_optimizer,
        game.discriminator_optimizer, *([game.average] if game.average else []),
        *(layer for player in players for layer in layers_inside(player)),
        *(held for player in players for held in player.parameters().values()),
        *buffers_of(game),
    ]  # fmt: skip


def buffers_of(game):
    return [*game.generator.buffers().values(), *game.discriminator.buffers().values()]


def buffer_values(game):
    return [buffer.value for buffer in buffers_of(game)]


def settings_of(part):
    """name -> number, word or list of numbers, apart from what the rounds themselves count on."""
    return {
        name: list(value) if type(value) is list else value
        for name, value in vars(part).items()
        if (type(value) in PLAIN or type(value) is list and all(type(v) in PLAIN for v in value))
        and name not in COUNTED
    }


COUNTED = "step", "moves", "updates"


def counts_of(game):
    """How far the game is: its rounds, each parameter's moves, the average's updates."""
    return (
        game.step, game.generator_optimizer.moves, game.discriminator_optimizer.moves,
        game.average.updates if game.average else 0,
    )  # fmt: skip


def follow(game, kept_apart, counts, goals, settings, arrays):
    """Do here what was done to the first rank's game."""
    if goals:
        game.objective, game.penalties = goals
    game.step, game.generator_optimizer.moves, game.discriminator_optimizer.moves, updates = counts
    if game.average:
        game.average.updates = updates
    parts = parts_of(game) if settings else []
    for index, changed in settings or ():
        vars(parts[index]).update(changed)
    for index, array in arrays or ():
        kept_apart[index][...] = array


# What can be shared, and how.


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
