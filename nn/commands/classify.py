"""``glassgrad train`` for networks that classify pictures."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn
from nn import models
from nn.commands import runs
from nn.data import DataLoader, TensorDataset, load_digits, load_mnist, stratified_split
from nn.module import in_use
from nn.plots import plot_history
from nn.train import History, evaluate, fit, stop_on_interrupt

HELD_OUT = 0.2  # of data that does not come in two parts, a fifth of each class
TESTED_AT_ONCE = 1000  # samples


def _digits(seed: int) -> tuple[TensorDataset, TensorDataset]:
    images, classes = load_digits()
    learnt, held_out = stratified_split(classes, HELD_OUT, seed)
    return TensorDataset(images[learnt], classes[learnt]), TensorDataset(images[held_out], classes[held_out])


# What each name gives for a seed: inputs (samples, ...) and classes (samples,), to learn from and held out.
DATA: dict[str, Callable[[int], tuple[TensorDataset, TensorDataset]]] = {
    "digits": _digits,
    "mnist": lambda seed: (TensorDataset(*load_mnist(train=True)), TensorDataset(*load_mnist(train=False))),
}
# How each network is made: of the shape of a sample, the number of classes, and what the command was told.
BUILDERS: dict[str, Callable[[tuple[int, ...], int, argparse.Namespace], nn.Module]] = {
    "mlp": lambda shape, classes, arguments: models.mlp(math.prod(shape), arguments.hidden, classes),
    "lenet5": lambda shape, classes, arguments: models.lenet5(classes, shape[0]),
    "vgg_small": lambda shape, classes, arguments: models.vgg_small(classes, shape[0]),
    "resnet8": lambda shape, classes, arguments: models.resnet8(classes, shape[0]),
}
DEFAULTS: dict[str, Any] = {"epochs": 30, "batch_size": 32, "lr": 3e-3, "weight_decay": 0.0}


@np.errstate(over="ignore", invalid="ignore")  # what is not finite any more is said in words
def train(arguments: argparse.Namespace) -> int:
    """Train the network that was asked for, write what came of it, and return the exit code."""
    _settle(arguments)
    learnt, held_out = _data(arguments)
    ag.manual_seed(arguments.seed)
    train = DataLoader(learnt, arguments.batch_size, shuffle=True, seed=arguments.seed)
    test = DataLoader(held_out, TESTED_AT_ONCE)
    inputs, _ = learnt[:1]
    classes = 1 + max(int(part.arrays[1].max()) for part in (learnt, held_out))
    model = _built(inputs, classes, arguments)
    out = runs.folder(arguments, f"{arguments.data}-{arguments.model}")
    print(f"{arguments.model} on {arguments.data}: {len(learnt):,} samples to learn from, {len(held_out):,} held out")
    print(nn.summary(model, inputs), flush=True)
    optimizer = runs.optimizer(model, arguments)
    start = time.perf_counter()
    with stop_on_interrupt() as stop:
        history = fit(model, optimizer, train, test, arguments.epochs, stop=stop)
    seconds = time.perf_counter() - start
    print(runs.ended(len(history), arguments.epochs, stop.asked, seconds))
    if history and not math.isfinite(history[-1].train_loss):
        print(runs.EXPLODED)

    _, accuracy = evaluate(model, test)
    record = {
        "settings": runs.settings(arguments),
        "epochs": [asdict(epoch) for epoch in history],
        "test_accuracy": accuracy,
        "interrupted": stop.asked,
        "seconds": seconds,
    }
    nn.save(model, out / runs.WEIGHTS)
    runs.write_record(out / "history.json", record)
    pictures = runs.draw(out, _pictures(model, history, learnt[: arguments.batch_size]))
    print(f"wrote {', '.join([runs.WEIGHTS, 'history.json', *pictures])} to {out}")
    print(f"test accuracy {accuracy:.4f}")
    return runs.INTERRUPTED if stop.asked else 0


def _settle(arguments: argparse.Namespace) -> None:
    """Fill in defaults, and refuse options that the model has no use for."""
    for name in runs.OF_LANGUAGE:
        if getattr(arguments, name) is not None:
            raise runs.bad(
                "train", f"--{name} is for models of texts; {arguments.model} has no use for it, so leave it out"
            )
    if arguments.model == "mlp":
        arguments.hidden = arguments.hidden or [128]
    elif arguments.hidden is not None:
        raise runs.bad(
            "train",
            f"--hidden is for an mlp and for models of texts; {arguments.model} has widths of its own, so leave "
            "--hidden out",
        )
    runs.settle(arguments, DEFAULTS)


def _data(arguments: argparse.Namespace) -> tuple[TensorDataset, TensorDataset]:
    """The samples to learn from, and those that are held out."""
    try:
        learnt, held_out = DATA[arguments.data](arguments.seed)
    except (OSError, ag.errors.ArgumentError) as error:
        raise runs.bad("train", error) from error
    if arguments.train_size is None:
        return learnt, held_out
    if arguments.train_size > len(learnt):
        raise runs.bad(
            "train",
            f"--train-size {arguments.train_size}: {arguments.data} has only {len(learnt)} samples to learn from",
        )
    return TensorDataset(*learnt[: arguments.train_size]), held_out


def _built(inputs: np.ndarray, classes: int, arguments: argparse.Namespace) -> nn.Module:
    """The network, which has to take what the data is like."""
    model = BUILDERS[arguments.model](inputs.shape[1:], classes, arguments)
    try:
        with ag.no_grad(), in_use(model):
            model(inputs)
    except ag.errors.ShapeError as error:
        raise runs.bad(
            "train", f"{arguments.model} does not take {arguments.data}, images of shape {inputs.shape[1:]}: {error}"
        ) from error
    return model


def _pictures(
    model: nn.Module, history: History, batch: tuple[np.ndarray, ...]
) -> dict[str, Callable[[Path], Any] | None]:
    """How each picture is drawn: the training curves, if there are any, and the graph of a step."""
    images, labels = batch
    loss = nn.functional.cross_entropy(model(images), labels)
    graph = ag.graph(loss, {"model": model, "images": images, "labels": labels})
    curves = (lambda path: plot_history(history, path)) if history else None
    return {"curves.png": curves, "graph.dot": graph.save, "graph.svg": graph.save}
