"""The same call elsewhere: other values, arrangements in memory, shapes and indices, that the sample did not visit.

Where a primitive has ``samples=``, its arguments go together in a way that its author alone knows, and that it need not
check. Nothing but their arrangement in memory is changed then, and other calls are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.errors import ArgumentError, describe
from autograd.spec import Axis, Choice
from autograd.structures import fill, leaves
from autograd.tensors import Tensor
from autograd.testing.case import Case
from autograd.testing.numeric import REFUSALS
from autograd.testing.subjects import Arrays, Call, Subject, in_float64
from autograd.values import value_of

LAYOUTS = ("C", "F", "strided", "negative")
DRAWN = 4  # calls, where samples= says what goes together


class Variant(NamedTuple):
    """A subject like another one.

    Attributes
    ----------
    verdict: of `VERDICTS`, for a rule that is wrong here alone; empty where that is as it will be diagnosed.
    where: what is different, as the end of a sentence.
    """

    verdict: str
    where: str
    subject: Subject


def variants(subject: Subject, rng: np.random.Generator) -> Iterator[Variant]:
    """Calls like ``subject``, where the function gives finite values."""
    is_linked = isinstance(subject, Call) and subject.samples is not None
    if not is_linked:
        yield from at_other_values(subject, rng)
    for variant in _candidates(subject, rng):
        if is_defined(variant.subject):
            yield variant


def at_other_values(subject: Subject, rng: np.random.Generator) -> Iterator[Variant]:
    """The same with other values of its arrays, where the function gives finite ones."""
    for where, arrays in other_values(subject.arrays, rng, subject.is_composed):
        variant = Variant("branch", where, subject.at(arrays))
        if is_defined(variant.subject):
            yield variant


def is_defined(subject: Subject) -> bool:
    """Whether a function takes its arrays and returns some, all finite."""
    try:
        outs = subject.values(subject.arrays)
    except (*REFUSALS, TypeError):
        return False
    return bool(outs) and all(bool(np.isfinite(out).all()) for out in outs)


def _candidates(subject: Subject, rng: np.random.Generator) -> Iterator[Variant]:
    for layout, where in (
        ("negative", "with negative strides"),
        ("strided", "with gaps in memory"),
        ("F", "in F order"),
    ):
        if any(array.ndim > (layout == "F") for array in subject.arrays):
            yield Variant("layout", where, subject.at([in_layout(array, layout) for array in subject.arrays]))
    if isinstance(subject, Case):
        yield from other_arguments(subject)
    if isinstance(subject, Case) and subject.samples is not None:
        yield from _drawn(subject, rng)
    elif isinstance(subject, Call) and subject.samples is None:
        yield from _other_indices(subject)
        yield from _other_shapes(subject)


def other_values(arrays: Arrays, rng: np.random.Generator, is_composed: bool = False) -> Iterator[tuple[str, Arrays]]:
    """Arrays of the same shapes with values of another sign, and of another size."""
    yield "of the opposite sign", [np.asarray(-a) for a in arrays]
    yield "elsewhere", [np.asarray(_shuffled(a, rng) + 0.1 * rng.standard_normal(a.shape)) for a in arrays]
    yield "a tenth as large", [np.asarray(0.1 * a) for a in arrays]
    if not is_composed:  # which may overflow, or saturate until rounding alone is left
        yield "ten times as large", [np.asarray(10 * a) for a in arrays]


def _shuffled(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(array.ravel()).reshape(array.shape)


# --- memory -------------------------------------------------------------------------------------------------


def in_layout(array: np.ndarray, layout: str) -> np.ndarray:
    """The same values in another arrangement in memory: one of ``LAYOUTS``.

    An array without axes stays one in ``"C"`` and ``"F"``, and becomes the scalar that NumPy's functions give in the
    others. (...) -> (...).

    Parameters
    ----------
    array: a NumPy array.
    layout: ``"C"`` or ``"F"``, dense with the last or the first axis fastest; ``"strided"``, with gaps along each axis;
        ``"negative"``, backwards along each.

    Raises ArgumentError for another layout and for what is no array.

    >>> in_layout(np.arange(3.0), "negative").strides
    (-8,)
    """
    if layout not in LAYOUTS or not isinstance(array, (np.ndarray, np.generic)):
        raise ArgumentError(
            f"in_layout({describe(array)}, {layout!r}): want an array, and one of {', '.join(LAYOUTS)}."
        )
    if array.ndim == 0:
        return np.array(array) if layout in ("C", "F") else array[()]
    if layout == "C":
        return np.array(array, order="C")
    if layout == "F":
        return np.array(array, order="F")
    if layout == "strided":
        view = np.zeros([2 * length for length in array.shape], array.dtype)[(slice(None, None, 2),) * array.ndim]
        view[...] = array
        return view
    backwards = (slice(None, None, -1),) * array.ndim
    return np.array(array[backwards], order="C")[backwards]


def plainer(call: Call) -> Iterator[Variant]:
    """Calls that do without what is odd in ``call``; the verdict and the words say what that is."""
    layouts = {layout_of(array) for array in _arrays_in(call).values()} - {"C"}
    arrays = call.arrays
    if layouts:
        plain = {place: np.array(array, order="C") for place, array in _arrays_in(call).items()}
        yield Variant(
            "layout", f"where arrays lie in memory otherwise ({', '.join(sorted(layouts))})", _with(call, plain)
        )
    if all(array.ndim == 0 for array in arrays):
        yield Variant("scalar", "without axes", call.at([np.reshape(array, 1) for array in arrays]))
    if isinstance(call, Case):
        for other in other_arguments(call):
            given = {**dict(zip(call.primitive.parameters, call.args, strict=False)), **call.kwargs}
            names = [name for name in call.primitive.arguments if name in given]
            where = "with " + ", ".join(f"{name}={given[name]!r}" for name in names)
            yield Variant("branch", where, other.subject)


def layout_of(array: np.ndarray) -> str:
    """The name of an array's arrangement in memory.

    >>> layout_of(np.zeros((2, 2)).T), layout_of(np.zeros(4)[::-1])
    ('F', 'negative')
    """
    if array.flags.c_contiguous:
        return "C"
    if any(stride < 0 for stride in array.strides):
        return "negative"
    return "F" if array.flags.f_contiguous else "strided"


# --- arguments, indices and shapes --------------------------------------------------------------------------


def _drawn(subject: Case, rng: np.random.Generator) -> Iterator[Variant]:
    """Calls that the primitive's author says may be made: of what goes together nothing can be changed by itself."""
    assert subject.samples is not None
    for _ in range(DRAWN):
        given = subject.samples(rng)
        args = tuple(given) if isinstance(given, (tuple, list)) else (given,)
        found = [value_of(in_float64(leaf, False)) for leaf in leaves(args)]
        other = Case(subject.primitive, *fill((args, {}), found))
        other.samples, other.reference, other.surrogate = subject.samples, subject.reference, subject.surrogate
        other.choose([place for place, name in zip(other.places, other.names, strict=True) if name in subject.names])
        if other.places:
            yield Variant(_what_is_new(subject, other), "at a call that its samples= draws", other)


