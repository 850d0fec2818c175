"""Settings as TOML that `tomllib` reads as the same again; Python writes none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def to_toml(sections: Mapping[str, Mapping[str, Any]]) -> str:
    r"""Sections of settings as TOML: numbers, text, true and false, and lists of them.

    >>> print(to_toml({"model": {"name": "mlp", "hidden": [64, 32]}, "data": {"name": 'C:\\"x"'}}), end="")
    [model]
    name = "mlp"
    hidden = [64, 32]
    <BLANKLINE>
    [data]
    name = "C:\\\"x\""
    """
    blocks = [
        "\n".join([f"[{name}]", *(f"{key} = {shown(value)}" for key, value in section.items())]) + "\n"
        for name, section in sections.items()
        if section
    ]
    return "\n".join(blocks)


def shown(value: Any) -> str:
    """A value as TOML has it.

    >>> shown([True, 1e-05, "tab\\t"])
    '[true, 1e-05, "tab\\\\u0009"]'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return repr(value) if isinstance(value, (int, float)) else str(value)


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character >= " " and character != "\x7f" else f"\\u{ord(character):04x}"
