"""A run: one training of a recipe in a folder, with its values, pictures and checkpoints.

    recipe.json                             what was trained, for people
    checkpoint.gan, checkpoint.gan.prev     all that the next step depends on, now and before
    values.csv                              every monitored value
    samples.png, film/, report.html, ...    the pictures: plots/album.py
"""

import json
from pathlib import Path

import numpy as np

from gan_scratch import datasets, settings
from gan_scratch.backend import backend_of
from gan_scratch.cores import one_blas_thread
from gan_scratch.plots.album import Album
from gan_scratch.recipes import Recipe
from gan_scratch.training import checkpoints, sharing
from gan_scratch.training.checkpoints import Checkpoint, CheckpointError
from gan_scratch.training.divergence import all_finite
from gan_scratch.training.equilibrium import Equilibrium
from gan_scratch.training.loop import Events, StepDone, learning_rate_jump, train
from gan_scratch.training.monitors import Monitor, ValuesFile
from gan_scratch.training.rounds import Diverged
from gan_scratch.version import VERSION

CHECKPOINT = "checkpoint.gan"
SNAPSHOTS = 40
PICTURED = 100  # samples in a picture
WALKS = 6  # ways from one latent to another
CHECKPOINT_EVERY = 500
CLASSES_PICTURED = 10  # of a conditional run, one a column
VALUE_RANGE = (0, 1)  # the recipes' generators end in a sigmoid

# One seed serves several purposes; each draws from a stream of its own.
PICTURE_STREAM, DATA_STREAM, HELD_OUT_STREAM, SAMPLE_STREAM = 1, 2, 3, 4


