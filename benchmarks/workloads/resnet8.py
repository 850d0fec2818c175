"""One training step of ResNet-8 (He et al., 2016; 16, 32 and 64 channels) on 3x32x32, batch 64: with Adam."""

from typing import Any

from workloads import _images_jax
from workloads._images import cases, in_jax
from workloads._jax import cross_entropy

TOLERANCE = 0.02  # as far as PyTorch in channels-last memory is from the same in float64; the others are within 1e-5
SHAPE = (64, 3, 32, 32)
STAGES = ((16, 16, 1), (16, 32, 2), (32, 64, 2))  # channels before and after, and the stride


def block(nn: Any, before: int, after: int, stride: int) -> Any:
    """Two 3x3 convolutions and a way past them: a 1x1 convolution where the shape changes, else the input itself."""

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(before, after, 3, stride, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(after)
            self.relu = nn.ReLU()
            self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(after)
            self.shortcut = nn.Identity()
            if stride > 1 or before != after:
                self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

        def forward(self, x: Any) -> Any:
            out = self.relu(self.bn1(self.conv1(x)))
            return self.relu(self.bn2(self.conv2(out)) + self.shortcut(x))

    return Block()


def layers(nn: Any) -> list[Any]:
    """A first convolution, three stages of one block, and the mean over the image."""
    return [
        *(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        *(block(nn, *stage) for stage in STAGES),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)),
    ]


def shapes() -> dict[str, tuple[int, ...]]:
    """Of parameters and BatchNorm's statistics, under the names that both libraries give them, in their order."""

    def normalized(convolution: str, norm: str, after: int, before: int, size: int) -> dict[str, tuple[int, ...]]:
        kinds = ("weight", "bias", "running_mean", "running_var")
        return {f"{convolution}.weight": (after, before, size, size)} | {f"{norm}.{kind}": (after,) for kind in kinds}

    result = normalized("0", "1", 16, 3, 3)
    for number, (before, after, stride) in enumerate(STAGES, 3):
        result |= normalized(f"{number}.conv1", f"{number}.bn1", after, before, 3)
        result |= normalized(f"{number}.conv2", f"{number}.bn2", after, after, 3)
        if stride > 1:
            result |= normalized(f"{number}.shortcut.0", f"{number}.shortcut.1", after, before, 1)
    return result | {"8.weight": (10, 64), "8.bias": (10,)}


def jax_loss(p: Any, buffers: Any, x: Any, labels: Any) -> tuple[Any, Any]:
    """The same in JAX, and its loss."""
    import jax

    def normalized(x: Any, convolution: str, norm: str, stride: int = 1) -> Any:
        nonlocal buffers
        kernel = p[f"{convolution}.weight"]
        padding = [(len(kernel) // 2,) * 2] * 2
        axes = ("NHWC", "HWIO", "NHWC")
        x = jax.lax.conv_general_dilated(x, kernel, (stride, stride), padding, dimension_numbers=axes)
        x, buffers = _images_jax.batch_norm(x, norm, p, buffers)
        return x

    x = jax.nn.relu(normalized(x, "0", "1"))
    for number, (_, _, stride) in enumerate(STAGES, 3):
        out = jax.nn.relu(normalized(x, f"{number}.conv1", f"{number}.bn1", stride))
        out = normalized(out, f"{number}.conv2", f"{number}.bn2")
        past = x if stride == 1 else normalized(x, f"{number}.shortcut.0", f"{number}.shortcut.1", stride)
        x = jax.nn.relu(out + past)
    return cross_entropy(_images_jax.linear(x.mean((1, 2)), "8", p), labels), buffers


CASES = {**cases(layers, SHAPE), "jax": lambda: in_jax(jax_loss, shapes(), SHAPE)}
SLOW = {"jax"}  # which compiles for seconds
