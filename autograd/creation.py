"""Tensors from numbers: copies, constants, ranges and random draws, in the default float dtype."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.dtypes import as_array, as_dtype, as_result
from autograd.errors import ArgumentError, DetachError, DtypeError, GlassgradError, ShapeError, describe
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
    return Tensor(np.zeros(_shape(shape), as_dtype("zeros", dtype)), requires_grad)


def ones(*shape: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones: ``ag.ones(2, 3)`` or ``ag.ones((2, 3))``; arguments and errors as of `zeros`.

    >>> import autograd as ag
    >>> ag.ones(2)
    Tensor([1., 1.], dtype=float32)
    """
    return Tensor(np.ones(_shape(shape), as_dtype("ones", dtype)), requires_grad)


def full(shape: Shape, fill_value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """One number everywhere, as `numpy.full`: ``ag.full((2, 3), 0.5)`` has the shape (2, 3).

    Parameters
    ----------
    shape: lengths of the axes, a tuple of integers of at least 0, or one integer.
    fill_value: the number, or an array that broadcasts to the shape.
    dtype: of the elements; that of the value if None, where a Python float takes the default dtype.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises DetachError for a value that needs a gradient, DtypeError for one that is no real number and for integers
    that are to need a gradient, ArgumentError for what are no lengths and for nan and inf in integers, ShapeError for a
    value that does not broadcast.

    >>> import autograd as ag
    >>> ag.full((2,), 0.5)
    Tensor([0.5, 0.5], dtype=float32)
    """
    lengths, value = _shape((shape,), "ag.full((2, 3), 0.5)"), as_array(_free(fill_value), dtype, "full")
    try:
        array = np.full(lengths, value)
    except ValueError as error:
        raise _does_not_fill("full", lengths, value, error) from error
    return Tensor(array, requires_grad)


def arange(*limits: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers from start (0) to stop, exclusive, by step (1): ``arange(stop)`` or ``arange(start, stop, step)``.

    As `numpy.arange`, of shape (count,) with ``count = ceil((stop - start) / step)``.

    Parameters
    ----------
    limits: one to three numbers, the step not 0.
    dtype: of the elements; if None, of integers where all limits are, else the default dtype.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises ArgumentError for other limits, for those that are not finite and for a step of 0, DtypeError for complex
    numbers, for a dtype that no Tensor has and for integers that are to need a gradient.

    >>> import autograd as ag
    >>> ag.arange(3), ag.arange(0.0, 1.0, 0.5)
    (Tensor([0, 1, 2], dtype=int64), Tensor([0. , 0.5], dtype=float32))
    """
    try:
        array = np.arange(*(limits if len(limits) < 4 else ()))  # the fourth would be NumPy's dtype
    except GlassgradError:
        raise
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise ArgumentError(
            f"arange({', '.join(map(describe, limits))}): want arange(stop), arange(start, stop) or "
            "arange(start, stop, step), of finite numbers, the step not 0; dtype= goes by its name."
        ) from error
    wanted = array.dtype if dtype is None and array.dtype.kind != "f" else as_dtype("arange", dtype)
    return Tensor(as_array(array, wanted, "arange"), requires_grad)


def linspace(start: float, stop: float, num: int = 50, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``num`` evenly spaced numbers from start to stop, both included, as `numpy.linspace`: shape (num,).

    Parameters
    ----------
    start, stop: the first and the last number, Python's or NumPy's.
    num: how many, an integer of at least 0; of one, it is the start.
    dtype: of the elements; the default dtype if None.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises ArgumentError for another ``num``, for limits that are no numbers and for Tensors as limits, of which
    `numpy.linspace` makes a Tensor; DtypeError for complex numbers, for a dtype that no Tensor has and for integers
    that are to need a gradient.

    >>> import autograd as ag
    >>> ag.linspace(0.0, 1.0, 3)
    Tensor([0. , 0.5, 1. ], dtype=float32)
    """
    if isinstance(start, Tensor) or isinstance(stop, Tensor):
        raise ArgumentError(
            f"linspace({describe(start)}, {describe(stop)}): a limit is a Tensor, which would be copied out of its "
            "graph. np.linspace(start, stop, num) has a derivative in both; for their values give start.item()."
        )
    wanted = as_dtype("linspace", dtype)
    try:
        array = np.linspace(start, stop, num)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"linspace({describe(start)}, {describe(stop)}, num={describe(num)}): want two numbers, or arrays that "
            "broadcast, and how many are wanted, an integer of at least 0."
        ) from error
    if wanted.kind in "iu" and array.dtype.kind == "f":
        array = np.floor(array)  # as in NumPy, where a conversion would round towards 0
    return Tensor(as_array(array, wanted, "linspace"), requires_grad)


def eye(n: int, m: int | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix, of shape (n, n), or with ``m`` columns, (n, m), as `numpy.eye`.

    Parameters
    ----------
    n, m: numbers of rows and columns, integers of at least 0; as many columns as rows if None.
    dtype: of the elements; the default dtype if None.
    requires_grad: whether it needs a gradient, as only floats do.

    Raises ArgumentError for other numbers, DtypeError for a dtype that no Tensor has and for integers that are to need
    a gradient.

    >>> import autograd as ag
    >>> ag.eye(2)
    Tensor([[1., 0.],
            [0., 1.]], dtype=float32)
    """
    wanted = as_dtype("eye", dtype)
    try:
        array = np.eye(n, m, dtype=wanted)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"eye({n!r}, {m!r}): want numbers of rows and of columns, integers of at least 0, such as ag.eye(2, 3)."
        ) from error
    return Tensor(array, requires_grad)


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
    return Tensor(np.zeros_like(value_of(x), None if dtype is None else as_dtype("zeros_like", dtype)), requires_grad)


def ones_like(x: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones of the shape and dtype of ``x``; arguments and errors as of `zeros_like`.

    >>> import autograd as ag
    >>> ag.ones_like(ag.tensor([1, 2]))
    Tensor([1, 1], dtype=int64)
    """
    return Tensor(np.ones_like(value_of(x), None if dtype is None else as_dtype("ones_like", dtype)), requires_grad)


def full_like(x: Any, fill_value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """One number everywhere, in the shape and dtype of ``x``, as `numpy.full_like`: (...) -> (...).

    Parameters
    ----------
    fill_value: the number, or an array that broadcasts to the shape; converted to the dtype as an assignment does,
        where a float in integers loses its fraction.
    x, dtype, requires_grad: as of `zeros_like`.

    Raises DetachError for a value that needs a gradient, ShapeError for one that does not broadcast, DtypeError for one
    that is no real number, ArgumentError for nan and inf in integers, and otherwise the errors of `zeros_like`.

    >>> import autograd as ag
    >>> ag.full_like(ag.tensor([1.0, 2.0]), 7)
    Tensor([7., 7.], dtype=float32)
    """
    like = value_of(x)
    wanted = np.asarray(like).dtype if dtype is None else as_dtype("full_like", dtype)
    value = as_array(_free(fill_value), wanted, "full_like")
    try:
        array = np.full_like(like, value, wanted)
    except ValueError as error:
        raise _does_not_fill("full_like", np.shape(like), value, error) from error
    return Tensor(array, requires_grad)


def _does_not_fill(name: str, shape: tuple[int, ...], value: Any, error: ValueError) -> ValueError:
    """The error of a fill value that does not broadcast; another one as it is."""
    if not np.ndim(value):
        return error
    return ShapeError(
        f"{name}: the fill value, {describe(value)}, does not broadcast to the shape {shape}: want a number, or an "
        "array whose lengths, counted from the last axis, are 1 or those of the shape."
    )


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


def default_generator(rng: np.random.Generator | None = None) -> np.random.Generator:
    """The generator that is used where no ``rng=`` is given; with an ``rng``, that one.

    Functions of one's own that draw begin with it: ``rng = ag.default_generator(rng)``.

    Parameters
    ----------
    rng: a generator, or None for the default one.

    Raises ArgumentError for what is no generator, such as a seed.

    >>> import autograd as ag, numpy as np
    >>> ag.default_generator().random() < 1
    True
    >>> rng = np.random.default_rng(0)
    >>> ag.default_generator(rng) is rng
    True
    """
    global _generator
    if rng is not None:
        if not isinstance(rng, np.random.Generator):
            raise ArgumentError(
                f"rng={describe(rng)}: want a generator of random numbers, such as np.random.default_rng(0), or None "
                "for the default one, which ag.manual_seed(0) seeds."
            )
        return rng
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
    shape, requires_grad: as of `zeros`.
    dtype: of the elements, a float one; the default dtype if None.

    Raises the errors of `zeros`, DtypeError for a dtype of something else than floats, ArgumentError for an ``rng``
    that is no generator.

    >>> import autograd as ag
    >>> ag.rand(2, 3).shape
    (2, 3)
    """
    wanted = _float_dtype("rand", dtype)
    return Tensor(np.asarray(default_generator(rng).random(_shape(shape)), wanted), requires_grad)


def randn(
    *shape: Any, dtype: Any = None, requires_grad: bool = False, rng: np.random.Generator | None = None
) -> Tensor:
    """Draws from the standard normal distribution: ``ag.randn(2, 3)``, as `torch.randn`.

    Parameters
    ----------
    rng: generator of the draws; the default generator if None.
    shape, dtype, requires_grad: as of `rand`, which says what is raised.

    >>> import autograd as ag
    >>> ag.randn(2, 3).shape
    (2, 3)
    """
    wanted = _float_dtype("randn", dtype)
    return Tensor(np.asarray(default_generator(rng).standard_normal(_shape(shape)), wanted), requires_grad)


def rand_like(x: Any, requires_grad: bool = False, rng: np.random.Generator | None = None) -> Tensor:
    """Uniform draws from [0, 1) in the shape and float dtype of ``x``, as `torch.rand_like`: (...) -> (...).

    Parameters
    ----------
    x: a Tensor or an array of floats.
    requires_grad, rng: as of `rand`.

    Raises DtypeError for what holds no floats, ArgumentError for an ``rng`` that is no generator.

    >>> import autograd as ag
    >>> ag.rand_like(ag.zeros(2, 3)).shape
    (2, 3)
    """
    like = _floats("rand_like", x)
    return rand(like.shape, dtype=like.dtype, requires_grad=requires_grad, rng=rng)


def randn_like(x: Any, requires_grad: bool = False, rng: np.random.Generator | None = None) -> Tensor:
    """Standard normal draws in the shape and float dtype of ``x``: (...) -> (...).

    Arguments and errors as of `rand_like`.

    >>> import autograd as ag
    >>> ag.randn_like(ag.zeros(2, 3)).shape
    (2, 3)
    """
    like = _floats("randn_like", x)
    return randn(like.shape, dtype=like.dtype, requires_grad=requires_grad, rng=rng)


def _float_dtype(name: str, dtype: Any) -> np.dtype[Any]:
    """The dtype that draws are to have: fractions have no place in integers, nor, mostly, in booleans."""
    wanted = as_dtype(name, dtype)
    if wanted.kind != "f":
        raise DtypeError(
            f"{name}: dtype={str(wanted)!r}; draws are real numbers, so want a float dtype such as 'float32'. Integers "
            "are drawn by ag.default_generator().integers(low, high, size)."
        )
    return wanted


def _floats(name: str, x: Any) -> Any:
    """The array of floats whose shape and dtype draws are to have."""
    like = value_of(x)
    if getattr(getattr(like, "dtype", None), "kind", "") != "f":
        raise DtypeError(
            f"{name}: want a Tensor or an array of floats, got {describe(like)}; ag.{name.removesuffix('_like')} takes "
            "a shape."
        )
    return like


def _shape(shape: tuple[Any, ...], example: str = "ag.zeros(2, 3)") -> tuple[int, ...]:
    """``(2, 3)`` from the arguments ``2, 3`` or ``(2, 3)``."""
    lengths = tuple(shape[0]) if len(shape) == 1 and np.iterable(shape[0]) else shape
    if not all(isinstance(length, (int, np.integer)) and length >= 0 for length in lengths):
        raise ArgumentError(f"shape {', '.join(map(repr, shape))}: want lengths of axes, such as {example}.")
    return lengths
