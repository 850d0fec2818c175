"""What glassgrad is to reach, workload by workload, written down before it is measured.

Of each target `must` is what is promised and `aim` what is worked for. All are at most: ratios of our time, or of our
memory, to that of whom the target is against, or a figure that stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from cases import OURS, key_of
from results import Result, median

TRAINING = (
    *("mlp_small", "mlp_mnist", "mlp_large", "lenet5", "cnn_batchnorm", "resnet8"),
    *("rnn", "lstm", "gru", "transformer", "embedding", "micrograd_demo"),
)
FLOORS = ("numpy", "numpy, threads")  # by hand, on one core and on all
EAGER = ("torch", "torch, default Adam", "torch, default SGD", "torch, fused SGD", "torch, func")  # in default memory


@dataclass(frozen=True)
class Target:
    """One line of the table of targets: `against` the contestant that does best of those named."""

    workload: str
    against: tuple[str, ...]
    must: float | None  # where nothing is promised
    aim: float

    @property
    def what(self) -> str:
        """What is bounded, in words."""
        return f"time, to {key_of(self.against[0]) if len(self.against) > 1 else self.against[0]}"

    def reached(self, result: Result) -> float | None:
        """What was measured; None where it was not."""
        if OURS not in result.seconds:
            return None
        return max((median(result.ratios(peer)) for peer in self.against if peer in result.seconds), default=None)


@dataclass(frozen=True)
class Memory(Target):
    """A bound on how much a process grows above the import of its library, to the least of the others."""

    @property
    def what(self) -> str:
        """What is bounded, in words."""
        return f"memory, to {key_of(self.against[0])}"

    def reached(self, result: Result) -> float | None:
        """Our growth over the least of theirs."""
        grown = result.megabytes()
        least = min((grown[peer] for peer in self.against if peer in grown), default=None)
        return grown[OURS] / least if OURS in grown and least else None


@dataclass(frozen=True)
class Import(Target):
    """A bound on the time of an import, the start of the interpreter taken off both."""

    @property
    def what(self) -> str:
        """What is bounded, in words."""
        return f"time without the interpreter's start, to {self.against[0]}"

    def reached(self, result: Result) -> float | None:
        """Our import over theirs."""
        seconds = result.medians()
        if not {OURS, self.against[0], "python"} <= seconds.keys():
            return None
        return (seconds[OURS] - seconds["python"]) / (seconds[self.against[0]] - seconds["python"])


@dataclass(frozen=True)
class Alone(Target):
    """A bound on a figure of ours; `against` is its label."""

    @property
    def what(self) -> str:
        """What is bounded, in words."""
        return self.against[0]

    def reached(self, result: Result) -> float | None:
        """The figure."""
        figures = {figure.label: figure.value for figure in result.figures.get(OURS, [])}
        return figures.get(self.against[0])


def each(names: str, against: tuple[str, ...], must: float, aim: float) -> list[Target]:
    """The same target for several workloads."""
    return [Target(name, against, must, aim) for name in names.split()]


TARGETS: list[Target] = [
    *each("tiny_ops mlp_small micrograd_demo hvp", EAGER, 0.6, 0.4),
    *each("adam_many", ("torch, default",), 0.6, 0.4),
    *each("adam_many", ("torch, foreach=True",), 0.6, 0.4),
    *each("scalar_ops micrograd_demo_scalars", ("micrograd",), 1.0, 0.8),
    *each("mlp_mnist mlp_large rnn gru transformer", EAGER, 1.0, 0.8),
    *each("max_pool", ("torch",), 1.0, 0.8),
    *each("lenet5 cnn_batchnorm resnet8", EAGER, 1.5, 1.0),
    *each("lstm layer_norm elementwise embedding", FLOORS, 1.3, 1.1),
    *each("lstm layer_norm elementwise embedding", EAGER, None, 1.0),
    *each("mlp_small mlp_mnist mlp_large lenet5 cnn_batchnorm", ("jax",), 1.0, 0.8),
    *(Memory(name, (*EAGER, "torch, channels last"), 1.0, 1.0) for name in TRAINING),
    Import("import_time", ("numpy",), 2.0, 2.0),
    Alone("chain_growth", ("exponent of the total cost, forward",), 1.05, 1.05),
    Alone("chain_growth", ("exponent of the total cost, backward",), 1.05, 1.05),
]


def verdict(target: Target, value: float | None) -> str:
    """How a target was met, in two words."""
    if value is None:
        return "not measured"
    if value <= target.aim:
        return "aim met"
    if target.must is None:
        return "aim missed"
    return "met" if value <= target.must else "MISSED"
