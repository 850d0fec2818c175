"""What a run is told: one description, which the options of the command and a TOML file both fill."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nn.commands import names, runs
from nn.commands.toml_files import shown

MOST_BYTES = 1 << 24  # of a file
MOST_WHOLE = 1 << 53  # of which a float has all
Values = dict[str, dict[str, Any]]  # by section and key


@dataclass(frozen=True)
class Rule:
    """What a setting may be.

    Attributes
    ----------
    kind: int, float, str or bool.
    want: what is wanted, in words.
    fits: whether a value of that kind will do; of lists, each.
    length: of a list of such values, 0 for one or more; None for a single value.
    choices: the names among which to choose, if that is what it is.
    """

    kind: type
    want: str
    fits: Callable[[Any], bool] = lambda value: True
    length: int | None = None
    choices: Callable[[], Sequence[str]] | None = None

    def accept(self, value: Any) -> Any:
        """The value of a file, whole numbers where floats are wanted as such; raises ValueError, which says what to do.

        >>> COUNT.accept(True)
        Traceback (most recent call last):
            ...
        ValueError: want a whole number of at least 1
        """
        if self.length is None:
            return self._accept_one(value)
        if not isinstance(value, list) or len(value) != (self.length or max(len(value), 1)):
            raise ValueError(self.want)
        return tuple(self._accept_one(part) for part in value)

    def _accept_one(self, given: Any) -> Any:
        is_whole = type(given) is int and abs(given) < MOST_WHOLE
        value: Any = float(given) if self.kind is float and is_whole else given
        if type(value) is not self.kind or not self.fits(value):
            raise ValueError(self.want)
        if self.choices is not None and value not in self.choices():
            near = get_close_matches(str(value), self.choices(), 1)
            raise ValueError(f"want {', '.join(self.choices())}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return value

    def parse(self, text: str) -> Any:
        """The value that an option has, or one of several; raises ValueError, which says what to do.

        >>> COUNT.parse("12"), ABOVE_0.parse("1e-3")
        (12, 0.001)
        """
        try:
            if self.kind is int:
                return self._accept_one(int(text) if text.isascii() and text.isdigit() else text)
            return self._accept_one(float(text) if self.kind is float else text)
        except ValueError:
            raise ValueError(f"{self.want}, not {text!r}") from None


def _number(want: str, fits: Callable[[float], bool]) -> Rule:
    return Rule(float, f"want {want}", fits)


COUNT = Rule(int, "want a whole number of at least 1", lambda value: value >= 1)
FROM_0 = Rule(int, "want a whole number of at least 0", lambda value: value >= 0)
COUNTS = replace(COUNT, length=0)
ABOVE_0 = _number("a finite number above 0", lambda value: 0 < value < math.inf)
AT_LEAST_0 = _number("a finite number of at least 0", lambda value: 0 <= value < math.inf)
BELOW_1 = _number("a number of at least 0 and below 1", lambda value: 0 <= value < 1)
INSIDE_1 = _number("a number above 0 and below 1", lambda value: 0 < value < 1)
TO_1 = _number("a number above 0 and up to 1", lambda value: 0 < value <= 1)
UP_TO_1 = _number("a number from 0 to 1", lambda value: 0 <= value <= 1)
PAIR = replace(BELOW_1, want="want two numbers of at least 0 and below 1, such as [0.9, 0.999]", length=2)
TEXT = Rule(str, "want text")
FLAG = Rule(bool, "want true or false")


def one_of(choices: Callable[[], Sequence[str]]) -> Rule:
    """The rule of names among which to choose."""
    return Rule(str, "want text", choices=choices)


def setting(rule: Rule, meaning: str, metavar: str | None = None, *, is_option: bool = True) -> Any:
    """A field of a section. None is what has not been said, and has a default that may depend on model and data."""
    about = {"rule": rule, "help": meaning, "metavar": metavar, "is_option": is_option}
    return field(default=None, metadata=about)


@dataclass(frozen=True)
class ModelConfig:
    """The network."""

    name: str | None = setting(one_of(names.models), names.MODEL_HELP, "NAME")
    hidden: tuple[int, ...] | None = setting(COUNTS, names.HIDDEN_HELP, "N")
    layers: int | None = setting(COUNT, "recurrent layers of a model of texts (default: 1)", "N")
    dropout: float | None = setting(
        BELOW_1, "of a model of texts: the share of each layer's results that training drops (default: 0.1)", "SHARE"
    )


@dataclass(frozen=True)
class DataConfig:
    """What is learnt from, and in which batches."""

    name: str | None = setting(TEXT, names.DATA_HELP, "NAME")
    target: str | None = setting(TEXT, "the column of a table that holds the classes (default: the last one)", "COLUMN")
    train_size: int | None = setting(COUNT, "learn from the first N samples, or characters (default: all)", "N")
    batch_size: int | None = setting(
        COUNT, "samples, or streams of a text, in a step (default: 32; of a short text fewer)", "N"
    )
    steps: int | None = setting(COUNT, "characters of a stream that a gradient flows back through (default: 64)", "N")
    workers: int | None = setting(FROM_0, "threads that make batches ahead (default: 0)", is_option=False)


@dataclass(frozen=True)
class OptimizerConfig:
    """How weights change."""

    name: str | None = setting(one_of(names.optimizers), names.OPTIMIZER_HELP, "NAME")
    lr: float | None = setting(ABOVE_0, names.LR_HELP, "RATE")
    weight_decay: float | None = setting(
        AT_LEAST_0,
        "how much weights decay; of adamw, by this times the learning rate at each step (default: 0)",
        "RATE",
    )
    momentum: float | None = setting(BELOW_1, "of sgd and rmsprop (default: 0)", "SHARE")
    nesterov: bool | None = setting(FLAG, "of sgd: Nesterov's momentum", is_option=False)
    betas: tuple[float, ...] | None = setting(PAIR, "of adam and the like", is_option=False)


@dataclass(frozen=True)
class ScheduleConfig:
    """How the learning rate changes."""

    name: str | None = setting(one_of(names.schedules), names.SCHEDULE_HELP, "NAME")
    warmup: float | None = setting(
        AT_LEAST_0, "epochs, or a part of one, in which the rate rises to --lr first (default: 0)", "EPOCHS"
    )
    final: float | None = setting(
        UP_TO_1, "of cosine and linear: where the rate ends, as a share of lr", is_option=False
    )
    step_size: int | None = setting(COUNT, "of step: epochs between two falls", is_option=False)
    gamma: float | None = setting(INSIDE_1, "of step, exponential and plateau: the factor of a fall", is_option=False)
    patience: int | None = setting(
        FROM_0, "of plateau: epochs without a better validation loss before a fall", is_option=False
    )


@dataclass(frozen=True)
class TrainingConfig:
    """How long, and what is done beside the steps."""

    epochs: int | None = setting(COUNT, names.EPOCHS_HELP, "N")
    seed: int | None = setting(
        FROM_0,
        "what is held out of digits and lines, the first weights and the order of samples follow from it (default: 0)",
        "N",
    )
    clip_norm: float | None = setting(
        AT_LEAST_0, "the largest norm of a step's gradient; 0 for any (default: 0; of texts 1)", "NORM"
    )
    accumulate: int | None = setting(COUNT, "batches that a step learns from together (default: 1)", "N")
    ema: float | None = setting(
        INSIDE_1, "evaluate and keep a moving average of the weights that keeps this share at each step", "SHARE"
    )
    early_stopping: int | None = setting(
        COUNT, "stop after N epochs without a better validation loss, and keep the best weights", "N"
    )
    doctor: bool | None = setting(FLAG, "watch the training, and say what is wrong with it")
    temperature: float | None = setting(
        AT_LEAST_0, "of what a model of texts writes: less keeps to what is likely (default: 0.8)", "T"
    )
    checkpoint_steps: int | None = setting(
        COUNT, "steps between two checkpoints, beside those after each epoch", is_option=False
    )
    keep: int | None = setting(COUNT, "how many checkpoints are kept", is_option=False)


@dataclass(frozen=True)
class RunConfig:
    """All that a run is told, in sections as those of a TOML file; None is what has not been said.

    >>> config = RunConfig.of({"optimizer": {"lr": 1}, "training": {"epochs": 3}}, "run.toml")
    >>> config.optimizer.lr, config.training.epochs, config.model.name
    (1.0, 3, None)
    >>> RunConfig.of({"optimiser": {"lr": 1}}, "run.toml")
    Traceback (most recent call last):
        ...
    nn.commands.runs.BadArgumentsError: run.toml: there is no section [optimiser]; did you mean [optimizer]?
    """

    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    training: TrainingConfig = TrainingConfig()

    @classmethod
    def of(cls, values: Mapping[str, Any], source: str) -> RunConfig:
        """Checked values of sections; raises BadArgumentsError, which names the key and what is wanted."""
        return cls(
            **{
                section: SECTIONS[section](**_checked(section, values[section], source))
                for section in _known_sections(values, source)
            }
        )

    def updated(self, values: Mapping[str, Mapping[str, Any]]) -> RunConfig:
        """The same with other values, by section and key."""
        return replace(self, **{part: replace(getattr(self, part), **some) for part, some in values.items()})

    def filled(self, defaults: Mapping[str, Mapping[str, Any]]) -> RunConfig:
        """The same with values for what has not been said.

        >>> RunConfig().filled({"training": {"epochs": 30}}).training.epochs
        30
        """
        unsaid = {
            part: {key: value for key, value in some.items() if getattr(getattr(self, part), key) is None}
            for part, some in defaults.items()
        }
        return self.updated(unsaid)

    def said(self) -> Values:
        """What is not None, by section and key, in lists rather than tuples."""
        return {
            section: {
                part.name: list(value) if isinstance(value, tuple) else value
                for part in fields(kind)
                if (value := getattr(getattr(self, section), part.name)) is not None
            }
            for section, kind in SECTIONS.items()
        }


SECTIONS: dict[str, Any] = {
    "model": ModelConfig,
    "data": DataConfig,
    "optimizer": OptimizerConfig,
    "schedule": ScheduleConfig,
    "training": TrainingConfig,
}


def keys_of(section: str) -> dict[str, Mapping[str, Any]]:
    """What is known of the keys of a section: rule, help, metavar, and whether there is an option."""
    return {part.name: part.metadata for part in fields(SECTIONS[section])}


def option_of(section: str, key: str) -> str:
    """The option of a setting.

    >>> option_of("model", "name"), option_of("data", "train_size")
    ('--model', '--train-size')
    """
    return "--" + (section if key == "name" else key.replace("_", "-"))


def _known_sections(values: Mapping[str, Any], source: str) -> list[str]:
    for section, some in values.items():
        if section in SECTIONS:
            if not isinstance(some, Mapping):
                raise runs.BadArgumentsError(
                    f"{source}: {section} = {some!r}; want a section [{section}], with lines such as "
                    f"{next(iter(keys_of(section)))} = ..."
                )
            continue
        homes = [home for home in SECTIONS if section in keys_of(home)]
        near = get_close_matches(section, SECTIONS, 1)
        if homes and not isinstance(some, Mapping):
            raise runs.BadArgumentsError(f"{source}: {section} stands in no section; it belongs into [{homes[0]}]")
        hint = f"; did you mean [{near[0]}]?" if near else f"; there are {', '.join(f'[{name}]' for name in SECTIONS)}"
        raise runs.BadArgumentsError(f"{source}: there is no section [{section}]{hint}")
    return list(values)


def _checked(section: str, some: Mapping[str, Any], source: str) -> dict[str, Any]:
    known = keys_of(section)
    checked = {}
    for key, value in some.items():
        if key not in known:
            raise runs.BadArgumentsError(f"{source}: [{section}] has no key {key!r}; {_hint(section, key)}")
        try:
            checked[key] = known[key]["rule"].accept(value)
        except ValueError as error:
            raise runs.BadArgumentsError(f"{source}: [{section}] {key} = {shown(value)}: {error}") from None
    return checked


def _hint(section: str, key: str) -> str:
    if homes := [home for home in SECTIONS if key in keys_of(home)]:
        return f"it belongs into [{homes[0]}]"
    near = get_close_matches(key, keys_of(section), 1) or [name for name in keys_of(section) if name in key.split("_")]
    if near := near or (["lr"] if key == "learning_rate" else []):
        return f"did you mean {near[0]!r}?"
    return f"it has {', '.join(keys_of(section))}"


def read_config(command: str, path: Path) -> tuple[RunConfig, dict[str, Any]]:
    """The settings of a TOML file, and what a run has noted there of its data.

    Raises BadArgumentsError, in a line, where it cannot be read or has something else in it.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise runs.bad(command, f"{path} is larger than {MOST_BYTES:,} bytes; want the settings of a run")
        values = tomllib.loads(content.decode())
    except OSError as error:
        raise runs.bad(command, f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError among them
        raise runs.bad(command, f"{path} is no TOML file: {error}") from error
    noted = values.pop(runs.FOUND, {})
    return RunConfig.of(values, f"glassgrad {command}: {path}"), noted if isinstance(noted, dict) else {}
