"""The loss around a network's weights, along two directions."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.effects import unchanged
from nn.kernels.checks import check_whole
from nn.module import Module, in_use
from nn.plots.style import (
    AMOUNTS,
    GRID,
    INK,
    TITLE,
    add_legend,
    clean,
    figure_of,
    one_style,
    png_of,
    save,
    scale_of_plane,
)
from nn.train.batches import as_loader, split_batch
from nn.train.losses import number_of
from nn.train.progress import progress_bar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Weights = dict[str, np.ndarray]

LEVELS = 16  # of contours
WIDE = 5.0  # the largest loss by the smallest, from which on a scale is logarithmic
ROOM = 0.2  # of a trajectory's extent, around it
LONG = 5.0  # seconds, for which a bar is drawn unasked


@dataclass(frozen=True, slots=True, eq=False)
class LossLandscape:
    """What `loss_landscape` found. A loss may be infinite or NaN.

    Attributes
    ----------
    losses: (rows, columns), one for each of ``ys`` and of ``xs``.
    xs, ys: how far along the first and the second direction, (columns) and (rows).
    loss: of the weights themselves, which are at (0, 0).
    trajectory: where the states are that were given, in their order, (states, 2); None if none were.
    shares: the part of the states' variance along each of the directions; None without states.

    ``str`` of it says the loss and its range in a line.

    >>> plane = LossLandscape(np.array([[2.0, 1.0]]), xs=np.array([-1.0, 0.0]), ys=np.array([0.0]), loss=1.0)
    >>> plane.losses.shape == (len(plane.ys), len(plane.xs))
    True
    """

    losses: np.ndarray
    xs: np.ndarray
    ys: np.ndarray
    loss: float
    trajectory: np.ndarray | None = None
    shares: tuple[float, float] | None = None

    def __str__(self) -> str:
        known = self.losses[np.isfinite(self.losses)]
        around = f"{known.min():.4g} to {known.max():.4g}" if known.size else "none of them finite"
        return f"loss {self.loss:.4g} at the weights; around them {around}, at {self.losses.size:,} points"

    __repr__ = __str__

    def _repr_png_(self) -> bytes | None:
        """The picture, which notebooks show."""
        return png_of(self.plot) if np.isfinite(self.losses).any() else None

    @one_style()
    def plot(self, path: str | os.PathLike[str] | None = None) -> Axes:
        """Draw contours of the loss, the weights, and the way to them where it is known; returns the axes.

        The scale is logarithmic where losses differ by a factor of 5 or more. Where the loss is not finite, the
        picture is grey.

        Parameters
        ----------
        path: where to write the picture, in the format that its name ends in; None for nowhere.

        Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ArgumentError where no loss is
        finite.

        >>> losses = np.add.outer(np.arange(-2, 3) ** 2, np.arange(-2, 3) ** 2)
        >>> axes = LossLandscape(losses, np.arange(-2, 3), np.arange(-2, 3), loss=0.0).plot()
        >>> axes.get_xlabel()
        'first direction'
        """
        if not np.isfinite(self.losses).any():
            raise ag.errors.ArgumentError(
                "LossLandscape.plot: no loss is finite, so there is nothing to draw. Look closer to the weights, with "
                "a smaller span; nn.train.Trainer.evaluate says whether their own loss is finite."
            )
        figure = figure_of(6.4, 5.0)
        axes = figure.subplots()
        _draw_contours(axes, self)
        _draw_way(figure, axes, self)
        axes.set_title(f"loss {self.loss:.4g} at the weights", **TITLE)
        for set_label, place, name in ((axes.set_xlabel, 0, "first"), (axes.set_ylabel, 1, "second")):
            share = f", {self.shares[place]:.0%} of the states' variance" if self.shares else ""
            set_label(f"{name} direction{share}")
        save(figure, path)
        return axes


def plot_loss_landscape(
    model: Module,
    loss: Callable[[Any, Any], Any],
    data: Any,
    path: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Axes:
    """Contours of the loss around a model's weights, along two directions: `loss_landscape`, drawn.

    Parameters
    ----------
    model, loss, data: as for `loss_landscape`.
    path: where to write the picture, in the format that its name ends in; None for nowhere.
    options: the other arguments of `loss_landscape`, such as ``trajectory`` or ``resolution``.

    Returns the axes; ``axes.figure`` is the figure. No window is opened. The model stays as it was.

    Raises what `loss_landscape` raises, and ModuleNotFoundError, with the remedy, where matplotlib is not installed.

    >>> import nn
    >>> from nn.data import make_moons
    >>> model = nn.models.mlp(2, [8], 2)
    >>> axes = plot_loss_landscape(model, nn.functional.cross_entropy, make_moons(), resolution=9)
    >>> axes.get_ylabel()
    'second direction'
    """
    return loss_landscape(model, loss, data, **options).plot(path)


def loss_landscape(
    model: Module,
    loss: Callable[[Any, Any], Any],
    data: Any,
    *,
    directions: Sequence[Any] | None = None,
    trajectory: Iterable[Any] | None = None,
    span: float = 1.0,
    resolution: int = 25,
    batch_size: int = 256,
    rng: np.random.Generator | None = None,
    progress: bool | None = None,
) -> LossLandscape:
    """The mean loss on data of weights around those of a model, on a plane through them.

    Its directions are, unless they are given, random and filter by filter as long as the weights, so that landscapes
    of networks with other scales can be compared; biases, and what else has less than two axes, stay. Li et al.,
    Visualizing the Loss Landscape of Neural Nets, 2018. Of a trajectory, they are the two along which its states differ
    most, by principal components.

    The model is in use, as when it is evaluated, and stays as it was; of frozen parameters there is no direction.

    Parameters
    ----------
    model: with the weights that are the middle.
    loss: of the model's output and the target: a mean over the batch, as those of `nn.functional` are.
    data: a loader, a data set, a tuple of arrays or a list of batches, each with its target last.
    directions: two of them, each a dict path -> array, zero for parameters left out, or a list of arrays for
        ``model.parameters()``; they are used as long as they are. Not with a trajectory.
    trajectory: states on the way to the weights, such as a ``model.state_dict()`` of each epoch, or lists of arrays for
        ``model.parameters()``; buffers are not looked at. At least two that do not lie on a line with the weights.
    span: how far to go from the weights along both directions, above 0; around a trajectory it is as far as that
        needs, times this.
    resolution: points along each axis, 2 or more; of an odd number one is the weights.
    batch_size: for data that is not in batches yet.
    rng: generator that draws the directions; the default one if None.
    progress: whether to draw a bar on stderr; if None where it will take longer than some five seconds.

    The work is one pass over the data for each of ``resolution ** 2`` points.

    Raises ArgumentError for directions or states that are not the model's, and for data without batches.

    >>> import nn
    >>> from nn.data import make_moons
    >>> model = nn.models.mlp(2, [8], 2)
    >>> found = loss_landscape(model, nn.functional.cross_entropy, make_moons(), resolution=9)
    >>> found.losses.shape, bool(np.isclose(found.losses[4, 4], found.loss))
    ((9, 9), True)
    """
    check_whole("loss_landscape", 2, resolution=resolution)
    check_whole("loss_landscape", 1, batch_size=batch_size)
    if not 0 < span < math.inf or (directions is not None and trajectory is not None):
        raise ag.errors.ArgumentError(
            f"loss_landscape: span={span!r}; want a number above 0, and directions or a trajectory but not both."
        )
    own = {path: p.data for path, p in model.named_parameters() if p.requires_grad}
    if not own:
        raise ag.errors.ArgumentError(
            f"loss_landscape: {type(model).__name__} has no parameters that learn. model.requires_grad_() lets all."
        )
    loader = as_loader("loss_landscape", data, batch_size, shuffle=False)
    places, shares = None, None
    xs = ys = np.linspace(-span, span, resolution)
    if trajectory is not None:
        pair, places, shares = _principal(model, own, trajectory)
        xs, ys = (_around(places[:, axis], span, resolution) for axis in (0, 1))
    elif directions is not None:
        pair = _given(model, own, directions)
    else:
        pair = _random(own, ag.default_generator(rng)), _random(own, ag.default_generator(rng))

    def loss_at(x: float, y: float) -> float:
        moved = {path: _moved(array, x, pair[0][path], y, pair[1][path]) for path, array in own.items()}
        with model.holding(moved):
            return _mean_loss(model, loss, loader)

    with ag.no_grad(), in_use(model), unchanged(model), np.errstate(all="ignore"):
        began = time.perf_counter()
        middle = _mean_loss(model, loss, loader)
        is_long = (time.perf_counter() - began) * resolution**2 > LONG
        losses = np.empty((resolution, resolution))
        with progress_bar("loss landscape", losses.size, is_long if progress is None else progress) as bar:
            for (row, column), _ in np.ndenumerate(losses):
                losses[row, column] = loss_at(float(xs[column]), float(ys[row]))
                if bar is not None:
                    bar.update()
    return LossLandscape(losses, xs, ys, middle, places, shares)


# --- the loss at a point --------------------------------------------------------------------------------


def _moved(array: np.ndarray, x: float, first: np.ndarray, y: float, second: np.ndarray) -> np.ndarray:
    return (array + x * first + y * second).astype(array.dtype)


def _mean_loss(model: Module, loss: Callable[[Any, Any], Any], loader: Any) -> float:
    total = samples = 0.0
    for batch in loader.batches(0):
        inputs, target = split_batch("loss_landscape", batch)
        total += number_of("loss_landscape", loss(model(*inputs), target)) * len(target)
        samples += len(target)
    if not samples:
        raise ag.errors.ArgumentError("loss_landscape: the data has no batches.")
    return total / samples


# --- directions -----------------------------------------------------------------------------------------


def _random(own: Weights, rng: np.random.Generator) -> Weights:
    """Gaussian, each filter (what belongs to one output) as long as the weights' own."""

    def of(array: np.ndarray) -> np.ndarray:
        drawn = rng.standard_normal(array.shape)
        if array.ndim < 2:
            return np.zeros(array.shape)
        rows = drawn.reshape(len(array), -1)
        lengths = np.linalg.norm(array.reshape(len(array), -1), axis=1) / np.linalg.norm(rows, axis=1)
        return np.reshape(rows * lengths[:, None], array.shape)

    return {path: of(array) for path, array in own.items()}


