"""Products with a tall matrix and a small one, such as patches and a kernel of few channels: stacks of small products.

OpenBLAS copies both operands of a product into an order of its own first, which takes as long as the multiplication
where the smaller is some ten columns wide. On processors with AVX-512 it multiplies small matrices as they are, up to
a million multiply-adds: the rows of a patch matrix in groups of so many are done up to twice as fast. Elsewhere these
are the plain products that `reference` and `gradient_reference` show.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from autograd.parallel import blas

LARGEST_SMALL = 1_000_000  # multiply-adds, in OpenBLAS's dgemm_small_kernel_permit and sgemm_small_kernel_permit
LEAST_ROWS = 24  # of a group, below which reading the smaller matrix again costs more than is gained
LEAST_SUMMED = 128  # rows of a group, where each group's product is added to the others'
ARCHITECTURES = {"SkylakeX", "Cooperlake", "SapphireRapids"}  # of OpenBLAS, those with AVX-512


def reference(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """What `multiply_rows` writes: (many, length), (length, few) -> (many, few)."""
    product: np.ndarray = rows @ matrix
    return product


def gradient_reference(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What `sum_of_rows` gives: (many, length), (many, few) -> (length, few)."""
    product: np.ndarray = rows.T @ values
    return product


def multiply_rows(rows: np.ndarray, matrix: np.ndarray, out: np.ndarray) -> None:
    """``out = rows @ matrix``: (many, length), (length, few) -> (many, few), ``matrix`` and ``out`` contiguous.

    >>> out = np.empty((3, 1))
    >>> multiply_rows(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[1.0], [10.0]]), out)
    >>> out.tolist()
    [[21.0], [43.0], [65.0]]
    """
    group = _group(len(rows), matrix.size, LEAST_ROWS)
    if not group:
        np.matmul(rows, matrix, out=out)
        return
    whole = len(rows) // group * group
    np.matmul(_groups(rows[:whole], group), matrix, out=_groups(out[:whole], group))
    if whole < len(rows):
        np.matmul(rows[whole:], matrix, out=out[whole:])


def sum_of_rows(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``rows.T @ values``: (many, length), (many, few) -> (length, few).

    >>> sum_of_rows(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [10.0]])).tolist()
    [[31.0], [42.0]]
    """
    group = _group(len(rows), rows.shape[1] * values.shape[1], LEAST_SUMMED)
    if not group:
        return gradient_reference(rows, values)
    whole = len(rows) // group * group
    products = np.matmul(_groups(rows[:whole], group).swapaxes(1, 2), _groups(values[:whole], group))
    total: np.ndarray = products.sum(0)
    if whole < len(rows):
        total += rows[whole:].T @ values[whole:]
    return total


def _group(rows: int, smaller: int, least: int) -> int:
    """How many rows to multiply at a time; 0 for all at once."""
    group = LARGEST_SMALL // max(smaller, 1)
    return group if least <= group < rows and _has_small_products() else 0


def _groups(rows: np.ndarray, group: int) -> np.ndarray:
    """(many, length) -> (groups, group, length), a view."""
    return rows.reshape(len(rows) // group, group, rows.shape[1])


@cache
def _has_small_products() -> bool:
    """Whether NumPy's products use an OpenBLAS that multiplies small matrices as they are."""
    return any(
        library.internal_api == "openblas" and getattr(library, "architecture", None) in ARCHITECTURES
        for library in blas()
    )
