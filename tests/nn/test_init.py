"""Initial values: the distributions that the formulas promise."""

import math

import numpy as np
import pytest

import autograd as ag
import nn

init = nn.init


def draw(function, shape=(300, 200), **arguments):
    parameter = nn.Parameter(np.empty(shape, np.float32))
    assert function(parameter, rng=np.random.default_rng(0), **arguments) is parameter
    return parameter.data


def assert_uniform(values, bound):
    assert abs(values).max() <= bound and abs(values).max() > 0.999 * bound
    assert values.std() == pytest.approx(bound / math.sqrt(3), rel=0.02)
    assert abs(values.mean()) < 0.02 * bound


def assert_normal(values, std):
    assert values.std() == pytest.approx(std, rel=0.02)
    assert abs(values.mean()) < 0.02 * std
    assert np.mean(abs(values) < std) == pytest.approx(0.6827, abs=0.01)


def test_distributions():
    assert_uniform(draw(init.uniform_, a=-2, b=2), 2)
    assert_normal(draw(init.normal_, std=3), 3)
    assert_uniform(draw(init.xavier_uniform_, gain=2), 2 * math.sqrt(6 / 500))
    assert_normal(draw(init.xavier_normal_), math.sqrt(2 / 500))
    assert_uniform(draw(init.kaiming_uniform_), math.sqrt(6 / 200))
    assert_uniform(draw(init.kaiming_uniform_, a=1, mode="fan_out"), math.sqrt(3 / 300))
    assert_normal(draw(init.kaiming_normal_, nonlinearity="relu"), math.sqrt(2 / 200))
    assert_normal(draw(init.kaiming_normal_, shape=(30, 20, 5, 5), nonlinearity="tanh"), 5 / 3 / math.sqrt(500))


def normal_share(x):
    """Share of a standard normal distribution below x."""
    return np.vectorize(math.erfc)(-np.asarray(x) / math.sqrt(2)) / 2


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [
        (0, 1, -2, 2),
        (1, 2, -math.inf, 3),
        (0, 1, -math.inf, math.inf),
        (0.5, 1, 0.6, 0.8),  # a narrow slice: mostly refused if drawn from the whole distribution
        (0, 1, -0.01, 9),
        (0, 1, -6, -4.5),
        (0, 0.5, 1.5, math.inf),
        (0, 1, 4, 4.2),
    ],
)
def test_a_truncated_normal_is_right_in_the_tails_too(mean, std, a, b):
    values = init.trunc_normal_(nn.Parameter(np.empty(40_000)), mean, std, a, b, np.random.default_rng(0)).data
    assert a <= values.min() and values.max() <= b
    sign = -1 if a > mean else 1  # the tail on the left is the one that keeps its digits
    low, high, at = (normal_share(sign * (x - mean) / std) for x in (a, b, np.sort(values)))
    expected = (at - low) / (high - low)
    empirical = (np.arange(40_000) + 0.5) / 40_000
    assert abs(expected - empirical).max() < 1.63 / math.sqrt(40_000), "Kolmogorov-Smirnov, level 0.01"


@pytest.mark.parametrize("bounds", [(1e17, 1e18), (30, math.inf), (1e200, 1e201), (2, 2), (0, 0), (-5, -5)])
def test_bounds_of_no_probability_at_all(bounds):
    values = init.trunc_normal_(nn.Parameter(np.empty(50)), 0, 1, *bounds).data
    assert (values >= bounds[0]).all() and (values <= bounds[1]).all()
    np.testing.assert_allclose(values, bounds[0], rtol=0.02)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_truncated_values_stay_within_bounds_that_are_no_floats(dtype):
    values = init.trunc_normal_(nn.Parameter(np.empty(20_000, dtype)), 1e4, 1, 1e4 - 0.1, 1e4 + 0.1).data
    assert values.min() >= np.array(1e4 - 0.1, dtype) and values.max() <= np.array(1e4 + 0.1, dtype)


