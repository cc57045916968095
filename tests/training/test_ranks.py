"""Several processes that share each batch play the same game as one."""

import copy
import functools
import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from every_term import CLASSES, MASK, adams, game_with
from shared_games import BATCH, GAMES, Shared, distance
from training_helpers import dropout_game

from gan_scratch.datasets import Dataset
from gan_scratch.game import Game
from gan_scratch.layers import Dense, Layer, LeakyReLU, Sequential
from gan_scratch.losses import Hinge, NonSaturating
from gan_scratch.optimizers import SGD, Optimizer
from gan_scratch.penalties import R1
from gan_scratch.share import share
from gan_scratch.terms import AuxiliaryClassifier, Reconstruction
from gan_scratch.training import Diverged, StepDone, digest, play, sharing, train
from gan_scratch.training.draws import DrawnOnce
from gan_scratch.training.meeting import (
    BOX,
    LAST_WORDS,
    LINE,
    Meeting,
    Memory,
    PeerLost,
    packed,
    unpacked,
)

# Newer Pythons warn of every fork beside a thread, as a worker of pytest has one.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
FORKS = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are not forked")
ALONE = {}


@pytest.fixture(scope="module", autouse=True)
def what_other_tests_left():
    """It lies still, so that the collections below, and that of each start, look only at what these
    tests make; at the end of a long run each would take most of a second."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def forked(monkeypatch):
    """Copies of this process, which start quickly; each test below leaves none behind."""
    if sys.platform.startswith("linux"):
        monkeypatch.setattr(sharing, "start_method", lambda: "fork")
    gc.collect()
    OTHERS.clear()
    OTHERS.update(children())  # of other tests
    yield
    gc.collect()
    assert children() == []


OTHERS = set()


def children():
    """Processes that this test has started and that have not ended."""
    found = Path(f"/proc/self/task/{os.getpid()}/children")
    numbers = set(found.read_text().split() if found.exists() else ()) - OTHERS
    return [n for n in numbers if "resource_tracker" not in Path(f"/proc/{n}/cmdline").read_text()]


def alone(name, steps):
    """The game as one process plays it."""
    if (name, steps) not in ALONE:
        ALONE[name, steps] = GAMES[name].played(steps, 1)
    return ALONE[name, steps]


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("name", GAMES)
def test_one_step_of_several_ranks_is_the_step_of_one(name, workers):
    assert distance(GAMES[name].played(1, workers), alone(name, 1)) < 1e-12


@pytest.mark.parametrize("name", ["dcgan-digits", "packs", "unrolling", "augmentation"])
def test_fifty_steps_are_the_same_game(name):
    assert distance(GAMES[name].played(50, 3), alone(name, 50)) < 1e-9


def test_the_same_number_of_workers_gives_the_same_bits():
    first, second = (GAMES["dcgan-digits"].played(5, 3) for _ in range(2))
    assert digest(first.state()) == digest(second.state())


def test_dropout_is_drawn_for_the_whole_batch():
    one, two = (
        Shared(lambda: dropout_game(seed=4), (4, 4, 1)).played(3, workers) for workers in (1, 2)
    )
    assert distance(two, one) < 1e-6  # float32
    assert [rng.bit_generator.state for rng in two.generators()] == [
        rng.bit_generator.state for rng in one.generators()
    ]


def test_events_carry_the_whole_batch_and_its_losses():
    shared = GAMES["conditional-digits"]
    events = {}
    for workers in (1, 2):
        events[workers] = next(iter(train(
            shared.make(), shared.dataset(), steps=1, batch_size=BATCH, workers=workers
        )))
    one, two = events[1], events[2]
    np.testing.assert_array_equal(two.real.values, one.real.values)
    np.testing.assert_array_equal(two.noise.condition, one.noise.condition)
    assert float(two.discriminator_loss) == pytest.approx(float(one.discriminator_loss), rel=1e-12)
    assert float(two.generator_loss) == pytest.approx(float(one.generator_loss), rel=1e-12)


def test_the_first_rank_has_the_gradients_of_the_whole_batch():
    shared = GAMES["dcgan-digits"]
    norms = []
    for workers in (1, 3):
        event = next(iter(train(
            shared.make(), shared.dataset(), steps=1, batch_size=BATCH, workers=workers
        )))
        game = event.game
        norms.append([game.generator_optimizer.gradient_norm(),
                      game.discriminator_optimizer.gradient_norm()])
    np.testing.assert_allclose(norms[1], norms[0], rtol=1e-12)


# Terms of the loss, and conditions.


class Points(Shared):
    def dataset(self):
        rng = np.random.default_rng(5)
        samples = rng.standard_normal((50, len(MASK)))
        return Dataset("points", samples, labels=rng.integers(CLASSES, size=50))


@pytest.mark.parametrize("workers", [2, 3])
def test_terms_are_played_by_several_ranks_as_by_one(workers):
    """Those of the library, and one with layers and optimisers of its own."""
    shared, games = Points(functools.partial(game_with, optimizer=adams)), []
    for count in (1, workers):
        game = shared.make()
        for event in train(game, shared.dataset(), steps=6, batch_size=BATCH, workers=count):
            if isinstance(event, StepDone) and event.step == 3:
                game.terms[-1].weight = 3.0  # which all ranks have to hear of
        games.append(game)
    one, several = games
    assert distance(several, one) < 1e-12
    assert [each.steps for each in several.optimizers()] == [6, 6, 6, 6]
    untold = shared.played(6, 1)
    assert distance(untold, one) > 1e-6


class Alone(AuxiliaryClassifier):
    shareable = False


def test_a_term_that_promises_nothing_is_played_by_one_and_said():
    game = game_with("classes")
    game.terms = (Alone(),)
    with pytest.warns(RuntimeWarning, match="1 of 2 workers: the term Alone does not say `share"):
        Points(None).played(2, 2, game)
    assert game.step == 2


def test_a_generator_of_the_condition_alone_is_shared_too():
    def made():
        rng = np.random.default_rng(0)
        players = [
            Sequential(Dense(*widths, rng=rng)).astype("float64") for widths in ((3, 2), (2, 1))
        ]
        optimizers = (SGD(player.parameters(), 0.1) for player in players)
        return Game(
            *players, NonSaturating(), *optimizers, rng=rng, latent=0, terms=[Reconstruction(1.0)]
        )

    rng = np.random.default_rng(5)
    data = Dataset("pairs", rng.standard_normal((50, 2)), condition=rng.standard_normal((50, 3)))
    one, two = made(), made()
    play(one, data, steps=3, batch_size=BATCH)
    play(two, data, steps=3, batch_size=BATCH, workers=2)
    assert distance(two, one) < 1e-12


# What a user does between two rounds counts.


def change_rate(game):
    game.discriminator_optimizer.initial_learning_rate *= 3


def change_penalty(game):
    game.penalties[0].gamma = 7.0


def exchange_objective(game):
    game.objective, game.penalties = Hinge(), (R1(2.0),)


def set_attributes_of_all_kinds(game):
    layer = game.generator.layers[-1]
    layer.note, layer.table, layer.pair = {"a": 1}, np.arange(3.0), (1, 2)


def clip_from_now_on(game):
    game.clip = 0.03


def write_statistics_and_exchange_a_penalty(game):
    next(iter(game.generator.buffers().values())).value[...] = 0.25
    game.penalties = (R1(2.0),)


def freeze_a_layer(game):
    next(iter(game.generator.parameters().values())).frozen = True


def write_weights_and_statistics(game):
    next(iter(game.discriminator.parameters().values())).value[...] *= 0.5
    next(iter(game.generator.buffers().values())).value[...] = 0.25


def draw_from_the_games_generator(game):
    game.noise(7)


@pytest.mark.parametrize("change", [
    change_rate, change_penalty, exchange_objective, freeze_a_layer, write_weights_and_statistics,
    draw_from_the_games_generator, clip_from_now_on, write_statistics_and_exchange_a_penalty,
    set_attributes_of_all_kinds,
])  # fmt: skip
def test_what_is_changed_between_rounds_counts_for_all_ranks(change):
    shared, games = GAMES["dcgan-digits"], []
    for workers in (1, 2):
        game = shared.make()
        for event in train(game, shared.dataset(), steps=5, batch_size=BATCH, workers=workers):
            if isinstance(event, StepDone) and event.step == 3:
                change(game)
        games.append(game)
    assert distance(games[1], games[0]) < 1e-11


def test_a_state_loaded_in_the_middle_is_gone_on_from():
    shared, games = GAMES["dcgan-digits"], []
    for workers in (1, 2):
        game, seen = shared.make(), 0
        for event in train(game, shared.dataset(), steps=4, batch_size=BATCH, workers=workers,
                           reschedule=True):
            if isinstance(event, StepDone):
                seen += 1
                if seen == 3:
                    game.load_state(shared.make().state())
                if seen == 6:
                    break
        games.append(game)
    assert distance(games[1], games[0]) < 1e-11


def exchange_the_average(game):
    game.average = copy.deepcopy(game.average)


def add_a_layer(game):
    game.discriminator.layers.insert(1, LeakyReLU())


def take_other_layers(game):
    game.discriminator.layers = list(game.discriminator.layers)[:-1]


def replace_a_moment(game):
    optimizer = game.generator_optimizer
    optimizer.first_moment = np.zeros_like(optimizer.first_moment)


@pytest.mark.parametrize(
    "change", [exchange_the_average, add_a_layer, take_other_layers, replace_a_moment]
)
def test_another_member_in_the_middle_is_refused(change):
    shared = GAMES["mlp-digits"]
    game = shared.make()
    events = train(game, shared.dataset(), steps=4, batch_size=BATCH, workers=2)
    next(events)
    change(game)
    with pytest.raises(ValueError, match="begin another one"):
        next(events)


def test_what_cannot_be_sent_is_said():
    class Local(Hinge):
        pass

    shared = GAMES["mlp-digits"]
    game = shared.make()
    events = train(game, shared.dataset(), steps=4, batch_size=BATCH, workers=2)
    next(events)
    game.objective = Local()
    with pytest.raises(ValueError, match="the new objective and penalties cannot be sent"):
        next(events)


def test_two_open_trainings_of_one_game_are_refused():
    shared = GAMES["mlp-digits"]
    game = shared.make()
    first = train(game, shared.dataset(), steps=9, batch_size=BATCH, workers=2)
    next(first)
    second = train(game, shared.dataset(), steps=9, batch_size=BATCH, workers=2)
    next(second)
    with pytest.raises(ValueError, match="begin another one"):
        next(first)
    next(second)
    second.close()


def test_a_new_array_before_the_start_is_refused_as_by_one_process():
    shared = GAMES["mlp-digits"]
    game = shared.make()
    parameter = next(iter(game.generator.parameters().values()))
    parameter.value = parameter.value.copy()
    with pytest.raises(RuntimeError, match="was given a new array"):
        play(game, shared.dataset(), steps=2, batch_size=BATCH, workers=2)


@FORKS
def test_after_the_training_a_forked_process_has_a_game_of_its_own():
    shared = GAMES["mlp-digits"]
    game = shared.played(2, 2)
    before = digest(game.state())
    child = os.fork()
    if not child:
        game.generator_optimizer.values[...] = 0
        os._exit(0)
    os.waitpid(child, 0)
    assert digest(game.state()) == before


@FORKS
def test_trainings_leave_no_descriptors():
    shared = GAMES["mlp-digits"]
    shared.played(1, 2)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        shared.played(1, 2)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before


# What cannot be shared is played by one process, and that is said.


class Mixing(Layer):
    """Takes the batch's mean off, and does not gather it."""

    mixes_samples = True

    def forward(self, x, training=True):
        return x - x.mean(axis=0), None

    def backward(self, dy, cache, need_dx=True):
        return dy - dy.mean(axis=0)


