# SOURCE: repository Jerry1314520/GAN-with-numpy--FC, README.md, discriminator_backward (a numpy GAN
#     in one class: the gradients of the real half use self.D_a1, which the forward pass of the
#     fakes has overwritten)
# mistake: D is called on real samples and on fakes, D_a1 is kept on self, and both halves go back
#     with the fakes' D_a1
# TRUE: the gradients of D_W2, D_W1, D_b1 are wrong and that of the input real (fakes' hidden layer
#     in the real half); right: D_b2, G_W, G_b and the input z
# OPEN: unknown
# cmd: GAN --input 5,4 --input 5,3
import numpy as np


class GAN:
    def __init__(self, rng, noise_dim=3, data_dim=4, hidden=6):
        self.G_W = rng.standard_normal((noise_dim, data_dim)) * np.sqrt(2. / noise_dim)
        self.G_b = np.zeros((1, data_dim))
        self.D_W1 = rng.standard_normal((data_dim, hidden)) * np.sqrt(2. / data_dim)
        self.D_b1 = np.zeros((1, hidden))
        self.D_W2 = rng.standard_normal((hidden, 1)) * np.sqrt(2. / hidden)
        self.D_b2 = np.zeros((1, 1))

    def generator_forward(self, z):
        self.z = z
        self.G_a = np.tanh(z @ self.G_W + self.G_b)
        return self.G_a

    def discriminator_forward(self, img):
        z1 = img @ self.D_W1 + self.D_b1
        self.D_a1 = np.where(z1 > 0, z1, 0.2 * z1)
        self.D_a2 = 1. / (1. + np.exp(-(self.D_a1 @ self.D_W2 + self.D_b2)))
        return self.D_a2

    def forward(self, real, z):
        self.x_real = real
        self.x_fake = self.generator_forward(z)
        self.a_real = self.discriminator_forward(self.x_real)
        self.a_fake = self.discriminator_forward(self.x_fake)
        return np.concatenate([self.a_real, self.a_fake])

    def discriminator_half(self, x, a, dL_da2):
        dz2 = dL_da2 * a * (1. - a)
        dW2 = self.D_a1.T @ dz2
        dz1 = dz2 @ self.D_W2.T * np.where(self.D_a1 > 0, 1., 0.2)
        return x.T @ dz1, dz1.sum(0, keepdims=True), dW2, dz2.sum(0, keepdims=True), dz1 @ self.D_W1.T

    def backward(self, dout):
        n = len(self.x_real)
        real = self.discriminator_half(self.x_real, self.a_real, dout[:n])
        fake = self.discriminator_half(self.x_fake, self.a_fake, dout[n:])
        self.dD_W1, self.dD_b1, self.dD_W2, self.dD_b2 = [r + f for r, f in zip(real[:4], fake[:4])]
        dGz = fake[4] * (1. - self.G_a ** 2)
        self.dG_W = self.z.T @ dGz
        self.dG_b = dGz.sum(0, keepdims=True)
        return real[4], dGz @ self.G_W.T
