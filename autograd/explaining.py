"""`ag.explain`: in words, why a gradient is None, zero or huge."""

from __future__ import annotations

import math
from typing import Literal, Self

import numpy as np

from autograd.backward import gradients
from autograd.errors import ArgumentError
from autograd.nodes import RELEASED, Node
from autograd.notes import Operation, Pass, Summary, summarize
from autograd.reasons import Finding, Link, Search, Trace, why_no_graph
from autograd.recording import Recording, current_recording
from autograd.remedies import LOST, NOT_FINITE_GRADIENT
from autograd.tensors import Tensor
from autograd.watching import watched_by

Verdict = Literal["none", "zero", "tiny", "huge", "not finite", "fine"]

_HUGE = 1e6  # times the gradient that the pass started from; tiny is one over this
_MANY = 0.2  # zeros, of all elements
_PATH_SHOWN = 12


class Explanation(str):
    """The answer of `explain`: a text, with its facts as attributes.

    Attributes
    ----------
    verdict: ``"none"``, ``"zero"``, ``"tiny"``, ``"huge"``, ``"not finite"`` or ``"fine"``.
    reason: a word for why: ``"no_grad"``, ``"cut"``, ``"unused"``, ``"not a leaf"``, ``"lost"``, ...
    operations: the places that the answer names.
    path: the way from the tensor to the loss, if a gradient came along one.

    It raises no errors.

    >>> import autograd as ag
    >>> with ag.record():
    ...     x = ag.tensor([-1.0, -2.0], requires_grad=True)
    ...     ag.relu(x).sum().backward()
    >>> answer = ag.explain(x)
    >>> answer.verdict, answer.reason, [operation.name for operation in answer.operations]
    ('zero', 'lost', ['relu'])
    """

    verdict: Verdict
    reason: str
    operations: tuple[Operation, ...]
    path: tuple[Link, ...]

    def __new__(
        cls,
        text: str,
        verdict: Verdict,
        reason: str,
        operations: tuple[Operation, ...] = (),
        path: tuple[Link, ...] = (),
    ) -> Self:
        """A text and its facts."""
        self = super().__new__(cls, text)
        self.verdict, self.reason, self.operations, self.path = verdict, reason, operations, path
        return self

    def __repr__(self) -> str:
        return str(self)


def explain(tensor: Tensor, loss: Tensor | None = None) -> Explanation:
    """Say why a tensor's gradient is None, zero, tiny, huge or not finite: where the way to the loss is cut or fades.

    It reads the recording that is active in this thread, or else the last one (see `ag.record`; `ag.debug` makes one
    too). Without one it says what the graph tells: of ``loss``, as long as that keeps its graph.

    Parameters
    ----------
    tensor: whose gradient it is about, of any shape.
    loss: what was differentiated, if there were several; if not given, the last backward pass counts. If no pass was
        recorded from it, one is made, which leaves every ``.grad`` alone.

    Raises ArgumentError for something else than Tensors.

    >>> import autograd as ag
    >>> with ag.record():
    ...     x = ag.tensor([-1.0, -2.0], requires_grad=True)
    ...     ag.relu(x).sum().backward()
    >>> ag.explain(x)
    The gradient of this leaf, (2,) float32, is 0.
    It is lost in relu at <doctest ...>:3: ag.relu(x).sum().backward(): what comes in is 1, what goes on to x 0. ...
    From it to the loss, by how much each operation changed the norm of the gradient:
        0          relu at <doctest ...>:3: ag.relu(x).sum().backward()
        1.41       sum at <doctest ...>:3: ag.relu(x).sum().backward()
    """
    for name, value in {"tensor": tensor, "loss": loss}.items():
        if not isinstance(value, Tensor) and not (name == "loss" and value is None):
            raise ArgumentError(f"explain: {name} is {type(value).__name__}; want a Tensor.")
    known = current_recording()
    if tensor._node is None:
        return _without_graph(known, tensor)
    if loss is not None and loss._node is None:
        inner = _without_graph(known, loss)
        return Explanation(f"The loss itself needs no gradient. {inner}", "none", inner.reason, inner.operations)
    recording, done = _pass_for(known, tensor, loss)
    found = None if recording is None else recording.find(tensor)
    if recording is None or found is None:
        return _unrecorded(tensor, loss)
    trace = None if done is None else Trace(recording, done, found.number)
    if trace is None or trace.gradient is None:
        is_known = known is not None and known.find(tensor) is not None
        return _not_arrived(recording, found, tensor, done, loss) if is_known else _unrecorded(tensor, loss)
    if not trace.done.steps:
        return _without_facts(tensor, trace)
    return _arrived(trace, found, tensor)


