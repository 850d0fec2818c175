"""What every primitive must keep to. Each contract takes a case and raises AssertionError with the facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.composites import Composite
from autograd.testing.cases import Arrays, Case
from autograd.testing.numeric import Estimate, directional

Contract = Callable[[Case, np.random.Generator], None]


def _normal_like(rng: np.random.Generator, arrays: Sequence[np.ndarray]) -> Arrays:
    return [np.asarray(rng.standard_normal(a.shape)) for a in arrays]


def _unit_like(rng: np.random.Generator, arrays: Sequence[np.ndarray]) -> Arrays:
    """Directions with entries in [-1, 1], none near 0, so that no element's derivative is overlooked."""
    return [np.asarray(rng.choice([-1.0, 1.0], a.shape) * rng.uniform(0.3, 1.0, a.shape)) for a in arrays]


def _inner(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> float:
    return sum(float(np.sum(x * y)) for x, y in zip(a, b, strict=True))


def _size(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> float:
    return sum(float(np.sum(np.abs(x * y))) for x, y in zip(a, b, strict=True))


def _compare(case: Case, what: str, rule: float, size: float, estimate: Estimate) -> None:
    """Fail where a rule and differences disagree by more than the differences' own error."""
    tolerance = 4 * estimate.error + 1e-9 * (size + abs(estimate.value)) + 1e-10
    difference = abs(rule - estimate.value)
    if not difference <= tolerance:
        ratio = f", ratio {rule / estimate.value:.6g}" if estimate.value else ""
        raise AssertionError(
            f"{what} of {case.primitive.name}: the rule says {rule:.10g}, differences say {estimate.value:.10g}{ratio} "
            f"(they differ by {difference:.2g}, tolerance {tolerance:.2g}) in\n    {case}"
        )


def value(case: Case, rng: np.random.Generator) -> None:
    """A call with Tensors gives what the function gives on arrays, and what its reference does."""
    arrays = case.arrays
    plain = case.plain_values()
    digits = 1e-12 if isinstance(case.primitive, Composite) else 0  # whose steps may come in another order than NumPy's
    for got, want in zip(case.values(arrays), plain, strict=True):
        np.testing.assert_allclose(got, want, rtol=digits, atol=digits, err_msg=repr(case), strict=True)
    if case.primitive.reference is not None:
        twin = case.primitive.reference(*case.args, **case.kwargs)
        for got, want in zip(plain, twin if isinstance(twin, (tuple, list)) else [twin], strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12, err_msg=f"not its reference: {case!r}")


def first_order(case: Case, rng: np.random.Generator) -> None:
    """Gradients agree with central differences."""
    arrays = case.arrays
    gs = _normal_like(rng, case.values(arrays))
    grads = case.gradients(arrays, gs)
    for i in range(len(arrays)):
        directions = [np.zeros(a.shape) for a in arrays]
        (directions[i],) = _unit_like(rng, [arrays[i]])
        estimate = directional(case.values, arrays, directions, gs)
        name = case.name_of(case.places[i][0])
        _compare(case, f"derivative in {name}", _inner(grads, directions), _size(grads, directions), estimate)


def second_order(case: Case, rng: np.random.Generator) -> None:
    """The rule's own derivative, in its inputs and in the incoming gradient, agrees with differences of the rule."""
    from autograd.backward import gradients
    from autograd.tensors import Tensor

    arrays = case.arrays
    gs = _normal_like(rng, case.values(arrays))
    count = len(arrays)
    tensors = [Tensor(a, requires_grad=True) for a in [*arrays, *gs]]
    recorded = case.gradients(tensors[:count], tensors[count:], create_graph=True)
    plain = case.gradients(arrays, gs)
    for got, want in zip(recorded, plain, strict=True):
        np.testing.assert_allclose(
            got.numpy(), want, rtol=1e-9, atol=1e-11, err_msg=f"recorded and plain gradients differ: {case!r}"
        )
    weights = _normal_like(rng, plain)
    outputs = [(grad, weight) for grad, weight in zip(recorded, weights, strict=True) if grad.requires_grad]
    found: Sequence[Any] = [None] * len(tensors)
    if outputs:
        found = gradients([o for o, _ in outputs], tensors, [w for _, w in outputs], allow_unused=True)
    second = [np.zeros(t.shape) if f is None else f.numpy() for f, t in zip(found, tensors, strict=True)]
    points = [*arrays, *gs]
    for what, chosen in (("inputs", range(count)), ("incoming gradient", range(count, len(points)))):
        directions = [
            _unit_like(rng, [point])[0] if i in chosen else np.zeros(point.shape) for i, point in enumerate(points)
        ]
        estimate = directional(lambda at: case.gradients(at[:count], at[count:]), points, directions, weights)
        _compare(
            case, f"second derivative in the {what}", _inner(second, directions), _size(second, directions), estimate
        )


def keeps_float32(case: Case, rng: np.random.Generator) -> None:
    """float32 in gives float32 out, in values and gradients, and nearly the same numbers."""
    arrays = case.arrays
    gs = _normal_like(rng, case.values(arrays))
    narrow = case.with_arrays([a.astype(np.float32) for a in arrays])
    narrow = Case(narrow.primitive, tuple(_narrowed(arg) for arg in narrow.args), narrow.kwargs)
    if case.kwargs.get("dtype") is not None:
        return
    outs = narrow.values(narrow.arrays)
    for name, dtype in narrow.rule_dtypes([g.astype(np.float32) for g in gs]):
        assert dtype == np.float32, f"float32 in, but the rule for {name} computes in {dtype}: {case!r}"
    grads = narrow.gradients(narrow.arrays, [g.astype(np.float32) for g in gs])
    for kind, found, wanted in (("value", outs, case.values(arrays)), ("gradient", grads, case.gradients(arrays, gs))):
        for got, want in zip(found, wanted, strict=True):
            assert got.dtype == np.float32, f"float32 in, but the {kind} is {got.dtype}: {case!r}"
            scale = float(np.max(np.abs(want), initial=1.0))
            np.testing.assert_allclose(got, want, rtol=2e-3, atol=2e-4 * scale, err_msg=f"float32 {kind}: {case!r}")


def _narrowed(arg: Any) -> Any:
    if isinstance(arg, list):
        return [_narrowed(item) for item in arg]
    return arg.astype(np.float32) if isinstance(arg, (np.ndarray, np.float64)) and arg.dtype == np.float64 else arg


def takes_less(case: Case, rng: np.random.Generator) -> None:
    """A gradient is the same where no other is wanted, and where an unused result brings None in place of zeros."""
    arrays = case.arrays
    gs = _normal_like(rng, case.values(arrays))
    together = case.gradients(arrays, gs)
    for place, wanted in enumerate(together):
        alone = case.gradient_alone(place, arrays, gs)
        np.testing.assert_allclose(
            alone, wanted, rtol=1e-12, atol=1e-14, err_msg=f"another gradient where only one is wanted: {case!r}"
        )
    for unused in range(len(gs) if len(gs) > 1 else 0):
        zeroed = [np.zeros_like(g) if i == unused else g for i, g in enumerate(gs)]
        dropped = [None if i == unused else g for i, g in enumerate(gs)]
        pairs = zip(case.gradients(arrays, dropped), case.gradients(arrays, zeroed), strict=True)
        for got, want in pairs:
            np.testing.assert_allclose(
                got, want, rtol=1e-12, atol=1e-14, err_msg=f"result {unused} unused is not the same as zeros: {case!r}"
            )


def is_pure(case: Case, rng: np.random.Generator) -> None:
    """Neither the inputs nor the incoming gradient change, and no gradient is an alias of another."""
    arrays = case.arrays
    gs = _normal_like(rng, case.values(arrays))
    before = [np.array(a) for a in [*arrays, *gs]]
    for array in [*arrays, *gs]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    first = case.gradients(arrays, gs)
    again = case.gradients(arrays, gs)
    for old, new in zip(before, [*arrays, *gs], strict=True):
        np.testing.assert_array_equal(old, new, err_msg=f"an operand was changed: {case!r}")
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=f"the same call twice gives two gradients: {case!r}")
    everything = [*arrays, *gs, *first]
    for i, gradient in enumerate(first):
        for other in everything[: len(everything) - len(first) + i]:
            assert not np.shares_memory(gradient, other), f"a gradient shares memory with another array: {case!r}"


CONTRACTS: dict[str, Contract] = {
    contract.__name__: contract for contract in (value, is_pure, first_order, second_order, takes_less, keeps_float32)
}
