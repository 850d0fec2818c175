"""Draws the pictures of the README: `python docs/make_images.py`, from the folder of the project."""

from pathlib import Path

import autograd as ag
import nn
from nn.data import load_digits
from nn.models import mlp

IMAGES = Path(__file__).parent / "images"


def expression():
    """A neuron: every number of the forward and of the backward pass."""
    w = ag.tensor(-0.5, requires_grad=True)
    x = ag.tensor(2.0, requires_grad=True)
    b = ag.tensor(1.5, requires_grad=True)
    h = w * x
    s = h + b
    y = ag.tanh(s)
    for computed in (h, s, y):
        computed.retain_grad()
    y.backward(retain_graph=True)
    return ag.graph(y, names=locals())


def training_step():
    """A training step of the network that `glassgrad train` trains, its modules as boxes."""
    ag.manual_seed(0)
    model = mlp(64, [128], 10)
    images, labels = (array[:32] for array in load_digits())
    loss = nn.functional.cross_entropy(model(images), labels)
    return ag.graph(loss, {"model": model, "images": images, "labels": labels})


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
    expression().save(IMAGES / "expression.svg")
    training_step().save(IMAGES / "graph.svg")
    range_test().plot(IMAGES / "lr-find.svg")
    nn.plots.plot_schedule(schedules(), 100, path=IMAGES / "schedules.svg")
    diagnosis().plot(IMAGES / "diagnosis.svg")
