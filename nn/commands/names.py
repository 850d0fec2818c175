"""The names that a run's settings may have, and the help of those that depend on them."""

from __future__ import annotations

import inspect

import nn
from nn.commands import classify, language


def models() -> list[str]:
    """The networks: of samples with classes, and of texts."""
    return [*classify.BUILDERS, *language.MODELS]


def optimizers() -> list[str]:
    """Those of `nn.optim`, in small letters.

    >>> "adamw" in optimizers(), "optimizer" in optimizers()
    (True, False)
    """
    return sorted(optimizer_classes())


def optimizer_classes() -> dict[str, type[nn.optim.Optimizer]]:
    """The classes of `nn.optim`, by their names in small letters."""
    found = {name: getattr(nn.optim, name) for name in nn.optim.__all__}
    return {
        name.lower(): value
        for name, value in found.items()
        if isinstance(value, type) and issubclass(value, nn.optim.Optimizer) and not inspect.isabstract(value)
    }


SCHEDULES: dict[str, dict[str, float]] = {  # what each of them takes, and the defaults
    "constant": {"warmup": 0.0},
    "cosine": {"warmup": 0.0, "final": 0.0},
    "linear": {"warmup": 0.0, "final": 0.0},
    "step": {"warmup": 0.0, "step_size": 10, "gamma": 0.1},
    "exponential": {"warmup": 0.0, "gamma": 0.9},
    "onecycle": {},
    "plateau": {"gamma": 0.1, "patience": 3},
}


def schedules() -> list[str]:
    """How the learning rate may change."""
    return list(SCHEDULES)


MODEL_HELP = f"the network: {', '.join(models())} (default: mlp, or char-lstm where the data is a text)"
OPTIMIZER_HELP = f"{', '.join(optimizers())} (default: adam; adamw where there is a --weight-decay)"
SCHEDULE_HELP = f"how the rate changes: {', '.join(SCHEDULES)} (default: constant; of texts cosine)"
DATA_HELP = (
    f"{', '.join([*classify.DATA, *language.DATA])}; or a file: a table .csv, or a plain text. What does not come with "
    "glassgrad is downloaded into the folder that the variable GLASSGRAD_DATA names (default: digits, or shakespeare "
    "for a model of texts)"
)
EPOCHS_HELP = (
    f"passes over the training data (default: {classify.DEFAULTS['training']['epochs']}; of texts as many as make "
    f"{language.WORTH:,} steps, 5 to 100)"
)
LR_HELP = (
    f"the learning rate (default: of adam and adamw {classify.RATES['adam']}, of texts {language.RATE}; of sgd "
    f"{classify.RATES['sgd']}; of others that of nn.optim)"
)
HIDDEN_HELP = (
    "widths of the hidden layers of an mlp (default: 128); of a model of texts, the one width of its states (default: "
    f"{language.DEFAULTS['model']['hidden'][0]}; names have defaults of their own, 128, --lr 0.004 --dropout 0.3 "
    "--epochs 20)"
)
