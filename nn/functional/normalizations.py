"""Normalizations as functions."""

__all__: list[str] = []
