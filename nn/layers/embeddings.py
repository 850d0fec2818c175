"""Embeddings and positions."""

__all__: list[str] = []
