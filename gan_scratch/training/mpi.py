"""Ranks that an MPI launcher has started, perhaps on several machines: the game of `ranks.py`.

    mpiexec -n 2 gan-scratch train dcgan-digits

The first process runs the ordinary command, and it alone touches files. The others wait for a game
and play along. Machines have no memory in common, so each process has its own copy of the game: the
gradients are added up (`Team.all_reduce`), slice by slice in the order of the ranks, and every
process moves all parameters. So the bits are those of as many workers on one machine.

All that processes tell each other goes through `Team.gather`, `broadcast` and `all_reduce`; another
library of such operations (NCCL, say) would come in there.
"""

import os
import signal
import sys
import time
import traceback
import warnings

import numpy as np

from gan_scratch.penalties import pack_size
from gan_scratch.training import ranks
from gan_scratch.training.changes import Known, buffer_values
from gan_scratch.training.meeting import PeerLost, packed, unpacked

LOOKS = 100  # at a message before the processor is left to others: some 100 microseconds
SHORTEST_NAP, LONGEST_NAP = 5e-5, 1e-3  # seconds
FAILED = 1  # the tag of the message that says what went wrong
MOMENT = 0.3  # seconds in which mpiexec passes on what was printed, before it ends everything


def together(command, complain, index, count):
    """The exit code of command(), which the first of the `count` processes of an MPI job calls; the
    others play what is trained in it. `complain(sentence, code)` says what is wrong and returns the
    code."""
    if problem := reason_against(count):
        return complain(problem, 2) if index == 0 else 2
    from mpi4py import MPI

    team = Team(MPI)
    return serve(team) if team.index else lead(team, command, complain)


