"""The command ``glassgrad``: its arguments, and which job they ask for."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from nn.commands import runs
from nn.commands.bench import bench
from nn.commands.check import check
from nn.commands.config import AT_LEAST_0, TO_1, Rule
from nn.commands.evaluate import evaluate
from nn.commands.graph import OVERLAYS, graph
from nn.commands.lr_find import find_rate
from nn.commands.options import add_settings, add_some
from nn.commands.predict import predict
from nn.commands.sample import sample
from nn.commands.train import resume, train

RECOMMENDED = (
    "--model lenet5 --data mnist --epochs 20 --batch-size 128 --lr 2e-3 --weight-decay 0.1 reaches 98% of the test "
    "digits, having learnt from 10,000, in half a minute on two cores. --model char-lstm --data shakespeare --epochs 6 "
    "--lr 1e-2 has fewer bits per character than the best Markov model after five minutes."
)
MOST_CHARACTERS = 10_000_000  # of a sample
DRAWN = {  # settings of a network that is drawn
    ("model", "name"): "",
    ("model", "hidden"): "widths of the hidden layers of an mlp (default: 128); of a model of texts, the width of its "
    "states (default: 256)",
    ("model", "layers"): "",
    ("model", "dropout"): "",
    ("data", "name"): "its data, as of train (default: samples that are drawn at random)",
    ("data", "batch_size"): "samples in the batch (default: 32), or streams of a text (default: 1)",
    ("data", "steps"): "characters of a stream (default: 4)",
    ("training", "seed"): "weights and all else that is random follow from it (default: 0)",
}


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
    except runs.FailedError as error:
        print(error, file=sys.stderr)
        return runs.FAILED
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
    _add_commands_of_runs(commands)
    write = commands.add_parser(
        "sample",
        help="let a network that was trained on a text write",
        description="Print a prompt and what a network, trained by `glassgrad train` on a text, goes on with.",
    )
    write.set_defaults(command=sample)
    _add_sampling(write)
    drawn = commands.add_parser(
        "graph",
        help="draw a computation graph, and what was measured of it",
        description="Draw the computation graph of a network by its name, of the network of a run, or of what a Python "
        "file computes. Of networks it is a step of training: the loss of a batch. In a file, NAME is a function "
        "without parameters, which returns a Tensor, a list of them, a tuple (model, *inputs) or an ag.Graph; or a "
        "Module that says by samples what it may be called with. Without -o the graph is printed as text.",
        epilog="`glassgrad graph --model lenet5 --overlay gradient --depth 2 -o lenet5.svg` shows how large the "
        "gradient is in each layer; `glassgrad graph train.py:build --overlay time -o time.md` where a program of "
        "yours spends its time, in a diagram that GitHub draws.",
    )
    drawn.set_defaults(command=graph)
    _add_drawing(drawn)
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
    raced = commands.add_parser(
        "bench",
        help="time glassgrad beside the libraries that are installed",
        description="Time training steps, layers and small graphs in glassgrad and in what this Python has of NumPy by "
        "hand, PyTorch and micrograd: the same work, checked to give the same numbers, in turn. A ratio below 1 says "
        "that glassgrad is faster. Close other programs first.",
        epilog="`glassgrad bench --quick` takes about two minutes where PyTorch is installed, all of it about ten; "
        "`glassgrad bench --only mlp_small lstm` some ten seconds each.",
    )
    raced.set_defaults(command=bench)
    _add_racing(raced)
    return parser


def _add_commands_of_runs(commands: Any) -> None:
    """What trains, and what uses a run that was trained."""
    parser = commands.add_parser(
        "train",
        help="train a network on a data set",
        description="Train a network, and write its settings, weights and history, training curves and a picture of "
        "its computation graph. Data that is held out is never learnt from, and tells how good the network is: a fifth "
        "of digits and tables; of others the test part; the last tenth of a text, or a tenth of its lines. Of a text "
        "the network learns to say which character comes next, beside the best of the Markov models that count. "
        "Ctrl-C saves and stops; `glassgrad resume` goes on.",
        epilog=RECOMMENDED,
    )
    parser.set_defaults(command=train)
    _add_training(parser)
    parser = commands.add_parser(
        "resume",
        help="go on with a run that was stopped or killed",
        description="Go on from the newest checkpoint of a run, with the same settings and data, to the same weights "
        "as if it had never stopped, to the bit.",
    )
    parser.set_defaults(command=resume)
    _add_run(parser)
    parser.add_argument(
        "--epochs", type=_count, metavar="N", help="how many there are to be in all (default: as the run was told)"
    )
    parser = commands.add_parser(
        "lr-find",
        help="find a learning rate",
        description="Train with a rate that rises from step to step, until the loss diverges; print a rate to train "
        "with, and draw the loss by the rate into lr-find.png. It takes the options of train, whose --lr it looks for.",
    )
    parser.set_defaults(command=find_rate)
    add_settings(parser)
    _add_folder(parser)
    parser = commands.add_parser(
        "evaluate",
        help="say how good the network of a run is",
        description="Print the loss and the metrics of a run's network on the data that it has held out, or on other "
        "data; for classes also which of them it takes for which.",
    )
    parser.set_defaults(command=evaluate)
    _add_run(parser)
    parser.add_argument("--data", metavar="NAME", help="other data of the same kind, as of train: what it holds out")
    parser = commands.add_parser(
        "predict",
        help="say of which classes samples are",
        description="Print the class of each sample, and the probabilities of all, by the network of a run. Samples "
        "come from a file, .npy or .npz (of which `x`, `inputs`, `images`, or the only array), IDX, or a table .csv; "
        "or from what a data set holds out.",
    )
    parser.set_defaults(command=predict)
    _add_run(parser)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the samples")
    parser.add_argument("--data", metavar="NAME", help="a data set in the place of a file")
    parser.add_argument("--index", type=_seed, nargs="+", metavar="N", help="which samples, from 0 (default: all)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a table .csv in the place of printing")


def _add_training(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)
    _add_folder(parser)
    parser.add_argument(
        "--overwrite", action="store_true", help="begin anew in a folder whose run is not finished, which is then lost"
    )


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write (default: runs/DATA-MODEL)")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a run")


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


def _add_drawing(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("target", nargs="?", metavar="TARGET", help="FILE.py:NAME, a name in a Python file; or the folder of a run")
    add(
        *("-o", "--out"),
        type=Path,
        metavar="FILE",
        help="where to write: .svg, .png, .pdf or .dot, Graphviz' language; .md, a Mermaid diagram; .txt; or .json, "
        "the graph as data, with what the overlay measures",
    )
    add(
        "--overlay",
        choices=OVERLAYS,
        metavar="NAME",
        help=f"what to measure and to colour by: {', '.join(OVERLAYS)}; of a text there is the finding alone",
    )
    add("--of", metavar="NAME", help="of the overlay path: the leaf whose gradient it is about, such as 0.weight")
    add("--depth", type=_seed, metavar="N", help="how deep modules are open; 0 for not at all (default: all)")
    add(
        "--fold",
        action=argparse.BooleanOptionalAction,
        help="draw blocks that repeat once (default: unless there is an overlay)",
    )
    add("--passes", choices=("forward", "backward", "both"), help="what is drawn (default: forward)")
    add(
        "--style",
        choices=("operations", "values"),
        help="values: each a record of its number and gradient, for small graphs of numbers (default: operations)",
    )
    add(
        "--direction",
        choices=("LR", "TB", "RL", "BT"),
        help="from left to right, from top to bottom, ... (default: what is less wide)",
    )
    add("--most", type=_count, metavar="N", help="nodes that are drawn of a larger graph (default: 400)")
    add_some(parser, DRAWN)


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


def _add_racing(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--only", nargs="+", metavar="NAME", help="these workloads alone (default: all)")
    add("--quick", action="store_true", help="fewer rounds, and no measurement of memory")
    add("--threads", type=_count, metavar="N", help="for every library (default: as many as there are cores)")
    add("--list", action="store_true", help="print the names of the workloads, and what they do")
    add("--json", type=Path, metavar="FILE", help="write all that was measured")


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


def _number(rule: Rule) -> Callable[[str], float]:
    """What reads a number of a rule."""

    def read(text: str) -> float:
        try:
            return float(rule.parse(text))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


_from_0 = _number(AT_LEAST_0)
_to_1 = _number(TO_1)
