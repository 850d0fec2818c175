"""Transforms of functions: `grad`, `jacobian`, `hessian` and their kin, as functions of functions.

A function is called on stand-ins for its arguments, and its result differentiated in these alone: no ``.grad`` is
written, and no graph but the function's own is walked. Where the function reaches a graph around it (an argument that
needs a gradient, or a tensor that it closes over), the pass itself is recorded, so that the derivative is a part of
that graph. Where it does not, rules see plain arrays: a first derivative costs what NumPy costs, also as the
outermost of several.

Arguments may be Tensors, arrays, Python floats, and dicts, lists and tuples of these. Given arrays alone, transforms
return arrays; given a Tensor anywhere, or where a graph around is reached, they return Tensors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.backward import gradients
from autograd.dtypes import as_array
from autograd.errors import ArgumentError, DtypeError, GradientError, ShapeError, describe
from autograd.higher_order import tensor_at
from autograd.modes import enable_grad, is_grad_enabled
from autograd.nodes import Leaf, Node, next_number
from autograd.primitives import alias
from autograd.structures import fill, leaves, map_leaves, matching_leaves, named_leaves
from autograd.tensors import Tensor, wrap
from autograd.values import value_of

Function = Callable[..., Any]


# --- first derivatives ----------------------------------------------------------------------------------


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The function that returns ``f``'s value together with its gradient: cheaper than one after the other.

    Parameters and errors are those of `grad`; the result is ``(value, gradient)``, or ``((value, aux), gradient)``.

    >>> import autograd as ag
    >>> ag.value_and_grad(lambda x: x ** 3)(2.0)
    (np.float32(8.0), np.float32(12.0))
    """
    return _value_and_grad("value_and_grad", f, argnums, has_aux)


def _value_and_grad(name: str, f: Function, argnums: int | Sequence[int], has_aux: bool) -> Function:
    places = _places(name, f, argnums)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        run = _Run(name, f, args, kwargs, places, has_aux)
        found = run.pull_back([run.start_of_scalar()])
        value = run.returned(run.out)
        return ((value, run.returned(run.aux)) if has_aux else value), run.like_arguments(found)

    return differentiated


def grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The function that returns the gradient of ``f``, whose value is one number.

    Parameters
    ----------
    f: function of Tensors. Arrays and Python floats among its arguments reach it as Tensors, where it is
        differentiated in them; its value is a Tensor of one element.
    argnums: which positional argument to differentiate in, or several; the gradient of several is a tuple. That of a
        dict, list or tuple is one of gradients.
    has_aux: whether ``f`` returns ``(value, aux)``; then the result is ``(gradient, aux)``.

    Raises ArgumentError for what is no function or no place of an argument; from the function that it returns,
    GradientError where the value is not one number or is no Tensor, DtypeError where an argument is not real,
    ArgumentError where an argument is missing.

    >>> import autograd as ag, numpy as np
    >>> ag.grad(np.tanh)(0.5)
    np.float32(0.7864477)
    >>> third = ag.grad(ag.grad(ag.grad(lambda x: x ** 4)))
    >>> third(2.0)
    np.float32(48.0)
    >>> ag.grad(lambda p: (p["w"] * p["b"]).sum())({"w": np.ones(2), "b": np.arange(2.0)})
    {'w': array([0., 1.]), 'b': array([1., 1.])}
    """
    return _grad("grad", f, argnums, has_aux)


def _grad(name: str, f: Function, argnums: int | Sequence[int], has_aux: bool) -> Function:
    both = _value_and_grad(name, f, argnums, has_aux)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def vjp(f: Function, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """``f``'s value, and the function that maps a gradient of the value to those of the arguments.

    Returns ``(value, pull_back)``, or ``(value, pull_back, aux)`` where ``f`` returns ``(value, aux)``.
    ``pull_back(g)`` takes a ``g`` like the value and returns a tuple of gradients, one for each argument: the
    product of ``g`` with the Jacobian. It may be called many times.

    Parameters
    ----------
    f, has_aux: as for `grad`, but that the value may have any shape, or be a dict, list or tuple.
    primals: the arguments of ``f``, which is differentiated in all of them.

    Raises GradientError where the value is no Tensor, DtypeError where an argument is not real, ArgumentError where
    there is no aux; from ``pull_back``, ArgumentError for a ``g`` of another structure than the value's, ShapeError for
    another shape.

    >>> import autograd as ag, numpy as np
    >>> value, pull_back = ag.vjp(lambda x, y: x * y, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    >>> pull_back(np.array([1.0, 10.0]))
    (array([ 3., 40.]), array([ 1., 20.]))
    """
    run = _Run("vjp", f, primals, {}, tuple(range(len(primals))), has_aux)

    def pull_back(g: Any) -> Any:
        gs = run.fitting_gradients(g)
        found = run.pull_back(gs, retain_graph=True)
        return run.like_arguments(found, *gs)

    value = run.returned(run.out)
    return (value, pull_back, run.returned(run.aux)) if has_aux else (value, pull_back)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """``f``'s value and its derivative along ``tangents``: the product of the Jacobian with them.

    Computed as the derivative of ``vjp``, which is linear in its ``g``, in that ``g``: one table of rules serves both
    directions (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).

    Parameters
    ----------
    primals, tangents: tuples of ``f``'s arguments and of the directions, of the same structure and shapes.

    Raises ArgumentError for tangents of another structure, and for an array or a number where a tuple of them is
    wanted; ShapeError for other shapes, DtypeError where an argument or a tangent is not real, GradientError where the
    value is no Tensor.

    >>> import autograd as ag, numpy as np
    >>> ag.jvp(lambda x: x ** 2, (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
    (array([1., 4.]), array([2., 2.]))
    """
    if primals.__class__ is not tuple or tangents.__class__ is not tuple:
        _check_several("jvp", primals, tangents)
    run = _Run("jvp", f, tuple(primals), {}, tuple(range(len(primals))), tangents=tuple(tangents))
    (tangent,) = run.push_forward([run.tangents])
    return run.returned(run.out), run.returned(fill(run.out, tangent))


# --- matrices of derivatives ----------------------------------------------------------------------------


def jacobian(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, progress: bool = False) -> Function:
    """The function that returns all derivatives of ``f``'s value: (out axes..., argument's axes...).

    Parameters
    ----------
    f, argnums, has_aux: as for `grad`, but that the value may have any shape, or be a dict, list or tuple; the result
        is then one of Jacobians.
    progress: whether to show a progress bar, for one pass an element of the value (or of the argument, where those
        are much fewer).

    Raises ArgumentError for what is no function or no place of an argument; from the function that it returns,
    GradientError where the value is no Tensor, DtypeError where an argument is not real, ArgumentError where an
    argument or the aux is missing.

    >>> import autograd as ag, numpy as np
    >>> ag.jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]]) @ x)(np.ones(2))
    array([[1., 2.],
           [3., 4.]])
    """
    return _jacobian("jacobian", f, argnums, has_aux, progress)


def hessian(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, progress: bool = False) -> Function:
    """The function that returns all second derivatives of ``f``, whose value is one number.

    Of one array, an array of shape (axes..., axes...), symmetric; of several, or of a dict, list or tuple, one of
    rows: ``result["w"]["b"]`` is the derivative in w and then in b. Parameters are those of `jacobian`,
    errors those of `grad`.

    >>> import autograd as ag, numpy as np
    >>> ag.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])
    """
    return _jacobian("hessian", _grad("hessian", f, argnums, has_aux), argnums, has_aux, progress)


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """The product of ``f``'s Hessian with ``tangents``, without computing the Hessian: two passes (Pearlmutter 1994).

    Parameters
    ----------
    primals, tangents: tuples of ``f``'s arguments and of the directions, of the same structure and shapes.

    Returns a tuple, one product for each argument. Raises GradientError where the value is not one number, and
    otherwise the errors of `jvp`.

    >>> import autograd as ag, numpy as np
    >>> ag.hvp(lambda x: x[0] ** 2 * x[1], (np.array([3.0, 2.0]),), (np.array([1.0, 0.0]),))
    (array([4., 6.]),)
    """
    if primals.__class__ is not tuple or tangents.__class__ is not tuple:
        _check_several("hvp", primals, tangents)
    argnums = tuple(range(len(primals)))
    run = _Run("hvp", f, tuple(primals), {}, argnums, tangents=tuple(tangents))
    return tuple(run.like_arguments(run.pull_back_twice(run.tangents)))


def _jacobian(name: str, f: Function, argnums: int | Sequence[int], has_aux: bool, progress: bool) -> Function:
    places = _places(name, f, argnums)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        run = _Run(name, f, args, kwargs, places, has_aux)
        outs, ins = leaves(run.out), run.stand_ins
        by_columns = 3 * sum(x.size for x in ins) < sum(out.size for out in outs)  # a push costs about three pulls
        blocks = _by_columns(run, progress) if by_columns else _by_rows(run, progress)
        of_each = iter([run.like_arguments([blocks[i, j] for j in range(len(ins))]) for i in range(len(outs))])
        result = map_leaves(lambda _: next(of_each), run.out)
        return (result, run.returned(run.aux)) if has_aux else result

    return differentiated


Blocks = dict[tuple[int, int], Tensor]  # (output, input) -> their Jacobian


def _by_rows(run: _Run, progress: bool) -> Blocks:
    """One backward pass for each element of the value."""
    outs, ins = leaves(run.out), run.stand_ins
    rows = (run.pull_back(unit, retain_graph=True) for unit in _units(outs, run.name if progress else ""))
    return {
        (i, j): _stacked([row[j] for row in part], x, 0).reshape(outs[i].shape + x.shape)
        for i, part in enumerate(_parted(rows, outs))
        for j, x in enumerate(ins)
    }


def _by_columns(run: _Run, progress: bool) -> Blocks:
    """One forward derivative for each element of the arguments."""
    outs, ins = leaves(run.out), run.stand_ins
    columns = run.push_forward(_units(ins, run.name if progress else ""))
    return {
        (i, j): _stacked([column[i] for column in part], out, -1).reshape(out.shape + ins[j].shape)
        for j, part in enumerate(_parted(columns, ins))
        for i, out in enumerate(outs)
    }


def _parted(lines: Iterable[list[Tensor]], tensors: list[Tensor]) -> Iterator[list[list[Tensor]]]:
    """Lines that belong to the elements of several tensors in turn: for each tensor its own."""
    remaining = iter(lines)
    for tensor in tensors:
        yield [next(remaining) for _ in range(tensor.size)]


def _stacked(entries: list[Tensor], like: Tensor, axis: int) -> Tensor:
    return np.stack(entries, axis) if entries else wrap(np.zeros((0, *like.shape), like.dtype))  # type: ignore[return-value]


def _units(tensors: list[Tensor], title: str) -> Iterator[list[np.ndarray]]:
    """For each element of some tensors, arrays like these with a 1 there and 0 elsewhere; with a progress bar."""
    places: Iterable[tuple[int, int]] = [(i, place) for i, tensor in enumerate(tensors) for place in range(tensor.size)]
    if title:
        from tqdm import tqdm

        places = tqdm(places, desc=title)
    zeros = [np.zeros(tensor.shape, tensor.dtype) for tensor in tensors]
    for i, place in places:
        unit = np.zeros_like(zeros[i])
        unit.flat[place] = 1
        yield [*zeros[:i], unit, *zeros[i + 1 :]]


# --- a call that is being differentiated ----------------------------------------------------------------


class _Run:
    """One call of a function on stand-ins for its arguments, ready to be differentiated in these.

    Stand-ins are computed tensors, not leaves, so that the function may assign into its arguments.
    """

    def __init__(
        self,
        name: str,
        f: Function,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        argnums: int | Sequence[int],
        has_aux: bool = False,
        tangents: tuple[Any, ...] | None = None,
    ) -> None:
        self.name = name
        self.arguments = _chosen(name, args, argnums)
        self.own: set[Node | None] = set()  # nodes of stand-ins that stand for no tensor of a graph around
        is_recorded = is_grad_enabled()
        with enable_grad():
            self.stand_ins = [self._stand_in(path, x, is_recorded) for path, x in named_leaves(self.arguments)]
        self.tangents = [] if tangents is None else self._fitting(tangents, self.arguments, self.stand_ins, "tangents")
        handed_out = [tensor_at(t._array, t._node) for t in self.stand_ins]  # an assignment moves these alone
        start = next_number()
        with enable_grad():
            out = f(*_replaced(args, argnums, fill(self.arguments, handed_out)), **kwargs)
        self.aux: Any = None
        if has_aux:
            if not isinstance(out, (tuple, list)) or len(out) != 2:
                raise ArgumentError(f"{name}: with has_aux=True, the function has to return (value, aux).")
            out, self.aux = out
        self.out = out
        for path, leaf in named_leaves(out):
            self._check_result(path, leaf)
        self.is_inner = is_grad_enabled() and (
            any(_needs_gradient(t) for t in self.tangents) or self._reaches_outside(leaves((out, self.aux)), start)
        )
        self.gives_tensors = self.is_inner or any(isinstance(x, Tensor) for x in leaves((args, kwargs, tangents)))

    def _stand_in(self, path: str, value: Any, is_recorded: bool) -> Tensor:
        if _needs_gradient(value) and is_recorded:
            return alias(value)  # type: ignore[no-any-return]
        array = as_array(value_of(value), operation=self.name)
        if array.dtype.kind != "f":
            raise DtypeError(
                f"{self.name}: argument{path} is {describe(value)}; only real numbers have derivatives. Give floats, "
                "such as 2.0 or x.astype(float), or choose other arguments by argnums=."
            )
        stand_in: Tensor = alias(wrap(array).requires_grad_())
        self.own.add(stand_in._node)
        return stand_in

    def _check_result(self, path: str, leaf: Any) -> None:
        if not isinstance(leaf, Tensor):
            raise GradientError(
                f"{self.name}: the function's value{path} is {describe(leaf)}, no Tensor, so that nothing leads from "
                "it to the arguments. Leave out .numpy(), .item(), float() and np.asarray() on the way; a value that "
                "does not depend on the arguments is written ag.tensor(value)."
            )

    def _reaches_outside(self, tensors: list[Any], start: int) -> bool:
        """Whether they depend on a graph around: on what was there before the call, or on a leaf with a holder."""
        order = [t._node for t in tensors if _needs_gradient(t)]
        seen = set(order)
        for node in order:  # grows as it goes
            if node.number < start:
                if node not in self.own:
                    return True
            elif node.__class__ is Leaf and node.tensor() is not None:
                return True
            else:
                for source in node.inputs:
                    if source not in seen:
                        seen.add(source)
                        order.append(source)
        return False

    # --- the two directions ---------------------------------------------------------------------------

    def pull_back(self, gs: Sequence[Any], retain_graph: bool = False) -> list[Tensor]:
        """Gradients for the stand-ins, from one for each leaf of the value."""
        return _gradients(self._from(*gs), self.stand_ins, retain_graph, self._is_recorded(gs))

    def _from(self, *gs: Any) -> list[tuple[Tensor, Any]]:
        """Where a pass starts, and from what: the leaves of the value that depend on anything."""
        return [(out, g) for out, g in zip(leaves(self.out), gs, strict=True) if out.requires_grad]

    def pull_back_twice(self, tangents: Sequence[Any]) -> list[Tensor]:
        """The product of the Hessian of a function of one number with tangents of the stand-ins."""
        slopes = _gradients(self._from(self.start_of_scalar()), self.stand_ins, True, True)
        pairs = [(slope, t) for slope, t in zip(slopes, tangents, strict=True) if slope.requires_grad]
        return _gradients(pairs, self.stand_ins, False, self._is_recorded(tangents))

    def _is_recorded(self, gs: Sequence[Any]) -> bool:
        """Whether a pass that starts from ``gs`` belongs to a graph around."""
        return self.is_inner or (is_grad_enabled() and any(_needs_gradient(g) for g in gs))

    def push_forward(self, tangents: Iterable[Sequence[Any]]) -> list[list[Tensor]]:
        """For each list of tangents of the stand-ins, those of the value's leaves."""
        outs = leaves(self.out)
        with enable_grad():
            gs = [alias(wrap(np.zeros(out.shape, out.dtype)).requires_grad_()) for out in outs]
            pulled = _gradients(
                [(o, g) for o, g in zip(outs, gs, strict=True) if o.requires_grad], self.stand_ins, True, True
            )
        found = []
        for tangent in tangents:
            pairs = [(p, t) for p, t in zip(pulled, tangent, strict=True) if p.requires_grad]
            found.append(_gradients(pairs, gs, True, self.is_inner))
        return found

    def start_of_scalar(self) -> np.ndarray:
        """The gradient that a pass over a function of one number starts from."""
        if not isinstance(self.out, Tensor) or self.out.size != 1:
            raise GradientError(
                f"{self.name}: the function's value is {describe(self.out)}; a gradient is of one number. Take .sum() "
                "or .mean() of it, or use ag.jacobian for all its derivatives."
            )
        return np.ones(self.out.shape, self.out.dtype)

    def fitting_gradients(self, gs: Any) -> list[Any]:
        """Gradients of the value's leaves, checked."""
        return self._fitting(gs, self.out, leaves(self.out), "the gradient of the value")

    def _fitting(self, given: Any, structure: Any, like: list[Tensor], what: str) -> list[Any]:
        values = matching_leaves(given, structure, f"{self.name}: {what}")
        for (path, _), value, tensor in zip(named_leaves(structure), values, like, strict=True):
            if np.shape(value_of(value)) != tensor.shape:
                raise ShapeError(f"{self.name}: {what}{path} is {describe(value)}; want the shape {tensor.shape}.")
        try:
            return [
                value if isinstance(value, Tensor) else np.asarray(value, t.dtype)
                for value, t in zip(values, like, strict=True)
            ]
        except (TypeError, ValueError) as error:
            raise DtypeError(f"{self.name}: {what}: {describe(given)} is not of real numbers; want floats.") from error

    # --- what is handed out ---------------------------------------------------------------------------

    def like_arguments(self, tensors: Iterable[Tensor], *gs: Any) -> Any:
        """One tensor for each stand-in, in the structure of the arguments; ``gs`` are what the pass started from."""
        return fill(self.arguments, self.returned(list(tensors), *gs))

    def returned(self, structure: Any, *gs: Any) -> Any:
        """Results as the caller gets them: in the graph around, or outside of any."""
        is_inner = self._is_recorded(gs)
        gives_tensors = self.gives_tensors or any(isinstance(g, Tensor) for g in gs)

        def of(value: Any) -> Any:
            if not isinstance(value, Tensor) or (is_inner and value._node not in self.own):
                return value
            return value.detach() if gives_tensors else value._array

        return map_leaves(of, structure)


