"""Transforms and the draws behind them: right, random, and the same however batches are made."""

import numpy as np
import pytest
from scipy import stats

import autograd as ag
from nn.data import (
    CenterCrop,
    Compose,
    DataLoader,
    Draws,
    GaussianNoise,
    Normalize,
    OneHot,
    RandomCrop,
    RandomHorizontalFlip,
    RandomSampler,
    RandomVerticalFlip,
    Standardize,
    TensorDataset,
    ToFloat,
)
from nn.data import draws as draws_module

IMAGES = np.random.default_rng(0).random((40, 2, 6, 5), np.float32)

# --- draws -----------------------------------------------------------------------------------------------------


def test_the_mixing_is_that_of_splitmix64():
    steps = (np.arange(1, 4, dtype=np.uint64) * draws_module._STEP) + np.uint64(1234567)
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]  # of the authors' reference program
    assert draws_module._mixed(steps).tolist() == expected


def test_draws_belong_to_samples():
    whole = Draws(3, 1, np.arange(1000))
    kinds = [whole.uniform(), whole.normal((7,)), whole.integers(-5, 5, (2, 3)), whole.uniform(2.0, 3.0, 5)]
    for part in ([999], [5, 3], np.arange(17, 900)):
        some = Draws(3, 1, part)
        drawn = [some.uniform(), some.normal((7,)), some.integers(-5, 5, (2, 3)), some.uniform(2.0, 3.0, 5)]
        for got, all_of_them in zip(drawn, kinds, strict=True):
            np.testing.assert_array_equal(got, all_of_them[part])
            assert got.dtype == all_of_them.dtype
    assert kinds[0].dtype == kinds[1].dtype == np.float32 and kinds[2].shape == (1000, 2, 3)
    assert kinds[3].min() >= 2 and kinds[3].max() <= 3 and set(kinds[2].ravel()) == set(range(-5, 5))


def uniforms(seed=0, epoch=0, place=0):
    """8 numbers each of 20,000 samples with consecutive indices."""
    return Draws(seed, epoch, np.arange(20000)).fork(place).uniform(size=8)


def test_draws_are_uniform_and_normal():
    u = uniforms()
    for column in u.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    pairs = np.bincount((np.floor(u[:, :-1] * 16) * 16 + np.floor(u[:, 1:] * 16)).astype(int).ravel(), minlength=256)
    assert stats.chisquare(pairs).pvalue > 1e-4  # numbers that follow each other fill the square
    z = Draws(0, 0, np.arange(20000)).normal(5)
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-4
    assert abs(np.corrcoef(z.T) - np.eye(5)).max() < 0.03 and abs(np.corrcoef((z * z).T) - np.eye(5)).max() < 0.03
    whole = Draws(0, 0, np.arange(20000)).integers(0, 7, 3)
    assert stats.chisquare(np.bincount(whole.ravel())).pvalue > 1e-4


def test_draws_of_neighbours_are_independent():
    u = uniforms()
    others = [uniforms(seed=1), uniforms(epoch=1), uniforms(place=1), np.roll(u, 1, axis=0), np.roll(u, 1, axis=1)]
    others.append(Draws(0, 0, np.arange(20000)).uniform(size=8))
    for other in others:
        cells = np.floor(u * 8).astype(int) * 8 + np.floor(other * 8).astype(int)
        assert stats.chisquare(np.bincount(cells.ravel(), minlength=64)).pvalue > 1e-4
    # A change of one bit of the index changes each bit of the words half of the time.
    index = np.arange(4096)
    words = [Draws(0, 0, index ^ (1 << bit))._bits(2).view(np.uint64)[:, 0] for bit in range(20)]
    base = Draws(0, 0, index)._bits(2).view(np.uint64)[:, 0]
    flips = np.array(
        [[((base ^ other) >> np.uint64(bit) & np.uint64(1)).mean() for bit in range(64)] for other in words]
    )
    assert abs(flips - 0.5).max() < 0.045  # of 1,280 means, with a standard error of 0.0078


@pytest.mark.parametrize("count", [0, 2**32 + 1])
def test_whole_numbers_have_a_range(count):
    with pytest.raises(ag.errors.ArgumentError, match=r"want 1 to 2\*\*32 numbers"):
        Draws(0, 0, [0]).integers(0, count)


# --- in a loader -------------------------------------------------------------------------------------------------


def by_sample(loader, epoch=0):
    images, indices = (np.concatenate(parts) for parts in zip(*loader.batches(epoch), strict=True))
    return images[np.argsort(indices)]


def test_batch_size_order_and_threads_change_nothing():
    data = TensorDataset(IMAGES, np.arange(40))
    transform = [RandomCrop(5, padding=2), RandomHorizontalFlip(), RandomVerticalFlip(), GaussianNoise(0.1)]
    expected = by_sample(DataLoader(data, 40, transform=transform, seed=4))
    for options in ({"batch_size": 7}, {"batch_size": 1, "shuffle": True}, {"batch_size": 9, "num_workers": 3}):
        np.testing.assert_array_equal(by_sample(DataLoader(data, transform=transform, seed=4, **options)), expected)
    for loader, epoch in (
        (DataLoader(data, 40, transform=transform, seed=5), 0),
        (DataLoader(data, transform=transform, seed=4), 1),
    ):
        assert (by_sample(loader, epoch) != expected).any(axis=(1, 2, 3)).all()


