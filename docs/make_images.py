"""Draws the pictures of all pages but the gallery: `python docs/make_images.py`, from the folder of the project."""

from pathlib import Path

import numpy as np

import autograd as ag
import nn
from nn.data import load_digits
from nn.models import mlp

IMAGES = Path(__file__).parent / "images"


def neuron():
    """A neuron: every number of the forward and of the backward pass."""
    return ag.graph(lambda w, x, b: np.tanh(w * x + b), -0.5, 2.0, 1.5, gradients=True)


def followed():
    """The operation that `how-it-works.md` follows, and what stands around it."""
    x, factors = np.array([0.5, -1.0]), np.array([[1.0, 1.0], [2.0, 3.0]])
    return ag.graph(lambda x: np.sum(np.tanh(x) * factors), x, gradients=True)


def range_test():
    """The loss of that network while the learning rate of Adam rises."""
    ag.manual_seed(0)
    model = mlp(64, [128], 10)
    optimizer = nn.optim.Adam(model.parameters())
    return nn.train.lr_find(
        model, optimizer, load_digits(), lambda batch: nn.functional.cross_entropy(model(batch[0]), batch[1])
    )


def schedules():
    """Four ways from a rate of 0.1 to a small one, in a hundred steps."""

    def built(schedule, **arguments):
        return schedule(nn.optim.SGD([nn.Parameter([1.0])], lr=0.1), **arguments)

    kinds = nn.optim.lr_scheduler
    warm = nn.optim.SGD([nn.Parameter([1.0])], lr=0.1)
    warm_up = kinds.LinearLR(warm, start_factor=0.01, total_iters=10)
    return {
        "steps": built(kinds.MultiStepLR, milestones=[40, 70], gamma=0.3),
        "one cycle": built(kinds.OneCycleLR, max_lr=0.1, total_steps=100),
        "warm restarts": built(kinds.CosineAnnealingWarmRestarts, T_0=14, T_mult=2),
        "warm-up, cosine": kinds.SequentialLR(warm, [warm_up, kinds.CosineAnnealingLR(warm, 90)], milestones=[10]),
    }


def diagnosis():
    """What the doctor sees of a deep network of sigmoids: gradients that vanish, and first layers that hardly move."""
    ag.manual_seed(0)
    model = mlp(64, [64] * 5, 10, activation="Sigmoid")
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    doctor = nn.train.Doctor(every=5, show=False)
    trainer = nn.train.Trainer(model, nn.functional.cross_entropy, optimizer, callbacks=[doctor])
    trainer.fit(load_digits(), epochs=2, progress=False)
    return doctor


if __name__ == "__main__":
    neuron().save(IMAGES / "neuron.svg")
    followed().save(IMAGES / "followed.svg")
    range_test().plot(IMAGES / "lr-find.svg")
    nn.plots.plot_schedule(schedules(), 100, path=IMAGES / "schedules.svg")
    diagnosis().plot(IMAGES / "diagnosis.svg")
