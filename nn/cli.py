"""The command ``glassgrad``: its arguments, and which job they ask for."""

from __future__ import annotations

import argparse
import io
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from nn.commands import classify, language, runs
from nn.commands.check import check
from nn.commands.sample import sample

RECOMMENDED = (
    "--model lenet5 --data mnist --epochs 20 --batch-size 128 --lr 2e-3 --weight-decay 0.1 reaches 98% of the test "
    "digits, having learnt from 10,000, in half a minute on two cores. --model char-lstm --data shakespeare --epochs 6 "
    "--lr 1e-2 has fewer bits per character than the best Markov model after five minutes."
)
MOST_CHARACTERS = 10_000_000  # of a sample


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with ``argv``, or with the arguments of the process; returns its exit code.

    >>> main(["train", "--epochs", "0"])     # prints what is wrong with it on stderr
    2
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a text may have characters that the terminal has not
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.command(arguments))
    except runs.BadArgumentsError as error:
        print(error, file=sys.stderr)
        return runs.BAD_ARGUMENTS
    except BrokenPipeError:  # the reader has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return runs.FAILED
    except OSError as error:
        print(f"glassgrad: {error}", file=sys.stderr)
        return runs.FAILED
    except MemoryError as error:
        what = str(error) or "what was asked for does not fit into it"
        print(f"glassgrad: out of memory: {what}. Make --hidden, --batch-size or the like smaller.", file=sys.stderr)
        return runs.FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return runs.INTERRUPTED


def _train(arguments: argparse.Namespace) -> int:
    """Settle the network and the data, of which either follows from the other, and do the job for them."""
    if arguments.model is None:
        arguments.model = "char-lstm" if arguments.data not in (None, *classify.DATA) else "mlp"
    is_language = arguments.model in language.MODELS
    if arguments.data is None:
        arguments.data = "shakespeare" if is_language else "digits"
    data = arguments.data
    if data not in (*classify.DATA, *language.DATA) and not (data and Path(data).exists()):
        known = ", ".join([*classify.DATA, *language.DATA])
        raise runs.bad("train", f"argument --data: want {known}, or the path of a text file; there is no file {data!r}")
    if is_language == (data in classify.DATA):
        what, fitting = ("texts", classify.BUILDERS) if is_language else ("pictures", language.MODELS)
        raise runs.bad(
            "train", f"{arguments.model} learns {what}, and {data} is none of them; for it take {', '.join(fitting)}"
        )
    return language.train(arguments) if is_language else classify.train(arguments)