def _what_is_new(subject: Call, other: Call) -> str:
    """The verdict for a rule that is wrong for ``other`` alone, if that has what ``subject`` has not."""
    for verdict, has in (("zero size", _has_nothing), ("repeated indices", _has_repetitions)):
        if has(other) and not has(subject):
            return verdict
    return ""


def _has_nothing(call: Call) -> bool:
    return any(not array.size for array in call.arrays)


def _has_repetitions(call: Call) -> bool:
    indices = [array for array in _arrays_in(call).values() if array.dtype.kind in "iu"]
    return any(np.unique(array).size < array.size for array in indices)


def other_arguments(subject: Case) -> Iterator[Variant]:
    """Other values of what the primitive declares as ``arguments``."""
    names = subject.primitive.parameters
    most = max((array.ndim for array in subject.arrays), default=0)
    for name, spec in subject.primitive.arguments.items():
        place = names.index(name)
        axes: list[Any] = [None] if getattr(spec, "none", False) else []
        axes += [*range(-most, most), *([tuple(range(most))] if getattr(spec, "many", False) else [])]
        for value in spec.values if isinstance(spec, Choice) else axes:
            args, kwargs = subject.args, dict(subject.kwargs)
            if place < len(args):
                args = (*args[:place], value, *args[place + 1 :])
            else:
                kwargs[name] = value
            yield Variant("branch", f"with {name}={value!r}", Case(subject.primitive, args, kwargs))


def _other_indices(subject: Call) -> Iterator[Variant]:
    """Indices that occur more than once."""
    found = {
        place: np.resize(array.ravel()[: array.size // 2], array.shape)
        for place, array in _arrays_in(subject).items()
        if array.dtype.kind in "iu" and array.size > 1
    }
    if found:
        yield Variant("repeated indices", "where an index occurs more than once", _with(subject, found))


def _other_shapes(subject: Call) -> Iterator[Variant]:
    """Arrays without elements, without axes, and matrices that are not square."""
    arrays = {place: array for place, array in _arrays_in(subject).items() if array.ndim}
    if not arrays:
        return
    for place, array in arrays.items():
        if array.ndim > 1 and array.shape[-1] == array.shape[-2] > 1:
            for shorter in (array[..., :-1], array[..., :-1, :]):
                changed = _with(subject, {place: shorter})
                yield Variant("square only", f"where a matrix is not square, {shorter.shape}", changed)
    length = len(next(iter(arrays.values())))
    empty = {place: _emptied(array) for place, array in arrays.items() if len(array) == length}
    yield Variant("zero size", "without elements", _with(subject, empty))
    has_axis = isinstance(subject, Case) and any(isinstance(s, Axis) for s in subject.primitive.arguments.values())
    if all(array.size for array in arrays.values()) and not has_axis:
        first = {place: np.asarray(array[(0,) * array.ndim]) for place, array in arrays.items()}
        yield Variant("scalar", "without axes", _with(subject, first))


def _emptied(array: np.ndarray) -> np.ndarray:
    """The array without rows; of a square matrix, without columns too."""
    is_square = array.ndim > 1 and len(set(array.shape)) == 1
    return array[(slice(0),) * (array.ndim if is_square else 1)]


def _arrays_in(subject: Call) -> dict[int, np.ndarray]:
    """The arrays among a call's arguments, by the places of their leaves; not those of a module."""
    values = {place: value_of(leaf) for place, leaf in enumerate(subject.leaves) if place not in subject.fixed}
    return {place: value for place, value in values.items() if isinstance(value, np.ndarray)}


def _with(subject: Call, arrays: dict[int, np.ndarray]) -> Call:
    leaves = list(subject.leaves)
    for place, array in arrays.items():
        leaves[place] = Tensor(array) if isinstance(leaves[place], Tensor) else array
    return subject.with_leaves(leaves)
