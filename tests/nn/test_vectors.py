"""Parameters and gradients as one vector."""

import numpy as np
import pytest

import autograd as ag
import nn


def test_parameters_go_into_a_vector_and_back():
    model, other = nn.Linear(2, 3).double(), nn.Linear(2, 3).double()
    vector = nn.parameters_to_vector(model.parameters())
    np.testing.assert_array_equal(vector.data, np.concatenate([model.weight.data.ravel(), model.bias.data]))
    storage = other.weight.data
    nn.vector_to_parameters(vector, other.parameters())
    assert other.weight.data is storage
    np.testing.assert_array_equal(other.weight.data, model.weight.data)
    np.testing.assert_array_equal(other.bias.data, model.bias.data)
    vector.data[...] = 0
    assert other.weight.data.any(), "the parameters have memory of their own"


def test_the_vector_is_differentiable():
    model = nn.Linear(2, 1).double()
    (nn.parameters_to_vector(model.parameters()) ** 2).sum().backward()
    np.testing.assert_allclose(model.weight.grad.data, 2 * model.weight.data)


def test_writing_is_noticed_by_graphs():
    model = nn.Linear(2, 1)
    loss = model(ag.ones(1, 2, requires_grad=True)).sum()
    nn.vector_to_parameters(np.zeros(3), model.parameters())
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        loss.backward()


def test_what_does_not_fit_is_refused():
    model = nn.Linear(2, 1)
    before = model.state_dict()
    with pytest.raises(ag.errors.ShapeError, match=r"the 2 parameters take a vector of shape \(3,\)"):
        nn.vector_to_parameters(np.zeros(4), model.parameters())
    with pytest.raises(ag.errors.ShapeError):
        nn.vector_to_parameters(np.zeros((3, 1)), model.parameters())
    np.testing.assert_array_equal(model.weight.data, before["weight"])
    with pytest.raises(ag.errors.ArgumentError, match="no parameters"):
        nn.parameters_to_vector([])
    with pytest.raises(TypeError, match=r"want Tensors, such as model\.parameters\(\), not a int"):
        nn.parameters_to_vector([3])


# --- clipping -------------------------------------------------------------------------------------------


def with_gradients(*arrays):
    parameters = [nn.Parameter(np.zeros_like(array)) for array in arrays]
    for parameter, array in zip(parameters, arrays, strict=True):
        parameter.grad = ag.tensor(array)
    return parameters


@pytest.mark.parametrize(("norm_type", "norm"), [(2.0, 5.0), (1.0, 7.0), (np.inf, 4.0)])
def test_norms_are_those_of_one_vector(norm_type, norm):
    a, b = with_gradients(np.array([3.0]), np.array([[-4.0]]))
    assert nn.utils.clip_grad_norm_([a, b, nn.Parameter([1.0])], 1.0, norm_type).item() == norm
    np.testing.assert_allclose([a.grad.data[0], b.grad.data[0, 0]], [3 / norm, -4 / norm], rtol=1e-5)


def test_small_gradients_are_left_alone():
    (a,) = with_gradients(np.array([3.0]))
    nn.utils.clip_grad_norm_(a, 10.0)
    assert a.grad.tolist() == [3]
    assert nn.utils.clip_grad_norm_([nn.Parameter([1.0])], 1.0).item() == 0


def test_a_norm_that_is_not_finite():
    (a,) = with_gradients(np.array([np.nan, 1.0]))
    with pytest.raises(ag.errors.NonFiniteError, match="the norm of the gradients is nan"):
        nn.utils.clip_grad_norm_([a], 1.0, error_if_nonfinite=True)
    assert a.grad.data[1] == 1
    nn.utils.clip_grad_norm_([a], 1.0)
    assert np.isnan(a.grad.data).all()


def test_values_are_clipped():
    (a,) = with_gradients(np.array([-3.0, 0.5, 3.0], np.float32))
    nn.utils.clip_grad_value_([a], 1.0)
    assert a.grad.tolist() == [-1, 0.5, 1] and a.grad.dtype == np.float32


@pytest.mark.parametrize(
    "clip",
    [
        lambda p: nn.utils.clip_grad_norm_(p, -1.0),
        lambda p: nn.utils.clip_grad_norm_(p, float("nan")),
        lambda p: nn.utils.clip_grad_norm_(p, 1.0, norm_type=0),
        lambda p: nn.utils.clip_grad_value_(p, -1.0),
    ],
)
def test_arguments_out_of_range(clip):
    with pytest.raises(ag.errors.ArgumentError, match="want"):
        clip(with_gradients(np.ones(1)))


def test_penalties_are_sums_over_all_parameters_with_derivatives():
    p, q = nn.Parameter(np.array([[1.0, -2.0]])), nn.Parameter(np.array(-3.0))
    assert nn.utils.l1_penalty([p, q]).item() == 6 and nn.utils.l2_penalty(iter([p, q])).item() == 14
    for penalty in (nn.utils.l1_penalty, nn.utils.l2_penalty):
        assert ag.gradcheck(lambda *parameters, penalty=penalty: penalty(parameters), (p, q))
    with pytest.raises(ag.errors.ArgumentError, match="l1_penalty: no parameters"):
        nn.utils.l1_penalty([])
    with pytest.raises(TypeError, match="l2_penalty: want Tensors"):
        nn.utils.l2_penalty([1.0])


def test_weight_decay_is_half_the_l2_penalty_in_sgd_and_adam_and_not_in_adamw():
    def trained(make, penalty, **options):
        p = nn.Parameter(np.array([1.0, -2.0, 3.0]))
        optimizer = make([p], lr=0.1, **options)
        for _ in range(5):
            p.grad = None
            (ag.cos(p).sum() + penalty / 2 * nn.utils.l2_penalty([p])).backward()
            optimizer.step()
        return p.data

    for make, is_same in ((nn.optim.SGD, True), (nn.optim.Adam, True), (nn.optim.AdamW, False)):
        by_penalty = trained(make, 0.5, weight_decay=0.0)
        assert np.allclose(by_penalty, trained(make, 0.0, weight_decay=0.5), rtol=1e-10) == is_same
