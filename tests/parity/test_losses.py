"""Losses beside PyTorch's: values and gradients over random configurations, at kinks, and of nothing at all."""

import inspect
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd.testing import generators
from nn.layers import distances, losses, margin_losses

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

OURS_ALONE = {"FocalLoss", "HingeLoss"}
NAMES = [*losses.__all__, *margin_losses.__all__, *distances.__all__]
MODULES = [name for name in NAMES if name not in OURS_ALONE]


def numbers(rng, shape, low=-3.0, high=3.0):
    """An array, also of no axes."""
    return np.asarray(rng.uniform(low, high, shape))


def in_both(call, arrays):
    """The result of a call and the gradients of its real arrays, of both libraries; ``call(kit, *tensors)``."""
    found = []
    arrays = [np.asarray(a) if isinstance(a, np.generic) else a for a in arrays]  # of arithmetic on those of no axes
    for kit in (ag, torch):
        tensors = [kit.tensor(a, requires_grad=a.dtype.kind == "f") if isinstance(a, np.ndarray) else a for a in arrays]
        with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
            warnings.simplefilter("ignore" if kit is torch else "error")
            out = call(kit, *tensors)
        scale = numbers(np.random.default_rng(1), tuple(out.shape), 0.5, 2)
        (out * kit.tensor(scale)).sum().backward()
        grads = [t.grad for t in tensors if not isinstance(t, (float, int)) and t.requires_grad]
        found.append([np.asarray(ag.value_of(out) if kit is ag else out.detach().numpy())])
        found[-1] += [np.asarray(ag.value_of(g) if kit is ag else g.numpy()) for g in grads]
    return found


def assert_same(call, *arrays, tolerance=1e-10):
    ours, theirs = in_both(call, arrays)
    assert [a.shape for a in ours] == [b.shape for b in theirs]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def module(name, **options):
    """A call of the module of that name: arrays among its options become tensors of each library."""

    def call(kit, *tensors):
        given_ = {key: kit.tensor(v) if isinstance(v, np.ndarray) else v for key, v in options.items()}
        return getattr(nn if kit is ag else torch.nn, name)(**given_)(*tensors)

    return call


def function(name, **options):
    def call(kit, *tensors):
        given_ = {key: kit.tensor(v) if isinstance(v, np.ndarray) else v for key, v in options.items()}
        return getattr((nn if kit is ag else torch.nn).functional, name)(*tensors, **given_)

    return call


@st.composite
def shapes(draw, least=0, most=4):
    return tuple(draw(st.lists(st.sampled_from([1, 2, 3, 5, 0]), min_size=least, max_size=most)))


reductions = st.sampled_from(["mean", "sum", "none"])


def drawn(rng, *options):
    """One of the options, or None."""
    return options[rng.integers(len(options))]


# --- of each element ------------------------------------------------------------------------------------


@given(shape=shapes(), rng=generators(), reduction=reductions, beta=st.sampled_from([0.0, 0.3, 1.0, 2.5]))
def test_losses_of_a_difference(shape, rng, reduction, beta):
    x, y = 2 * numbers(rng, shape), numbers(rng, shape)
    assert_same(module("L1Loss", reduction=reduction), x, y)
    assert_same(module("MSELoss", reduction=reduction), x, y)
    assert_same(module("SmoothL1Loss", reduction=reduction, beta=beta), x, y)
    assert_same(module("HuberLoss", reduction=reduction, delta=beta or 0.7), x, y)


@given(shape=shapes(), rng=generators(), reduction=reductions)
def test_differences_with_weights(shape, rng, reduction):
    x, y, weight = numbers(rng, shape), numbers(rng, shape), numbers(rng, shape, 0.5, 2)
    for name in ("l1_loss", "mse_loss", "huber_loss"):

        def call(kit, x, y, weight, name=name):
            return function(name, weight=weight, reduction=reduction)(kit, x, y)

        assert_same(call, x, y, weight)


