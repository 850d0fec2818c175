"""Attention and Transformers beside PyTorch: values and gradients of random configurations, names, initial values."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd.testing import generators

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

F = nn.functional
random_configurations = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def assert_equal(ours, theirs):
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    np.testing.assert_allclose(np.asarray(ag.value_of(ours)), theirs, rtol=1e-10, atol=1e-10)


def both(array):
    """A leaf of each library with the same values; gradients where there can be any."""
    is_float = array.dtype.kind == "f"
    return ag.tensor(array, requires_grad=is_float), torch.tensor(array, requires_grad=is_float)


def assert_same(rng, outs, leaves):
    """Results, pairs of ours and theirs, and the gradients of pairs of leaves."""
    gs = [rng.normal(size=ours.shape) for ours, _ in outs]
    for ours, theirs in outs:
        assert_equal(ours, theirs)
    leaves = [(ours, theirs) for ours, theirs in leaves if theirs.requires_grad]
    sum((ours * g).sum() for (ours, _), g in zip(outs, gs, strict=True)).backward()
    sum((theirs * torch.tensor(g)).sum() for (_, theirs), g in zip(outs, gs, strict=True)).backward()
    for ours, theirs in leaves:
        grads = [None if t.grad is None else t.grad for t in (ours, theirs)]
        assert_equal(*[np.zeros(ours.shape) if grad is None else grad for grad in grads])


# --- the function ---------------------------------------------------------------------------------------


def shortened(rng, shape):
    """A shape that broadcasts to another one: some axes of length 1, leading ones left out."""
    kept = [n if rng.random() < 0.7 else 1 for n in shape]
    return tuple(kept[int(rng.integers(len(shape) - 1)) :])


def drawn_mask(rng, shape, kind):
    mask = rng.random(shape) < 0.6 if kind == "bool" else rng.normal(size=shape)
    if kind == "infinite":
        mask[rng.random(shape) < 0.3] = -math.inf
    return mask


@random_configurations
@given(
    rng=generators(),
    kind=st.sampled_from([None, "bool", "float", "infinite"]),
    is_causal=st.booleans(),
    scale=st.sampled_from([None, 0.3]),
    leading=st.sampled_from([(), (2,), (2, 3), (2, 1, 3)]),
)
def test_scaled_dot_product_attention(rng, kind, is_causal, scale, leading):
    rows, columns, width, out = rng.integers(1, 6, 4)
    lengths = ((rows, width), (columns, width), (columns, out))
    pairs = [both(rng.normal(size=(*(n if rng.random() < 0.8 else 1 for n in leading), *two))) for two in lengths]
    shape = np.broadcast_shapes(*(ours.shape[:-2] for ours, _ in pairs[:2]))
    mask, tmask = None, None
    if kind:
        mask, tmask = both(drawn_mask(rng, shortened(rng, (*shape, rows, columns)), kind))
    ours = F.scaled_dot_product_attention(
        *(ours for ours, _ in pairs), attn_mask=mask, is_causal=is_causal, scale=scale
    )
    hidden = torch.ones(rows, columns, dtype=bool).triu(1)
    seen = tmask
    if is_causal and kind:
        seen = tmask & ~hidden if kind == "bool" else torch.where(hidden, -math.inf, tmask)
    theirs = torch.nn.functional.scaled_dot_product_attention(
        *(theirs for _, theirs in pairs), attn_mask=seen, is_causal=is_causal and not kind, scale=scale
    )
    assert_same(rng, [(ours, theirs)], [*pairs, *([(mask, tmask)] if kind else [])])


@random_configurations
@given(rng=generators(), share=st.integers(1, 3), heads=st.integers(1, 3), is_causal=st.booleans())
def test_heads_that_share_a_key(rng, share, heads, is_causal):
    shapes = (2, share * heads, 3, 4), (2, heads, 5, 4), (2, heads, 5, 2)
    pairs = [both(rng.normal(size=shape)) for shape in shapes]
    ours, theirs = (
        kit.scaled_dot_product_attention(*arguments, is_causal=is_causal, enable_gqa=True)
        for kit, arguments in zip((F, torch.nn.functional), zip(*pairs, strict=True), strict=True)
    )
    assert_same(rng, [(ours, theirs)], pairs)


@pytest.mark.parametrize("empty", [(0, 2, 3, 4), (2, 0, 3, 4), (2, 3, 0, 4), (2, 3, 4, 0)])
def test_nothing_to_attend(empty):
    """Lengths that are 0: of the batch, of the query, of the key, of the width."""
    batch, rows, columns, width = empty
    rng = np.random.default_rng(0)
    pairs = [both(rng.normal(size=(batch, *two))) for two in ((rows, width), (columns, width), (columns, 2))]
    kits = F, torch.nn.functional
    ours, theirs = (
        kit.scaled_dot_product_attention(*arguments, scale=1.0)
        for kit, arguments in zip(kits, zip(*pairs, strict=True), strict=True)
    )
    assert_same(rng, [(ours, theirs)], pairs)


# --- multi-head attention -------------------------------------------------------------------------------


def same_weights(rng, ours, theirs):
    """Both with the same random values in all parameters; pairs of those."""
    ours.double(), theirs.double()
    state = {name: rng.normal(size=p.shape) for name, p in ours.named_parameters()}
    assert list(state) == [name for name, _ in theirs.named_parameters()]
    ours.load_state_dict(state)
    theirs.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    return list(zip(ours.parameters(), theirs.parameters(), strict=True))


@random_configurations
@given(rng=generators(), data=st.data())
def test_multihead_attention(rng, data):
    draw = data.draw
    heads, batch, length, source = (draw(st.integers(1, 3)) for _ in range(4))
    width = heads * draw(st.integers(1, 3))
    names = ("bias", "add_bias_kv", "add_zero_attn", "batch_first")
    options = {name: draw(st.booleans()) for name in names} | {
        name: draw(st.sampled_from([None, 2])) for name in ("kdim", "vdim")
    }
    layers = [kit.MultiheadAttention(width, heads, **options) for kit in (nn, torch.nn)]
    parameters = same_weights(rng, *layers)
    given_once = draw(st.sampled_from(["nothing", "key and value", "all"]))
    is_batched = draw(st.booleans())
    batch = batch if is_batched else 1

    def drawn(length, width):
        shape = (length, width)
        if is_batched:
            shape = (batch, length, width) if options["batch_first"] else (length, batch, width)
        return both(rng.normal(size=shape))

    query = drawn(length, width)
    key, value = drawn(source, options["kdim"] or width), drawn(source, options["vdim"] or width)
    if given_once != "nothing" and key[0].shape == value[0].shape:
        value = key
    if given_once == "all" and options["kdim"] == options["vdim"] and options["kdim"] in (None, width):
        key = value = query
        source = length
    padding = attn = None
    kind = draw(st.sampled_from(["bool", "float"]))
    if draw(st.booleans()):  # the first key is seen in any case: PyTorch's weights are nan where none is
        padding = drawn_mask(rng, (batch, source), kind)
        padding = padding[0] if not is_batched else padding
        padding[..., 0] = False
    if draw(st.booleans()):
        several = (batch * heads,) if draw(st.booleans()) else ()
        attn = drawn_mask(rng, (*several, length, source), kind)
        attn[..., 0] = False
    needs, average = draw(st.booleans()), draw(st.booleans())
    masks = [both(mask) for mask in (padding, attn) if mask is not None]
    outs = []
    for i, layer in enumerate(layers):
        given_masks = iter([pair[i] for pair in masks])
        first, second = (None if mask is None else next(given_masks) for mask in (padding, attn))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outs.append(layer(query[i], key[i], value[i], first, needs, second, average))
    assert (outs[0][1] is None) == (outs[1][1] is None) == (not needs)
    results = list(zip(*outs, strict=True))[: 1 + needs]
    leaves = {id(ours): (ours, theirs) for ours, theirs in (query, key, value, *masks, *parameters)}
    assert_same(rng, results, leaves.values())


@pytest.mark.parametrize("needs_weights", [True, False])
@pytest.mark.parametrize("options", [{}, {"add_bias_kv": True, "add_zero_attn": True}])
def test_a_causal_hint_with_its_mask(options, needs_weights):
    rng = np.random.default_rng(0)
    layers = [kit.MultiheadAttention(4, 2, **options) for kit in (nn, torch.nn)]
    parameters = same_weights(rng, *layers)
    x, tx = both(rng.normal(size=(5, 3, 4)))
    hidden = np.triu(np.ones((5, 5), bool), 1)
    ours, _ = layers[0](x, x, x, need_weights=needs_weights, is_causal=True)
    theirs, _ = layers[1](tx, tx, tx, need_weights=needs_weights, attn_mask=torch.tensor(hidden))
    assert_same(rng, [(ours, theirs)], [(x, tx), *parameters])


# --- layers and stacks ----------------------------------------------------------------------------------


def causal_masks(length):
    return [
        None,
        np.triu(np.ones((length, length), bool), 1),
        np.where(np.tri(length, dtype=bool), 0.0, -math.inf),
        np.eye(length, dtype=bool) & (np.arange(length) > 0),
    ]


configurations = st.fixed_dictionaries(
    {
        "activation": st.sampled_from(["relu", "gelu"]),
        "norm_first": st.booleans(),
        "bias": st.booleans(),
        "batch_first": st.booleans(),
        "layer_norm_eps": st.sampled_from([1e-5, 0.1]),
    }
)


def sequence(rng, length, batch_first):
    return both(rng.normal(size=(2, length, 4) if batch_first else (length, 2, 4)))


def padding(rng, length):
    mask = rng.random((2, length)) < 0.3
    mask[:, 0] = False
    return mask


def run(ours, theirs, inputs, masks):
    """The results of both, given pairs of inputs and masks by name; in training, since PyTorch's short way differs."""
    masks = {name: mask for name, mask in masks.items() if mask is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs_out = theirs(*(pair[1] for pair in inputs), **{n: torch.tensor(m) for n, m in masks.items()})
    return ours(*(pair[0] for pair in inputs), **masks), theirs_out


@random_configurations
@given(rng=generators(), options=configurations, data=st.data(), count=st.integers(1, 2), has_norm=st.booleans())
def test_encoder(rng, options, data, count, has_norm):
    stacks = []
    for kit in (nn, torch.nn):
        layer = kit.TransformerEncoderLayer(4, 2, 6, 0.0, **options)
        norm = kit.LayerNorm(4) if has_norm else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stacks.append(kit.TransformerEncoder(layer, count, norm))
    parameters = same_weights(rng, *stacks)
    src = sequence(rng, 3, options["batch_first"])
    masks = {"mask": data.draw(st.sampled_from(causal_masks(3))), "src_key_padding_mask": padding(rng, 3)}
    if data.draw(st.booleans()):
        masks["src_key_padding_mask"] = None
    assert_same(rng, [run(*stacks, [src], masks)], [src, *parameters])


@random_configurations
@given(rng=generators(), options=configurations, data=st.data())
def test_decoder(rng, options, data):
    stacks = [
        kit.TransformerDecoder(kit.TransformerDecoderLayer(4, 2, 6, 0.0, **options), 2, kit.LayerNorm(4))
        for kit in (nn, torch.nn)
    ]
    parameters = same_weights(rng, *stacks)
    inputs = [sequence(rng, length, options["batch_first"]) for length in (3, 5)]
    masks = {
        "tgt_mask": data.draw(st.sampled_from(causal_masks(3))),
        "memory_mask": data.draw(st.sampled_from([None, rng.normal(size=(3, 5))])),
        "tgt_key_padding_mask": data.draw(st.sampled_from([None, padding(rng, 3)])),
        "memory_key_padding_mask": data.draw(st.sampled_from([None, padding(rng, 5)])),
    }
    assert_same(rng, [run(*stacks, inputs, masks)], [*inputs, *parameters])


@settings(random_configurations, max_examples=10)
@given(rng=generators(), options=configurations, data=st.data())
def test_transformer(rng, options, data):
    models = []
    for kit in (nn, torch.nn):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            models.append(kit.Transformer(4, 2, 1, 2, 6, 0.0, **options))
    parameters = same_weights(rng, *models)
    inputs = [sequence(rng, length, options["batch_first"]) for length in (5, 3)]
    masks = {
        "src_mask": data.draw(st.sampled_from(causal_masks(5))),
        "tgt_mask": data.draw(st.sampled_from(causal_masks(3))),
        "src_key_padding_mask": data.draw(st.sampled_from([None, padding(rng, 5)])),
    }
    assert_same(rng, [run(*models, inputs, masks)], [*inputs, *parameters])


# --- names, looks, initial values -----------------------------------------------------------------------

MODELS = {
    "attention": lambda kit: kit.MultiheadAttention(4, 2),
    "attention of other widths": lambda kit: kit.MultiheadAttention(4, 2, kdim=3, add_bias_kv=True, bias=False),
    "encoder layer": lambda kit: kit.TransformerEncoderLayer(4, 2, 6, activation="gelu"),
    "with a module": lambda kit: kit.TransformerEncoderLayer(4, 2, 6, activation=kit.Tanh()),
    "decoder layer": lambda kit: kit.TransformerDecoderLayer(4, 2, 6, bias=False),
    "encoder": lambda kit: kit.TransformerEncoder(kit.TransformerEncoderLayer(4, 2, 6), 2, kit.LayerNorm(4)),
    "decoder": lambda kit: kit.TransformerDecoder(kit.TransformerDecoderLayer(4, 2, 6), 3),
    "transformer": lambda kit: kit.Transformer(4, 2, 2, 1, 6),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_names_and_looks(name):
    ours, theirs = MODELS[name](nn), MODELS[name](torch.nn)
    assert [path for path, _ in ours.named_modules()] == [path for path, _ in theirs.named_modules()]
    state = {path: tuple(value.shape) for path, value in theirs.state_dict().items()}
    assert {path: value.shape for path, value in ours.state_dict().items()} == state
    assert list(ours.state_dict()) == list(state)
    assert repr(ours) == repr(theirs).replace(", inplace=False", "").replace("NonDynamicallyQuantizable", "")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "make",
    [
        lambda kit: kit.MultiheadAttention(60, 2, add_bias_kv=True),
        lambda kit: kit.MultiheadAttention(60, 2, kdim=40),
        lambda kit: kit.TransformerEncoderLayer(60, 2, 50),
        lambda kit: kit.Transformer(60, 2, 1, 1, 50),
    ],
)
def test_initial_distributions(make):
    ag.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = make(nn), make(torch.nn)
    for (name, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        values, wanted = np.sort(p.data.ravel()), np.sort(q.detach().numpy().ravel())
        assert values.dtype == wanted.dtype
        np.testing.assert_allclose(values.std(), wanted.std(), rtol=0.3, atol=1e-7, err_msg=name)
        if p.size > 1000:  # uniform draws end where they do
            np.testing.assert_allclose(values[[0, -1]], wanted[[0, -1]], rtol=0.02, err_msg=name)


def test_the_mask_of_what_comes_later():
    ours = nn.Transformer.generate_square_subsequent_mask(4)
    theirs = torch.nn.Transformer.generate_square_subsequent_mask(4)
    np.testing.assert_array_equal(ours.data, theirs.numpy())
    assert ours.dtype == theirs.numpy().dtype