class Run:
    """A training that lives in a folder.

    Run(folder, recipe, seed=0)     a new one; the folder must not hold a run yet
    Run.resume(folder)              one that was stopped, at the step of its last checkpoint

    Nothing is written before `train` begins. `workers` processes share each batch; "auto" lets the
    recipe's work and the cores decide, and a run that is resumed keeps the number that it had.
    """

    def __init__(
        self, folder, recipe, *, seed=0, dtype="float32", backend="numpy", workers=1
    ):
        self.folder = Path(folder)
        if (self.folder / CHECKPOINT).exists():
            raise ValueError(f"{folder} already holds a run; resume it, or choose another folder")
        self._assemble(recipe, seed, dtype, backend, workers)

    @classmethod
    def resume(cls, folder, *, steps=None, backend="numpy", workers=None):
        """The run in `folder` where its checkpoint left it; `steps` may set another goal.

        Raises CheckpointError where the checkpoint is damaged or the data has changed. What
        differs from the machine that made it (versions, threads) is left in `run.differences`, and
        how another goal changes the learning rate at once, in `run.jump`.
        """
        run = cls.__new__(cls)
        run.folder = Path(folder)
        path = run.folder / CHECKPOINT
        saved = saved_description(path)
        recipe = recipe_of(saved, path)
        if workers is None:
            workers = checkpoints.read_training(path)["made_with"].get("workers", 1)
        run._assemble(recipe, saved["seed"], saved["dtype"], backend, workers)
        if run.description() != saved:
            raise CheckpointError(
                f"{path} was trained on other data than {recipe.data} is now: "
                f"{checkpoints.differences(saved, run.description())}"
            )
        run.differences = run.checkpoint.restore(run.game, run.batches)
        if steps is not None:
            run.recipe = recipe.but(steps=steps)
            run.checkpoint.recipe = run.description()
            run.jump = learning_rate_jump(run.game, steps, recipe.rate_schedule())
            if recipe.penalty_schedule != "constant" or recipe.instance_noise:
                run.jump += "; penalties and noise that follow a schedule jump with it"
        return run

    def _assemble(self, recipe, seed, dtype, backend, workers):
        self.recipe, self.seed, self.dtype = recipe, seed, dtype
        self.dataset = self._load("train", DATA_STREAM)
        self.game = recipe.game(
            self.dataset.sample_shape, len(self.class_names or ()),
            seed=seed, backend=backend, dtype=dtype,
        )
        self.batches = self.dataset.batches(
            recipe.batch_size, self.game.rng, labels=recipe.conditional
        )
        if workers == "auto":
            workers = sharing.fitting(self.game, recipe.batch_size)
        self.workers = settings.positive_integer(None, "workers", workers)
        self.checkpoint = Checkpoint(self.folder / CHECKPOINT, self.description(), self.workers)
        self.album = Album(self.folder, value_range=VALUE_RANGE, reference=self.dataset.points)
        self.differences = self.jump = ""
        self.saved_step = None

    def _load(self, split, stream):
        name = self.recipe.data
        if name in datasets.MIXTURES:
            return datasets.load(name, split, rng=np.random.default_rng([self.seed, stream]))
        return datasets.load(name, split, value_range=VALUE_RANGE)

    @property
    def class_names(self):
        """The names of the classes that the players are told, or None."""
        return self.dataset.class_names if self.recipe.conditional else None

    def description(self):
        """What is trained on what, as plain data: a checkpoint of something else is refused."""
        return {
            "recipe": self.recipe.settings(),
            "seed": self.seed,
            "dtype": self.dtype,
            "sample_shape": list(self.dataset.sample_shape),
            "data_digest": self.dataset.digest(),
            "classes": None if self.class_names is None else list(self.class_names),
        }

    def _open_folder(self):
        """Make the folder ready: what an earlier part of the run wrote after its last checkpoint
        is dropped, as it will be written again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.values = ValuesFile(self.folder / "values.csv", after_step=self.game.step)
        self.monitor = Monitor(
            every=max(1, self.recipe.steps // 200), seconds_before=self.values.seconds
        )
        self.album.cut_film(self.game.step)
        self._describe_for_people()
        if self.game.step == 0:
            self.save()
            self.snapshot()

    def _describe_for_people(self):
        recipe = self.recipe.settings()
        text = json.dumps(
            {
                "name": recipe.pop("name"),
                "summary": recipe.pop("summary"),
                "data": self.recipe.data,
                "seed": self.seed,
                "dtype": self.dtype,
                "backend": backend_of(self.game.generator_optimizer.values).name,
                "workers": self.workers,
                "version": VERSION,
                "settings": recipe,
            },
            indent=2,
        )
        (self.folder / "recipe.json").write_text(text + "\n", encoding="utf-8")

    def equilibrium(self, delta):
        """The rule that stops this run at its equilibrium; see training/equilibrium.py."""
        return Equilibrium(
            self._load("held-out", HELD_OUT_STREAM),
            lambda rng: self.recipe.discriminator(self.dataset.sample_shape, rng),
            seed=self.seed,
            delta=delta,
        )

    def train(self, until=None):
        """Train to the recipe's number of steps; yields the events, after they were recorded.

        The run is saved every 500 steps and at the end. Whoever stops listening before calls
        `save()` to keep the steps since then.
        """
        return Events(self._train(until))

    def _train(self, until):
        due = snapshot_steps(self.recipe.steps)
        self._open_folder()
        for event in train(
            self.game,
            self.dataset,
            steps=self.recipe.steps,
            batch_size=self.recipe.batch_size,
            discriminator_steps=self.recipe.discriminator_steps,
            schedule=self.recipe.rate_schedule(),
            until=until,
            batches=self.batches,
            reschedule=True,
            workers=self.workers,
        ):
            if isinstance(event, StepDone):
                with one_blas_thread():  # others would spin on the cores of the next round
                    self._record(event, due)
            yield event
        if self.saved_step != self.game.step:
            self.save()

    def _record(self, event, due):
        row = self.monitor.row(event)
        if row:
            self.values.append(row)
        if event.step in due:
            self.snapshot()
        if event.step % CHECKPOINT_EVERY == 0:
            self.save()

    def save(self):
        """Write the checkpoint; Diverged, and the old one kept, where a weight is not finite."""
        for name in ("generator", "discriminator"):
            for path, parameter in getattr(self.game, name).parameters().items():
                if not all_finite(parameter.value):
                    raise Diverged(f"not finite after step {self.game.step}: {name}.{path}")
        self.checkpoint.save(self.game, self.batches)
        self.saved_step = self.game.step

    def pictured_noise(self):
        """The fixed noise of this run's pictures: the same at every step."""
        rng = np.random.default_rng([self.seed, PICTURE_STREAM])
        labels = None
        if self.class_names is not None:
            labels = np.arange(PICTURED) % min(CLASSES_PICTURED, len(self.class_names))
        return self.game.noise(PICTURED, rng, labels)

    def samples(self):
        """What the generator makes of the fixed noise at present."""
        return host_samples(self.game, self.pictured_noise())

    def snapshot(self):
        """Renew samples.png and add it to the film."""
        samples = self.samples()
        self.album.renew(samples)
        self.album.add_to_film(samples, self.game.step)

    def draw(self):
        """Make every picture of the present state, and report.html; returns its path."""
        walks = None
        if self.dataset.images is not None:
            walks = walk_between(self.game, self.pictured_noise(), WALKS)
        return self.album.complete(self.samples(), walks)


