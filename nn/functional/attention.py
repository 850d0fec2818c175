"""Attention as functions."""

__all__: list[str] = []
