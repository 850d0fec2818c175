"""One training step of three 3x3 convolutions with BatchNorm (32, 32, 64 channels) on 3x32x32, batch 64: with Adam."""

from typing import Any

from workloads._images import cases, measures

SHAPE = (64, 3, 32, 32)


def layers(nn: Any) -> list[Any]:
    """Convolution, BatchNorm, ReLU, three times, with pooling; then the mean over the image."""
    return [
        *(nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(64 * 8 * 8, 10)),
    ]


CASES = cases(layers, SHAPE)
MEASURES = measures(layers, SHAPE)
