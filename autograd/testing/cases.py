"""A case: one call of a primitive, with the arrays that it can be differentiated in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.backward import gradients
from autograd.calls import spread
from autograd.composites import Composite
from autograd.primitives import Primitive
from autograd.tensors import Tensor
from autograd.values import value_of

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Case:
    """A call ``primitive(*args, **kwargs)``; ``args`` hold plain arrays."""

    primitive: Primitive
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __repr__(self) -> str:
        """The call as code that can be pasted and run."""
        parts = [_code(arg) for arg in self.args] + [f"{name}={_code(value)}" for name, value in self.kwargs.items()]
        return f"{self.primitive.name}({', '.join(parts)})"

    @property
    def places(self) -> list[tuple[int, int | None]]:
        """Where the differentiable arrays stand: argument, and item where that is a list."""
        places: list[tuple[int, int | None]] = []
        for i, arg in enumerate(self.args):
            if self.primitive.rules.get(self.name_of(i)) is None:
                continue
            if self.name_of(i) in self.primitive.sequences:
                items = list(enumerate(arg)) if isinstance(arg, list) else [(None, arg)]
                places += [(i, j) for j, item in items if _is_real(item)]
            elif _is_real(arg):
                places.append((i, None))
        return places

    def name_of(self, i: int) -> str:
        """The parameter that argument ``i`` belongs to."""
        return (
            self.primitive.parameters[min(i, len(self.primitive.parameters) - 1)]
            if not (self.primitive.variadic)
            else self.primitive.parameters[min(i, _variadic_place(self.primitive))]
        )

    @property
    def arrays(self) -> Arrays:
        """The arrays that it can be differentiated in."""
        return [self.args[i] if j is None else self.args[i][j] for i, j in self.places]

    def with_arrays(self, arrays: Sequence[Any]) -> Case:
        """The same call with other arrays (or Tensors) in the places of `arrays`."""
        args = [list(arg) if isinstance(arg, list) else arg for arg in self.args]
        for (i, j), array in zip(self.places, arrays, strict=True):
            if j is None:
                args[i] = array
            else:
                args[i][j] = array
        return Case(self.primitive, tuple(args), self.kwargs)

    def outputs(self) -> list[Any]:
        """The real results of the call, in a list."""
        out = self.primitive.function(*self.args, **self.kwargs)
        outs = out if isinstance(out, (tuple, list)) else [out]
        return [part for part in outs if value_of(part).dtype.kind == "f"]

    def plain_values(self) -> list[Any]:
        """The real results without the engine: of the forward function, of NumPy's own for a composed one."""
        primitive = self.primitive
        if isinstance(primitive, Composite) and primitive.numpy is not None:
            out = primitive.numpy(*self.args, **self.kwargs)
        else:
            out = spread(primitive, primitive.bind(self.args, self.kwargs))
        if primitive.saves:
            out = out[0]
        outs = out if isinstance(out, (tuple, list)) else [out]
        return [part for part in outs if np.asarray(part).dtype.kind == "f"]

    def values(self, arrays: Sequence[np.ndarray]) -> Arrays:
        """The real results for other arrays, as arrays."""
        return [np.asarray(value_of(out)) for out in self.with_arrays(arrays).outputs()]

    def gradients(self, arrays: Sequence[Any], gs: Sequence[Any], create_graph: bool = False) -> list[Any]:
        """The gradient for each array, from incoming gradients ``gs``: Tensors where ``create_graph``, else arrays.

        None in place of an incoming gradient is for a result that nobody used.
        """
        tensors = [a if isinstance(a, Tensor) else Tensor(a, requires_grad=True) for a in arrays]
        outs = self.with_arrays(tensors).outputs()
        pairs = [(out, g) for out, g in zip(outs, gs, strict=True) if out.requires_grad and g is not None]
        found = gradients(
            [out for out, _ in pairs], tensors, [g for _, g in pairs], create_graph=create_graph, allow_unused=True
        )
        filled = [Tensor(np.zeros(t.shape, t.dtype)) if g is None else g for g, t in zip(found, tensors, strict=True)]
        return list(filled) if create_graph else [np.asarray(g._array) for g in filled]

    def rule_dtypes(self, gs: Sequence[np.ndarray]) -> list[tuple[str, Any]]:
        """What each rule returns by itself, before the pass fits it: argument and dtype; of one result alone."""
        tensors = [Tensor(a, requires_grad=True) for a in self.arrays]
        outs = self.with_arrays(tensors).outputs()
        node = outs[0].grad_fn if len(outs) == 1 else None
        if node is None or isinstance(self.primitive, Composite) or len(node.pullback.wanted) != len(node.inputs):
            return []
        grads = node.pullback.run(gs[0], node.kept)
        pairs = zip(node.pullback.wanted, grads, strict=True)
        return [(name, grad.dtype) for name, grad in pairs if isinstance(grad, (np.ndarray, np.generic))]

    def gradient_alone(self, place: int, arrays: Sequence[np.ndarray], gs: Sequence[np.ndarray]) -> np.ndarray:
        """The gradient of one of the arrays, where no other needs one."""
        tensor = Tensor(arrays[place], requires_grad=True)
        outs = self.with_arrays([tensor if i == place else a for i, a in enumerate(arrays)]).outputs()
        pairs = [(out, g) for out, g in zip(outs, gs, strict=True) if out.requires_grad]
        (found,) = gradients([out for out, _ in pairs], tensor, [g for _, g in pairs], allow_unused=True)
        return np.zeros(tensor.shape) if found is None else np.asarray(found._array)


def _variadic_place(primitive: Primitive) -> int:
    return next(i for i, name in enumerate(primitive.parameters) if name in primitive.sequences)


def _is_real(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"


def _code(value: Any) -> str:
    """A value as Python source."""
    if isinstance(value, np.ndarray):
        if not value.size:
            return f"np.zeros({value.shape})"
        return f"np.array({value.tolist()}, dtype='{value.dtype}')"
    if isinstance(value, list):
        return "[" + ", ".join(_code(item) for item in value) + "]"
    return repr(value)