def test_lecun():
    assert_uniform(draw(init.lecun_uniform_), math.sqrt(3 / 200))
    assert_uniform(draw(init.lecun_uniform_, shape=(60, 20, 5, 5)), math.sqrt(3 / 500))
    values = draw(init.lecun_normal_, shape=(60, 20, 5, 5))
    assert values.std() == pytest.approx(1 / math.sqrt(500), rel=0.02)
    assert abs(values).max() == pytest.approx(2 / math.sqrt(500) / 0.87962566, rel=1e-3)


def test_identities():
    np.testing.assert_array_equal(init.eye_(nn.Parameter(np.ones((2, 4)))).data, np.eye(2, 4))
    kernel = init.dirac_(nn.Parameter(np.full((4, 3, 2, 5), 9.0)), groups=2).data
    assert np.argwhere(kernel).tolist() == [[0, 0, 1, 2], [1, 1, 1, 2], [2, 0, 1, 2], [3, 1, 1, 2]]
    assert kernel.max() == 1


@pytest.mark.parametrize("shape", [(3, 7), (7, 3), (4, 4), (4, 2, 3), (9, 2, 1, 2)])
def test_orthogonal(shape):
    matrix = draw(init.orthogonal_, shape=shape, gain=3.0).reshape(shape[0], -1).astype(float)
    product = matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, 9 * np.eye(len(product)), atol=1e-5)


def test_orthogonal_matrices_are_all_equally_likely():
    """Were signs left to the decomposition, the diagonal would be negative far more often than not."""
    rng = np.random.default_rng(0)
    matrices = np.array([init.orthogonal_(nn.Parameter(np.empty((2, 2))), rng=rng).data for _ in range(2000)])
    angles = np.sort(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])) / (2 * np.pi) + 0.5
    assert abs(angles - (np.arange(2000) + 0.5) / 2000).max() < 1.63 / math.sqrt(2000)
    assert np.mean(np.linalg.det(matrices) > 0) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("rows", "sparsity", "zeros"), [(10, 0.0, 0), (10, 0.25, 3), (10, 1.0, 10), (7, 0.5, 4)])
def test_sparse(rows, sparsity, zeros):
    values = draw(init.sparse_, shape=(rows, 6000), sparsity=sparsity, std=2)
    assert ((values == 0).sum(axis=0) == zeros).all()
    if zeros < rows:
        assert_normal(values[values != 0], 2)
    if 0 < zeros < rows:
        assert ((values == 0).mean(axis=1) > 0.5 * zeros / rows).all(), "zeros fall on all rows"


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 2, 3)])
def test_nothing_to_initialize(shape):
    empty = nn.Parameter(np.empty(shape))
    drawn = [init.orthogonal_, init.xavier_normal_, init.kaiming_uniform_, init.lecun_normal_, init.trunc_normal_]
    named = [init.eye_, lambda p: init.sparse_(p, 0.5)] if len(shape) == 2 else [init.dirac_]
    for function in drawn + named:
        assert function(empty).shape == shape


def test_the_transpose_writes_into_the_weight():
    weight = nn.Parameter(np.zeros((200, 300), np.float32))
    with ag.no_grad():
        init.kaiming_normal_(weight.T, nonlinearity="linear")
    assert_normal(weight.data, 1 / math.sqrt(200))


def test_constants():
    assert (init.ones_(nn.Parameter(np.zeros(3))).data == 1).all()
    assert (init.zeros_(nn.Parameter(np.ones(3))).data == 0).all()
    assert (init.constant_(nn.Parameter(np.ones(3)), 2.5).data == 2.5).all()


def test_linear_starts_as_in_pytorch():
    layer = nn.Linear(200, 300, rng=np.random.default_rng(0))
    assert_uniform(layer.weight.data, 1 / math.sqrt(200))
    assert abs(layer.bias.data).max() <= 1 / math.sqrt(200) and layer.bias.data.std() > 0.5 / math.sqrt(200)


def test_a_seed_decides_and_both_widths_start_alike():
    ag.manual_seed(5)
    narrow = nn.Linear(4, 3)
    ag.manual_seed(5)
    wide = nn.Linear(4, 3, dtype="float64")
    np.testing.assert_array_equal(narrow.weight.data, wide.weight.data.astype("float32"))
    assert not np.array_equal(nn.Linear(4, 3).weight.data, narrow.weight.data)


