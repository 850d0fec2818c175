"""The tables: every primitive with its derivative rules, one file a family."""

from autograd.rules import elementwise, indexing, linalg, plain, reduction, shape, special
