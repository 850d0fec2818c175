"""Type stubs for what exists only once the registry is filled: `python -m autograd.stubs` writes them.

`__init__.pyi` has the functions of `autograd`, `methods.pyi` the methods and operators that Tensor gets.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from autograd import LAZY
from autograd.methods import RegisteredMethods
from autograd.registry import ops

FOLDER = Path(__file__).parent
NOTE = "# Generated from the registry by `python -m autograd.stubs`; do not edit.\n"


def stubs() -> dict[str, str]:
    """The text of each generated file, by its name.

    >>> sorted(stubs())
    ['__init__.pyi', 'methods.pyi']
    """
    return {"__init__.pyi": _package(), "methods.pyi": _methods()}


def _package() -> str:
    source = (FOLDER / "__init__.py").read_text(encoding="utf-8")
    imports = source[source.index("from autograd") : source.index("globals()")]
    functions = [_function(name, inspect.signature(f), _doc(f)) for name, f in sorted(ops.functions.items())]
    places = [(name, f"autograd.{module}" if name != module else "autograd") for name, module in sorted(LAZY.items())]
    lazy = "\n".join([f"from {place} import {name} as {name}" for name, place in places])
    return "\n".join([NOTE, "from typing import Any\n", _reexported(imports), lazy, "LAZY: dict[str, str]", *functions])


def _reexported(imports: str) -> str:
    """Import statements in which each name is marked as exported: `x as x`."""
    lines = []
    for line in imports.strip().splitlines():
        name = line.strip().rstrip(",")
        if name.isidentifier():
            lines.append(f"    {name} as {name},")
        elif line.startswith("from") and "(" not in line and " as " not in line:
            head, _, names = line.partition(" import ")
            lines.append(f"{head} import " + ", ".join(f"{n} as {n}" for n in names.split(", ")))
        else:
            lines.append(line)
    return "\n".join(lines)


def _methods() -> str:
    lines = [NOTE, "from typing import Any\n", "from autograd.tensors import Tensor\n", "class RegisteredMethods:"]
    for name, member in sorted(vars(RegisteredMethods).items()):
        if not inspect.isfunction(member):
            continue
        signature = inspect.signature(member)
        parameters = [p.replace(annotation=Any) for p in signature.parameters.values()]
        parameters[0] = parameters[0].replace(name="self", annotation=inspect.Parameter.empty)
        lines.append(_function(name, signature.replace(parameters=parameters), _doc(member), "    "))
    return "\n".join(lines)


def _function(name: str, signature: inspect.Signature, doc: str, indent: str = "") -> str:
    """One definition. Tensors give Tensors, so that is what the stub says that a call returns."""
    kind = str(signature.return_annotation).partition("[")[0]
    returns = {"list": "list[Tensor]", "tuple": "tuple[Tensor, ...]", "NamedTuple": "Any"}.get(kind, "Tensor")
    parameters = [
        p.replace(annotation=p.annotation if p.name == "self" else Any, default=_literal(p.default))
        for p in signature.parameters.values()
    ]
    text = str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    text = text.replace("typing.Any", "Any")
    body = f'\n{indent}    """{doc}"""\n' if doc else " ...\n"
    return f"{indent}def {name}{text} -> {returns}:{body}"


def _literal(default: Any) -> Any:
    """A parameter's default as a stub can write it."""
    plain = default is inspect.Parameter.empty or isinstance(default, (bool, int, float, str, tuple, type(None)))
    return default if plain else ...


def _doc(function: Any) -> str:
    """The first line of a docstring, as raw text."""
    return (inspect.getdoc(function) or "").split("\n")[0].replace("\\", "\\\\")


def main() -> None:
    """Write the stubs into the package."""
    for name, text in stubs().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
