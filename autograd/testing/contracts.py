"""What every rule must keep to. Each contract takes a subject and raises `Broken`, which carries the finding."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from autograd.composites import Composite
from autograd.nodes import arrays_in, owner
from autograd.tensors import Tensor
from autograd.testing.case import Case
from autograd.testing.comparing import Comparer, Settings
from autograd.testing.diagnosis import diagnose
from autograd.testing.evidence import Evidence
from autograd.testing.findings import Broken, Finding
from autograd.testing.numeric import EPS, REFUSALS
from autograd.testing.searching import compare_along
from autograd.testing.subjects import (
    Arrays,
    Call,
    Derivative,
    Subject,
    needing,
    needs_gradient,
    pulled_back,
    slope_scale,
)
from autograd.values import value_of
from autograd.watching import whole

Contract = Callable[[Subject, np.random.Generator], bool | None]
"""Returns False where it has nothing to say of a subject."""


def normal_like(rng: np.random.Generator, arrays: Sequence[np.ndarray]) -> Arrays:
    """Random arrays of the same shapes."""
    return [np.asarray(rng.standard_normal(a.shape)) for a in arrays]


def _broken(verdict: str, text: str, argument: str = "") -> Broken:
    return Broken(Finding(verdict, text, argument))


def _differ(a: np.ndarray, b: np.ndarray, digits: float, floor: float = 0.0) -> bool:
    """Whether arrays differ by more than ``digits`` of their size."""
    scale = float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
    return not np.allclose(a, b, rtol=digits, atol=digits * scale + floor, equal_nan=True)


# --- values and calls -----------------------------------------------------------------------------------------


def value(subject: Subject, rng: np.random.Generator) -> bool:
    """A call with Tensors gives what the function gives on arrays, and what its reference does."""
    if not isinstance(subject, Call):
        return False
    plain = [np.asarray(value_of(out)) for out in subject.run(subject.arrays)]
    if isinstance(subject, Case):
        digits = 1e-12 if isinstance(subject.primitive, Composite) else 0.0  # its steps may come in another order
        for got, want in zip(plain, subject.plain_values(), strict=True):
            if got.shape != want.shape or got.dtype != want.dtype or _differ(got, want, digits, digits):
                raise _broken(
                    "value", f"{subject.name} gives another value for Tensors than for arrays: {got}, not {want}."
                )
    if subject.reference is not None:
        for got, want in zip(plain, subject.values_of(subject.reference), strict=True):
            if got.shape != want.shape or _differ(got, want, 1e-10, 1e-12):
                raise _broken("value", f"{subject.name} gives {got}, and its reference {want}.")
    return isinstance(subject, Case) or subject.reference is not None


def repeats(subject: Subject, rng: np.random.Generator) -> None:
    """The same call twice gives the same values and the same gradients."""
    arrays = subject.arrays
    first, second = subject.values(arrays), subject.values(arrays)
    if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True)):
        raise _broken(
            "not deterministic",
            f"the same call of {subject.name} twice gives two values: is something drawn, or kept "
            "from call to call? Draw from ag.default_generator(), which a check repeats, or take random numbers as an "
            "argument.",
        )
    gs = normal_like(rng, first)
    pairs = zip(subject.names, subject.gradients(arrays, gs), subject.gradients(arrays, gs), strict=True)
    for name, a, b in pairs:
        if not np.array_equal(a, b, equal_nan=True):
            raise _broken("not deterministic", f"the same call twice gives two gradients of {name}.", name)


def changes_nothing(subject: Subject, rng: np.random.Generator) -> None:
    """Neither the inputs nor the incoming gradients are changed."""
    arrays = subject.arrays
    inputs = [np.array(a) for a in arrays]
    gs = normal_like(rng, subject.values(arrays))
    before = [*inputs, *(np.array(g) for g in gs)]
    for who, act in (
        ("the function", lambda: subject.values(arrays)),
        ("the rule, or the function of Tensors,", lambda: subject.gradients(arrays, gs)),
    ):
        act()
        names = [*subject.names, *[""] * len(gs)]
        for name, got, want in zip(names, (*arrays, *gs), before, strict=True):
            if np.array_equal(got, want, equal_nan=True):
                continue
            got[...] = want  # for what comes after
            if not name:
                raise _broken(
                    "writes",
                    "the rule changes the incoming gradient, which other rules still need: g = g * ..., not g *= ...",
                )
            raise _broken("writes", f"{who} changes its argument {name}: compute in a copy.", name)


def shares_nothing(subject: Subject, rng: np.random.Generator) -> None:
    """No gradient lies in the memory of an input, an incoming gradient or another gradient, no result in an input's."""
    arrays = subject.arrays
    outs = subject.run([needing(a) for a in arrays])
    for out in outs:
        node = out.grad_fn if isinstance(out, Tensor) else None
        for name, array in zip(subject.names, arrays, strict=True):
            if node is not None and _says_no_view(node) and _share(value_of(out), array):
                raise _broken(
                    "memory",
                    f"the result lies in the memory of {name}, and {subject.name} says that it does not (view=): later "
                    "changes of one would go unnoticed in the other.",
                    name,
                )
    gs = normal_like(rng, [np.asarray(value_of(out)) for out in outs])
    found = subject.gradients(arrays, gs)
    others = [*zip(subject.names, arrays, strict=True), *(("the incoming gradient", g) for g in gs)]
    for name, gradient in zip(subject.names, found, strict=True):
        for other, array in others:
            if _share(gradient, array):
                raise _broken("memory", f"the gradient of {name} lies in the memory of {other}.", name)
        others.append((f"the gradient of {name}", gradient))
    _check_buffers(subject, gs)