class AverageRelativistic(NonSaturating):
    """A loss that compares each score with the mean of the others: no mean over samples."""

    def discriminator(self, real_score, fake_score):
        return super().discriminator(real_score - fake_score.mean(), fake_score)


class Crest(R1):
    """Penalises the steepest sample alone."""

    def cost(self, slope):
        value, v = super().cost(slope)
        return value.max(), v * (slope == slope.max())


class DrawsForItself(LeakyReLU):
    """Says that it may be shared, and draws from its own generator."""

    shareable = True

    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng(3)

    def forward(self, x, training=True):
        return super().forward(x + self.rng.standard_normal(x.shape, dtype=x.dtype))


class Between(R1):
    """The slope between a sample and its neighbour, which may be another process's."""

    def points(self, critic, real, fake, rng):
        return (real + np.roll(real, 1, axis=0)) / 2


class Counts(NonSaturating):
    calls = 0

    def discriminator(self, real_score, fake_score):
        self.calls += 1
        return super().discriminator(real_score, fake_score)


class Noisy(SGD):
    rng = None

    def __init__(self, parameters, learning_rate):
        super().__init__(parameters, learning_rate)
        self.rng = np.random.default_rng(0)


class GlobalClip(SGD):
    def update(self, piece, step):
        norm = float(self.gradient_norm())
        self.values[piece] -= self.learning_rate / max(1.0, norm) * self.gradients[piece]


