"""Layers, one file a family."""

from nn.layers import (
    activations,
    adaptive_pooling,
    attention,
    average_pooling,
    batch_norms,
    containers,
    convolutions,
    distances,
    dropout,
    embeddings,
    learned_activations,
    linear,
    losses,
    margin_losses,
    normalizations,
    padding,
    pooling,
    rectifiers,
    recurrent,
    recurrent_base,
    recurrent_cells,
    recurrent_norm_cells,
    recurrent_norms,
    resizing,
    seq2seq,
    sequence_attention,
    shape,
    transformers,
)
from nn.layers.activations import *
from nn.layers.adaptive_pooling import *
from nn.layers.attention import *
from nn.layers.average_pooling import *
from nn.layers.batch_norms import *
from nn.layers.containers import *
from nn.layers.convolutions import *
from nn.layers.distances import *
from nn.layers.dropout import *
from nn.layers.embeddings import *
from nn.layers.learned_activations import *
from nn.layers.linear import *
from nn.layers.losses import *
from nn.layers.margin_losses import *
from nn.layers.normalizations import *
from nn.layers.padding import *
from nn.layers.pooling import *
from nn.layers.rectifiers import *
from nn.layers.recurrent import *
from nn.layers.recurrent_cells import *
from nn.layers.recurrent_norm_cells import *
from nn.layers.recurrent_norms import *
from nn.layers.resizing import *
from nn.layers.seq2seq import *
from nn.layers.sequence_attention import *
from nn.layers.shape import *
from nn.layers.transformers import *

__all__: list[str] = []
__all__ += activations.__all__
__all__ += adaptive_pooling.__all__
__all__ += attention.__all__
__all__ += average_pooling.__all__
__all__ += batch_norms.__all__
__all__ += containers.__all__
__all__ += convolutions.__all__
__all__ += distances.__all__
__all__ += dropout.__all__
__all__ += embeddings.__all__
__all__ += learned_activations.__all__
__all__ += linear.__all__
__all__ += losses.__all__
__all__ += margin_losses.__all__
__all__ += normalizations.__all__
__all__ += padding.__all__
__all__ += pooling.__all__
__all__ += rectifiers.__all__
__all__ += recurrent.__all__
__all__ += recurrent_cells.__all__
__all__ += recurrent_norm_cells.__all__
__all__ += recurrent_norms.__all__
__all__ += resizing.__all__
__all__ += seq2seq.__all__
__all__ += sequence_attention.__all__
__all__ += shape.__all__
__all__ += transformers.__all__