@pytest.mark.parametrize(
    ("layer", "arguments"),
    [
        (nn.Linear, (3, 2)),
        (nn.Bilinear, (3, 2, 2)),
        (nn.Conv2d, (3, 2, 1)),
        (nn.ConvTranspose1d, (3, 2, 1)),
        (nn.Embedding, (3, 2)),
        (nn.PReLU, ()),
        (nn.Maxout, (3, 2, 2)),
        (nn.MultiheadAttention, (4, 2)),
        (nn.Transformer, (4, 2, 1, 1, 4)),
        (nn.BatchNorm1d, (3,)),
        (nn.InstanceNorm2d, (3, 1e-5, 0.1, True)),
        (nn.LayerNorm, (3,)),
        (nn.RMSNorm, (3,)),
        (nn.GroupNorm, (1, 3)),
    ],
)
def test_a_subclass_may_draw_initial_values_of_its_own(layer, arguments):
    """As in PyTorch, whose ``reset_parameters`` takes no arguments, and is called when a layer is made."""

    class Constant(layer):
        def reset_parameters(self):
            super().reset_parameters()
            for parameter in self.parameters():
                init.constant_(parameter, 7.0)

    assert all(np.all(p.data == 7) for p in Constant(*arguments).parameters())


def test_a_graph_that_keeps_the_old_values_notices():
    layer = nn.Linear(3, 2)
    x = ag.ones(1, 3, requires_grad=True)
    loss = layer(x).sum()
    layer.reset_parameters()
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        loss.backward()


