"""Rows of tables, and positions."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn.kernels import embedding as _embedding
from nn.kernels.checks import check_floats, check_whole, is_whole, place, wrong_shape

__all__ = ["embedding", "one_hot", "rotary_positions", "sinusoidal_positions"]


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """Rows of a table: (...), (rows, features) -> (..., features). Bengio, Ducharme, Vincent and Jauvin, 2003.

    Parameters
    ----------
    input: integers from 0 to rows - 1.
    weight: the table, (rows, features).
    padding_idx: a row that gets no gradient, from -rows to rows - 1.
    max_norm: if given, rows of the input whose norm is larger are first scaled down to it, in place.
    norm_type: the p of that norm, above 0.
    scale_grad_by_freq: if True, each row's gradient is divided by how often the row occurs in the input.
    sparse: False; there are no sparse gradients here.

    Raises DtypeError for an input that is not of integers, ArgumentError for indices that are out of range and other
    arguments that do not fit, ShapeError for a table of another number of axes.

    >>> import autograd as ag, nn
    >>> nn.functional.embedding(ag.tensor([2, 0]), ag.tensor([[1.0, 1.5], [2.0, 2.5], [3.0, 3.5]]))
    Tensor([[3. , 3.5],
            [1. , 1.5]], dtype=float32)
    """
    refuse_sparse("embedding", sparse)
    if getattr(weight, "ndim", None) != 2:
        raise ag.errors.ShapeError(
            f"{place('embedding')}: the weight is {ag.errors.describe(weight)}; want a table of shape (rows, features)."
        )
    padding_idx = row_number("embedding", padding_idx, weight.shape[0])
    if max_norm is not None:
        _embedding.check_indices("embedding", input, weight.shape[0])
        _shorten_rows(weight, np.unique(ag.value_of(input)), max_norm, norm_type)
    return _embedding.embedding(weight, input, padding_idx, scale_grad_by_freq)


def refuse_sparse(operation: str, sparse: bool) -> None:
    """Raise ArgumentError for a gradient that is wanted as indices and rows."""
    if sparse:
        raise ag.errors.ArgumentError(
            f"{place(operation)}: sparse=True, but gradients are arrays of the weight's shape here; leave it out. "
            "The values are the same, and optimizers take them all."
        )


def row_number(operation: str, padding_idx: int | None, rows: int) -> int | None:
    """``padding_idx`` counted from the first row, if it is one."""
    if padding_idx is None:
        return None
    if not is_whole(padding_idx) or not -rows <= padding_idx < rows:
        raise ag.errors.ArgumentError(
            f"{place(operation)}: padding_idx={padding_idx!r}; want None or one of {rows} rows, {-rows} to {rows - 1}."
        )
    return int(padding_idx) % rows


def _shorten_rows(weight: Any, rows: np.ndarray, max_norm: float, norm_type: float) -> None:
    """Scale those of the rows down whose norm is more than ``max_norm``, in place."""
    if not max_norm > 0 or not norm_type > 0:
        raise ag.errors.ArgumentError(
            f"{place('embedding')}: max_norm={max_norm}, norm_type={norm_type}; want both above 0."
        )
    table = weight.data if isinstance(weight, ag.Tensor) else weight
    norms = np.linalg.norm(table[rows], norm_type, axis=1)
    longer = norms > max_norm
    if longer.any():
        table[rows[longer]] *= (max_norm / (norms[longer] + 1e-7)).astype(table.dtype)[:, None]
        ag.mark_written(table)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Indices as rows with a 1 in their place and else 0: (...) -> (..., num_classes), of integers.

    As in PyTorch.

    Parameters
    ----------
    tensor: integers from 0 on.
    num_classes: the length of a row; one more than the largest index if -1.

    Raises DtypeError for an input that is not of integers, ArgumentError for an index that is out of range, and
    for an input without elements, which has no largest index, where ``num_classes`` is -1.

    >>> import autograd as ag, nn
    >>> nn.functional.one_hot(ag.tensor([0, 2]))
    Tensor([[1, 0, 0],
            [0, 0, 1]], dtype=int64)
    """
    indices = ag.value_of(tensor)
    _embedding.check_indices("one_hot", indices, None if num_classes == -1 else num_classes)
    if num_classes == -1:
        if not indices.size:
            raise ag.errors.ArgumentError(
                f"{place('one_hot')}: an input of shape {indices.shape} has no largest index; give num_classes."
            )
        num_classes = int(indices.max()) + 1
    out = (indices[..., None] == np.arange(num_classes)).astype(np.int64)
    return ag.tensor(out) if isinstance(tensor, ag.Tensor) else out


