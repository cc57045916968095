"""The pictures of docs/my-gan-fails.md: python docs/failures.py   (about six minutes)

Each is a small training with one thing wrong; those that the book's chapters make anyway are taken
from their games.
"""

import sys
from pathlib import Path

import jupytext
import numpy as np

from gan_scratch import datasets, theory
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import BatchNorm, ConvTranspose2D
from gan_scratch.layers.layer import layers_inside
from gan_scratch.losses import Minimax, NonSaturating
from gan_scratch.metrics.nearest import nearest
from gan_scratch.models import dcgan, mlp
from gan_scratch.optimizers import Adam
from gan_scratch.penalties import R1
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure
from gan_scratch.plots.files import save_image
from gan_scratch.plots.images import enlarged, grid, to_image
from gan_scratch.plots.side_by_side import side_by_side

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images" / "fails"
NOISE = np.random.default_rng(9).standard_normal((18, 100), dtype="float32")


def main():
    chapter = games_of("04_the_first_gan")["attempts"]
    right = chapter["right"][0]
    for name in list(chapter)[1:]:
        save(name, board(chapter[name][0]), board(right))
    ring = games_of("05_mode_collapse_on_demand")["games"]
    healthy = ring["R1"].picture("all of them", size=2.8)
    save("chasing", ring["slow D"].picture("a slow D", size=2.8), healthy)
    late = type(ring["R1"])(ring["R1"].data).play(600)
    save("few modes", late.picture("equal rates, early", size=2.8), healthy)
    save("range", board(digits_game(output="sigmoid", value_range=(-1, 1), steps=800), (-1, 1)),
         board(digits_game(steps=800)))
    save("rate", board(digits_game(rate=0.1, steps=400)), board(digits_game(steps=400)))
    save("statistics", *batch_statistics())
    save("chequered", overlaps(3, output_padding=1), overlaps(4))
    save("copies", *copies())
    save("circles", curve(theory.dirac(Minimax())), curve(theory.dirac(Minimax(), [R1(0.3)])))


def games_of(chapter):
    """The variables of a chapter that was run from top to bottom."""
    variables = {}
    source = ROOT / "notebooks" / "source" / f"{chapter}.py"
    for cell in jupytext.read(source, fmt="py:percent").cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, chapter, "exec"), variables)
    return variables


def save(name, wrong, right):
    """The wrong picture and the right one, side by side."""
    path = FOLDER / f"{name.replace(' ', '-')}.png"
    save_image(side_by_side([wrong, right], gap=24), path, optimize=True)
    print(path.relative_to(ROOT), file=sys.stderr)


def board(game, value_range=(0, 1)):
    return grid(game.sample(NOISE), columns=6, value_range=value_range)


def digits_game(
    *, output="sigmoid", value_range=(0, 1), rate=4e-3, steps, images=None, r1=0.5
):
    """The players of chapter 4 after some rounds."""
    rng = np.random.default_rng(0)
    players = mlp.generator(output=output, rng=rng), mlp.discriminator(rng=rng)
    adams = [Adam(player.parameters(), rate, beta1=0.0, beta2=0.99) for player in players]
    game = Game(*players, NonSaturating(), *adams, [R1(r1)] if r1 else (), rng=rng, latent=100)
    data = datasets.load("digits", value_range=value_range)
    if images:
        data = datasets.Dataset("few", images=data.images[:images], value_range=value_range)
    return played(game, data.batches(min(128, images or 128), rng), steps)


def played(game, batches, steps):
    for step in range(steps):
        for adam in (game.generator_optimizer, game.discriminator_optimizer):
            adam.learning_rate = adam.initial_learning_rate * (1 - step / steps)
        real = next(batches)
        discriminator_step(game, real, game.noise(len(real)))
        generator_step(game, game.noise(len(real)))
    return game


def batch_statistics():
    """A DCGAN whose running statistics were never moved, sampled in inference; and as it should."""
    rng = np.random.default_rng(0)
    players = (
        dcgan.generator(width=16, hidden=128, output="sigmoid", rng=rng),
        dcgan.discriminator(width=16, hidden=128, normalization=None, rng=rng),
    )
    adams = [Adam(player.parameters(), 4e-3, beta1=0.0, beta2=0.99) for player in players]
    game = Game(*players, NonSaturating(), *adams, [R1(0.5)], rng=rng, latent=100)
    played(game, datasets.load("digits", value_range=(0, 1)).batches(64, rng), 800)
    right = board(game)
    for layer in layers_inside(game.generator):
        if isinstance(layer, BatchNorm):
            for name, buffer in layer.buffers().items():
                buffer.value[...] = 1 if "variance" in name else 0
    return board(game), right


def overlaps(kernel, output_padding=0):
    """A constant image after two transposed convolutions of stride 2 with all weights alike."""
    layer = ConvTranspose2D(
        1, 1, kernel, stride=2, padding=1, output_padding=output_padding, bias=False,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    layer.weight.value[...] = 1
    image = layer(layer(np.ones((1, 9, 9, 1), "float32")))
    return to_image(enlarged((255 * image / image.max()).astype("uint8"), 8)[0])


def copies():
    """Samples of a game on 40 digits and, below each, the nearest of the 40; then of one on all."""
    boards = []
    for images in (40, None):
        game = digits_game(images=images, steps=2500, r1=0)
        data = datasets.load("digits", value_range=(0, 1)).images[:images]
        samples = game.sample(NOISE[:9])
        index, _ = nearest(samples, data)
        boards.append(grid(np.concatenate([samples, data[index]]), columns=9))
    return boards


def curve(game):
    """Both players' numbers over 300 simultaneous steps."""
    path = theory.simultaneous(game, 300)
    with style.look({"axes.titlepad": 5}):
        figure, (axes,) = new_figure(size=(3.2, 2.2), dpi=100)
        axes.plot(path[:, 0], color=style.GENERATOR, label="G")
        axes.plot(path[:, 1], color=style.DISCRIMINATOR, label="D")
        axes.set(xlabel="step", ylim=(-2.2, 2.2))
        axes.legend()
        return as_image(figure)


if __name__ == "__main__":
    main()
