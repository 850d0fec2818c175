"""Tables of rows, and positions: exact small examples, what is refused, what the formulas promise."""

import numpy as np
import pytest

import autograd as ag
import nn

F = nn.functional
rng = np.random.default_rng(0)


# --- embedding ------------------------------------------------------------------------------------------


def test_a_rows_gradient_is_the_sum_over_its_places():
    table = ag.zeros(4, 2, requires_grad=True)
    F.embedding(np.array([[1, 3], [1, 1]]), table).sum().backward()
    assert table.grad.tolist() == [[0, 0], [3, 3], [0, 0], [1, 1]]


def test_the_row_of_padding_is_zero_and_stays_so():
    layer = nn.Embedding(4, 2, padding_idx=-3)
    assert layer.padding_idx == 1
    assert layer.weight.data[1].tolist() == [0, 0]
    layer(np.array([0, 1, 1])).sum().backward()
    assert layer.weight.grad.tolist() == [[1, 1], [0, 0], [0, 0], [0, 0]]


def test_gradients_are_divided_by_how_often_a_row_is_taken():
    table = ag.zeros(3, 1, requires_grad=True)
    F.embedding(np.array([0, 2, 2, 2]), table, scale_grad_by_freq=True).sum().backward()
    assert table.grad.tolist() == [[1], [0], [1]]


def test_second_derivatives_of_repeated_and_padded_rows():
    weights = rng.normal(size=(5, 2))
    indices = np.array([0, 2, 2, 1, 2])
    table = ag.tensor(rng.normal(size=(3, 2)), requires_grad=True)
    loss = (weights * F.embedding(indices, table, padding_idx=1) ** 3).sum()
    (g,) = ag.gradients(loss, table, create_graph=True)
    (second,) = ag.gradients((g * g).sum(), table)
    totals = np.zeros((3, 2))
    np.add.at(totals, indices, weights)
    totals[1] = 0
    np.testing.assert_allclose(second.data, 2 * (3 * totals * table.data**2) * (6 * totals * table.data))


