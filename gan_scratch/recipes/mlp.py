"""Dense layers write digits: the default, and the plain game of 2014."""

from gan_scratch.recipes.parts import Adams, Penalties, Schedule
from gan_scratch.recipes.recipe import Recipe

RECIPES = (
    Recipe(
        name="mlp-digits",
        summary="dense layers write digits: non-saturating loss, R1, decaying rate, "
        "averaged weights",
        penalties=Penalties(r1=0.5), schedule=Schedule("linear"),
        optimizers=Adams(learning_rate=4e-3, beta1=0.0, beta2=0.99, average=0.999),
    ),
    Recipe(
        name="mlp-classic",
        summary="the same players in the plain game of 2014, to see what goes wrong",
        objective="minimax", optimizers=Adams(learning_rate=2e-4),
    ),
)