def reason_against(count):
    """Why these processes cannot meet; "" where they can."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError):
        return (
            f"{count} processes were started together, and without mpi4py and an MPI each would "
            "train for itself: pip install 'gan_scratch[mpi]' mpich"
        )
    found = MPI.COMM_WORLD.Get_size()
    if found == count:
        return ""
    return (
        f"{count} processes were started together, but mpi4py sees {found}: start them by the "
        f"mpiexec of its own MPI, {MPI.Get_library_version().split(',')[0].splitlines()[0]}"
    )


def lead(team, command, complain):
    """What the first process does."""
    crews = []

    def take_on(game, count, how):
        crews.append(MpiCrew(game, count, how, team))
        return crews[-1]

    token = ranks.hired.set((team.count, take_on))
    try:
        try:
            code = command()
        except SystemExit as asked:  # by --help
            code = asked.code or 0
        for crew in crews:
            crew.close()
        if not team.failed:
            team.broadcast(code)
            team.gather(None)  # nobody has failed since
            return code
        if not code:
            raise PeerLost()
    except PeerLost:
        code = complain(crews[-1].what_went_wrong(), 2)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        ranks.hired.reset(token)
    team.abort(code)


def serve(team):
    """What the others do: they play the games that the first process sends, until it has done."""
    for number in ranks.FOR_THE_FIRST:
        signal.signal(number, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # the first one says them
    try:
        while True:
            order = team.broadcast()
            if isinstance(order, int):
                team.gather(None)
                return order
            game, samples, how = order
            own = MpiShare(team, samples, pack_size(game.discriminator))
            ranks.play_along(game, own, how, own_arrays)
    except BaseException as error:
        team.fail(ranks.last_words(error))


class MpiCrew(ranks.Crew):
    """The ranks of one training, as the first process sees them."""

    def __init__(self, game, count, how, team):
        if count < team.count:
            raise ValueError(
                f"a batch of {how['batch_size']} can be shared by {count} processes, got "
                f"{team.count}: start mpiexec with -n {count}"
            )
        self.game, self.how = game, how
        self.process, self.ended, self.meeting = os.getpid(), False, team
        samples = ranks.shares_of(game, how["batch_size"], count)
        team.broadcast((game, samples, how))
        self.share = MpiShare(team, samples, pack_size(game.discriminator))
        self.known = Known(game, own_arrays)

    def close(self, failed=False):
        """The others wait for another game; where a round has failed, all will be ended."""
        if self.ended:
            return
        self.ended = True
        if failed:
            self.meeting.fail(None)
        else:
            self.meeting.exchange(None, [0])


class MpiShare(ranks.RankShare):
    """The share of one process, which has a game of its own and moves all of its parameters."""

    def __init__(self, team, samples, pack):
        super().__init__(team, samples, pack, None)

    def mine(self, piece):
        return piece

    def add_up(self, optimizer, pieces):
        for piece in pieces:
            self.meeting.all_reduce(optimizer.gradients[piece])

    def add_up_all(self, optimizer):
        self.meeting.all_reduce(optimizer.gradients)

    def meet(self):
        """Nobody writes where others read."""


class Team:
    """The processes of an MPI job: what a `Meeting` is on one machine."""

    def __init__(self, mpi):
        self.mpi, self.world, self.failed = mpi, mpi.COMM_WORLD, False
        self.index, self.count = self.world.Get_rank(), self.world.Get_size()

    def vote(self, fine):
        return all(self.gather(bool(fine)))

    def exchange(self, gift, givers=None):
        return self.gather(gift) if givers is None else [self.broadcast(gift)]

    def gather(self, gift):
        """[what each process gives], in the order of the ranks."""
        words, sizes = packed(gift), np.empty(self.count, np.int64)
        self.finish(self.world.Iallgather(np.array([len(words)]), sizes))
        ends = np.cumsum(sizes)
        memory = bytearray(ends[-1])
        self.finish(self.world.Iallgatherv(words, [memory, (sizes, ends - sizes), self.mpi.BYTE]))
        found = zip(ends - sizes, ends, strict=True)
        return [
            gift if index == self.index else unpacked(memoryview(memory)[start:end])
            for index, (start, end) in enumerate(found)
        ]

    def broadcast(self, gift=None):
        """What the first process gives."""
        words = bytearray() if self.index else bytearray(packed(gift))
        size = np.array([len(words)])
        self.finish(self.world.Ibcast(size))
        words = words or bytearray(size[0])
        self.finish(self.world.Ibcast([words, self.mpi.BYTE]))
        return unpacked(words) if self.index else gift

    def all_reduce(self, vector):
        """Turn `vector`, in place, into the sum of all processes' vectors. Each process adds up one
        slice of them, in the order of the ranks, and gives it to all."""
        ends = [len(vector) * index // self.count for index in range(self.count + 1)]
        counts, starts = np.diff(ends), ends[:-1]
        parts = np.empty((self.count, counts[self.index]), vector.dtype)
        places = [parts[0].size] * self.count, np.arange(self.count) * parts[0].size
        self.finish(self.world.Ialltoallv([vector, (counts, starts)], [parts, places]))
        total, *others = parts
        for part in others:
            total += part
        self.finish(self.world.Iallgatherv(total, [vector, (counts, starts)]))

    def finish(self, request):
        """Wait for a message. MPI itself waits by looking, which takes the processor from whoever
        is to bring the message where there are not enough of them; here naps come in between."""
        start = time.perf_counter()
        while not any(request.Test() for _ in range(LOOKS)):
            if self.index == 0 and self.world.Iprobe(self.mpi.ANY_SOURCE, FAILED):
                raise PeerLost()
            waited = time.perf_counter() - start
            time.sleep(min(max(waited / 10, SHORTEST_NAP), LONGEST_NAP))

    def fail(self, words):
        """The first process only notes it, for `abort`; another one tells the first and waits to be
        ended."""
        self.failed = True
        request = self.world.isend(words, 0, FAILED) if self.index else None
        while request:
            request.test()
            time.sleep(LONGEST_NAP)

    def failure_of(self, other):
        """What the process `other` has told when it failed, or None."""
        self.failed = True
        told = self.world.Iprobe(other, FAILED)
        return self.world.recv(source=other, tag=FAILED) if told else None

    def abort(self, code):
        """End all processes."""
        sys.stdout.flush()
        sys.stderr.flush()
        time.sleep(MOMENT)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the reason is said; MPI would say the code
        self.world.Abort(code or 1)


def own_arrays(game):
    """All that moves and that other ranks have too: a user may write to it between two rounds."""
    moved = [vector for each in game.optimizers() for vector in each.vectors().values()]
    if game.average:
        model = game.average.model
        averaged = *model.parameters().values(), *model.buffers().values()
        moved += [held.value for held in averaged]
    return moved + buffer_values(game)
