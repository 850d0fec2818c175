"""Layers that put margins around sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.kernels.checks import is_whole, place
from nn.module import Example, Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Pad(Module):
    """Margins around the last ``axes`` axes; see `nn.functional.pad`."""

    axes: int
    mode: str
    value: float | None = None

    def __init__(self, padding: int | Sequence[int]) -> None:
        count = 2 * self.axes
        numbers: tuple[Any, ...] = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * count
        if len(numbers) != count or not all(map(is_whole, numbers)):
            raise ag.errors.ArgumentError(
                f"{place(type(self).__name__)}: padding={padding!r}; want a whole number, or {count} of them, (before, "
                "after) for each axis, last axis first."
            )
        self.padding = tuple([int(n) for n in numbers])

    def forward(self, input: Any) -> Any:
        """(..., length) -> (..., before + length + after), for each axis."""
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        """The padding, and the value where it can be chosen."""
        return f"{self.padding}" if self.value is None else f"padding={self.padding}, value={self.value}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value


class ConstantPad1d(_ConstantPad):
    """Margins around a sequence, filled with one value:
    (..., length) -> (..., new length).

    Parameters
    ----------
    padding: how wide each is, (left, right), or one number for all.
        Negative numbers crop.
    value: what margins are filled with.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ConstantPad1d((2, 1), 9.0)(ag.tensor([[1.0, 2.0]]))
    Tensor([[9., 9., 1., 2., 9.]], dtype=float32)
    """

    axes = 1

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ConstantPad1d(1, 0.5), (rng.normal(size=(2, 2, 3)),))
        yield Example(ConstantPad1d((-1, 2), -2.0), (rng.normal(size=(2, 2, 3)),))


class ConstantPad2d(_ConstantPad):
    """Margins around an image, filled with one value:
    (..., height, width) -> (..., new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom), or one number for all.
        Negative numbers crop.
    value: what margins are filled with.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ConstantPad2d(2, 9.0)(ag.zeros(1, 3, 4, 5)).shape
    (1, 3, 8, 9)
    """

    axes = 2

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ConstantPad2d(1, 0.5), (rng.normal(size=(2, 2, 3, 3)),))
        yield Example(ConstantPad2d((2, -1, 0, 1), -2.0), (rng.normal(size=(2, 2, 3, 3)),))


class ConstantPad3d(_ConstantPad):
    """Margins around a volume, filled with one value:
    (..., depth, height, width) -> (..., new depth, new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom, front, back), or one number for all.
        Negative numbers crop.
    value: what margins are filled with.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ConstantPad3d(2, 9.0)(ag.zeros(1, 3, 4, 5, 6)).shape
    (1, 3, 8, 9, 10)
    """

    axes = 3

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ConstantPad3d(1, 0.5), (rng.normal(size=(1, 2, 3, 2, 2)),))
        yield Example(ConstantPad3d((0, 1, -1, 0, 1, 0), -2.0), (rng.normal(size=(1, 2, 3, 2, 2)),))


class ZeroPad1d(_Pad):
    """Margins around a sequence, filled with zeros:
    (..., length) -> (..., new length).

    Parameters
    ----------
    padding: how wide each is, (left, right), or one number for all.
        Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ZeroPad1d((2, 1))(ag.tensor([[1.0, 2.0]]))
    Tensor([[0., 0., 1., 2., 0.]], dtype=float32)
    """

    axes = 1
    mode = "constant"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ZeroPad1d(1), (rng.normal(size=(2, 2, 3)),))
        yield Example(ZeroPad1d((-1, 2)), (rng.normal(size=(2, 2, 3)),))


class ZeroPad2d(_Pad):
    """Margins around an image, filled with zeros:
    (..., height, width) -> (..., new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom), or one number for all.
        Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ZeroPad2d(2)(ag.zeros(1, 3, 4, 5)).shape
    (1, 3, 8, 9)
    """

    axes = 2
    mode = "constant"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ZeroPad2d(1), (rng.normal(size=(2, 2, 3, 3)),))
        yield Example(ZeroPad2d((2, -1, 0, 1)), (rng.normal(size=(2, 2, 3, 3)),))


class ZeroPad3d(_Pad):
    """Margins around a volume, filled with zeros:
    (..., depth, height, width) -> (..., new depth, new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom, front, back), or one number for all.
        Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ZeroPad3d(2)(ag.zeros(1, 3, 4, 5, 6)).shape
    (1, 3, 8, 9, 10)
    """

    axes = 3
    mode = "constant"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ZeroPad3d(1), (rng.normal(size=(1, 2, 3, 2, 2)),))
        yield Example(ZeroPad3d((0, 1, -1, 0, 1, 0)), (rng.normal(size=(1, 2, 3, 2, 2)),))


class ReflectionPad1d(_Pad):
    """Margins around a sequence, filled with the elements mirrored at the edge, which is not repeated:
    (..., length) -> (..., new length).

    Parameters
    ----------
    padding: how wide each is, (left, right), or one number for all; less than
        the axis is long. Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ReflectionPad1d((2, 1))(ag.tensor([[1.0, 2.0, 3.0]]))
    Tensor([[3., 2., 1., 2., 3., 2.]], dtype=float32)
    """

    axes = 1
    mode = "reflect"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ReflectionPad1d(1), (rng.normal(size=(2, 2, 3)),))
        yield Example(ReflectionPad1d((-1, 2)), (rng.normal(size=(2, 2, 3)),))


class ReflectionPad2d(_Pad):
    """Margins around an image, filled with the elements mirrored at the edge, which is not repeated:
    (..., height, width) -> (..., new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom), or one number for all; less than
        the axis is long. Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ReflectionPad2d(2)(ag.zeros(1, 3, 4, 5)).shape
    (1, 3, 8, 9)
    """

    axes = 2
    mode = "reflect"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ReflectionPad2d(1), (rng.normal(size=(2, 2, 3, 3)),))
        yield Example(ReflectionPad2d((2, -1, 0, 1)), (rng.normal(size=(2, 2, 3, 3)),))


class ReflectionPad3d(_Pad):
    """Margins around a volume, filled with the elements mirrored at the edge, which is not repeated:
    (..., depth, height, width) -> (..., new depth, new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom, front, back), or one number for all; less than
        the axis is long. Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ReflectionPad3d(2)(ag.zeros(1, 3, 4, 5, 6)).shape
    (1, 3, 8, 9, 10)
    """

    axes = 3
    mode = "reflect"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ReflectionPad3d(1), (rng.normal(size=(1, 2, 3, 2, 2)),))
        yield Example(ReflectionPad3d((0, 1, -1, 0, 1, 0)), (rng.normal(size=(1, 2, 3, 2, 2)),))


class ReplicationPad1d(_Pad):
    """Margins around a sequence, filled with the elements at the edge:
    (..., length) -> (..., new length).

    Parameters
    ----------
    padding: how wide each is, (left, right), or one number for all.
        Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ReplicationPad1d((2, 1))(ag.tensor([[1.0, 2.0, 3.0]]))
    Tensor([[1., 1., 1., 2., 3., 3.]], dtype=float32)
    """

    axes = 1
    mode = "replicate"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ReplicationPad1d(1), (rng.normal(size=(2, 2, 3)),))
        yield Example(ReplicationPad1d((-1, 2)), (rng.normal(size=(2, 2, 3)),))


class ReplicationPad2d(_Pad):
    """Margins around an image, filled with the elements at the edge:
    (..., height, width) -> (..., new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom), or one number for all.
        Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ReplicationPad2d(2)(ag.zeros(1, 3, 4, 5)).shape
    (1, 3, 8, 9)
    """

    axes = 2
    mode = "replicate"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ReplicationPad2d(1), (rng.normal(size=(2, 2, 3, 3)),))
        yield Example(ReplicationPad2d((2, -1, 0, 1)), (rng.normal(size=(2, 2, 3, 3)),))


class ReplicationPad3d(_Pad):
    """Margins around a volume, filled with the elements at the edge:
    (..., depth, height, width) -> (..., new depth, new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom, front, back), or one number for all.
        Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.ReplicationPad3d(2)(ag.zeros(1, 3, 4, 5, 6)).shape
    (1, 3, 8, 9, 10)
    """

    axes = 3
    mode = "replicate"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(ReplicationPad3d(1), (rng.normal(size=(1, 2, 3, 2, 2)),))
        yield Example(ReplicationPad3d((0, 1, -1, 0, 1, 0)), (rng.normal(size=(1, 2, 3, 2, 2)),))


class CircularPad1d(_Pad):
    """Margins around a sequence, filled with the elements from the other end:
    (..., length) -> (..., new length).

    Parameters
    ----------
    padding: how wide each is, (left, right), or one number for all; no more
        than the axis is long. Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.CircularPad1d((2, 1))(ag.tensor([[1.0, 2.0, 3.0]]))
    Tensor([[2., 3., 1., 2., 3., 1.]], dtype=float32)
    """

    axes = 1
    mode = "circular"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(CircularPad1d(1), (rng.normal(size=(2, 2, 3)),))
        yield Example(CircularPad1d((-1, 2)), (rng.normal(size=(2, 2, 3)),))


class CircularPad2d(_Pad):
    """Margins around an image, filled with the elements from the other end:
    (..., height, width) -> (..., new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom), or one number for all; no more
        than the axis is long. Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.CircularPad2d(2)(ag.zeros(1, 3, 4, 5)).shape
    (1, 3, 8, 9)
    """

    axes = 2
    mode = "circular"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(CircularPad2d(1), (rng.normal(size=(2, 2, 3, 3)),))
        yield Example(CircularPad2d((2, -1, 0, 1)), (rng.normal(size=(2, 2, 3, 3)),))


class CircularPad3d(_Pad):
    """Margins around a volume, filled with the elements from the other end:
    (..., depth, height, width) -> (..., new depth, new height, new width).

    Parameters
    ----------
    padding: how wide each is, (left, right, top, bottom, front, back), or one number for all; no more
        than the axis is long. Negative numbers crop.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input that is too small. As in PyTorch.

    >>> import autograd as ag, nn
    >>> nn.CircularPad3d(2)(ag.zeros(1, 3, 4, 5, 6)).shape
    (1, 3, 8, 9, 10)
    """

    axes = 3
    mode = "circular"

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """The same margins on all sides, and others, one of which crops."""
        yield Example(CircularPad3d(1), (rng.normal(size=(1, 2, 3, 2, 2)),))
        yield Example(CircularPad3d((0, 1, -1, 0, 1, 0)), (rng.normal(size=(1, 2, 3, 2, 2)),))