def _check_buffers(subject: Subject, gs: Arrays) -> None:
    """Raise `Broken` if a later call overwrites what an earlier one has returned."""
    first = subject.run([needing(a) for a in subject.arrays])
    results = [(f"the result of {subject.name}", value_of(out)) for out in first]
    with suppress(*REFUSALS):
        _check_still(results, lambda: subject.run([needing(np.asarray(0.5 * a)) for a in subject.arrays]))
    if isinstance(subject, Case):
        rules = [(f"the gradient of {name}", gradient) for name, gradient in subject.raw_gradients(gs)]
        _check_still(rules, lambda: subject.raw_gradients([-g for g in gs]))


def _check_still(named: list[tuple[str, Any]], act: Callable[[], object]) -> None:
    """Raise `Broken` if an action changes what is there."""
    before = [np.array(value) if isinstance(value, np.ndarray) else value for _, value in named]
    act()
    for (name, now), then in zip(named, before, strict=True):
        if isinstance(now, np.ndarray) and not np.array_equal(now, then, equal_nan=True):
            raise _broken("memory", f"{name} is overwritten by the next call: it lies in a buffer that is used again.")


def _says_no_view(node: Any) -> bool:
    return getattr(node.pullback.primitive, "view", None) is not None and not node.is_view


def _share(a: Any, b: Any) -> bool:
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and bool(np.shares_memory(a, b))


# --- the rule as a function of g ------------------------------------------------------------------------------


