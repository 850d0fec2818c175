"""Models of a page each, and their names for the command and for `nn.load`."""

from __future__ import annotations

import functools
import inspect
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

import autograd as ag
import nn.layers as L
from nn import init
from nn.kernels.checks import check_arrays, check_whole, is_whole, wholes, wrong_shape
from nn.module import Module

__all__ = [
    "MODELS",
    "BasicBlock",
    "CharRNN",
    "ResNet",
    "TransformerClassifier",
    "autoencoder",
    "char_rnn",
    "lenet5",
    "mlp",
    "resnet8",
    "resnet18",
    "transformer_encoder",
    "vgg_small",
]

MODELS: dict[str, Callable[..., Module]] = {}

Builder = TypeVar("Builder", bound=Callable[..., Module])


def _model(build: Builder) -> Builder:
    """Enter a builder in `MODELS`, and let its models know how they were built: `nn.save` notes it for `nn.load`."""
    name, signature = build.__name__, inspect.signature(build)

    @functools.wraps(build)
    def remembered(*args: Any, **kwargs: Any) -> Module:
        module = build(*args, **kwargs)
        module.built_by = name, dict(signature.bind(*args, **kwargs).arguments)
        return module

    MODELS[name] = remembered
    return remembered  # type: ignore[return-value]


def _layer(kind: str | Callable[[], Module]) -> Module:
    """A new layer of a kind that is given as a class, or by its name."""
    want = f"activation={kind!r:.60}; want a class of nn or its name, such as 'ReLU'"
    if isinstance(kind, str) and kind not in L.__all__:
        raise ag.errors.ArgumentError(f"{want}.")
    try:
        module = getattr(L, kind)() if isinstance(kind, str) else kind()
    except TypeError as error:
        raise ag.errors.ArgumentError(
            f"{want}, that needs no arguments; a layer with arguments is made by a function: lambda: nn.LeakyReLU(0.2)."
        ) from error
    if not isinstance(module, Module):
        raise ag.errors.ArgumentError(f"{want}; what it makes is a {type(module).__name__}, no module.")
    return module


# --- rows of numbers ------------------------------------------------------------------------------------


@_model
def mlp(
    in_features: int,
    hidden: Sequence[int],
    out_features: int,
    *,
    activation: str | Callable[[], Module] = "ReLU",
    dropout: float = 0.0,
) -> L.Sequential:
    """A multilayer perceptron: (batch, ...) -> (batch, out_features), linear layers with activations between them.

    Parameters
    ----------
    in_features: numbers in a sample, over all its axes but the batch.
    hidden: widths of the hidden layers, from the input on; none for a linear model.
    out_features: numbers in a result, such as a score for each class.
    activation: the layer that follows each hidden one: a class of `nn`, or its name.
    dropout: share of a hidden layer's outputs that is dropped in training, 0 to 1.

    Raises ArgumentError for widths below 0, a dropout out of range and the name of no layer; when called, ShapeError
    for samples of another size.

    >>> import autograd as ag
    >>> mlp(64, [128], 10)(ag.zeros(32, 1, 8, 8)).shape
    (32, 10)
    """
    layers: list[Module] = [L.Flatten()]
    width = in_features
    for next_width in wholes("mlp", 0, "hidden", hidden):
        layers += [L.Linear(width, next_width), _layer(activation)]
        if dropout:
            layers.append(L.Dropout(dropout))
        width = next_width
    return L.Sequential(*layers, L.Linear(width, out_features))


@_model
def autoencoder(
    shape: Sequence[int],
    hidden: Sequence[int] = (128,),
    code: int = 32,
    *,
    activation: str | Callable[[], Module] = "ReLU",
) -> L.Sequential:
    """Linear layers to a short code and back: (batch, *shape) -> (batch, *shape), each number from 0 to 1.

    Hinton and Salakhutdinov, 2006. The parts are named ``encoder`` and ``decoder``.

    Parameters
    ----------
    shape: of a sample, such as (1, 28, 28).
    hidden: widths of the hidden layers, from the input to the code; the decoder has them the other way about.
    code: numbers in the code.
    activation: the layer that follows each hidden one: a class of `nn`, or its name.

    Raises as `mlp` does.

    >>> import autograd as ag
    >>> model = autoencoder((1, 8, 8), [32], code=4)
    >>> model.encoder(ag.zeros(5, 1, 8, 8)).shape, model(ag.zeros(5, 1, 8, 8)).shape
    ((5, 4), (5, 1, 8, 8))
    """
    shape, hidden = wholes("autoencoder", 0, "shape", shape), wholes("autoencoder", 0, "hidden", hidden)
    size = math.prod(shape)
    encoder = mlp(size, hidden, code, activation=activation)
    decoder = mlp(code, hidden[::-1], size, activation=activation)
    decoder.append(L.Sigmoid()).append(L.Unflatten(1, shape))
    return L.Sequential(OrderedDict(encoder=encoder, decoder=decoder))


