"""Writes `coverage.md`: what becomes of each function of NumPy that is given a Tensor, from the registry itself.

Run it with `.venv/bin/python docs/make_coverage.py` when a function was added; the tests say when it has to be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import numpy as np
import scipy.special

import autograd as ag
from autograd.composites import Composite

FOLDER = Path(__file__).parent
PEERS = json.loads((FOLDER / "peers.json").read_text(encoding="utf-8"))

DIFFERENTIABLE, FREE, LACKING = "differentiable", "gradient-free", "not supported"

CONSTANT = (np.zeros_like, np.ones_like, np.empty_like, np.full_like)  # new Tensors, outside of any graph

# Where another name, or a line of code, does what a peer has a function for.
ELSEWHERE = {
    "add_sequence": "`sum(tensors)`",
    "multiply_sequence": "`math.prod(tensors)`",
    "multi_matmul": "`np.linalg.multi_dot`",
    "true_divide": "`np.divide`",
    "convolve": "`np.convolve`, along one axis",
    "full": "`ag.full`, `ag.broadcast_to` of a Tensor",
}
COMPLEX = "complex numbers and `np.fft` are not supported"
NO_DISPATCH = "SciPy's function in Python; only its ufuncs can be given a Tensor"


def functions(namespace: object) -> Iterator[tuple[str, object]]:
    """Public functions that can be given a Tensor: ufuncs, and what dispatches by ``__array_function__``."""
    for name in sorted(dir(namespace)):
        member = getattr(namespace, name)
        if not name.startswith("_") and (isinstance(member, np.ufunc) or hasattr(member, "_implementation")):
            yield name, member


def status(function: object) -> str:
    """What becomes of a function that is given a Tensor."""
    if function in CONSTANT:
        return FREE
    if function in ag.ops.by_numpy:
        return DIFFERENTIABLE
    return FREE if function in ag.ops.plain else LACKING


def ours(function: object) -> str:
    """Our name for NumPy's function, or empty."""
    name = getattr(ag.ops.by_numpy.get(function), "__name__", "")
    return f"`ag.{name}`" if name in ag.ops.functions else ""


def rows() -> dict[str, tuple[str, str]]:
    """``numpy.tanh`` -> what becomes of it, and our name for it."""
    spaces = {"numpy": np, "numpy.linalg": np.linalg, "numpy.fft": np.fft}
    found = {
        f"{space}.{name}": (status(function), ours(function))
        for space, members in spaces.items()
        for name, function in functions(members)
    }
    window = np.lib.stride_tricks.sliding_window_view
    return found | {"numpy.lib.stride_tricks.sliding_window_view": (status(window), ours(window))}


def has(peer: str, name: str) -> str:
    """A mark where a peer differentiates NumPy's function."""
    space, _, short = name.rpartition(".")
    if space == "numpy.lib.stride_tricks":
        space = "numpy"
    return "yes" if short in PEERS[peer]["functions"].get(space, ()) else ""


def special() -> list[str]:
    """SciPy's ufuncs that can be given a Tensor."""
    ag.ops.find_late(scipy.special.gammaln)
    names = (name for name in dir(scipy.special) if not name.startswith("_"))
    return sorted(name for name in names if getattr(scipy.special, name) in ag.ops.by_numpy)


def answer(space: str, name: str) -> str:
    """What a user of glassgrad writes for a peer's function; a reason in brackets where there is nothing."""
    table = rows()
    if name in ELSEWHERE and f"{space}.{name}" not in table:
        return ELSEWHERE[name]
    if table.get(f"{space}.{name}", ("",))[0] == DIFFERENTIABLE:
        return f"`{space.replace('numpy', 'np')}.{name}`"
    if name in ag.ops.functions:
        return f"`ag.{name}`"
    if space == "scipy.stats" and attrgetter(name)(ag.distributions):
        return f"`ag.distributions.{name}`"
    if space == "scipy.special" and name in special():
        return f"`scipy.special.{name}`"
    if space == "numpy.fft" or name == "eig":
        return f"({COMPLEX})"
    return f"({NO_DISPATCH})" if space.startswith("scipy") else "(not supported)"


def unanswered() -> dict[str, list[tuple[str, str]]]:
    """For each peer, its functions that are reached by another name here, or not at all: name and answer."""
    found: dict[str, list[tuple[str, str]]] = {}
    for peer, facts in PEERS.items():
        for space, names in facts["functions"].items():
            for name in names:
                text = answer(space, name)
                if text != f"`{space.replace('numpy', 'np')}.{name}`":
                    found.setdefault(peer, []).append((f"{space}.{name}", text))
    return found


def page() -> str:
    """The text of `coverage.md`."""
    table = rows()
    peers = list(PEERS)
    versions = " and ".join(f"{peer} {facts['version']}" for peer, facts in PEERS.items())
    counts = {kind: sum(row[0] == kind for row in table.values()) for kind in (DIFFERENTIABLE, FREE, LACKING)}
    named = {row[1] for row in table.values()}
    own = sorted(f"`ag.{name}`" for name in ag.ops.functions if f"`ag.{name}`" not in named)
    library = {function.primitive for function in ag.ops.functions.values()}  # one has two names
    composed = sum(isinstance(p, Composite) for p in library)
    methods = sorted(f"`{ufunc.__name__}.{method}`" for ufunc, method in ag.ops.by_method)
    lines = [
        "# What can be given a Tensor",
        "",
        "Generated from the registry by `docs/make_coverage.py`; do not edit. Rows are the functions of NumPy",
        f"{np.__version__} that dispatch on their arguments; the peers are {versions}.",
        "",
        f"- **{DIFFERENTIABLE}** ({counts[DIFFERENTIABLE]}): recorded, with derivatives of every order; orders 1 and 2",
        "  are checked against differences.",
        f"- **{FREE}** ({counts[FREE]}): sees the values and returns a plain result, which by nature has no derivative",
        "  or none but 0.",
        f"- **{LACKING}** ({counts[LACKING]}): an error that names the function and shows how to add a rule.",
        "",
        f"Of the {len(library)} differentiable functions of `autograd`, {composed} are composed of others;",
        "the rest have rules of their own.",
        "",
        f"| function | here | our name | {' | '.join(peers)} |",
        f"| --- | --- | --- |{' --- |' * len(peers)}",
    ]
    for name, (kind, our) in table.items():
        lines.append(f"| `{name}` | {kind} | {our} | {' | '.join(has(peer, name) for peer in peers)} |")
    lines += [
        "",
        "## Methods of ufuncs",
        "",
        f"{', '.join(methods)}, and `.outer` of every differentiable one of two arguments.",
        "",
        "## Functions that NumPy does not have",
        "",
        f"{', '.join(own)}.",
        "",
        "## SciPy's ufuncs",
        "",
        "They work on Tensors once you have imported `scipy.special`; `autograd` does not do it for you.",
        "",
        f"{', '.join(f'`{name}`' for name in special())}.",
        "",
        "## What peers have under another name, or we do not",
        "",
        "| peer | its function | here |",
        "| --- | --- | --- |",
    ]
    for peer, found in unanswered().items():
        lines += [f"| {peer} | `{name}` | {text} |" for name, text in found]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    (FOLDER / "coverage.md").write_text(page(), encoding="utf-8")