@pytest.mark.parametrize(
    ("name", "param", "gain"),
    [
        ("linear", None, 1),
        ("conv2d", None, 1),
        ("conv_transpose1d", None, 1),
        ("sigmoid", None, 1),
        ("tanh", None, 5 / 3),
        ("relu", None, 2**0.5),
        ("leaky_relu", None, (2 / 1.0001) ** 0.5),
        ("leaky_relu", 0.2, (2 / 1.04) ** 0.5),
        ("selu", None, 0.75),
    ],
)
def test_gains(name, param, gain):
    assert init.calculate_gain(name, param) == pytest.approx(gain)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: init.calculate_gain("softplus2"), "want linear, sigmoid"),
        (lambda p: init.uniform_(p, 2, 1), "want a <= b"),
        (lambda p: init.normal_(p, std=-1), "at least 0"),
        (lambda p: init.normal_(p, std=math.inf), r"normal_\(mean=0.0, std=inf\): want finite"),
        (lambda p: init.normal_(p, math.nan), r"normal_\(mean=nan, std=1.0\): want finite"),
        (lambda p: init.uniform_(p, math.inf, math.inf), "both finite"),
        (lambda p: init.uniform_(p, rng=5), "rng=5: want a generator"),
        (lambda p: init.trunc_normal_(p, rng=5), "rng=5: want a generator"),
        (lambda p: init.orthogonal_(nn.Parameter(np.ones((2, 2))), rng=5), "rng=5: want a generator"),
        (lambda p: nn.Linear(2, 3, rng=5), "rng=5: want a generator"),
        (lambda p: nn.LSTM(2, 3, rng=5), "rng=5: want a generator"),
        (
            lambda p: init.xavier_uniform_(nn.Parameter(np.ones((2, 2))), -1),
            r"xavier_uniform_\(gain=-1\): want a finite f",
        ),
        (lambda p: init.xavier_normal_(nn.Parameter(np.ones((2, 2))), -1), r"xavier_normal_\(gain=-1\)"),
        (lambda p: init.constant_(p, [[1], [1, 2]]), "want a number, or an array that broadcasts"),
        (lambda p: init.constant_(p, np.zeros(2)), r"constant_\(val=\(2,\) float64\): .* tensor's shape \(3,\)"),
        (lambda p: init.kaiming_uniform_(p), "at least two axes"),
        (lambda p: init.kaiming_uniform_(nn.Parameter(np.ones((2, 2))), mode="fan"), "'fan_in' or 'fan_out'"),
        (lambda p: init.xavier_normal_(p), "at least two axes"),
        (lambda p: init.uniform_(p, 0, math.inf), "both finite"),
        (lambda p: init.trunc_normal_(p, a=2, b=1), "want a <= b"),
        (lambda p: init.trunc_normal_(p, std=0), "a std above 0"),
        (lambda p: init.trunc_normal_(p, mean=math.nan), "numbers between"),
        (lambda p: init.trunc_normal_(p, a=math.inf, b=math.inf), "numbers between"),
        (lambda p: init.lecun_normal_(p), "at least two axes"),
        (lambda p: init.orthogonal_(p), "at least two axes"),
        (lambda p: init.eye_(p), r"eye_: want a tensor of 2 axes, got shape \(3,\)\. dirac_ does the same for conv"),
        (lambda p: init.dirac_(p), r"dirac_: want a tensor of 3 or 4 or 5 axes, got shape \(3,\)\. eye_"),
        (lambda p: init.dirac_(nn.Parameter(np.ones((4, 2, 3))), 3), "divides the 4 output channels"),
        (lambda p: init.dirac_(nn.Parameter(np.ones((4, 2, 3))), 0), "divides the 4 output channels"),
        (lambda p: init.sparse_(p, 0.5), "want a tensor of 2 axes"),
        (lambda p: init.sparse_(nn.Parameter(np.ones((2, 2))), 1.5), "a share of zeros from 0 to 1"),
        (lambda p: init.sparse_(nn.Parameter(np.ones((2, 2))), 0.5, math.inf), "std=inf"),
    ],
)
def test_what_does_not_fit(call, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        call(nn.Parameter(np.ones(3)))


@pytest.mark.parametrize("function", [init.uniform_, init.trunc_normal_, lambda t: init.constant_(t, 0.5)])
def test_real_numbers_are_not_cut_off(function):
    with pytest.raises(ag.errors.DtypeError, match="cut off in a tensor of dtype int64; want a float one"):
        function(ag.tensor([1, 2, 3]))
    with pytest.raises(ag.errors.DtypeError, match="a float64 cannot be initialized; want a Tensor"):
        function(np.float64(0.0))


@pytest.mark.parametrize("name", [name for name in init.__all__ if name.endswith("_")])
@pytest.mark.parametrize(
    ("tensor", "message"),
    [([1.0], "a list cannot"), (None, "a NoneType cannot"), (nn.Linear(2, 3), "such as its weight")],
)
def test_only_tensors_and_arrays_are_filled(name, tensor, message):
    arguments = {"constant_": {"val": 1}, "sparse_": {"sparsity": 0.5}}.get(name, {})
    with pytest.raises(ag.errors.DtypeError, match=f"^{name}: .*{message}"):
        getattr(init, name)(tensor, **arguments)
    with pytest.raises(ag.errors.DtypeError, match=f"^{name}: .*{message}"):
        getattr(init, name)(tensor=tensor, **arguments)


@pytest.mark.parametrize("value", ["a", None, 1j, [None]], ids=repr)
def test_a_constant_is_a_real_number(value):
    with pytest.raises(ag.errors.DtypeError, match=r"constant_\(val=.*\): want a real number"):
        init.constant_(nn.Parameter([0.0]), value)


def test_an_array_is_filled_as_a_tensor_is():
    """Much PyTorch code initializes ``layer.weight.data``, which is an array here."""
    layer = nn.Linear(3, 3)
    loss = (layer(ag.ones(2, 3)) ** 2).sum()
    assert init.constant_(layer.weight.data, 0.5) is layer.weight.data and layer.weight.tolist() == [[0.5] * 3] * 3
    with pytest.raises(ag.errors.GradientError):
        loss.backward()
    drawn = init.xavier_uniform_(np.empty((3, 3), np.float32), rng=np.random.default_rng(0))
    assert drawn.tolist() == init.xavier_uniform_(layer.weight, rng=np.random.default_rng(0)).tolist()


def test_whole_numbers_go_into_tensors_of_integers():
    assert init.constant_(ag.tensor([1, 2]), 7).tolist() == [7, 7]
    assert init.zeros_(ag.tensor([1, 2])).tolist() == [0, 0]