# --- images ---------------------------------------------------------------------------------------------


@_model
def lenet5(classes: int = 10, channels: int = 1, *, activation: str | Callable[[], Module] = "ReLU") -> L.Sequential:
    """LeNet-5 for digits: (batch, channels, 28, 28) -> (batch, classes).

    LeCun et al., 1998, with ReLU and max pooling in the places of tanh and averages, and a plain last layer.

    Parameters
    ----------
    classes: number of scores.
    channels: of the images; 1 for grey.
    activation: the layer that follows each but the last: a class of `nn`, or its name.

    Raises ArgumentError for classes below 0, channels below 1 and the name of no layer; when called, ShapeError for
    images with other channels, or of a size from which other than 5 by 5 places are left.

    >>> import autograd as ag
    >>> lenet5()(ag.zeros(2, 1, 28, 28)).shape
    (2, 10)
    """
    return L.Sequential(
        *(L.Conv2d(channels, 6, 5, padding=2), _layer(activation), L.MaxPool2d(2)),
        *(L.Conv2d(6, 16, 5), _layer(activation), L.MaxPool2d(2)),
        L.Flatten(),
        *(L.Linear(400, 120), _layer(activation)),
        *(L.Linear(120, 84), _layer(activation)),
        L.Linear(84, classes),
    )


@_model
def vgg_small(
    classes: int = 10, channels: int = 3, widths: Sequence[int] = (32, 64, 128), dropout: float = 0.0
) -> L.Sequential:
    """Blocks of two 3x3 convolutions and a pooling: (batch, channels, height, width) -> (batch, classes).

    The pattern of Simonyan and Zisserman, 2015, at the size of small images, with batch normalization. Each block
    halves height and width, and the last layer sees the mean over them.

    Parameters
    ----------
    classes: number of scores.
    channels: of the images; 3 for color.
    widths: channels of the blocks; images are at least 2 ** len(widths) high and wide.
    dropout: share of the last features that is dropped in training, 0 to 1.

    Raises ArgumentError for classes below 0, channels or widths below 1 and a dropout out of range; when called,
    ShapeError for images with other channels, or too small.

    >>> import autograd as ag
    >>> vgg_small()(ag.zeros(2, 3, 32, 32)).shape
    (2, 10)
    """
    layers: list[Module] = []
    for width in wholes("vgg_small", 1, "widths", widths):
        for before in (channels, width):
            layers += [L.Conv2d(before, width, 3, padding=1, bias=False), L.BatchNorm2d(width), L.ReLU()]
        layers.append(L.MaxPool2d(2))
        channels = width
    return L.Sequential(*layers, L.AdaptiveAvgPool2d(1), L.Flatten(), L.Dropout(dropout), L.Linear(channels, classes))


