# TRUE: wrong: sesgo_oculto (d_sesgo_oculto has the wrong sign)
# HOLDS: self.pesos_oculto, self.sesgo_oculto, self.pesos_salida, self.sesgo_salida | CONSTANTS: none
# cmd: RedNeuronal --input 6,4
import numpy as np


class RedNeuronal:
    def __init__(self, n_entrada=4, n_oculto=6, n_salida=4, rng=None):
        rng = rng or np.random.default_rng(17)
        self.pesos_oculto = rng.normal(0, .5, (n_entrada, n_oculto))
        self.sesgo_oculto = rng.normal(0, .1, n_oculto)
        self.pesos_salida = rng.normal(0, .5, (n_oculto, n_salida))
        self.sesgo_salida = rng.normal(0, .1, n_salida)

    def forward(self, x):
        self.entrada = x
        self.oculto = np.tanh(x.dot(self.pesos_oculto) + self.sesgo_oculto)
        self.salida = self.oculto.dot(self.pesos_salida) + self.sesgo_salida
        return self.salida

    def backward(self, dy):
        self.error = dy
        self.d_pesos_salida = self.oculto.T.dot(dy)
        self.d_sesgo_salida = dy.sum(axis=0)
        self.delta_oculto = dy.dot(self.pesos_salida.T) * (1 - self.oculto ** 2)
        self.d_pesos_oculto = self.entrada.T.dot(self.delta_oculto)
        self.d_sesgo_oculto = -self.delta_oculto.sum(axis=0)
        return self.delta_oculto.dot(self.pesos_oculto.T)