def _given(model: Module, own: Weights, directions: Sequence[Any]) -> tuple[Weights, Weights]:
    if isinstance(directions, Mapping) or len(directions) != 2:
        raise ag.errors.ArgumentError(
            f"loss_landscape: want two directions, (first, second), got {len(directions)} of something."
        )
    zeros = {path: np.zeros(array.shape) for path, array in own.items()}
    first, second = (zeros | _arrays(model, own, each, "a direction") for each in directions)
    return first, second


def _principal(
    model: Module, own: Weights, states: Iterable[Any]
) -> tuple[tuple[Weights, Weights], np.ndarray, tuple[float, float]]:
    """The directions in which states differ most, of length 1; where the states are, and their shares of variance."""

    def row(state: Any) -> np.ndarray:
        arrays = _arrays(model, own, state, "a state of the trajectory")
        if missing := [path for path in own if path not in arrays]:
            raise ag.errors.ArgumentError(f"loss_landscape: a state of the trajectory has no {', '.join(missing)}.")
        return np.concatenate([(arrays[path] - array).reshape(-1) for path, array in own.items()])

    rows = np.stack([*(row(state) for state in states), np.zeros(sum(array.size for array in own.values()))])
    _, lengths, axes = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    if len(lengths) < 2 or not lengths[1] > 1e-6 * lengths[0]:
        raise ag.errors.ArgumentError(
            f"loss_landscape: the {len(rows) - 1} states of the trajectory lie on a line with the weights, or are all "
            "the same, and make no plane. Give more of them: copies, model.state_dict(), from different epochs."
        )
    signs = np.where((rows[0] @ axes[:2].T) < 0, -1.0, 1.0)  # the way begins at the upper right, not by chance
    axes = axes[:2] * signs[:, None]
    pair = tuple(_split(axis, own) for axis in axes)
    first, second = lengths[:2] ** 2 / (lengths**2).sum()
    return pair, rows[:-1] @ axes.T, (float(first), float(second))  # type: ignore[return-value]


