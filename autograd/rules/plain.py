"""NumPy's functions that have no gradient by nature: on Tensors they see the values and return plain results."""

from autograd.registry import ops

ops.add_plain(
    # facts about arrays
    "shape", "ndim", "size", "result_type", "can_cast", "iscomplexobj", "isrealobj", "may_share_memory",
    "shares_memory", "array_repr", "array_str", "array2string",
    # comparisons and tests
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "allclose", "isclose", "array_equal",
    "array_equiv", "isfinite", "isinf", "isnan", "signbit", "all", "any", "logical_and", "logical_or", "logical_not",
    "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor", "invert",
    # places, counts and orders
    "argmax", "argmin", "argsort", "argwhere", "nonzero", "flatnonzero", "count_nonzero", "searchsorted", "digitize",
    "unique", "isin", "lexsort", "unravel_index", "ravel_multi_index",
    # new arrays like a given one: constants
    "zeros_like", "ones_like", "empty_like",
    # writing to a file or stream
    "save", "savetxt", "savez", "savez_compressed",
)  # fmt: skip
ops.add_plain("bincount", "histogram", "full_like", in_first=True)
