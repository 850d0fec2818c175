"""The settings of a run as options of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nn.commands import runs
from nn.commands.config import SECTIONS, RunConfig, Values, keys_of, option_of, read_config

# Of sections where an option names another model or the like than the file: what the file says that still counts.
KEPT: dict[str, tuple[str, ...]] = {"model": (), "optimizer": ("lr", "weight_decay"), "schedule": ()}


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add ``--config`` and an option for each setting that has one, in groups as the sections of a file."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="a TOML file of settings, such as run.toml of a run; options win"
    )
    for section in SECTIONS:
        group = parser.add_argument_group(f"[{section}]")
        for key, about in keys_of(section).items():
            if about["is_option"]:
                _add(group, section, key, **about)


def add_some(parser: argparse.ArgumentParser, settings: Mapping[tuple[str, str], str]) -> None:
    """Add the options of a few settings, each by section and key, with its help; empty for that of `add_settings`."""
    parser.set_defaults(config=None)
    for (section, key), text in settings.items():
        about = keys_of(section)[key]
        _add(parser, section, key, **{**about, "help": text or about["help"]})


def _add(group: Any, section: str, key: str, rule: Any, help: str, metavar: str | None, is_option: bool) -> None:
    options: dict[str, Any] = {"dest": f"{section}.{key}", "help": help}
    if rule.kind is bool:
        options["action"] = argparse.BooleanOptionalAction
    else:
        options |= {"metavar": metavar, "type": _reader(rule.parse)}
        if rule.length is not None:
            options["nargs"] = "+"
        if rule.choices is not None:
            options["choices"] = rule.choices()
            options["type"] = None
    group.add_argument(option_of(section, key), **options)


def _reader(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """What argparse reads a value with, whose error it shows."""

    def read(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def config_of(command: str, arguments: argparse.Namespace) -> RunConfig:
    """What a run is told, by a file and by options, of which the latter win."""
    told: Values = {}
    for name, value in vars(arguments).items():
        section, dot, key = name.partition(".")
        if dot and value is not None:
            told.setdefault(section, {})[key] = tuple(value) if isinstance(value, list) else value
    if arguments.config is None:
        return RunConfig().updated(told)
    config, _ = read_config(command, arguments.config)
    said = config.said()
    for section, kept in KEPT.items():  # the other settings of the file's model are none of this one
        other = told.get(section, {}).get("name")
        if other is not None and other != said[section].get("name"):
            others = {key: None for key in keys_of(section) if key not in kept}
            told[section] = others | told[section]
    return config.updated(told)


def read_run(command: str, run: Path) -> tuple[RunConfig, dict[str, Any]]:
    """The settings of a run, and what it noted of its data."""
    path = run / runs.CONFIG
    if not path.is_file():
        what = f"{run} has no {runs.CONFIG}" if run.is_dir() else f"there is no folder {run}"
        raise runs.bad(command, f"{what}; give the folder of a run, as `glassgrad train` writes it")
    return read_config(command, path)
