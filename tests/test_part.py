"""Parts: plain data that checks itself, is stored, and changes by a word."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import gan_scratch
from gan_scratch import settings
from gan_scratch.models import dcgan, mlp
from gan_scratch.part import KINDS, Part, listed, make, setting
from gan_scratch.recipes import Data, Penalties, Recipe

SMALL = Recipe("small", "a few words", Data("ring"), mlp.Players(latent=2, hidden=(8, 8)))


@pytest.mark.parametrize("words, place, value", [
    ("players.latent=32", "players.latent", 32),
    ("players.hidden=64,32", "players.hidden", (64, 32)),
    ("players.hidden=[64]", "players.hidden", (64,)),
    ("players.hidden=", "players.hidden", ()),
    ("players.spread=true", "players.spread", True),
    ("players.spread=True", "players.spread", True),
    ("front.augment=cutout", "front.augment", ("cutout",)),
    ("front.augment=cutout,contrast", "front.augment", ("cutout", "contrast")),
    ("objective=hinge", "objective", "hinge"),
    ("data.name=2024", "data.name", "2024"),
    ("name=a=b", "name", "a=b"),
    ("optimizers.learning_rate=1e-4", "optimizers.learning_rate", 1e-4),
    ("players=dcgan", "players", dcgan.Players()),
])  # fmt: skip
def test_words_of_the_command_line(words, place, value):
    changed = SMALL.set(words)
    found = changed
    for name in place.split("."):
        found = getattr(found, name)
    assert found == value and type(found) is type(value)
    others = dict(listed(SMALL.settings()))
    differing = {path for path, now in listed(changed.settings()) if others.get(path) != now}
    assert all(path.startswith(place) for path in differing) and differing


@pytest.mark.parametrize("words, sentence", [
    ("players", "a setting is given as PATH=VALUE, got 'players'"),
    ("latent=3", r"recipe has no setting 'latent' \(did you mean players.latent\?\); it has name"),
    ("penalty.r1=1", r"recipe has no setting 'penalty' \(did you mean penalties\?\)"),
    ("players.hiden=3", r"mlp has no setting 'hiden' \(did you mean hidden\?\); it has latent"),
    ("players=dcgn", r"players is a part: .*, got 'dcgn' \(did you mean dcgan\?\)"),
    ("steps=100", r"steps is a part: .* such as steps.rounds, .*fits there \(steps\), got '100'"),
    ("data.reading.size=3", "nothing can be set inside of None"),
    ("players.latent.x=3", "nothing can be set inside of 2"),
    ("players.hidden=a,b", "Players: hidden must be a positive whole number, got 'a'"),
    ("data.name=", "Data: name must be a text, got ''"),
])  # fmt: skip
def test_a_change_that_cannot_be_made_is_one_sentence(words, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        SMALL.set(words)


def test_three_ways_to_change_the_inside_of_a_part():
    wider = SMALL.but(players={"latent": 9}, penalties=Penalties(r1=1.0), summary=None)
    assert wider == SMALL.but(**{"players.latent": 9, "penalties.r1": 1.0})
    assert wider.players.hidden == (8, 8) and wider.summary == "a few words"
    both = SMALL.but(**{"players": "dcgan", "players.width": 4})
    assert both.players == dcgan.Players(width=4)
    assert SMALL.players.latent == 2  # a recipe itself never changes
    with pytest.raises(ValueError, match="summary is 'a few words', which has no settings inside"):
        SMALL.but(summary={"x": 1})


@pytest.mark.parametrize("change, sentence", [
    ({"players": 3}, "recipe: players must be a part with generator, discriminator, latent"),
    ({"players": Penalties()}, "recipe: players must be .*; what it lacks is generator, discr"),
    ({"penalties": mlp.Players()}, "recipe: penalties must be a part with made, fades"),
    ({"data": {"kind": "mlp"}}, "recipe: data must be a part with name, batch_size"),
    ({"objective": Penalties}, "unknown objective"),
    ({"data": {"reading": 3}}, "data: reading must be a Reading or None, got 3"),
    ({"name": "../up"}, "recipe: name must be one that a folder can have, got '../up'"),
    ({"name": "a.json"}, "recipe: name must be one that a folder can have"),
    ({"summary": 5}, "recipe: summary must be a text, got 5"),
    ({"summary": np.ones(2)}, "recipe: summary must be plain data .*, got ndarray"),
])  # fmt: skip
def test_a_place_takes_the_parts_that_fit_there(change, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        SMALL.but(**change)


def test_what_json_cannot_give_back_is_refused():
    with pytest.raises(ValueError, match="^unknown kind of part 'mlb'; if it is defined"):
        make({"kind": "mlb"})
    with pytest.raises(ValueError, match="^mlp has no setting 'invented'; it has latent"):
        make({"kind": "mlp", "invented": 1})
    with pytest.raises(ValueError, match="^recipe needs a setting 'summary', which has no de"):
        make({"kind": "recipe", "name": "x"})


def test_a_kind_belongs_to_one_class_and_a_class_may_be_defined_again():
    def define():
        @dataclass(frozen=True)
        class Mine(Part):
            size: int = setting(1, settings.positive_integer)

        return Mine

    first, second = define(), define()
    kind = f"{__name__}.{first.__qualname__}"
    try:
        assert first.kind == kind and KINDS[kind] is second is not first
        assert make(json.loads(json.dumps(first(3).settings()))) == second(3) != first(3)
    finally:
        del KINDS[kind]
    sentence = "^mlp is the kind of gan_scratch.models.mlp.Players already; give .*Other another"
    with pytest.raises(ValueError, match=sentence):
        class Other(Part, kind="mlp"):
            pass


def test_a_part_without_its_decorator_would_forget_its_settings():
    class Bare(Part, kind="bare of a decorator"):
        size = 3

    try:
        with pytest.raises(ValueError, match="^Bare is a part and needs @dataclass.frozen=True"):
            Bare()
    finally:
        del KINDS["bare of a decorator"]


def test_no_class_of_the_package_has_more_than_twelve_fields():
    counts = {}
    for path in Path(gan_scratch.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                counts[node.name] = sum(isinstance(line, ast.AnnAssign) for line in node.body)
    assert counts["Recipe"] == 11 and counts["Players"] > 4
    assert {name: count for name, count in counts.items() if count > 12} == {}
