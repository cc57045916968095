"""The board: each button and setting acts on the game, and the picture stands in where there are no
widgets."""

import ipywidgets
import nbformat
import numpy as np
import pytest
from boards import actions, board_of, section, widgets
from execute import WIDGET
from reading import ROOT, SOURCES

from gan_scratch import datasets
from gan_scratch.book.playground import OBJECTIVES, Playground

RATES = "learning rate of G", "learning rate of D"
CHAPTERS = "05", "06"


@pytest.fixture
def ring():
    return datasets.ring(2000, np.random.default_rng(1), sigma=0.05)


def clock(board):
    return next(w for w in widgets(board).values() if isinstance(w, ipywidgets.Play))


def same(playground, other):
    np.testing.assert_equal(playground.game.state(), other.game.state())
    np.testing.assert_equal(next(playground.batches), next(other.batches))


def test_widgets_act_on_the_game(ring):
    playground = Playground(ring)
    board, game = playground.widgets(), playground.game
    by_name, first = widgets(board), board.screen.value
    by_name["one round"].click()
    assert playground.step == 1 and board.screen.value != first
    assert board.screen.value[1:4] == b"PNG"
    by_name["100 rounds"].click()
    assert playground.step == 101 and "step 101: " in board.says.value
    assert " of 8 modes" in board.says.value
    for name, rate in zip(RATES, (1e-2, 1e-4), strict=True):
        by_name[name].value = rate
    assert [o.learning_rate for o in game.optimizers()] == pytest.approx([1e-2, 1e-4])
    by_name["R1"].value = 0.5
    assert [penalty.gamma for penalty in game.penalties] == [0.5]
    by_name["R1"].value = 0.0
    assert game.penalties == ()
    by_name["steps of D"].value = 3
    moves = game.discriminator_optimizer.steps
    by_name["one round"].click()
    assert game.discriminator_optimizer.steps == moves + 3


def test_the_clock_plays_as_it_counts_up_and_not_when_it_is_stopped(ring):
    board = Playground(ring, hidden=(8,)).widgets()
    for value, step in ((1, 20), (2, 40), (0, 40), (1, 60)):
        clock(board).value = value
        assert board.playground.step == step


def test_another_objective_is_drawn_at_once_and_played(ring):
    board = Playground(ring, hidden=(8,)).play(3).widgets()
    clock(board).value = 1
    for name in ("hinge", "least squares"):
        before = board.screen.value
        widgets(board)["objective"].value = name
        assert type(board.playground.game.objective) is OBJECTIVES[name]
        assert board.screen.value != before
        clock(board).value += 1
    assert board.playground.step == 63


def test_reset_is_where_the_board_was_made(ring):
    playground = Playground(ring, r1=0.1, seed=4).play(5)
    board = playground.widgets()
    picture = board.screen.value
    for name in ("100 rounds", "reset", "one round", "reset"):
        widgets(board)[name].click()
    assert widgets(board)["reset"].tooltip == "seed 4, step 5; the settings stay"
    assert board.screen.value == picture and board.says.value.startswith("seed 4, step 5: ")
    same(playground.play(3), Playground(ring, r1=0.1, seed=4).play(8))


def test_a_new_game_has_the_seed_and_the_settings_that_are_shown(ring):
    board = Playground(ring, hidden=(8,)).play(5).widgets()
    shown = widgets(board)
    shown["seed"].value, shown["R1"].value, shown["objective"].value = 3, 0.5, "hinge"
    for name in ("new game", "one round"):
        shown[name].click()
    same(board.playground, Playground(ring, hidden=(8,), seed=3, r1=0.5, objective="hinge").play(1))
    shown["reset"].click()
    assert board.says.value.startswith("seed 0, step 5: ")
    assert type(board.playground.game.objective) is OBJECTIVES["hinge"]


def test_an_error_is_shown_on_the_board(ring, monkeypatch):
    board, seen = Playground(ring).widgets(), []

    class Shell:
        def showtraceback(self, error, **options):
            seen.append(error[0])

    monkeypatch.setattr(ipywidgets.widgets.widget_output, "get_ipython", Shell)
    board.playground.batches = iter(())
    widgets(board)["one round"].click()
    clock(board).value = 1
    assert seen == [StopIteration, StopIteration]


def test_labels_and_buttons_take_the_room_that_they_need(ring):
    for name, widget in widgets(Playground(ring).widgets()).items():
        if isinstance(widget, ipywidgets.Button):
            assert widget.layout.width == "auto", name
        elif not isinstance(widget, ipywidgets.Play):
            assert widget.style.description_width == "initial", name


def test_a_page_gets_the_widgets_or_the_picture(ring):
    board = Playground(ring).widgets("A map of six words at least")
    data, about = board._repr_mimebundle_()
    assert data.keys() == {WIDGET, "image/png", "text/plain"}
    assert about["image/png"]["alt"] == data["text/plain"] == "A map of six words at least"


@pytest.mark.parametrize("number", CHAPTERS)
def test_the_committed_chapter_shows_the_picture_once(number):
    (source,) = (path for path in SOURCES if path.name.startswith(number))
    notebook = nbformat.read(ROOT / "notebooks" / f"{source.stem}.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if ".widgets()" in cell.source)
    picture, words = cell.outputs
    assert picture.data.keys() == {"image/png", "text/plain"}
    assert picture.data["text/plain"] in words.data["text/html"]


@pytest.mark.parametrize("number", CHAPTERS)
def test_the_chapter_names_what_is_on_its_board(number):
    """What the text tells a reader to do is what the tests of the chapters do (boards.follow)."""
    board, (text, _) = board_of(number, seed=0, full=False), section(number)
    named = {name for name, _ in actions(text)}
    assert len(named) >= 3 and named <= widgets(board).keys()
