"""Losses: exact small examples, limits, and what is said of arguments that do not fit."""

import warnings

import numpy as np
import pytest

import autograd as ag
import nn
from nn.layers import losses, margin_losses

F = nn.functional
LOSSES = [*losses.__all__, *margin_losses.__all__]


def gradient(function, x, *args, **kwargs):
    """The gradient of a loss in its first argument."""
    x = ag.tensor(np.array(x, float), requires_grad=True)
    function(x, *args, **kwargs).backward()
    return x.grad.tolist()


# --- small examples -------------------------------------------------------------------------------------


def test_reductions():
    x, y = np.array([[1.0, 2.0], [3.0, 6.0]]), np.zeros((2, 2))
    assert F.l1_loss(x, y) == 3 and F.l1_loss(x, y, "sum") == 12
    assert F.l1_loss(x, y, "none").tolist() == x.tolist()
    assert F.kl_div(x, np.ones((2, 2)), "batchmean") == -6


def test_a_weighted_mean_is_divided_by_the_weights():
    x, labels = np.array([[-1.0, -2.0], [-3.0, -4.0]]), np.array([0, 1])
    assert F.nll_loss(x, labels, np.array([1.0, 3.0])) == (1 + 3 * 4) / 4
    assert F.l1_loss(np.array([1.0, 2.0]), np.zeros(2), weight=np.array([3.0, 1.0])) == (3 + 2) / 4
    assert F.huber_loss(np.array([1.0, 2.0]), np.zeros(2), weight=np.array([3.0, 1.0])) == (1.5 + 1.5) / 2


def test_derivatives_at_kinks():
    assert gradient(F.l1_loss, [1.0, 2.0], np.array([1.0, 0.0]), reduction="sum") == [0, 1]
    assert gradient(F.huber_loss, [2.0, -3.0], np.zeros(2), reduction="sum", delta=2.0) == [2, -2]
    assert gradient(F.hinge_loss, [1.0, -1.0], np.array([1, -1]), reduction="sum") == [-1, 1]
    assert gradient(F.hinge_embedding_loss, [1.0], np.array([-1])) == [-1]
    assert gradient(F.multi_margin_loss, [1.0, 0.0], np.array(0)) == [0, 0]


def test_labels_of_several_classes():
    x = ag.tensor([[0.5, 0.25, 0.5, 1.0]], dtype="float64")
    assert F.multilabel_margin_loss(x, ag.tensor([[3, 0, -1, 1]])).item() == (0.25 + 0.5 + 0.75 + 1) / 4
    assert F.multilabel_margin_loss(x, ag.tensor([[-1, 0, 1, 2]])).item() == 0
    twice = F.multilabel_margin_loss(x, ag.tensor([[3, 3, -1, -1]])).item()
    assert twice == 2 * F.multilabel_margin_loss(x, ag.tensor([[3, -1, -1, -1]])).item()
    assert F.multi_margin_loss(x, ag.tensor([0]), p=2).item() == (0.75**2 + 1 + 1.5**2) / 4


def test_hinge_losses():
    scores, labels = np.array([0.5, 2.0, -1.0]), np.array([1, 1, 1])
    assert F.hinge_loss(scores, labels, reduction="none").tolist() == [0.5, 0, 2]
    assert F.hinge_loss(scores, labels, squared=True, reduction="none").tolist() == [0.25, 0, 4]


def test_focal_loss_of_labels_is_its_formula():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(5, 3, 2)), rng.integers(0, 3, (5, 2))
    p = np.take_along_axis(F.softmax(logits, 1), labels[:, None], 1)[:, 0]
    weight = np.array([0.5, 1.0, 2.0])
    losses = -((1 - p) ** 1.5) * np.log(p)
    np.testing.assert_allclose(F.focal_loss(logits, labels, gamma=1.5, reduction="none"), losses)
    np.testing.assert_allclose(F.focal_loss(logits, labels, weight, 1.5), (losses * weight[labels]).mean())
    np.testing.assert_allclose(F.focal_loss(logits, labels, gamma=0.0), F.cross_entropy(logits, labels))


