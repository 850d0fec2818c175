"""One training step of three 3x3 convolutions with BatchNorm (32, 32, 64 channels) on 3x32x32, batch 64: with Adam."""

from itertools import pairwise
from typing import Any

from workloads import _images_jax
from workloads._images import cases, in_jax

SHAPE = (64, 3, 32, 32)
CHANNELS = (3, 32, 32, 64)
PLACES = (0, 3, 7)  # of the convolutions; the normalizations follow them


def layers(nn: Any) -> list[Any]:
    """Convolution, BatchNorm, ReLU, three times, with pooling; then a linear layer on all that is left."""
    return [
        *(nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(64 * 8 * 8, 10)),
    ]


def shapes() -> dict[str, tuple[int, ...]]:
    """Those of the state, in the order of `layers`."""
    result: dict[str, tuple[int, ...]] = {}
    for place, (before, after) in zip(PLACES, pairwise(CHANNELS), strict=True):
        result[f"{place}.weight"] = (after, before, 3, 3)
        names = ("weight", "bias", "running_mean", "running_var")
        result |= {f"{place + 1}.{name}": (after,) for name in names}
    return {**result, "12.weight": (10, 64 * 8 * 8), "12.bias": (10,)}


def jax_loss(p: Any, buffers: Any, x: Any, labels: Any) -> tuple[Any, Any]:
    """The same in JAX, and its loss."""
    import jax

    from workloads._jax import cross_entropy

    for place in PLACES:
        x = _images_jax.conv(x, p[f"{place}.weight"])
        x, buffers = _images_jax.batch_norm(x, f"{place + 1}", p, buffers)
        x = jax.nn.relu(x)
        x = x if place == 0 else _images_jax.pool(x)
    return cross_entropy(_images_jax.linear(_images_jax.flat(x), "12", p), labels), buffers


CASES = {**cases(layers, SHAPE), "jax": lambda: in_jax(jax_loss, shapes(), SHAPE)}
SLOW = {"jax"}  # which compiles for seconds
