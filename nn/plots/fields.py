"""The part of an image that one element of a layer's result depends on."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.kernels.checks import is_whole
from nn.module import Module
from nn.plots.calls import as_images, paths_of, result_at, results_of
from nn.plots.style import TITLE, as_text, figure_of, one_style, save, scale_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "plot_receptive_field"
NOISE = 32  # images that gradients are averaged over where only a shape is given
PALE = 3.5  # by how much wider the scale of greys is than the image's range
FRAME, HEAT = "#0072b2", "#d55e00"


@one_style()
def plot_receptive_field(
    model: Module,
    images: Any,
    layer: str | Module = "",
    position: Sequence[int] | None = None,
    rng: np.random.Generator | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Axes:
    """The receptive field of one element of a layer's result: what can change it, framed, and how much it does.

    The frame is around all pixels that the element depends on by the way the model is built: those with which it is no
    number any more when they are none (NaN). So it holds for models of any structure, as long as they pass on what is
    no number; within the image it is as large as the field that `nn.summary` tells. The shade is the effective field:
    the size of the element's derivative with respect to each pixel, summed over the channels of the image. Luo et al.,
    "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", 2016.

    The model is called as in use, and is then as it was before, gradients too.

    Parameters
    ----------
    model: that takes a batch of images.
    images: one, (channels, height, width), or several, (batch, channels, height, width), over which the derivatives
        are averaged, and of which the first is shown; or such a shape, a tuple, for normal noise: with a first axis so
        many images, else 32. Noise is not shown.
    layer: of the model: its path, or itself; the model if not given.
    position: of the element in the layer's result, without the batch: its channel and place, such as (5, 3, 4), or its
        place in all channels together, (3, 4), of which absolute values are added up. The middle if None.
    rng: generator of the noise; the default one if None.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ShapeError for images of another
    shape, ArgumentError for a layer or position that is not there, for an element that depends on no pixel, and for
    derivatives that are not finite.

    >>> import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Conv2d(2, 2, 3, padding=1))
    >>> axes = plot_receptive_field(model, (1, 9, 9), position=(4, 6))
    >>> frame = axes.patches[0]
    >>> frame.get_xy(), frame.get_width(), frame.get_height()
    ((3.5, 1.5), 5, 5)
    """
    is_shape = isinstance(images, (tuple, list)) and all(is_whole(size) for size in images)
    if is_shape:
        if len(images) not in (3, 4) or min(images) < 1:
            raise ag.errors.ShapeError(
                f"{NAME}: want a shape (channels, height, width), or with a first axis for how many, each at least 1; "
                f"got images={images}."
            )
        shape = tuple(images) if len(images) == 4 else (NOISE, *images)
        images = ag.default_generator(rng).normal(size=shape)
    batch = as_images(NAME, model, images)
    (name,) = paths_of(NAME, model, layer)
    heat, place = _gradients(model, name, batch, position)
    top, bottom, left, right = _frame(model, name, batch[:1], place)
    height, width = batch.shape[2:]
    inches = 4.6 * min(1.0, width / height)
    figure = figure_of(inches + 1.2, inches * height / width + 0.5)
    axes = figure.subplots()
    if not is_shape:
        grey = batch[0].mean(axis=0)  # and pale, so that the shade is seen
        span = float(grey.max() - grey.min()) or 1.0
        axes.imshow(grey, cmap="gray", vmin=grey.max() - PALE * span, vmax=grey.max(), interpolation="nearest")
    image = axes.imshow(heat, cmap=_heat(), vmin=0, vmax=1, interpolation="nearest")
    _draw_frame(axes, left, top, right - left + 1, bottom - top + 1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)
    where = ", ".join(":" if isinstance(at, slice) else str(at) for at in place[1:])
    size = f"{bottom - top + 1} × {right - left + 1} of {height} × {width} pixels"
    title = f"{f'layer {name}' if name else 'result'} at [{where}]: {size}"
    axes.set_title(as_text(title), **TITLE)
    scale_beside(axes, image, "derivative, as a share of the largest", (0, 0.5, 1), width=0.15 / inches)
    save(figure, path)
    return axes


# --- what is drawn --------------------------------------------------------------------------------------

Place = tuple[Any, ...]  # an index of a result, its batch too


def _gradients(model: Module, name: str, batch: np.ndarray, position: Sequence[int] | None) -> tuple[np.ndarray, Place]:
    """Mean absolute derivatives by pixel, (height, width), as shares of the largest, and the element's index."""
    with ag.enable_grad(), results_of(NAME, model, [name]) as results:
        x = ag.tensor(batch, requires_grad=True)
        model(x)
        result = result_at(NAME, results, name)
        place = _place(result.shape, position)
        chosen = result[place]
        if chosen.requires_grad:
            (g,) = ag.gradients(ag.abs(chosen).sum(), x, allow_unused=True)
        if not chosen.requires_grad or g is None:
            raise ag.errors.ArgumentError(
                f"{NAME}: the result of the layer {name!r} does not depend on the images by way of a graph."
            )
    heat = np.abs(g.data.astype(np.float64)).sum(axis=1).mean(axis=0)
    if not np.isfinite(heat).all():
        raise ag.errors.ArgumentError(
            f"{NAME}: the derivative of {name or 'the result'} is not finite. Is a weight, or a number of the images?"
        )
    return heat / (heat.max() or 1.0), place