def test_a_sample_that_comes_again_has_other_draws():
    data = TensorDataset(np.zeros((3, 4), np.float32), np.arange(3))
    loader = DataLoader(data, 2, sampler=RandomSampler(data, num_samples=12), transform=GaussianNoise(1.0))
    rows = np.concatenate([x for x, _ in loader.batches(0)])
    assert len(np.unique(rows, axis=0)) == 12
    order = np.concatenate([y for _, y in loader.batches(0)])
    once = np.concatenate([x for x, _ in DataLoader(data, 3, transform=GaussianNoise(1.0))])
    np.testing.assert_array_equal(rows[:3], once[order[:3]])  # the first time, as where it comes once


def test_which_arrays_are_transformed():
    labels = np.arange(40) % 3
    data = TensorDataset(IMAGES, IMAGES, labels)
    flips = {(0, 1): RandomHorizontalFlip(), -1: [OneHot(3), lambda vectors: 2 * vectors]}
    image, mask, vectors = next(iter(DataLoader(data, 40, transform=flips)))
    np.testing.assert_array_equal(image, mask)
    assert 5 < sum(np.array_equal(a, b) for a, b in zip(image, IMAGES, strict=True)) < 35
    np.testing.assert_array_equal(vectors, 2 * np.eye(3, dtype=np.float32)[labels])
    apart = {0: RandomHorizontalFlip(), 1: RandomHorizontalFlip()}
    image, other, _ = next(iter(DataLoader(data, 40, transform=apart)))
    assert not np.array_equal(image, other)
    dicts = [{"x": image, "y": 1} for image in IMAGES]
    batch = next(iter(DataLoader(dicts, 40, transform={"x": CenterCrop(2)})))
    assert batch["x"].shape == (40, 2, 2, 2) and batch["y"].sum() == 40


# --- each of them ---------------------------------------------------------------------------------------------


def test_flips_and_crops_move_whole_images():
    flipped = RandomHorizontalFlip()(IMAGES)
    is_flipped = (flipped != IMAGES).any(axis=(1, 2, 3))
    np.testing.assert_array_equal(flipped, np.where(is_flipped[:, None, None, None], IMAGES[..., ::-1], IMAGES))
    assert 8 < is_flipped.sum() < 32
    np.testing.assert_array_equal(RandomVerticalFlip(1.0)(IMAGES), IMAGES[:, :, ::-1])
    np.testing.assert_array_equal(RandomVerticalFlip(0.0)(IMAGES), IMAGES)
    padded = np.pad(IMAGES, ((0, 0), (0, 0), (2, 2), (1, 1)), constant_values=9)
    many = np.repeat(padded[:1], 500, axis=0)
    parts = RandomCrop((4, 3), padding=(2, 1), fill=9)(np.repeat(IMAGES[:1], 500, axis=0))
    found = set()
    for part in parts:
        hits = [(i, j) for i in range(7) for j in range(5) if np.array_equal(padded[0, :, i : i + 4, j : j + 3], part)]
        assert len(hits) == 1
        found |= set(hits)
    assert len(found) == 35 and many.shape == (500, 2, 10, 7)  # every place is drawn
    np.testing.assert_array_equal(CenterCrop((4, 1))(IMAGES), IMAGES[:, :, 1:5, 2:3])


def test_noise_and_scales():
    noise = GaussianNoise(0.5)(np.full((2000, 10), 3, np.float32))
    assert noise.dtype == np.float32 and abs(noise.mean() - 3) < 0.02 and abs(noise.std() - 0.5) < 0.02
    assert GaussianNoise(0.5)(np.zeros((2, 3))).dtype == np.float64
    np.testing.assert_array_equal(ToFloat()(np.array([0, 51, 255], np.uint8)), np.array([0, 0.2, 1], np.float32))
    normal = Normalize([0.1, 0.2], [2.0, 4.0])(IMAGES)
    mean, std = (np.array(values).reshape(2, 1, 1) for values in ([0.1, 0.2], [2.0, 4.0]))
    np.testing.assert_allclose(normal, (IMAGES - mean) / std, rtol=1e-5, atol=1e-7)
    assert normal.dtype == np.float32
    np.testing.assert_allclose(Normalize(1.0, 0.5, axis=-1)(IMAGES), (IMAGES - 1) / 0.5, rtol=1e-6)


