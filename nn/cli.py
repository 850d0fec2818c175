"""The command ``glassgrad``."""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

import autograd as ag
import nn
from autograd import viz, write_whole
from nn import checking, models
from nn.data import DataLoader, TensorDataset, load_digits, load_mnist, stratified_split
from nn.plots import plot_history
from nn.train import History, evaluate, fit, stop_on_interrupt
from nn.train.files import prepare_folder

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

RECOMMENDED = (
    "--model lenet5 --data mnist --epochs 20 --batch-size 128 --lr 2e-3 --weight-decay 0.1 reaches 98% of the test "
    "digits, having learnt from 10,000, in half a minute on two cores."
)

FAILED = 1
BAD_ARGUMENTS = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class BadArgumentsError(Exception):
    """What was asked for cannot be done; the message is one line for the user."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with ``argv``, or with the arguments of the process; returns its exit code.

    >>> main(["train", "--epochs", "0"])     # prints what is wrong with it on stderr
    2
    """
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.command(arguments))
    except BadArgumentsError as error:
        print(error, file=sys.stderr)
        return BAD_ARGUMENTS
    except BrokenPipeError:  # the reader has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        print(f"glassgrad: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


# --- arguments ------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and leaves the usage to --help."""

    def error(self, message: str) -> NoReturn:
        raise BadArgumentsError(f"{self.prog}: {message}")


DATA_HELP = "the data set; mnist is read from the folder that the variable GLASSGRAD_DATA names (default: %(default)s)"
DECAY_HELP = "shrink the weights by this times the learning rate at each step, as AdamW (default: %(default)s)"
SEED_HELP = (
    "what is held out of digits, the first weights and the order of samples all follow from it (default: %(default)s)"
)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="glassgrad", description="Build and train neural networks that you can see through.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    train = commands.add_parser(
        "train",
        help="train a network on a data set",
        description="Train a network with Adam, and write its weights, its history, training curves and a picture of "
        "its computation graph. Data that is held out is never learnt from, and tells how good the network is: a fifth "
        "of the digits; of MNIST the test digits.",
        epilog=RECOMMENDED,
    )
    train.set_defaults(command=_train)
    add = train.add_argument
    add("--model", choices=BUILDERS, default="mlp", help="the network (default: %(default)s)")
    add("--data", choices=DATA, default="digits", help=DATA_HELP)
    add("--train-size", type=_count, metavar="N", help="learn from the first N samples (default: from all)")
    add("--epochs", type=_count, default=30, metavar="N", help="passes over the training data (default: %(default)s)")
    add("--batch-size", type=_count, default=32, metavar="N", help="samples in a step (default: %(default)s)")
    add("--lr", type=_rate, default=3e-3, metavar="RATE", help="Adam's learning rate (default: %(default)s)")
    add("--weight-decay", type=_decay, default=0.0, metavar="RATE", help=DECAY_HELP)
    add("--hidden", type=_count, nargs="+", metavar="N", help="widths of the hidden layers of an mlp (default: 128)")
    add("--seed", type=_seed, default=0, metavar="N", help=SEED_HELP)
    add("--out", type=Path, metavar="FOLDER", help="where to write (default: runs/DATA-MODEL)")
    check = commands.add_parser(
        "check",
        help="check the gradients of your own operations and modules",
        description="Check the primitives, functions with a custom_vjp and Modules that a Python file defines: their "
        "gradients against finite differences, at first and second order, and all else that a rule must keep to. A "
        "Module says by samples, a function of a generator, what it may be called with. "
        "The exit code is 0 if all is right, 1 if something is wrong, 2 if nothing could be checked.",
    )
    check.set_defaults(command=_check)
    add = check.add_argument
    add("target", metavar="FILE[:NAME]", help="a Python file, which is imported; and which of its names alone to check")
    add("--examples", type=_count, default=100, metavar="N", help="calls to draw for each (default: %(default)s)")
    add("--seed", type=_seed, default=0, metavar="N", help="the calls follow from it (default: %(default)s)")
    add(
        "--color",
        action=argparse.BooleanOptionalAction,
        help="print in colors (default: in a terminal, unless the variable NO_COLOR is set)",
    )
    return parser


def _count(text: str) -> int:
    return _whole_number(text, least=1)


def _seed(text: str) -> int:
    return _whole_number(text, least=0)


def _whole_number(text: str, least: int) -> int:
    if text.isascii() and text.isdigit() and int(text) >= least:
        return int(text)
    raise argparse.ArgumentTypeError(f"want a whole number of at least {least}, not {text!r}")