def test_a_weight_of_classes_is_a_buffer_and_follows_the_model():
    loss = nn.BCEWithLogitsLoss(pos_weight=[1.0, 3.0])
    assert loss.pos_weight.dtype == np.float32 and not list(loss.parameters())
    assert list(loss.double().state_dict()) == ["pos_weight"]
    assert loss(ag.zeros(1, 2, dtype="float64"), ag.ones(1, 2, dtype="float64")).item() == pytest.approx(2 * np.log(2))


# --- limits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_huge_logits_give_finite_losses_without_a_warning(dtype):
    x = np.array([3e4, -3e4, 0.0, 30.0], dtype)
    target = np.array([0, 1, 1, 1], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loss in (nn.BCEWithLogitsLoss(), nn.FocalLoss(gamma=0.5), nn.MultiLabelSoftMarginLoss()):
            logits = ag.tensor(x, requires_grad=True)
            value = loss(logits, ag.tensor(target))
            value.backward()
            assert value.dtype == logits.grad.dtype == dtype
            assert np.isfinite(value.item()) and np.isfinite(logits.grad.data).all()
        assert F.soft_margin_loss(x, np.array([-1, 1, 1, 1]), "none")[0] == 3e4


def test_small_losses_keep_their_digits():
    x = np.array([-30.0, -50.0])
    losses = F.binary_cross_entropy_with_logits(x, np.zeros(2), reduction="none")
    np.testing.assert_allclose(losses, np.exp(x), rtol=1e-12)
    np.testing.assert_allclose(
        gradient(F.binary_cross_entropy_with_logits, x, np.zeros(2), reduction="sum"), np.exp(x), rtol=1e-12
    )


def test_certain_and_wrong_costs_100():
    x, target = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0, 1.0])
    assert F.binary_cross_entropy(x, target, reduction="none").tolist() == [100, 100, 0, 0]
    assert np.isfinite(gradient(F.binary_cross_entropy, x, target)).all()
    soft = ag.tensor(target, requires_grad=True)
    F.binary_cross_entropy(x, soft, reduction="sum").backward()
    assert soft.grad.tolist() == [100, -100, 100, -100]


def test_second_derivatives_where_logarithms_are_bounded():
    x = ag.tensor(np.array([0.0, 1.0, 0.5]), requires_grad=True)
    loss = F.binary_cross_entropy(x, np.array([0.0, 1.0, 1.0]), reduction="sum")
    (slope,) = ag.gradients(loss, x, create_graph=True)
    slope.sum().backward()
    assert np.isfinite(x.grad.data).all() and x.grad.data[2] == pytest.approx(4)


@pytest.mark.parametrize("name", ["L1Loss", "MSELoss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss"])
def test_a_mean_of_nothing_is_nan_and_its_gradient_nothing(name):
    x = ag.zeros(0, 3, requires_grad=True)
    value = getattr(nn, name)()(x, ag.zeros(0, 3))
    value.backward()
    assert np.isnan(value.item()) and x.grad.shape == (0, 3)


def test_a_mean_of_ignored_labels_is_nan_and_its_gradient_0():
    x = ag.zeros(2, 3, requires_grad=True)
    value = F.nll_loss(x, ag.tensor([1, 1]), ignore_index=1)
    value.backward()
    assert np.isnan(value.item()) and not x.grad.data.any()


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss", "binary_cross_entropy_with_logits"])
def test_memory_of_any_order(name):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(2, 3, 4, 5)), rng.uniform(size=(2, 3, 4, 5))
    expected = getattr(F, name)(x, y)
    nhwc = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    for a, b in ((nhwc, y), (x, y[::-1, ::-1][::-1, ::-1]), (nhwc, np.asfortranarray(y))):
        assert getattr(F, name)(a, b) == pytest.approx(expected, rel=1e-13)


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOSSES)
def test_another_reduction_is_refused_when_a_loss_is_made(name):
    with pytest.raises(ag.errors.ArgumentError, match=rf"{name}: reduction='average'; want .*'mean', 'sum' or 'none'"):
        getattr(nn, name)(reduction="average")


