"""Reverse-mode automatic differentiation that you can see through.

>>> import autograd as ag, numpy as np
>>> x = ag.tensor([1.0, 2.0], requires_grad=True)
>>> np.sum(x ** 2).backward()
>>> x.grad
Tensor([2., 4.], dtype=float32)
"""

from typing import Any

from autograd import elsewhere, errors, spec
from autograd import rules as rules
from autograd.allocation import keep_memory
from autograd.backward import gradients
from autograd.creation import (
    arange,
    default_generator,
    eye,
    from_dlpack,
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
from autograd.modes import call_in_scope, current_scope, enable_grad, is_grad_enabled, no_grad, scope, set_grad_enabled
from autograd.nodes import Leaf, Node, mark_written
from autograd.parallel import get_num_threads, set_num_threads
from autograd.primitives import elementwise, primitive
from autograd.registry import ops
from autograd.tensors import Tensor
from autograd.values import value_of

globals().update(ops.functions)


LAZY = {  # name -> the module that it is loaded from when it is first used
    **dict.fromkeys(("graph", "Graph"), "graphs"),
    **dict.fromkeys(("grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian", "hvp"), "transforms"),
    **dict.fromkeys(("custom_vjp", "checkpoint"), "segments"),
    **dict.fromkeys(("record", "Recording"), "recording"),
    **dict.fromkeys(("explain", "Explanation"), "explaining"),
    "debug": "debugging",
    "gradcheck": "testing.gradchecking",
    "write_whole": "files",
    "distributions": "distributions",
    "testing": "testing",
    "viz": "viz",
}


def __getattr__(name: str) -> Any:
    """Load what is not needed to compute when it is first used: `ag.graph`, `ag.testing`, `ag.viz`."""
    import importlib

    if name in LAZY:
        module = importlib.import_module(f"autograd.{LAZY[name]}")
        return getattr(module, name, module)
    hint = elsewhere.instead(name, elsewhere.INSTEAD_OF_FUNCTIONS)
    raise AttributeError(f"autograd has no {name!r}; dir(autograd) lists what it has.{hint}")


def __dir__() -> list[str]:
    return sorted([*globals(), *LAZY])