class BasicBlock(Module):
    """Two 3x3 convolutions beside a shortcut: (batch, in_channels, h, w) -> (batch, out_channels, h/stride, w/stride).

    Where the shape changes, the shortcut is a 1x1 convolution (He et al., 2016, option B). Parts are named as in
    torchvision.

    Parameters
    ----------
    in_channels, out_channels: at least 1.
    stride: of the first convolution and of the shortcut, at least 1; heights and widths that it does not divide are
        rounded up.

    Raises ArgumentError for others; when called, as `Conv2d` and `BatchNorm2d` do.

    >>> import autograd as ag
    >>> BasicBlock(8, 16, stride=2)(ag.zeros(1, 8, 6, 6)).shape
    (1, 16, 3, 3)
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        self.conv1 = L.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = L.BatchNorm2d(out_channels)
        self.relu = L.ReLU()
        self.conv2 = L.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = L.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            shortcut = L.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.downsample = L.Sequential(shortcut, L.BatchNorm2d(out_channels))

    def forward(self, x: Any) -> Any:
        """(batch, in_channels, height, width) -> (batch, out_channels, height / stride, width / stride)."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet(Module):
    """A residual network: (batch, channels, height, width) -> (batch, classes); He et al., 2016.

    Parts are named as in torchvision, whose weights load.

    Parameters
    ----------
    blocks: how many `BasicBlock` each stage has, at least 1; from the second stage on the first one halves height and
        width.
    widths: channels of the stages, at least one stage.
    classes: number of scores.
    channels: of the images.
    is_for_large_images: whether it begins with a 7x7 convolution of stride 2 and a pooling, for images of some 200
        pixels, and not with a 3x3 convolution.

    Raises ArgumentError for blocks, widths or channels below 1, classes below 0, and another number of blocks than of
    widths; when called, ShapeError for images with other channels.

    >>> import autograd as ag
    >>> ResNet((1, 1), (4, 8), classes=3)(ag.zeros(2, 3, 8, 8)).shape
    (2, 3)
    """

    def __init__(
        self,
        blocks: Sequence[int],
        widths: Sequence[int],
        classes: int = 10,
        channels: int = 3,
        is_for_large_images: bool = False,
    ) -> None:
        blocks, widths = wholes("ResNet", 1, "blocks", blocks), wholes("ResNet", 1, "widths", widths)
        if len(blocks) != len(widths) or not widths:
            raise ag.errors.ArgumentError(
                f"ResNet: blocks={blocks}, widths={widths}; want as many of both, one for each stage, and at least one."
            )
        width = widths[0]
        size, stride = (7, 2) if is_for_large_images else (3, 1)
        self.conv1 = L.Conv2d(channels, width, size, stride, padding=size // 2, bias=False)
        self.bn1 = L.BatchNorm2d(width)
        self.relu = L.ReLU()
        self.maxpool = L.MaxPool2d(3, stride=2, padding=1) if is_for_large_images else L.Identity()
        self.stages = len(widths)
        for number, (count, next_width) in enumerate(zip(blocks, widths, strict=True), 1):
            first = BasicBlock(width, next_width, stride=1 if number == 1 else 2)
            rest = [BasicBlock(next_width, next_width) for _ in range(count - 1)]
            self.add_module(f"layer{number}", L.Sequential(first, *rest))
            width = next_width
        self.avgpool = L.AdaptiveAvgPool2d(1)
        self.fc = L.Linear(width, classes)
        for module in self.modules():
            if isinstance(module, L.Conv2d):
                init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Any) -> Any:
        """(batch, channels, height, width) -> (batch, classes)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for number in range(1, self.stages + 1):
            x = getattr(self, f"layer{number}")(x)
        x = self.avgpool(x)
        return self.fc(x.reshape(x.shape[:2]))


@_model
def resnet8(classes: int = 10, channels: int = 3) -> ResNet:
    """The smallest residual network of He et al., 2016, for small images: (batch, channels, h, w) -> (batch, classes).

    Three stages of one block, 16, 32 and 64 channels; 78,000 parameters.

    Parameters
    ----------
    classes, channels: as of `ResNet`, which says what is raised.

    >>> import autograd as ag
    >>> resnet8(channels=1)(ag.zeros(2, 1, 28, 28)).shape
    (2, 10)
    """
    return ResNet((1, 1, 1), (16, 32, 64), classes, channels)


@_model
def resnet18(classes: int = 1000, channels: int = 3) -> ResNet:
    """ResNet-18 of He et al., 2016, for images of some 200 pixels: (batch, channels, h, w) -> (batch, classes).

    Weights of torchvision's ``resnet18``, saved as safetensors, load by `nn.load_weights`.

    Parameters
    ----------
    classes, channels: as of `ResNet`, which says what is raised.

    >>> resnet18().layer4[1].conv2
    Conv2d(512, 512, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
    """
    return ResNet((2, 2, 2, 2), (64, 128, 256, 512), classes, channels, is_for_large_images=True)


# --- sequences ------------------------------------------------------------------------------------------


def _no_tokens(name: str, tokens: Any) -> ag.errors.ShapeError:
    """The error for what is not (batch, time); it raises that for what is no array."""
    check_arrays(name, tokens=tokens)
    return wrong_shape(name, "tokens of shape (batch, time)", tokens, "A single sequence is tokens[None].")


class TransformerClassifier(Module):
    """Scores of token sequences by a Transformer encoder: (batch, time) -> (batch, classes); see `transformer_encoder`.

    Arguments and errors are those of `transformer_encoder`.

    >>> import numpy as np
    >>> model = TransformerClassifier(vocabulary=9, classes=2, features=8, heads=2, layers=1, hidden=16)
    >>> model(np.array([[1, 2, 3, 0], [4, 5, 0, 0]])).shape
    (2, 2)
    """

    def __init__(
        self,
        vocabulary: int,
        classes: int,
        features: int,
        heads: int,
        layers: int,
        hidden: int,
        dropout: float = 0.0,
        padding: int | None = 0,
    ) -> None:
        self.padding = padding
        self.embedding = L.Embedding(vocabulary, features, padding_idx=padding)
        self.positions = L.SinusoidalPositions(features)
        self.dropout = L.Dropout(dropout)
        layer = L.TransformerEncoderLayer(features, heads, hidden, dropout, "gelu", batch_first=True, norm_first=True)
        self.encoder = L.TransformerEncoder(layer, layers, L.LayerNorm(features))
        self.head = L.Linear(features, classes)
        for parameter in self.encoder.parameters():  # the layers are copies: each gets values of its own
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(self, tokens: Any) -> Any:
        """(batch, time), integers -> (batch, classes)."""
        tokens = ag.value_of(tokens)
        if getattr(tokens, "ndim", None) != 2:
            raise _no_tokens("TransformerClassifier", tokens)
        is_word = np.ones(tokens.shape, bool) if self.padding is None else tokens != self.padding
        x = self.dropout(self.positions(self.embedding(tokens)))
        x = self.encoder(x, src_key_padding_mask=None if is_word.all() else ~is_word)
        share = is_word / np.maximum(is_word.sum(axis=1, keepdims=True), 1)
        return self.head((x * share[..., None].astype(x.dtype)).sum(axis=1))


@_model
def transformer_encoder(
    vocabulary: int,
    classes: int,
    features: int = 64,
    heads: int = 4,
    layers: int = 2,
    hidden: int = 128,
    dropout: float = 0.1,
    padding: int | None = 0,
) -> TransformerClassifier:
    """A Transformer encoder that classifies sequences of tokens: (batch, time) -> (batch, classes).

    Embeddings and sinusoidal positions, encoder layers that normalize first (Vaswani et al., 2017; Xiong et al., 2020),
    and a linear layer on the mean over the time.

    Parameters
    ----------
    vocabulary: number of tokens, which are integers from 0.
    classes: number of scores.
    features: width of the embeddings, a multiple of ``heads``.
    heads, layers: of the encoder.
    hidden: width inside the layers' feed-forward networks.
    dropout: share that is dropped in training, 0 to 1.
    padding: the token that fills up short sequences, and is not seen; None where there is none.

    Raises ArgumentError for arguments out of range, and, when called, for tokens beyond the vocabulary; DtypeError for
    tokens that are no integers.

    >>> import numpy as np
    >>> transformer_encoder(vocabulary=100, classes=2)(np.array([[7, 3, 9], [5, 2, 0]])).shape
    (2, 2)
    """
    return TransformerClassifier(vocabulary, classes, features, heads, layers, hidden, dropout, padding)


# Recurrent layers by the names that `char_rnn` and the command have for them.
CELLS: dict[str, Any] = {
    "rnn": L.RNN,
    "lstm": L.LSTM,
    "gru": L.GRU,
    "layernorm-rnn": L.LayerNormRNN,
    "layernorm-lstm": L.LayerNormLSTM,
    "layernorm-gru": L.LayerNormGRU,
}


class CharRNN(Module):
    """Scores of the next token at every step: (batch, time) -> (batch, time, vocabulary), and states; see `char_rnn`.

    Arguments are those of `char_rnn`. Raises ArgumentError for others; when called, ShapeError for tokens that are not
    (batch, time), ArgumentError for tokens beyond the vocabulary and states of another form.

    Attributes
    ----------
    characters: the tokens, where the model was made of them, or None; `nn.generate` reads and writes text by them.
    size: of the vocabulary.

    >>> import numpy as np
    >>> scores, state = CharRNN(5, features=2, hidden=3, cell="gru")(np.array([[0, 4, 1, 1]]))
    >>> scores.shape, state.shape
    ((1, 4, 5), (1, 1, 3))
    """

    def __init__(
        self,
        vocabulary: int | Sequence[str],
        features: int = 64,
        hidden: int = 256,
        layers: int = 1,
        cell: str = "lstm",
        dropout: float = 0.0,
        tied: bool = False,
    ) -> None:
        if cell not in CELLS:
            raise ag.errors.ArgumentError(f"CharRNN: cell={cell!r}; want one of {', '.join(map(repr, CELLS))}.")
        if tied and features != hidden:
            raise ag.errors.ArgumentError(
                f"CharRNN: tied=True with features={features}, hidden={hidden}; tied weights are both an embedding and "
                "a last layer, so the two are equal."
            )
        self.size, self.characters = _size_and_characters(vocabulary)
        self.cell = cell
        self.embedding = L.Embedding(self.size, features)
        options = {"forget_bias": 1.0} if cell == "lstm" else {}
        self.rnn = CELLS[cell](features, hidden, layers, dropout=dropout, **options)
        self.dropout = L.Dropout(dropout)
        self.head = L.Linear(hidden, self.size)
        if tied:
            init.normal_(self.embedding.weight, std=features**-0.5)  # scores of about 1 at first
            self.head.weight = self.embedding.weight

    def forward(self, tokens: Any, state: Any = None) -> Any:
        """(batch, time), integers -> scores (batch, time, vocabulary), and the states behind the last step.

        Parameters
        ----------
        tokens: 0 to the vocabulary's size, exclusive.
        state: those that the piece before left, to go on with; zeros if None.

        Raises ShapeError for tokens of other axes, DtypeError for what is no array, and what the layers raise.
        """
        tokens = ag.value_of(tokens)
        if getattr(tokens, "ndim", None) != 2:
            raise _no_tokens("CharRNN", tokens)
        # Steps come first inside, as recurrent layers have them in memory: so it is the integers that are transposed.
        out, state = self.rnn(self.embedding(np.ascontiguousarray(tokens.T)), state)
        return np.swapaxes(self.head(self.dropout(out)), 0, 1), state


def _size_and_characters(vocabulary: Any) -> tuple[int, tuple[str, ...] | None]:
    """The number of tokens, and the tokens themselves where the vocabulary is given by them: of a text, characters."""
    if is_whole(vocabulary):
        check_whole("CharRNN", 1, vocabulary=vocabulary)
        return vocabulary, None
    tokens = tuple(vocabulary) if isinstance(vocabulary, (str, tuple, list)) else ()
    if not tokens or not all(isinstance(token, str) for token in tokens) or len(set(tokens)) < len(tokens):
        raise ag.errors.ArgumentError(
            f"CharRNN: vocabulary={vocabulary!r:.80}; want the number of tokens, or the tokens themselves, each once, "
            "such as CharVocabulary.from_text(text).tokens."
        )
    return len(tokens), tokens


@_model
def char_rnn(
    vocabulary: int | Sequence[str],
    features: int = 64,
    hidden: int = 256,
    layers: int = 1,
    cell: str = "lstm",
    dropout: float = 0.0,
    tied: bool = False,
) -> CharRNN:
    """A recurrent network that says which token comes next: (batch, time) -> (batch, time, vocabulary), and states.

    An embedding, recurrent layers and a linear layer (Mikolov et al., 2010; Graves, 2013). An LSTM's forget gates begin
    with a bias of 1. A call takes the states that the one before returned, so that a long text is read in pieces, and
    `nn.generate` writes one.

    Parameters
    ----------
    vocabulary: number of tokens, which are integers from 0; or the tokens themselves, as one string of characters or a
        list. Then the model carries them, `nn.save` keeps them, and `nn.generate` takes text.
    features: width of the embeddings.
    hidden: width of the states.
    layers: recurrent layers on each other.
    cell: "rnn", "lstm", "gru", "layernorm-rnn", "layernorm-lstm" or "layernorm-gru".
    dropout: share of each recurrent layer's results that is dropped in training, 0 to 1 (Zaremba et al., 2014).
    tied: whether the last layer's weights are the embedding's (Press and Wolf, 2017); then features equals hidden.

    Raises ArgumentError for others.

    >>> import numpy as np
    >>> model = char_rnn("abcdefgh", hidden=32)
    >>> scores, (h, c) = model(np.array([[0, 1, 2], [7, 6, 5]]))
    >>> scores.shape, h.shape
    ((2, 3, 8), (1, 2, 32))
    """
    return CharRNN(vocabulary, features, hidden, layers, cell, dropout, tied)
