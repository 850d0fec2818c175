"""Changes that are made to batches on their way to the model: scaling, flips, crops, noise."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd as ag
from nn.data.draws import Draws
from nn.kernels.checks import check_floats, check_probability, check_whole, is_whole, place, wrong_shape

__all__ = [
    "CenterCrop",
    "Compose",
    "GaussianNoise",
    "Normalize",
    "OneHot",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomVerticalFlip",
    "Standardize",
    "ToFloat",
    "Transform",
]

Array = NDArray[Any]
ONE = "One image is image[None]; in a data set's __getitem__ leave it out, and give it to DataLoader(transform=...)."


class Transform(ABC):
    """A change of whole batches, (batch, ...) -> (batch, ...): derive from it, and write ``apply(array, draws)``.

    ``apply`` returns a new array with as many samples, and leaves the given one as it is. What is random comes from
    ``draws`` (a `Draws`), which has numbers for each sample: ``draws.uniform()``, ``draws.integers(low, high)`` and
    ``draws.normal(size)`` are of shape (batch, *size). They follow from the loader's seed, the epoch, the sample and
    the place of the transform, so that batch size, order and threads change nothing. For a change that is not
    random, a plain function of the array will do.

    `DataLoader(..., transform=...)` applies transforms. One can also be called, ``transform(array)``, to see what it
    does: then draws come from the default generator (`ag.manual_seed`) unless they are given.

    >>> class RandomInvert(Transform):
    ...     def apply(self, array, draws):
    ...         is_chosen = draws.uniform(size=(1,) * (array.ndim - 1)) < 0.5
    ...         return np.where(is_chosen, 1 - array, array)
    >>> from nn.data import DataLoader, TensorDataset
    >>> data = TensorDataset(np.zeros((4, 1), np.float32))
    >>> [batch.tolist() for (batch,) in DataLoader(data, batch_size=4, transform=RandomInvert())]
    [[[1.0], [1.0], [0.0], [1.0]]]
    """

    @abstractmethod
    def apply(self, array: Array, draws: Draws) -> Array:
        """The batch, changed."""

    def __call__(self, array: Any, draws: Draws | None = None) -> Array:
        """The batch, changed; ``draws`` are new ones if None."""
        array = np.asarray(ag.value_of(array))
        if array.ndim == 0:
            raise wrong_shape(type(self).__name__, "a batch, (batch, ...)", array)
        if draws is None:
            draws = Draws(int(ag.default_generator().integers(2**62)), 0, np.arange(len(array)))
        return self.apply(array, draws)


class Compose(Transform):
    """Transforms one after the other.

    Parameters
    ----------
    transforms: each a `Transform`, or a function of the batch.

    Raises ArgumentError for what cannot be called, and for a class in the place of a transform.

    >>> Compose([ToFloat(), lambda x: 2 * x])(np.array([[51, 255]], np.uint8))
    array([[0.4, 2. ]], dtype=float32)
    """

    def __init__(self, transforms: Iterable[Transform | Callable[[Array], Array]]) -> None:
        self.transforms = list(transforms)
        for transform in self.transforms:
            if isinstance(transform, type) or not callable(transform):
                name = transform.__name__ if isinstance(transform, type) else ag.errors.describe(transform)
                raise ag.errors.ArgumentError(
                    f"Compose: {name} is no transform; want one that is made, such as RandomHorizontalFlip(), or a "
                    "function of the batch."
                )

    def apply(self, array: Array, draws: Draws) -> Array:
        """The batch after the last of them; each has draws of its own."""
        for number, transform in enumerate(self.transforms):
            arguments = (draws.fork(number),) if isinstance(transform, Transform) else ()
            array = transform(array, *arguments)
        return array


class ToFloat(Transform):
    """Numbers divided by ``scale``, float32: (batch, ...) -> (batch, ...); bytes of images become 0 to 1.

    Parameters
    ----------
    scale: not 0.

    Raises ArgumentError for a scale of 0.

    >>> ToFloat()(np.array([0, 255], np.uint8))
    array([0., 1.], dtype=float32)
    """

    def __init__(self, scale: float = 255.0) -> None:
        if scale == 0:
            raise ag.errors.ArgumentError("ToFloat: scale=0; want what the largest number becomes 1 by, such as 255.")
        self.scale = scale

    def apply(self, array: Array, draws: Draws) -> Array:
        """See the class."""
        floats: Array = array.astype(np.float32)
        floats /= np.float32(self.scale)
        return floats


class Normalize(Transform):
    """``(x - mean) / std`` with given numbers for each channel: (batch, channels, ...) -> the same.

    Parameters
    ----------
    mean, std: a number, or one for each channel; those of std above 0.
    axis: where the channels are.

    Raises ArgumentError for a std that is not above 0; DtypeError for a batch of integers, which want `ToFloat` first;
    ShapeError for a batch of other channels.

    >>> Normalize(mean=[1.0, 2.0], std=[1.0, 0.5])(np.array([[2.0, 3.0]], np.float32))
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, mean: ArrayLike, std: ArrayLike, axis: int = 1) -> None:
        self.mean, self.std, self.axis = np.asarray(mean, np.float64), np.asarray(std, np.float64), axis
        if not (self.std > 0).all() or self.mean.ndim > 1 or self.std.ndim > 1:
            raise ag.errors.ArgumentError(
                f"Normalize: mean={mean!r}, std={std!r}; want a number each, or one for each channel, with std above 0."
            )

    def apply(self, array: Array, draws: Draws) -> Array:
        """See the class."""
        _check_floats("Normalize", array)
        channels = array.shape[self.axis] if -array.ndim <= self.axis < array.ndim else 0
        if any(value.ndim and len(value) != channels for value in (self.mean, self.std)):
            count = max(self.mean.size, self.std.size)
            want, remedy = f"a batch that has {count} channels, the length of axis {self.axis}", ONE * (array.ndim == 3)
            raise wrong_shape("Normalize", want, array, remedy)
        shape = [-1 if axis == self.axis % array.ndim else 1 for axis in range(array.ndim)]
        return _scaled(array, *(value.reshape(shape if value.ndim else ()) for value in (self.mean, self.std)))


