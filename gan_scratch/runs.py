"""A run: one training of a recipe in a folder, with its values, pictures and checkpoints.

    recipe.json                             what was trained, for people
    checkpoint.gan, checkpoint.gan.prev     all that the next step depends on, now and before
    values.csv                              every monitored value
    ending.json                             at which step it ended last, how, and why
    samples.png, film/, report.html, ...    the pictures: plots/album.py

A folder belongs to one training at a time (locks.py). It is known by its checkpoint, which is there
before anything else.
"""

import contextlib
import itertools
import json
from pathlib import Path

import numpy as np
import PIL

from gan_scratch import datasets, doctor, settings
from gan_scratch.backend import backend_of, get_backend
from gan_scratch.cores import one_blas_thread
from gan_scratch.datasets import own
from gan_scratch.datasets.account import printable
from gan_scratch.datasets.folder import RUN
from gan_scratch.datasets.reading import Reading
from gan_scratch.drawing import host_samples, pictured_noise, walk_between
from gan_scratch.files import clear_unfinished, whole_file
from gan_scratch.locks import FolderLock
from gan_scratch.part import make
from gan_scratch.plots.album import Album
from gan_scratch.plots.curves import read_values
from gan_scratch.recipes import recipe_from
from gan_scratch.recipes.parts import VALUE_RANGE, Data
from gan_scratch.training import checkpoints, sharing
from gan_scratch.training.checkpoints import Checkpoint, CheckpointError
from gan_scratch.training.divergence import all_finite
from gan_scratch.training.equilibrium import Equilibrium
from gan_scratch.training.loop import Events, StepDone, learning_rate_jump, train
from gan_scratch.training.monitors import Monitor, ValuesFile
from gan_scratch.training.rounds import Diverged
from gan_scratch.version import VERSION

CHECKPOINT = RUN  # what a folder is known by to be a run
ENDING = "ending.json"
LITTER = "Thumbs.db", "desktop.ini", f"{CHECKPOINT}.part"
FEW = 1000  # files
SNAPSHOTS = 40
WALKS = 6  # ways from one latent to another
CHECKPOINT_EVERY = 500

DATA_STREAM, HELD_OUT_STREAM, DOCTOR_STREAM = 2, 3, 5  # of the seed; drawing.py has the others