def saved_description(path):
    """What a checkpoint says it holds; CheckpointError where it is no run's checkpoint."""
    if not path.exists():
        raise FileNotFoundError(f"{path.parent} holds no run: there is no {path.name} in it")
    description = checkpoints.read_training(path)["recipe"]
    if not isinstance(description, dict) or "recipe" not in description:
        raise CheckpointError(f"{path} does not say which recipe it holds")
    return description


def recipe_of(description, path):
    """The recipe that a checkpoint describes."""
    try:
        return Recipe(**description["recipe"])
    except TypeError as error:
        raise CheckpointError(f"{path} holds a recipe of another version: {error}") from error


def load_game(folder):
    """The game of the run in `folder`, as its checkpoint left it; the data is not needed."""
    path = Path(folder) / CHECKPOINT
    saved = saved_description(path)
    recipe = recipe_of(saved, path)
    game = recipe.game(
        tuple(saved["sample_shape"]), len(saved.get("classes") or ()),
        seed=saved["seed"], dtype=saved["dtype"],
    )
    game.load_state(checkpoints.read(path)["training"]["game"])
    return game


def class_label(folder, word):
    """The label of the class called `word`, a name or a number, in the run in `folder`."""
    names = saved_description(Path(folder) / CHECKPOINT).get("classes")
    if names is None:
        raise ValueError(f"the players of {folder} are not told the class, so none can be chosen")
    if word in names:
        return names.index(word)
    if word.isdecimal() and int(word) < len(names):
        return int(word)
    raise ValueError(f"unknown class {word!r}; {folder} knows {', '.join(names)}")


def draw_samples(game, count, seed, label=None):
    """`count` samples, as a NumPy array, from noise that `seed` alone decides.

    `label` is the class to draw, for players that are told one; by default any of them.
    """
    labels = None if label is None else np.full(count, label)
    return host_samples(
        game, game.noise(count, np.random.default_rng([seed, SAMPLE_STREAM]), labels)
    )


def host_samples(game, noise):
    samples = game.sample(noise)
    return backend_of(samples).to_numpy(samples).astype("float32")


def walk_between(game, noise, walks, length=12):
    """Samples (walks, length, H, W, C) along arcs from noise 0 to 1, 2 to 3, and so on.

    Of noise in many dimensions nearly all has about the same norm, so a straight line would leave
    the noise that G knows. Where there are classes, each walk stays within that of its start.
    """
    z, labels = noise if isinstance(noise, tuple) else (noise, None)
    host = backend_of(z).to_numpy(z)[: 2 * walks]
    pairs = zip(host[::2], host[1::2], strict=True)
    shares = np.linspace(0, 1, length)
    arcs = [slerp(start, end, share) for start, end in pairs for share in shares]
    latents = backend_of(z).asarray(np.array(arcs, host.dtype))
    if labels is not None:
        latents = latents, labels[: 2 * walks : 2].repeat(length)
    samples = host_samples(game, latents)
    return samples.reshape(walks, length, *samples.shape[1:])


def slerp(start, end, share):
    """The point at `share` of the way from `start` to `end` on the arc between them."""
    cosine = start @ end / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    if angle < 1e-6:
        return (1 - share) * start + share * end
    return (np.sin((1 - share) * angle) * start + np.sin(share * angle) * end) / np.sin(angle)


def snapshot_steps(steps):
    """The steps at which the film gets a picture: many early, when most changes, few later."""
    moments = np.linspace(0, 1, SNAPSHOTS + 1)[1:] ** 2
    return {max(1, round(float(moment) * steps)) for moment in moments}
