"""Named experiments: data, two players, an objective, penalties, optimisers, a number of steps.

A recipe is plain data, made of parts, so it can be printed, changed by a word, and stored beside
its results. Each file of this folder that has RECIPES is a family; a new one needs no other change.
"""

import importlib
import json
import pkgutil
from pathlib import Path

from gan_scratch import settings
from gan_scratch.recipes.earlier import recipe_from
from gan_scratch.recipes.parts import Adams, Data, Front, Penalties, Schedule, Steps
from gan_scratch.recipes.recipe import OBJECTIVES, Recipe

__all__ = [
    "OBJECTIVES", "RECIPES", "Adams", "Data", "Front", "Penalties", "Recipe", "Schedule", "Steps",
    "add", "find", "read", "recipe_from",
]  # fmt: skip

RECIPES = {}
IN_ORDER = ("mlp", "dcgan")  # the families that one meets first; the others by name


def add(*recipes):
    """Make recipes known by their names: to `find`, and so to `gan-scratch train NAME`."""
    for recipe in recipes:
        if not isinstance(recipe, Recipe):
            raise ValueError(f"RECIPES holds {recipe!r}, which is no recipe")
        if RECIPES.setdefault(recipe.name, recipe) != recipe:
            raise ValueError(f"there is another recipe called {recipe.name}")


def find(name):
    """The recipe called `name`, or that of the run whose recipe.json it names; ValueError with all
    names where there is none."""
    if str(name).endswith(".json"):
        return read(name)[0]
    return RECIPES[settings.one_of(None, "recipe", name, RECIPES)]


def read(path):
    """(recipe, seed, dtype) of the run whose recipe.json this is."""
    try:
        shown = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
        if not isinstance(shown, dict) or not isinstance(shown.get("settings"), dict):
            raise ValueError("it has no settings")
        named = {name: shown.get(name, "") for name in ("name", "summary")}
        seed = settings.whole_number(None, "seed", shown.get("seed", 0))
        return recipe_from({**shown["settings"], **named}), seed, shown.get("dtype", "float32")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no recipe.json of a run: {error}") from error


for family in dict.fromkeys((*IN_ORDER, *sorted(m.name for m in pkgutil.iter_modules(__path__)))):
    add(*getattr(importlib.import_module(f"{__name__}.{family}"), "RECIPES", ()))
