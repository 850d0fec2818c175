"""Attention and Transformers."""

__all__: list[str] = []
