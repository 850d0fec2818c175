"""Reverse-mode automatic differentiation that you can see through.

>>> import autograd as ag, numpy as np
>>> x = ag.tensor([1.0, 2.0], requires_grad=True)
>>> np.sum(x ** 2).backward()
>>> x.grad
Tensor([2., 4.], dtype=float32)
"""

from autograd import rules as rules
from autograd.backward import gradients
from autograd.creation import (
    arange,
    default_generator,
    eye,
    full,
    full_like,
    linspace,
    manual_seed,
    ones,
    ones_like,
    rand,
    rand_like,
    randn,
    randn_like,
    tensor,
    zeros,
    zeros_like,
)
from autograd.dtypes import get_default_dtype, set_default_dtype
from autograd.modes import enable_grad, is_grad_enabled, no_grad, scope, set_grad_enabled
from autograd.primitives import elementwise, primitive
from autograd.registry import ops
from autograd.tensors import Tensor

globals().update(ops.functions)
