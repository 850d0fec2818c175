"""Tensors from numbers: copies, constants, ranges and random draws, in the default float dtype."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.dtypes import as_array, as_result, get_default_dtype
from autograd.errors import ArgumentError, DetachError
from autograd.tensors import Tensor
from autograd.values import value_of

Shape = int | tuple[int, ...]

_generator: np.random.Generator | None = None  # made when first used: `numpy.random` takes long to load


def tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of ``data``: a number, nested lists of numbers, an array or a Tensor.

    Python floats take the default dtype, arrays keep theirs; ``dtype`` converts. Raises as `Tensor` does.

    >>> import autograd as ag
    >>> ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True).shape
    (2, 2)
    """
    return Tensor(as_result(np.array(as_array(value_of(data), dtype), order="K")), requires_grad)


def from_dlpack(x: Any, copy: bool = False) -> Tensor:
    """A tensor in the memory of another library's array, which it shares: of PyTorch, JAX, CuPy on the CPU, or NumPy.

    Both see what either writes, and no graph is told of it. Every Tensor has ``__dlpack__``, the way back:
    ``torch.from_dlpack(t)``. As `numpy.from_dlpack`: (...) -> (...).

    Parameters
    ----------
    x: an array with the method ``__dlpack__``, of numbers or booleans.
    copy: True for memory of its own.

    Raises ArgumentError for what has no ``__dlpack__``, DtypeError for complex numbers, BufferError for memory that the
    CPU cannot reach and for what are no numbers, DetachError for a Tensor that needs a gradient.

    >>> import autograd as ag, numpy as np
    >>> array = np.zeros(2)
    >>> t = ag.from_dlpack(array)
    >>> array[0] = 5.0
    >>> t
    Tensor([5., 0.], dtype=float64)
    """
    if not hasattr(x, "__dlpack__"):
        raise ArgumentError(f"from_dlpack: {type(x).__name__} has no __dlpack__; ag.tensor(x) copies what it holds.")
    array = np.from_dlpack(x)
    return Tensor(array.copy() if copy else array)