def is_linear(subject: Subject, rng: np.random.Generator) -> None:
    """The gradient is linear in the incoming gradient, whatever its size, and zero for zero."""
    arrays = subject.arrays
    values = subject.values(arrays)
    first, second = normal_like(rng, values), normal_like(rng, values)
    of_first, of_second = subject.gradients(arrays, first), subject.gradients(arrays, second)
    of_zero = subject.gradients(arrays, [np.zeros_like(g) for g in first])
    natural = 2e3 * slope_scale(arrays, values, first)
    largest = max([float(np.max(np.abs(g), initial=0.0)) for g in first], default=0.0)
    natural += 1e10 * 64 * EPS * 2e3 * largest  # slopes of about 1 may cancel
    both = subject.gradients(arrays, [2e3 * a - 3e3 * b for a, b in zip(first, second, strict=True)])
    sizes = {by: subject.gradients(arrays, [by * g for g in first]) for by in (2.0**-40, 2.0**40)}
    for i, name in enumerate(subject.names):
        known = np.isfinite(of_first[i]) & np.isfinite(of_second[i])
        if np.any(of_zero[i][known]):
            raise _broken("not linear", f"the gradient of {name} is not 0 where the incoming gradient is 0.", name)
        expected = 2e3 * of_first[i] - 3e3 * of_second[i]
        size = 2e3 * np.abs(of_first[i]) + 3e3 * np.abs(of_second[i])
        scale = float(np.max(size, initial=0.0, where=known)) + natural
        odd = np.abs(both[i] - expected)[known] > 1e-8 * size[known] + 1e-10 * scale
        others = [np.abs(found[i] / by - of_first[i])[known] > 1e-12 * scale for by, found in sizes.items()]
        if np.any([odd, *others]):
            raise _broken(
                "not linear",
                f"the gradient of {name} is not linear in the incoming gradient g: that of 2000 g - 3000 h, or of "
                "1e12 g, is not made up of those of g and h. A rule multiplies g; it may not clip or compare it.",
                name,
            )


def has_no_hidden_state(subject: Subject, rng: np.random.Generator) -> None:
    """What a rule uses is what its parameters name: another call in between, and changed arrays, do not matter."""
    is_primitive = isinstance(subject, Case) and not isinstance(subject.primitive, Composite)
    if is_primitive:
        _check_released(subject)
    arrays = [np.array(a) if isinstance(a, np.ndarray) else a for a in subject.arrays]
    gs = normal_like(rng, subject.values(arrays))
    expected = subject.gradients(arrays, gs)
    tensors = [needing(a) for a in arrays]
    outs = subject.run(tensors)
    for others in ([a * 1.01 + 1e-3 for a in arrays], [-1.01 * a - 1e-3 for a in arrays]):
        with suppress(*REFUSALS):
            subject.run([needing(np.asarray(a)) for a in others])
    if is_primitive:
        _poison(tensors, outs)
    found = [np.asarray(value_of(gradient)) for gradient in pulled_back(outs, gs, tensors)]
    for name, got, want in zip(subject.names, found, expected, strict=True):
        if _differ(got, want, 1e-9):
            raise _broken(
                "hidden state",
                f"the gradient of {name} changes with what the rule does not name: with arrays that are not kept for "
                "it, or with other calls in between. A rule's parameters say what is kept for it; a value that the "
                "forward function hands on is its parameter saved.",
                name,
            )


def _poison(tensors: Sequence[Tensor], outs: Sequence[Any]) -> None:
    """Overwrite the arrays of a call that its node does not keep."""
    kept = _kept_by(outs)
    for tensor in (*tensors, *outs):
        array = value_of(tensor)
        is_free = isinstance(array, np.ndarray) and array.flags.writeable and id(owner(array)) not in kept
        if is_free and array.dtype.kind == "f":
            array.fill(np.nan)


def _kept_by(outs: Sequence[Any]) -> set[int]:
    """The ids of the arrays whose memory the node of a primitive's results keeps."""
    node = next((whole(out.grad_fn) for out in outs if needs_gradient(out) and out.grad_fn is not None), None)
    return set() if node is None else {id(owner(array)) for array in arrays_in(node.kept)}


def _check_released(case: Subject) -> None:
    """Raise `Broken` if an array that no rule asks for is held by something all the same."""
    arrays = [np.array(a) for a in case.arrays]
    references = [weakref.ref(array) for array in arrays]
    outs = case.run([needing(a) for a in arrays])
    kept = _kept_by(outs)
    is_free = [id(array) not in kept for array in arrays]
    nodes = [out.grad_fn for out in outs if needs_gradient(out)]
    del arrays, outs
    for name, reference, free in zip(case.names, references, is_free, strict=True):
        if nodes and free and reference() is not None:
            raise _broken(
                "hidden state",
                f"no rule asks for {name}, and it is not released after the call: something keeps it, a global or a "
                "closure, and a rule may read it there.",
                name,
            )


