"""Hypothesis strategies: shapes, layouts in memory, and calls of a primitive drawn from what it declares."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd.errors import RuleError
from autograd.primitives import Primitive
from autograd.spec import Axis, Choice, Real
from autograd.testing.cases import Case

LAYOUTS = ("C", "F", "strided", "negative")


def generators() -> st.SearchStrategy[np.random.Generator]:
    """Random generators, each from a seed that Hypothesis draws."""
    return st.integers(0, 2**32 - 1).map(np.random.default_rng)


def in_layout(array: np.ndarray, layout: str) -> Any:
    """The same values in another arrangement in memory.

    >>> in_layout(np.arange(3.0), "negative").strides
    (-8,)
    """
    if array.ndim == 0:  # NumPy's functions give scalars, users arrays
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


@st.composite
def cases(draw: Any, primitive: Primitive) -> Case:
    """Calls of a primitive: by its ``samples``, or by its ``domain`` and ``arguments``.

    Shapes of 0 to 4 axes, lengths 0 to 3; several arrays of an elementwise primitive broadcast.
    """
    rng = draw(generators())
    if primitive.samples is not None:
        args = list(primitive.samples(rng))
        kwargs: dict[str, Any] = {}
    elif primitive.domain is not None or primitive.elementwise:
        args, kwargs = _by_domain(draw, primitive, rng)
    else:
        raise RuleError(
            f"primitive {primitive.name} says nothing of what tests may feed it: give it a domain=, for arrays that "
            "can be drawn independently, or samples=, a function of a generator that returns its arguments."
        )
    layout = LAYOUTS[rng.integers(len(LAYOUTS))]
    return Case(primitive, tuple(_arranged(arg, layout) for arg in args), kwargs)


def _arranged(arg: Any, layout: str) -> Any:
    if isinstance(arg, list):
        return [_arranged(item, layout) for item in arg]
    return in_layout(np.asarray(arg), layout) if isinstance(arg, (np.ndarray, np.floating)) else arg


def _by_domain(draw: Any, primitive: Primitive, rng: np.random.Generator) -> tuple[list[Any], dict[str, Any]]:
    operands = [p for p in primitive.parameters if p not in primitive.defaults and p not in primitive.arguments]
    domains = primitive.domain or Real()
    if isinstance(domains, tuple):
        operands = list(primitive.parameters[: len(domains)])
    else:
        domains = (domains,) * len(operands)
    whole = draw(_SHAPES)
    shapes = [whole] if len(operands) == 1 else [_broadcasting_to(whole, rng) for _ in operands]
    args: list[Any] = [domain.sample(rng, shape) for domain, shape in zip(domains, shapes, strict=True)]
    if (
        len(args) > 1 and isinstance(primitive.numpy, np.ufunc) and rng.random() < 0.2
    ):  # a Python number, which must widen no dtype
        place = int(rng.integers(len(args)))
        args[place] = domains[place].sample(rng, ()).item()
    kwargs = {name: draw(_static(spec, len(shapes[0]))) for name, spec in primitive.arguments.items()}
    return args, kwargs


# Not hnp.array_shapes: half of its shapes have no axes, a third hold nothing, and layouts need two axes to differ.
_SHAPES = st.sampled_from((0, 2, 3, 4, 2, 3, 4, 1)).flatmap(
    lambda ndim: st.tuples(*[st.sampled_from((1, 2, 3, 2, 3, 2, 3, 0))] * ndim)
)


def _broadcasting_to(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[int, ...]:
    """``shape`` itself, or one that broadcasts to it: without leading axes, or with some of length 1."""
    if rng.random() < 0.4:
        return shape
    kept = shape[int(rng.integers(0, len(shape) + 1)) :]
    return tuple([1 if rng.random() < 0.4 else length for length in kept])


def _static(spec: Any, ndim: int) -> st.SearchStrategy[Any]:
    """Values of an argument that is no array."""
    if isinstance(spec, Choice):
        return st.sampled_from(spec.values)
    if isinstance(spec, Axis):
        options: list[st.SearchStrategy[Any]] = [st.none()] if spec.none else []
        if ndim:
            options.append(st.sampled_from(range(-ndim, ndim)))
        if spec.many:
            options.append(hnp.valid_tuple_axes(ndim))
        return st.one_of(options) if options else st.nothing()
    raise RuleError(f"{spec!r} says nothing of values to draw: use Axis or Choice of autograd.spec.")
