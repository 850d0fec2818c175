"""Where the rules of a user's primitive are written."""

from __future__ import annotations

from dataclasses import replace

from autograd.notes import Line
from autograd.testing.case import Case
from autograd.testing.findings import Finding


def with_rule(finding: Finding, case: Case) -> Finding:
    """A finding that says where the rule stands that it speaks of, if that is known and not the library's."""
    rule = case.primitive.rules.get(finding.argument.split("[")[0])
    code = getattr(rule.function, "__code__", None) if rule is not None else None
    if code is None or case.primitive.is_ours:
        return finding
    return replace(finding, rule=str(Line(code.co_filename, code.co_firstlineno, code.co_name)))
