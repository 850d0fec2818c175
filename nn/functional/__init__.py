"""Layers and losses as functions without state, under PyTorch's names; one file a family.

Each takes Tensors or arrays; the result of arrays alone is an array.
"""

from nn.functional import (
    activations,
    attention,
    convolutions,
    distances,
    dropping,
    embeddings,
    losses,
    margin_losses,
    normalizations,
    pooling,
    products,
    rectifiers,
    resizing,
    shapes,
)
from nn.functional.activations import *
from nn.functional.attention import *
from nn.functional.convolutions import *
from nn.functional.distances import *
from nn.functional.dropping import *
from nn.functional.embeddings import *
from nn.functional.losses import *
from nn.functional.margin_losses import *
from nn.functional.normalizations import *
from nn.functional.pooling import *
from nn.functional.products import *
from nn.functional.rectifiers import *
from nn.functional.resizing import *
from nn.functional.shapes import *

__all__: list[str] = []
__all__ += activations.__all__
__all__ += attention.__all__
__all__ += convolutions.__all__
__all__ += distances.__all__
__all__ += dropping.__all__
__all__ += embeddings.__all__
__all__ += losses.__all__
__all__ += margin_losses.__all__
__all__ += normalizations.__all__
__all__ += pooling.__all__
__all__ += products.__all__
__all__ += rectifiers.__all__
__all__ += resizing.__all__
__all__ += shapes.__all__
