"""Ranks: processes that play one game together, each on its share of every batch.

A gradient is a sum over samples. So each rank plays the ordinary steps with ordinary layers on its
share, and before an optimiser moves, the gradients of all ranks are added up, in the order of the
samples. Each rank then moves its part of the parameters, which lie in memory that all have in
common. Layers that look at all samples meet in between (`share.gather`).

The first rank is the process that called `train`. It alone has the data, draws all random numbers
and sees the events; the others get to know what is drawn, and what has been changed between two
rounds. The game is the same one whatever the number of ranks, apart from the rounding of sums.
"""

import atexit
import gc
import multiprocessing
import os
import pickle
import signal
import traceback
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from multiprocessing.connection import wait

from gan_scratch.cores import one_blas_thread
from gan_scratch.flat import blocks
from gan_scratch.penalties import pack_size
from gan_scratch.share import WHOLE, Share, cut, opened
from gan_scratch.training import sharing
from gan_scratch.training.changes import Known, buffer_values, follow
from gan_scratch.training.draws import DrawnOnce
from gan_scratch.training.meeting import BOX, LAST_WORDS, LINE, Meeting, Memory, PeerLost
from gan_scratch.training.rounds import Diverged, play_round

PATIENCE = 5.0  # seconds that the other ranks get to end by themselves
# Signals that a terminal, or a system that shuts down, sends to all processes of a command. The
# first rank hears them, and the others end with it.
FOR_THE_FIRST = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
# (count, Crew) of processes that others have started; mpi.py sets it.
hired = ContextVar("hired", default=None)


