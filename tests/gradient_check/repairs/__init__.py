"""Layers with mistakes that an edit of their source mends."""