def _rate(text: str) -> float:
    if not 0 < (rate := _number(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"want a finite number above 0, not {text!r}")
    return rate


def _decay(text: str) -> float:
    if not 0 <= (rate := _number(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"want a finite number of at least 0, not {text!r}")
    return rate


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


# --- glassgrad train ------------------------------------------------------------------------------------


def _train(arguments: argparse.Namespace) -> int:
    _settle_options(arguments)
    learnt, held_out = _data(arguments)
    ag.manual_seed(arguments.seed)
    train = DataLoader(learnt, arguments.batch_size, shuffle=True, seed=arguments.seed)
    test = DataLoader(held_out, TESTED_AT_ONCE)
    inputs, _ = learnt[:1]
    classes = 1 + max(int(part.arrays[1].max()) for part in (learnt, held_out))
    model = _built(inputs, classes, arguments)
    out = _folder(arguments)
    print(f"{arguments.model} on {arguments.data}: {len(learnt):,} samples to learn from, {len(held_out):,} held out")
    print(nn.summary(model, inputs), flush=True)
    optimizer = _optimizer(model, arguments)
    start = time.perf_counter()
    with stop_on_interrupt() as stop:
        history = fit(model, optimizer, train, test, arguments.epochs, stop=stop)
    seconds = time.perf_counter() - start
    if stop.asked:
        print(f"interrupted after {len(history)} of {arguments.epochs} epochs; saving what there is")
    else:
        print(f"trained {len(history)} epochs in {seconds:.1f} s")
    if history and not math.isfinite(history[-1].train_loss):
        print("the loss is not a finite number any more: try a smaller --lr")

    _, accuracy = evaluate(model, test)
    record = {
        "settings": {key: value for key, value in vars(arguments).items() if key not in ("command", "out")},
        "epochs": [_finite(asdict(epoch)) for epoch in history],
        "test_accuracy": accuracy,
        "interrupted": stop.asked,
        "seconds": seconds,
    }
    nn.save(model, out / "model.safetensors")
    write_whole(out / "history.json", json.dumps(record, indent=2).encode())
    pictures = _draw(out, model, history, learnt[: arguments.batch_size])
    print(f"wrote {', '.join(['model.safetensors', 'history.json', *pictures])} to {out}")
    print(f"test accuracy {accuracy:.4f}")
    return INTERRUPTED if stop.asked else 0


def _settle_options(arguments: argparse.Namespace) -> None:
    """Fill in defaults that depend on the model, and refuse options that it has no use for."""
    if arguments.model == "mlp":
        arguments.hidden = arguments.hidden or [128]
    elif arguments.hidden is not None:
        raise BadArgumentsError(
            f"glassgrad train: --hidden is for an mlp; {arguments.model} has widths of its own, so leave --hidden out"
        )


def _data(arguments: argparse.Namespace) -> tuple[TensorDataset, TensorDataset]:
    """The samples to learn from, and those that are held out."""
    try:
        learnt, held_out = DATA[arguments.data](arguments.seed)
    except (OSError, ag.errors.ArgumentError) as error:
        raise BadArgumentsError(f"glassgrad train: {error}") from error
    if arguments.train_size is None:
        return learnt, held_out
    if arguments.train_size > len(learnt):
        raise BadArgumentsError(
            f"glassgrad train: --train-size {arguments.train_size}: {arguments.data} has only {len(learnt)} samples "
            "to learn from"
        )
    return TensorDataset(*learnt[: arguments.train_size]), held_out


def _built(inputs: np.ndarray, classes: int, arguments: argparse.Namespace) -> nn.Module:
    """The network, which has to take what the data is like."""
    model = BUILDERS[arguments.model](inputs.shape[1:], classes, arguments)
    try:
        with ag.no_grad():
            copy.deepcopy(model).eval()(inputs)
    except ag.errors.ShapeError as error:
        raise BadArgumentsError(
            f"glassgrad train: {arguments.model} does not take {arguments.data}, images of shape {inputs.shape[1:]}: "
            f"{error}"
        ) from error
    return model


def _optimizer(model: nn.Module, arguments: argparse.Namespace) -> Any:
    if arguments.weight_decay:
        return nn.optim.AdamW(model.parameters(), lr=arguments.lr, weight_decay=arguments.weight_decay)
    return nn.optim.Adam(model.parameters(), lr=arguments.lr)


def _finite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with None where a number is not finite, which JSON has no word for."""
    return {key: value if math.isfinite(value) else None for key, value in record.items()}


def _folder(arguments: argparse.Namespace) -> Path:
    """Where to write, made and tried before any work is done."""
    out: Path = arguments.out or Path("runs") / f"{arguments.data}-{arguments.model}"
    try:
        prepare_folder(out)
    except OSError as error:
        raise BadArgumentsError(f"glassgrad train: cannot write to {out}: {error.strerror}") from error
    return out


def _draw(out: Path, model: nn.Module, history: History, batch: tuple[np.ndarray, ...]) -> list[str]:
    """Draw the training curves and the graph of a step; returns the names of the files.

    A picture that cannot be drawn here costs a line, which says how to get it, not the run.
    """
    images, labels = batch
    graph = ag.graph(
        nn.functional.cross_entropy(model(images), labels), {"model": model, "images": images, "labels": labels}
    )
    pictures: dict[str, Callable[[Path], Any]] = {"graph.dot": graph.save, "graph.svg": graph.save}
    if history:
        pictures = {"curves.png": lambda path: plot_history(history, path), **pictures}
    drawn = []
    for name, draw in pictures.items():
        try:
            draw(out / name)
            drawn.append(name)
        except (viz.RenderError, ModuleNotFoundError) as error:
            (out / name).unlink(missing_ok=True)  # one of an earlier run would not show this one
            print(f"without {name}: {error}")
    return drawn


# --- glassgrad check ------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace) -> int:
    color = arguments.color
    if color is None:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")  # https://no-color.org
    try:
        is_right = checking.run(arguments.target, arguments.examples, arguments.seed, color)
    except checking.NotCheckableError as error:
        raise BadArgumentsError(f"glassgrad check: {error}") from error
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise BadArgumentsError(f"glassgrad check: {error}") from error
    return 0 if is_right else FAILED
