"""Toy data sets, made from a seed: classes in the plane, and curves to be fitted.

Names and arguments are scikit-learn's where it has the function, with these differences: ``seed`` stands for
``random_state``, and is 0 if not given, so that the same call gives the same points; ``noise`` is 0.0 rather than None;
points are float32, labels int64; ``n_samples`` is one number; and what is chosen is given by keyword.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd as ag
from nn.kernels.checks import check_whole

Points = tuple[NDArray[np.float32], NDArray[np.int64]]
Curve = tuple[NDArray[np.float32], NDArray[np.float32]]


def make_moons(n_samples: int = 100, *, noise: float = 0.0, shuffle: bool = True, seed: int = 0) -> Points:
    """Two half circles that reach into each other: points (n_samples, 2) and labels (n_samples,), 0 and 1.

    No straight line parts them. The first one is the upper half of the unit circle around (0, 0), the second one the
    lower half of that around (1, 0.5).

    Parameters
    ----------
    n_samples: how many, 2 or more; of an odd number, the second half circle has one more.
    noise: standard deviation of a Gaussian that is added to each coordinate, 0 or more.
    shuffle: whether their order is random; otherwise class 0 comes first.
    seed: from which they follow, 0 or more.

    Raises ArgumentError for arguments out of range.

    >>> points, labels = make_moons(200, noise=0.1)
    >>> points.shape, points.dtype, labels.dtype, int(labels.sum())
    ((200, 2), dtype('float32'), dtype('int64'), 100)
    """
    _check("make_moons", 2, n_samples, noise, seed)
    upper, lower = (np.linspace(0, np.pi, count) for count in _shares(n_samples, 2))
    first = np.column_stack([np.cos(upper), np.sin(upper)])
    second = np.column_stack([1 - np.cos(lower), 0.5 - np.sin(lower)])
    return _classes([first, second], noise, shuffle, seed)


def make_circles(
    n_samples: int = 100, *, noise: float = 0.0, factor: float = 0.8, shuffle: bool = True, seed: int = 0
) -> Points:
    """A circle within a circle: points (n_samples, 2) and labels (n_samples,), 0 outside and 1 inside.

    Parameters
    ----------
    n_samples: how many, 2 or more; of an odd number, the inner circle has one more.
    noise: standard deviation of a Gaussian that is added to each coordinate, 0 or more.
    factor: the radius of the inner circle, 0 or more and below 1, that of the outer one.
    shuffle: whether their order is random; otherwise class 0 comes first.
    seed: from which they follow, 0 or more.

    Raises ArgumentError for arguments out of range.

    >>> points, labels = make_circles(8, factor=0.5)
    >>> np.hypot(*points[labels == 1].T).round(3).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    _check("make_circles", 2, n_samples, noise, seed)
    if not 0 <= factor < 1:
        raise ag.errors.ArgumentError(f"make_circles: factor={factor}; want a number of at least 0 and below 1.")
    outer, inner = (np.linspace(0, 2 * np.pi, count, endpoint=False) for count in _shares(n_samples, 2))
    return _classes([_polar(1.0, outer), _polar(factor, inner)], noise, shuffle, seed)


def make_spirals(
    n_samples: int = 100,
    *,
    classes: int = 2,
    turns: float = 1.5,
    noise: float = 0.0,
    shuffle: bool = True,
    seed: int = 0,
) -> Points:
    """Spirals that wind around each other: points (n_samples, 2) and labels (n_samples,), from 0.

    Each is an Archimedean spiral, whose radius grows with the angle, from the centre to the unit circle; the next one
    is the same, turned. Those of two classes were a hard task for early networks: Lang and Witbrock, "Learning to tell
    two spirals apart", 1988.

    Parameters
    ----------
    n_samples: how many, as many as there are classes or more; shared among them as evenly as can be.
    classes: how many spirals, 1 or more.
    turns: how often each of them goes round, above 0.
    noise: standard deviation of a Gaussian that is added to each coordinate, 0 or more.
    shuffle: whether their order is random; otherwise class 0 comes first.
    seed: from which they follow, 0 or more.

    Raises ArgumentError for arguments out of range.

    >>> points, labels = make_spirals(300, classes=3, noise=0.02)
    >>> points.shape, np.bincount(labels).tolist()
    ((300, 2), [100, 100, 100])
    """
    check_whole("make_spirals", 1, classes=classes)
    _check("make_spirals", classes, n_samples, noise, seed)
    if not 0 < turns < np.inf:
        raise ag.errors.ArgumentError(f"make_spirals: turns={turns}; want a finite number above 0.")
    spirals = []
    for number, count in enumerate(_shares(n_samples, classes)):
        radius = (np.arange(count) + 1) / count  # not the centre, where all of them meet
        spirals.append(_polar(radius, 2 * np.pi * (turns * radius + number / classes)))
    return _classes(spirals, noise, shuffle, seed)