class Run:
    """A training that lives in a folder.

    Run(folder, recipe, seed=0)     a new one; the folder must not hold anything yet
    Run.resume(folder)              one that was stopped, at the step of its last checkpoint

    Nothing is written before `train` begins. `workers` processes share each batch; "auto" lets the
    recipe's work and the cores decide, and a run that is resumed keeps the number that it had.
    `lock` is the FolderLock of a caller that holds the folder already. `progress(done, total)` is
    called as one's own files are loaded; `account` then says in lines what became of them.
    """

    def __init__(
        self, folder, recipe, *, seed=0, dtype="float32", backend="numpy", workers=1, lock=None,
        progress=None,
    ):
        self.folder = Path(folder)
        expect_free(self.folder)
        if recipe.data.own and recipe.data.reading is None:
            recipe = recipe.but(data={"reading": Reading()})
        self._assemble(recipe, seed, dtype, backend, workers, lock, progress)

    @classmethod
    def resume(
        cls, folder, *, steps=None, backend="numpy", workers=None, data=None, lock=None,
        progress=None,
    ):
        """The run in `folder` where its checkpoint left it; `steps` may set another goal, and
        `data` says where the data lies now.

        Raises CheckpointError where the checkpoint is damaged or the data has changed. What
        differs from the machine that made it (versions, threads) is left in `run.differences`, and
        how another goal changes the learning rate at once, in `run.jump`.
        """
        run = cls.__new__(cls)
        run.folder = Path(folder)
        path = run.folder / CHECKPOINT
        saved = saved_description(path)
        recipe = make(saved["recipe"])
        if data is not None and type(recipe.data) is not Data:
            raise ValueError(f"{folder} is on {recipe.data.name}, which lies in no other place")
        recipe = recipe.but(data={"name": data})
        if recipe.data.own and not Path(recipe.data.name).exists():
            raise CheckpointError(
                f"{path} was trained on {recipe.data.name}, which is not there; --data says where "
                "it is"
            )
        if workers is None:
            workers = checkpoints.read_training(path)["made_with"].get("workers", 1)
        run._assemble(recipe, saved["seed"], saved["dtype"], backend, workers, lock, progress)
        decoding = expect_same_data(saved, run.description(), recipe.data, len(run.dataset), path)
        run.checkpoint.recipe = saved
        differences = run.checkpoint.restore(run.game, run.batches), decoding
        run.differences = "; ".join(filter(None, differences))
        run.saved_step = run.game.step
        if steps is not None:
            run.recipe = recipe.but(steps={"rounds": steps})
            run.jump = learning_rate_jump(run.game, steps, recipe.schedule)
            if recipe.penalties.fades or recipe.front.fades:
                run.jump += "; penalties and noise that follow a schedule jump with it"
        run.checkpoint.recipe = run.description()
        return run

    def _assemble(self, recipe, seed, dtype, backend, workers, lock, progress):
        self.recipe, self.seed, self.dtype = recipe, seed, dtype
        self.lock = lock or FolderLock(self.folder)
        get_backend(backend)  # what can be found wrong is, before the data is loaded
        if workers != "auto":
            settings.positive_integer(None, "workers", workers)
        self.own = self._read_own(progress) if recipe.data.own else None
        self.account = self.own.account.lines() if self.own else []
        self.dataset = self._load("train", DATA_STREAM)
        recipe.players.expect_samples(self.dataset.sample_shape)
        if self.dataset.value_range not in (None, VALUE_RANGE):
            raise ValueError(
                f"a run draws pictures of images in {VALUE_RANGE}, and those of "
                f"{recipe.data.name} are in {self.dataset.value_range}"
            )
        shape, classes = self.dataset.sample_shape, len(self.class_names or ())
        self.game = recipe.game(shape, classes, seed=seed, backend=backend, dtype=dtype)
        labels_alone = self.dataset.condition is self.dataset.labels
        if self.dataset.kind not in ("images", "points") or (
            self.game.conditional and not (labels_alone and self.class_names)
        ):
            raise ValueError(
                f"a run draws pictures of images and points, by class or without one, and the "
                f"{self.dataset.kind} or the condition of {recipe.data.name} cannot be drawn yet: "
                "train such a game by gan_scratch.training.train"
            )
        size, conditional = recipe.data.batch_size, self.game.conditional
        self.batches = self.dataset.batches(size, self.game.rng, condition=conditional)
        self.workers = sharing.fitting(self.game, size) if workers == "auto" else workers
        path = self.folder / CHECKPOINT
        self.checkpoint = Checkpoint(path, self.description(), self.workers, translated)
        self.album = Album(self.folder, value_range=VALUE_RANGE, reference=self.dataset.points)
        self.differences = self.jump = ""
        self.saved_step = None

    def _read_own(self, progress):
        """The pictures that the recipe's data names; first all that is wrong with the recipe for
        pictures like them, as far as it can be seen without loading."""
        data, known = self.recipe.data, datasets.names()
        if not Path(data.name).exists():
            raise ValueError(
                f"unknown data set {data.name!r}{settings.did_you_mean(data.name, known)}; "
                f"choose {', '.join(known)}, or give a folder of pictures or a file that is there"
            )
        source = own.find(data.name, data.reading)
        if data.batch_size > source.count > FEW:  # fewer are read at once, and judged then
            raise ValueError(
                f"a batch of {data.batch_size} takes more pictures than there can be in the "
                f"{source.count} files of {data.name}; choose a smaller --batch-size"
            )
        self.recipe.players.expect_samples(source.shape)
        return source.read(progress)

    def _load(self, split, stream):
        if self.own:
            return self.own.dataset(split, VALUE_RANGE)
        return self.recipe.data.load(split, np.random.default_rng([self.seed, stream]))

    @property
    def class_names(self):
        """The names of the classes that the players are told, or None."""
        return self.dataset.class_names if self.recipe.players.conditional else None

    def description(self):
        """What is trained on what, as plain data: a checkpoint of something else is refused."""
        return {
            "recipe": self.recipe.settings(), "seed": self.seed, "dtype": self.dtype,
            "sample_shape": list(self.dataset.sample_shape), "data_digest": self.dataset.digest(),
            "files_digest": self.own and self.own.files_digest,
            "pillow": self.own and PIL.__version__,
            "classes": None if self.class_names is None else list(self.class_names),
        }

    def _open_folder(self):
        """Make the folder ready: what an earlier part of the run wrote after its last checkpoint
        is dropped, as it will be written again."""
        for folder in (self.folder, self.folder / "film"):
            clear_unfinished(folder)
        if self.game.step == 0:
            self.save()
        self.values = ValuesFile(self.folder / "values.csv", after_step=self.game.step)
        every = max(1, self.recipe.steps.rounds // 200)
        self.monitor = Monitor(every=every, seconds_before=self.values.seconds)
        self.album.cut_film(self.game.step)
        (self.folder / ENDING).unlink(missing_ok=True)
        describe_for_people(
            self.folder, self.description(), data_account=self.own and self.own.account.plain(),
            workers=self.workers, backend=backend_of(self.game.generator_optimizer.values).name,
        )  # fmt: skip
        if not (self.folder / "data.png").exists():
            self.album.show_data(self.dataset.samples)
        if self.game.step == 0:
            self.snapshot()

    def equilibrium(self, delta):
        """The rule that stops this run at its equilibrium; see training/equilibrium.py."""
        def fresh(rng):
            return self.recipe.players.discriminator(self.dataset.sample_shape, rng)

        held_out = self._load("held-out", HELD_OUT_STREAM)
        return Equilibrium(held_out, fresh, seed=self.seed, delta=delta)

    def train(self, until=None):
        """Train to the recipe's number of steps; yields the events, after they were recorded.

        The run is saved every 500 steps and at the end. Whoever stops listening before calls
        `save()` to keep the steps since then. Raises locks.Taken where another process trains in
        this folder.
        """
        return Events(self._train(until))

    def _train(self, until):
        due = snapshot_steps(self.recipe.steps.rounds)
        with self.lock:
            self._open_folder()
            try:
                for event in train(
                    self.game, self.dataset, **self.recipe.training(), until=until,
                    batches=self.batches, reschedule=True, workers=self.workers,
                ):
                    if isinstance(event, StepDone):
                        with one_blas_thread():  # others would spin on the cores of the next round
                            self._record(event, due)
                    yield event
                if self.saved_step != self.game.step:
                    self.save()
            except GeneratorExit:
                self._note_ending("stopped", "stopped on request")
                raise
            except Diverged as error:
                self._note_ending("diverged", str(error))
                raise
            self._note_ending(*how_it_ended(self.values, event.reason))

    def _record(self, event, due):
        if row := self.monitor.row(event):
            self.values.append(row)
        if event.step in due:
            self.snapshot()
        if event.step % CHECKPOINT_EVERY == 0:
            self.save()

    def _note_ending(self, how, words):
        self.ending = {"step": self.game.step, "how": how, "words": words}
        with contextlib.suppress(OSError):  # a full disk: what matters has been saved, or has not
            write_json(self.folder / ENDING, self.ending)

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
        return pictured_noise(self.game, self.seed, self.class_names)

    def samples(self):
        """What the generator makes of the fixed noise at present."""
        return host_samples(self.game, self.pictured_noise())

    def snapshot(self):
        """Renew samples.png and add it to the film."""
        samples = self.samples()
        self.album.renew(samples)
        self.album.add_to_film(samples, self.game.step)

    def examined(self):
        """The doctor's Report on the present state."""
        held_out = None
        if not self.own or self.own.held_out.any():
            held_out = self._load("held-out", HELD_OUT_STREAM)
        return examined(self.folder, self.game, self.recipe, self.seed, self.dataset, held_out)[0]

    def draw(self):
        """Make every picture of the present state, and report.html; returns its path."""
        return draw(self.game, self.pictured_noise(), self.album)


def examined(folder, game, recipe, seed, training, held_out):
    """(the doctor's Report, the columns of values.csv) of the run in `folder`."""
    path = folder / "values.csv"
    values = read_values(path) if path.exists() else {}
    rng = np.random.default_rng([seed, DOCTOR_STREAM])
    return doctor.examine(
        game, training, values, held_out, rng=rng, batch_size=recipe.data.batch_size
    ), values


def draw(game, noise, album):
    """Make every picture of `game` in the album, and report.html; returns its path."""
    samples = host_samples(game, noise)
    return album.complete(samples, walk_between(game, noise, WALKS) if samples.ndim == 4 else None)


def draw_again(folder):
    """Make every picture of the run in `folder` from its checkpoint; returns the report's path and,
    in words, what could not be drawn. The data is not needed, but for data.png where it is missing.
    """
    folder = Path(folder)
    saved = saved_description(folder / CHECKPOINT)
    data = make(saved["recipe"]).data
    reference, missing = None, ""
    rng = np.random.default_rng([saved["seed"], DATA_STREAM])
    if data.name in datasets.MIXTURES:
        reference = data.load("train", rng).points
    album = Album(folder, value_range=VALUE_RANGE, reference=reference)
    if not (folder / "data.png").exists():
        try:
            album.show_data(samples_of(data, rng) if reference is None else reference)
        except (ValueError, OSError) as error:
            missing = f"data.png was not drawn, as the data cannot be loaded: {error}"
    try:
        json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # damaged, or never written by a run that was killed
        describe_for_people(folder, saved)
    game = load_game(folder)
    return draw(game, pictured_noise(game, saved["seed"], saved.get("classes")), album), missing


def samples_of(data, rng):
    """The samples that a run with this data trains on."""
    if data.own:
        return own.find(data.name, data.reading).read().dataset("train", VALUE_RANGE).samples
    return data.load("train", rng).samples


def expect_free(folder):
    """ValueError where `folder` holds anything, but for what systems and killed runs leave."""
    if (folder / CHECKPOINT).exists():
        raise ValueError(f"{folder} already holds a run; resume it, or choose another folder")
    if not folder.is_dir():
        return
    names = sorted(path.name for path in folder.iterdir())
    if foreign := [name for name in names if name[0] != "." and name not in LITTER]:
        raise ValueError(
            f"{folder} holds files that are not of a run ({', '.join(foreign[:3])}"
            f"{', ...' if len(foreign) > 3 else ''}); choose a new folder or an empty one"
        )


def expect_same_data(saved, present, data, count, path):
    """CheckpointError unless a run goes on with the data that it began with: the same samples, or
    samples of the same files. Returns in words how files were decoded otherwise."""
    either = ("data_digest", "files_digest", "pillow")
    settled = {**saved, "recipe": present["recipe"]}  # it was translated, and may lie elsewhere
    same_samples = settled["data_digest"] == present["data_digest"]
    same_files = settled.get("files_digest") == present["files_digest"] is not None
    shapes = checkpoints.differences(*(
        {name: value for name, value in each.items() if name not in either}
        for each in (settled, present)
    ))  # fmt: skip
    if shapes or not (same_samples or same_files):
        before = checkpoints.read_training(path)["training"]["batches"]["samples"]
        words = shapes or (
            f"of {before} samples to train on, some have changed" if before == count else
            f"there were {before} samples to train on, and there are {count}"
        )
        hint = "if the data has moved, --data says where it lies, and " if data.own else ""
        raise CheckpointError(
            f"{path} was trained on other data than {data.name} is now: {words}; {hint}if it is to "
            "be other data, start a new run"
        )
    return "" if same_samples else (
        f"the same files are decoded to other pixels by Pillow {present['pillow']} than by "
        f"{settled['pillow']}"
    )


def how_it_ended(values, reason):
    """("done", reason), unless the last gradients were all exactly 0, or beyond all numbers."""
    rows = values.rows()
    for how, ails, words in (
        ("dead", lambda row: not any(norms_of(row)), "exactly 0, so nothing moves any more"),
        ("diverged", lambda row: not np.isfinite(norms_of(row)).all(), "too large to be measured"),
    ):
        if ailing := list(itertools.takewhile(ails, reversed(rows))):
            since = ailing[-1]["step"]
            return how, f"since step {since} or before, the gradients of a step have been {words}"
    return "done", reason


def norms_of(row):
    return [float(row[f"{player}_gradient_norm"]) for player in ("discriminator", "generator")]


def describe_for_people(folder, description, **besides):
    """Write recipe.json."""
    recipe = dict(description["recipe"])
    about = {name: recipe.pop(name) for name in ("name", "summary")}
    about["data"] = recipe["data"]["name"]
    about.update(seed=description["seed"], dtype=description["dtype"], **besides, version=VERSION)
    write_json(folder / "recipe.json", {**about, "settings": recipe})


def write_json(path, plain):
    with whole_file(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(plain, indent=2) + "\n")


def saved_description(path):
    """What a checkpoint says it holds; CheckpointError where it is no run's checkpoint."""
    if not path.exists():
        previous = path.with_name(f"{path.name}.prev")
        hint = f"; rename {previous.name}, the one before it" if previous.exists() else ""
        raise FileNotFoundError(f"{path.parent} holds no run: there is no {path.name} in it{hint}")
    description = checkpoints.read_training(path)["recipe"]
    if not isinstance(description, dict) or "recipe" not in description:
        raise CheckpointError(f"{path} does not say which recipe it holds")
    try:
        return translated(description)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} holds a recipe of another version, or with parts of your own: {error}"
        ) from error