@given(shape=shapes(), rng=generators(), reduction=reductions)
def test_binary_cross_entropies(shape, rng, reduction):
    x, target = 5 * numbers(rng, shape), numbers(rng, shape, 0, 1)
    whole = numbers(rng, shape, 0.5, 2)
    last = numbers(rng, shape[-1:], 0.5, 2)
    first = numbers(rng, (*shape[:1], *(1,) * (len(shape) - 1)), 0.5, 2)
    weight = drawn(rng, None, whole, last, first)
    probabilities = numbers(rng, shape, 0.01, 0.99)
    assert_same(module("BCELoss", weight=weight, reduction=reduction), probabilities, target)
    options = {"weight": weight, "pos_weight": drawn(rng, None, whole, last, first)}
    assert_same(module("BCEWithLogitsLoss", reduction=reduction, **options), x, target)


@given(shape=shapes(), rng=generators(), reduction=reductions, flags=st.tuples(st.booleans(), st.booleans()))
def test_likelihoods(shape, rng, reduction, flags):
    first, full = flags
    x = numbers(rng, shape)
    log_p, p = -numbers(rng, shape, 0.1, 3), numbers(rng, shape, 0.1, 1)
    batchmean = "batchmean" if shape and shape[0] and rng.random() < 0.3 else reduction
    assert_same(module("KLDivLoss", reduction=batchmean, log_target=first), log_p, log_p * 0.5 if first else p)
    counts = np.asarray(rng.integers(0, 5, shape))
    if full or rng.random() < 0.5:  # PyTorch takes the logarithms of integers in float32, and has no slope at 0
        counts = counts + numbers(rng, shape, 0.1, 0.9)
    options = {"log_input": first, "full": full, "reduction": reduction, "eps": drawn(rng, 1e-8, 0.1)}
    assert_same(module("PoissonNLLLoss", **options), x if first else np.exp(x), counts)


@given(shape=shapes(least=1), rng=generators(), reduction=reductions, full=st.booleans())
def test_gaussian_likelihood(shape, rng, reduction, full):
    x, target = numbers(rng, shape), numbers(rng, shape)
    axis = rng.integers(len(shape))
    one = tuple(1 if i == axis else n for i, n in enumerate(shape))
    var = drawn(rng, numbers(rng, shape, 0.5, 2), numbers(rng, one, 0.5, 2), numbers(rng, shape[:-1], 0.5, 2), 1.5)
    if 0 in shape and not isinstance(var, float) and var.shape != shape:
        return  # PyTorch looks at the sum of lengths that differ
    options = {"reduction": reduction, "full": full, "eps": drawn(rng, 1e-6, 1.0)}
    assert_same(module("GaussianNLLLoss", **options), x, target, var)


@given(shape=shapes(), rng=generators(), reduction=reductions, margin=st.sampled_from([0.0, 0.5, 1.0]))
def test_losses_of_labels_of_two_kinds(shape, rng, reduction, margin):
    x, other = numbers(rng, shape), numbers(rng, shape)
    labels = np.asarray(rng.choice([-1, 1], shape))
    assert_same(module("HingeEmbeddingLoss", reduction=reduction, margin=margin), x, labels)
    assert_same(module("SoftMarginLoss", reduction=reduction), 10 * x, labels)
    assert_same(module("MarginRankingLoss", reduction=reduction, margin=margin), x, other, labels)


# --- classes --------------------------------------------------------------------------------------------


@given(rest=shapes(most=2), batch=st.integers(0, 3), classes=st.integers(1, 5), rng=generators(), reduction=reductions)
def test_labels(rest, batch, classes, rng, reduction):
    shape, labels_shape = drawn(
        rng, ((classes,), ()), ((batch, classes), (batch,)), ((batch, classes, *rest), (batch, *rest))
    )
    x, labels = numbers(rng, shape), np.asarray(rng.integers(0, classes, labels_shape))
    options = {"weight": drawn(rng, None, numbers(rng, classes, 0.5, 2)), "reduction": reduction}
    options |= {"ignore_index": int(rng.integers(classes))} if rng.random() < 0.5 else {}
    if 0 not in shape:  # PyTorch refuses some of those
        assert_same(module("NLLLoss", **options), x, labels)
    smoothing = drawn(rng, 0.0, 0.2)
    if 0 not in shape:
        assert_same(module("CrossEntropyLoss", label_smoothing=smoothing, **options), x, labels)


