"""NumPy's functions that have no gradient by nature: on Tensors they see the values and return plain results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import DetachError
from autograd.registry import ops
from autograd.tensors import Tensor, wrap
from autograd.values import values_in

ops.add_plain(
    # facts about arrays
    "shape", "ndim", "size", "result_type", "can_cast", "common_type", "min_scalar_type", "iscomplexobj", "isrealobj",
    "may_share_memory", "shares_memory", "array_repr", "array_str", "array2string", "einsum_path",
    # comparisons and tests
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "allclose", "isclose", "array_equal",
    "array_equiv", "isfinite", "isinf", "isnan", "isposinf", "isneginf", "isreal", "iscomplex", "signbit", "all", "any",
    "logical_and", "logical_or", "logical_not", "logical_xor",
    # arithmetic of integers
    "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift", "bitwise_count", "gcd", "lcm",
    "packbits", "unpackbits",
    # places, counts and orders
    "argmax", "argmin", "nanargmax", "nanargmin", "argsort", "argpartition", "argwhere", "nonzero", "flatnonzero",
    "count_nonzero", "searchsorted", "digitize", "lexsort", "unravel_index", "ravel_multi_index", "ix_",
    "tril_indices_from", "triu_indices_from", "diag_indices_from", "linalg.matrix_rank",
    # sets
    "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values", "isin", "intersect1d", "union1d",
    "setdiff1d", "setxor1d",
    # writing to a file or stream
    "save", "savetxt", "savez", "savez_compressed",
)  # fmt: skip
ops.add_plain("bincount", "histogram", "histogram_bin_edges", "histogram2d", "histogramdd", in_first=True)


# --- new arrays like a given one: constants, but Tensors, so that `out[i] = t` is recorded ------------------


def _enter_like(function: Callable[..., Any]) -> None:
    def like(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(v, Tensor) and v.requires_grad for v in (*args[1:2], kwargs.get("fill_value"))):
            raise DetachError(
                f"np.{function.__name__}: the fill value needs a gradient, and would be cut out of its "
                "graph. Write np.broadcast_to(value, np.shape(x))."
            )
        return wrap(function(*values_in(args), **values_in(kwargs)))

    ops.by_numpy[function] = like


for function in (np.zeros_like, np.ones_like, np.empty_like, np.full_like):
    _enter_like(function)
