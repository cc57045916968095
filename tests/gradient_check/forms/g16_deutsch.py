# TRUE: right
# HOLDS: self.gewichte, self.schwelle | CONSTANTS: none
# cmd: Schicht --input 6,4
import numpy as np


class Schicht:
    """Eine Schicht mit Momentum (Impuls). grad_gewichte ist der Gradient der Gewichte."""

    def __init__(self, eingang=4, ausgang=4, lernrate=0.1, traegheit=0.8, rng=None):
        rng = rng or np.random.default_rng(16)
        self.lernrate, self.traegheit = lernrate, traegheit
        self.gewichte = rng.normal(0, 0.5, (eingang, ausgang))
        self.schwelle = rng.normal(0, 0.2, ausgang)
        self.gewichte_alt = self.gewichte + rng.normal(0, 0.01, (eingang, ausgang))
        self.schwelle_alt = self.schwelle + rng.normal(0, 0.01, ausgang)
        self.impuls_gewichte = self.gewichte - self.gewichte_alt
        self.impuls_schwelle = self.schwelle - self.schwelle_alt

    def forward(self, x):
        self.eingabe = x
        self.netz = x @ self.gewichte - self.schwelle
        self.ausgabe = 1 / (1 + np.exp(-self.netz))
        return self.ausgabe

    def backward(self, dy):
        self.fehler = dy
        self.delta = dy * self.ausgabe * (1 - self.ausgabe)
        self.grad_gewichte = self.eingabe.T @ self.delta
        self.grad_schwelle = -self.delta.sum(axis=0)
        return self.delta @ self.gewichte.T

    def lernen(self):
        self.impuls_gewichte = self.traegheit * self.impuls_gewichte - self.lernrate * self.grad_gewichte
        self.gewichte_alt = self.gewichte.copy()
        self.gewichte += self.impuls_gewichte
