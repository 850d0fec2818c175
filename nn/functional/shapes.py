"""Functions that rearrange, pad and resize."""

__all__: list[str] = []
