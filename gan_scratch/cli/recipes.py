"""gan-scratch recipes: what there is to train."""

from gan_scratch.recipes import RECIPES


def add_to(commands):
    parser = commands.add_parser("recipes", help="list the recipes")
    parser.add_argument(
        "--settings", action="store_true", dest="all_settings", help="with every setting"
    )
    parser.set_defaults(run=recipes)


def recipes(options):
    width = max(map(len, RECIPES))
    for recipe in RECIPES.values():
        settings = recipe.settings()
        print(f"{settings.pop('name'):<{width}}  {settings.pop('summary')}")
        if options.all_settings:
            for name, value in settings.items():
                print(f"    {name} = {value}")
    return 0
