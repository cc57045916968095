"""Every control of the playground does what its label says, in a real browser."""

import re
from pathlib import Path

import pytest

PLAYGROUND = Path(__file__).parents[2] / "docs" / "playground"
ADDRESS = PLAYGROUND.joinpath("index.html").as_uri()


@pytest.fixture
def tab(browser):
    """`tab(query)` opens the page; an error in its scripts fails the test."""
    errors, contexts = [], []

    def tab(query="", width=1100, **how):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **how))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(error.stack))
        page.goto(ADDRESS + query)
        return page

    yield tab
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def still(tab):
    """The page before the first round, which waits to be told."""
    return tab(reduced_motion="reduce")


def press(page, name):
    page.click(f"[data-do={name}]")


def rounds(page):
    return page.evaluate("playground.game.round")


def weights(page):
    return page.evaluate(
        "['G', 'D'].map((player) => playground.game[player].parameters.map(p => [...p.value.data]))"
    )


def picture(page):
    return page.evaluate("playground.map.canvas.toDataURL()")


def says(page):
    return page.inner_text("[data-show=says]")


def steps(page, count):
    for _ in range(count):
        press(page, "step")


def test_it_plays_from_the_start_and_finds_modes(tab):
    page = tab()
    page.wait_for_function("playground.game.round > 150")
    assert page.inner_text("[data-do=play]") == "Pause"
    found = page.inner_text("[data-show=found]")
    assert re.match(r"[1-8] of 8 modes found · \d+ % of fakes near one · KL [\d.]+", found)
    page.wait_for_function("/rounds.s/.test(document.querySelector('.figures').innerText)")


def test_who_wants_no_motion_begins_with_a_button(still):
    still.wait_for_timeout(200)
    assert rounds(still) == 0 and still.inner_text("[data-do=play]") == "Play"


def test_play_and_pause(still):
    press(still, "play")
    still.wait_for_function("playground.game.round > 2")
    press(still, "play")
    paused = rounds(still)
    still.wait_for_timeout(150)
    assert rounds(still) == paused and still.inner_text("[data-do=play]") == "Play"


def test_a_step_is_one_round_and_pauses(tab):
    page = tab()
    press(page, "step")
    before = rounds(page)
    press(page, "step")
    assert rounds(page) == before + 1
    page.wait_for_timeout(150)
    assert rounds(page) == before + 1
    assert page.inner_text("[data-show=round]") == str(before + 1)


def test_slow_motion_plays_one_players_step_at_a_time(still):
    still.evaluate("playground.set('stepsD', 2)")
    press(still, "slow")
    said, played = [], []
    for _ in range(3):
        still.wait_for_function("playground.shown.says.textContent !== ''")
        said.append(says(still))
        played.append(rounds(still))
        still.evaluate("playground.say(''); playground.lastStep = 0")  # the next one at once
    assert [text[0] for text in said] == ["D", "D", "G"]
    assert played == [0, 0, 1]
    assert still.get_attribute("[data-do=slow]", "aria-pressed") == "true"
    press(still, "slow")
    still.wait_for_function("playground.game.round > 5")


def test_fewer_steps_of_d_in_the_middle_of_a_round(still):
    """Count from the next round on, and nothing stops."""
    still.evaluate("playground.set('stepsD', 3)")
    press(still, "slow")
    press(still, "step")
    press(still, "step")
    still.evaluate("playground.set('stepsD', 1)")
    said = []
    for _ in range(4):
        press(still, "step")
        said.append(says(still)[0])
    assert said == ["D", "G", "D", "G"] and rounds(still) == 2


def test_leaving_slow_motion_ends_the_round(still):
    press(still, "slow")
    press(still, "step")
    assert rounds(still) == 0
    press(still, "slow")
    assert rounds(still) == 1
    press(still, "step")
    assert rounds(still) == 2


def test_slow_motion_takes_its_time(still):
    press(still, "slow")
    still.wait_for_timeout(500)
    assert rounds(still) <= 1


def test_reset_plays_the_same_game_again(still):
    start = weights(still)
    steps(still, 3)
    played = weights(still)
    press(still, "reset")
    assert rounds(still) == 0 and weights(still) == start != played
    steps(still, 3)
    assert weights(still) == played


