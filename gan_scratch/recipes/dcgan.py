"""Convolutions draw digits and clothes, by one recipe and by three other objectives."""

from gan_scratch.models import dcgan
from gan_scratch.recipes.parts import Adams, Data, Penalties, Schedule, Steps
from gan_scratch.recipes.recipe import Recipe

DCGAN_DIGITS = Recipe(
    name="dcgan-digits",
    summary="convolutions write digits: batch norm in G, R1 in D, decaying rate, averaged weights",
    data=Data(batch_size=64), players=dcgan.Players(latent=64, width=16, dense=256),
    penalties=Penalties(r1=0.3), schedule=Schedule("linear"), steps=Steps(5500),
    optimizers=Adams(learning_rate=4e-3, beta1=0.0, beta2=0.99, average=0.999),
)

RECIPES = (
    DCGAN_DIGITS,
    DCGAN_DIGITS.but(
        name="dcgan-fashion", data={"name": "fashion"},
        summary="convolutions draw clothes, by the recipe of dcgan-digits",
    ),
    DCGAN_DIGITS.but(
        name="wgan-gp-digits",
        summary="the same players, Wasserstein loss, slope of D penalised between real and fake",
        objective="wasserstein", penalties=Penalties(gradient=1.0),
        optimizers={"learning_rate": 2e-3}, steps=Steps(5000),
    ),
    DCGAN_DIGITS.but(
        name="hinge-digits",
        summary="the same players, hinge loss, D's slope held at 1/4 so that scores seldom leave "
        "the margin",
        objective="hinge", penalties=Penalties(gradient=4.0, target=0.25),
        optimizers={"learning_rate": 2e-3}, steps=Steps(5000),
    ),
    DCGAN_DIGITS.but(
        name="r3gan-digits",
        summary="each fake beside a real digit: relativistic loss, R1 and R2 in every fourth "
        "step, a residual block in both players",
        objective="relativistic", players={"blocks": 1},
        penalties={"r2": 0.3, "every": 4}, steps=Steps(3100),
    ),
    DCGAN_DIGITS.but(
        name="conditional-digits", players={"conditional": True},
        summary="convolutions write the digit that they are asked for",
    ),
)
