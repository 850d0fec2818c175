"""Transformers: layers of attention and feed-forward networks, stacks of them, and the whole of encoder and decoder."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.kernels.checks import check_arrays, check_whole, place
from nn.layers.attention import MultiheadAttention
from nn.layers.containers import ModuleList
from nn.layers.dropout import Dropout
from nn.layers.linear import Linear
from nn.layers.normalizations import LayerNorm
from nn.module import Example, Module, initialize

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

Activation = str | Callable[[Any], Any]


# --- layers ---------------------------------------------------------------------------------------------


class _Layer(Module):
    """What the layers of encoder and decoder have in common: ``_attentions`` names their attention modules."""

    _attentions: tuple[str, ...]
    self_attn: MultiheadAttention
    linear1: Linear
    linear2: Linear
    norm1: LayerNorm
    norm2: LayerNorm
    dropout: Dropout
    dropout1: Dropout
    dropout2: Dropout
    activation: Callable[[Any], Any]
    norm_first: bool

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        kind = type(self).__name__
        given = {"relu": F.relu, "gelu": F.gelu}.get(activation) if isinstance(activation, str) else activation
        if not callable(given):
            raise ag.errors.ArgumentError(
                f"{place(kind)}: activation={activation!r}; want 'relu', 'gelu' or a function."
            )
        for name in self._attentions:
            attention = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype, rng=rng)
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype, rng=rng)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype, rng=rng)
        self.norm_first = norm_first
        parts = range(1, len(self._attentions) + 2)
        for i in parts:
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        for i in parts:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = given

    def _around(self, x: Any, norm: Module, block: Callable[[Any], Any]) -> Any:
        """A block and the way past it, normalized after both, or before the block if ``norm_first``."""
        return x + block(norm(x)) if self.norm_first else norm(x + block(x))

    def _feed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


def _attend(attention: Module, x: Any, source: Any, mask: Any, padding_mask: Any, is_causal: bool) -> Any:
    return attention(x, source, source, padding_mask, False, mask, True, is_causal)[0]


class TransformerEncoderLayer(_Layer):
    """Self-attention and a feed-forward network, each with a way past it and a `LayerNorm`.

    (length, batch, d_model) -> (length, batch, d_model); (batch, length, d_model) with ``batch_first``; (length,
    d_model) without a batch. Vaswani et al., "Attention Is All You Need", 2017.

    Parameters
    ----------
    d_model: width of input and result, a multiple of ``nhead``.
    nhead: number of heads.
    dim_feedforward: width inside the feed-forward network.
    dropout: probability of dropout, 0 to 1, of attention weights, after the activation and after both blocks.
    activation: ``"relu"``, ``"gelu"``, or a function or module.
    layer_norm_eps: added to variances by `LayerNorm`.
    batch_first: whether the batch is axis 0, and not axis 1.
    norm_first: whether each block's input is normalized, which trains deeper stacks (Xiong et al., 2020), and not the
        sum of its input and its result.
    bias: whether linear layers, attention and `LayerNorm` have biases.
    dtype, rng: of the parameters and of their initial values, as in `Linear`.

    Raises ArgumentError for sizes that do not fit; when called, ShapeError and DtypeError.

    >>> import autograd as ag, nn
    >>> layer = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> layer(ag.zeros(5, 3, 8)).shape
    (5, 3, 8)
    """

    _attentions = ("self_attn",)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """(length, batch, d_model) -> (length, batch, d_model).

        Parameters
        ----------
        src_mask, src_key_padding_mask: ``attn_mask`` and ``key_padding_mask`` of `MultiheadAttention`.
        is_causal: whether element i sees the elements up to i alone, with or without a mask.
        """
        x = self._around(
            src,
            self.norm1,
            lambda x: self.dropout1(_attend(self.self_attn, x, x, src_mask, src_key_padding_mask, is_causal)),
        )
        return self._around(x, self.norm2, lambda x: self.dropout2(self._feed_forward(x)))

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With dropout and padding; normalized first, causal and without biases; a single sequence."""
        padding = np.array([[False, True, True], [False, False, False]])
        yield Example(
            TransformerEncoderLayer(4, 2, 5, 0.2, np.tanh, batch_first=True, rng=rng),
            (rng.normal(size=(2, 3, 4)), None, padding),
        )
        layer = TransformerEncoderLayer(4, 2, 5, 0.0, "gelu", norm_first=True, bias=False, rng=rng)
        yield Example(layer, (rng.normal(size=(3, 2, 4)), None, None, True), 1)
        yield Example(TransformerEncoderLayer(4, 1, 3, 0.0, bias=False, rng=rng), (rng.normal(size=(3, 4)),), None)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to a memory and a feed-forward network, each with a way past it and a `LayerNorm`.

    (length, batch, d_model), (source, batch, d_model) -> (length, batch, d_model); with ``batch_first`` the batch is
    axis 0 of each. Vaswani et al., "Attention Is All You Need", 2017.

    Parameters
    ----------
    d_model: width of input, memory and result, a multiple of ``nhead``.
    nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, dtype, rng: as in
        `TransformerEncoderLayer`.

    Raises ArgumentError for sizes that do not fit; when called, ShapeError and DtypeError.

    >>> import autograd as ag, nn
    >>> layer = nn.TransformerDecoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> layer(ag.zeros(5, 3, 8), ag.zeros(5, 7, 8), tgt_is_causal=True).shape
    (5, 3, 8)
    """

    _attentions = ("self_attn", "multihead_attn")
    multihead_attn: MultiheadAttention
    norm3: LayerNorm
    dropout3: Dropout

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """(length, batch, d_model), (source, batch, d_model) -> (length, batch, d_model).

        Parameters
        ----------
        tgt: what is decoded; memory: what the encoder gave.
        tgt_mask, tgt_key_padding_mask, tgt_is_causal: of the self-attention, as in `TransformerEncoderLayer`.
        memory_mask, memory_key_padding_mask, memory_is_causal: of the attention to the memory.
        """
        x = self._around(
            tgt,
            self.norm1,
            lambda x: self.dropout1(_attend(self.self_attn, x, x, tgt_mask, tgt_key_padding_mask, tgt_is_causal)),
        )
        x = self._around(
            x,
            self.norm2,
            lambda x: self.dropout2(
                _attend(self.multihead_attn, x, memory, memory_mask, memory_key_padding_mask, memory_is_causal)
            ),
        )
        return self._around(x, self.norm3, lambda x: self.dropout3(self._feed_forward(x)))

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Causal with dropout; normalized first, with a mask of the memory."""
        layer = TransformerDecoderLayer(4, 2, 5, 0.2, "gelu", batch_first=True, bias=False, rng=rng)
        inputs = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 2, 4))
        yield Example(layer, (*inputs, None, None, None, None, True))
        layer = TransformerDecoderLayer(4, 2, 3, 0.0, np.tanh, norm_first=True, rng=rng)
        inputs = rng.normal(size=(3, 1, 4)), rng.normal(size=(2, 1, 4))
        yield Example(layer, (*inputs, None, np.array([[False, True], [False, False], [True, False]])), 1)


