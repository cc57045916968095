"""The widgets of a playground: the picture, buttons that play, and settings (ipywidgets)."""

import copy
import io
from types import SimpleNamespace

import ipywidgets as w

from gan_scratch.book.pages import Picture, show
from gan_scratch.book.playground import OBJECTIVES, Playground
from gan_scratch.penalties import R1

WRAP = {"flex_flow": "row wrap", "align_items": "flex-start"}  # no room beside: it goes below
WHOLE = {"style": {"description_width": "initial"}, "layout": {"width": "auto"}}
SLIDER = {**WHOLE, "continuous_update": False}
SEED = {**WHOLE, "layout": {"width": "7em"}}
RATE = {"min": -5, "max": -1.5, "readout_format": ".1e", **SLIDER}  # min and max are powers of ten


class Board(w.HBox):
    """A playground with its buttons and settings. "reset" brings the game back to where it stood
    when the board was made. `settings` is name -> widget; the game goes on with what they show."""

    def __init__(self, playground, alt):
        self.playground, self.start, self.alt = playground, copy.deepcopy(playground), alt
        self.screen = w.Image(width=360, layout={"max_width": "100%", "margin": "0"})
        self.says, self.errors = w.HTML(), w.Output()
        self.settings = settings(playground)
        seed = w.BoundedIntText(playground.seed, max=10**9, description="seed", **SEED)
        clock = w.Play(interval=250, max=10**6, show_repeat=False)
        actions = {
            "one round": lambda _: self.play(1),
            "100 rounds": lambda _: self.play(100),
            "reset": lambda _: self.become(self.start),
            "new game": lambda _: self.become(Playground(**self.start.fixed, seed=seed.value)),
        }
        buttons = [w.Button(description=name, layout={"width": "auto"}) for name in actions]
        buttons[2].tooltip = f"seed {playground.seed}, step {playground.step:,}; the settings stay"
        shown = self.errors.capture(clear_output=True)  # errors; otherwise they end in a log
        for button, act in zip(buttons, actions.values(), strict=True):
            button.on_click(shown(act))
        ticked = shown(lambda change: change["new"] > change["old"] and self.play(20))
        clock.observe(ticked, "value")  # it counts up while it runs; its ■ takes it back to 0
        for name, setting in self.settings.items():
            setting.description = name
            setting.observe(shown(lambda change: self.settle()), "value")
        self.settle()
        rows = w.HBox([*buttons[:2], clock], layout=WRAP), w.HBox([*buttons[2:], seed], layout=WRAP)
        column = [*rows, *self.settings.values(), self.says, self.errors]
        super().__init__([self.screen, w.VBox(column, layout={"flex": "0 1 480px"})], layout=WRAP)

    def become(self, other):
        """Go on as a copy of another playground, with the settings that are shown."""
        vars(self.playground).update(vars(copy.deepcopy(other)))
        self.settle()

    def settle(self):
        game, chosen = self.playground.game, {n: s.value for n, s in self.settings.items()}
        for optimizer, player in zip(game.optimizers(), "GD", strict=True):
            rate = chosen[f"learning rate of {player}"]
            optimizer.learning_rate = optimizer.initial_learning_rate = rate
        game.penalties = (R1(chosen["R1"]),) if chosen["R1"] else ()
        game.objective = OBJECTIVES[chosen["objective"]]()
        self.playground.steps_d = chosen["steps of D"]
        self.play(0)

    def play(self, rounds):
        """Play some rounds and show the game as it stands."""
        playground, stream = self.playground.play(rounds), io.BytesIO()
        playground.picture(size=4.0).save(stream, format="PNG")
        self.screen.value = stream.getvalue()
        says = f"seed {playground.seed}, step {playground.step:,}"
        if hasattr(playground.data, "mixture"):
            covered, of = playground.count(), len(playground.data.mixture.means)
            says += f": {covered.modes} of {of} modes, {covered.high_quality:.0%} near one"
        self.says.value = says

    def _ipython_display_(self):
        show(SimpleNamespace(alt=self.alt, _repr_mimebundle_=self._repr_mimebundle_))

    def _repr_mimebundle_(self, **formats):
        """The widgets where there is a kernel, and the picture where there is none."""
        data, about = Picture(self.screen.value, "image/png", self.alt, 360)._repr_mimebundle_()
        return {**super()._repr_mimebundle_(**formats), **data}, about


def settings(playground):
    game, names = playground.game, {kind: name for name, kind in OBJECTIVES.items()}
    rates = [optimizer.initial_learning_rate for optimizer in game.optimizers()]
    r1 = sum(penalty.gamma for penalty in game.penalties)
    return {
        "learning rate of G": w.FloatLogSlider(rates[0], **RATE),
        "learning rate of D": w.FloatLogSlider(rates[1], **RATE),
        "R1": w.FloatSlider(r1, max=max(2, r1), **SLIDER),
        "steps of D": w.IntSlider(playground.steps_d, min=1, max=5, **SLIDER),
        "objective": w.Dropdown(options=[*OBJECTIVES], value=names[type(game.objective)], **WHOLE),
    }