class RankShare(Share):
    """The share of one rank.

    samples     (first, last) sample of each rank's share, whole packs of `pack` samples
    gradients   {optimiser: every rank's vector of gradients}
    """

    def __init__(self, meeting, samples, pack, gradients):
        self.meeting, self.pack, self.gradients = meeting, pack, gradients
        self.index, self.count = meeting.index, meeting.count
        self.first, self.last = samples[self.index]
        self.size = samples[-1][1]
        self.weight = (self.last - self.first) / self.size

    def gather(self, part):
        return self.meeting.exchange(part)

    def agree(self, fine):
        return self.meeting.vote(fine)

    def once(self, draw):
        if self.index:
            return self.meeting.exchange(None, [0])[0]
        with opened(WHOLE):  # what is drawn may come from a layer, and is everybody's
            drawn = draw()
        return self.meeting.exchange(drawn, [0])[0]

    def rows(self, batch):
        if isinstance(batch, tuple):
            return tuple(map(self.rows, batch))
        return batch[len(batch) * self.first // self.size : len(batch) * self.last // self.size]

    def whole_length(self, length):
        """How many rows the whole batch has of what has `length` rows here, for this share's
        samples or their packs."""
        own = self.last - self.first
        if length not in (own, own // self.pack):
            raise ValueError(
                f"{own} samples share a batch with others and were to draw {length} rows: draw a "
                "row for each sample, or a single number, or train with workers=1"
            )
        return length * self.size // own

    def draws_from(self, rng):
        return DrawnOnce(rng.bit_generator)

    def mine(self, piece):
        size = piece.stop - piece.start
        first, last = (size * index // self.count for index in (self.index, self.index + 1))
        return slice(piece.start + first, piece.start + last)

    def add_up(self, optimizer, pieces):
        """In the memory of the first rank, which its monitors read, and in the own."""
        total, *others = self.gradients[optimizer]
        self.meet()
        for piece in pieces:
            for block in blocks(self.mine(piece), total):
                for other in others:
                    total[block] += other[block]
                if self.index:
                    optimizer.gradients[block] = total[block]

    def add_up_all(self, optimizer):
        self.meet()
        vectors = self.gradients[optimizer]
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
    reason = sharing.reason_against(game, batch_size, how["join_batches"])
    most = 1 if reason else batch_size // pack_size(game.discriminator) // sharing.LEAST_SCORES
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
        context = multiprocessing.get_context(sharing.start_method())
        self.game, self.how, self.processes = game, how, []
        self.process, self.ended = os.getpid(), False
        self.meeting = Meeting(count, Memory(memory_needed(game, count)))
        self.meeting.join(0, self.expect_all_alive)
        samples = shares_of(game, how["batch_size"], count)
        travelling = game if context.get_start_method() == "fork" else pickle.dumps(game)
        self.share = settled(game, self.meeting, samples)
        atexit.register(self.close)  # before multiprocessing waits for ranks that do not end
        try:
            with for_copying():
                for index in range(1, count):
                    told = index, self.meeting, samples, travelling, how, os.getpid()
                    name = f"gan_scratch rank {index}"
                    rank = context.Process(target=serve, args=told, name=name, daemon=True)
                    self.processes.append(rank)
                    rank.start()
            self.meeting.memory.close_file()
            self.known = Known(game, buffer_values)
        except BaseException:
            self.close()
            raise

    def expect_all_alive(self):
        if wait([process.sentinel for process in self.processes], 0):
            raise PeerLost()

    def play(self, batches, look):
        if os.getpid() != self.process:
            raise RuntimeError(
                "this process is a copy of the one that trains, and its workers belong to that one"
            )
        try:
            with one_blas_thread(), opened(self.share):
                self.share.once(lambda: (look, *self.known.changes()))
                result = play_round(self.game, batches, look=look, **self.how)
        except PeerLost:
            error = self.what_went_wrong()
            self.close(failed=True)
            raise error from None
        except BaseException:
            self.close(failed=True)
            raise
        self.known.played()
        return result

    def what_went_wrong(self):
        """The exception that the rank which failed has left, or one that says how it died."""
        for index in range(1, self.share.count):
            if left := self.meeting.failure_of(index):
                error, words = left
                error.add_note(f"raised by rank {index}, for its share of the batch:\n{words}")
                if isinstance(error, FloatingPointError):
                    return Diverged(f"not finite in step {self.game.step + 1}: {error}")
                return error
        for index, process in enumerate(self.processes, start=1):
            process.join(0.1)
            if process.exitcode is not None:
                unguarded = isinstance(process, multiprocessing.context.SpawnProcess) and (
                    "; a program keeps what it does under if __name__ == '__main__':, as it is "
                    "read again by every worker" if process.exitcode == 1 else ""
                )
                return RuntimeError(
                    f"worker {index} of {self.share.count - 1} ended before its time "
                    f"({in_words(process.exitcode)}); the training stops, and what was saved stays"
                    f"{unguarded or ''}"
                )
        return RuntimeError("a worker does not answer")

    def close(self, failed=False):
        """Have the others end, in `PATIENCE` seconds or by force, whether or not a round has
        failed. The game moves back into memory of its own."""
        if self.ended or os.getpid() != self.process:
            return
        self.ended = True
        atexit.unregister(self.close)
        self.meeting.fail(None)
        for end in (lambda process: None, multiprocessing.Process.kill):
            for process in self.processes:
                if process.pid is not None:
                    end(process)
                    process.join(PATIENCE / len(self.processes))
        take_back(self.game, self.share)


@contextmanager
def for_copying():
    """Inside the block processes are started. Ctrl-C and its like wait, as a process that has just
    begun would be torn apart by them; and objects lie still, so that a forked process, which only
    reads them, shares their memory."""
    mask = getattr(signal, "pthread_sigmask", None)
    before = mask(signal.SIG_BLOCK, FOR_THE_FIRST) if mask else None
    lie_still = not gc.get_freeze_count()  # or somebody else has seen to that
    if lie_still:
        gc.collect()
        gc.freeze()
    try:
        yield
    finally:
        if lie_still:
            gc.unfreeze()
        if mask:
            mask(signal.SIG_SETMASK, before)


def serve(index, meeting, samples, game, how, parent):
    """What a rank does that is not the first: round after round, as it is told."""
    for number in FOR_THE_FIRST:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FOR_THE_FIRST)

    def expect_parent():
        posix = os.name == "posix"  # where a child whose parent has died gets another one
        if os.getppid() != parent if posix else not multiprocessing.parent_process().is_alive():
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
    untouched = [rng.bit_generator.state for rng in game.generators()]
    with one_blas_thread(), opened(share):
        while True:
            order = share.once(None)
            if order is None:
                return
            look, *changes = order
            follow(game, kept_apart(game), *changes)
            play_round(game, None, look=look, **how)
            if untouched and untouched != [rng.bit_generator.state for rng in game.generators()]:
                raise RuntimeError(
                    "a layer has drawn from its own generator, and so each worker for itself: it "
                    "draws from share().draws_from(self.rng), or does not say `shareable = True`"
                )
            untouched = None  # one look is enough


def last_words(error):
    """An exception and where it came from, as what can travel."""
    words = "".join(traceback.format_exception(error))[-LAST_WORDS // 16 :]
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
    arrays = [parameter.value for parameter in averaged(game)]
    for optimizer in game.optimizers():
        arrays += [*optimizer.vectors().values(), *[optimizer.gradients] * count]
    return sum(array.nbytes + LINE for array in arrays) + count * (2 * BOX + LAST_WORDS + 6 * LINE)


def settled(game, meeting, samples):
    """Move the game's parameters, moments and average into the common memory, where the first rank
    puts its own; returns this rank's share. Every rank has gradients of its own there."""
    memory, gradients = meeting.memory, {}

    def place(vector):
        room = memory.array(vector.shape, vector.dtype)
        if meeting.index == 0:
            room[...] = vector
        return room

    for optimizer in game.optimizers():
        own = optimizer.gradients
        vectors = [memory.array(own.shape, own.dtype) for _ in range(meeting.count)]
        vectors[meeting.index][...] = own
        optimizer.settle(place, vectors[meeting.index])
        gradients[optimizer] = vectors
    for parameter in averaged(game):
        parameter.value = place(parameter.value)
    return RankShare(meeting, samples, pack_size(game.discriminator), gradients)


def take_back(game, share):
    """Move what still lies in the common memory into memory of this process alone: a copy of the
    process, or the next training, is not to write there."""
    if any(each.gradients is not vectors[0] for each, vectors in share.gradients.items()):
        return  # another training of this game has moved it since
    for optimizer in share.gradients:
        optimizer.settle(lambda vector: vector.copy(), optimizer.gradients.copy())
    for parameter in averaged(game):
        parameter.value = parameter.value.copy()


def averaged(game):
    """The parameters of the averaged generator, each once."""
    return list(dict.fromkeys(game.average.model.parameters().values())) if game.average else []


def shares_of(game, batch_size, count):
    """[(first, last) sample of each share]: whole packs."""
    pack = pack_size(game.discriminator)
    return [(pack * first, pack * last) for first, last in cut(batch_size // pack, count)]
