"""Architectures, one a file; each gives generator(...) and discriminator(...)."""

from gan_scratch.models import conditional, dcgan, mlp

__all__ = ["conditional", "dcgan", "mlp"]
