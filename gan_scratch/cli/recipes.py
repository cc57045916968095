"""gan-scratch recipes: what there is to train."""

from gan_scratch.part import listed
from gan_scratch.recipes import RECIPES


def add_to(commands):
    parser = commands.add_parser("recipes", help="list the recipes")
    parser.add_argument("--settings", action="store_true", dest="all_settings",
                        help="with every setting")
    parser.set_defaults(run=recipes)


def recipes(options):
    width = max(map(len, RECIPES))
    for recipe in RECIPES.values():
        print(f"{recipe.name:<{width}}  {recipe.summary}")
        if options.all_settings:
            for path, value in list(listed(recipe.settings()))[len(("kind", "name", "summary")) :]:
                print(f"    {path} = {value}")
    return 0