# --- which pass -------------------------------------------------------------------------------------------


def _pass_for(recording: Recording | None, tensor: Tensor, loss: Tensor | None) -> tuple[Recording | None, Pass | None]:
    """The backward pass that the answer is about, and what recorded it."""
    root = None if recording is None or loss is None else recording.find(loss)
    if recording is not None:
        passes = [done for done in recording.passes if not done.is_inner]
        if loss is not None:
            passes = [done for done in passes if root is not None and root.number in done.roots]
        elif tensor.is_leaf:  # whose .grad `ag.gradients` leaves alone
            passes = [done for done in passes if done.is_backward] or passes
        found = recording.find(tensor)
        arrived = [done for done in passes if found is not None and _reaches(done, found.number)]
        if arrived and (tensor.grad is not None or not tensor.is_leaf or arrived[-1] is passes[-1]):
            return recording, arrived[-1]
        if passes and loss is None:
            return recording, passes[-1]
    if loss is not None and loss._node is not None and _keeps_graph(loss._node):
        trial = Recording("facts", 1_000_000) if recording is None else recording.copy()
        return trial, _own_pass(trial, tensor, loss)
    return recording, None


def _reaches(done: Pass, number: int) -> bool:
    return number in done.arrived or any(step.operation == number for step in done.steps)


def _nodes_of(root: Node) -> list[Node]:
    order = [root]
    seen = {root}
    for node in order:  # grows as it goes
        fresh = [source for source in dict.fromkeys(node.inputs) if source not in seen]
        seen.update(fresh)
        order += fresh
    return order


def _keeps_graph(root: Node) -> bool:
    """Whether a pass from ``root`` is possible: nothing on the way has been released."""
    return all(node.kept is not RELEASED for node in _nodes_of(root))


def _own_pass(trial: Recording, tensor: Tensor, loss: Tensor) -> Pass:
    """A pass of our own from the loss to the tensor, recorded."""
    assert loss._node is not None
    with watched_by(trial):
        start = np.ones(loss.shape, loss.dtype)
        gradients(loss, tensor, start, retain_graph=True, allow_unused=True)
    assert tensor._node is not None
    trial.number_at(tensor._node)
    return trial.passes[-1]


# --- answers: no gradient ---------------------------------------------------------------------------------

_MORE = "To see where, compute it again in a block `with ag.record():` and ask again."
_NO_GRAPH = (
    "It needs no gradient: it was made without requires_grad=True, or computed from tensors that need none, under "
    "ag.no_grad(), or by detach(), numpy() and the like."
)


def _without_graph(recording: Recording | None, tensor: Tensor) -> Explanation:
    """The answer for a tensor that needs no gradient."""
    if tensor.dtype.kind != "f":
        text = f"It holds {tensor.dtype}, and only real numbers have gradients"
        made = None if recording is None else recording.find(tensor)
        place = f"; it was computed by {made}" if made is not None else ""
        return Explanation(f"{text}{place}. Compute with floats: ag.tensor([1.0, 2.0]).", "none", "integer")
    if recording is None:
        return Explanation(f"{_NO_GRAPH} {_MORE}", "none", "no graph")
    made = recording.find(tensor)
    if made is None:
        text = (
            "It needs no gradient: nothing asked for one, and no operation that was recorded made it. Make it with "
            "requires_grad=True, before anything is computed from it."
        )
        return Explanation(text, "none", "constant")
    finding = why_no_graph(recording, made)
    remedy = ""
    if finding.reason == "no_grad":
        remedy = " To change a leaf under no_grad, write in place, w -= rate * w.grad: w = w - ... makes a new tensor."
    return Explanation(f"It needs no gradient. {finding.text}{remedy}", "none", finding.reason, finding.operations)


