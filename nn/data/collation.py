"""Samples put together: a list of them becomes arrays with a row for each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag

__all__ = ["collate", "pad_collate"]

Path = tuple[Hashable, ...]  # where in a sample: (0,), ("image",), (1, "boxes")
Join = Callable[[list[Any], Path], Any]


def collate(samples: Sequence[Any]) -> Any:
    """A batch of samples of one structure: each array (...) of a sample becomes (batch, ...).

    Tuples (named ones too) and dicts stay what they are, with batches in the places of values. Numbers, texts and
    nested lists of numbers are arrays; Python's floats become the default float, float32 if nothing else was said.
    The result is always a copy. It differs from PyTorch's ``default_collate`` in that a tuple stays a tuple, that a
    list of numbers is an array, and that texts are one.

    Parameters
    ----------
    samples: at least one.

    Raises ArgumentError for no samples and for samples of different structure, ShapeError for arrays that differ in
    shape, DtypeError for what is no array, such as None.

    >>> import numpy as np
    >>> collate([(np.array([1, 2]), 0.5), (np.array([3, 4]), 1.5)])
    (array([[1, 2], [3, 4]]), array([0.5, 1.5], dtype=float32))
    >>> collate([{"x": 1}, {"x": 2}])
    {'x': array([1, 2])}
    """
    return _joined("collate", list(samples), (), _stacked)


def pad_collate(samples: Sequence[Any], padding: float = 0, *, fields: Sequence[Hashable] | None = None) -> Any:
    """A batch of samples whose arrays differ in length: (length, ...) -> (batch, longest, ...) and lengths (batch,).

    The lengths, int64, stand behind the padded array: samples ``(tokens, label)`` become ``(tokens, lengths,
    labels)``. In dicts they are called ``"tokens_lengths"`` where the array is ``"tokens"``. What is not padded is put
    together as `collate` does. It is a ``collate_fn`` for `DataLoader`; to give arguments,
    ``functools.partial(pad_collate, fields=[0])``.

    Parameters
    ----------
    samples: arrays, or tuples or dicts of them, at least one.
    padding: what short arrays are filled up with, at their end.
    fields: places in the tuples, from 0, or keys of the dicts, that are padded; None for all arrays that have an axis.

    Raises as `collate` does; ArgumentError for fields that samples do not have and for a padding that is no whole
    number where the arrays have integers; ShapeError for arrays that differ in other axes than the first.

    >>> pad_collate([([5, 6, 7], 1), ([8], 0)])
    (array([[5, 6, 7], [8, 0, 0]]), array([3, 1]), array([1, 0]))
    """
    samples = list(samples)
    places = None if fields is None else _places(samples, fields)
    return _joined("pad_collate", samples, (), lambda arrays, path: _padded_or_stacked(arrays, path, padding, places))


class _WithLengths(tuple[Any, ...]):
    """A padded array and its lengths, which go into the structure around them side by side."""


def _joined(operation: str, samples: list[Any], path: Path, join: Join) -> Any:
    if not samples:
        raise ag.errors.ArgumentError(f"{operation}: there are no samples; want at least one.")
    first = samples[0]
    if isinstance(first, dict):
        for sample in samples:
            if not isinstance(sample, dict) or sample.keys() != first.keys():
                raise _other_structure(operation, first, sample, path)
        parts = {key: _joined(operation, [s[key] for s in samples], (*path, key), join) for key in first}
        return _flat_dict(parts)
    if _is_tuple(first):
        for sample in samples:
            if not _is_tuple(sample) or len(sample) != len(first):
                raise _other_structure(operation, first, sample, path)
        columns = zip(*samples, strict=True)
        batches = [_joined(operation, list(column), (*path, i), join) for i, column in enumerate(columns)]
        if any(isinstance(batch, _WithLengths) for batch in batches):
            return tuple(part for b in batches for part in (b if isinstance(b, _WithLengths) else (b,)))
        return type(first)(*batches) if hasattr(first, "_fields") else tuple(batches)
    batch = join([_as_array(operation, sample, path) for sample in samples], path)
    return tuple(batch) if isinstance(batch, _WithLengths) and not path else batch


def _flat_dict(parts: dict[Any, Any]) -> dict[Any, Any]:
    flat = {}
    for key, part in parts.items():
        if isinstance(part, _WithLengths):
            flat[key], flat[f"{key}_lengths"] = part
        else:
            flat[key] = part
    return flat


def _is_tuple(sample: Any) -> bool:
    """Whether it is several things; a list of numbers, nested or not, is one array."""
    if isinstance(sample, list):
        return any(not isinstance(item, (list, int, float, np.number)) for item in sample)
    return isinstance(sample, tuple)


def _as_array(operation: str, value: Any, path: Path) -> Any:
    """An array; numbers and texts as they are."""
    value = ag.value_of(value)
    if hasattr(value, "dtype") or isinstance(value, (bool, int, float, str)):
        return value
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise ag.errors.DtypeError(
            f"{operation}: {_where(path)} is {ag.errors.describe(value)}, which is no array and no number. Give "
            "DataLoader a collate_fn, a function of a list of samples that returns the batch."
        )
    return array.astype(ag.get_default_dtype(), copy=False) if array.dtype.kind == "f" else array


def _stacked(arrays: list[Any], path: Path, operation: str = "collate") -> NDArray[Any]:
    shapes = {np.shape(array) for array in arrays}
    if len(shapes) > 1:
        first, second = sorted(shapes)[:2]
        raise ag.errors.ShapeError(
            f"{operation}: {_where(path)} has shape {first} in one sample and {second} in another. Sequences that "
            "differ in length are padded by DataLoader(..., collate_fn=nn.data.pad_collate); images are brought to one "
            "size in the data set's __getitem__."
        )
    if shapes == {()}:
        batch = np.array(arrays)
        is_float_of_python = batch.dtype == np.float64 and not any(hasattr(array, "dtype") for array in arrays)
        return batch.astype(ag.get_default_dtype()) if is_float_of_python else batch
    batch = np.empty((len(arrays), *shapes.pop()), np.result_type(*{array.dtype for array in arrays}))
    for row, array in zip(batch, arrays, strict=True):
        row[...] = array
    return batch


def _padded_or_stacked(arrays: list[Any], path: Path, padding: float, places: set[Hashable] | None) -> Any:
    is_padded = np.ndim(arrays[0]) > 0 if places is None else path[:1] and path[0] in places
    if not is_padded:
        return _stacked(arrays, path, "pad_collate")
    shapes = [np.shape(array) for array in arrays]
    if not all(shape and shape[1:] == shapes[0][1:] for shape in shapes):
        raise ag.errors.ShapeError(
            f"pad_collate: {_where(path)} has the shapes {sorted(set(shapes))[:3]}; only the first axis may differ, "
            "and there must be one. fields= says which parts of a sample are padded."
        )
    dtype = np.result_type(*{array.dtype for array in arrays})
    if dtype.kind in "biu" and not float(padding).is_integer():
        raise ag.errors.ArgumentError(
            f"pad_collate: padding={padding}, but {_where(path)} is {dtype}; want an integer."
        )
    lengths = np.array([len(array) for array in arrays], np.int64)
    batch = np.full((len(arrays), int(lengths.max()), *shapes[0][1:]), padding, dtype)
    for row, array in zip(batch, arrays, strict=True):
        row[: len(array)] = array
    return _WithLengths((batch, lengths))


def _places(samples: list[Any], fields: Sequence[Hashable]) -> set[Hashable]:
    sample = samples[0] if samples else ()
    there = list(sample) if isinstance(sample, dict) else list(range(len(sample) if _is_tuple(sample) else 0))
    if not set(fields) <= set(there):
        raise ag.errors.ArgumentError(f"pad_collate: fields={fields!r}, but the fields of a sample are {there}.")
    return set(fields)


def _other_structure(operation: str, first: Any, other: Any, path: Path) -> ag.errors.ArgumentError:
    return ag.errors.ArgumentError(
        f"{operation}: {_where(path)} is {_form(first)} in one sample and {_form(other)} in another; want one "
        "structure in all of a batch, or a collate_fn that knows what to do."
    )


def _form(sample: Any) -> str:
    if isinstance(sample, dict):
        return f"a dict of {list(sample)}"
    return f"a tuple of {len(sample)}" if _is_tuple(sample) else ag.errors.describe(sample)


def _where(path: Path) -> str:
    return f"sample[{']['.join(map(repr, path))}]" if path else "a sample"