def zeros(*shape: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros: ``ag.zeros(2, 3)`` or ``ag.zeros((2, 3))``, as `torch.zeros` is called.

    Parameters
    ----------
    shape: lengths of the axes, integers of at least 0, one by one or as one tuple; without any, the result is ().
    dtype: of the elements; the default dtype if None.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises ArgumentError for what are no lengths, DtypeError for a dtype that no Tensor has, and for integers that are
    to need a gradient.

    >>> import autograd as ag
    >>> ag.zeros(2)
    Tensor([0., 0.], dtype=float32)
    """
    return Tensor(np.zeros(_shape(shape), dtype or get_default_dtype()), requires_grad)


def ones(*shape: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones: ``ag.ones(2, 3)`` or ``ag.ones((2, 3))``; arguments and errors as of `zeros`.

    >>> import autograd as ag
    >>> ag.ones(2)
    Tensor([1., 1.], dtype=float32)
    """
    return Tensor(np.ones(_shape(shape), dtype or get_default_dtype()), requires_grad)


def full(shape: Shape, fill_value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """One number everywhere, as `numpy.full`: ``ag.full((2, 3), 0.5)`` has the shape (2, 3).

    Parameters
    ----------
    shape: lengths of the axes, a tuple of integers of at least 0, or one integer.
    fill_value: the number, or an array that broadcasts to the shape.
    dtype: of the elements; that of the value if None, where a Python float takes the default dtype.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises DetachError for a value that needs a gradient, DtypeError for one that is no real number and for integers
    that are to need a gradient, NumPy's ValueError for negative lengths and for a value that does not broadcast.

    >>> import autograd as ag
    >>> ag.full((2,), 0.5)
    Tensor([0.5, 0.5], dtype=float32)
    """
    return Tensor(np.full(shape, as_array(_free(fill_value), dtype)), requires_grad)


def arange(*limits: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers from start (0) to stop, exclusive, by step (1): ``arange(stop)`` or ``arange(start, stop, step)``.

    As `numpy.arange`, of shape (count,) with ``count = ceil((stop - start) / step)``.

    Parameters
    ----------
    limits: one to three numbers, the step not 0.
    dtype: of the elements; if None, of integers where all limits are, else the default dtype.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises TypeError for other limits, ValueError for those that are not finite, ZeroDivisionError for a step of 0,
    DtypeError for complex numbers and for integers that are to need a gradient.

    >>> import autograd as ag
    >>> ag.arange(3), ag.arange(0.0, 1.0, 0.5)
    (Tensor([0, 1, 2], dtype=int64), Tensor([0. , 0.5], dtype=float32))
    """
    array = np.arange(*limits)
    return Tensor(
        array.astype(dtype or (get_default_dtype() if array.dtype.kind == "f" else array.dtype)), requires_grad
    )


def linspace(start: float, stop: float, num: int = 50, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``num`` evenly spaced numbers from start to stop, both included, as `numpy.linspace`: shape (num,).

    Parameters
    ----------
    start, stop: the first and the last number, Python's or NumPy's.
    num: how many, an integer of at least 0; of one, it is the start.
    dtype: of the elements; the default dtype if None.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises NumPy's ValueError for a negative ``num``, TypeError for one that is no integer, ArgumentError for Tensors as
    limits, DtypeError for a dtype that no Tensor has and for integers that are to need a gradient.

    >>> import autograd as ag
    >>> ag.linspace(0.0, 1.0, 3)
    Tensor([0. , 0.5, 1. ], dtype=float32)
    """
    return Tensor(np.linspace(start, stop, num, dtype=dtype or get_default_dtype()), requires_grad)


def eye(n: int, m: int | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix, of shape (n, n), or with ``m`` columns, (n, m), as `numpy.eye`.

    Parameters
    ----------
    n, m: numbers of rows and columns, integers of at least 0; as many columns as rows if None.
    dtype: of the elements; the default dtype if None.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises NumPy's ValueError for negative numbers, TypeError for what are no integers, DtypeError for a dtype that no
    Tensor has and for integers that are to need a gradient.

    >>> import autograd as ag
    >>> ag.eye(2)
    Tensor([[1., 0.],
            [0., 1.]], dtype=float32)
    """
    return Tensor(np.eye(n, m, dtype=dtype or get_default_dtype()), requires_grad)


def zeros_like(x: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros of the shape and dtype of ``x``, as `numpy.zeros_like`: (...) -> (...).

    Parameters
    ----------
    x: a Tensor, an array, or what NumPy makes one of; outside of any graph.
    dtype: of the elements, if another.
    requires_grad: whether the result needs a gradient, as only floats do.

    Raises DtypeError for what holds no real numbers, and for integers that are to need a gradient.

    >>> import autograd as ag
    >>> ag.zeros_like(ag.tensor([1, 2]))
    Tensor([0, 0], dtype=int64)
    """
    return Tensor(np.zeros_like(value_of(x), dtype), requires_grad)


def ones_like(x: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones of the shape and dtype of ``x``; arguments and errors as of `zeros_like`.

    >>> import autograd as ag
    >>> ag.ones_like(ag.tensor([1, 2]))
    Tensor([1, 1], dtype=int64)
    """
    return Tensor(np.ones_like(value_of(x), dtype), requires_grad)


def full_like(x: Any, fill_value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """One number everywhere, in the shape and dtype of ``x``, as `numpy.full_like`: (...) -> (...).

    Parameters
    ----------
    fill_value: the number, or an array that broadcasts to the shape; converted to the dtype as an assignment does,
        where a float in integers loses its fraction.
    x, dtype, requires_grad: as of `zeros_like`.

    Raises DetachError for a value that needs a gradient, NumPy's ValueError for one that does not broadcast, and
    otherwise the errors of `zeros_like`.

    >>> import autograd as ag
    >>> ag.full_like(ag.tensor([1.0, 2.0]), 7)
    Tensor([7., 7.], dtype=float32)
    """
    return Tensor(np.full_like(value_of(x), _free(fill_value), dtype), requires_grad)


def _free(value: Any) -> Any:
    """The value of a number or Tensor that is to be copied, from outside of graphs."""
    if isinstance(value, Tensor) and value.requires_grad:
        raise DetachError(
            "full: the fill value is a Tensor that needs a gradient, and would be cut out of its graph. Write "
            "ag.broadcast_to(value, shape), or give value.item()."
        )
    return value_of(value)


# --- random numbers -------------------------------------------------------------------------------------


def manual_seed(seed: int) -> np.random.Generator:
    """Seed the default generator, which everything random uses that is given no ``rng=``; returns it.

    It holds for the whole process. Raises ArgumentError unless ``seed`` is an integer of at least 0.

    >>> import autograd as ag
    >>> a = (ag.manual_seed(0), ag.rand(3))[1]
    >>> b = (ag.manual_seed(0), ag.rand(3))[1]
    >>> bool((a == b).all())
    True
    """
    global _generator
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ArgumentError(f"manual_seed({seed!r}): want an integer of at least 0.")
    _generator = np.random.default_rng(seed)
    return _generator


def default_generator() -> np.random.Generator:
    """The generator that is used where no ``rng=`` is given.

    >>> default_generator().random() < 1
    True
    """
    global _generator
    if _generator is None:
        _generator = np.random.default_rng()
    return _generator


@contextmanager
def repeated_randomness() -> Iterator[None]:
    """A block after which the default generator is where it was before.

    >>> with repeated_randomness():
    ...     first = rand(3)
    >>> bool((first == rand(3)).all())
    True
    """
    generator = default_generator()
    state = generator.bit_generator.state
    try:
        yield
    finally:
        generator.bit_generator.state = state


def rand(*shape: Any, dtype: Any = None, requires_grad: bool = False, rng: np.random.Generator | None = None) -> Tensor:
    """Uniform draws from [0, 1): ``ag.rand(2, 3)``, as `torch.rand`.

    Parameters
    ----------
    rng: generator of the draws; the default generator if None.
    shape, dtype, requires_grad: as of `zeros`; in integers all draws are 0.

    Raises the errors of `zeros`.

    >>> import autograd as ag
    >>> ag.rand(2, 3).shape
    (2, 3)
    """
    draws = (rng or default_generator()).random(_shape(shape))
    return Tensor(np.asarray(draws, dtype or get_default_dtype()), requires_grad)


def randn(
    *shape: Any, dtype: Any = None, requires_grad: bool = False, rng: np.random.Generator | None = None
) -> Tensor:
    """Draws from the standard normal distribution: ``ag.randn(2, 3)``, as `torch.randn`.

    Parameters
    ----------
    rng: generator of the draws; the default generator if None.
    shape, dtype, requires_grad: as of `zeros`; in integers draws lose their fractions.

    Raises the errors of `zeros`.

    >>> import autograd as ag
    >>> ag.randn(2, 3).shape
    (2, 3)
    """
    draws = (rng or default_generator()).standard_normal(_shape(shape))
    return Tensor(np.asarray(draws, dtype or get_default_dtype()), requires_grad)


def rand_like(x: Any, requires_grad: bool = False, rng: np.random.Generator | None = None) -> Tensor:
    """Uniform draws from [0, 1) in the shape and float dtype of ``x``, as `torch.rand_like`: (...) -> (...).

    Parameters
    ----------
    x: a Tensor or an array of floats.
    requires_grad, rng: as of `rand`.

    Raises DtypeError for complex numbers, and for integers that are to need a gradient.

    >>> import autograd as ag
    >>> ag.rand_like(ag.zeros(2, 3)).shape
    (2, 3)
    """
    return rand(value_of(x).shape, dtype=value_of(x).dtype, requires_grad=requires_grad, rng=rng)


def randn_like(x: Any, requires_grad: bool = False, rng: np.random.Generator | None = None) -> Tensor:
    """Standard normal draws in the shape and float dtype of ``x``: (...) -> (...).

    Arguments and errors as of `rand_like`.

    >>> import autograd as ag
    >>> ag.randn_like(ag.zeros(2, 3)).shape
    (2, 3)
    """
    return randn(value_of(x).shape, dtype=value_of(x).dtype, requires_grad=requires_grad, rng=rng)


def _shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """``(2, 3)`` from the arguments ``2, 3`` or ``(2, 3)``."""
    lengths = tuple(shape[0]) if len(shape) == 1 and np.iterable(shape[0]) else shape
    if not all(isinstance(length, (int, np.integer)) and length >= 0 for length in lengths):
        raise ArgumentError(f"shape {', '.join(map(repr, shape))}: want lengths of axes, such as ag.zeros(2, 3).")
    return lengths
