"""What a user may change between two rounds, so that the ranks of a training can be told.

Weights and moments lie in memory that all ranks see. Everything else that a step depends on is
found here: numbers and words on the game's parts, arrays of which each rank has its own, and how
far the game is.
"""

import operator

import numpy as np

from gan_scratch.layers.layer import layers_inside
from gan_scratch.training.sharing import uneven_goals

PLAIN = frozenset((bool, int, float, str, type(None), np.float64, np.float32, np.int64))
COUNTED = "step", "moves", "updates"  # what the rounds themselves count on


class Known:
    """What the other ranks know of the game, and how it has been changed since.

    kept_apart(game)    the arrays that every rank has for itself
    """

    def __init__(self, game, kept_apart):
        self.game, self.kept_apart, self.members = game, kept_apart, members_of(game)
        self.remember()

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

    def played(self):
        """A round has moved the arrays of all ranks alike."""
        self.arrays = [array.tobytes() for array in self.kept_apart(self.game)]


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