@given(batch=st.integers(1, 4), classes=st.integers(1, 5), rng=generators(), reduction=reductions)
def test_losses_with_margins_between_classes(batch, classes, rng, reduction):
    leading = drawn(rng, (), (batch,))
    x, labels = numbers(rng, (*leading, classes)), np.asarray(rng.integers(0, classes, leading))
    weight = drawn(rng, None, numbers(rng, classes, 0.5, 2))
    options = {"p": drawn(rng, 1, 2), "margin": drawn(rng, 1.0, 0.3), "weight": weight}
    assert_same(module("MultiMarginLoss", reduction=reduction, **options), x, labels)
    several = rng.integers(-1, classes, (*leading, classes))
    assert_same(module("MultiLabelMarginLoss", reduction=reduction), x, several)
    target = numbers(rng, x.shape, 0, 1)
    assert_same(module("MultiLabelSoftMarginLoss", reduction=reduction, weight=weight), x, target)


# --- vectors --------------------------------------------------------------------------------------------


@given(batch=st.integers(0, 4), length=st.integers(1, 5), rng=generators(), reduction=reductions)
def test_losses_of_embeddings(batch, length, rng, reduction):
    leading = drawn(rng, (), (batch,))
    x, y, z = numbers(rng, (3, *leading, length))
    labels = np.asarray(rng.choice([-1, 1], leading))
    assert_same(module("CosineEmbeddingLoss", reduction=reduction, margin=drawn(rng, 0.0, 0.3, -0.4)), x, y, labels)
    options = {"margin": drawn(rng, 1.0, 0.2), "p": drawn(rng, 2.0, 1.0, 3.0), "swap": drawn(rng, True, False)}
    assert_same(module("TripletMarginLoss", reduction=reduction, eps=drawn(rng, 1e-6, 0.1), **options), x, y, z)


@given(shape=shapes(least=1), rng=generators(), p=st.sampled_from([1.0, 2.0, 3.0, float("inf")]), keepdim=st.booleans())
def test_distances(shape, rng, p, keepdim):
    if shape[-1]:  # of vectors without elements there is no largest
        x, y = numbers(rng, shape), numbers(rng, shape[rng.integers(len(shape)) :])
        assert_same(module("PairwiseDistance", p=p, keepdim=keepdim), x, y)


@given(shape=shapes(least=1), rng=generators())
def test_similarity(shape, rng):
    x, y = numbers(rng, shape), numbers(rng, shape[rng.integers(len(shape)) :])
    dim = int(rng.integers(-len(shape), len(shape)))
    assert_same(module("CosineSimilarity", dim=dim, eps=drawn(rng, 1e-8, 2.0)), x, y)


# --- kinks and limits -----------------------------------------------------------------------------------

AT = np.array
EDGES = {
    "l1 at equal": (module("L1Loss"), AT([1.0, 2.0]), AT([1.0, 3.0])),
    "smooth l1 at its bend": (module("SmoothL1Loss", beta=0.5), AT([0.5, -0.5, 0.0]), AT([0.0, 0.0, 0.0])),
    "huber at its bend": (module("HuberLoss", delta=2.0), AT([2.0, -2.0, 0.0]), AT([0.0, 0.0, 0.0])),
    "hinge at its margin": (module("HingeEmbeddingLoss"), AT([1.0, 0.0, 1.0]), AT([-1, 1, 1])),
    "ranking at its margin": (module("MarginRankingLoss", margin=1.0), AT([2.0, 1.0]), AT([1.0, 2.0]), AT([1, -1])),
    "classes at their margin": (module("MultiMarginLoss"), AT([[1.0, 0.0, 2.0]]), AT([0])),
    "labels at their margin": (module("MultiLabelMarginLoss"), AT([[1.0, 0.0, 2.0]]), AT([[0, -1, 0]])),
    "probabilities 0 and 1": (function("binary_cross_entropy", reduction="sum"), AT([0.0, 1.0, 0.0, 1.0]), None),
    "huge logits": (module("BCEWithLogitsLoss"), AT([1e4, -1e4, 1e300, -1e300]), AT([0, 1.0, 0, 1.0])),
    "large scores": (module("SoftMarginLoss", reduction="sum"), AT([600.0, -600.0, 600.0]), AT([1, 1, -1])),
    "a small variance": (module("GaussianNLLLoss", eps=0.1), AT([1.0, 2.0]), AT([0.0, 0.0]), AT([0.0, 0.05])),
    "vectors of no length": (module("CosineSimilarity"), AT([[0.0, 0.0]]), AT([[1.0, 2.0]])),
    "embeddings of no length": (module("CosineEmbeddingLoss"), AT([[0.0, 0.0]]), AT([[1.0, 2.0]]), AT([1])),
    "equal vectors": (module("PairwiseDistance", eps=0.0), AT([[1.0, 2.0]]), AT([[1.0, 2.0]])),
    "a swap that ties": (module("TripletMarginLoss", swap=True), AT([[0.0]]), AT([[2.0]]), AT([[1.0]])),
}

