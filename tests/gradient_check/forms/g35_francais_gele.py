# TRUE: right
# HOLDS: self.poids, self.biais | CONSTANTS: self.poids_geles, self.biais_geles
# cmd: Transfert --input 6,4
# NOTE: the constants are a frozen extractor
import numpy as np


class Transfert:
    """Extracteur pre-entraine (gele) suivi d'une couche apprise de meme taille."""

    def __init__(self, taille=4, inertie=0.9, rng=None):
        rng = rng or np.random.default_rng(35)
        self.poids_geles = rng.normal(0, .6, (taille, taille))
        self.biais_geles = rng.normal(0, .1, taille)
        self.poids = rng.normal(0, .6, (taille, taille))
        self.biais = rng.normal(0, .1, taille)
        self.poids_initiaux = self.poids.copy()
        self.vitesse_poids = np.zeros_like(self.poids)
        self.inertie = inertie

    def forward(self, x):
        self.entree = x
        self.traits = np.tanh(x @ self.poids_geles + self.biais_geles)
        self.sortie = self.traits @ self.poids + self.biais
        return self.sortie

    def backward(self, dy):
        self.erreur = dy
        self.gradient_poids = self.traits.T @ dy
        self.gradient_biais = dy.sum(axis=0)
        self.vitesse_poids = self.inertie * self.vitesse_poids + self.gradient_poids
        self.retour = (dy @ self.poids.T) * (1 - self.traits ** 2)
        return self.retour @ self.poids_geles.T