def _place(shape: tuple[int, ...], position: Sequence[int] | None) -> Place:
    """The index of an element, or of all channels at a place: with the batch, and for these, a slice before it."""
    if position is None:
        position = tuple(size // 2 for size in shape[2:])
    whole = len(shape) - len(position)
    fits = whole in (1, 2) and all(
        is_whole(at) and -size <= at < size for at, size in zip(position, shape[whole:], strict=True)
    )
    if not fits:
        raise ag.errors.ArgumentError(
            f"{NAME}: position={tuple(position)}; the layer's result is {shape}: want a place in {shape[2:]}, or a "
            f"channel and a place in {shape[1:]}."
        )
    return (slice(None),) * whole + tuple(int(at) for at in position)


def _frame(model: Module, name: str, image: np.ndarray, place: Place) -> tuple[int, int, int, int]:
    """First and last row, first and last column of the pixels that the element depends on."""
    height, width = image.shape[2:]

    def reaches(part: Any) -> bool:
        """Whether the element is no number when a part of the image is none."""
        x = np.zeros_like(image)
        x[(..., *part)] = np.nan
        model(ag.tensor(x))
        return bool(np.isnan(result_at(NAME, results, name).data[place]).any())

    def first(size: int, parts: Callable[[int], Any]) -> int:
        return bisect_left(range(size), True, key=lambda at: reaches(parts(at)))

    with ag.no_grad(), np.errstate(invalid="ignore"), results_of(NAME, model, [name]) as results:
        if not reaches((slice(None), slice(None))):
            raise ag.errors.ArgumentError(
                f"{NAME}: an image of NaN does not make this element of {name!r} NaN. It depends on no pixel, or the "
                "model does not pass on what is no number."
            )
        top = first(height, lambda at: (slice(at + 1), slice(None)))
        bottom = height - 1 - first(height, lambda at: (slice(height - 1 - at, None), slice(None)))
        left = first(width, lambda at: (slice(None), slice(at + 1)))
        right = width - 1 - first(width, lambda at: (slice(None), slice(width - 1 - at, None)))
    return top, bottom, left, right


def _draw_frame(axes: Axes, left: int, top: int, width: int, height: int) -> None:
    """A frame that is seen on light and on dark."""
    from matplotlib.patches import Rectangle

    for color, line in (("white", 4.0), (FRAME, 2.0)):
        frame = Rectangle((left - 0.5, top - 0.5), width, height, fill=False, edgecolor=color, linewidth=line)
        axes.add_patch(frame).set_clip_on(False)  # whole at the border too


def _heat() -> Any:
    """Colours from nothing at all to full."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    return LinearSegmentedColormap.from_list("heat", [(*to_rgb(HEAT), 0.0), (*to_rgb(HEAT), 1.0)])