def test_reset_keeps_the_settings(still):
    still.select_option("[data-set=objective]", "hinge")
    press(still, "reset")
    assert still.evaluate("playground.game.objective === OBJECTIVES.hinge")


def test_a_new_seed_is_another_game(still):
    start = weights(still)
    press(still, "seed")
    assert weights(still) != start and rounds(still) == 0


@pytest.mark.parametrize("name, shown", [
    ("ring", "of 8 modes"), ("grid", "of 25 modes"), ("two moons", "of the data reached"),
])
def test_data(still, name, shown):
    still.select_option("[data-set=data]", "grid" if name == "ring" else "ring")
    steps(still, 1)
    still.select_option("[data-set=data]", name)
    assert rounds(still) == 0
    steps(still, 1)
    assert still.evaluate("playground.settings.data") == name
    assert shown in still.inner_text("[data-show=found]")
    assert still.is_hidden("[data-do=clear]")


@pytest.fixture
def paper(tab):
    """(page, place): the page with nothing drawn yet, and where a share of the map is on it."""
    page = tab()
    page.select_option("[data-set=data]", "drawing")
    box = page.locator("canvas.map").bounding_box()
    return page, lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])


def drag(page, *places, button="left"):
    page.mouse.move(*places[0])
    page.mouse.down(button=button)
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up(button=button)


def test_drawing(paper):
    """Nothing is played before there are data; what is drawn lies where the mouse was."""
    page, at = paper
    page.wait_for_timeout(100)
    assert rounds(page) == 0 and says(page).startswith("Draw your data on the map")
    assert page.is_disabled("[data-do=play]") and page.is_disabled("[data-do=step]")
    assert page.inner_text("[data-show=found]") == ""
    drag(page, at(0.25, 0.25), at(0.75, 0.25))
    page.wait_for_function("playground.game.round > 2")
    drawn = page.evaluate("playground.drawn")
    assert len(drawn) > 20 and says(page) == ""
    assert drawn[0] == pytest.approx([-0.8, 0.8], abs=0.03)
    assert drawn[-1] == pytest.approx([0.8, 0.8], abs=0.03)
    page.mouse.move(*at(0.5, 0.9))  # nothing is drawn by a mouse that is up
    assert page.evaluate("playground.drawn.length") == len(drawn)
    press(page, "clear")
    assert page.evaluate("playground.drawn.length") == 0
    assert rounds(page) == 0 and says(page).startswith("Draw your data on the map")


def test_a_stroke_stays_on_the_map(paper):
    page, at = paper
    drag(page, at(0.5, 0.5), at(1.6, 0.5))
    reached = page.evaluate("Math.max(...playground.drawn.flat())")
    assert reached == pytest.approx(1.6)


def test_only_one_finger_draws_and_no_right_button(paper):
    page, at = paper
    drag(page, at(0.2, 0.2), at(0.8, 0.2), button="right")
    assert page.evaluate("playground.drawn.length") == 0
    page.evaluate("""(places) => {
        const canvas = playground.map.canvas;
        canvas.setPointerCapture = () => {};
        for (const [kind, pointerId, [clientX, clientY]] of places) {
          const how = { pointerId, clientX, clientY, button: 0 };
          canvas.dispatchEvent(new PointerEvent(`pointer${kind}`, how));
        }
    }""", [("down", 1, at(0.2, 0.2)), ("down", 2, at(0.8, 0.8)), ("move", 2, at(0.8, 0.7)),
           ("move", 1, at(0.3, 0.2)), ("up", 2, at(0.8, 0.7)), ("move", 1, at(0.4, 0.2))])
    highest = page.evaluate("Math.min(...playground.drawn.map(([x, y]) => y))")
    assert highest == pytest.approx(0.96, abs=0.03)
    assert page.evaluate("playground.drawn.length") > 5


def test_the_map_is_not_drawn_on_while_the_data_are_given(still):
    still.click("canvas.map")
    assert still.evaluate("playground.drawn.length") == 0


def test_objectives(still):
    """Each acts on the game as it stands, and the arrows are its own at once."""
    steps(still, 2)
    names = still.eval_on_selector_all("[data-set=objective] option", "all => all.map(o => o.text)")
    assert names == still.evaluate("Object.keys(OBJECTIVES)") and len(names) == 6
    for name in ("minimax", "Wasserstein"):
        before = picture(still)
        still.select_option("[data-set=objective]", name)
        assert still.evaluate(f"playground.game.objective === OBJECTIVES['{name}']")
        assert picture(still) != before and rounds(still) == 2


