"""The pictures of one run: renewed while it trains, completed at the end.

    data.png            some of the data, as it was loaded
    samples.png         what the generator makes of one fixed set of noise
    film/               the same at chosen steps; film.gif and growth.png are made of them
    interpolation.png   walks between latents
    curves.png          what the monitors wrote into values.csv
    report.html         all of it on one page
"""

from pathlib import Path

import numpy
from PIL import Image

from gan_scratch.plots import files, films, images, points

SHOWN = 100  # of the data
TILE = 96  # pixels that an image is enlarged to at most


class Album:
    """The pictures in `folder`, of images in `value_range` or of points over `reference`."""

    def __init__(self, folder, *, value_range=(0, 1), reference=None):
        self.folder = Path(folder)
        self.value_range = value_range
        self.reference = reference

    def picture(self, samples):
        """A grid of images, or points over the real ones, as a Pillow image."""
        if samples.ndim == 2:
            return points.scatter(samples, reference=self.reference)
        scale = max(1, TILE // max(samples.shape[1:3]))
        return images.grid(samples, scale=scale, value_range=self.value_range)

    def show_data(self, samples):
        """Make data.png: some of `samples`, evenly spread over all, or all of them as points."""
        if samples.ndim == 2:
            picture = points.scatter(samples[:0], reference=samples)
        else:
            spread = numpy.linspace(0, len(samples) - 1, min(len(samples), SHOWN)).astype(int)
            picture = self.picture(samples[spread])
        files.save_image(picture, self.folder / "data.png")

    def renew(self, samples):
        """Make `samples` the present samples.png."""
        files.save_image(self.picture(samples), self.folder / "samples.png")

    def add_to_film(self, samples, step):
        """Keep `samples` as the film's picture of this step."""
        path = self.folder / "film" / f"step_{step:08d}.png"
        if samples.ndim == 2:
            files.save_image(self.picture(samples), path)
        else:
            films.save_snapshot(path, samples, step, value_range=self.value_range)

    def film(self):
        """step -> path of every picture of the film, in order."""
        paths = sorted((self.folder / "film").glob("step_*.png"))
        return {int(path.stem.removeprefix("step_")): path for path in paths}

    def cut_film(self, last_step):
        """Drop the film's pictures after a step, as a run that goes on makes them again."""
        for step, path in self.film().items():
            if step > last_step:
                path.unlink()

    def drop_damaged(self):
        """Remove what is no picture any more, as the rest of the film is worth drawing."""
        for path in self.film().values():
            try:
                with Image.open(path) as picture:
                    picture.verify()
            except (OSError, SyntaxError):
                path.unlink()

    def complete(self, samples, walks=None):
        """Make every other picture and the report; returns the report's path.

        `walks` (rows, length, H, W, C) are images on the way from one latent to another.
        """
        from gan_scratch.plots import curves, report  # matplotlib takes a second to load

        self.renew(samples)
        path = self.folder / "values.csv"
        values = curves.read_values(path) if path.exists() else {}
        if len(values.get("step", ())):
            curves.curves(values, self.folder / "curves.png")
        self.drop_damaged()
        if film := self.film():
            captions = [f"step {step:,}" for step in film]
            films.film(list(film.values()), self.folder / "film.gif", captions=captions)
        if film and walks is not None:
            snapshots = films.load_snapshots(self.folder / "film")
            films.growth(snapshots, self.folder / "growth.png")
        if walks is not None:
            films.interpolation(walks, self.folder / "interpolation.png")
        return report.report(self.folder)
