"""`ag.gradcheck`: the gradients of a function beside differences, and a diagnosis where they disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from autograd.errors import ArgumentError, GradientCheckError, RuleError, describe
from autograd.modes import enable_grad
from autograd.structures import fill, leaves
from autograd.testing.case import Case
from autograd.testing.comparing import Settings
from autograd.testing.examining import Examination, quietly
from autograd.testing.findings import Finding, Report
from autograd.testing.keeping import kept_in_vain
from autograd.testing.locating import locate_first, operations_of
from autograd.testing.numeric import Line, derivative
from autograd.testing.subjects import Call, call_of, in_float64, is_real, needs_gradient
from autograd.values import value_of

Mode = Literal["full", "directional"]


def gradcheck(
    f: Callable[..., Any],
    inputs: Any,
    *,
    order: int = 1,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    mode: Mode = "full",
    raise_exception: bool = True,
    locate: bool = False,
    surrogate: Callable[..., Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Report:
    """Check the gradients of a function, a primitive, a module or a loss, and say what is wrong with them.

    Gradients are compared with differences at ``inputs``; of a primitive also at other values, arrangements in memory,
    shapes and indices. Besides, a rule has to be linear in the incoming gradient, to change nothing, to give the same
    answer twice, and to use what its parameters name and nothing else.

    Parameters
    ----------
    f: the function; a module is checked in its inputs and in every parameter that needs a gradient.
    inputs: its argument, or a tuple or list of them: Tensors, arrays, structures of these, and whatever else it takes.
        It is differentiated in the Tensors that need a gradient; where there are none, in all arrays of real numbers.
        They are taken in float64, as copies. Of a primitive, an array that was declared to have no derivative
        (``vjp(y=None)``) is left alone, and is an error only as a Tensor that needs one.
    order: 2 checks the derivative of the rule as well, in the inputs and in the incoming gradient.
    eps: step of the differences, above 0; by default as many steps as it takes, from 2e-3 down to 3e-8.
    atol, rtol: how far a gradient may be from differences, ``atol + rtol * abs(differences)``; by default what
        follows from the step, the size of the values and how differences change with the step.
    mode: ``"full"`` compares every element, ``"directional"`` all at once along random directions, which is fast,
        and looks for the elements that are wrong where one is.
    raise_exception: whether to raise where something is wrong; else the report says so.
    locate: whether to look for the first operation of ``f`` that is wrong: its primitive, its line, its module.
    surrogate: a smooth function whose derivative the rule is meant to have, for a straight-through estimator.
    kwargs: further arguments, by name.
    seed: of the random incoming gradients and directions.

    Returns the `Report`, which is true if all is right.

    Raises GradientCheckError, an AssertionError with the ``report``, where something is wrong; ArgumentError where
    there is nothing to check.

    >>> import autograd as ag, numpy as np
    >>> bool(ag.gradcheck(lambda x: np.sum(np.sin(x) ** 2), np.array([1.0, -0.5])))
    True
    >>> square = ag.elementwise(lambda x: x * x, name="square", x=lambda g, x: g * x)
    >>> print(ag.gradcheck(square, np.array([1.0, -0.5, 2.0]), raise_exception=False))
    square: WRONG
    <BLANKLINE>
      [constant factor] the gradient of x is 0.5 times what it should be, in every element: a missing 2?
          worst at x[2]: the rule says 1.280845301, differences say 2.561690602 (± ..., step ...), ratio 0.5
    ...
    """
    __tracebackhide__ = True  # for pytest: the report says more than this function's text
    _check_arguments(order, eps, atol, rtol, mode)
    if isinstance(f, type) and hasattr(f, "named_parameters"):
        raise ArgumentError(f"gradcheck: {f.__name__} is a class; give a module of it, {f.__name__}(...).")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise ArgumentError(f"gradcheck: kwargs={describe(kwargs)}; want a dict of arguments by name.")
    if not callable(f):
        raise ArgumentError(f"gradcheck: {describe(f)} is no function; give the function, and what to call it with.")
    subject, converted = _subject(f, inputs, dict(kwargs or {}), surrogate)
    with enable_grad(), quietly(), _progress(subject, mode) as progress:
        examination = Examination(
            subject, order, Settings(eps, atol, rtol), mode, np.random.default_rng(seed), progress
        )
        report = examination.run()
        if isinstance(subject, Case):
            _add_declared_constants(report, subject, inputs, kwargs)
            report.notes += kept_in_vain(subject) if report.ok else []
        if converted:
            report.notes.append(f"checked in float64: {_listed(converted)} came as another dtype")
        if report.findings and locate:
            _locate(report, subject, seed)
        elif report.findings and not isinstance(subject, Case) and len(operations_of(subject)) > 1:
            report.notes.append("locate=True looks for the operation that is wrong, and its line")
    if report.findings and raise_exception:
        raise GradientCheckError(report)
    return report


def _check_arguments(order: Any, eps: Any, atol: Any, rtol: Any, mode: Any) -> None:
    if order not in (1, 2):
        raise ArgumentError(f"gradcheck: order={order!r}; want 1, or 2 for the derivative of the rule as well.")
    if mode not in ("full", "directional"):
        raise ArgumentError(f'gradcheck: mode={mode!r}; want "full" or "directional".')
    for name, value in (("eps", eps), ("atol", atol), ("rtol", rtol)):
        if value is not None and not (isinstance(value, (int, float, np.number)) and 0 <= value < np.inf):
            least = "above 0, or None for steps that fit" if name == "eps" else "of at least 0, or None"
            raise ArgumentError(f"gradcheck: {name}={value!r}; want a number {least}.")
    if eps == 0:
        raise ArgumentError("gradcheck: eps=0; want a number above 0, or None for steps that fit.")


def _subject(f: Any, inputs: Any, kwargs: dict[str, Any], surrogate: Any) -> tuple[Call, list[str]]:
    subject, converted = _case(f, inputs, kwargs) or call_of(f, inputs, kwargs)
    subject.surrogate = surrogate or subject.surrogate
    return subject, converted


def _case(f: Any, inputs: Any, kwargs: dict[str, Any]) -> tuple[Call, list[str]] | None:
    """A call of a primitive, if ``f`` is one and there is an array that it has a rule for."""
    primitive = getattr(f, "primitive", None)
    if primitive is None:
        return None
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    given = leaves((args, kwargs))
    args, kwargs = fill((args, kwargs), [value_of(in_float64(leaf, False)) for leaf in given])
    case = Case(primitive, args, kwargs)
    asked = [place for place, leaf in enumerate(given) if needs_gradient(leaf) and place in case.places]
    if asked:
        case.choose(asked)
    wide = [describe(leaf) for leaf in given if is_real(leaf) and leaf.dtype != np.float64]
    if not any(primitive.rules.values()):
        raise RuleError(f"gradcheck: primitive {primitive.name} has no rule: give it one, {primitive.name}.vjp(...).")
    return (case, wide) if case.places else None


def _add_declared_constants(report: Report, case: Case, inputs: Any, kwargs: Mapping[str, Any] | None) -> None:
    """Note arrays that were declared to have no derivative; one that is a Tensor that needs one is a finding."""
    asked = [needs_gradient(leaf) for leaf in leaves((inputs, dict(kwargs or {})))]
    for place, finding in _declared_constants(case):
        if place < len(asked) and asked[place]:
            report.findings.append(finding)
        else:
            report.notes.append(finding.text)


def _locate(report: Report, subject: Call, seed: int) -> None:
    wrong = list(dict.fromkeys(finding.argument for finding in report.findings if finding.argument))
    report.findings = locate_first(subject, report.findings, np.random.default_rng(seed))
    report.notes += [f"of the whole, the gradient of {_listed(wrong)} is wrong"] if wrong else []


def _declared_constants(case: Case) -> Iterator[tuple[int, Finding]]:
    """Arrays that were declared to have no derivative, where differences see one: their places, and what to say."""
    for name, place in case.without_rule.items():
        array = np.asarray(case.leaves[place], np.float64)

        def values(arrays: Sequence[np.ndarray], place: int = place) -> list[np.ndarray]:
            leaves = [arrays[0] if i == place else leaf for i, leaf in enumerate(case.leaves)]
            other = case.with_leaves(leaves)
            return other.values(other.arrays)

        line = Line(values, [array], [np.ones(array.shape)])
        found = derivative(line, np.ones(line(0.0).shape))
        if found.is_known and abs(found.value) > 10 * found.error + 1e-6:
            text = (
                f"the result depends on {name}, which is declared to have no derivative ({name}=None): along ones, "
                f"differences say {found.value:.4g}."
            )
            yield place, Finding("missing", text, name)


def _listed(names: list[str]) -> str:
    return ", ".join(names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"])


@contextmanager
def _progress(subject: Call, mode: Mode) -> Iterator[Callable[[], object]]:
    """What to call for each element that was compared: it moves a bar, if the check is long and somebody looks."""
    if mode == "directional":
        yield lambda: None
        return
    from tqdm import tqdm

    total = sum(array.size for array in subject.arrays)
    with tqdm(
        total=total, desc=f"gradcheck of {subject.name}", unit="element", disable=None, delay=1, leave=False
    ) as bar:
        yield bar.update
