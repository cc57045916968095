"""Architectures, one a file; each gives generator(...) and discriminator(...)."""
