"""Terms: formulas and whole steps beside PyTorch, layers of their own, and what is refused."""

import copy

import numpy as np
import pytest
from every_term import CLASSES, CODES, MASK, Reads, adams, every_term, float64, game_with

from gan_scratch.backend import backend_of
from gan_scratch.batch import Batch, as_weights
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.gradient_check import check_game
from gan_scratch.joining import joined_discriminator_step
from gan_scratch.layers import Dense, Sequential
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import SGD
from gan_scratch.terms import AuxiliaryClassifier, Codes, FeatureMatching, Reconstruction, Term
from gan_scratch.testing import STRICT, no_waiting
from gan_scratch.training import Checkpoint, Diverged, StepDone, digest, play, train
from gan_scratch.unrolling import unrolled_generator_step

RNG = np.random.default_rng
COUNT = 6


def points(count=50):
    rng = RNG(1)
    return Dataset("points", rng.standard_normal((count, len(MASK))),
                   labels=rng.integers(CLASSES, size=count))


def batch_of(game, count=COUNT):
    """(real, noise) of the game, with one condition."""
    data = points(count)
    real = as_weights(Batch(data.samples, data.labels), game.weight)
    return real, game.noise(count, condition=real.condition)


# Formulas. PyTorch differentiates the loss as the docstring of the term writes it.


class Outputs(dict):
    """What a term sees of a batch."""

    def __init__(self, outputs, condition, noise):
        super().__init__(outputs)
        self.samples, self.condition, self.noise = self["samples"], condition, noise


def reconstruction(norm, mask):
    return lambda fake, real: (mask(fake) * (fake.samples - real.samples).abs() ** norm).mean()


def features(fake, real):
    return ((fake["features"].mean(0) - real["features"].mean(0)) ** 2).sum()


def classes(batch, *_):
    import torch

    return torch.nn.functional.cross_entropy(batch["classes"], batch.condition)


def codes(fake, real):
    import torch

    wanted, read = fake.noise[:, 2:], fake["code"]
    named = [
        torch.nn.functional.cross_entropy(read[:, a:b], wanted[:, a:b]) for a, b in ((0, 3), (3, 5))
    ]
    return sum(named) + ((wanted[:, 5:] - read[:, 5:]) ** 2).sum(1).mean() / 2


def of_condition(condition):
    return 1.0 + (condition[:, None] == 1)