class MomentsInADict(SGD):
    def moments(self):
        return {"kept": np.zeros(3)}


class OwnStep(SGD):
    def step(self):
        self.gradients /= max(1.0, float(self.gradient_norm()))
        super().step()


def dense_game(*, layers=(), objective=None, penalties=(), optimizer=SGD):
    rng = np.random.default_rng(0)
    generator = Sequential(Dense(3, 2, rng=rng))
    discriminator = Sequential(Dense(2, 4, rng=rng), *layers, LeakyReLU(), Dense(4, 1, rng=rng))
    return Game(
        generator, discriminator, objective or NonSaturating(),
        optimizer(generator.parameters(), 0.1), SGD(discriminator.parameters(), 0.1), penalties,
        rng=rng, latent=3,
    )


def points(count=60):
    return Dataset("points", points=np.random.default_rng(1).standard_normal((count, 2)))


class Lazy(Optimizer):
    """A user's own: a moment under another name than its attribute, and a vector that it keeps to
    itself."""

    def __init__(self, parameters, learning_rate):
        super().__init__(parameters, learning_rate)
        self.m, self.moved = np.zeros_like(self.values), np.zeros_like(self.values)

    def update(self, piece, step):
        self.m[piece] += self.gradients[piece] - self.m[piece] / step
        self.moved[piece] -= self.learning_rate * self.m[piece]
        self.values[piece] += self.moved[piece]

    def moments(self):
        return {"moment": self.m}


