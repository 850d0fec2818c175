"""Hypothesis strategies: shapes, arrays in a domain, tensors, and calls of a function drawn from what it declares."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd.errors import RuleError
from autograd.primitives import Primitive
from autograd.spec import Axis, Choice, Real
from autograd.tensors import Tensor
from autograd.testing.case import Case
from autograd.testing.subjects import Call, call_of, name_of
from autograd.testing.variants import LAYOUTS, in_layout

AT_EDGES = 0.15  # the share of calls with values at the edges of a domain, and with ties


def generators() -> st.SearchStrategy[np.random.Generator]:
    """Random generators, each from a seed that Hypothesis draws.

    >>> from hypothesis import find
    >>> find(generators(), lambda rng: True).random() == np.random.default_rng(0).random()
    True
    """
    return st.integers(0, 2**32 - 1).map(np.random.default_rng)


# Not hnp.array_shapes: half of its shapes have no axes, a third hold nothing, and layouts need two axes to differ.
_SHAPES = st.sampled_from((0, 2, 3, 4, 2, 3, 4, 1)).flatmap(
    lambda ndim: st.tuples(*[st.sampled_from((1, 2, 3, 2, 3, 2, 3, 0))] * ndim)
)


@st.composite
def broadcastable_shapes(draw: Any, count: int = 2) -> list[tuple[int, ...]]:
    """``count`` shapes that broadcast against each other: of 0 to 4 axes, lengths 0 to 3.

    Drawing raises TypeError for a ``count`` that is no integer.

    >>> from hypothesis import find
    >>> find(broadcastable_shapes(3), lambda shapes: True)
    [(), (), ()]
    """
    whole, rng = draw(_SHAPES), draw(generators())
    return [_broadcasting_to(whole, rng) for _ in range(count)]


def _broadcasting_to(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[int, ...]:
    """``shape`` itself, or one that broadcasts to it: without leading axes, or with some of length 1."""
    if rng.random() < 0.4:
        return shape
    kept = shape[int(rng.integers(0, len(shape) + 1)) :]
    return tuple([1 if rng.random() < 0.4 else length for length in kept])


@st.composite
def arrays_in(draw: Any, domain: Real | Choice | None = None, shape: Any = None, dtype: Any = np.float64) -> np.ndarray:
    """Arrays whose elements lie in a domain, in any arrangement in memory; now and then some at its edges, and ties.

    Parameters
    ----------
    domain: an `autograd.spec.Real` or `Choice`; by default all of [-3, 3].
    shape: a tuple, or a strategy for one; by default 0 to 4 axes of lengths 0 to 3.
    dtype: of the arrays.

    Drawing raises ValueError for a shape with negative lengths, TypeError for one that is no tuple, and for a dtype
    that there is not.

    >>> from hypothesis import find
    >>> find(arrays_in(Real(0.5, 1.0), shape=(2,)), lambda x: x.min() >= 0.5).shape
    (2,)
    """
    domain = domain or Real()
    drawn = _SHAPES if shape is None else shape
    rng = draw(generators())
    lengths = draw(drawn) if isinstance(drawn, st.SearchStrategy) else tuple(drawn)
    array = _sample(domain, rng, lengths, rng.random() < AT_EDGES)
    return np.asarray(in_layout(np.asarray(array, dtype), LAYOUTS[rng.integers(len(LAYOUTS))]))


def tensors(
    domain: Real | Choice | None = None, shape: Any = None, dtype: Any = np.float64, requires_grad: bool = True
) -> st.SearchStrategy[Tensor]:
    """Tensors around `arrays_in` a domain, which takes the arguments but the last.

    Parameters
    ----------
    requires_grad: whether they need a gradient, as only floats do.

    Drawing raises DtypeError for integers that are to need a gradient, and otherwise the errors of `arrays_in`.

    >>> from hypothesis import find
    >>> find(tensors(shape=()), lambda t: t.requires_grad).shape
    ()
    """
    return arrays_in(domain, shape, dtype).map(lambda array: Tensor(array, requires_grad))


def static_arguments(arguments: Mapping[str, Any], ndim: int) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments that are no arrays, by name, each from what it may be.

    Parameters
    ----------
    arguments: name -> `autograd.spec.Axis` or `Choice`.
    ndim: of the array that axes count in, at least 0.

    Raises RuleError for what is neither.

    >>> from hypothesis import find
    >>> find(static_arguments({"axis": Axis(none=False)}, ndim=2), lambda drawn: drawn["axis"] == -1)
    {'axis': -1}
    """
    return st.fixed_dictionaries({name: _static(spec, ndim) for name, spec in arguments.items()})


def _static(spec: Any, ndim: int) -> st.SearchStrategy[Any]:
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


# --- calls ------------------------------------------------------------------------------------------------