def _split(vector: np.ndarray, own: Weights) -> Weights:
    ends = np.cumsum([array.size for array in own.values()])[:-1]
    parts = np.split(vector, ends)
    return {path: part.reshape(array.shape) for (path, array), part in zip(own.items(), parts, strict=True)}


def _arrays(model: Module, own: Weights, given: Any, what: str) -> Weights:
    """What is given for parameters that learn, by path, in float64."""
    if not isinstance(given, Mapping):
        paths = [path for path, _ in model.named_parameters()]
        if not isinstance(given, (list, tuple)) or len(given) != len(paths):
            size = f"{len(given)} of them" if isinstance(given, (list, tuple)) else f"a {type(given).__name__}"
            raise ag.errors.ArgumentError(
                f"loss_landscape: {what} is a dict path -> array, or a list of {len(paths)} arrays, as "
                f"model.parameters() has them; got {size}."
            )
        given = dict(zip(paths, given, strict=True))
    known = (
        own.keys() | dict(model.named_buffers()).keys() | dict(model.named_parameters(remove_duplicate=False)).keys()
    )
    if unknown := [path for path in given if path not in known]:
        raise ag.errors.ArgumentError(
            f"loss_landscape: {what} has {', '.join(unknown)}, which {type(model).__name__} has not; it has "
            f"{', '.join(own)}."
        )
    arrays = {path: np.asarray(ag.value_of(given[path]), np.float64) for path in own if path in given}
    for path, array in arrays.items():
        if array.shape != own[path].shape:
            raise ag.errors.ShapeError(
                f"loss_landscape: {what} has {path} of shape {array.shape}; in the model it is {own[path].shape}."
            )
    return arrays


