"""What a term claims of its own loss: y is the loss, and the values are the outputs of both players
that the term looks at."""

import numpy as np

from gan_scratch.game import fakes_in_play, samples_made
from gan_scratch.gradient_check.subject import Kept, Subject, declared, drawn_like, jittered
from gan_scratch.layers.layer import frozen
from gan_scratch.passes import InPlay
from gan_scratch.terms import Term

GIVEN = "condition", "noise"  # what no gradient goes back to


class Seen:
    """A batch in play, as a term sees it: what it reads is `read(name)`."""

    def __init__(self, read, game):
        self.read, self.game = read, game

    def __getattr__(self, name):
        return self.read(name)

    __getitem__ = __getattr__


def subjects_of(game, real, noise):
    """A subject for each part of a term's loss that it gives as a function of outputs. (A term that
    makes passes of its own is checked by its players' gradients in the step.)"""
    sides = (
        ("discriminator", ("real", "fake"), lambda: fakes_in_play(game, noise)),
        ("generator", ("fake", "real"), lambda: samples_made(game, noise)),
    )
    for term in game.terms:
        for side, order, fakes in sides:
            adds = f"add_to_{side}"
            if getattr(type(term), adds) is not getattr(Term, adds) or not term.has_part(side):
                continue
            with frozen(game.generator), frozen(game.discriminator):
                batches, seen = {"real": InPlay(game, real), "fake": fakes()}, {}

                def read(batch, name, batches=batches, seen=seen):
                    of = batches[batch]
                    plain = name in ("samples", *GIVEN)
                    found = getattr(of, name) if plain else of[name]
                    return seen.setdefault(f"{batch}.{name}", np.array(found))

                called(term, side, order, read, game)
                yield TermSubject(term, side, order, seen, game).without_what_is_only_looked_at()


def called(term, side, order, read, game):
    """What the term gives for batches of which `read(batch, name)` gives the arrays."""
    return getattr(term, side)(*(
        Seen(lambda name, batch=batch: read(batch, name), game) for batch in order
    ))


class TermSubject(Subject):
    """The outputs that one term looks at in one player's step."""

    def __init__(self, term, side, order, seen, game):
        self.term, self.side, self.order, self.names = term, side, order, list(seen)
        self.game = game
        self.draws_of_term = Kept([], term.generators())
        super().__init__(seen.values(), True)
        moving = ("fake",) if side == "generator" else order  # D is frozen in G's step
        for name in self.names:
            batch, output = name.split(".", 1)
            given = output in GIVEN or output == "samples" and side == "discriminator"
            if batch not in moving or given:
                self.fix([name])

    def without_what_is_only_looked_at(self):
        """The same, without outputs that have no derivative and do not move the loss, as where a
        term asks for their shape. Others can be named in an attribute `constants` of the term."""
        y, rng, claims = self.output(), np.random.default_rng(3), self.claims(1.0)
        unclaimed = [name for name in self.values if claims[name] is None]
        still = [
            name for name in unclaimed
            if self.output({name: jittered(self.values[name], rng)}) == y
        ]
        return self.fix([*still, *declared(self.term, ())])

    def whose(self):
        return type(self.term).__name__

    def input_names(self):
        return self.names

    def quantity(self, name):
        return f"{self.side[0].upper()} {type(self.term).__name__} d{name}"

    def fresh(self, changed=()):
        self.put_back_draws()
        self.draws_of_term.put_back()
        return self

    def forward(self, x):
        arrays = dict(zip(self.names, x, strict=True))
        loss, *of_batches = called(
            self.term, self.side, self.order, lambda batch, name: arrays[f"{batch}.{name}"],
            self.game,
        )
        claims = {}
        for batch, derivatives in zip(self.order, of_batches, strict=False):
            if not isinstance(derivatives, dict):
                derivatives = {"samples": derivatives}
            claims |= {f"{batch}.{name}": one for name, one in derivatives.items()}
        return np.asarray(loss), claims

    def backward(self, dy, cache):
        return {name: dy * cache[name] if name in cache else None for name in self.values}

    def drawn(self, name, part, shape, rng):
        if name.endswith(GIVEN) and tuple(shape[1:]) == part.shape[1:]:  # a code stays a code
            return part[rng.integers(len(part), size=shape[0])]
        return drawn_like(part, shape, rng)

    def with_inputs(self, inputs, values):
        seen = dict(zip(self.names, inputs, strict=True))
        return TermSubject(self.term, self.side, self.order, seen, self.game).fix(self.fixed)