def test_an_optimiser_of_ones_own_moves_alike_in_several_ranks():
    one, three = dense_game(optimizer=Lazy), dense_game(optimizer=Lazy)
    play(one, points(), steps=3, batch_size=BATCH)
    play(three, points(), steps=3, batch_size=BATCH, workers=3)
    assert distance(three, one) < 1e-6  # float32
    moved = one.generator_optimizer.moved
    np.testing.assert_allclose(three.generator_optimizer.moved, moved, rtol=1e-4)


@pytest.mark.parametrize("parts, words", [
    ({"layers": [Mixing()]}, "Mixing does not say `shareable = True`"),
    ({"objective": AverageRelativistic()}, "the loss AverageRelativistic is no mean"),
    ({"penalties": [Crest(1.0)]}, "the penalty Crest is no mean"),
    ({"objective": Counts()}, "the loss Counts is no mean"),
    ({"penalties": [Between(1.0)]}, "the penalty Between takes points of its own"),
    ({"optimizer": OwnStep}, "OwnStep has a step of its own"),
    ({"optimizer": Noisy}, "Noisy draws random numbers"),
    ({"optimizer": GlobalClip}, "an update of GlobalClip looks at more than its piece"),
    ({"optimizer": MomentsInADict}, "MomentsInADict keeps moments elsewhere"),
])  # fmt: skip
def test_what_cannot_be_shared_is_played_by_one_and_said(parts, words):
    with pytest.warns(RuntimeWarning, match=f"1 of 2 workers: .*{words}"):
        play(dense_game(**parts), points(), steps=2, batch_size=BATCH, workers=2)