# --- stacks ---------------------------------------------------------------------------------------------


def _copies(layer: Module, num_layers: int, owner: str) -> ModuleList:
    check_whole(owner, 0, num_layers=num_layers)
    return ModuleList(copy.deepcopy(layer) for _ in range(num_layers))


def _is_causal(mask: Any, is_causal: bool | None) -> bool:
    """What is said, or else whether the mask hides exactly what comes later."""
    if mask is not None:
        check_arrays("attention", mask=mask)
    if is_causal is not None or mask is None or mask.ndim != 2 or mask.shape[0] != mask.shape[1]:
        return bool(is_causal)
    hides = np.logical_not(np.tri(len(mask), dtype=bool))
    return np.array_equal(ag.value_of(mask), hides if mask.dtype.kind == "b" else np.where(hides, -math.inf, 0.0))


class TransformerEncoder(Module):
    """Copies of an encoder layer, one after another: (length, batch, d_model) -> (length, batch, d_model).

    Parameters
    ----------
    encoder_layer: a `TransformerEncoderLayer`, or a module that is called as one is. It is copied with its values, so
        that all layers start alike; `Transformer` draws new ones.
    num_layers: number of copies.
    norm: a module called at the end, such as `LayerNorm`, or None.

    Raises ArgumentError for a number that is none; when called, what the layers raise. PyTorch's switches of nested
    tensors are left out: there are none here.

    >>> import autograd as ag, nn
    >>> layer = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> nn.TransformerEncoder(layer, num_layers=3)(ag.zeros(5, 3, 8)).shape
    (5, 3, 8)
    """

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        self.layers = _copies(encoder_layer, num_layers, "TransformerEncoder")
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Any:
        """(length, batch, d_model) -> (length, batch, d_model).

        Parameters
        ----------
        mask, src_key_padding_mask: ``attn_mask`` and ``key_padding_mask`` of `MultiheadAttention` for every layer.
        is_causal: as in `TransformerEncoderLayer`; if None, whether ``mask`` says so is looked up, which makes a causal
            one faster.
        """
        is_causal = _is_causal(mask, is_causal)
        for layer in self.layers:
            src = layer(src, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=is_causal)
        return src if self.norm is None else self.norm(src)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two layers and a norm, causal."""
        layer = TransformerEncoderLayer(4, 2, 3, 0.0, "gelu", batch_first=True, bias=False, rng=rng)
        inputs = rng.normal(size=(2, 3, 4)), np.triu(np.ones((3, 3), bool), 1)
        yield Example(TransformerEncoder(layer, 2, LayerNorm(4)), inputs)


class TransformerDecoder(Module):
    """Copies of a decoder layer, one after another, that see the same memory.

    (length, batch, d_model), (source, batch, d_model) -> (length, batch, d_model).

    Parameters
    ----------
    decoder_layer: a `TransformerDecoderLayer`, or a module that is called as one is; copied with its values.
    num_layers: number of copies.
    norm: a module called at the end, such as `LayerNorm`, or None.

    Raises ArgumentError for a number that is none; when called, what the layers raise.

    >>> import autograd as ag, nn
    >>> layer = nn.TransformerDecoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> nn.TransformerDecoder(layer, num_layers=3)(ag.zeros(5, 3, 8), ag.zeros(5, 7, 8)).shape
    (5, 3, 8)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        self.layers = _copies(decoder_layer, num_layers, "TransformerDecoder")
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """(length, batch, d_model), (source, batch, d_model) -> (length, batch, d_model).

        Parameters
        ----------
        tgt, memory and the masks: as in `TransformerDecoderLayer`, for every layer.
        tgt_is_causal: if None, whether ``tgt_mask`` says so is looked up.
        """
        tgt_is_causal = _is_causal(tgt_mask, tgt_is_causal)
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two layers, causal."""
        layer = TransformerDecoderLayer(4, 2, 3, 0.0, np.tanh, bias=False, rng=rng)
        inputs = rng.normal(size=(3, 1, 4)), rng.normal(size=(1, 1, 4))
        yield Example(TransformerDecoder(layer, 2), (*inputs, np.triu(np.ones((3, 3), bool), 1)), 1)


# --- the whole ------------------------------------------------------------------------------------------


class Transformer(Module):
    """An encoder, and a decoder that sees what it gave.

    (source, batch, d_model), (length, batch, d_model) -> (length, batch, d_model); with ``batch_first`` the batch is
    axis 0 of each. Embeddings, positions and the layer after it are the caller's. Vaswani et al., 2017.

    Parameters
    ----------
    d_model: width of inputs and result, a multiple of ``nhead``.
    nhead: number of heads.
    num_encoder_layers, num_decoder_layers: at least 0.
    custom_encoder, custom_decoder: modules in place of the `TransformerEncoder` and the `TransformerDecoder`.
    dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, dtype, rng: as in
        `TransformerEncoderLayer`.

    Raises ArgumentError for sizes that do not fit; when called, ShapeError and DtypeError.

    >>> import autograd as ag, nn
    >>> model = nn.Transformer(8, 2, 1, 1, dim_feedforward=16, batch_first=True)
    >>> hidden = nn.Transformer.generate_square_subsequent_mask(3)
    >>> model(ag.zeros(5, 7, 8), ag.zeros(5, 3, 8), tgt_mask=hidden).shape
    (5, 3, 8)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        options = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(*options, dtype=dtype, rng=rng)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm())
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(*options, dtype=dtype, rng=rng)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm())
        self.encoder, self.decoder = custom_encoder, custom_decoder
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first
        initialize(self, rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values of all matrices, uniform as by Glorot and Bengio; vectors stay as they are.

        >>> import nn
        >>> nn.Transformer(4, 2, 1, 1, 8).reset_parameters()
        """
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter, rng=rng)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """(source, batch, d_model), (length, batch, d_model) -> (length, batch, d_model).

        Parameters
        ----------
        src, tgt: inputs of the encoder and the decoder.
        src_mask, src_key_padding_mask, src_is_causal: of the encoder, see `TransformerEncoder`.
        tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, tgt_is_causal, memory_is_causal: of the
            decoder, see `TransformerDecoder`.
        """
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, dtype: Any = None) -> ag.Tensor:
        """The mask that hides what comes later: () -> (sz, sz), 0 up to the diagonal and minus infinity above.

        Parameters
        ----------
        sz: length of the sequence.
        dtype: that of the inputs, a float; the default dtype if None.

        >>> import nn
        >>> nn.Transformer.generate_square_subsequent_mask(2)
        Tensor([[  0., -inf],
                [  0.,   0.]], dtype=float32)
        """
        return ag.Tensor(np.where(np.tri(sz, dtype=bool), 0.0, -math.inf).astype(dtype or ag.get_default_dtype()))

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """One layer of each, the decoder causal."""
        model = Transformer(4, 2, 1, 1, 3, 0.0, np.tanh, batch_first=True, bias=False, rng=rng)
        inputs = rng.normal(size=(2, 2, 4)), rng.normal(size=(2, 3, 4))
        yield Example(model, (*inputs, None, np.triu(np.ones((3, 3), bool), 1)))
