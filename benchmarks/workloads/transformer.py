"""One training step of a two-layer Transformer encoder (128 wide, 4 heads), 64 tokens, batch 16: with Adam."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from cases import Case

from workloads import _jax
from workloads._compiled import by_torch
from workloads._mlp import LEARNING_RATE, training

BATCH, TOKENS, WIDTH, HEADS, INNER, LAYERS = 16, 64, 128, 4, 512, 2


def batch() -> tuple[np.ndarray, np.ndarray]:
    """Inputs (batch, tokens, width), and results to learn."""
    rng = np.random.default_rng(1)
    shape = (BATCH, TOKENS, WIDTH)
    return rng.standard_normal(shape, dtype=np.float32), rng.uniform(-1, 1, shape).astype(np.float32)


def values(shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """The same initial values for all: matrices uniform by their fan-in, normalization as it begins, biases small."""
    rng, state = np.random.default_rng(2), {}
    for name, shape in shapes.items():
        bound = shape[-1] ** -0.5
        is_scale = "norm" in name and name.endswith("weight")
        state[name] = (rng.uniform(-bound, bound, shape) + is_scale).astype(np.float32)
    return state


def encoder(nn: Any, **how: bool) -> Any:
    """The model, of the library whose `nn` is given; without dropout, so that all compute the same."""
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, INNER, dropout=0.0, batch_first=True)
    return nn.TransformerEncoder(layer, LAYERS, **how)


def glassgrad() -> Case:
    """glassgrad as its guide writes it."""
    import autograd as ag
    import nn

    x, target = batch()
    model = encoder(nn)
    model.load_state_dict(values({name: array.shape for name, array in model.state_dict().items()}))
    optimizer = nn.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    return training(model, optimizer, nn.functional.mse_loss, ag.tensor(x), ag.tensor(target))


def pytorch(**adam: bool) -> Case:
    """PyTorch eager, with the given settings of Adam; nothing is padded, so no nested tensors."""
    import torch

    x, target = batch()
    model = encoder(torch.nn, enable_nested_tensor=False)
    state = values({name: tuple(tensor.shape) for name, tensor in model.state_dict().items()})
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **adam)
    loss = torch.nn.functional.mse_loss
    return training(model, optimizer, loss, torch.from_numpy(x), torch.from_numpy(target))


class Compiled:
    """The model with its loss by `torch.compile`, as the training loop wants it: a model that does nothing."""

    def __init__(self) -> None:
        import torch

        model = encoder(torch.nn, enable_nested_tensor=False)
        self.parameters, self.named_parameters = model.parameters, model.named_parameters
        self.load_state_dict = model.load_state_dict
        self.loss_of = by_torch(lambda x, target: torch.nn.functional.mse_loss(model(x), target))

    @staticmethod
    @cache
    def of_process() -> Compiled:
        """Compiled once: cases begin it anew with other values."""
        return Compiled()

    def __call__(self, x: Any) -> Any:
        return x


def torch_compiled() -> Case:
    """PyTorch with the model and its loss in `torch.compile`, forward and backward."""
    import torch

    model = Compiled.of_process()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in values(shapes()).items()})
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    return training(model, optimizer, model.loss_of, *map(torch.from_numpy, batch()))


def shapes() -> dict[str, tuple[int, ...]]:
    """Of the parameters, under the names that both libraries give them, in their order."""
    of_a_layer = {
        "self_attn.in_proj_weight": (3 * WIDTH, WIDTH),
        "self_attn.in_proj_bias": (3 * WIDTH,),
        "self_attn.out_proj.weight": (WIDTH, WIDTH),
        "self_attn.out_proj.bias": (WIDTH,),
        "linear1.weight": (INNER, WIDTH),
        "linear1.bias": (INNER,),
        "linear2.weight": (WIDTH, INNER),
        "linear2.bias": (WIDTH,),
        **{f"norm{i}.{kind}": (WIDTH,) for i in (1, 2) for kind in ("weight", "bias")},
    }
    return {f"layers.{i}.{name}": shape for i in range(LAYERS) for name, shape in of_a_layer.items()}


def jax_loss(parameters: Any, buffers: Any, x: Any, target: Any) -> tuple[Any, Any]:
    """The encoder written out, and its loss: (batch, tokens, width) -> ()."""
    import jax

    def linear(x: Any, name: str, join: str = ".") -> Any:
        return x @ parameters[f"{name}{join}weight"] + parameters[f"{name}{join}bias"]

    def norm(x: Any, name: str) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5)
        return scaled * parameters[f"{name}.weight"] + parameters[f"{name}.bias"]

    for i in range(LAYERS):
        attention, layer = f"layers.{i}.self_attn", f"layers.{i}"
        parts = linear(x, f"{attention}.in_proj", "_").reshape(*x.shape[:2], 3, HEADS, WIDTH // HEADS)
        mixed = jax.nn.dot_product_attention(parts[:, :, 0], parts[:, :, 1], parts[:, :, 2])
        x = norm(x + linear(mixed.reshape(x.shape), f"{attention}.out_proj"), f"{layer}.norm1")
        x = norm(x + linear(jax.nn.relu(linear(x, f"{layer}.linear1")), f"{layer}.linear2"), f"{layer}.norm2")
    return ((x - target) ** 2).mean(), buffers


def jax() -> Case:
    """JAX, the whole step in one compiled function."""
    return _jax.training(jax_loss, LEARNING_RATE, values(shapes()), {}, batch())


CASES: dict[str, Callable[[], Case]] = {
    "glassgrad": glassgrad,
    "torch": lambda: pytorch(fused=True),
    "torch, default Adam": pytorch,
    "torch, compile": torch_compiled,
    "jax": jax,
}
