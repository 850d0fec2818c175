"""Tests for derivatives: `gradcheck` of any function, `check` of a primitive, in one line of a test suite."""

from typing import Any

from autograd.testing.case import Case
from autograd.testing.contracts import CONTRACTS
from autograd.testing.findings import VERDICTS, Finding, Report
from autograd.testing.gradchecking import gradcheck
from autograd.testing.graphs import assert_same_graph
from autograd.testing.variants import LAYOUTS, in_layout

BY_HYPOTHESIS = {
    **dict.fromkeys(("check", "report_on"), "battery"),
    **dict.fromkeys(
        ("arrays_in", "broadcastable_shapes", "cases", "generators", "static_arguments", "tensors"), "strategies"
    ),
}

__all__ = [
    "CONTRACTS",
    "LAYOUTS",
    "VERDICTS",
    "Case",
    "Finding",
    "Report",
    "assert_same_graph",
    "gradcheck",
    "in_layout",
    *BY_HYPOTHESIS,
]


def __getattr__(name: str) -> Any:
    """Load what needs Hypothesis when it is first used."""
    import importlib

    if name not in BY_HYPOTHESIS:
        raise AttributeError(f"autograd.testing has no {name!r}; it has {', '.join(__all__)}.")
    try:
        return getattr(importlib.import_module(f"autograd.testing.{BY_HYPOTHESIS[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] == "hypothesis":
            message = f"autograd.testing.{name} needs Hypothesis: pip install 'glassgrad[test]'"
            raise ModuleNotFoundError(message, name="hypothesis") from error
        raise
