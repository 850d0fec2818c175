"""One training step of LeNet-5 on 28x28 digits, batch 64: forward, backward, Adam."""

from typing import Any

from workloads._images import cases, measures

SHAPE = (64, 1, 28, 28)


def layers(nn: Any) -> list[Any]:
    """LeNet-5 with ReLU and max pooling."""
    return [
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    ]


CASES = cases(layers, SHAPE)
MEASURES = measures(layers, SHAPE)