def translated(description):
    """The description with its recipe as it would be stored today."""
    return {**description, "recipe": recipe_from(description["recipe"]).settings()}


def load_game(folder):
    """The game of the run in `folder`, as its checkpoint left it; the data is not needed."""
    path = Path(folder) / CHECKPOINT
    saved = saved_description(path)
    shape, classes = tuple(saved["sample_shape"]), len(saved.get("classes") or ())
    game = make(saved["recipe"]).game(shape, classes, seed=saved["seed"], dtype=saved["dtype"])
    game.load_state(checkpoints.read(path)["training"]["game"])
    return game


def class_label(folder, word):
    """The label of the class called `word` in the run in `folder`: a name, or a number where no
    class has a number for a name."""
    names = saved_description(Path(folder) / CHECKPOINT).get("classes")
    if names is None:
        raise ValueError(f"the players of {folder} are not told the class, so none can be chosen")
    word = printable(word)  # as the names are
    if word in names:
        return names.index(word)
    numbered = not any(name.isdecimal() for name in names)
    if numbered and word.isdecimal() and int(word) < len(names):
        return int(word)
    hint = settings.did_you_mean(word, names)
    raise ValueError(f"unknown class {word!r}{hint}; {folder} knows {', '.join(names)}")


def snapshot_steps(steps):
    """The steps at which the film gets a picture: many early, when most changes, few later."""
    moments = np.linspace(0, 1, SNAPSHOTS + 1)[1:] ** 2
    return {max(1, round(float(moment) * steps)) for moment in moments}