@pytest.mark.parametrize("name, field", [
    ("r1", "playground.game.penalties.find((p) => p instanceof R1)?.gamma"),
    ("penalty", "playground.game.penalties.find((p) => p instanceof GradientPenalty)?.weight"),
    ("rateG", "playground.game.adamG.learningRate"),
    ("rateD", "playground.game.adamD.learningRate"), ("stepsD", "playground.game.stepsD"),
])
def test_sliders(still, name, field):
    """Each value of a slider acts, is shown beside it, and is the game's."""
    values = still.evaluate(f"SETTINGS.{name}.values")
    still.focus(f"[data-set={name}]")
    still.keyboard.press("Home")
    for value in values:
        assert (still.evaluate(field) or 0) == value
        shown = still.inner_text(f"label:has([data-set={name}]) output")
        assert float(shown) == value
        still.keyboard.press("ArrowRight")
    assert rounds(still) == 0
    steps(still, 1)
    assert rounds(still) == 1


def test_what_is_looked_at(still):
    steps(still, 1)
    both = picture(still)
    still.uncheck("[data-part=arrows]")
    without_arrows = picture(still)
    still.uncheck("[data-part=map]")
    points = picture(still)
    assert len({both, without_arrows, points}) == 3
    corner = "[...playground.map.canvas.getContext('2d').getImageData(2, 2, 1, 1).data]"
    assert still.evaluate(corner) == [255, 255, 255, 255]
    still.check("[data-part=map]")
    still.check("[data-part=arrows]")
    assert picture(still) == both


def test_the_link_gives_the_same_settings(still):
    still.select_option("[data-set=objective]", "relativistic")
    still.focus("[data-set=rateD]")
    still.keyboard.press("ArrowLeft")
    press(still, "seed")
    settings = still.evaluate("playground.settings")
    still.click("[data-link]")
    still.wait_for_url("**objective=relativistic*")
    assert still.evaluate("playground.settings") == settings
    assert settings["objective"] == "relativistic" and settings["seed"] == 1


def test_after_going_back_the_controls_show_what_is_played(still):
    still.select_option("[data-set=objective]", "hinge")
    still.click("[data-link]")
    still.wait_for_url("**objective=hinge*")
    still.select_option("[data-set=objective]", "minimax")
    still.go_back()
    still.wait_for_load_state()
    shown = still.input_value("[data-set=objective]")
    assert shown == still.evaluate("playground.settings.objective")


def test_charts_grow_with_rounds_alone(still):
    lengths = "Object.values(playground.charts).map((chart) => chart.rows.length)"
    for _ in range(3):
        still.uncheck("[data-part=arrows]")
        still.check("[data-part=arrows]")
    assert still.evaluate(lengths) == [0, 0, 0]
    still.evaluate("while (playground.game.round < 30) playground.playRound(); playground.show()")
    still.set_viewport_size({"width": 900, "height": 800})
    still.wait_for_timeout(50)
    assert still.evaluate(lengths) == [3, 3, 3]
    means = still.evaluate("""(() => {
        const { losses } = playground.charts;
        losses.clear();
        for (let i = 0; i < 1000; i++) losses.add([i, -i]);
        return losses.rows;
    })()""")
    assert 100 < len(means) < 240
    assert means[0][0] == -means[0][1] == pytest.approx(3.5)  # of the first eight


def test_a_thing_to_try_opens_in_a_new_tab_as_well(still):
    with still.context.expect_page() as opened:
        still.locator("[data-try]").first.click(modifiers=["Control"])
    page = opened.value
    page.wait_for_url("**rateD=0.0001*")
    page.wait_for_function("playground.settings.rateD === 0.0001")
    assert still.evaluate("playground.settings.rateD") != 0.0001


def test_a_setting_that_cannot_be_read_is_told(tab):
    page = tab("?rateD=7", reduced_motion="reduce")
    assert says(page).startswith("rateD=7 is not one of 0.00001, ")


@pytest.mark.parametrize("query, seed", [("?seed=-1", 0), ("?seed=7", 7), ("?constructor=a", 0)])
def test_odd_addresses(tab, query, seed):
    page = tab(query, reduced_motion="reduce")
    steps(page, 1)
    assert rounds(page) == 1 and page.inner_text("[data-show=seed]") == str(seed)