# --- positions ------------------------------------------------------------------------------------------


def check_features(operation: str, features: Any, base: float, multiple: int = 1) -> None:
    """Raise ArgumentError unless there can be positions of so many features."""
    if not is_whole(features) or features < 1 or features % multiple:
        kind = "an even number" if multiple == 2 else "a whole number"
        raise ag.errors.ArgumentError(f"{place(operation)}: features={features!r}; want {kind} of at least {multiple}.")
    if not base > 0:
        raise ag.errors.ArgumentError(f"{place(operation)}: base={base!r}; want a number above 0.")


def check_sequence(operation: str, input: Any, features: int | None = None) -> None:
    """Raise DtypeError unless the input is of floats, ShapeError unless it is (..., time, features)."""
    check_floats(operation, input=input)
    if input.ndim < 2 or (features is not None and input.shape[-1] != features):
        raise wrong_shape(operation, f"an input of shape (..., time, {features or 'features'})", input)


def sinusoidal_positions(
    length: int, features: int, base: float = 10000.0, offset: int = 0, *, dtype: Any = None
) -> Any:
    """A table of positions, (length, features): waves whose lengths grow from 2 pi to 2 pi base.

    ``table[t, 2 i] = sin((t + offset) / base ** (2 i / features))``, and ``table[t, 2 i + 1]`` the cosine of the same.
    Vaswani et al., 2017.

    Parameters
    ----------
    length: how many positions, at least 0.
    features: at least 1; of an odd number, the last has no cosine.
    base: above 0.
    offset: the first position.
    dtype: a float; the default dtype if None.

    Raises ArgumentError for other numbers.

    >>> import nn
    >>> nn.functional.sinusoidal_positions(2, 4)
    Tensor([[0.        , 1.        , 0.        , 1.        ],
            [0.84147096, 0.5403023 , 0.00999983, 0.99995   ]], dtype=float32)
    """
    check_features("sinusoidal_positions", features, base)
    check_whole("sinusoidal_positions", 0, length=length)
    dtype = np.dtype(dtype or ag.get_default_dtype())
    return ag.tensor(_embedding.sinusoids(int(offset), int(length), int(features), float(base), dtype))


def rotary_positions(
    input: Any, offset: int = 0, positions: Any = None, base: float = 10000.0, interleaved: bool = True
) -> Any:
    """Turn pairs of features by angles that grow with their position: (..., time, features) of the same shape.

    The pair i at position t is turned by the angle ``t / base ** (2 i / features)``, so that the scalar product of a
    query and a key depends on how far apart they are alone. Su et al., 2021.

    Parameters
    ----------
    input: queries or keys, floats, with an even number of features.
    offset: the position of the first element in time.
    positions: integers or floats, (..., time), broadcast against the input's axes but the last; ``offset`` and
        those that follow, if None.
    base: above 0.
    interleaved: whether the pairs are neighbours, features 2 i and 2 i + 1, as in the paper; if False, features i and
        i + features / 2, as in GPT-NeoX.

    Raises ShapeError where these do not fit, ArgumentError for an offset beside positions.

    >>> import autograd as ag, nn, numpy as np
    >>> nn.functional.rotary_positions(ag.tensor([[1.0, 0.0], [1.0, 0.0]]))
    Tensor([[1.        , 0.        ],
            [0.5403023 , 0.84147096]], dtype=float32)
    """
    check_sequence("rotary_positions", input)
    if input.shape[-1] % 2:
        raise wrong_shape("rotary_positions", "an input of shape (..., time, features), features even", input)
    check_features("rotary_positions", input.shape[-1] or 2, base, multiple=2)
    time, features = input.shape[-2:]
    if positions is None:
        positions = np.arange(offset, offset + time)
    elif offset:
        raise ag.errors.ArgumentError(
            f"{place('rotary_positions')}: offset={offset} and positions were given; want one of them."
        )
    positions = np.asarray(ag.value_of(positions))
    try:
        fits = np.broadcast_shapes(positions.shape, input.shape[:-1]) == input.shape[:-1]
    except ValueError:
        fits = False
    if not fits:
        raise wrong_shape(
            "rotary_positions",
            f"positions that broadcast to {input.shape[:-1]}, those of an input of shape {input.shape}",
            positions,
        )
    turns = _embedding.angles(positions, features, base)
    return _embedding.rotate_pairs(
        input, np.cos(turns).astype(input.dtype), np.sin(turns).astype(input.dtype), interleaved
    )
