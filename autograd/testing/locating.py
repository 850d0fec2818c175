"""Which operation of a function is wrong: each is checked by itself, at the values that it really had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd import watching
from autograd.modes import current_scope
from autograd.recording import Recording
from autograd.segments import CustomCall
from autograd.structures import map_leaves
from autograd.tensors import Tensor
from autograd.testing.case import Case
from autograd.testing.comparing import Settings
from autograd.testing.examining import Examination, quietly
from autograd.testing.findings import Finding
from autograd.testing.subjects import Call, Subject, call_of, needing, needs_gradient
from autograd.watching import start_watching, stop_watching


@dataclass
class Seen:
    """An operation that a function made: its call, the line of the program, the module's path, when it was made."""

    call: Call
    line: str
    scope: str
    number: int


class _Collector(Recording):
    """A recording that also keeps the calls themselves."""

    def __init__(self) -> None:
        super().__init__("flow", 200_000)
        self.seen: list[Seen] = []

    def on_call(self, call: watching.Call) -> Any:
        """Keep a call that is in the graph."""
        if call.node is not None:
            args, kwargs = map_leaves(_as_array, (call.args, call.kwargs))
            case = Case(call.primitive, args, kwargs)
            self.seen.append(Seen(case, str(call.line), current_scope(), call.node.number))
        return super().on_call(call)


def _as_array(value: Any) -> Any:
    return np.array(value._array) if isinstance(value, Tensor) else value


def operations_of(subject: Subject) -> list[Seen]:
    """The operations that a subject consists of, in the order in which they are made."""
    collector = _Collector()
    start_watching(collector)
    try:
        outs = subject.run([needing(a) for a in subject.arrays])
    finally:
        stop_watching(collector)
    found = [*collector.seen, *_with_rules_of_their_own(outs)]
    return sorted((seen for seen in found if seen.call.places), key=lambda seen: seen.number)


def _with_rules_of_their_own(outs: list[Any]) -> Iterator[Seen]:
    """Calls of functions with a `custom_vjp` in the graph of results."""
    nodes = list(dict.fromkeys(out._node for out in outs if needs_gradient(out)))
    seen = set(nodes)
    for node in nodes:  # grows as it goes
        fresh = [source for source in dict.fromkeys(node.inputs) if source not in seen]
        seen.update(fresh)
        nodes += fresh
        call = next((kept for kept in node.kept if isinstance(kept, CustomCall)), None)
        if call is not None:
            args = map_leaves(_as_array, call.args)
            yield Seen(call_of(call.function, args, call.kwargs)[0], call.line, node.scope, node.number)


def locate_first(subject: Subject, findings: list[Finding], rng: np.random.Generator) -> list[Finding]:
    """The findings on the first operation that is wrong by itself; where there is none, the findings as they are."""
    order = max(finding.order for finding in findings)
    operations = operations_of(subject)
    if len(operations) < 2 or not any(np.isfinite([f.numeric, f.analytic]).any() for f in findings):
        return findings
    for seen in operations:
        with quietly():
            report = Examination(seen.call, order, Settings(), "directional", rng).run()
        if report.findings:
            found = [
                replace(finding, primitive=seen.call.name, line=seen.line, scope=seen.scope)
                for finding in report.findings
            ]
            return found
    text = (
        "each operation is right by itself: the mistake lies between them, in a value that left the graph (.detach(), "
        ".numpy(), .data, .item())."
    )
    return [*findings, Finding("mismatch", text)]
