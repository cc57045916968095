"""What a user may change between two rounds, so that the ranks of a training can be told.

Weights and moments lie in memory that all ranks see. Everything else that a step depends on is
found here: what the attributes of the game's parts hold, arrays of which each rank has its own, and
how far the game is. What nobody could send is refused.
"""

import operator
import pickle

import numpy as np

from gan_scratch.game import Game
from gan_scratch.layers.layer import HELD, layers_inside
from gan_scratch.optimizers import Optimizer
from gan_scratch.training.sharing import uneven_goals

COUNTED = "step", "moves", "updates"  # what the rounds themselves count on
WRITABLE = np.ndarray, list, dict, set  # may change without being assigned
ANOTHER = (
    "train: with several workers a training ends with the players, layers, optimisers and average "
    "that it began with; begin another one for the new ones"
)


class Known:
    """What the other ranks know of the game, and how it has been changed since.

    kept_apart(game)    the arrays that every rank has for itself
    """

    def __init__(self, game, kept_apart):
        self.game, self.kept_apart = game, kept_apart
        self.members, self.goals = members_of(game), goals_of(game)
        self.parts, self.arrays_held = parts_of(game), held_arrays(game)
        self.played()

    def played(self):
        """A round has moved the arrays, and what parts count, alike in all ranks."""
        self.arrays = [array.tobytes() for array in self.kept_apart(self.game)]
        self.held = [Held(part) for part in self.parts]
        self.frozen = [held.frozen for held in self.arrays_held]

    def changes(self):
        """(counts, goals, settings, frozen, arrays): what `follow` takes; all but the first are
        None where the user has changed nothing."""
        game, goals = self.game, None
        if not same(members_of(game), self.members):
            raise ValueError(ANOTHER)
        settings = [
            (index, changed) for index, (part, held) in
            enumerate(zip(self.parts, self.held, strict=True))
            if (changed := held.changes(part))
        ]
        if not same(goals_of(game), self.goals):
            if reason := uneven_goals(game):
                raise ValueError(f"train: with several workers {reason}")
            goals = sent((game.objective, tuple(game.penalties)), "the new objective and penalties")
            others = len(self.parts) - len(self.goals)
            settings = [(index, changed) for index, changed in settings if index < others]
            self.goals, self.parts = goals_of(game), parts_of(game)
        pairs = zip(self.kept_apart(game), self.arrays, strict=True)
        arrays = [(i, now) for i, (now, before) in enumerate(pairs) if now.tobytes() != before]
        frozen = [held.frozen for held in self.arrays_held]
        frozen = None if frozen == self.frozen else frozen
        return counts_of(game), goals, settings or None, frozen, arrays or None


class Held:
    """What the attributes of one part hold after a round."""

    def __init__(self, part):
        self.values = dict(attributes(part))
        self.copies = {
            name: frozen_copy(value) for name, value in self.values.items()
            if isinstance(value, WRITABLE) and name not in COUNTED
        }

    def changes(self, part):
        """{name: pickled value} of what is another value now, and None for what is gone."""
        present, before = attributes(part), self.values
        found = dict.fromkeys(before.keys() - present.keys())
        for name, value in present.items():
            kept = name in before and before[name] is value and (
                name not in self.copies or frozen_copy(value) == self.copies[name]
            )
            if kept or name in COUNTED:
                continue
            if holds_members(value) or holds_members(before.get(name)):
                raise ValueError(ANOTHER)
            found[name] = sent(value, f"what {name} of {type(part).__name__} has become")
        return found


def attributes(part):
    """name -> value of what may be changed: of the game its numbers, as the rest are parts; of an
    optimiser all but its vectors."""
    held = getattr(part, "__dict__", {})
    if isinstance(part, Game):
        return {name: value for name, value in held.items() if isinstance(value, (int, float))}
    if isinstance(part, Optimizer):
        vectors = part.vectors()
        return {name: value for name, value in held.items() if name not in vectors}
    return held


def frozen_copy(value):
    """What can be compared with the same object later: its members' identities, or its bytes."""
    if holds_members(value):
        return tuple(map(id, value.values() if isinstance(value, dict) else value))
    try:
        return pickle.dumps(value)
    except Exception:  # whoever changes it is told when it is sent
        return repr(value)


def holds_members(value):
    """Whether this is a part of the game, or a list, tuple or dict of such."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(holds_members(item) for item in value)
    return isinstance(value, HELD)


def sent(value, what):
    """The value as it travels; ValueError where it cannot."""
    try:
        words = pickle.dumps(value)
        pickle.loads(words)
    except Exception as error:
        raise ValueError(f"train: {what} cannot be sent to the other workers: {error}") from error
    return words


def same(objects, others):
    return len(objects) == len(others) and all(map(operator.is_, objects, others))


def goals_of(game):
    return [game.objective, *game.penalties]


def members_of(game):
    """The objects that a training begins and ends with, and the vectors that ranks share."""
    optimizers = game.optimizers()
    return [
        *game.players(), *optimizers, game.average,
        *(v for each in optimizers for v in (each.gradients, *each.vectors().values())),
    ]


def parts_of(game):
    """Every object that holds settings of the game, in an order that all ranks have."""
    return [
        game, *game.optimizers(), *([game.average] if game.average else []),
        *(layer for player in game.players() for layer in layers_inside(player)),
        *goals_of(game),
    ]  # fmt: skip


def held_arrays(game):
    """Every parameter and buffer, in an order that all ranks have."""
    parameters = [held for player in game.players() for held in player.parameters().values()]
    return [*parameters, *buffers_of(game)]


def buffers_of(game):
    return [buffer for player in game.players() for buffer in player.buffers().values()]


def buffer_values(game):
    return [buffer.value for buffer in buffers_of(game)]


def counts_of(game):
    """How far the game is: its rounds, each parameter's moves, the average's updates."""
    return (
        game.step, game.average.updates if game.average else 0,
        *(optimizer.moves for optimizer in game.optimizers()),
    )  # fmt: skip


def follow(game, kept_apart, counts, goals, settings, frozen, arrays):
    """Do here what was done to the first rank's game."""
    game.step, updates, *moves = counts
    for optimizer, moved in zip(game.optimizers(), moves, strict=True):
        optimizer.moves = moved
    if game.average:
        game.average.updates = updates
    parts = parts_of(game) if settings else []
    for index, changed in settings or ():
        for name, value in changed.items():
            if value is None:
                delattr(parts[index], name)
            else:
                vars(parts[index])[name] = pickle.loads(value)
    for held, now in zip(held_arrays(game) if frozen else (), frozen or (), strict=True):
        held.frozen = now
    for index, array in arrays or ():
        kept_apart[index][...] = array
    if goals:
        game.objective, game.penalties = pickle.loads(goals)
