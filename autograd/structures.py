"""Nested structures: dicts, lists and tuples of tensors, arrays and numbers, as functions take and return them.

What is none of these containers is a leaf; None is an empty place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from autograd.errors import ArgumentError


def leaves(structure: Any) -> list[Any]:
    """The leaves of a structure, in order.

    >>> leaves({"w": [1.0, 2.0], "b": (3.0, None)})
    [1.0, 2.0, 3.0]
    """
    parts = _parts(structure)
    if parts is None:
        return [] if structure is None else [structure]
    return [leaf for part in parts for leaf in leaves(part)]


def _parts(structure: Any) -> Any:
    """What a container holds, in order; None of a leaf."""
    kind = structure.__class__
    return None if not _is_container(kind) else structure.values() if _is_mapping(kind) else structure


@lru_cache
def _is_mapping(kind: type) -> bool:
    return issubclass(kind, Mapping)


@lru_cache
def _is_container(kind: type) -> bool:
    return issubclass(kind, (list, tuple, Mapping))


def named_leaves(structure: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a structure in order, each with its place as one would write it.

    >>> dict(named_leaves({"w": [1.0, 2.0]}, "params"))
    {"params['w'][0]": 1.0, "params['w'][1]": 2.0}
    """
    kind = structure.__class__
    if not _is_container(kind):
        if structure is not None:
            yield path, structure
        return
    for key, part in structure.items() if _is_mapping(kind) else enumerate(structure):
        yield from named_leaves(part, f"{path}[{key!r}]")


def map_leaves(function: Callable[[Any], Any], structure: Any) -> Any:
    """The same structure with ``function`` applied to each leaf, in order.

    >>> map_leaves(lambda x: 2 * x, {"w": [1.0, 2.0], "b": None})
    {'w': [2.0, 4.0], 'b': None}
    """
    kind: Any = structure.__class__
    if not _is_container(kind):
        return None if structure is None else function(structure)
    if _is_mapping(kind):
        parts = {key: map_leaves(function, part) for key, part in structure.items()}
        return parts if kind is dict else kind(parts)
    items = [map_leaves(function, part) for part in structure]
    return kind(*items) if hasattr(structure, "_fields") else kind(items)


def fill(structure: Any, values: Any) -> Any:
    """The same structure with other leaves, taken from ``values`` in order.

    >>> fill({"w": [1.0, 2.0]}, [3.0, 4.0])
    {'w': [3.0, 4.0]}
    """
    remaining = iter(values)
    return map_leaves(lambda _: next(remaining), structure)


def matching_leaves(structure: Any, like: Any, what: str) -> list[Any]:
    """The leaves of ``structure``, in the order of those of ``like``, which must be at the same places.

    Raises ArgumentError, beginning with ``what``, where the places differ.

    >>> matching_leaves({"b": 1.0, "w": 2.0}, like={"w": 0.0, "b": 0.0}, what="tangents")
    [2.0, 1.0]
    """
    found, wanted = dict(named_leaves(structure)), [path for path, _ in named_leaves(like)]
    if found.keys() != set(wanted):
        odd = sorted(found.keys() ^ set(wanted))[0]
        where = "is missing" if odd in wanted else "has no counterpart"
        raise ArgumentError(f"{what}: the structure differs; its part {odd or 'as a whole'} {where}.")
    return [found[path] for path in wanted]
