"""`check`: every contract, on calls that Hypothesis draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from autograd.errors import ArgumentError, GradientCheckError, RuleError, describe
from autograd.modes import enable_grad
from autograd.primitives import Primitive
from autograd.testing.case import Case
from autograd.testing.code import as_code
from autograd.testing.comparing import Settings
from autograd.testing.contracts import CONTRACTS, FIRST, LAST, NUMBERS
from autograd.testing.diagnosis import diagnose_error
from autograd.testing.examining import Examination, quietly
from autograd.testing.findings import Broken, Finding, Report
from autograd.testing.locating import locate_first
from autograd.testing.strategies import Target, calls, generators
from autograd.testing.subjects import Call, name_of, needing
from autograd.testing.variants import is_defined, plainer


def check(
    function: Any,
    reference: Callable[..., Any] | None = None,
    *,
    domain: Any = None,
    arguments: Mapping[str, Any] | None = None,
    samples: Callable[[np.random.Generator], Any] | None = None,
    surrogate: Callable[..., Any] | None = None,
    contracts: tuple[str, ...] = tuple(CONTRACTS),
    max_examples: int | None = None,
) -> None:
    """Check a function against finite differences, at first and second order, and for all that a rule must keep to.

    Hypothesis draws calls: shapes without axes, without elements, and that broadcast, arrangements in memory, values up
    to the edges of the domain, arguments.

    Parameters
    ----------
    function: a primitive's function, or its record from ``ag.ops``; any other function of arrays; a module.
    reference: a function of the same arguments that gives the same values, written in another way.
    domain: where values of arrays may lie, an `autograd.spec.Real`; by default what the primitive declares, or
        [-3, 3]. A tuple, with one for each array, says that they broadcast; else those of a function, which is no
        primitive, have one shape.
    arguments: what is no array: name -> `autograd.spec.Axis` or `Choice`.
    samples: draws the arguments of a call from a generator, where arrays cannot be drawn independently.
    surrogate: a smooth function whose derivative the rule is meant to have, for a straight-through estimator.
    contracts: which of ``CONTRACTS`` to check.
    max_examples: how many calls to draw; by default the current Hypothesis profile's number.

    Raises GradientCheckError, an AssertionError, with a diagnosis and the smallest failing call that was found as
    code; RuleError where it is not known what to draw; ArgumentError for a contract, a domain or samples that are none.

    >>> import autograd as ag, numpy as np
    >>> from autograd.testing import check
    >>> cube = ag.elementwise(lambda x: x ** 3, name="cube", x=lambda g, x: g * 3 * x ** 2)
    >>> check(cube, max_examples=5)
    >>> check(lambda x: np.sum(np.exp(x), axis=-1), domain=ag.spec.Real(-1, 1), max_examples=5)
    """
    __tracebackhide__ = True  # for pytest: the report says more than this function's text
    report = report_on(
        function,
        reference,
        domain=domain,
        arguments=arguments,
        samples=samples,
        surrogate=surrogate,
        contracts=contracts,
        max_examples=max_examples,
    )
    if report.findings:
        raise GradientCheckError(report)


def report_on(
    function: Any,
    reference: Callable[..., Any] | None = None,
    *,
    domain: Any = None,
    arguments: Mapping[str, Any] | None = None,
    samples: Callable[[np.random.Generator], Any] | None = None,
    surrogate: Callable[..., Any] | None = None,
    contracts: tuple[str, ...] = tuple(CONTRACTS),
    max_examples: int | None = None,
    seed: int | None = None,
) -> Report:
    """What `check` finds, as a report, also where all is right.

    With a ``seed`` the same calls are drawn each time, and none of an earlier run's. Further arguments and errors are
    those of `check`, ArgumentError and RuleError; only a finding is no error.

    >>> import numpy as np
    >>> report_on(np.tanh, max_examples=5).ok
    True
    """
    contracts = (contracts,) if isinstance(contracts, str) else contracts
    _check_arguments(function, domain, samples)
    unknown = [name for name in contracts if name not in CONTRACTS]
    if unknown:
        raise ArgumentError(f"check: no contract {unknown[0]!r}; there are {', '.join(CONTRACTS)}.")
    target = _target(function, domain, arguments, samples)
    trials = _Trials(contracts, reference, surrogate)
    options: dict[str, Any] = {} if max_examples is None else {"max_examples": max_examples}
    options |= {} if seed is None else {"database": None, "derandomize": False}

    @_settings(phases=[p for p in settings().phases if p is not Phase.explain], **options)  # the slowest by far
    @given(call=calls(target), rng=generators())
    def battery(call: Call, rng: np.random.Generator) -> None:
        trials.run(call, rng)

    try:
        (battery if seed is None else seeded(seed)(battery))()
    except Exception:
        if not trials.failed:
            raise
        smallest, error = trials.failed[-1]
        _look_for_larger(target, trials)
        return _diagnosed(trials.failed, smallest, error)
    if 2 * trials.checked < trials.drawn:
        raise RuleError(
            f"check: of {trials.drawn} calls of {name_of(target.function)} that were drawn, NumPy refused all but "
            f"{trials.checked}; its domain=, arguments= or samples= do not fit it."
        )
    words = FIRST | NUMBERS | LAST
    checked = [words[CONTRACTS[name]] for name in contracts]
    return Report(name_of(target.function), checked=checked, notes=[f"{trials.checked} calls"])


def _check_arguments(function: Any, domain: Any, samples: Any) -> None:
    if isinstance(function, type) and hasattr(function, "named_parameters"):
        raise ArgumentError(f"check: {function.__name__} is a class; give a module of it, {function.__name__}(...).")
    if samples is not None and not callable(samples):
        raise ArgumentError(f"check: samples={describe(samples)}; want a function of a generator, lambda rng: (...).")
    for part in domain if isinstance(domain, tuple) else (domain,):
        if part is not None and not hasattr(part, "sample"):
            raise ArgumentError(
                f"check: domain={describe(domain)}; want ag.spec.Real(low, high), or a tuple with one for each array."
            )


def _settings(**options: Any) -> settings:
    """Those of the profile that is loaded now, without what Hypothesis says of slow and of refused calls."""
    return settings(deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False, **options)


class _Trials:
    """Calls that were tried, and those of them that failed."""

    def __init__(self, contracts: tuple[str, ...], reference: Any, surrogate: Any) -> None:
        self.contracts, self.reference, self.surrogate = contracts, reference, surrogate
        self.drawn = self.checked = 0
        self.failed: list[tuple[Call, Exception]] = []

    def run(self, call: Call, rng: np.random.Generator) -> None:
        """Hold a call to the contracts; raises what one of them raises."""
        self.drawn += 1
        call.reference = self.reference or call.reference
        call.surrogate = self.surrogate or call.surrogate
        with enable_grad(), quietly():
            try:
                if is_refused(call) or not is_finite(call):
                    return
                self.checked += 1
                for name in self.contracts:
                    CONTRACTS[name](call, rng)
            except Exception as error:
                self.failed.append((call, error))
                raise


def _look_for_larger(target: Target, trials: _Trials) -> None:
    """Try more calls than the first that failed, for one that shows more of what is wrong."""

    @_settings(max_examples=30, phases=[Phase.generate], database=None, derandomize=True)
    @given(call=calls(target), rng=generators())
    def more(call: Call, rng: np.random.Generator) -> None:
        if max(_size(failed) for failed, _ in trials.failed) < ENOUGH <= _size(call):
            with suppress(Exception):
                trials.run(call, rng)

    more()


ENOUGH = 6  # elements, to see a pattern in


def _size(call: Call) -> int:
    return sum(array.size for array in call.arrays)


def _target(function: Any, domain: Any, arguments: Any, samples: Any) -> Target:
    primitive = function if isinstance(function, Primitive) else getattr(function, "primitive", None)
    if primitive is None:
        return Target.of_function(function, domain, arguments or {}, samples)
    if domain is None and samples is None:
        target = Target.of_primitive(primitive)
    else:
        operands = tuple(p for p in primitive.parameters if p not in primitive.defaults)
        target = Target(primitive.function, primitive, operands, domain, primitive.arguments, samples)
    target.arguments = target.arguments if arguments is None else arguments
    return target


def _diagnosed(failed: list[tuple[Call, Exception]], smallest: Call, error: Exception) -> Report:
    """The diagnosis of a failure, at the largest call that failed alike: the smallest one shows the least."""
    kind = _kind(error)
    alike = [failure for failure in failed if _kind(failure[1]) == kind]
    largest, error = max(alike, key=lambda failure: min(_size(failure[0]), 100))
    rng = np.random.default_rng(0)
    with quietly():
        report = Examination(largest, 2, Settings(), "full", rng).run()
        if report.ok:
            report.findings.append(error.finding if isinstance(error, Broken) else diagnose_error(error, largest, rng))
        elif report.comparisons and not isinstance(largest, Case):
            report.findings = locate_first(largest, report.findings, rng)
        _compare_with_plainer(report, largest)
    report.example = as_code(smallest, max(finding.order for finding in report.findings))
    if report.findings[0].verdict == "value":
        report.example += "  # and compare its value with that of the reference"
    return report


def _compare_with_plainer(report: Report, call: Call) -> None:
    """Say so where the first thing that is wrong is right in a call that differs in one respect."""
    first = report.findings[0]
    if not np.isfinite(first.numeric) or first.order > 1 or not isinstance(call, Case):
        return
    if not _size(call):
        report.findings[0] = replace(first, verdict="zero size", text=f"wrong without elements: {first.text}")
        return
    for variant in plainer(call):
        plain = Examination(variant.subject, 1, Settings(), "directional", np.random.default_rng(0))
        if is_defined(variant.subject) and plain.compares_well():
            text = f"wrong {variant.where}, and right otherwise: {first.text}"
            report.findings[0] = replace(first, verdict=variant.verdict, text=text)
            return


def _kind(error: Exception) -> Any:
    """What failures are alike in: which contract failed, as far as the numbers of an element do not decide that."""
    if not isinstance(error, Broken):
        return type(error)
    return "numbers" if np.isfinite(error.finding.numeric) else error.finding.verdict


def is_refused(call: Call) -> bool:
    """Whether NumPy itself refuses the call, such as the largest of no elements; then Tensors are refused too."""
    try:
        _plainly(call)
    except ValueError:
        try:
            call.run([needing(array) for array in call.arrays])
        except ValueError:
            return True
        text = "NumPy refuses this call with arrays, and the same with Tensors is taken."
        raise Broken(Finding("value", text)) from None
    return False


def is_finite(call: Call) -> bool:
    """Whether the call has a finite result; the variance of one element, with ``ddof=1``, has none."""
    return all(bool(np.isfinite(value).all()) for value in _plainly(call))


def _plainly(call: Call) -> list[np.ndarray]:
    """The values without the engine, of copies: a function may write into its arguments."""
    same = call.with_leaves([np.array(leaf) if isinstance(leaf, np.ndarray) else leaf for leaf in call.leaves])
    return same.plain_values() if isinstance(same, Case) else same.values(same.arrays)
