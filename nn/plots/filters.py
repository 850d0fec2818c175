"""The filters of convolutions, and what they make of an image."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole, is_whole
from nn.layers import Conv2d, ConvTranspose2d
from nn.module import Module
from nn.plots.calls import Layers, as_images, paths_of, result_at, results_of, shown_image
from nn.plots.style import TITLE, as_text, figure_of, one_style, save, scale_beside
from nn.plots.tiles import Tiles, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@one_style()
def plot_filters(
    layer: Any,
    channels: int | Sequence[int] | None = None,
    limit: int = 64,
    path: str | os.PathLike[str] | None = None,
) -> Axes:
    """The filters of a convolution as small images, on one scale of colours.

    Filters of three input channels are shown as colours, in which grey is 0; those of one with 0 in the middle of the
    scale; of others the norm over the input channels at each place, or the channels that are asked for. Filters
    with weights that are infinite or NaN are crossed out.

    Parameters
    ----------
    layer: a `Conv2d` or `ConvTranspose2d`; or a weight, an array or Tensor (out, in, height, width), such as that of a
        linear layer whose inputs are images, ``weight.reshape(-1, 1, 28, 28)``.
    channels: input channels, each shown by itself, below one another; None for what is said above.
    limit: how many filters are shown, the first ones, at least 1.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ShapeError for another weight,
    ArgumentError for a channel that it does not have.

    >>> import nn
    >>> plot_filters(nn.Conv2d(1, 6, 5)).get_title(loc="left")
    '6 filters 5 × 5'
    """
    check_whole("plot_filters", 1, limit=limit)
    weight = _weight(layer)
    is_broken = ~np.isfinite(weight).all(axis=(1, 2, 3))
    weight = np.where(np.isfinite(weight), weight, 0.0)
    count, of = weight.shape[:2]
    name = f"the first {limit} of {count}" if count > limit else str(count)
    title = f"{name} filter{'s' * (count > 1)} {weight.shape[2]} × {weight.shape[3]}"
    if channels is None and of == 3:
        most = float(np.abs(weight).max()) or 1.0
        shown = 0.5 + np.moveaxis(weight, 1, -1)[:, np.newaxis] / (2 * most)
        colors, more = {}, f"in colours: grey is 0, the ends are ±{most:.2g}"
    elif channels is None and of > 1:
        shown = np.sqrt(np.square(weight).sum(axis=1, keepdims=True))
        colors, more = scale_of(shown), f"norm over {of} input channels"
    else:
        shown, more = _of_channels(weight, channels)
        most = float(np.abs(shown).max()) or 1.0
        colors = scale_of(np.array([-most, most]))
    shown = shown[:limit]
    tiles = Tiles(len(shown), weight.shape[2:], shown.shape[1])
    figure = figure_of(tiles.inches[0] + 1.0, tiles.inches[1] + 0.3)
    axes = figure.subplots()
    image = tiles.draw(axes, shown, colors)
    note = _cross_out(axes, tiles, {"not finite": is_broken})
    axes.set_title(f"{title}{', ' * bool(more)}{more}{note}", **TITLE)
    if colors:
        scale_beside(axes, image, "weight" if colors["vmin"] else "norm", width=0.15 / tiles.inches[0])
    save(figure, path)
    return axes


def _weight(layer: Any) -> np.ndarray:
    """The weight (out, in, height, width), of a transposed convolution too."""
    weight = np.asarray(ag.value_of(getattr(layer, "weight", None) if isinstance(layer, Module) else layer))
    if weight.ndim != 4 or not weight.size:
        raise ag.errors.ShapeError(
            f"plot_filters: want a Conv2d or a weight of shape (out, in, height, width), got "
            f"{f'a {type(layer).__name__}' if isinstance(layer, Module) else weight.shape}. Weights of a linear layer "
            "on images: layer.weight.reshape(-1, channels, height, width)."
        )
    if isinstance(layer, ConvTranspose2d):
        size = weight.shape
        weight = weight.reshape(layer.groups, size[0] // layer.groups, *size[1:]).swapaxes(1, 2)
        weight = weight.reshape(layer.groups * size[1], size[0] // layer.groups, *size[2:])
    return weight.astype(np.float64)


def _of_channels(weight: np.ndarray, channels: int | Sequence[int] | None) -> tuple[np.ndarray, str]:
    """(out, chosen, height, width), and what the title says of it."""
    if channels is None:
        return weight, ""
    chosen = list(channels) if isinstance(channels, Sequence) else [channels]
    if not chosen or not all(is_whole(channel) and 0 <= channel < weight.shape[1] for channel in chosen):
        raise ag.errors.ArgumentError(
            f"plot_filters: channels={channels!r}; want one or some of the {weight.shape[1]} input channels, from 0."
        )
    names = ", ".join(map(str, chosen))
    return weight[:, chosen], f"input channel{'s' * (len(chosen) > 1)} {names}" + " from above" * (len(chosen) > 1)


@one_style()
def plot_feature_maps(
    model: Module,
    image: Any,
    layer: Layers | None = None,
    limit: int = 32,
    path: str | os.PathLike[str] | None = None,
) -> tuple[Axes, ...]:
    """What the layers of a model make of one image: the image, and beside it for each layer a map of every channel.

    The maps of a layer have one scale of colours. Channels that are 0 everywhere are crossed out: behind a ReLU they
    are dead for this image. So are those with numbers that are infinite or NaN. The model is called once, as in use and
    without a graph, and is then as it was before.

    Parameters
    ----------
    model: that takes a batch of images.
    image: one, (channels, height, width), or in a batch of one.
    layer: of the model, whose result is (batch, channels, height, width): its path, or itself; several in a list; all
        two-dimensional convolutions if None.
    limit: how many channels of each layer are shown, the first ones, at least 1.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes, the image's first; ``axes[0].figure`` is the figure. No window is opened.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ShapeError for several images and
    for results that are no maps, ArgumentError for layers that the model does not have.

    >>> import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    >>> image, maps = plot_feature_maps(model, ag.rand(1, 8, 8), layer="1")
    >>> maps.get_title(loc="left")
    '1 (ReLU): 4 channels 6 × 6...'
    """
    check_whole("plot_feature_maps", 1, limit=limit)
    images = as_images("plot_feature_maps", model, image)
    if len(images) > 1:
        raise ag.errors.ShapeError(f"plot_feature_maps: want one image, got {len(images)}; take images[0].")
    if layer is None:
        layer = [module for module in model.modules() if isinstance(module, (Conv2d, ConvTranspose2d))]
    paths = paths_of("plot_feature_maps", model, layer)
    if not paths:
        raise ag.errors.ArgumentError("plot_feature_maps: the model has no Conv2d; name a layer, layer='path'.")
    with ag.no_grad(), results_of("plot_feature_maps", model, paths) as results:
        model(ag.tensor(images))
    maps = {path: _maps(result_at("plot_feature_maps", results, path), path) for path in paths}
    drawn = [Tiles(min(limit, len(of)), of.shape[1:]) for of in maps.values()]
    figure, axes = _beside(drawn)
    axes[0].imshow(**shown_image(images[0]), interpolation="nearest")
    axes[0].set_axis_off()
    axes[0].set_title(f"image {images.shape[2]} × {images.shape[3]}", **TITLE)
    for axis, tiles, (name, of) in zip(axes[1:], drawn, maps.items(), strict=True):
        _draw_maps(axis, tiles, f"{name} ({type(model.get_submodule(name)).__name__})", of)
    save(figure, path)
    return tuple(axes)


def _maps(result: ag.Tensor, path: str) -> np.ndarray:
    if result.ndim != 4 or not result.size:
        raise ag.errors.ShapeError(
            f"plot_feature_maps: the layer {path!r} returns {result.shape}; want (batch, channels, height, width), as "
            "convolutions, their activations and pooling do."
        )
    return np.asarray(result.data[0], np.float64)


def _beside(drawn: Sequence[Tiles]) -> tuple[Figure, list[Axes]]:
    """A figure with axes for the image on the left, and those of each layer's tiles below one another."""
    heights = [tiles.inches[1] + 0.45 for tiles in drawn]
    width = max(tiles.inches[0] for tiles in drawn)
    figure = figure_of(width + 2.7, max(sum(heights), 1.9))
    grid = figure.add_gridspec(len(drawn), 2, width_ratios=[1.7, width + 1.0], height_ratios=heights)
    return figure, [figure.add_subplot(grid[:, 0], anchor="N")] + [
        figure.add_subplot(grid[row, 1], anchor="NW") for row in range(len(drawn))
    ]


