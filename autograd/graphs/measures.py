"""What a recording and a backward pass of it say about the nodes of a snapshot."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.backward import sweep
from autograd.errors import GradientError
from autograd.graphs.data import Facts
from autograd.graphs.values import facts_of
from autograd.nodes import Node
from autograd.notes import Operation, Pass, Step, Summary
from autograd.recording import Recording


class Measures:
    """Facts by the numbers of operations in a recording: nothing at all where there is no recording.

    Attributes
    ----------
    recording: what was recorded.
    flows: for each operation, the norm of what went back to each of its operands, by argument and source; NaN where
        some of it was not finite.
    """

    def __init__(self, recording: Recording | None = None, done: Pass | None = None) -> None:
        self.recording = recording
        self._steps: dict[int, Step] = {} if done is None else {step.operation: step for step in done.steps}
        self._arrived = {} if done is None else done.arrived
        self._orders: dict[int, int] = {}
        self.flows = {
            number: {(flow.argument, flow.source): _norm(flow.gradient) for flow in step.flows}
            for number, step in self._steps.items()
        }

    def operation_of(self, node: Node) -> Operation | None:
        """What the recording knows of a node."""
        return None if self.recording is None else self.recording.find(node)

    def facts(self, number: int | None, array: Any = None, **more: Any) -> Facts:
        """What is known of an operation's result, or of a leaf; and of ``array``, its value, if that is at hand.

        ``more`` are other facts, and go before the recording's.
        """
        operation = None if number is None or self.recording is None else self.recording.find(number)
        if operation is not None and operation.kind == "operation":
            more["order"] = self._order(operation)
            if operation.line is not None:  # else it was made before the recording
                more.setdefault("forward", operation.seconds)
            if array is None and operation.results and operation.results[0].is_measured:
                more["value"] = operation.results[0]
        step, arrived = (None, None) if number is None else (self._steps.get(number), self._arrived.get(number))
        gradient = arrived if step is None else step.gradient
        more["gradient"] = gradient
        more.setdefault("backward", None if step is None else step.seconds)
        return Facts(**more) if array is None else facts_of(array, **more)

    def _order(self, operation: Operation) -> int:
        """How many derivative rules an operation is a part of, one inside of the other."""
        assert self.recording is not None
        chain = []
        known: Operation | None = operation
        while known is not None and known.rule_of is not None and known.number not in self._orders:
            chain.append(known.number)
            known = self.recording.find(known.rule_of)
        order = 0 if known is None else self._orders.get(known.number, 0)
        for number in reversed(chain):
            order = self._orders[number] = order + 1
        return order


def backward_from(roots: Iterable[Node], leaves: Iterable[Node]) -> None:
    """A pass from ``roots``, each with 1, for who watches: it leaves every ``.grad`` alone and releases nothing."""
    starts = {node: np.ones(node.shape, node.dtype) for node in roots}
    if not starts:
        raise GradientError(
            "graph(..., gradients=True): no result needs a gradient. Call it outside of no_grad, on parameters or "
            "arguments that have requires_grad=True."
        )
    sweep(starts, set(leaves), True, False)


def _norm(gradient: Summary) -> float:
    return gradient.norm if gradient.is_finite else math.nan


def pass_from(recording: Recording, roots: Iterable[int]) -> Pass | None:
    """The last backward pass of a recording that began at one of ``roots``, with facts; None where there is none."""
    wanted = set(roots)
    passes = [done for done in recording.passes if done.steps and not done.is_inner]
    return next((done for done in reversed(passes) if not wanted.isdisjoint(done.roots)), None)