class Standardize(Transform):
    """``(x - mean) / std`` with the mean and the standard deviation of training data: (batch, ...) -> (batch, ...).

    ``Standardize().fit(training_inputs)`` learns them; the same numbers then serve for validation and use. A feature
    that is constant in the training data is divided by 1.

    Parameters
    ----------
    axis: what means are taken over, that of samples included: 0 for each feature its own; (0, 2, 3) for each channel of
        images (batch, channels, height, width); None for one mean of all.

    Raises ArgumentError where it is used before `fit`, and for axes without 0; DtypeError for integers, which want
    `ToFloat` first; ShapeError for features other than those of `fit`.

    Attributes
    ----------
    mean, std: of the training data, float64, with the axes that they were taken over as axes of length 1; None
        before `fit`.

    >>> inputs = np.array([[1.0, 5.0], [3.0, 5.0]], np.float32)
    >>> standardize = Standardize().fit(inputs)
    >>> standardize(inputs).tolist(), standardize.inverse(np.zeros((1, 2), np.float32)).tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [[2.0, 5.0]])
    """

    def __init__(self, axis: int | tuple[int, ...] | None = 0) -> None:
        axes = (axis,) if isinstance(axis, int) else axis
        if axes is not None and 0 not in axes:
            raise ag.errors.ArgumentError(f"Standardize: axis={axis}; want 0, the samples, among them.")
        self.axis = axes
        self.mean: Array | None = None
        self.std: Array | None = None

    def fit(self, data: ArrayLike) -> Self:
        """Take mean and deviation from data, (samples, ...), of at least one sample; returns itself."""
        array = np.asarray(ag.value_of(data))
        _check_floats("Standardize.fit", array)
        if array.size == 0:
            raise wrong_shape("Standardize.fit", "at least one sample", array)
        mean = array.mean(axis=self.axis, dtype=np.float64, keepdims=True)
        squares = np.zeros_like(mean)
        for start in range(0, len(array), 1024):  # copies in double precision stay small
            deviations = array[start : start + 1024] - mean
            squares += np.square(deviations, out=deviations).sum(axis=self.axis, keepdims=True)
        std = np.sqrt(squares / (array.size // mean.size))
        # What rounding leaves of a constant is none.
        is_constant = std <= 1e-12 * np.abs(mean)
        self.mean, self.std = mean, np.where(is_constant, 1.0, std)
        return self

    def apply(self, array: Array, draws: Draws) -> Array:
        """See the class."""
        return _scaled(array, *self._moments("Standardize", array))

    def inverse(self, array: Any) -> Array:
        """Back from standard scores, such as a model's predictions: ``x * std + mean``."""
        array = np.asarray(ag.value_of(array))
        mean, std = self._moments("Standardize.inverse", array)
        scaled: Array = array * std.astype(array.dtype)
        scaled += mean.astype(array.dtype)
        return scaled

    def _moments(self, operation: str, array: Array) -> tuple[Array, Array]:
        if self.mean is None or self.std is None:
            raise ag.errors.ArgumentError(
                f"{place(operation)}: mean and std are not known yet. First .fit(inputs), of the training data alone."
            )
        _check_floats(operation, array)
        features = self.mean.shape[1:]
        if array.ndim != self.mean.ndim or any(f not in (1, n) for f, n in zip(features, array.shape[1:], strict=True)):
            want = ", ".join(("batch", *("any" if f == 1 else str(f) for f in features)))
            raise wrong_shape(operation, f"a batch ({want}), as in fit", array)
        return self.mean, self.std


class OneHot(Transform):
    """Classes as vectors of zeros and a one: integers (batch, ...) -> (batch, ..., classes), float32.

    Parameters
    ----------
    classes: 1 or more; labels are from 0 to ``classes - 1``.

    Raises DtypeError for other than integers, ArgumentError for other labels.

    >>> OneHot(3)([2, 0])
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """

    def __init__(self, classes: int) -> None:
        check_whole("OneHot", 1, classes=classes)
        self.classes = classes

    def apply(self, array: Array, draws: Draws) -> Array:
        """See the class."""
        if array.dtype.kind not in "iu":
            raise ag.errors.DtypeError(f"OneHot: labels are {ag.errors.describe(array)}; want integers.")
        if array.size and not 0 <= array.min() <= array.max() < self.classes:
            raise ag.errors.ArgumentError(
                f"OneHot: labels go from {array.min()} to {array.max()}; want 0 to {self.classes - 1}, since there are "
                f"{self.classes} classes."
            )
        vectors = np.zeros((*array.shape, self.classes), np.float32)
        np.put_along_axis(vectors, array[..., np.newaxis].astype(np.intp), 1, axis=-1)
        return vectors


class GaussianNoise(Transform):
    """Normal noise added to each number: (batch, ...) -> (batch, ...).

    Parameters
    ----------
    std: its standard deviation, at least 0.

    Raises ArgumentError for a negative std; DtypeError for integers, which want `ToFloat` first.

    >>> GaussianNoise(0.1)(np.ones((2, 3), np.float32)).shape
    (2, 3)
    """

    def __init__(self, std: float) -> None:
        if not 0 <= std < np.inf:
            raise ag.errors.ArgumentError(f"GaussianNoise: std={std}; want a finite number of at least 0.")
        self.std = std

    def apply(self, array: Array, draws: Draws) -> Array:
        """See the class."""
        _check_floats("GaussianNoise", array)
        noise: Array = draws.normal(array.shape[1:]).astype(array.dtype, copy=False)
        noise *= array.dtype.type(self.std)
        noise += array
        return noise


class _RandomFlip(Transform):
    """Images turned over with a probability."""

    axis: int

    def __init__(self, p: float = 0.5) -> None:
        check_probability(type(self).__name__, p=p)
        self.p = p

    def apply(self, array: Array, draws: Draws) -> Array:
        """See the class."""
        _check_images(type(self).__name__, array)
        chosen = np.flatnonzero(draws.uniform() < self.p)
        flipped = array.copy()
        flipped[chosen] = np.flip(array, self.axis)[chosen]
        return flipped


class RandomHorizontalFlip(_RandomFlip):
    """Left and right exchanged, with a probability: (batch, channels, height, width) -> the same.

    Parameters
    ----------
    p: from 0 to 1.

    Raises ArgumentError for another p, ShapeError for what are no images.

    >>> RandomHorizontalFlip(p=1.0)([[[[1, 2], [3, 4]]]]).tolist()
    [[[[2, 1], [4, 3]]]]
    """

    axis = 3


class RandomVerticalFlip(_RandomFlip):
    """Top and bottom exchanged, with a probability: (batch, channels, height, width) -> the same.

    Parameters
    ----------
    p: from 0 to 1.

    Raises ArgumentError for another p, ShapeError for what are no images.

    >>> RandomVerticalFlip(p=1.0)([[[[1, 2], [3, 4]]]]).tolist()
    [[[[3, 4], [1, 2]]]]
    """

    axis = 2


class RandomCrop(Transform):
    """A part at a random place, the same in all channels: (batch, channels, height, width) -> (batch, channels, *size).

    Parameters
    ----------
    size: height and width of the part, or one number for both, 1 or more.
    padding: rows and columns of ``fill`` that are put around the image before, or one number for both, 0 or more.
    fill: what the padding consists of.

    Raises ArgumentError for other sizes, ShapeError for what are no images and for images that are too small.

    >>> RandomCrop(28, padding=2)(np.ones((5, 1, 28, 28), np.float32)).shape
    (5, 1, 28, 28)
    """

    @ag.errors.without(
        padding_mode="padding is of one value, fill=; a function of the batch may call np.pad(..., mode='reflect')",
        pad_if_needed="give padding= that is enough",
    )
    def __init__(self, size: int | tuple[int, int], padding: int | tuple[int, int] = 0, fill: float = 0) -> None:
        self.size = _pair("RandomCrop", 1, size=size)
        self.padding = _pair("RandomCrop", 0, padding=padding)
        self.fill = fill

    def apply(self, array: Array, draws: Draws) -> Array:
        """See the class."""
        _check_images("RandomCrop", array)
        (height, width), (above, beside) = self.size, self.padding
        rows, columns = (n + 2 * p - s + 1 for n, p, s in zip(array.shape[2:], self.padding, self.size, strict=True))
        if rows < 1 or columns < 1:
            raise wrong_shape("RandomCrop", f"images of at least {height} by {width} with their padding", array)
        if above or beside:
            array = np.pad(array, ((0, 0), (0, 0), (above, above), (beside, beside)), constant_values=self.fill)
        top, left = draws.integers(0, rows), draws.integers(0, columns)
        windows = np.lib.stride_tricks.sliding_window_view(array, self.size, axis=(2, 3))
        # Indices on both sides of a slice: the batch comes first, then the channels.
        parts: Array = windows[np.arange(len(array)), :, top, left]
        return parts


class CenterCrop(Transform):
    """The part in the middle: (batch, channels, height, width) -> (batch, channels, *size).

    Parameters
    ----------
    size: height and width of the part, or one number for both, 1 or more.

    Raises ArgumentError for other sizes, ShapeError for what are no images and for images that are too small.

    >>> CenterCrop(2)(np.arange(16.0).reshape(1, 1, 4, 4)).tolist()
    [[[[5.0, 6.0], [9.0, 10.0]]]]
    """

    def __init__(self, size: int | tuple[int, int]) -> None:
        self.size = _pair("CenterCrop", 1, size=size)

    def apply(self, array: Array, draws: Draws) -> Array:
        """See the class."""
        _check_images("CenterCrop", array)
        height, width = self.size
        top, left = (array.shape[2] - height) // 2, (array.shape[3] - width) // 2
        if top < 0 or left < 0:
            raise wrong_shape("CenterCrop", f"images of at least {height} by {width}", array)
        return array[:, :, top : top + height, left : left + width].copy()


def _scaled(array: Array, mean: Array, std: Array) -> Array:
    scaled: Array = array - mean.astype(array.dtype)
    scaled *= (1 / std).astype(array.dtype)
    return scaled


def _check_floats(operation: str, array: Array) -> None:
    if array.dtype.kind in "biu":
        raise ag.errors.DtypeError(
            f"{operation}: the batch is {ag.errors.describe(array)}; want floats. Put nn.data.ToFloat() before it."
        )
    check_floats(operation, batch=array)


def _check_images(operation: str, array: Array) -> None:
    if array.ndim != 4:
        remedy = f"{ONE} Images without channels are images[:, None]." if array.ndim == 3 else ""
        raise wrong_shape(operation, "images (batch, channels, height, width)", array, remedy)


def _pair(operation: str, least: int, **values: Any) -> tuple[int, int]:
    ((name, value),) = values.items()
    pair = (value, value) if is_whole(value) else value
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ag.errors.ArgumentError(f"{operation}: {name}={value!r}; want a whole number, or two: (height, width).")
    check_whole(operation, least, **{f"{name}[{i}]": n for i, n in enumerate(pair)})
    return pair[0], pair[1]
