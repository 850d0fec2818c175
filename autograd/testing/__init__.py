"""Tests for primitives, the library's own and users': `check` runs the whole battery."""

from autograd.testing.battery import check
from autograd.testing.cases import Case
from autograd.testing.contracts import CONTRACTS
from autograd.testing.graphs import assert_same_graph
from autograd.testing.strategies import LAYOUTS, cases, generators, in_layout

__all__ = ["CONTRACTS", "LAYOUTS", "Case", "assert_same_graph", "cases", "check", "generators", "in_layout"]
