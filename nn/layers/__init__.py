"""Layers, one file a family."""

from nn.layers import (
    activations,
    attention,
    containers,
    convolutions,
    dropout,
    embeddings,
    linear,
    losses,
    normalizations,
    padding,
    pooling,
    resizing,
    shape,
)
from nn.layers.activations import *
from nn.layers.attention import *
from nn.layers.containers import *
from nn.layers.convolutions import *
from nn.layers.dropout import *
from nn.layers.embeddings import *
from nn.layers.linear import *
from nn.layers.losses import *
from nn.layers.normalizations import *
from nn.layers.padding import *
from nn.layers.pooling import *
from nn.layers.resizing import *
from nn.layers.shape import *

__all__: list[str] = []
__all__ += activations.__all__
__all__ += attention.__all__
__all__ += containers.__all__
__all__ += convolutions.__all__
__all__ += dropout.__all__
__all__ += embeddings.__all__
__all__ += linear.__all__
__all__ += losses.__all__
__all__ += normalizations.__all__
__all__ += padding.__all__
__all__ += pooling.__all__
__all__ += resizing.__all__
__all__ += shape.__all__