def make_blobs(
    n_samples: int = 100,
    n_features: int = 2,
    *,
    centers: int | ArrayLike = 3,
    cluster_std: float | ArrayLike = 1.0,
    center_box: tuple[float, float] = (-10.0, 10.0),
    shuffle: bool = True,
    seed: int = 0,
) -> Points:
    """Gaussian clouds: points (n_samples, n_features) and labels (n_samples,), the number of each point's cloud.

    Parameters
    ----------
    n_samples: how many, as many as there are clouds or more; shared among them as evenly as can be.
    n_features: coordinates of a point, 1 or more; what ``centers`` have, where they are given.
    centers: how many clouds, 1 or more, or their centres, (clouds, features).
    cluster_std: standard deviation of a cloud in each direction, 0 or more; one for all, or one for each, (clouds,).
    center_box: lowest and highest coordinate of centres that are drawn, uniformly.
    shuffle: whether their order is random; otherwise class 0 comes first.
    seed: from which they follow, 0 or more. scikit-learn draws others, and needs None for ``centers`` to draw three.

    Raises ArgumentError for arguments out of range, ShapeError for centres of another shape.

    >>> points, labels = make_blobs(90, centers=[[0, 0, 9], [9, 0, 0]], cluster_std=0.5)
    >>> points.shape, bool(abs(points[labels == 0].mean(axis=0) - [0, 0, 9]).max() < 0.5)
    ((90, 3), True)
    """
    check_whole("make_blobs", 1, n_features=n_features)
    check_whole("make_blobs", 0, seed=seed)
    rng = np.random.default_rng(seed)
    if np.ndim(centers) == 0:
        check_whole("make_blobs", 1, centers=centers)
        low, high = center_box
        if not -np.inf < low <= high < np.inf:
            raise ag.errors.ArgumentError(f"make_blobs: center_box={center_box}; want the lower end first.")
        places = rng.uniform(low, high, (int(np.asarray(centers)), n_features))
    else:
        places = np.asarray(centers, np.float64)
        if places.ndim != 2 or not places.size:
            raise ag.errors.ShapeError(f"make_blobs: want centers of shape (clouds, features), got {places.shape}.")
    _check("make_blobs", len(places), n_samples, 0.0, seed)
    widths = np.asarray(cluster_std, np.float64)
    if widths.shape not in ((), (len(places),)) or not (widths >= 0).all():
        raise ag.errors.ArgumentError(
            f"make_blobs: cluster_std={cluster_std!r}; want one number of at least 0, or one for each of {len(places)} "
            "clouds."
        )
    shares = zip(places, np.broadcast_to(widths, len(places)), _shares(n_samples, len(places)), strict=True)
    clouds = [rng.normal(place, width, (count, len(place))) for place, width, count in shares]
    return _classes(clouds, 0.0, shuffle, seed)


def make_xor(n_samples: int = 100, *, noise: float = 0.0, seed: int = 0) -> Points:
    """Exclusive or: points (n_samples, 2), and labels (n_samples,): 1 where exactly one coordinate is positive.

    Points are uniform in the square from -1 to 1. Neither coordinate alone says anything about the label, so no single
    neuron learns it: Minsky and Papert, "Perceptrons", 1969.

    Parameters
    ----------
    n_samples: how many, 1 or more.
    noise: standard deviation of a Gaussian that is added to each coordinate after the label is known, 0 or more.
    seed: from which they follow, 0 or more.

    Raises ArgumentError for arguments out of range.

    >>> points, labels = make_xor(1000)
    >>> bool(((points[:, 0] * points[:, 1] < 0) == labels).all())
    True
    """
    _check("make_xor", 1, n_samples, noise, seed)
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (n_samples, 2)).astype(np.float32)
    labels = (points[:, 0] > 0) != (points[:, 1] > 0)
    return (points + noise * rng.standard_normal(points.shape)).astype(np.float32), labels.astype(np.int64)