def test_things_to_try(still):
    for link in still.locator("[data-try]").all():
        steps(still, 1)
        link.click()
        wanted = still.evaluate(f"settingsFrom('{link.get_attribute('data-try')}')")
        assert still.evaluate("playground.settings") == wanted[0] and wanted[1] == []
        if wanted[0]["data"] != "drawing":
            still.wait_for_function("playground.game.round > 0")


def test_a_lost_game_says_so_and_begins_again(still):
    steps(still, 1)
    still.evaluate("playground.game.D.parameters[0].value.data.fill(NaN)")
    press(still, "play")
    still.wait_for_function("playground.lost")
    assert says(still).startswith("Training diverged")
    assert still.inner_text("[data-do=play]") == "Play"
    assert all(still.is_disabled(f"[data-do={name}]") for name in ("play", "step", "slow"))
    still.set_viewport_size({"width": 1090, "height": 800})  # what was seen last stays
    still.wait_for_timeout(100)
    colors = """new Set(new Uint32Array(playground.map.canvas.getContext('2d')
                .getImageData(0, 0, 400, 400).data.buffer)).size"""
    assert still.evaluate(colors) > 50
    press(still, "reset")
    still.wait_for_function("playground.game.round > 3")
    assert says(still) == ""


def test_a_game_that_is_lost_in_slow_motion_says_so_too(still):
    press(still, "slow")
    still.evaluate("playground.game.D.parameters[0].value.data.fill(NaN); playground.lastStep = 0")
    still.wait_for_function("playground.lost")
    still.wait_for_timeout(50)
    assert says(still).startswith("Training diverged")


def test_the_map_is_the_score_of_d(still):
    """Blue where the score is high, orange where it is low, white between."""
    still.evaluate("""
        playground.game.D = { forward: (x) => [new Matrix(x.rows, 1,
            Float64Array.from({ length: x.rows }, (_, i) => x.data[2 * i]))] };
        playground.parts.arrows.checked = false;
        playground.real = playground.watched = new Matrix(1000, 2);
        playground.show();
    """)
    size = still.evaluate("playground.map.canvas.width")
    at = "[...playground.map.canvas.getContext('2d').getImageData({}, {}, 1, 1).data.slice(0, 3)]"
    left, middle, right = (
        still.evaluate(at.format(round(share * size), round(0.1 * size)))
        for share in (0.02, 0.5, 0.98)
    )
    assert left == [0xEE, 0xB2, 0x85] and right == [0x7F, 0xB9, 0xDF]
    assert min(middle) > 250
    high = float(still.inner_text("[data-show=high]"))
    assert high == pytest.approx(1.2, abs=0.05)  # three quarters of the map lie within it


@pytest.mark.parametrize("width", [360, 412, 768, 1024, 1366, 1920])
def test_it_fits(tab, width):
    page = tab(width=width, reduced_motion="reduce")
    for name in ("ring", "drawing"):
        page.select_option("[data-set=data]", name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    clipped = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    assert page.eval_on_selector_all("button, figcaption, label, p", clipped) == []


def test_light_and_dark(tab):
    """The map follows the scheme at once."""
    page = tab(reduced_motion="reduce", color_scheme="light")
    press(page, "step")
    light = picture(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_function("playground.color('undecided') === '#16191d'")
    page.wait_for_function("light => playground.map.canvas.toDataURL() !== light", arg=light)


def test_it_weighs_little_and_fetches_nothing():
    files = list(PLAYGROUND.iterdir())
    assert sum(file.stat().st_size for file in files) < 100_000
    for file in files:
        assert not re.search(r"https?://", file.read_text(encoding="utf-8")), file.name


def test_the_front_page_plays_it(site, browser):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error.stack))
    for address in ("index.html", "playground/index.html"):
        page.goto(site.joinpath(address).as_uri())
        page.wait_for_function("playground.game.round > 20")
        links = page.locator(".playground a:has-text('ch. ')").all()
        assert len(links) > 8
        assert all("/chapters/" in link.evaluate("a => a.href") for link in links)
    page.goto(site.joinpath("index.html").as_uri())
    page.click("text=The playground on a page of its own")
    page.wait_for_url("**/playground/index.html")
    page.wait_for_function("playground.game.round > 0")
    page.close()
    assert errors == []