FORMULAS = {
    "L1": (Reconstruction(2.0), reconstruction(1, lambda fake: 1), None),
    "L2 of a mask": (
        Reconstruction(norm=2, mask=MASK),
        reconstruction(2, lambda fake: fake.samples.new_tensor(MASK)), None,
    ),
    "L1 of a mask of the condition": (
        Reconstruction(mask=of_condition),
        reconstruction(1, lambda fake: of_condition(fake.condition)), None,
    ),
    "features": (FeatureMatching(), features, None),
    "classes": (
        AuxiliaryClassifier(), classes, lambda real, fake: classes(real) + classes(fake)
    ),
    "classes, not of fakes": (
        AuxiliaryClassifier(on_fakes=False), classes, lambda real, fake: classes(real)
    ),
    "codes": (every_term(RNG(0))["codes"], codes, lambda real, fake: codes(fake, real)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_loss_and_derivatives_are_those_of_torch(name):
    torch = pytest.importorskip("torch")
    term, of_g, of_d = FORMULAS[name]
    rng = RNG(2)
    widths = {"samples": len(MASK), "features": 3, "classes": CLASSES, "code": CODES.outputs}
    ours, theirs = [], []
    for count in (COUNT, COUNT + 2 * (name == "features")):  # its means are of any two batches
        outputs = {key: rng.standard_normal((count, width)) for key, width in widths.items()}
        given = rng.integers(CLASSES, size=count), CODES.draw(count, rng)
        ours.append(Outputs(outputs, *given))
        tensors = {key: torch.tensor(v, requires_grad=True) for key, v in outputs.items()}
        theirs.append(Outputs(tensors, *map(torch.tensor, given)))
    for side, formula, moving in (("generator", of_g, 1), ("discriminator", of_d, 2)):
        assert term.has_part(side) == (formula is not None)
        if formula is None:
            continue
        loss, *derivatives = getattr(term, side)(*ours)
        expected = formula(*theirs)
        assert loss == pytest.approx(expected.item(), rel=1e-12)
        for tensors, claims in zip(theirs[:moving], derivatives, strict=True):
            claims = claims if isinstance(claims, dict) else {"samples": claims}
            slopes = torch.autograd.grad(
                expected, [*tensors.values()], retain_graph=True, allow_unused=True
            )
            slopes = {key: s for key, s in zip(tensors, slopes, strict=True) if s is not None}
            assert claims.keys() == slopes.keys()
            for key, slope in slopes.items():
                np.testing.assert_allclose(claims[key], slope, rtol=1e-12, atol=1e-14)


# Whole steps.


class Twin:
    """The same game in PyTorch, with plain gradient descent as its optimisers."""

    def __init__(self, torch, game):
        self.torch, self.rate = torch, game.generator_optimizer.learning_rate
        self.weights = {
            name: {key: torch.tensor(p.value, requires_grad=True) for key, p in held.items()}
            for name, held in parameters_of(game).items()
        }

    def dense(self, player, name, x):
        weights = self.weights[player]
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def made(self, noise):
        z, labels = self.torch.tensor(noise.values), self.torch.tensor(noise.condition)
        given = self.torch.cat([z, self.torch.nn.functional.one_hot(labels, CLASSES)], 1)
        samples = self.dense("generator", "3", self.torch.tanh(self.dense("generator", "1", given)))
        return self.judged(samples, labels, z)

    def judged(self, samples, labels, noise=None):
        h = self.torch.tanh(self.dense("discriminator", "0", samples))
        heads = {
            name: self.dense("discriminator", f"2.{name}", h)
            for name in ("score", "classes", "code")
        }
        return Outputs({"samples": samples, "features": h, **heads}, labels, noise)

    def discriminator_step(self, real, noise):
        softplus = self.torch.nn.functional.softplus
        x = self.torch.tensor(real.values, requires_grad=True)
        real, fake = self.judged(x, self.torch.tensor(real.condition)), self.made(noise)
        (slope,) = self.torch.autograd.grad(real["score"].sum(), x, create_graph=True)
        return self.moved(
            softplus(-real["score"]).mean() + softplus(fake["score"]).mean()
            + 0.4 / 2 * (slope**2).sum(1).mean()
            + 0.5 * (classes(real) + classes(fake)) + 0.3 * codes(fake, real)
            + 1.1 * (self.dense("own", "judges", x) - 1).pow(2).mean() / 2,
            ("discriminator", ""), ("own", "judges"),
        )

    def generator_step(self, noise, real, factor):
        softplus, mask = self.torch.nn.functional.softplus, self.torch.tensor(MASK)
        fake, real = self.made(noise), self.judged(self.torch.tensor(real.values), None)
        missed = self.dense("own", "reads", fake.samples) - fake.noise
        return self.moved(
            softplus(-fake["score"]).mean()
            + 2.0 * factor * reconstruction(1, lambda _: mask)(fake, real)
            + 0.7 * features(fake, real) + 0.5 * classes(fake) + 0.3 * codes(fake, real)
            + 1.1 * (missed**2).sum(1).mean() / 2,
            ("generator", ""), ("own", "reads"),
        )

    def moved(self, loss, *places):
        held = [
            tensor for player, start in places
            for name, tensor in self.weights[player].items() if name.startswith(start)
        ]
        for tensor, slope in zip(held, self.torch.autograd.grad(loss, held), strict=True):
            tensor.data -= self.rate * slope
        return loss.item()


def parameters_of(game):
    players = {"generator": game.generator, "discriminator": game.discriminator}
    return {name: player.parameters() for name, player in [
        *players.items(), *(("own", term) for term in game.terms if isinstance(term, Reads))
    ]}


def test_a_round_with_every_term_is_that_of_torch():
    torch = pytest.importorskip("torch")
    game = game_with()
    twin = Twin(torch, game)
    game.follow_schedules(0.25)
    start = copy.deepcopy(parameters_of(game))
    for _ in range(2):
        real, noise = batch_of(game)
        d_loss = discriminator_step(game, real, noise)
        assert d_loss == pytest.approx(twin.discriminator_step(real, noise), rel=1e-12)
        g_loss = generator_step(game, noise, real)
        assert g_loss == pytest.approx(twin.generator_step(noise, real, 0.75), rel=1e-12)
    for player, held in parameters_of(game).items():
        for name, parameter in held.items():
            theirs = twin.weights[player][name].detach()
            np.testing.assert_allclose(parameter.value, theirs, rtol=0, atol=1e-12)
            assert (parameter.value != start[player][name].value).all(), name


def test_the_gradient_check_finds_nothing():
    game = game_with()
    report = check_game(game, *batch_of(game))
    assert report.passed, report
    rows = [row.quantity for row in report.rows]
    checked = {name.split()[1] for name in rows if len(name.split()) == 3}
    assert checked == {
        "Reconstruction", "FeatureMatching", "AuxiliaryClassifier", "MutualInformation"
    }
    assert {name for name in rows if name.startswith("Reads ")} == {
        "Reads reads.weight", "Reads reads.bias", "Reads judges.weight", "Reads judges.bias"
    }


def test_a_game_of_float32_stays_one_and_a_device_gives_what_the_host_gives():
    def results(converted):
        game = game_with(converted=converted)
        real, noise = batch_of(game)
        with no_waiting():
            losses = discriminator_step(game, real, noise), generator_step(game, noise, real)
        to_numpy = backend_of(game.weight).to_numpy
        return [to_numpy(each) for each in (*losses, *(o.values for o in game.optimizers()))]

    on_host = results(float64)
    for found, wanted in zip(results(lambda it: float64(it).to(STRICT)), on_host, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    for found, wanted in zip(results(lambda it: it), on_host, strict=True):
        assert found.dtype == "float32"
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


# Layers of a term, and the state.


def test_layers_of_a_term_move_in_the_step_of_their_optimizer_alone():
    game = game_with("own", optimizer=adams)
    (term,) = game.terms
    real, noise = batch_of(game)
    start = term.state()

    def moved():
        return {name.split(".")[0] for name, v in term.state().items() if (v != start[name]).any()}

    discriminator_step(game, real, noise)
    assert moved() == {"judges"}
    generator_step(game, noise, real)
    assert moved() == {"reads", "judges"}
    assert [optimizer.steps for optimizer in game.optimizers()] == [1, 1, 1, 1]


def test_a_training_with_terms_resumes_to_the_same_bits(tmp_path):
    data = points()

    def started(seed):
        game = game_with(seed=seed, optimizer=adams)
        return game, data.batches(COUNT, game.rng, condition=True)

    def go_on(game, batches, until):
        play(game, data, steps=until, batch_size=COUNT, batches=batches, reschedule=True)
        return digest(game.state())

    game, batches = started(0)
    go_on(game, batches, 3)
    Checkpoint(tmp_path / "c.gan").save(game, batches)
    copied = copy.deepcopy((game, batches))
    resumed = started(50)
    Checkpoint(tmp_path / "c.gan").restore(*resumed)
    assert digest(resumed[0].state()) == digest(game.state())
    assert all(each.first_moment.any() for each in game.terms[-1].optimizers())
    wanted = go_on(game, batches, 7)
    assert go_on(*resumed, 7) == go_on(*copied, 7) == wanted


def test_states_of_games_with_and_without_terms_do_not_fit_each_other():
    plain, other = game_with("features"), game_with("features", "own")
    before = digest(other.state())
    with pytest.raises(ValueError, match="only one of the two games has term 1, term 1 discrim"):
        other.load_state(plain.state())
    assert digest(other.state()) == before
    plain.terms = ()
    assert plain.state().keys() == {  # those of every state from before there were terms
        "step", "generator", "discriminator", "generator_optimizer", "discriminator_optimizer",
        "average", "random",
    }


def test_a_layer_of_a_term_that_went_bad_is_named():
    game = game_with("own")
    game.terms[0].reads.weight.value[...] = np.nan
    words = "not finite in step 1: the gradient of the term Reads.reads.bias is not finite"
    with pytest.raises(Diverged, match=words):
        play(game, points(), steps=2, batch_size=COUNT)


# Weights and schedules.


def test_the_weight_of_a_term_follows_its_schedule_in_training():
    game = game_with("reconstruction", "classes")
    factors = [
        [term.factor for term in game.terms]
        for event in train(game, points(), steps=4, batch_size=COUNT) if isinstance(event, StepDone)
    ]
    assert factors == [[1.0, 1.0], [0.75, 1.0], [0.5, 1.0], [0.25, 1.0]]


def test_a_term_of_weight_zero_changes_no_gradient():
    games = [game_with("classes", "codes"), game_with("classes", "codes")]
    games[0].terms = ()
    games[1].terms[0].weight = games[1].terms[1].weight = 0.0
    gradients = []
    for game in games:
        real, noise = batch_of(game)
        discriminator_step(game, real, noise)
        generator_step(game, noise, real)
        gradients.append(np.concatenate([each.gradients for each in game.optimizers()]))
    heads = gradients[0] != 0  # codes and classes get no gradient without terms
    assert heads.any() and not heads.all()
    np.testing.assert_array_equal(*gradients)


# What the generator is given.


def test_codes_are_noise_one_hot_rows_and_uniform_numbers():
    rows = CODES.draw(4000, RNG(3))
    assert rows.shape == (4000, CODES.size) == (4000, 9) and CODES.outputs == 7
    for piece in (rows[:, 2:5], rows[:, 5:7]):
        assert set(piece.ravel()) == {0, 1} and (piece.sum(axis=1) == 1).all()
        np.testing.assert_allclose(piece.mean(axis=0), 1 / piece.shape[1], atol=0.03)
    np.testing.assert_allclose(rows[:, :2].std(axis=0), 1, atol=0.05)
    assert (abs(rows[:, 7:]) < 1).all() and rows[:, 7:].std() == pytest.approx(3**-0.5, abs=0.02)


def test_a_game_draws_its_codes_in_its_dtype_and_by_its_generator():
    game = game_with(converted=lambda layer: layer)
    noise = game.noise(5, RNG(4), np.arange(5) % CLASSES)
    assert noise.values.dtype == "float32"
    np.testing.assert_array_equal(noise.values, CODES.draw(5, RNG(4)).astype("float32"))


@pytest.mark.parametrize("terms", [(), (Reconstruction(1.0),)], ids=["no term", "reconstruction"])
def test_a_generator_of_the_condition_alone(terms):
    rng = RNG(0)
    players = [
        Sequential(Dense(*widths, rng=rng)).astype("float64") for widths in ((3, 2), (2, 1))
    ]
    game = Game(
        *players, NonSaturating(), *(SGD(p.parameters(), 0.1) for p in players), rng=rng, latent=0,
        terms=terms,
    )
    data = Dataset("pairs", rng.standard_normal((20, 2)), condition=rng.standard_normal((20, 3)))
    before = digest(game.state())
    events = [e for e in train(game, data, steps=2, batch_size=4) if isinstance(e, StepDone)]
    assert digest(game.state()) != before and len(events) == 2
    assert events[0].noise.values is None
    noise = game.noise(2, condition=data.condition[:2])
    np.testing.assert_array_equal(game.sample(noise), game.generator(noise.condition))
    with pytest.raises(ValueError, match="no classes to draw from; hand in condition="):
        game.noise(3)
    with pytest.raises(ValueError, match="a row for each of the 3 samples, got 20"):
        game.noise(3, condition=data.condition)


# What is refused, in a sentence.


class Nothing(Term):
    pass


def owning(generator_optimizer, discriminator_optimizer=None):
    """A term of whose optimisers one is wrong."""
    term = Reads(1.0, RNG(0))
    term.generator_optimizer = generator_optimizer(term)
    if discriminator_optimizer:
        term.discriminator_optimizer = discriminator_optimizer(term)
    return [term]


def sgd(layer):
    return SGD(layer.parameters(), 0.1)


NO_GAMES = {
    "a class": (lambda: [Reconstruction], TypeError, "each term must be a terms.Term, got"),
    "a loss": (lambda: [NonSaturating()], TypeError, "each term must be a terms.Term, got Non"),
    "no list": (Reconstruction, TypeError, "terms must be a list"),
    "nothing": (lambda: [Nothing()], ValueError, "the term Nothing adds nothing"),
    "one twice": (lambda: [FORMULAS["L1"][0]] * 2, ValueError, "the same term object stands twice"),
    "an untold G": (
        lambda: [AuxiliaryClassifier()], ValueError,
        "AuxiliaryClassifier looks at the condition of fakes, and the generator is told none",
    ),
    "strange layer": (
        lambda: owning(lambda term: sgd(Dense(2, 2, rng=RNG(0)))), ValueError,
        "optimisers of the term Reads hold 2 parameters of layers that are not its own",
    ),
    "moved twice": (
        lambda: owning(lambda term: sgd(term.reads), sgd), ValueError,
        "moved by one of its optimisers, .* not so of reads.weight, reads.bias$",
    ),
    "never moved": (
        lambda: owning(lambda term: None), ValueError,
        "frozen for good .* not so of reads.weight, reads.bias$",
    ),
}


@pytest.mark.parametrize("name", NO_GAMES)
def test_terms_that_make_no_game_are_refused(name):
    terms, error, words = NO_GAMES[name]
    game = game_with("features")
    parts = (game.generator, game.discriminator, game.objective, game.generator_optimizer,
             game.discriminator_optimizer)
    with pytest.raises(error, match=f"^Game: .*{words}"):
        Game(*parts, rng=game.rng, latent=game.latent, terms=terms())


def test_a_frozen_layer_of_a_term_needs_no_optimizer():
    (term,) = owning(lambda term: None)
    term.reads.freeze()
    start = term.state()
    game = game_with("features")
    game.terms = (term,)
    game.expect_owners()
    real, noise = batch_of(game)
    discriminator_step(game, real, noise)
    generator_step(game, noise, real)
    moved = {name for name, value in term.state().items() if (value != start[name]).any()}
    assert moved == {"judges.weight", "judges.bias"}


def test_joined_and_unrolled_steps_take_no_terms():
    game = game_with("features", "classes")
    game.penalties = ()
    real, noise = batch_of(game)
    with pytest.raises(ValueError, match="takes no terms: take generator_step"):
        unrolled_generator_step(game, noise, real)
    with pytest.raises(ValueError, match="join_batches=True takes .* without penalties and terms"):
        joined_discriminator_step(game, real, noise)
    with pytest.raises(ValueError, match="join_batches=True takes .* without penalties and terms"):
        train(game, points(), steps=1, batch_size=COUNT, join_batches=True)
    with pytest.raises(ValueError, match="an unrolled step of G takes no terms"):
        game_with("features", unroll=0.1)


def test_a_term_of_pairs_refuses_fakes_of_another_condition():
    game = game_with("reconstruction")
    real, noise = batch_of(game)
    other = Batch(noise.values, (noise.condition + 1) % CLASSES)
    before = digest(game.state())
    for step in (lambda: discriminator_step(game, real, other),
                 lambda: generator_step(game, other, real)):
        with pytest.raises(ValueError, match="both must have the same condition"):
            step()
    assert digest(game.state()) == before
    short = Batch(real.values[:, :3], real.condition)
    with pytest.raises(ValueError, match=r"Reconstruction: .* a real sample, \(3,\), got \(5,\)"):
        generator_step(game, noise, short)
    game = game_with("features", "classes")  # which compare no pairs
    generator_step(game, other, real)


WRONG = {
    "none": (lambda fake: None, "must return .loss, derivatives., the loss a single number"),
    "a list": (lambda fake: [0.0, fake.samples], "must return .loss, derivatives., the loss"),
    "no number": (lambda fake: (fake.samples, fake.samples), "the loss a single number"),
    "no array": (lambda fake: (0.0, None), "no array was given as the derivative by 'samples'"),
    "shape": (lambda fake: (0.0, fake.samples[:2]), "must be float64 of shape .6, 5., as that is"),
    "dtype": (lambda fake: (0.0, fake.samples.astype("f")), "must be float64 .* got float32"),
    "name": (lambda fake: (0.0, {"scores": fake["score"]}), "no output called 'scores': it gives"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_term_of_ones_own_returns_is_looked_at(name):
    result, words = WRONG[name]

    class Own(Term):
        def generator(self, fake, real):
            return result(fake)

    game = game_with("features")
    game.terms = (Own(),)
    real, noise = batch_of(game)
    with pytest.raises(ValueError, match=f"^the term Own: .*{words}"):
        generator_step(game, noise, real)


def test_a_term_that_adds_by_itself_says_how_much():
    class Silent(Term):
        def add_to_discriminator(self, real, fake):
            pass

    game = game_with("features")
    game.terms = (Silent(),)
    with pytest.raises(ValueError, match="^the term Silent: add_to_discriminator must return the "):
        discriminator_step(game, *batch_of(game))


def test_real_samples_stand_still_in_the_step_of_g():
    class Pulls(Term):
        def add_to_generator(self, fake, real):
            real.send("score", real["score"])
            return 0.0

    game = game_with("features")
    game.terms = (Pulls(),)
    real, noise = batch_of(game)
    with pytest.raises(ValueError, match="^the term Pulls: no gradient goes back from real "):
        generator_step(game, noise, real)
    game.terms = (FeatureMatching(),)
    with pytest.raises(ValueError, match="look at real samples|looks at real samples"):
        generator_step(game, noise)


def test_codes_that_nobody_drew_are_refused():
    game = game_with("codes")
    game.terms[0].codes = Codes(2, categorical=(3,), continuous=1)
    real, noise = batch_of(game)
    with pytest.raises(ValueError, match=r"^the term MutualInformation: .* got \(9,\) and \(7,\)"):
        generator_step(game, noise, real)