def make_sine(n_samples: int = 100, *, noise: float = 0.1, periods: float = 2.0, seed: int = 0) -> Curve:
    """A sine wave with noise: times (n_samples, 1), evenly from 0 to ``periods``, and values sin(2 pi t), likewise.

    Parameters
    ----------
    n_samples: how many, 1 or more.
    noise: standard deviation of a Gaussian that is added to each value, 0 or more.
    periods: how many, above 0.
    seed: from which the noise follows, 0 or more.

    Raises ArgumentError for arguments out of range.

    >>> times, values = make_sine(9, noise=0.0, periods=1)
    >>> times[:3].ravel().tolist(), abs(values[::2].round(3)).ravel().tolist()
    ([0.0, 0.125, 0.25], [0.0, 1.0, 0.0, 1.0, 0.0])
    """
    _check("make_sine", 1, n_samples, noise, seed)
    if not 0 < periods < np.inf:
        raise ag.errors.ArgumentError(f"make_sine: periods={periods}; want a finite number above 0.")
    times = np.linspace(0, periods, n_samples)
    return _curve(times, np.sin(2 * np.pi * times), noise, seed)


def make_co2_like(n_samples: int = 720, *, noise: float = 0.3, seed: int = 0) -> Curve:
    """A series like that of carbon dioxide in the air over Mauna Loa: times (n_samples, 1), values (n_samples, 1).

    It is **synthetic**: no value was measured. Times are years, one sample a month from the beginning of 1959; values
    are in parts per million. It has what makes the real series a good exercise: a trend that grows ever faster, 315 in
    1959 and about 412 in 2019; a season, 3 up in May and 3 down in autumn, which falls faster than it rises; and noise.
    In float32 a step of a month is exact to a thousandth of it; shift and scale both before you train on them.

    Parameters
    ----------
    n_samples: how many months, 1 or more.
    noise: standard deviation of a Gaussian that is added to each value, 0 or more.
    seed: from which the noise follows, 0 or more.

    Raises ArgumentError for arguments out of range. The real series: Keeling and others, "Atmospheric carbon dioxide
    variations at Mauna Loa Observatory, Hawaii", 1976.

    >>> years, values = make_co2_like(61 * 12, noise=0.0)
    >>> years[::12].ravel().tolist()[:3], values[::240].round(0).ravel().tolist()
    ([1959.0, 1960.0, 1961.0], [315.0, 337.0, 369.0, 412.0])
    """
    _check("make_co2_like", 1, n_samples, noise, seed)
    years = np.arange(n_samples) / 12
    angle = 2 * np.pi * years
    trend = 315 + 0.85 * years + 0.0128 * years * years
    season = 2.8 * np.sin(angle) - 0.3 * np.cos(angle) - 0.7 * np.sin(2 * angle) + 0.3 * np.cos(2 * angle)
    return _curve(1959 + years, trend + season, noise, seed)


# --- what they share ------------------------------------------------------------------------------------


def _check(operation: str, least: int, n_samples: int, noise: float, seed: int) -> None:
    check_whole(operation, least, n_samples=n_samples)
    check_whole(operation, 0, seed=seed)
    if not 0 <= noise < np.inf:
        raise ag.errors.ArgumentError(f"{operation}: noise={noise}; want a standard deviation, a finite number from 0.")


def _shares(count: int, parts: int) -> list[int]:
    """The number of samples of each part, of which the last ones have one more where it does not come out even."""
    return [(count + part) // parts for part in range(parts)]


def _polar(radius: Any, angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _classes(parts: list[NDArray[np.float64]], noise: float, shuffle: bool, seed: int) -> Points:
    rng = np.random.default_rng((seed, 1))  # another stream than the one from which clouds are drawn
    points = np.concatenate(parts)
    labels = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    points += noise * rng.standard_normal(points.shape)
    order = rng.permutation(len(points)) if shuffle else slice(None)
    return points[order].astype(np.float32), labels[order].astype(np.int64)


def _curve(times: NDArray[np.float64], values: NDArray[np.float64], noise: float, seed: int) -> Curve:
    values = values + noise * np.random.default_rng(seed).standard_normal(len(values))
    return times.astype(np.float32)[:, np.newaxis], values.astype(np.float32)[:, np.newaxis]
