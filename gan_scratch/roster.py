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
        if isinstance(self.objective, Term):
            raise TypeError(f"Game: {self.objective!r} is a term, which goes into terms=")
        for penalty in self.penalties:
            expect_method("each penalty", penalty, "add_gradients")
        for term in self.terms:
            if not isinstance(term, Term):
                raise TypeError(f"Game: each term must be a terms.Term, got {term!r}")
            parts = ("generator", "discriminator", "add_to_generator", "add_to_discriminator")
            if all(getattr(type(term), part) is getattr(Term, part) for part in parts):
                raise ValueError(
                    f"Game: the term {type(term).__name__} adds nothing: it needs one of "
                    f"{', '.join(parts)}"
                )
        if len(set(map(id, self.terms))) < len(self.terms):
            raise ValueError("Game: the same term object stands twice in terms")
        players = self.generator, self.discriminator
        classes = [getattr(player, "classes", None) for player in players]
        told = [getattr(player, "takes_condition", False) for player in players]
        if None not in classes and classes[0] != classes[1]:
            raise ValueError(
                f"Game: both players must be told the same number of classes, got {classes[0]} and "
                f"{classes[1]}"
            )
        if told[0] != told[1] and self.latent != () and not any(
            term.needs_condition for term in self.terms
        ):
            raise ValueError(
                "Game: both players or none must be told the class or another condition, unless a "
                "term looks at it (needs_condition = True); here it is the "
                f"{'generator' if told[0] else 'discriminator'} alone"
            )
        asking = [t for t in self.terms if t.needs_condition and t.has_part("generator")]
        if asking and not told[0] and self.latent not in (None, ()):
            raise ValueError(
                f"Game: the term {type(asking[0]).__name__} looks at the condition of fakes, and "
                "the generator is told none: begin it with layers.ConcatenateCondition, or take "
                "latent=0 for a generator that is given the condition alone"
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
        expect_owner("generator", self.generator, self.generator_optimizer)
        expect_owner("discriminator", self.discriminator, self.discriminator_optimizer)
        for term in self.terms:
            expect_moved(term, self.players()[:2])
        for player in self.players():
            if hasattr(player, "members"):
                expect_found(player)
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


def expect_owner(name, player, optimizer):
    """Raise unless the optimiser moves exactly this player's parameters."""
    own = {id(parameter) for parameter in player.parameters().values()}
    moved = {id(parameter) for parameter in getattr(optimizer, "parameters", {}).values()}
    if own != moved:
        raise ValueError(
            f"Game: {name}_optimizer must hold the parameters of the {name} and no others"
        )


def expect_moved(term, players):
    """Raise unless each parameter of the term's own layers is frozen, or moved by one of its
    optimisers."""
    of_players = {id(held) for player in players for held in player.parameters().values()}
    own = {
        id(held): name for name, held in term.parameters().items() if id(held) not in of_players
    }
    moved = [id(held) for each in term.optimizers() for held in each.parameters.values()]
    still = {id(held) for held in term.parameters().values() if held.frozen}
    if strange := set(moved) - own.keys():
        raise ValueError(
            f"Game: the optimisers of the term {type(term).__name__} hold {len(strange)} "
            "parameters of layers that are not its own"
        )
    left = [name for key, name in own.items() if moved.count(key) + (key in still) != 1]
    if left:
        raise ValueError(
            f"Game: each parameter of the term {type(term).__name__} must be moved by one of its "
            "optimisers, generator_optimizer or discriminator_optimizer, or be frozen for good by "
            f"layer.freeze(); this is not so of {', '.join(left[:5])}"
        )


def expect_method(name, thing, method):
    """`thing` itself; TypeError unless it is an object (no class) that has the method."""
    if isinstance(thing, type) or not hasattr(thing, method):
        wanted = "a list" if method == "__iter__" else f"an object with {method}"
        raise TypeError(f"Game: {name} must be {wanted}, got {thing!r}")
    return thing