def takes_less(subject: Subject, rng: np.random.Generator) -> bool:
    """A gradient is the same where no other is wanted, and where an unused result brings None in place of zeros."""
    arrays = subject.arrays
    gs = normal_like(rng, subject.values(arrays))
    together = subject.gradients(arrays, gs)
    for place, wanted in enumerate(together if len(arrays) > 1 else []):
        alone = subject.gradient_alone(place, arrays, gs)
        if _differ(alone, wanted, 1e-12, 1e-14):
            name = subject.names[place]
            raise _broken(
                "alone", f"another gradient of {name} where only that is wanted: {alone}, not {wanted}.", name
            )
    for unused in range(len(gs) if len(gs) > 1 else 0):
        zeroed = [np.zeros_like(g) if i == unused else g for i, g in enumerate(gs)]
        dropped = [None if i == unused else g for i, g in enumerate(gs)]
        try:
            without = subject.gradients(arrays, dropped)
        except Exception as error:
            text = f"where result {unused} is not used its gradient is None, and the rule raises {_told(error)}"
            raise _broken("alone", text) from error
        pairs = zip(subject.names, without, subject.gradients(arrays, zeroed), strict=True)
        for name, got, want in pairs:
            if _differ(got, want, 1e-12, 1e-14):
                raise _broken("alone", f"another gradient of {name} where result {unused} is not used.", name)
    return len(arrays) > 1 or len(gs) > 1


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


# --- dtypes ---------------------------------------------------------------------------------------------------


def keeps_float32(subject: Subject, rng: np.random.Generator) -> bool:
    """float32 in gives float32 out, in values and gradients, and nearly the same numbers."""
    if not isinstance(subject, Case) or subject.kwargs.get("dtype") is not None:
        return False
    subject = subject.with_leaves([np.array(x) if isinstance(x, np.ndarray) else x for x in subject.leaves])
    arrays = subject.arrays
    values = subject.values(arrays)
    gs = normal_like(rng, values)
    narrow = subject.with_leaves([_narrowed(leaf) for leaf in subject.leaves])
    narrow_gs = [g.astype(np.float32) for g in gs]
    assert isinstance(narrow, Case)
    for name, gradient in narrow.raw_gradients([np.array(g) for g in narrow_gs]):
        if isinstance(gradient, (np.ndarray, np.generic)) and gradient.dtype != np.float32:
            raise _broken("dtype", f"float32 in, but the rule for {name} computes in {gradient.dtype}.", name)
    outs, grads = narrow.values(narrow.arrays), narrow.gradients(narrow.arrays, narrow_gs)
    for kind, found, wanted in (("value", outs, values), ("gradient", grads, subject.gradients(arrays, gs))):
        for got, want in zip(found, wanted, strict=True):
            if got.dtype != np.float32:
                raise _broken("dtype", f"float32 in, but the {kind} is {got.dtype}.")
            scale = float(np.max(np.abs(want), initial=1.0, where=np.isfinite(want)))
            if not np.allclose(got, want, rtol=2e-3, atol=2e-4 * scale, equal_nan=True):
                raise _broken("dtype", f"the {kind} loses its digits in float32: {got}, in float64 {want}.")
    return True


def keeps_float64(subject: Subject, rng: np.random.Generator) -> None:
    """Values and gradients have all digits of float64: they see a change of the arrays in the tenth digit."""
    arrays = subject.arrays
    gs = normal_like(rng, subject.values(arrays))
    floor = max(1e-280, 1e-4 * slope_scale(arrays, subject.values(arrays), gs))  # below, little but rounding is left
    lost = 2.0**-26 if subject.is_composed else 1e-280  # where terms of about 1 may have cancelled
    functions: list[tuple[str, Callable[[Arrays], Arrays]]] = [
        ("values", subject.values),
        ("gradients", lambda at: subject.gradients(at, gs)),
    ]
    for what, function in functions:
        try:
            points = [function([np.asarray(a * (1 + by)) for a in arrays]) for by in (0, 1e-10, 3e-6, 1e-5, 1e-4)]
        except REFUSALS:
            return
        for part in zip(*points, strict=True):
            if _is_coarse(*part, floor=max(lost, floor) if what == "gradients" else lost, is_value=what == "values"):
                raise _broken(
                    "precision",
                    f"the {what} of {subject.name} have the digits of float32: they do not see a change of the arrays "
                    "in the tenth digit. Something inside computes in float32.",
                )


