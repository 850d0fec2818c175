"""Which class a model takes the points of a plane for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.effects import unchanged
from nn.kernels.checks import check_whole
from nn.module import Module, in_use
from nn.plots.checks import check_finite
from nn.plots.style import GRID, INK, LINES, TITLE, add_legend, as_text, figure_of, one_style, save, scale_of_plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "osD^vPX*<>hd"
PALEST, STRONGEST = 0.08, 0.5  # how much of its colour a class has, from a guess to certainty
MARGIN = 0.12  # of the points' range, around them


@one_style()
def plot_decision_boundary(
    model: Callable[[Any], Any],
    inputs: Any,
    labels: Any,
    classes: Sequence[str] | None = None,
    *,
    probabilities: bool | None = None,
    resolution: int = 200,
    batch_size: int = 4096,
    path: str | os.PathLike[str] | None = None,
) -> Axes:
    """The regions of classes in the plane of two features, the stronger the surer the model, with points on top.

    Points that the model takes for another class have a dark edge; the title counts the others.

    Parameters
    ----------
    model: a module, in use while it is drawn, or any function: points (n, 2) -> scores (n, classes), one score (n) or
        (n, 1) for class 1 of two, or the classes themselves, integers (n).
    inputs: the points, (n, 2), one or more; given to a module in its own dtype.
    labels: their classes, (n) or (n, 1), whole numbers from 0.
    classes: their names; numbers if None.
    probabilities: whether the outputs are probabilities, or scores before softmax and sigmoid. None to look at them:
        rows of sum 1, or single outputs that are all from 0 to 1, are taken for probabilities.
    resolution: points along each axis, 2 or more.
    batch_size: points that the model is given at once.
    path: where to write the picture, in the format that its name ends in; None for nowhere.

    Returns the axes; ``axes.figure`` is the figure. No window is opened. The model stays as it was.

    Raises ModuleNotFoundError, with the remedy, where matplotlib is not installed, ShapeError for points with other
    than two features and for outputs of another shape, ArgumentError for labels that are no classes and for points
    that are not finite.

    >>> import nn
    >>> from nn.data import make_moons
    >>> points, labels = make_moons(200, noise=0.1)
    >>> axes = plot_decision_boundary(nn.models.mlp(2, [16], 2), points, labels, ["upper", "lower"])
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('feature 0', 'feature 1')
    """
    check_whole("plot_decision_boundary", 1, batch_size=batch_size)
    check_whole("plot_decision_boundary", 2, resolution=resolution)
    points, labels = _checked(inputs, labels)
    across, up = (_axis(points[:, feature], resolution) for feature in (0, 1))
    grid = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)
    everywhere = np.concatenate([points, grid.astype(points.dtype)])
    outputs = _outputs(model, everywhere, batch_size)
    shares = _shares(outputs, labels, probabilities)
    of_points = shares[: len(points)]
    is_wrong = (of_points.argmax(1) != labels) | ~np.isfinite(of_points).all(1)
    names = [str(number) for number in range(shares.shape[1])] if classes is None else list(classes)
    if len(names) != shares.shape[1]:
        raise ag.errors.ArgumentError(
            f"plot_decision_boundary: {len(names)} names in classes={names}; the model has {shares.shape[1]} classes."
        )
    figure = figure_of(6.4, 5.0)
    axes = figure.subplots()
    regions = shares[len(points) :].reshape(resolution, resolution, -1)
    _draw_regions(axes, across, up, regions)
    _draw_points(axes, points, labels, is_wrong)
    if outputs.dtype.kind == "f":
        _add_confidence(axes, len(names))
    right = f"{len(points) - is_wrong.sum():,} of {len(points):,} right"
    axes.set_title(right, **TITLE)
    axes.set_xlabel("feature 0")
    axes.set_ylabel("feature 1")
    _name_classes(figure, names, bool(is_wrong.any()), bool(np.isfinite(regions).all()))
    save(figure, path)
    return axes


# --- what the model says --------------------------------------------------------------------------------


def _checked(inputs: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """The points as floats (n, 2), and their classes as integers (n)."""
    points, labels = np.asarray(ag.value_of(inputs)), np.asarray(ag.value_of(labels))
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ag.errors.ShapeError(
            f"plot_decision_boundary: want points of two features, (n, 2), got inputs of shape {points.shape}. Of more "
            "features, choose two to look at, and give a function that fills in the others: lambda points: "
            "model(np.column_stack([points, np.tile(others, (len(points), 1))]))."
        )
    if labels.shape not in ((len(points),), (len(points), 1)):
        raise ag.errors.ShapeError(
            f"plot_decision_boundary: want a label for each point, ({len(points)},), got labels of shape "
            f"{labels.shape}. Of one-hot rows take labels.argmax(1)."
        )
    check_finite("plot_decision_boundary", inputs=points, labels=labels)
    whole = labels.reshape(-1).astype(np.int64)
    if labels.dtype.kind not in "biuf" or (whole != labels.reshape(-1)).any() or whole.min() < 0:
        raise ag.errors.ArgumentError(
            f"plot_decision_boundary: want labels that are whole numbers from 0, got {ag.errors.describe(labels)}. "
            "np.unique(labels, return_inverse=True)[1] makes them of any others."
        )
    return points if points.dtype.kind == "f" else points.astype(ag.get_default_dtype()), whole


def _axis(values: np.ndarray, count: int) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    room = MARGIN * (high - low) or 1.0
    return np.linspace(low - room, high + room, count)


def _outputs(model: Callable[[Any], Any], points: np.ndarray, size: int) -> np.ndarray:
    """What the model returns for all points, in use, a batch after the other."""
    with ExitStack() as stack:
        stack.enter_context(ag.no_grad())
        stack.enter_context(np.errstate(all="ignore"))  # where outputs are not finite, the picture says so
        if isinstance(model, Module):
            stack.enter_context(in_use(model))
            stack.enter_context(unchanged(model))
            dtypes = [p.dtype for p in model.parameters() if p.dtype.kind == "f"]
            points = points.astype(dtypes[0]) if dtypes else points
        parts = [np.asarray(ag.value_of(model(points[at : at + size]))) for at in range(0, len(points), size)]
    for part, at in zip(parts, range(0, len(points), size), strict=True):
        if part.ndim not in (1, 2) or len(part) != min(size, len(points) - at) or 0 in part.shape:
            raise ag.errors.ShapeError(
                f"plot_decision_boundary: of {min(size, len(points) - at)} points the model made {part.shape}; want a "
                "score for each class, (n, classes), or one, (n,) or (n, 1), for class 1 of two."
            )
    return np.concatenate(parts)


def _shares(outputs: np.ndarray, labels: np.ndarray, probabilities: bool | None) -> np.ndarray:
    """The probability of each class, (n, classes)."""
    if outputs.ndim == 2 and outputs.shape[1] == 1:
        outputs = outputs[:, 0]
    if outputs.dtype.kind != "f":
        if outputs.ndim != 1 or outputs.dtype.kind not in "biu" or outputs.min() < 0:
            raise ag.errors.ArgumentError(
                f"plot_decision_boundary: the model returned {ag.errors.describe(outputs)}; want floats, or integers "
                "from 0 of shape (n,), the classes."
            )
        shares = np.eye(max(outputs.max(), labels.max(), 1) + 1)[outputs.astype(np.int64)]
    else:
        known = outputs[np.isfinite(outputs).reshape(len(outputs), -1).all(1)].astype(np.float64)
        is_single = outputs.ndim == 1
        if probabilities is None:
            sums = np.ones(len(known)) if is_single else known.sum(1)
            probabilities = bool(((known >= 0) & (known <= 1)).all() and np.allclose(sums, 1, atol=1e-3))
        if is_single:
            one = outputs if probabilities else F.sigmoid(outputs)
            shares = np.stack([1 - one, one], 1)
        else:
            with np.errstate(invalid="ignore"):  # what is not finite stays so
                shares = outputs if probabilities else F.softmax(outputs, 1)
    if labels.max() >= shares.shape[1]:
        raise ag.errors.ArgumentError(
            f"plot_decision_boundary: there is a label {labels.max()}, and the model has {shares.shape[1]} classes, "
            f"from 0."
        )
    return shares


# --- drawing --------------------------------------------------------------------------------------------


def _color(number: int) -> tuple[float, ...]:
    """The colour of a class, from 0 to 1; those of later ones are darker."""
    from matplotlib.colors import to_rgb

    return tuple(part * 0.55 ** (number // len(LINES)) for part in to_rgb(LINES[number % len(LINES)]["color"]))


def _look(number: int) -> dict[str, Any]:
    return {"color": _color(number), "marker": MARKERS[number % len(MARKERS)]}


def _strength(share: np.ndarray, classes: int) -> np.ndarray:
    """How much of its colour a region has, by the probability of its class."""
    return PALEST + (STRONGEST - PALEST) * np.clip((share - 1 / classes) / (1 - 1 / classes), 0, 1)


def _draw_regions(axes: Axes, across: np.ndarray, up: np.ndarray, shares: np.ndarray) -> None:
    from matplotlib.colors import to_rgb

    count = shares.shape[-1]
    is_known = np.isfinite(shares).all(-1)
    shares = np.where(is_known[..., None], shares, 0.0)
    colors = np.stack([_color(number) for number in range(count)])[shares.argmax(-1)]
    strength = _strength(shares.max(-1), count)[..., None]
    picture = np.where(is_known[..., None], 1 - strength * (1 - colors), to_rgb(GRID))
    half_x, half_y = (across[1] - across[0]) / 2, (up[1] - up[0]) / 2
    extent = (across[0] - half_x, across[-1] + half_x, up[0] - half_y, up[-1] + half_y)
    axes.imshow(picture, extent=extent, origin="lower", aspect="auto", interpolation="nearest")
    for number in range(count - 1):  # each pair meets in one of these
        others = np.delete(shares, number, -1).max(-1)
        lead = np.where(is_known, shares[..., number] - others, np.nan)
        if np.nanmin(lead, initial=0) < 0 < np.nanmax(lead, initial=0):
            axes.contour(across, up, lead, levels=[0], colors=INK, linewidths=1.0, linestyles="-")
    axes.set_xlim(across[0], across[-1])
    axes.set_ylim(up[0], up[-1])
    axes.spines[:].set_color(GRID)
    axes.tick_params(color=GRID, labelcolor=INK)


def _draw_points(axes: Axes, points: np.ndarray, labels: np.ndarray, is_wrong: np.ndarray) -> None:
    size = float(np.clip(8000 / len(points), 9, 34))
    for number in np.unique(labels):
        for which, edge, width in ((~is_wrong, "white", 0.1), (is_wrong, INK, 0.2)):
            x, y = points[(labels == number) & which].T
            axes.scatter(x, y, s=size, edgecolors=edge, linewidths=width * size**0.5, zorder=3, **_look(number))


def _name_classes(figure: Figure, names: Sequence[str], has_wrong: bool, is_finite: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Line2D([], [], linestyle="none", label=as_text(name), **_look(number)) for number, name in enumerate(names)
    ]
    if has_wrong:
        hollow: dict[str, Any] = {"marker": "o", "color": "none", "markeredgecolor": INK, "markeredgewidth": 1.4}
        handles.append(Line2D([], [], linestyle="none", label="taken for another", **hollow))
    if not is_finite:
        handles.append(Patch(color=GRID, label="output not finite"))
    add_legend(figure, handles, handletextpad=0.3)


def _add_confidence(axes: Axes, classes: int) -> None:
    """A scale of how strong colours are, in grey."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    ticks = np.linspace(1 / classes, 1, 3)
    shares = np.linspace(1 / classes, 1, 256)
    greys = ListedColormap(np.repeat(1 - 0.75 * _strength(shares, classes)[:, None], 3, 1))
    scale = ScalarMappable(Normalize(1 / classes, 1), greys)
    scale_of_plane(
        axes, scale, "probability of the region's class", ticks.tolist(), [f"{share:.2f}" for share in ticks]
    )
