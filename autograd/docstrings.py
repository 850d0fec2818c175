"""What the docstrings of primitives say beside what is written for each: where it comes from, and what is raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.primitives import Primitive

INDENT = "    "


def of_a_row(record: Primitive, summary: str) -> str:
    """An elementwise function's: what it computes, shapes, and its example as a doctest."""
    shapes = ", ".join("(...)" for _ in record.parameters)
    lines = [summary or f"{record.name}, elementwise.", "", f"    Elementwise, {shapes} -> (...)"]
    lines[-1] += "; the arguments broadcast." if len(record.parameters) > 1 else "."
    if record.example is not None:
        count = len(record.parameters)
        point, results = record.example[:count], record.example[count:]
        names = ", ".join(record.parameters)
        tensors = ", ".join(f"ag.tensor({value}, requires_grad=True)" for value in point)
        lines += [
            "",
            "    >>> import autograd as ag",
            f"    >>> {names} = {tensors}",
            f"    >>> out = ag.{record.name}({names}); out.backward()",
            f"    >>> [round(t.item(), 4) for t in (out, {', '.join(f'{name}.grad' for name in record.parameters)})]",
            f"    {list(results)}",
        ]
    return "\n".join([*lines, INDENT])


def completed(doc: str, record: Primitive) -> str:
    """``doc`` and, before its example, NumPy's name of the function and the errors, where it does not say them.

    >>> import autograd as ag
    >>> ag.tanh.__doc__.split("\\n\\n")[2].split("\\n")
    ['    As `numpy.tanh`.', '    Of Tensors, it raises DtypeError for what is no number.']
    """
    said = []
    if (record.numpy is not None or record.also) and "As NumPy" not in doc:
        said.append(f"As `{_full_name(record)}`.")
    if "aises " not in doc:
        said.append(f"Of Tensors, it raises {_errors(record)}.")
    example = doc.find(">>>")
    if not said or example < 0:
        return doc
    place = doc.rfind("\n", 0, example) + 1
    indent = doc[place:example]
    return doc[:place] + "".join(f"{indent}{line}\n" for line in said) + "\n" + doc[place:]


def _full_name(record: Primitive) -> str:
    """NumPy's name of a function, the first where it has several."""
    if record.numpy is None:
        return f"numpy.{record.also[0]}"
    return f"{getattr(record.numpy, '__module__', None) or 'numpy'}.{record.numpy.__name__}"


def _errors(record: Primitive) -> str:
    if record.elementwise:
        clash = "ShapeError for shapes that do not broadcast and " if len(record.parameters) > 1 else ""
        return clash + "DtypeError for what is no number"
    return "ShapeError, DtypeError or ArgumentError for what does not fit, IndexError for what is not there"
