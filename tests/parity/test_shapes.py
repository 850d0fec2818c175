"""Padding, resizing, sliding blocks, embeddings and bilinear maps beside PyTorch: values, gradients, names, errors."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

F = nn.functional
seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def both(array):
    return ag.tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)


def assert_equal(ours, theirs):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ag.value_of(ours), theirs, rtol=1e-10, atol=1e-10)


def compare(function, torch_function, *arrays):
    """Values of two functions of the same arrays, and gradients, are the same."""
    pairs = [both(array) for array in arrays]
    out, theirs = function(*[x for x, _ in pairs]), torch_function(*[y for _, y in pairs])
    assert_equal(out, theirs)
    g = np.random.default_rng(1).normal(size=out.shape)
    out.backward(g)
    theirs.backward(torch.tensor(g))
    for x, y in pairs:
        assert_equal(x.grad, y.grad)


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


# --- padding --------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(rng=seeds, axes=st.integers(1, 3), mode=st.sampled_from(["constant", "reflect", "replicate", "circular"]))
def test_pad(rng, axes, mode):
    x = rng.normal(size=(*rng.integers(1, 3, rng.integers(1, 3)), *rng.integers(1, 5, axes)))
    pad = [int(n) for n in rng.integers(-1, 4, 2 * axes)]
    value = {"value": 0.5} if mode == "constant" else {}
    try:
        theirs = torch.nn.functional.pad(torch.tensor(x), pad, mode, **value)
    except RuntimeError:
        assume(False)
    assume(theirs.numel())
    if mode == "circular":  # where a crop leaves less than a margin, PyTorch reads what it has not written yet
        left = zip(x.shape[::-1], pad[::2], pad[1::2], strict=False)
        assume(all(n + min(a, 0) + min(b, 0) >= max(a, b) for n, a, b in left))
    compare(lambda x: F.pad(x, pad, mode, **value), lambda x: torch.nn.functional.pad(x, pad, mode, **value), x)


@pytest.mark.parametrize("pad", [(3, 0), (0, 3), (1, 1, 4, 0)])
@pytest.mark.parametrize("mode", ["reflect", "circular"])
def test_margins_that_are_too_wide_are_refused_by_both(pad, mode):
    x = np.ones((1, 1, 3, 2))
    with pytest.raises(RuntimeError):
        torch.nn.functional.pad(torch.tensor(x), (*pad, 0, 0)[:4], mode)
    with pytest.raises(ag.errors.ShapeError, match=r"axis . is at least"):
        F.pad(x, pad, mode)


# --- resizing -------------------------------------------------------------------------------------------

MODES = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}


@settings(deadline=None)
@given(
    rng=seeds,
    axes=st.integers(1, 3),
    by_size=st.booleans(),
    align_corners=st.sampled_from([None, True, False]),
    recompute=st.sampled_from([None, True, False]),
    antialias=st.booleans(),
    data=st.data(),
)
def test_interpolate(rng, axes, by_size, align_corners, recompute, antialias, data):
    mode = data.draw(st.sampled_from(["nearest", "nearest-exact", "area", *MODES[axes]]))
    x = rng.normal(size=(*rng.integers(1, 3, 2), *rng.integers(1, 7, axes)))
    options = {"mode": mode}
    if "linear" in mode or mode == "bicubic":
        options["align_corners"] = align_corners
    if antialias and mode in ("bilinear", "bicubic") and not align_corners:
        options["antialias"] = True
    if by_size:
        options["size"] = tuple(int(n) for n in rng.integers(1, 9, axes))
    else:
        options["scale_factor"] = tuple(float(s) for s in rng.choice([0.5, 1.0, 1.3, 2.0, 2.5, 3.0], axes))
        options["recompute_scale_factor"] = recompute
        lengths = [(n, int(n * s), s) for n, s in zip(x.shape[2:], options["scale_factor"], strict=True)]
        assume(all(target for _, target, _ in lengths))
        if mode in ("nearest", "bicubic") or options.get("antialias"):
            # PyTorch's values and gradients disagree where a length grows to once or twice itself by another factor.
            assume(all(s in (1, 2) or target not in (n, 2 * n) for n, target, s in lengths))
    if options.get("antialias"):  # PyTorch repeats one pixel of images that become one pixel wide
        assume(min(F.interpolate(x, **options).shape[2:]) > 1)
    x = channels_last(x) if rng.random() < 0.5 else x
    compare(lambda x: F.interpolate(x, **options), lambda x: torch.nn.functional.interpolate(x, **options), x)


@pytest.mark.parametrize("source", [3, 40, 200])
@pytest.mark.parametrize("target", [1, 63, 65, 130])
@pytest.mark.parametrize("mode", ["linear", "area", "nearest", "nearest-exact"])
def test_long_axes_in_several_blocks(source, target, mode):
    x = np.random.default_rng(0).normal(size=(2, 2, source))
    options = {"size": target, "mode": mode}
    compare(lambda x: F.interpolate(x, **options), lambda x: torch.nn.functional.interpolate(x, **options), x)


# --- blocks and channels --------------------------------------------------------------------------------


@settings(deadline=None)
@given(rng=seeds, is_single=st.booleans())
def test_unfold_and_fold(rng, is_single):
    kernel, dilation, stride = (tuple(int(n) for n in rng.integers(1, 4, 2)) for _ in range(3))
    padding = tuple(int(n) for n in rng.integers(0, 3, 2))
    size = tuple(int(n) for n in rng.integers(1, 9, 2))
    spans = [d * (k - 1) + 1 - 2 * p for k, d, p in zip(kernel, dilation, padding, strict=True)]
    assume(all(span <= n for span, n in zip(spans, size, strict=True)))
    x = rng.normal(size=(2, 3, *size))
    x = x[0] if is_single else x
    options = {"kernel_size": kernel, "dilation": dilation, "padding": padding, "stride": stride}
    compare(lambda x: F.unfold(x, **options), lambda x: torch.nn.functional.unfold(x, **options), x)
    columns = rng.normal(size=F.unfold(x, **options).shape)
    compare(lambda c: F.fold(c, size, **options), lambda c: torch.nn.functional.fold(c, size, **options), columns)


@settings(deadline=None)
@given(rng=seeds, r=st.integers(1, 3), leading=st.integers(0, 2))
def test_pixels_and_channels(rng, r, leading):
    shape = (*rng.integers(1, 3, leading), *rng.integers(1, 4, 3))
    for name, factors in {"pixel_shuffle": (r * r, 1, 1), "pixel_unshuffle": (1, r, r)}.items():
        x = rng.normal(size=(*shape[:-3], *np.multiply(shape[-3:], factors)))
        ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
        compare(lambda x, f=ours: f(x, r), lambda x, f=theirs: f(x, r), x)
    x = rng.normal(size=(2, 2 * r, 3, 2))
    compare(lambda x: F.channel_shuffle(x, r), lambda x: torch.nn.functional.channel_shuffle(x, r), x)


@pytest.mark.parametrize(("dim", "size"), [(1, (2, 3)), (-1, (2, 2)), (0, (1, -1)), (1, (3, -1, 2))])
def test_unflatten(dim, size):
    x = np.random.default_rng(0).normal(size=(3, 6, 4))
    compare(nn.Unflatten(dim, size), torch.nn.Unflatten(dim, size), x)


# --- tables and products --------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    rng=seeds,
    padding_idx=st.sampled_from([None, 0, 2, -1]),
    max_norm=st.sampled_from([None, 1.0, 2.5]),
    norm_type=st.sampled_from([1.0, 2.0, 3.0]),
    scale=st.booleans(),
)
def test_embedding(rng, padding_idx, max_norm, norm_type, scale):
    indices = rng.integers(0, 5, tuple(rng.integers(1, 4, rng.integers(0, 3))))
    options = {"padding_idx": padding_idx, "max_norm": max_norm, "norm_type": norm_type, "scale_grad_by_freq": scale}
    table = rng.normal(size=(5, 3))
    ours, theirs = nn.Embedding(5, 3, **options, dtype="float64"), torch.nn.Embedding(5, 3, **options).double()
    ours.weight.data[...] = table
    theirs.weight.data[...] = torch.tensor(table)
    out, other = ours(indices), theirs(torch.tensor(indices))
    assert_equal(out, other)
    assert_equal(ours.weight, theirs.weight)
    g = rng.normal(size=out.shape)
    out.backward(g)
    other.backward(torch.tensor(g))
    assert_equal(ours.weight.grad, theirs.weight.grad)


@pytest.mark.parametrize("classes", [-1, 5])
def test_one_hot(classes):
    indices = np.array([[0, 2], [4, 1]])
    ours, theirs = F.one_hot(ag.tensor(indices), classes), torch.nn.functional.one_hot(torch.tensor(indices), classes)
    assert_equal(ours, theirs)
    assert str(ours.dtype) == "int64"


@settings(deadline=None)
@given(rng=seeds, has_bias=st.booleans())
def test_bilinear(rng, has_bias):
    leading, (a, b, out) = rng.integers(1, 4, rng.integers(1, 4)), rng.integers(1, 5, 3)
    arrays = [rng.normal(size=shape) for shape in ((*leading, a), (*leading, b), (out, a, b), (out,))]
    compare(F.bilinear, torch.nn.functional.bilinear, *arrays[: 4 if has_bias else 3])


# --- names ----------------------------------------------------------------------------------------------

LAYERS = [
    "Identity()",
    "Bilinear(2, 3, 4)",
    "Bilinear(2, 3, 4, bias=False)",
    "Unflatten(1, (2, 3))",
    "Unfold(2)",
    "Unfold((2, 3), dilation=2, padding=(1, 2), stride=3)",
    "Fold((4, 5), 2)",
    "Fold(4, (2, 3), 1, 1, 2)",
    "PixelShuffle(2)",
    "PixelUnshuffle(3)",
    "ChannelShuffle(2)",
    "ZeroPad1d(1)",
    "ZeroPad2d((1, 2, 0, 1))",
    "ZeroPad3d(2)",
    "ConstantPad1d(1, 2.5)",
    "ConstantPad2d((1, 2, 0, 1), 0.5)",
    "ConstantPad3d(1, value=3.0)",
    "ReflectionPad1d(1)",
    "ReflectionPad2d(1)",
    "ReflectionPad3d(1)",
    "ReplicationPad1d((1, 0))",
    "ReplicationPad2d(1)",
    "ReplicationPad3d(1)",
    "CircularPad1d(2)",
    "CircularPad2d((0, 1, 2, 1))",
    "CircularPad3d(1)",
    "Upsample(4)",
    "Upsample((4, 5), mode='bilinear')",
    "Upsample(scale_factor=2)",
    "Upsample(scale_factor=(2, 1.5), mode='bicubic')",
    "Embedding(5, 3)",
    "Embedding(5, 3, padding_idx=-1)",
    "Embedding(5, 3, 0, 2.0, 1.0, True)",
]


@pytest.mark.parametrize("text", LAYERS)
def test_names_and_shapes_are_pytorchs(text):
    ours, theirs = eval(f"nn.{text}"), eval(f"torch.nn.{text}")
    assert repr(ours) == repr(theirs)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }


@pytest.mark.parametrize("text", ["Bilinear(100, 20, 300)", "Embedding(1000, 300)", "Embedding(300, 1000, 3)"])
def test_layers_start_from_the_same_distribution(text):
    for p, q in zip(eval(f"nn.{text}").parameters(), eval(f"torch.nn.{text}").parameters(), strict=True):
        ours, theirs = np.sort(p.data.ravel()), np.sort(q.detach().numpy().ravel())
        assert ours.dtype == theirs.dtype
        inner = slice(len(ours) // 50, -len(ours) // 50)  # the tails of a normal distribution vary
        np.testing.assert_allclose(ours[inner], theirs[inner], atol=0.03)


@pytest.mark.parametrize(
    "text",
    [
        "ZeroPad2d((1, 2, -1, 1))",
        "ConstantPad3d(1, 2.5)",
        "ConstantPad1d((3, 1), 2.5)",
        "ReflectionPad2d((1, 2, 0, 3))",
        "ReflectionPad3d((1, 2, 0, 1, 1, 1))",
        "ReplicationPad2d(3)",
        "ReplicationPad3d(2)",
        "CircularPad2d((4, 0, 1, 2))",
        "CircularPad3d(1)",
        "Upsample(scale_factor=(2, 1.5, 1), mode='trilinear')",
        "Upsample(scale_factor=(2, 1.5, 1), mode='trilinear', align_corners=True)",
        "Upsample(scale_factor=1.7, recompute_scale_factor=True)",
        "UpsamplingNearest2d(scale_factor=2)",
        "UpsamplingBilinear2d((5, 3))",
    ],
)
def test_padding_and_upsampling(text):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5) if "2d" in text else (2, 3, 3, 4, 5))
    compare(eval(f"nn.{text}"), eval(f"torch.nn.{text}"), x)
