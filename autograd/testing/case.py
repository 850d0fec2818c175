"""A case: one call of a primitive, with the arrays that it can be differentiated in."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.calls import spread
from autograd.composites import Composite
from autograd.primitives import Primitive
from autograd.structures import named_leaves
from autograd.tensors import Tensor
from autograd.testing.subjects import Call, is_real


class Case(Call):
    """A call ``primitive(*args, **kwargs)`` of plain arrays.

    ``without_rule`` has the places of real arrays that were declared to have no derivative, by name.

    Parameters
    ----------
    primitive: its record, from ``ag.ops``.
    args, kwargs: of the call.

    Nothing is computed yet: a call that does not fit raises, when it runs, the errors of the primitive.

    >>> import autograd as ag
    >>> case = Case(ag.ops["multiply"], (np.array(2.0), np.array(3.0)), {})
    >>> case.gradients(case.arrays, [1.0])
    [array(3.), array(2.)]
    """

    def __init__(self, primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.primitive = primitive
        arguments = [(self.argument(i), value) for i, value in enumerate(args)]
        arguments += kwargs.items()
        places, names, count = [], [], 0
        without_rule: dict[str, int] = {}
        for name, value in arguments:
            for label, leaf in named_leaves(value, name):
                if is_real(leaf) and primitive.rules.get(name) is not None:
                    places.append(count)
                    names.append(label)
                elif is_real(leaf):
                    without_rule[label] = count
                count += 1
        super().__init__(primitive.function, args, kwargs, places, names, primitive.name)
        self.without_rule = without_rule
        self.reference, self.surrogate, self.samples = primitive.reference, primitive.surrogate, primitive.samples

    def argument(self, i: int) -> str:
        """The parameter that positional argument ``i`` belongs to."""
        parameters = self.primitive.parameters
        last = len(parameters) - 1
        if self.primitive.variadic:
            last = next(place for place, name in enumerate(parameters) if name in self.primitive.sequences)
        return parameters[min(i, last)]

    def plain_values(self) -> list[np.ndarray]:
        """The real results without the engine: of the forward function, of NumPy's own for a composed one."""
        primitive = self.primitive
        if isinstance(primitive, Composite) and primitive.numpy is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # by NumPy, of a function that it will rename
                return self.values_of(primitive.numpy)
        return self.values_of(self._forward)

    def _forward(self, *args: Any, **kwargs: Any) -> Any:
        out = spread(self.primitive, self.primitive.bind(args, kwargs))
        return out[0] if self.primitive.saves else out

    def raw_gradients(self, gs: Sequence[np.ndarray]) -> list[tuple[str, Any]]:
        """What each rule returns by itself, before the pass fits it; of a primitive with one result and plain rules."""
        tensors = [Tensor(a, requires_grad=True) for a in self.arrays]
        outs = self.run(tensors)
        node = outs[0].grad_fn if len(outs) == 1 and isinstance(outs[0], Tensor) else None
        if node is None or isinstance(self.primitive, Composite) or len(node.pullback.wanted) != len(node.inputs):
            return []
        return list(zip(node.pullback.wanted, node.pullback.run(gs[0], node.kept), strict=True))