@dataclass
class Target:
    """A function, and what it says of the calls that tests may draw.

    Attributes
    ----------
    function: what is called; primitive: its record, if it is one.
    operands: the names of its arrays.
    domain: where their values lie: one for all, or one for each.
    arguments: what is no array, by name.
    samples: draws all arguments from a generator, where the others say too little.
    """

    function: Any
    primitive: Primitive | None
    operands: tuple[str, ...]
    domain: Any = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    samples: Callable[[np.random.Generator], Any] | None = None

    @classmethod
    def of_primitive(cls, primitive: Primitive) -> Target:
        """What a primitive declares.

        Raises RuleError where that is nothing.
        """
        names, domain = primitive.parameters, primitive.domain
        if not any(primitive.rules.values()):
            raise RuleError(f"primitive {primitive.name} has no rule: give it one, {primitive.name}.vjp(...).")
        operands = tuple(p for p in names if p not in primitive.defaults and p not in primitive.arguments)
        if isinstance(domain, tuple):
            operands = names[: len(domain)]
        if domain is None and primitive.elementwise:
            domain = Real()
        if domain is None and primitive.samples is None:
            raise RuleError(
                f"primitive {primitive.name} says nothing of what tests may feed it: give it a domain=, for arrays "
                "that can be drawn independently, or samples=, a function of a generator that returns its arguments."
            )
        return cls(primitive.function, primitive, operands, domain, primitive.arguments, primitive.samples)

    @classmethod
    def of_function(cls, function: Any, domain: Any, arguments: Mapping[str, Any], samples: Any) -> Target:
        """What is said of a function: its required arguments are arrays in ``domain``, unless ``arguments`` name them.

        Raises RuleError where that cannot be known.
        """
        if samples is not None:
            return cls(function, None, (), None, arguments, samples)
        if hasattr(function, "named_parameters"):
            raise RuleError(
                f"check: what may a test feed {name_of(function)}? Give samples=, a function of a generator that "
                "returns the arguments of a call, such as lambda rng: (rng.normal(size=(4, 3)),)."
            )
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError) as error:
            raise RuleError(f"check: the arguments of {name_of(function)} are not known; give samples=.") from error
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        required = [p.name for p in parameters if p.default is p.empty and p.kind in kinds]
        operands = tuple(name for name in required if name not in arguments)
        return cls(function, None, operands, domain or Real(), arguments)

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """A call of it."""
        call = call_of(self.function, args, kwargs)[0] if self.primitive is None else Case(self.primitive, args, kwargs)
        call.samples = self.samples
        return call


def cases(primitive: Primitive) -> st.SearchStrategy[Case]:
    """Calls of a primitive: by its ``samples``, or by its ``domain`` and ``arguments``.

    Shapes of 0 to 4 axes, lengths 0 to 3; several arrays of an elementwise primitive broadcast.

    Parameters
    ----------
    primitive: its record, from ``ag.ops``.

    Raises RuleError where it has no rule, or says nothing of what it may be fed.

    >>> import autograd as ag
    >>> from hypothesis import find
    >>> find(cases(ag.ops["tanh"]), lambda case: case.arrays[0].shape == (2,)).name
    'tanh'
    """
    return calls(Target.of_primitive(primitive))  # type: ignore[return-value]


@st.composite
def calls(draw: Any, target: Target) -> Call:
    """Calls of a function, in any arrangement of its arrays in memory."""
    rng = draw(generators())
    if target.samples is not None:
        given = target.samples(rng)
        args = list(given) if isinstance(given, (tuple, list)) else [given]
        kwargs: dict[str, Any] = {}
    else:
        args, kwargs = _by_domain(draw, target, rng)
    layout = LAYOUTS[rng.integers(len(LAYOUTS))]
    return target.call(tuple(_arranged(arg, layout) for arg in args), kwargs)


def _arranged(arg: Any, layout: str) -> Any:
    if isinstance(arg, list):
        return [_arranged(item, layout) for item in arg]
    return in_layout(np.asarray(arg), layout) if isinstance(arg, (np.ndarray, np.floating)) else arg


def _by_domain(draw: Any, target: Target, rng: np.random.Generator) -> tuple[list[Any], dict[str, Any]]:
    count = len(target.operands)
    domains = target.domain if isinstance(target.domain, tuple) else (target.domain,) * count
    broadcasts = count > 1 and (target.primitive is not None or isinstance(target.domain, tuple))
    shapes = draw(broadcastable_shapes(count)) if broadcasts else [draw(_SHAPES)] * count
    at_edges = rng.random() < AT_EDGES
    args: list[Any] = [_sample(domain, rng, shape, at_edges) for domain, shape in zip(domains, shapes, strict=True)]
    is_ufunc = target.primitive is not None and isinstance(target.primitive.numpy, np.ufunc)
    if count > 1 and is_ufunc and rng.random() < 0.2:  # a Python number, which must widen no dtype
        place = int(rng.integers(count))
        args[place] = domains[place].sample(rng, ()).item()
    return args, draw(static_arguments(target.arguments, len(shapes[0]) if shapes else 0))


def _sample(domain: Any, rng: np.random.Generator, shape: tuple[int, ...], at_edges: bool) -> np.ndarray:
    array: np.ndarray = domain.sample(rng, shape)
    return domain.to_edges(rng, array) if at_edges and isinstance(domain, Real) else array