def _gradients(
    pairs: list[tuple[Tensor, Any]], inputs: list[Tensor], retain_graph: bool, is_recorded: bool
) -> list[Tensor]:
    """`gradients` for pairs of an output and what to start from, with zeros for inputs that none depends on."""
    found: Sequence[Tensor | None] = [None] * len(inputs)
    if pairs and inputs:
        outs, gs = zip(*pairs, strict=True)
        found = gradients(outs, inputs, gs, retain_graph, create_graph=is_recorded, allow_unused=True)
    return [wrap(np.zeros(x.shape, x.dtype)) if g is None else g for g, x in zip(found, inputs, strict=True)]


def _needs_gradient(value: Any) -> bool:
    return isinstance(value, Tensor) and value._node is not None


def _check_several(name: str, primals: Any, tangents: Any) -> None:
    """Raise ArgumentError unless both are sequences of arguments: a single array would be taken apart into its rows."""
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise ArgumentError(
                f"{name}: {what} is {describe(given)}; want tuples, with an entry for each argument of the function: "
                f"ag.{name}(f, (x,), (v,))."
            )


def _places(name: str, f: Any, argnums: Any) -> int | tuple[int, ...]:
    """``argnums`` as Python's numbers, looked at once for all calls."""
    if not callable(f):
        raise ArgumentError(f"{name}: want a function, got {describe(f)}; ag.gradients differentiates Tensors.")
    several = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
    if not all(isinstance(place, (int, np.integer)) for place in several) or len(set(several)) < len(several):
        raise ArgumentError(
            f"{name}: argnums={argnums!r:.60}; want the place of an argument, or of several, each once."
        )
    places = tuple(map(int, several))
    return places if several is argnums else places[0]


def _chosen(name: str, args: tuple[Any, ...], argnums: int | Sequence[int]) -> Any:
    """The arguments that are differentiated in: one, or a tuple of several."""
    for number in [argnums] if isinstance(argnums, int) else argnums:
        if not -len(args) <= number < len(args):
            raise ArgumentError(
                f"{name}: argnums={argnums}, but the function was called with {len(args)} positional arguments; those "
                "that are given by name are not differentiated in."
            )
    return args[argnums] if isinstance(argnums, int) else tuple([args[number] for number in argnums])


def _replaced(args: tuple[Any, ...], argnums: int | Sequence[int], chosen: Any) -> list[Any]:
    """``args`` with others in the places that ``argnums`` says."""
    replaced = list(args)
    for number, value in [(argnums, chosen)] if isinstance(argnums, int) else zip(argnums, chosen, strict=True):
        replaced[number] = value
    return replaced