def _draw_maps(axis: Axes, tiles: Tiles, name: str, maps: np.ndarray) -> None:
    """The first maps of a layer."""
    is_dead, is_broken = np.all(maps == 0, axis=(1, 2)), ~np.isfinite(maps).all(axis=(1, 2))
    maps = np.where(np.isfinite(maps), maps, 0.0)
    image = tiles.draw(axis, maps[: tiles.count, np.newaxis], scale_of(maps))
    note = _cross_out(axis, tiles, {"0 everywhere": is_dead, "not finite": is_broken})
    count = f"{len(maps)} channels" if tiles.count == len(maps) else f"{tiles.count} of {len(maps)} channels"
    title = f"{name}: {count} {maps.shape[1]} × {maps.shape[2]}{note}"
    axis.set_title(as_text(title), **TITLE)
    scale_beside(axis, image, "", width=0.12 / tiles.inches[0])


def _cross_out(axis: Axes, tiles: Tiles, marked: Mapping[str, np.ndarray]) -> str:
    """Cross out what is marked, each for its reason, and return what the title says of it."""
    for number in np.flatnonzero(np.any(list(marked.values()), axis=0)[: tiles.count]):
        tiles.cross_out(axis, int(number))
    counts = {reason: int(which.sum()) for reason, which in marked.items() if which.any()}
    said = [f"{count} that {'is' if count == 1 else 'are'} {reason}" for reason, count in counts.items()]
    return f"; crossed out: {', '.join(said)}" if said else ""