OF_FLOATS = {"probabilities 0 and 1", "embeddings of no length"}  # PyTorch's smallest divisor has float32's digits


@pytest.mark.parametrize("edge", EDGES)
def test_conventions_are_pytorchs(edge):
    call, *arrays = EDGES[edge]
    tolerance = 1e-8 if edge in OF_FLOATS else 1e-10
    if arrays[-1] is None:  # targets that need no gradient: PyTorch's is infinite there
        arrays = arrays[:1]
        target = np.array([0.0, 1.0, 1.0, 0.0])
        assert_same(lambda kit, x: call(kit, x, kit.tensor(target)), *arrays, tolerance=tolerance)
    else:
        assert_same(call, *arrays, tolerance=tolerance)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("alpha", [None, 0.25])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_focal_loss_of_two_classes_is_its_formula(gamma, alpha, reduction):
    def formula(x, t):
        p = torch.sigmoid(x)
        p_t = p * t + (1 - p) * (1 - t)
        losses = torch.nn.functional.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - p_t) ** gamma
        losses = losses if alpha is None else losses * (alpha * t + (1 - alpha) * (1 - t))
        return losses if reduction == "none" else getattr(losses, reduction)()

    rng = np.random.default_rng(0)
    ours = nn.FocalLoss(alpha, gamma, reduction)
    call = lambda kit, x, t: ours(x, t) if kit is ag else formula(x, t)  # noqa: E731
    assert_same(call, numbers(rng, (4, 3)), rng.integers(0, 2, (4, 3)).astype(float))


# --- modules --------------------------------------------------------------------------------------------


def test_all_of_pytorchs_are_compared():
    assert not [name for name in MODULES if not hasattr(torch.nn, name)]
    assert not [name for name in OURS_ALONE if hasattr(torch.nn, name)]


@pytest.mark.parametrize("name", MODULES)
def test_arguments_and_repr_are_pytorchs(name):
    ours, theirs = getattr(nn, name), getattr(torch.nn, name)

    def arguments(cls):
        parameters = inspect.signature(cls).parameters.values()
        return [(p.name, p.kind, p.default) for p in parameters if p.name not in ("size_average", "reduce")]

    assert arguments(ours) == arguments(theirs)
    if name != "CosineSimilarity" and name != "PairwiseDistance":  # PyTorch's say nothing, or only numbers
        assert repr(ours()) == repr(theirs())


@pytest.mark.parametrize(
    "name", [name for name in MODULES if "weight" in inspect.signature(getattr(nn, name)).parameters]
)
def test_weights_are_buffers_of_the_same_names(name):
    options = {"weight": [1.0, 2.0]} | ({"pos_weight": [1.0, 3.0]} if name == "BCEWithLogitsLoss" else {})
    ours = getattr(nn, name)(**options)
    theirs = getattr(torch.nn, name)(**{key: torch.tensor(value) for key, value in options.items()})
    assert list(ours.state_dict()) == list(theirs.state_dict()) == list(options)
    ours.load_state_dict({key: 2 * value for key, value in theirs.state_dict().items()})
    assert ours.weight.tolist() == [2.0, 4.0]
    assert list(getattr(nn, name)().state_dict()) == list(getattr(torch.nn, name)().state_dict()) == []
