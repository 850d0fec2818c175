"""What JSON can hold: state, nested dicts and lists, is taken apart from its arrays and put together again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

import autograd as ag

ARRAY, FLOAT, ITEMS = "$array", "$float", "$items"


def finite(value: Any) -> Any:
    """The same with None for numbers that are not finite, for which JSON has no word; in dicts and lists too.

    >>> finite({"loss": [0.5, math.nan]})
    {'loss': [0.5, None]}
    """
    if isinstance(value, Mapping):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def take_apart(state: Any, arrays: dict[str, np.ndarray], path: str = "state") -> Any:
    """What JSON can hold of ``state``; arrays go into ``arrays`` under the names by which it refers to them.

    Tuples become lists, and numbers of NumPy those of Python. Raises ArgumentError for anything that is no number,
    text, array, list or dict.

    >>> arrays = {}
    >>> take_apart({"step": 3, 0: np.zeros(2), "best": float("inf")}, arrays)
    {'$items': [['step', 3], [0, {'$array': 'state.0'}], ['best', {'$float': 'inf'}]]}
    >>> arrays
    {'state.0': array([0., 0.])}
    """
    if isinstance(state, (ag.Tensor, np.ndarray)):
        name = path if path not in arrays else f"{path}.{len(arrays)}"  # of another part whose keys have dots
        arrays[name] = np.asarray(ag.value_of(state))
        return {ARRAY: name}
    if isinstance(state, np.generic):
        state = state.item()
    if state is None or isinstance(state, (bool, int, str)):
        return state
    if isinstance(state, float):
        return state if math.isfinite(state) else {FLOAT: str(state)}
    if isinstance(state, (list, tuple)):
        return [take_apart(part, arrays, f"{path}.{place}") for place, part in enumerate(state)]
    if isinstance(state, Mapping):
        pairs = [(key, take_apart(part, arrays, f"{path}.{key}")) for key, part in state.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key, _ in pairs):
            return dict(pairs)
        return {ITEMS: [[key, part] for key, part in pairs]}
    raise ag.errors.ArgumentError(
        f"{path} is a {type(state).__name__}, which a checkpoint cannot hold; state_dict() gives numbers, text, "
        "arrays, and lists and dicts of them."
    )


def put_together(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The state that `take_apart` took apart.

    >>> put_together({"$items": [[0, {"$float": "inf"}]]}, {})
    {0: inf}
    """
    if isinstance(tree, list):
        return [put_together(part, arrays) for part in tree]
    if not isinstance(tree, dict):
        return tree
    if ARRAY in tree:
        return arrays[tree[ARRAY]]
    if FLOAT in tree:
        return float(tree[FLOAT])
    if ITEMS in tree:
        return {key: put_together(part, arrays) for key, part in tree[ITEMS]}
    return {key: put_together(part, arrays) for key, part in tree.items()}