def _not_arrived(
    recording: Recording, made: Operation, tensor: Tensor, done: Pass | None, loss: Tensor | None
) -> Explanation:
    """The answer where no backward pass brought a gradient to a tensor that needs one."""
    root = None if loss is None else recording.find(loss)
    roots = done.roots if done is not None else () if root is None else (root.number,)
    finding = Search(recording, roots).why_not_reached(made)
    text = finding.text
    if done is None and not any(not other.is_inner for other in recording.passes):
        text = f"backward() was not called on anything while it was recorded. {text}"
        if finding.reason == "elsewhere":
            finding = Finding("no pass", text, finding.operations)
    if not tensor.is_leaf:
        text += f" Nor would it be in its .grad: it was computed, and {_NOT_A_LEAF}"
    if tensor.grad is not None:
        text += f" Its .grad, {summarize(tensor.grad._array)}, is from another pass."
    return Explanation(f"No gradient came to {_name(made)}. {text}", "none", finding.reason, finding.operations)


def _unrecorded(tensor: Tensor, loss: Tensor | None) -> Explanation:
    """The answer where no recording knows the tensor, and no pass of our own is possible."""
    if loss is not None and loss._node is not None:
        if tensor._node not in _nodes_of(loss._node):
            return Explanation(f"The loss does not depend on it. {_MORE}", "none", "elsewhere")
        after = "The loss depends on it, but its graph was released by a backward pass."
    else:
        after = "Without a recording, and without the loss (explain(tensor, loss)), nothing is known of the way to it."
    if tensor.grad is None and not tensor.is_leaf:
        assert tensor._node is not None
        text = f"It was computed, by {tensor._node.name}, and {_NOT_A_LEAF}"
        return Explanation(f"{text} {after} {_MORE}", "none", "not a leaf")
    if tensor.grad is None:
        text = "No gradient came to it: backward() was not called, or the loss does not depend on it."
        return Explanation(f"{text} {after} {_MORE}", "none", "unknown")
    facts = summarize(tensor.grad._array)
    return Explanation(f"Its gradient is {facts}. {after} {_MORE}", _verdict(facts, None), "unknown")


# --- answers: a gradient ----------------------------------------------------------------------------------

_NOT_A_LEAF = (
    "only leaves keep .grad. Call t.retain_grad() before backward() to see it; if the name was bound to a new tensor "
    "by mistake, as by w = w - ..., write w -= ... under ag.no_grad()."
)


def _arrived(trace: Trace, made: Operation, tensor: Tensor) -> Explanation:
    """The answer where a gradient came, whatever became of it."""
    gradient = trace.gradient
    assert gradient is not None
    path = trace.path()
    start = path[-1].gradient if path else gradient
    verdict = _verdict(gradient, start)
    size = _measures(gradient)
    says = {"zero": "0", "fine": size}.get(verdict, f"{verdict}: {size}")
    parts = [f"The gradient of {_name(made)}, is {says}."]
    reason, operations, text = _why(trace, verdict, path)
    parts += [text] if text else []
    if tensor.grad is None and not tensor.is_leaf:
        reason = "not a leaf" if verdict == "fine" else reason
        parts.append(f"Its .grad is None since it was computed, by {made.name}, and {_NOT_A_LEAF}")
    elif tensor.grad is None and trace.done.is_backward:
        reason = "cleared" if verdict == "fine" else reason
        parts.append("Its .grad is None since it was cleared after the pass, as zero_grad() does.")
    parts += _told(path)
    return Explanation(
        "\n".join(parts), "none" if reason in ("not a leaf", "cleared") else verdict, reason, operations, path
    )


