"""Attention and Transformers: exact small examples, blocks of every size, edge cases, errors."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import autograd as ag
import nn
from autograd.errors import ArgumentError, DtypeError, ShapeError
from autograd.testing import generators
from nn.kernels import attention as kernel

F = nn.functional
attend = F.scaled_dot_product_attention
hidden_later = np.triu(np.ones((3, 3), bool), 1)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# --- the function ---------------------------------------------------------------------------------------


def test_at_a_known_point():
    """Scores log 1, log 3 and log 4 give the weights 1/8, 3/8 and 4/8."""
    query, key = ag.ones(1, 1, dtype="float64"), ag.tensor(np.log([[1.0], [3.0], [4.0]]), requires_grad=True)
    out = attend(query, key, ag.tensor([[8.0], [16.0], [0.0]], dtype="float64"))
    np.testing.assert_allclose(out.data, [[7.0]])
    out.sum().backward()
    np.testing.assert_allclose(key.grad.data, [[1 / 8], [27 / 8], [-28 / 8]])


def test_masks_hide_and_add(rng):
    query, key, value = (rng.normal(size=(3, 2)) for _ in range(3))
    seen = np.array([[True, False, True], [True, True, True], [False, False, True]])
    out = attend(query, key, value, attn_mask=seen)
    np.testing.assert_allclose(out[2], value[2])
    np.testing.assert_allclose(out[0], attend(query[:1], key[::2], value[::2])[0])
    np.testing.assert_allclose(out, attend(query, key, value, attn_mask=np.where(seen, 0.0, -math.inf)))
    shifted = attend(query, key, value, attn_mask=np.full(3, 5.0))
    np.testing.assert_allclose(shifted, attend(query, key, value))


def test_causal_rows_are_those_of_shorter_sequences(rng):
    query, key, value = (rng.normal(size=(4, 2)) for _ in range(3))
    out = attend(query, key, value, is_causal=True)
    for row in range(4):
        np.testing.assert_allclose(out[row], attend(query[row : row + 1], key[: row + 1], value[: row + 1])[0])


@pytest.mark.parametrize("as_numbers", [True, False])
def test_a_row_that_sees_nothing_gives_zero_and_zero_gradients(rng, as_numbers):
    seen = np.array([[True, True], [False, False]])
    mask = ag.tensor(np.where(seen, 0.0, -math.inf), requires_grad=True) if as_numbers else seen
    leaves = [ag.tensor(rng.normal(size=(2, 3)), requires_grad=True) for _ in range(3)]
    out = attend(*leaves, attn_mask=mask)
    assert out.data[0].all() and not out.data[1].any()
    out.sum().backward()
    assert not leaves[0].grad.data[1].any()
    assert all(np.isfinite(leaf.grad.data).all() for leaf in leaves)
    if as_numbers:
        assert not mask.grad.data[1].any()


def test_large_scores_do_not_overflow():
    query = ag.tensor([[1000.0], [-1000.0]], requires_grad=True)
    out = attend(query, ag.tensor([[1.0], [-1.0]]), ag.tensor([[1.0], [2.0]]), scale=1.0)
    assert out.tolist() == [[1], [2]]
    out.sum().backward()
    assert query.grad.tolist() == [[0], [0]]


def test_dropout_zeroes_weights_and_keeps_their_mean(rng):
    query, key, value = rng.normal(size=(2, 3, 40, 4)), rng.normal(size=(2, 3, 50, 4)), np.eye(50)
    weights = attend(query, key, value)  # the values are unit vectors
    dropped = attend(query, key, value, dropout_p=0.25, rng=np.random.default_rng(1))
    is_kept = dropped != 0
    assert 0.72 < is_kept.mean() < 0.78
    np.testing.assert_allclose(dropped, np.where(is_kept, weights / 0.75, 0))
    np.testing.assert_array_equal(dropped, attend(query, key, value, dropout_p=0.25, rng=np.random.default_rng(1)))
    assert not attend(query, key, value, dropout_p=1.0).any()
    ag.manual_seed(5)
    first = attend(query, key, value, dropout_p=0.5)
    ag.manual_seed(5)
    np.testing.assert_array_equal(first, attend(query, key, value, dropout_p=0.5))


def in_halves(work, count, *, is_worth_it=True):
    return [work(0, count // 2), work(count // 2, count)] if is_worth_it else [work(0, count)]


@pytest.mark.parametrize(("block", "fewest"), [(1, 1), (4, 2), (9, 1), (20, 4), (64, 128)])
def test_blocks_of_every_size_agree_with_the_definition(monkeypatch, block, fewest):
    monkeypatch.setattr(kernel, "BLOCK", block)
    monkeypatch.setattr(kernel, "FEWEST_ROWS", fewest)
    monkeypatch.setattr(kernel, "WORTH_THREADS", 1 if block < 20 else 1000)
    monkeypatch.setattr(kernel, "in_pieces", in_halves)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rng=generators())
    def agree(rng):
        batch, heads, rows, columns = (int(n) for n in rng.integers(1, 6, 4))
        shapes = [(batch, heads, length, width) for length, width in ((rows, 2), (columns, 2), (columns, 3))]
        arrays = [rng.normal(size=shape) for shape in shapes]
        mask_shape = [n if rng.random() < 0.5 else 1 for n in (batch, heads, rows, columns)]
        mask = rng.normal(size=mask_shape) if rng.random() < 0.5 else rng.random(mask_shape) < 0.6
        kept = rng.random((batch, heads, rows, columns)) < 0.7 if rng.random() < 0.5 else None
        options = (kept, bool(rng.integers(2)), float(rng.choice([0.7, 50.0])), float(rng.choice([1.0, 1.4])))
        g = rng.normal(size=(batch, heads, rows, 3))
        found = []
        for function in (kernel.attention, kernel.attention_by_definition):
            leaves = [ag.tensor(a, requires_grad=a.dtype.kind == "f") for a in (*arrays, mask)]
            out = function(*leaves, *options)
            wanted = [leaf for leaf in leaves if leaf.requires_grad]
            found.append([out, *ag.gradients(out, wanted, g)])
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-11, atol=1e-12)

    agree()


def test_the_scores_of_all_heads_are_never_held_at_once(rng):
    """They would take 64 MB, and the gradients of them as much again."""
    leaves = [ag.tensor(rng.normal(size=(2, 8, 1024, 8)).astype("f4"), requires_grad=True) for _ in range(3)]
    tracemalloc.start()
    attend(*leaves).sum().backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16e6


@pytest.mark.parametrize(
    ("shapes", "options", "error", "message"),
    [
        (((3,), (3, 2), (3, 2)), {}, ShapeError, r"want a query of shape \(\.\.\., length, width\), got \(3,\)"),
        (((3, 2), (3, 4), (3, 2)), {}, ShapeError, r"of one width, got a query of shape \(3, 2\) and a key of"),
        (((3, 2), (4, 2), (3, 2)), {}, ShapeError, r"want a value for each key, got a key of shape \(4, 2\)"),
        (((4, 3, 2), (2, 3, 2), (2, 3, 2)), {}, ShapeError, "do not broadcast.*give enable_gqa=True"),
        (((3, 3, 2), (2, 3, 2), (2, 3, 2)), {"enable_gqa": True}, ShapeError, "divide those of the query"),
        (((3, 2),) * 3, {"dropout_p": 1.5}, ArgumentError, "dropout_p=1.5; want a probability"),
        (((2, 2), (4, 2), (4, 2)), {"attn_mask": np.ones((4, 2), bool)}, ShapeError, r"got \(4, 2\).*transposed"),
        (((3, 2),) * 3, {"attn_mask": np.ones((2, 3, 3), bool)}, ShapeError, r"broadcasts to .* \(3, 3\), got"),
        (((3, 2),) * 3, {"attn_mask": np.ones((3, 3), int)}, DtypeError, r"attn_mask\.astype\(bool\)"),
        (((3, 2),) * 3, {"attn_mask": np.ones((3, 3), "f4")}, DtypeError, r"attn_mask is \(3, 3\) float32"),
        (((3, 2),) * 3, {"attn_mask": [[True]]}, DtypeError, "attn_mask is a list; want a Tensor"),
    ],
)  # fmt: skip
def test_what_does_not_fit(shapes, options, error, message):
    with pytest.raises(error, match=message):
        attend(*(np.ones(shape) for shape in shapes), **options)


# --- multi-head attention -------------------------------------------------------------------------------


def test_one_head_is_the_function_between_projections(rng):
    layer = nn.MultiheadAttention(3, 1, dtype="float64", batch_first=True)
    x = rng.normal(size=(2, 4, 3))
    q, k, v = np.split(x @ layer.in_proj_weight.data.T, 3, axis=-1)
    expected = attend(q, k, v) @ layer.out_proj.weight.data.T
    for needs_weights in (True, False):
        np.testing.assert_allclose(layer(x, x, x, need_weights=needs_weights)[0].data, expected)


def test_what_is_given_once_or_thrice_is_the_same(rng):
    layer = nn.MultiheadAttention(4, 2, dtype="float64")
    x = rng.normal(size=(3, 2, 4))
    once = layer(x, x, x)[0].data
    np.testing.assert_allclose(layer(x, x.copy(), x.copy())[0].data, once)
    other = x.copy()
    np.testing.assert_allclose(layer(x, other, other)[0].data, once)


def test_the_orders_of_batch_and_length_agree(rng):
    first, second = nn.MultiheadAttention(4, 2, batch_first=True), nn.MultiheadAttention(4, 2)
    second.load_state_dict(first.state_dict())
    x = rng.normal(size=(2, 3, 4)).astype("f4")
    out, weights = first(x, x, x)
    y = np.swapaxes(x, 0, 1)
    other, other_weights = second(y, y, y)
    np.testing.assert_allclose(np.swapaxes(other.data, 0, 1), out.data, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(other_weights.data, weights.data, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(first(x[0], x[0], x[0])[0].data, out.data[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("needs_weights", [True, False])
def test_a_sequence_of_padding_alone_gives_the_bias(needs_weights):
    layer = nn.MultiheadAttention(4, 2, batch_first=True)
    nn.init.ones_(layer.out_proj.bias)
    x = ag.ones(2, 3, 4)
    out, weights = layer(x, x, x, np.array([[True] * 3, [False] * 3]), need_weights=needs_weights)
    assert (out.data[0] == 1).all() and not (out.data[1] == 1).all()
    if needs_weights:
        assert not weights.data[0].any()
        np.testing.assert_allclose(weights.data[1].sum(-1), 1, rtol=1e-6)


def test_causal_with_and_without_its_mask(rng):
    layer = nn.MultiheadAttention(4, 2, dtype="float64")
    x = rng.normal(size=(3, 4))
    expected = layer(x, x, x, attn_mask=hidden_later)
    for needs_weights in (True, False):
        for mask in (None, hidden_later):
            out, weights = layer(x, x, x, None, needs_weights, mask, is_causal=True)
            np.testing.assert_allclose(out.data, expected[0].data)
            if needs_weights:
                np.testing.assert_allclose(weights.data, expected[1].data)


def test_dropout_in_training_alone():
    layer = nn.MultiheadAttention(4, 2, dropout=0.5)
    x = ag.ones(6, 1, 4)
    _, weights = layer(x, x, x, average_attn_weights=False)
    is_kept = weights.data != 0
    assert is_kept.any() and not is_kept.all()
    np.testing.assert_allclose(weights.data[is_kept], 1 / 3, rtol=1e-6)
    for needs_weights in (True, False):
        ag.manual_seed(1)
        first = layer.train()(x, x, x, need_weights=needs_weights)[0]
        assert (first.data != layer(x, x, x, need_weights=needs_weights)[0].data).any()
        ag.manual_seed(1)
        np.testing.assert_array_equal(first.data, layer(x, x, x, need_weights=needs_weights)[0].data)
        layer.eval()
        out = [layer(x, x, x, need_weights=needs_weights)[0].data for _ in range(2)]
        np.testing.assert_array_equal(*out)


def test_a_learned_mask_of_numbers_has_a_gradient(rng):
    layer = nn.MultiheadAttention(4, 2, dtype="float64", add_zero_attn=True)
    x, bias = rng.normal(size=(3, 2, 4)), ag.zeros(3, 3, dtype="float64", requires_grad=True)
    padding = np.array([[False, False, True], [False, False, False]])
    report = ag.gradcheck(lambda bias: layer(x, x, x, padding, need_weights=False, attn_mask=bias)[0], (bias,), order=2)
    assert report.ok


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((6, 4), r"num_heads=4; want a divisor of embed_dim=6: 1, 2, 3, 6\."),
        ((4, 0), "num_heads=0; want a whole number of at least 1"),
        ((0, 1), "embed_dim=0; want a whole number of at least 1"),
        ((4, 2, 1.5), r"dropout=1\.5; want a probability"),
    ],
)
def test_sizes_that_make_no_layer(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        nn.MultiheadAttention(*arguments)


def ones(*shape):
    return np.ones(shape, "f4")


x = ones(3, 2, 4)


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ((ones(3, 2, 5),) * 3, ShapeError, r"a query of shape \(length, batch, 4\) or .* got \(3, 2, 5\).*embed_dim=5"),
        ((x, ones(3, 2, 5), x), ShapeError, "want a key of .*kdim=5, or project the key"),
        ((x, x, ones(3, 4)), ShapeError, r"want a value .* got \(3, 4\)\. The query has 3 axes.*or neither"),
        ((ones(4),) * 3, ShapeError, r"got \(4,\)\. Reshape it"),
        ((x, ones(5, 2, 4), x), ShapeError, "there must be a value for each key; got query"),
        ((ones(2, 3, 4), ones(2, 5, 4), ones(2, 5, 4)), ShapeError, "They fit with the other order: batch_first=True"),
        ((x, x, x, np.ones((3, 2), bool)), ShapeError,
         r"shape \(batch, source\) = \(2, 3\), got \(3, 2\).*\(batch, length, width\), make .* batch_first=True"),
        ((x[0], x[0], x[0], [True, False]), DtypeError, "key_padding_mask is .*; want booleans"),
        ((x, x, x, np.ones(3, bool)), ShapeError, r"= \(2, 3\), got \(3,\)"),
        ((x, x, x, np.ones((2, 3), int)), DtypeError, r"key_padding_mask is .* key_padding_mask\.astype\(bool\)"),
        ((x, x, x, None, True, np.ones((2, 2), bool)), ShapeError,
         r"= \(3, 3\) or .* = \(4, 3, 3\), got \(2, 2\).*batch_first=True"),
        ((x, x, x, None, True, np.ones((3, 4), bool)), ShapeError, r"got \(3, 4\)\.$"),
        ((x, x, x, None, True, np.zeros((3, 3))), DtypeError, r"attn_mask\.astype\('float32'\)"),
        ((x, x.astype("f8"), x), DtypeError, "key is .* float64"),
        ((x, x, [[1.0]]), DtypeError, "value is a list; want a Tensor"),
    ],
)  # fmt: skip
def test_inputs_that_do_not_fit(inputs, error, message):
    class Model(nn.Module):
        def __init__(self):
            self.attention = nn.MultiheadAttention(4, 2)

        def forward(self, *inputs):
            return self.attention(*inputs)

    with pytest.raises(error, match=message) as caught:
        Model()(*inputs)
    assert str(caught.value).startswith("Model.attention (multihead_attention): ")


# --- Transformers ---------------------------------------------------------------------------------------


def test_layers_of_a_stack_are_copies_that_learn_apart():
    layer = nn.TransformerEncoderLayer(4, 2, 8, 0.0)
    stack = nn.TransformerEncoder(layer, 2)
    first, second = stack.layers
    assert first is not layer and first.linear1.weight is not second.linear1.weight
    np.testing.assert_array_equal(first.linear1.weight.data, second.linear1.weight.data)
    stack(ag.randn(3, 2, 4)).sum().backward()
    assert layer.linear1.weight.grad is None and first.linear1.weight.grad is not None


@pytest.mark.parametrize("mask", [hidden_later, nn.Transformer.generate_square_subsequent_mask(3), None])
def test_what_comes_later_has_no_influence(rng, mask):
    layer = nn.TransformerEncoderLayer(4, 2, 8, 0.0, batch_first=True)
    stack = nn.TransformerEncoder(layer, 2)
    x = rng.normal(size=(1, 3, 4)).astype("f4")
    other = x.copy()
    other[:, 2] = 0
    hint = True if mask is None else None
    outs = [stack(sequence, mask, is_causal=hint).data for sequence in (x, other)]
    np.testing.assert_array_equal(outs[0][:, :2], outs[1][:, :2])
    assert (outs[0][:, 2] != outs[1][:, 2]).any()


def test_a_causal_mask_is_recognized():
    from nn.layers.transformers import _is_causal

    numbers = nn.Transformer.generate_square_subsequent_mask(3)
    assert _is_causal(hidden_later, None) and _is_causal(numbers, None) and _is_causal(None, True)
    assert not _is_causal(~hidden_later, None) and not _is_causal(numbers, False) and not _is_causal(None, None)
    assert not _is_causal(hidden_later[:2], None) and not _is_causal(ag.zeros(3, 3), None)


def test_custom_parts_take_their_places():
    class Echo(nn.Module):
        def forward(self, src, *, mask, src_key_padding_mask, is_causal):
            return src + 1

    model = nn.Transformer(4, 2, 1, 1, 8, custom_encoder=Echo())
    assert isinstance(model.encoder, Echo)
    assert model(ag.zeros(5, 2, 4), ag.zeros(3, 2, 4)).shape == (3, 2, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.TransformerEncoderLayer(4, 2, activation="swish"), "activation='swish'; want 'relu', 'gelu' or"),
        (lambda: nn.TransformerDecoderLayer(5, 2), r"num_heads=2; want a divisor of embed_dim=5: 1, 5\."),
        (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2), -1), "Encoder: num_layers=-1; want"),
        (lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2), 1.5), r"Decoder: num_layers=1\.5; want"),
    ],
)  # fmt: skip
def test_options_that_make_no_layer(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_errors_name_the_place_in_the_model():
    model = nn.Transformer(4, 2, 1, 1, 8)
    with pytest.raises(ShapeError, match=r"^Transformer\.decoder\.layers\.0\.multihead_attn \(multihead_att"):
        model(ag.zeros(5, 3, 4), ag.zeros(3, 2, 4))