@pytest.mark.parametrize("axis", [0, (0, 2, 3), None])
def test_standard_scores(axis):
    data = np.random.default_rng(0).normal(100, 3, (3000, 2, 3, 4)).astype(np.float32)
    data[:, 0, 0, 0] = 0.1 if axis == 0 else data[:, 0, 0, 0]
    standardize = Standardize(axis).fit(data)
    scores = standardize(data)
    std = data.std(axis=axis, dtype=np.float64)
    np.testing.assert_allclose(scores.mean(axis=axis, dtype=np.float64), 0, atol=1e-5)
    expected = np.where(std < 1e-6, 0, 1)
    np.testing.assert_allclose(scores.std(axis=axis, dtype=np.float64), expected, rtol=1e-5, atol=1e-7)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(standardize.inverse(scores), data, rtol=1e-6)
    np.testing.assert_array_equal(standardize(data[:5]), scores[:5])  # by the training data's numbers


def test_a_transform_leaves_what_it_is_given():
    for transform in (
        RandomCrop(6, padding=1),
        RandomHorizontalFlip(),
        CenterCrop(4),
        GaussianNoise(0.1),
        Normalize(0, 2),
    ):
        images = IMAGES.copy()
        result = transform(images)
        np.testing.assert_array_equal(images, IMAGES)
        assert not np.shares_memory(result, images) and result.dtype == np.float32


def test_called_alone_it_follows_the_default_generator():
    ag.manual_seed(1)
    first, other = GaussianNoise(1.0)(IMAGES), GaussianNoise(1.0)(IMAGES)
    ag.manual_seed(1)
    np.testing.assert_array_equal(GaussianNoise(1.0)(IMAGES), first)
    assert (first != other).all()
    both = Compose([GaussianNoise(1.0), GaussianNoise(1.0)])(np.zeros((1000, 3), np.float32))
    assert abs(both.std() - np.sqrt(2)) < 0.1  # two different ones, not the same one twice


BYTES = np.zeros((2, 3, 8, 8), np.uint8)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: GaussianNoise(0.1)(BYTES),
            ag.errors.DtypeError,
            r"\(2, 3, 8, 8\) uint8; want floats\. Put nn\.data\.ToF",
        ),
        (lambda: Normalize(0, 1)(BYTES), ag.errors.DtypeError, r"ToFloat\(\) before"),
        (lambda: Standardize().fit(BYTES), ag.errors.DtypeError, r"ToFloat\(\) before"),
        (lambda: Standardize()(IMAGES), ag.errors.ArgumentError, r"not known yet. First \.fit"),
        (lambda: Standardize(1), ag.errors.ArgumentError, "axis=1; want 0"),
        (lambda: Standardize().fit(np.zeros((0, 2))), ag.errors.ShapeError, "at least one sample"),
        (lambda: Standardize((0, 2, 3)).fit(IMAGES)(IMAGES[:, :1]), ag.errors.ShapeError, r"\(batch, 2, any, any\)"),
        (lambda: Normalize([1, 2], [1, 2])(IMAGES[:, :1]), ag.errors.ShapeError, "2 channels, the length of axis 1"),
        (lambda: Normalize(0, 0), ag.errors.ArgumentError, "std above 0"),
        (lambda: ToFloat(0), ag.errors.ArgumentError, "scale=0"),
        (lambda: GaussianNoise(-1), ag.errors.ArgumentError, "std=-1"),
        (lambda: OneHot(3)(np.array([0, 3])), ag.errors.ArgumentError, "labels go from 0 to 3; want 0 to 2"),
        (lambda: OneHot(3)(np.array([0.0])), ag.errors.DtypeError, "want integers"),
        (lambda: OneHot(3)(2), ag.errors.ShapeError, r"want a batch"),
        (lambda: RandomHorizontalFlip(2), ag.errors.ArgumentError, "p=2"),
        (lambda: RandomVerticalFlip()(IMAGES[0]), ag.errors.ShapeError, r"got \(2, 6, 5\).*images\[:, None\]"),
        (lambda: RandomVerticalFlip()(IMAGES[0]), ag.errors.ShapeError, r"One image is image\[None\]; in a data set's"),
        (lambda: Normalize([1, 2], [1, 2])(IMAGES[0]), ag.errors.ShapeError, r"DataLoader\(transform=\.\.\.\)"),
        (lambda: RandomCrop(9, padding=1)(IMAGES), ag.errors.ShapeError, "at least 9 by 9 with their padding"),
        (lambda: RandomCrop((1, 2, 3)), ag.errors.ArgumentError, r"size=\(1, 2, 3\); want a whole number, or two"),
        (lambda: RandomCrop(2, padding=-1), ag.errors.ArgumentError, r"padding\[0\]=-1"),
        (lambda: CenterCrop(7)(IMAGES), ag.errors.ShapeError, "at least 7 by 7"),
        (lambda: Compose([RandomCrop]), ag.errors.ArgumentError, "RandomCrop is no transform"),
        (lambda: Draws(0, 0, [0.5]), ag.errors.DtypeError, "Draws: indices are float64; want integers"),
        (lambda: Draws(0, 0, [0, -1]), ag.errors.ArgumentError, "Draws: indices go from -1 to 0; want them from 0"),
        (lambda: Draws(0, 0, 3), ag.errors.ShapeError, r"Draws: indices have shape \(\); want one axis"),
    ],
)
def test_what_transforms_refuse(make, error, message):
    with pytest.raises(error, match=message):
        make()
