"""Toy data sets: what they are made of, that a seed decides, and that small networks learn them."""

import numpy as np
import pytest

import autograd as ag
from nn.data import make_blobs, make_circles, make_co2_like, make_moons, make_sine, make_spirals, make_xor

CLASSES = [make_moons, make_circles, make_spirals, make_blobs, make_xor]
CURVES = [make_sine, make_co2_like]


@pytest.mark.parametrize("make", CLASSES + CURVES)
def test_shapes_dtypes_and_seeds(make):
    first, second = make(51, seed=3)
    assert first.shape == ((51, 1) if make in CURVES else (51, 2)) and first.dtype == np.float32
    assert second.shape == ((51, 1) if make in CURVES else (51,))
    assert second.dtype == (np.float32 if make in CURVES else np.int64)
    again, other = make(51, seed=3), make(51, seed=4)
    assert all(np.array_equal(a, b) for a, b in zip((first, second), again, strict=True))
    assert not (np.array_equal(first, other[0]) and np.array_equal(second, other[1]))
    assert len(make()[0]) in (100, 720)


@pytest.mark.parametrize("make", [make_moons, make_circles, make_spirals, make_xor])
def test_noise_is_as_large_as_it_is_said_to_be(make):
    options = {} if make is make_xor else {"shuffle": False}
    clean, labels = make(4000, **options)
    noisy, same = make(4000, noise=0.25, **options)
    assert np.array_equal(labels, same) and 0.24 < (noisy - clean).std() < 0.26 and abs((noisy - clean).mean()) < 0.02


def test_points_lie_where_they_should():
    points, labels = make_moons(101)
    first, second = points[labels == 0], points[labels == 1]
    assert (len(first), len(second)) == (50, 51)
    np.testing.assert_allclose(np.hypot(*first.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*(second - [1, 0.5]).T), 1, rtol=1e-6)
    assert first[:, 1].min() > -1e-6 and second[:, 1].max() < 0.5 + 1e-6
    points, labels = make_circles(200, factor=0.3)
    np.testing.assert_allclose(np.hypot(*points.T), np.where(labels, 0.3, 1), rtol=1e-6)
    points, labels = make_spirals(400, classes=4, turns=2, shuffle=False)
    assert np.bincount(labels).tolist() == [100] * 4 and np.hypot(*points.T).max() <= 1 + 1e-6
    np.testing.assert_allclose(points[labels == 1], points[labels == 0] @ np.array([[0, 1], [-1, 0]]), atol=1e-6)
    points, labels = make_xor(4000)
    assert np.array_equal(labels, points.prod(axis=1) < 0) and abs(np.corrcoef(points[:, 0], labels)[0, 1]) < 0.05


def test_shuffling_is_only_another_order():
    ordered, labels = make_moons(100, noise=0.1, shuffle=False)
    shuffled, others = make_moons(100, noise=0.1)
    assert labels.tolist() == [0] * 50 + [1] * 50 and others.tolist() != labels.tolist()
    assert sorted(map(tuple, shuffled.tolist())) == sorted(map(tuple, ordered.tolist()))


def test_blobs():
    places = np.array([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0], [0.0, 0.0, 20.0]])
    points, labels = make_blobs(3000, centers=places, cluster_std=[0.5, 1.0, 2.0])
    for k in range(3):
        np.testing.assert_allclose(points[labels == k].mean(axis=0), places[k], atol=0.3)
        assert points[labels == k].std() / points[labels == 0][:, 0].std() > (0, 1.5, 3)[k]
    points, labels = make_blobs(40, 5, centers=4, cluster_std=0, center_box=(1, 2))
    assert points.shape == (40, 5) and points.min() >= 1 and points.max() <= 2 and len(np.unique(points, axis=0)) == 4


def test_curves():
    times, values = make_sine(400, noise=0.0, periods=3)
    np.testing.assert_allclose(values, np.sin(2 * np.pi * times.astype(float)), atol=2e-6)
    assert times[0] == 0 and times[-1] == 3
    assert 0.09 < (make_sine(4000)[1] - make_sine(4000, noise=0.0)[1]).std() < 0.11
    years, values = make_co2_like(60 * 12, noise=0.0)
    yearly = values.reshape(60, 12)
    growth = np.diff(yearly.mean(axis=1))
    assert (np.diff(growth) > 0).all() and 0.8 < growth[0] < 0.95 and 2.2 < growth[-1] < 2.5
    season = (yearly - yearly.mean(axis=1, keepdims=True)).mean(axis=0)
    assert season.argmax() == 4 and season.argmin() in (8, 9) and 5 < np.ptp(season) < 7
    assert np.diff(years[:, 0]).min() > 0 and years[12] == 1960


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_moons(1), "make_moons: n_samples=1; want a whole number of at least 2"),
        (lambda: make_moons(10, noise=-1), "make_moons: noise=-1; want a standard deviation"),
        (lambda: make_moons(10, noise=float("nan")), "make_moons: noise=nan"),
        (lambda: make_circles(10, factor=1.0), r"make_circles: factor=1\.0; want .* below 1"),
        (lambda: make_spirals(10, turns=0), "make_spirals: turns=0"),
        (lambda: make_spirals(2, classes=3), "make_spirals: n_samples=2; want a whole number of at least 3"),
        (lambda: make_blobs(10, centers=0), "make_blobs: centers=0"),
        (lambda: make_blobs(10, centers=2.5), r"make_blobs: centers=2\.5; want a whole number"),
        (lambda: make_blobs(10, centers=[1, 2]), r"centers of shape \(clouds, features\), got \(2,\)"),
        (lambda: make_blobs(10, cluster_std=[1, 2]), r"cluster_std=\[1, 2\]; want one number .* each of 3 clouds"),
        (lambda: make_blobs(10, cluster_std=-1.0), r"cluster_std=-1\.0"),
        (lambda: make_blobs(10, center_box=(2, 1)), r"center_box=\(2, 1\); want the lower end first"),
        (lambda: make_xor(0), "make_xor: n_samples=0"),
        (lambda: make_xor(5, seed=-1), "make_xor: seed=-1"),
        (lambda: make_sine(5, periods=0), "make_sine: periods=0"),
        (lambda: make_co2_like(5.5), r"make_co2_like: n_samples=5\.5"),
    ],
)
def test_what_toys_refuse(make, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        make()
