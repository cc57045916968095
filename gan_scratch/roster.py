"""Who is in a game: players, optimisers and terms, what they hold, and the state of it all."""

from gan_scratch.layers.layer import expect_found
from gan_scratch.shown import amount, arguments, shown
from gan_scratch.terms import Term


class Roster:
    """The objects of a game, all of its attributes: see `game.Game`."""

    def players(self):
        """Both players, then the terms of the loss, which may own layers too."""
        return [self.generator, self.discriminator, *self.terms]

    def optimizers(self):
        """Those of both players, then those of the terms."""
        of_terms = (optimizer for term in self.terms for optimizer in term.optimizers())
        return [self.generator_optimizer, self.discriminator_optimizer, *of_terms]

    def movers(self, side):
        """The optimisers that move in one player's step: side is "generator" or "discriminator"."""
        name = f"{side}_optimizer"
        return [each for one in (self, *self.terms) if (each := getattr(one, name, None))]

    @property
    def weight(self):
        """The first parameter of the generator: its dtype and backend are those of the game."""
        return next(iter(self.generator.parameters().values())).value

    def __repr__(self):
        words = [f"step={self.step}", *([f"classes={self.classes}"] if self.classes else [])]
        generator, discriminator = (
            f"{type(player).__name__}, {amount(player.parameters())}"
            for player in (self.generator, self.discriminator)
        )
        parts = {
            "generator": generator,
            "discriminator": discriminator,
            "objective": repr(self.objective),
            "penalties": ", ".join(map(repr, self.penalties)) or "none",
            "terms": ", ".join(map(repr, self.terms)),
            "generator_optimizer": repr(self.generator_optimizer),
            "discriminator_optimizer": repr(self.discriminator_optimizer),
            "average": repr(self.average),
        }
        return shown(self, words + arguments(self), {k: part for k, part in parts.items() if part})

    def expect_playable(self):
        """Raise unless the parts of the game fit together, as far as one sees before it is played.
        """
        for penalty in self.penalties:
            expect_method("each penalty", penalty, "add_gradients")
        for term in self.terms:
            if not isinstance(term, Term):
                raise TypeError(f"Game: each term must be a terms.Term, got {term!r}")
        told = [getattr(player, "classes", None) for player in (self.generator, self.discriminator)]
        if told[0] != told[1] and (
            None not in told or not any(term.needs_condition for term in self.terms)
        ):
            raise ValueError(
                "Game: both players or none must be told the class, of the same number of classes, "
                f"unless a term looks at it; got {told[0]} and {told[1]}"
            )
        if self.unroll and self.terms:
            raise ValueError(
                "Game: an unrolled step of G takes no terms, as it is D's objective alone that it "
                "looks ahead along; take unroll=0"
            )
        self.expect_owners()

    def expect_owners(self):
        """Raise unless each optimiser, and the average, is that of this game's player: with another
        the losses would look plausible and nobody would learn."""
        for player in self.players():
            if hasattr(player, "members"):
                expect_found(player)
        expect_owner("generator", self.generator, [self.generator_optimizer])
        expect_owner("discriminator", self.discriminator, [self.discriminator_optimizer])
        for term in self.terms:
            if term.optimizers():
                expect_owner(type(term).__name__, term, term.optimizers())
        if self.average is not None and self.average.source is not self.generator:
            raise ValueError("Game: average must be an Average of this game's generator")

    def generators(self):
        """Every random generator that a step draws from, each once."""
        found = [self.rng, *(rng for player in self.players() for rng in player.generators())]
        return list({id(rng): rng for rng in found}.values())

    def parts(self):
        """name -> each part that has a state of its own."""
        found = {
            "generator": self.generator, "discriminator": self.discriminator,
            "generator_optimizer": self.generator_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer, "average": self.average,
        }
        for index, term in enumerate(self.terms):
            found[f"term {index}"] = term
            for side in ("generator", "discriminator"):
                found[f"term {index} {side}_optimizer"] = getattr(term, f"{side}_optimizer")
        return {name: part for name, part in found.items() if part or name == "average"}

    def state(self):
        """A copy of everything that the next step depends on."""
        return {
            "step": self.step,
            **{name: part.state() if part else None for name, part in self.parts().items()},
            "random": [rng.bit_generator.state for rng in self.generators()],
        }

    def load_state(self, state):
        """Copy `state` into place; ValueError, and nothing changed, where it does not fit."""
        before = self.state()
        try:
            self._load(state)
        except (KeyError, TypeError, ValueError) as error:
            self._load(before)
            raise ValueError(f"the state of another game: {error}") from error

    def _load(self, state):
        if (self.average is None) != (state["average"] is None):
            raise ValueError("one of the two games averages weights, the other does not")
        if len(state["random"]) != len(self.generators()):
            raise ValueError(
                f"this game draws from {len(self.generators())} random generators, "
                f"the saved one from {len(state['random'])}"
            )
        parts = self.parts()
        if strange := state.keys() ^ {"step", "random", *parts}:
            raise ValueError(f"only one of the two games has {', '.join(sorted(strange))}")
        for name, part in parts.items():
            if part:
                part.load_state(state[name])
        for rng, saved in zip(self.generators(), state["random"], strict=True):
            rng.bit_generator.state = saved
        self.step = state["step"]


def expect_owner(name, player, optimizers):
    """Raise unless the optimisers move exactly this player's parameters, each once."""
    own = [id(parameter) for parameter in player.parameters().values()]
    moved = [id(p) for each in optimizers for p in getattr(each, "parameters", {}).values()]
    if set(own) != set(moved) or len(moved) > len(set(moved)):
        which = f"{name}_optimizer" if name in ("generator", "discriminator") else (
            f"the optimisers of the term {name}"
        )
        raise ValueError(
            f"Game: {which} must hold the parameters of the {name} and no others"
        )


def expect_method(name, thing, method):
    """`thing` itself; TypeError unless it is an object (no class) that has the method."""
    if isinstance(thing, type) or not hasattr(thing, method):
        raise TypeError(f"Game: {name} must be an object with {method}, got {thing!r}")
    return thing