def _around(places: np.ndarray, span: float, count: int) -> np.ndarray:
    """Points that reach from one end of the states to the other and a little on, the weights at 0 among them."""
    low, high = min(float(places.min()), 0.0), max(float(places.max()), 0.0)
    room = (0.5 + ROOM) * span * (high - low)
    return np.linspace((low + high) / 2 - room, (low + high) / 2 + room, count)


# --- drawing --------------------------------------------------------------------------------------------


def _draw_contours(axes: Axes, found: LossLandscape) -> None:
    from matplotlib.colors import LogNorm, Normalize

    losses = np.ma.masked_invalid(found.losses)
    low, high = float(losses.min()), float(losses.max())
    is_wide = low > 0 and high > WIDE * low
    ticks = _ticks(low, high, is_wide)
    high = max(high, low + 1e-6 * max(abs(low), 1e-6))  # where nothing depends on the weights, they are equal
    levels = np.geomspace(low, high, LEVELS) if is_wide else np.linspace(low, high, LEVELS)
    levels[[0, -1]] = low, high  # not a rounding error away, which would leave the lowest out
    axes.set_facecolor(GRID)
    scale = (LogNorm if is_wide else Normalize)(low, high)
    filled = axes.contourf(found.xs, found.ys, losses, levels=levels, cmap=AMOUNTS, norm=scale)
    axes.contour(found.xs, found.ys, losses, levels=levels[1:-1], colors="white", linewidths=0.5, alpha=0.6)
    scale_of_plane(axes, filled, "loss", ticks, [f"{tick:g}" for tick in ticks])
    clean(axes)
    axes.grid(visible=False)


def _ticks(low: float, high: float, is_wide: bool) -> list[float]:
    """Round numbers between two others; what they are, if they are one."""
    if low == high:
        return [low]
    if is_wide:
        powers = [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
        ticks = [factor * power for power in powers for factor in ((1, 2, 5) if len(powers) < 5 else (1,))]
    else:
        from matplotlib.ticker import MaxNLocator

        ticks = list(MaxNLocator(6).tick_values(low, high))
    return [tick for tick in ticks if low <= tick <= high]


def _draw_way(figure: Figure, axes: Axes, found: LossLandscape) -> None:
    """The weights, and the states before them, in white with a dark edge, which is seen on every colour."""
    from matplotlib.patches import Patch

    handles: list[Any] = []
    dot: dict[str, Any] = {"color": "white", "markeredgecolor": INK, "zorder": 4}
    if found.trajectory is not None:
        way = np.vstack([found.trajectory, [0.0, 0.0]]).T
        axes.plot(*way, color=INK, linewidth=2.6, zorder=3)
        axes.plot(*way, color="white", linewidth=1.2, zorder=3)
        handles += axes.plot(*way[:, :1], marker="s", markersize=7, linestyle="none", label="first state", **dot)
        handles += axes.plot(*way[:, 1:-1], "o", markersize=5, label="states after it", **dot)
    handles += axes.plot(0, 0, marker="*", markersize=14, linestyle="none", label="the weights", **dot | {"zorder": 5})
    if not np.isfinite(found.losses).all():
        handles.append(Patch(color=GRID, label="loss not finite"))
    add_legend(figure, handles, handletextpad=0.3)