x, ints = np.full((2, 3), 0.5, "f4"), np.zeros((2, 3), int)
Shape, Dtype, Argument = ag.errors.ShapeError, ag.errors.DtypeError, ag.errors.ArgumentError


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.l1_loss(x, x[0]), Shape, r"the input has shape \(2, 3\), the target \(3,\)"),
        (lambda: F.l1_loss(x, x, weight=x[0]), Shape, r"the weight \(3,\); want the same"),
        (lambda: F.smooth_l1_loss(x, x, beta=-1.0), Argument, "beta=-1.0; want a number of at least 0"),
        (lambda: F.huber_loss(x, x, delta=0.0), Argument, "delta=0.0; want a number above 0"),
        (
            lambda: F.nll_loss(x, np.array([0, 3])),
            Argument,
            r"nll_loss: the target has the label 3, .* want 0 to 2, or",
        ),
        (lambda: F.nll_loss(x, x), Shape, r"integer labels of shape \(2,\), got \(2, 3\) float32"),
        (lambda: F.nll_loss(x, np.zeros(2)), Shape, r"make them integers: target\.astype\(int\)"),
        (
            lambda: F.cross_entropy(np.zeros((2, 4, 3)), np.zeros((2, 4), int)),
            Shape,
            r"got \(2, 4\) int64\. If the classes are on .* last axis: input\.reshape\(-1, 3\), target\.reshape\(-1\)",
        ),
        (lambda: F.nll_loss(x, [0, 1]), Dtype, "target is a list; want a Tensor or an array"),
        (lambda: F.nll_loss(ints, ints[:, 0]), Dtype, "want floats"),
        (lambda: F.nll_loss(x, ints[:, 0], x[0, :2]), Shape, r"a weight for each of the 3 classes, of shape \(3,\)"),
        (lambda: F.binary_cross_entropy(2 * x + 1, x), Argument, "values from 2 to 2; want probabilities.*with_logits"),
        (lambda: F.binary_cross_entropy(x * np.float32("nan"), x), Argument, "want probabilities"),
        (lambda: F.binary_cross_entropy_with_logits(x, ints), Dtype, r"target\.astype\('float32'\)"),
        (
            lambda: F.binary_cross_entropy_with_logits(x, x, pos_weight=x[:, 0]),
            Shape,
            r"pos_weight has shape \(2,\), which does not broadcast to the input's, \(2, 3\)",
        ),
        (lambda: F.poisson_nll_loss([1.0], x), Dtype, "input is a list; want a Tensor or an array"),
        (lambda: F.kl_div(x[0, 0], x[0, 0], "batchmean"), Shape, r"Give \(batch, ...\), or reduction='sum'"),
        (lambda: F.gaussian_nll_loss(x, x, -x), Argument, "var has the value -0.5; want variances"),
        (lambda: F.gaussian_nll_loss(x, x, x[:, :2]), Shape, r"var has shape \(2, 2\)"),
        (lambda: F.gaussian_nll_loss(x, x, x[0]), Shape, r"var has shape \(3,\), the input \(2, 3\)"),
        (lambda: F.binary_cross_entropy(x, 4 * x), Argument, "the target has values from 2 to 2; want 0, 1 or"),
        (lambda: F.binary_cross_entropy(x, None), Dtype, "target is a NoneType"),
        (lambda: F.cross_entropy(x, ints[:, 0] + 0.5j), Shape, r"got \(2,\) complex128"),
        (lambda: F.nll_loss(x, ints[:, 0] + 0.5j), Shape, r"got \(2,\) complex128"),
        (lambda: F.cross_entropy(ints, ints[:, 0]), Dtype, r"cross_entropy: input is \(2, 3\) int64; want floats"),
        (lambda: F.mse_loss(ints.astype(float), ints), Dtype, r"Convert it: target.astype\('float64'\)\."),
        (lambda: F.focal_loss(x, x, alpha=2.0), Argument, "alpha=2.0; want a number from 0 to 1"),
        (lambda: F.focal_loss(x, ints[:, 0], alpha=0.25), Argument, "want a weight of each class, or None"),
        (lambda: F.focal_loss(x, x, gamma=-1.0), Argument, "gamma=-1.0"),
        (lambda: F.hinge_loss(x, ints), Argument, r"the label 0; want 1 and -1.*2 \* target"),
        (lambda: F.hinge_loss(x, ints == 0), Argument, "the label True; want 1 and -1"),
        (lambda: F.hinge_loss(x, ints[0] + 1), Shape, r"want a target of shape \(2, 3\)"),
        (lambda: F.multi_margin_loss(x, ints[:, 0], p=3), Argument, "p=3; want 1 or 2"),
        (lambda: F.multi_margin_loss(x, np.array([0, -1])), Argument, "the label -1, but .* want 0 to 2. Where"),
        (lambda: F.multi_margin_loss(x[None], ints[:1]), Shape, r"\(batch, classes\) or \(classes,\), got \(1, 2, 3\)"),
        (lambda: F.multilabel_margin_loss(x, x), Shape, "take multilabel_soft_margin_loss"),
        (lambda: F.multilabel_margin_loss(x, ints + 3), Argument, "has the label 3"),
        (lambda: F.multilabel_margin_loss(x, ints - 2), Argument, "has the label -2"),
        (lambda: F.margin_ranking_loss(x, x[0], ints), Shape, r"the input1 has shape \(2, 3\), the input2 \(3,\)"),
        (lambda: F.cosine_embedding_loss(x, x, ints), Shape, r"want a target of shape \(2,\)"),
        (lambda: F.triplet_margin_loss(x, x, x, margin=0.0), Argument, "margin=0.0; want a number above 0"),
        (lambda: F.triplet_margin_loss(x, x, x[0]), Shape, r"the negative \(3,\)"),
        (lambda: F.cosine_similarity(x, ints), Dtype, r"but x2 is .* int64; .* Convert x2: x2\.astype\('float32'\)\.$"),
        (lambda: F.cosine_similarity(ints, ints), Dtype, r"Convert both: x1\.astype\('float32'\), x2\.astype\('"),
        (lambda: F.cosine_similarity(x, x, dim=2), Shape, "no axis dim=2"),
        (lambda: F.cosine_similarity(x, x[:, :2]), Shape, r"shapes \(2, 3\) and \(2, 2\) do not broadcast"),
        (lambda: F.pairwise_distance(x[0, 0], x[0, 0]), Shape, r"want inputs of shape \(\.\.\., length\)"),
    ],
)
def test_what_does_not_fit(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_what_has_no_derivative_says_so():
    weight = ag.ones(3, requires_grad=True)
    labels = ag.tensor([1.0, -1.0], requires_grad=True)
    for call in (
        lambda: F.nll_loss(x, ints[:, 0], weight),
        lambda: F.binary_cross_entropy(x, x, weight),
        lambda: F.binary_cross_entropy_with_logits(x, x, pos_weight=weight),
        lambda: F.multi_margin_loss(x, ints[:, 0], weight=weight),
        lambda: F.soft_margin_loss(x[0, :2], labels),
    ):
        with pytest.raises(ag.errors.GradientError, match=r"needs a gradient, and there is none for it; give .*detach"):
            call()


def test_an_error_names_the_path_in_the_model():
    class Net(nn.Module):
        def __init__(self):
            self.loss = nn.BCEWithLogitsLoss()

        def forward(self, x):
            return self.loss(x, x[0])

    with pytest.raises(Shape, match=r"^Net\.loss \(binary_cross_entropy_with_logits\)"):
        Net()(x)
