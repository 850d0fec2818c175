"""Layers that resize images, and that fold and unfold them."""

__all__: list[str] = []