def test_longer_rows_are_shortened_in_place_if_they_are_taken():
    table = ag.tensor([[3.0, 4.0], [30.0, 40.0], [0.3, 0.4]])
    out = F.embedding(np.array([0, 2]), table, max_norm=1.0)
    np.testing.assert_allclose(out.data, [[0.6, 0.8], [0.3, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(table.data, [[0.6, 0.8], [30, 40], [0.3, 0.4]], rtol=1e-6)


def test_shortening_rows_that_a_graph_needs_is_noticed():
    table = ag.tensor([[3.0, 4.0]], requires_grad=True)
    squares = (table * table).sum()
    F.embedding(np.array([0]), table, max_norm=1.0)
    with pytest.raises(ag.errors.GlassgradError, match="changed"):
        squares.backward()


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_any_integers_are_indices(dtype):
    table = ag.tensor(np.arange(600.0).reshape(200, 3), requires_grad=True)
    out = F.embedding(np.array([100, 0], dtype), table)
    assert out.tolist() == [[300, 301, 302], [0, 1, 2]]
    out.sum().backward()
    assert table.grad.data.sum() == 6 and (table.grad.data[[0, 100]] == 1).all()


def test_a_pretrained_table():
    layer = nn.Embedding.from_pretrained(np.array([[1.0, 2.0], [3.0, 4.0]]), padding_idx=0)
    assert not layer.weight.requires_grad and layer.weight.dtype == np.float64
    assert layer(np.array([0, 1])).tolist() == [[1, 2], [3, 4]]
    assert nn.Embedding.from_pretrained(ag.ones(2, 3), freeze=False).weight.requires_grad
    with pytest.raises(ag.errors.ShapeError, match="want floats of shape"):
        nn.Embedding.from_pretrained(np.array([1, 2]))


REFUSED = {
    "a float": (np.array([1.0]), ag.errors.DtypeError, r"want integers.*input.astype\(int\)"),
    "a list": ([1, 2], ag.errors.DtypeError, r"is of type list; .*ag.tensor\(input\)"),
    "a boolean": (np.array([True]), ag.errors.DtypeError, "want integers"),
    "too large": (
        np.array([[0], [4]]),
        ag.errors.ArgumentError,
        r"of shape \(2, 1\), has the index 4, want at least 0 and less",
    ),
    "negative": (np.array([-1]), ag.errors.ArgumentError, "has the index -1, want .* less than 4, the number"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("max_norm", [None, 1.0])
def test_what_is_no_index(what, max_norm):
    indices, error, text = REFUSED[what]
    with pytest.raises(error, match=text):
        nn.Embedding(4, 2, max_norm=max_norm)(indices)


def test_arguments_that_do_not_fit():
    for arguments, text in (
        ({"padding_idx": 4}, "padding_idx=4; want None or one of 4 rows, -4 to 3"),
        ({"sparse": True}, "sparse=True, but gradients are arrays"),
    ):
        with pytest.raises(ag.errors.ArgumentError, match=text):
            nn.Embedding(4, 2, **arguments)
        with pytest.raises(ag.errors.ArgumentError, match=text):
            F.embedding(np.array([0]), np.ones((4, 2)), **arguments)
    with pytest.raises(ag.errors.ArgumentError, match="max_norm=-1"):
        F.embedding(np.array([0]), np.ones((4, 2)), max_norm=-1.0)
    with pytest.raises(ag.errors.ShapeError, match=r"want a table of shape \(rows, features\)"):
        F.embedding(np.array([0]), np.ones(4))


def test_one_hot_rows():
    assert F.one_hot(np.array([[1], [0]]), 3).tolist() == [[[0, 1, 0]], [[1, 0, 0]]]
    assert F.one_hot(np.array([], int), 3).shape == (0, 3)
    with pytest.raises(ag.errors.ArgumentError, match=r"has the index 3, want .* less than 3"):
        F.one_hot(np.array([3]), 3)
    with pytest.raises(ag.errors.ArgumentError, match="at least 0"):
        F.one_hot(np.array([-1]))
    with pytest.raises(ag.errors.ArgumentError, match="give num_classes"):
        F.one_hot(np.array([], int))


# --- positions ------------------------------------------------------------------------------------------


def test_the_table_of_waves():
    table = F.sinusoidal_positions(50, 6, dtype="float64").data
    for t in (0, 7, 49):
        for i in range(3):
            angle = t / 10000 ** (2 * i / 6)
            np.testing.assert_allclose(table[t, 2 * i : 2 * i + 2], [np.sin(angle), np.cos(angle)], rtol=1e-12)
    np.testing.assert_array_equal(F.sinusoidal_positions(3, 6, offset=47, dtype="float64").data, table[47:])
    assert F.sinusoidal_positions(4, 3).shape == (4, 3)


def test_the_layer_adds_the_table():
    x = rng.normal(size=(2, 5, 4))
    layer = nn.SinusoidalPositions(4)
    np.testing.assert_allclose((layer(x) - x)[1], F.sinusoidal_positions(5, 4, dtype="float64").data)
    np.testing.assert_allclose((layer(x, offset=3) - x)[0, 0], F.sinusoidal_positions(4, 4, dtype="float64").data[3])
    assert not layer.state_dict()
    table = F.sinusoidal_positions(2, 2)
    table += 1  # in memory of its own
    assert F.sinusoidal_positions(2, 2).data[0, 0] == 0


@pytest.mark.parametrize("interleaved", [True, False])
def test_products_of_rotated_pairs_depend_on_the_distance_alone(interleaved):
    q, k = rng.normal(size=(2, 1, 8))

    def score(i, j):
        turned = [F.rotary_positions(x, offset=t, interleaved=interleaved) for x, t in ((q, i), (k, j))]
        return (turned[0] * turned[1]).sum()

    assert score(3, 7) == pytest.approx(score(103, 107))
    assert score(3, 7) != pytest.approx(score(3, 8))
    assert score(5, 5) == pytest.approx((q * k).sum())


def test_pairs_are_turned_by_their_angle():
    x = np.array([[1.0, 0.0, 0.0, 1.0]])
    slow = 3 / 100.0
    want = [np.cos(3), np.sin(3), -np.sin(slow), np.cos(slow)]
    np.testing.assert_allclose(F.rotary_positions(x, offset=3)[0], want)
    halves = F.rotary_positions(x[:, [0, 2, 1, 3]], offset=3, interleaved=False)[0]
    np.testing.assert_allclose(halves[[0, 2, 1, 3]], want)


def test_positions_of_each_sequence():
    x = rng.normal(size=(2, 3, 4, 6))
    positions = np.array([[0, 1, 2, 3], [5, 6, 7, 8]])[:, None]
    out = F.rotary_positions(x, positions=ag.tensor(positions))
    np.testing.assert_allclose(out[0], F.rotary_positions(x[0]))
    np.testing.assert_allclose(out[1], F.rotary_positions(x[1], offset=5))


def test_positions_that_do_not_fit():
    x = np.ones((2, 3, 4))
    for arguments, text in (
        ({"positions": np.arange(4)}, r"positions that broadcast to \(2, 3\).*got \(4,\)"),
        ({"positions": np.arange(3), "offset": 2}, "offset=2 and positions were given"),
    ):
        with pytest.raises((ag.errors.ShapeError, ag.errors.ArgumentError), match=text):
            F.rotary_positions(x, **arguments)
    with pytest.raises(ag.errors.ShapeError, match=r"features even, got \(2, 3\)"):
        F.rotary_positions(np.ones((2, 3)))
    with pytest.raises(ag.errors.ArgumentError, match="features=3; want an even number"):
        nn.RotaryPositions(3)
    with pytest.raises(ag.errors.ShapeError, match=r"\(..., time, 6\), got \(2, 3, 4\)"):
        nn.SinusoidalPositions(6)(x)
    with pytest.raises(ag.errors.DtypeError, match="int64"):
        nn.RotaryPositions(4)(x.astype(int))