def test_a_layer_that_draws_for_itself_is_found_in_the_first_round():
    with pytest.raises(RuntimeError, match="has drawn from its own generator"):
        play(
            dense_game(layers=[DrawsForItself()]), points(), steps=2, batch_size=BATCH, workers=2
        )


def test_a_batch_gives_so_many_shares_and_no_more():
    with pytest.warns(RuntimeWarning, match="2 of 9 workers: a batch of 5 gives no more than 2"):
        play(dense_game(), points(), steps=2, batch_size=5, workers=9)


TYPED = """
import numpy as np
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game
from gan_scratch.layers import Dense, LeakyReLU, Sequential
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import SGD
from gan_scratch.training import play, sharing

sharing.start_method = lambda: "spawn"

class Mine(LeakyReLU):
    pass

rng = np.random.default_rng(0)
G, D = Sequential(Dense(3, 2, rng=rng), Mine()), Sequential(Dense(2, 1, rng=rng))
optimizers = SGD(G.parameters(), .1), SGD(D.parameters(), .1)
game = Game(G, D, NonSaturating(), *optimizers, rng=rng, latent=3)
points = Dataset("points", points=rng.standard_normal((20, 2)))
play(game, points, steps=2, batch_size=8, workers=2)
print(game.step)
"""


@pytest.mark.parametrize("command, words", [
    (["-c", TYPED], "typed into a notebook or at a prompt"),
    (["-"], "read from <stdin> cannot be started again"),
])  # fmt: skip
def test_what_cannot_be_started_again_stays_here(command, words):
    done = subprocess.run(
        [sys.executable, *command], input=TYPED, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "2\n", done.stderr
    assert words in done.stderr


# How it ends.


class Failing(Layer):
    """Fails in the process that has the last samples, at its sixth call."""

    def __init__(self, how):
        self.how, self.calls = how, 0

    def forward(self, x, training=True):
        self.calls += 1
        if self.calls == 6 and share().index == 1:
            self.how()
        return x, None

    def backward(self, dy, cache, need_dx=True):
        return dy


def complain():
    raise KeyError("the layer's own words")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("how, error, words", [
    (complain, KeyError, "the layer's own words"),
    (die, RuntimeError, "worker 1 of 1 ended before its time .signal 9."),
])  # fmt: skip
@FORKS
def test_a_rank_that_fails_ends_the_training_with_its_reason(how, error, words):
    start = time.monotonic()
    with pytest.raises(error, match=words):
        play(dense_game(layers=[Failing(how)]), points(), steps=9, batch_size=BATCH, workers=2)
    assert time.monotonic() - start < 5


def test_a_game_that_diverges_says_what_one_process_says():
    said = []
    for workers in (1, 2):
        game = dense_game()
        game.generator_optimizer.initial_learning_rate = 1e200
        with pytest.raises(Diverged) as caught:
            play(game, points(), steps=9, batch_size=BATCH, workers=workers, reschedule=True)
        said.append((str(caught.value), game.step))
    assert said[0] == said[1]


def test_ranks_end_when_nobody_listens_any_more():
    shared = GAMES["mlp-digits"]
    events = train(shared.make(), shared.dataset(), steps=9, batch_size=BATCH, workers=3)
    next(events)
    assert len(children()) == 2 or not Path("/proc").exists()
    events.close()
    assert children() == []
    events = train(shared.make(), shared.dataset(), steps=9, batch_size=BATCH, workers=3)
    next(events)
    del events
    gc.collect()
    assert children() == []


def test_a_game_goes_on_alone_and_is_copied_and_pickled_after_it_was_shared():
    shared = GAMES["dcgan-digits"]
    game = shared.played(2, 2)
    twin, thawed = copy.deepcopy(game), pickle.loads(pickle.dumps(game))
    for each in (game, twin, thawed):
        batches = shared.dataset().batches(BATCH, np.random.default_rng(1))
        play(each, shared.dataset(), steps=4, batch_size=BATCH, batches=batches)
    assert digest(game.state()) == digest(twin.state()) == digest(thawed.state())


@FORKS
def test_a_stopped_rank_is_ended():
    shared = GAMES["mlp-digits"]
    events = train(shared.make(), shared.dataset(), steps=9, batch_size=BATCH, workers=2)
    next(events)
    os.kill(int(children()[0]), signal.SIGSTOP)
    start = time.monotonic()
    events.close()
    assert time.monotonic() - start < 15
    assert children() == []


# What travels.


def giver(index, meeting, sizes, answers):
    meeting.join(index, lambda: None)
    found = meeting.exchange((index, np.full((sizes[index], 1), float(index))))
    answers.put((index, [(who, part.shape, float(part.sum())) for who, part in found]))


@FORKS
def test_arrays_of_several_boxes_and_of_unequal_lengths_arrive():
    context, sizes = multiprocessing.get_context("fork"), (700_000, 1_200_000, 3)
    meeting = Meeting(3, Memory(3 * (2 * BOX + LAST_WORDS + 6 * LINE)))
    answers = context.SimpleQueue()
    processes = [
        context.Process(target=giver, args=(index, meeting, sizes, answers)) for index in range(3)
    ]
    for process in processes:
        process.start()
    expected = [(who, (size, 1), float(who * size)) for who, size in enumerate(sizes)]
    assert sorted(answers.get() for _ in sizes) == [(index, expected) for index in range(3)]
    for process in processes:
        process.join()


def test_who_fails_after_a_meeting_is_missed_at_the_next():
    """What a meeting decided is for all to act on, however soon one of them fails over it."""
    memory = Memory(3 * (2 * BOX + LAST_WORDS + 6 * LINE))
    first, late, failing = meetings = [Meeting(3, memory) for _ in range(3)]
    for index, meeting in enumerate(meetings):
        meeting.join(index, lambda: None)
    with ThreadPoolExecutor(2) as others:
        waiting = [others.submit(meeting.meet) for meeting in (first, failing)]
        time.sleep(0.05)
        failing.fail(None)
        time.sleep(0.05)  # the first has seen it by now
        late.meet()
        for met in waiting:
            met.result(timeout=5)
        with pytest.raises(PeerLost):
            first.meet()


@pytest.mark.parametrize("gift", [
    1.5, None, (1, [2.0, (np.arange(3), "word")]), np.zeros((0, 3)), np.array(2.0),
    np.arange(10.0)[::-2], np.arange(3, dtype=">f8"), {"a": np.arange(2)}, np.float32(2),
    np.array([1, None], dtype=object), 10**40,
], ids=str)  # fmt: skip
def test_everything_arrives_as_it_was(gift):
    found = unpacked(memoryview(packed(gift)))
    assert type(found) is type(gift)
    assert str(found) == str(gift)


# Generators.


def test_a_generator_draws_as_any_other_where_nothing_is_shared():
    one, other = np.random.default_rng(7), np.random.default_rng(7)
    once = DrawnOnce(other.bit_generator)
    for draw in (
        lambda rng: rng.random((3, 2), dtype="float32"), lambda rng: rng.integers(-2, 3, 4),
        lambda rng: rng.normal(1.0, 2.0, size=3), lambda rng: rng.permutation(5),
        lambda rng: rng.standard_normal(), lambda rng: rng.choice(9, 2),
    ):  # fmt: skip
        np.testing.assert_array_equal(draw(once), draw(one))