# --- arguments ------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and leaves the usage to --help."""

    def error(self, message: str) -> NoReturn:
        if message.endswith("expected one argument"):
            option = message.split()[1].rstrip(":")
            message += f"; one that begins with a dash is written {option}=-..."
        raise runs.BadArgumentsError(f"{self.prog}: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="glassgrad", description="Build and train neural networks that you can see through.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    train = commands.add_parser(
        "train",
        help="train a network on a data set",
        description="Train a network with Adam, and write its weights, its history, training curves and a picture of "
        "its computation graph. Data that is held out is never learnt from, and tells how good the network is: a fifth "
        "of the digits; of MNIST the test digits; the last tenth of a text, or a tenth of its lines. Of a text the "
        "network learns to say which character comes next, beside the best of the Markov models that count; it shows "
        "what it writes, and `glassgrad sample` lets it write more.",
        epilog=RECOMMENDED,
    )
    train.set_defaults(command=_train)
    _add_training(train)
    write = commands.add_parser(
        "sample",
        help="let a network that was trained on a text write",
        description="Print a prompt and what a network, trained by `glassgrad train` on a text, goes on with.",
    )
    write.set_defaults(command=sample)
    _add_sampling(write)
    checked = commands.add_parser(
        "check",
        help="check the gradients of your own operations and modules",
        description="Check the primitives, functions with a custom_vjp and Modules that a Python file defines: their "
        "gradients against finite differences, at first and second order, and all else that a rule must keep to. A "
        "Module says by samples, a function of a generator, what it may be called with. "
        "The exit code is 0 if all is right, 1 if something is wrong, 2 if nothing could be checked.",
    )
    checked.set_defaults(command=check)
    _add_checking(checked)
    return parser


DATA_HELP = (
    f"{', '.join([*classify.DATA, *language.DATA])}, or the path of a plain text file; all but the digits are read "
    "from the folder that the variable GLASSGRAD_DATA names (default: digits, or shakespeare for a model of texts)"
)
EPOCHS_HELP = (
    f"passes over the training data (default: {classify.DEFAULTS['epochs']}; of texts as many as make "
    f"{language.WORTH:,} steps, 5 to 100)"
)
LR_HELP = (
    f"Adam's learning rate (default: {classify.DEFAULTS['lr']}; of texts {language.DEFAULTS['lr']}, which falls to 0)"
)
HIDDEN_HELP = (
    f"widths of the hidden layers of an mlp (default: 128); of a model of texts, the one width of its states (default: "
    f"{language.DEFAULTS['hidden'][0]}; names have defaults of their own, 128, --lr 0.004 --dropout 0.3 --epochs 20)"
)
SEED_HELP = (
    "what is held out of digits and lines, the first weights and the order of samples all follow from it (default: "
    "%(default)s)"
)


def _add_training(parser: argparse.ArgumentParser) -> None:
    """Options without a default here have one that depends on the model and the data."""
    add = parser.add_argument
    models = [*classify.BUILDERS, *language.MODELS]
    add("--model", choices=models, help="the network (default: mlp, or char-lstm where the data is a text)")
    add("--data", help=DATA_HELP)
    add("--train-size", type=_count, metavar="N", help="learn from the first N samples, or characters (default: all)")
    add("--epochs", type=_count, metavar="N", help=EPOCHS_HELP)
    add(
        "--batch-size",
        type=_count,
        metavar="N",
        help="samples, or streams of a text, in a step (default: 32; of a short text fewer)",
    )
    add("--lr", type=_above_0, metavar="RATE", help=LR_HELP)
    add(
        "--weight-decay",
        type=_from_0,
        metavar="RATE",
        help="shrink the weights by this times the learning rate at each step, as AdamW (default: 0)",
    )
    add("--hidden", type=_count, nargs="+", metavar="N", help=HIDDEN_HELP)
    add("--seed", type=_seed, default=0, metavar="N", help=SEED_HELP)
    add("--out", type=Path, metavar="FOLDER", help="where to write (default: runs/DATA-MODEL)")
    texts, defaults = parser.add_argument_group("of models of texts"), language.DEFAULTS
    add = texts.add_argument
    add("--layers", type=_count, metavar="N", help=f"recurrent layers (default: {defaults['layers']})")
    add(
        "--steps",
        type=_count,
        metavar="N",
        help=f"characters of a stream that a gradient flows back through (default: {defaults['steps']})",
    )
    add(
        "--dropout",
        type=_below_1,
        metavar="SHARE",
        help=f"of each recurrent layer's results that is dropped in training (default: {defaults['dropout']})",
    )
    add(
        "--temperature",
        type=_from_0,
        metavar="T",
        help=f"of the samples: less keeps to what is likely (default: {defaults['temperature']})",
    )


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("run", type=Path, metavar="RUN", help="the folder of a run, or its model.safetensors")
    add("--prompt", default="", metavar="TEXT", help="what the text begins with (default: nothing, a new line)")
    add("--length", type=_length, default=500, metavar="N", help="characters to write (default: %(default)s)")
    add(
        "--temperature",
        type=_from_0,
        default=0.8,
        metavar="T",
        help="less than 1 keeps to what is likely, 0 takes the most likely character (default: %(default)s)",
    )
    add("--top-k", type=_count, metavar="K", help="draw from the K most likely characters alone")
    add(
        "--top-p",
        type=_to_1,
        metavar="P",
        help="draw from the fewest characters that together have the probability P alone",
    )
    add("--seed", type=_seed, metavar="N", help="the text follows from it (default: another text each time)")


def _add_checking(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("target", metavar="FILE[:NAME]", help="a Python file, which is imported; and which of its names alone to check")
    add("--examples", type=_count, default=100, metavar="N", help="calls to draw for each (default: %(default)s)")
    add("--seed", type=_seed, default=0, metavar="N", help="the calls follow from it (default: %(default)s)")
    add(
        "--color",
        action=argparse.BooleanOptionalAction,
        help="print in colors (default: in a terminal, unless the variable NO_COLOR is set)",
    )


# --- numbers --------------------------------------------------------------------------------------------


def _count(text: str) -> int:
    return _whole_number(text, least=1)


def _length(text: str) -> int:
    if (length := _whole_number(text, least=0)) > MOST_CHARACTERS:
        raise argparse.ArgumentTypeError(f"want at most {MOST_CHARACTERS:,}, not {text!r}")
    return length


def _seed(text: str) -> int:
    return _whole_number(text, least=0)


def _whole_number(text: str, least: int) -> int:
    if text.isascii() and text.isdigit() and int(text) >= least:
        return int(text)
    raise argparse.ArgumentTypeError(f"want a whole number of at least {least}, not {text!r}")


def _number(want: str, fits: Callable[[float], bool]) -> Callable[[str], float]:
    """What reads a number that fits."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not fits(value):
            raise argparse.ArgumentTypeError(f"want {want}, not {text!r}")
        return value

    return read


_above_0 = _number("a finite number above 0", lambda value: 0 < value < math.inf)
_from_0 = _number("a finite number of at least 0", lambda value: 0 <= value < math.inf)
_below_1 = _number("a number of at least 0 and below 1", lambda value: 0 <= value < 1)
_to_1 = _number("a number above 0 and up to 1", lambda value: 0 < value <= 1)
