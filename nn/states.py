"""Loading state dicts: what fits is copied, and what does not is said all at once, with what will probably help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

import autograd as ag


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict` left out: entries that the model misses, and entries that it has no place for.

    Attributes
    ----------
    missing_keys, unexpected_keys: their paths.

    >>> import numpy as np, nn
    >>> nn.Linear(2, 1).load_state_dict({"weight": np.ones((1, 2)), "scale": np.ones(1)}, strict=False)
    IncompatibleKeys(missing_keys=['bias'], unexpected_keys=['scale'])
    """

    missing_keys: list[str]
    unexpected_keys: list[str]


def load(model: str, state: Mapping[str, ag.Tensor], state_dict: Mapping[str, Any], strict: bool) -> IncompatibleKeys:
    """Copy the entries of ``state_dict`` into the tensors of ``state``: `Module.load_state_dict`.

    A tensor with several paths, as tied weights have, needs an entry at one of them; where there are several, they
    have to agree. Raises ArgumentError, and changes nothing, where something does not fit; ``model`` is named then.
    """
    arrays = {path: np.asarray(ag.value_of(state_dict[path])) for path in state if path in state_dict}
    given = {id(state[path]) for path in arrays}
    missing = [path for path, tensor in state.items() if id(tensor) not in given]
    unexpected = [path for path in state_dict if path not in state]
    problems = [f"missing: {path}" for path in missing if strict]
    problems += [f"unexpected: {path}" for path in unexpected if strict]
    problems += _misfits(state, arrays)
    if problems:
        remedies = list(_remedies(state, state_dict, missing, unexpected)) if strict else []
        raise ag.errors.ArgumentError(
            f"load_state_dict into {model}: {len(problems)} of its entries do not fit, so nothing was changed."
            f"{''.join(f' {remedy}' for remedy in remedies)}\n  " + "\n  ".join(problems)
        )
    for path, array in arrays.items():
        target = state[path].data
        target[...] = array
        ag.mark_written(target)
    return IncompatibleKeys(missing, unexpected)


def _misfits(state: Mapping[str, ag.Tensor], arrays: Mapping[str, np.ndarray]) -> Iterator[str]:
    """A line for each entry that cannot be copied to where it belongs."""
    first: dict[int, str] = {}  # id of a tensor -> the first path that it is given at
    for path, array in arrays.items():
        tensor = state[path]
        other = first.setdefault(id(tensor), path)
        if array.shape != tensor.shape:
            yield (
                f"wrong shape: {path} is {tensor.shape} in the model, {array.shape} in the state dict"
                f"{_reordered(array.shape, tensor.shape)}"
            )
        elif not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
            yield f"wrong dtype: {path} is {tensor.dtype} in the model, {array.dtype} in the state dict"
        elif other != path and not np.array_equal(array, arrays[other], equal_nan=array.dtype.kind == "f"):
            yield f"tied: {path} and {other} are one tensor in the model, but differ in the state dict"


def _reordered(given: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """A hint where a shape has the axes of the wanted one in another order, as other libraries keep weights."""
    if len(given) == 2 and given == wanted[::-1]:
        return "; it looks transposed: give its .T"
    if len(set(wanted)) == len(wanted) and sorted(given) == sorted(wanted):
        return f"; its axes look reordered: give its .transpose{tuple(given.index(size) for size in wanted)}"
    return ""


def _remedies(
    state: Mapping[str, Any], state_dict: Mapping[str, Any], missing: list[str], unexpected: list[str]
) -> Iterator[str]:
    """Sentences that say what will probably make the names fit."""
    nested = [key for key in unexpected if isinstance(state_dict[key], Mapping)]
    if nested:
        yield f"It looks like a checkpoint: load its part, checkpoint[{nested[0]!r}]."
    elif too_much := _prefix(unexpected, missing, state):
        yield (
            f"All unexpected names begin with {too_much!r}: load {{name.removeprefix({too_much!r}): array for "
            "name, array in state_dict.items()}."
        )
    elif too_little := _prefix(missing, unexpected, state_dict):
        yield f"It looks like the state of a part: load it into model.get_submodule({too_little[:-1]!r})."
    elif missing or unexpected:
        yield "strict=False skips missing and unexpected ones."


def _prefix(longer: Iterable[str], shorter: Iterable[str], known: Mapping[str, Any]) -> str:
    """What the longer names all begin with, if they are names of ``known`` without it; else empty."""
    longer = list(longer)
    for name in shorter:
        ends = [path for path in longer if path.endswith(f".{name}")]
        for path in ends:
            prefix = path.removesuffix(name)
            if all(path.startswith(prefix) and path.removeprefix(prefix) in known for path in longer):
                return prefix
    return ""