def _is_coarse(
    here: np.ndarray,
    tiny: np.ndarray,
    some: np.ndarray,
    small: np.ndarray,
    large: np.ndarray,
    *,
    floor: float,
    is_value: bool,
) -> bool:
    """Whether what moves with larger changes of the arrays, in proportion, stands still at a tiny one."""
    slight, change = np.abs(small - here), np.abs(large - here)
    moves = (np.abs(here) > floor) & (change > 1e-6 * np.abs(here)) & (change > 5 * slight) & (change < 20 * slight)
    if not np.any(moves) or (is_value and not all(map(_fits_float32, (here, small, large)))):
        return False
    return bool(np.mean((tiny == here)[moves]) > 0.9 and np.mean((some != here)[moves]) > 0.5)


def _fits_float32(array: np.ndarray) -> bool:
    return np.array_equal(array, array.astype(np.float32), equal_nan=True)


def _narrowed(leaf: Any) -> Any:
    if isinstance(leaf, Tensor):
        return Tensor(_narrowed(value_of(leaf)))
    return leaf.astype(np.float32) if isinstance(leaf, (np.ndarray, np.float64)) and leaf.dtype == np.float64 else leaf


# --- derivatives ----------------------------------------------------------------------------------------------


def first_order(subject: Subject, rng: np.random.Generator) -> None:
    """Gradients agree with differences, along a random direction in each argument."""
    _compare(subject, normal_like(rng, subject.values(subject.arrays)), rng, order=1)


def second_order(subject: Subject, rng: np.random.Generator) -> None:
    """The rule's own derivative, in its inputs and in the incoming gradient, agrees with differences of the rule."""
    gs = normal_like(rng, subject.values(subject.arrays))
    same_when_recorded(subject, gs)
    derivative = Derivative(subject, gs)
    _compare(derivative, normal_like(rng, derivative.values(derivative.arrays)), rng, order=2)


def same_when_recorded(subject: Subject, gs: Arrays) -> None:
    """A pass that is recorded gives the gradients that one on arrays does."""
    plain = subject.gradients(subject.arrays, gs)
    recorded = subject.gradients([needing(a) for a in subject.arrays], [needing(g) for g in gs], create_graph=True)
    for name, got, want in zip(subject.names, recorded, plain, strict=True):
        if _differ(got.numpy(), want, 1e-9, 1e-11):
            text = f"the gradient of {name} is another one where the pass is recorded (create_graph=True)."
            raise Broken(Finding("second order", text, name, order=2))


def _compare(subject: Subject, gs: Arrays, rng: np.random.Generator, order: int) -> None:
    comparer = Comparer(subject, gs, Settings())
    comparisons = compare_along(comparer, rng, count=1)
    for place, comparison in enumerate(comparisons):
        if comparison.is_wrong:
            raise Broken(diagnose(Evidence(comparer, place, comparison, comparisons), order))


# --- all of them, in the order in which they are looked at, with words for reports ------------------------------

Words = dict[Contract, str]

FIRST: Words = {  # without these, the numbers say nothing
    changes_nothing: "inputs and incoming gradients stay as they are",
    repeats: "the same call gives the same",
    value: "arrays give what Tensors give",
    shares_nothing: "no memory is shared",
    keeps_float64: "it computes in float64",
    is_linear: "linear in the incoming gradient",
    has_no_hidden_state: "rules use what they name",
}
NUMBERS: Words = {first_order: "first derivatives", second_order: "second derivatives"}
LAST: Words = {takes_less: "each gradient is the same alone", keeps_float32: "float32 stays float32"}

CONTRACTS = {contract.__name__: contract for contract in (*FIRST, *NUMBERS, *LAST)}
