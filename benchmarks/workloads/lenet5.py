"""One training step of LeNet-5 on 28x28 digits, batch 64: forward, backward, Adam."""

from typing import Any

from workloads import _images_jax
from workloads._images import cases, in_jax

SHAPE = (64, 1, 28, 28)
SHAPES: dict[str, tuple[int, ...]] = {
    "0.weight": (6, 1, 5, 5),
    "0.bias": (6,),
    "3.weight": (16, 6, 5, 5),
    "3.bias": (16,),
    "7.weight": (120, 400),
    "7.bias": (120,),
    "9.weight": (84, 120),
    "9.bias": (84,),
    "11.weight": (10, 84),
    "11.bias": (10,),
}


def layers(nn: Any) -> list[Any]:
    """LeNet-5 with ReLU and max pooling."""
    return [
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    ]


def jax_loss(p: Any, buffers: Any, x: Any, labels: Any) -> tuple[Any, Any]:
    """The same in JAX, and its loss."""
    import jax

    from workloads._jax import cross_entropy

    x = _images_jax.pool(jax.nn.relu(_images_jax.conv(x, p["0.weight"]) + p["0.bias"]))
    x = _images_jax.pool(jax.nn.relu(_images_jax.conv(x, p["3.weight"], "VALID") + p["3.bias"]))
    x = jax.nn.relu(_images_jax.linear(_images_jax.flat(x), "7", p))
    x = jax.nn.relu(_images_jax.linear(x, "9", p))
    return cross_entropy(_images_jax.linear(x, "11", p), labels), buffers


CASES = {**cases(layers, SHAPE), "jax": lambda: in_jax(jax_loss, SHAPES, SHAPE)}