def _why(trace: Trace, verdict: Verdict, path: tuple[Link, ...]) -> tuple[str, tuple[Operation, ...], str]:
    """For a gradient that came: a word for the reason, the places, and sentences."""
    if verdict == "zero":
        return _why_zero(trace)
    if verdict == "not finite":
        link = trace.first_not_finite()
        if link is not None:
            text = f"{_crossing(link)} {NOT_FINITE_GRADIENT.get(link.operation.name, '')}"
            return "not finite", (link.operation,), f"It comes from {text}".strip()
        return "not finite", (), "What the pass started from, or the sum of several gradients, is not finite."
    if verdict == "fine" and trace.gradient is not None and trace.gradient.share_of_zeros > _MANY:
        thinned = [link for link in path if link.flow.gradient.share_of_zeros - link.gradient.share_of_zeros > 0]
        if thinned:
            link = max(thinned, key=lambda link: link.flow.gradient.share_of_zeros - link.gradient.share_of_zeros)
            return "thinned", (link.operation,), f"Part of it is lost in {_crossing(link)}"
    return verdict, (), ""


def _why_zero(trace: Trace) -> tuple[str, tuple[Operation, ...], str]:
    lost = trace.losses()
    if lost:
        lines = [f"It is lost in {_crossing(link)} {LOST.get(link.operation.name, '')}".strip() for link in lost[:3]]
        lines += [f"It is lost in {len(lost) - 3} other places too."] if len(lost) > 3 else []
        return "lost", tuple(link.operation for link in lost), "\n".join(lines)
    place = trace.cancelled()
    if place is not None:
        return "cancelled", (place,), f"Gradients that come to {_name(place)} by several ways add up to 0."
    return "zero from the start", (), "The pass started from 0."


def _crossing(link: Link) -> str:
    """A rule's effect: ``relu at train.py:3: ...: what comes in is 1, what goes on to x 0.``"""
    before, after = _measures(link.gradient), _measures(link.flow.gradient)
    return f"{link.operation}: what comes in is {before}, what goes on to {link.flow.argument} {after}."


def _measures(facts: Summary) -> str:
    """The size of a gradient, in few words."""
    if facts.is_zero:
        return "0"
    parts = [f"{facts.low:.4g} to {facts.high:.4g}" if facts.low != facts.high else f"{facts.low:.4g}"]
    if not facts.is_finite:
        parts = [str(facts).split(", ", 1)[-1].removeprefix(f"{facts.dtype}, ")]
    elif facts.zeros:
        parts.append(f"{facts.share_of_zeros:.0%} zeros")
    return ", ".join(parts)


def _told(path: tuple[Link, ...]) -> list[str]:
    """The path; of a long one, where the gradient grew and shrank most."""
    if not path:
        return []
    head = "From it to the loss, by how much each operation changed the norm of the gradient:"
    if len(path) <= _PATH_SHOWN:
        return [head, *map(_row, path)]
    known = sorted((link for link in path if not math.isnan(link.factor)), key=lambda link: link.factor)
    few = _PATH_SHOWN // 4
    head = f"There are {len(path)} operations from it to the loss. Least and most, the norm of the gradient changed by:"
    return [head, *map(_row, known[:few]), *map(_row, known[-few:])]


def _row(link: Link) -> str:
    return f"    {link.factor:<10.3g} {link.operation}"


def _without_facts(tensor: Tensor, trace: Trace) -> Explanation:
    text = "A gradient came to it; the recording has no facts about its size."
    if tensor.grad is None:
        text += (
            f" Its .grad is None since it was cleared afterwards{'' if tensor.is_leaf else f', or since {_NOT_A_LEAF}'}"
        )
    return Explanation(f"{text} {_MORE}", "none" if tensor.grad is None else "fine", "unknown")


def _name(made: Operation) -> str:
    facts = f", {made.results[0].shape} {made.results[0].dtype}" if made.results else ""
    return f"this leaf{facts}" if made.kind == "leaf" else f"the result of {made.name}{facts}"


def _verdict(gradient: Summary, start: Summary | None) -> Verdict:
    if gradient.is_zero:
        return "zero"
    if not gradient.is_finite:
        return "not finite"
    ratio = gradient.norm / (start.norm if start is not None and start.norm > 0 else 1.0)
    return "huge" if ratio > _HUGE else "tiny" if ratio < 1 / _HUGE else "fine"
