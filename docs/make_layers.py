"""Writes `layers.md`: the layers of `nn` with what each does, and those of `torch.nn` that are not there.

Run it with `.venv/bin/python docs/make_layers.py` when a layer was added; the tests say when it has to be.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import nn

FOLDER = Path(__file__).parent
TORCH = json.loads((FOLDER / "torch_nn.json").read_text(encoding="utf-8"))

# Why a module of PyTorch's is not here.
LAZY = "a layer is made for a size; `nn.summary` tells which"
REASONS = {
    **dict.fromkeys(("RNNBase", "RNNCellBase"), "what others are made from, and no layer"),
    **{name: LAZY for name in TORCH["modules"] if name.startswith("Lazy")},
    **dict.fromkeys(("DataParallel", "SyncBatchNorm"), "there is one process"),
    **dict.fromkeys(("Container", "CrossMapLRN2d", "NLLLoss2d"), "superseded in PyTorch itself"),
    **dict.fromkeys(
        ("AdaptiveLogSoftmaxWithLoss", "CTCLoss", "LinearCrossEntropyLoss", "TripletMarginWithDistanceLoss"),
        "a loss that is not there yet",
    ),
    **dict.fromkeys(("EmbeddingBag", "FractionalMaxPool2d", "FractionalMaxPool3d", "RReLU"), "not there yet"),
}


def families() -> dict[str, list[str]]:
    """The first line of each module of layers, and the names of its layers."""
    found = {}
    for name in sorted(vars(nn.layers)):
        module = vars(nn.layers)[name]
        if inspect.ismodule(module) and module.__name__.startswith("nn.layers."):
            summary = (inspect.getdoc(module) or "").splitlines()[0].rstrip(".")
            layers = [layer for layer in module.__all__ if getattr(module, layer).__module__ == module.__name__]
            found[summary] = layers
    return found


def meaning(layer: str) -> str:
    """The first line of a layer's docstring, as a cell of a table."""
    return (inspect.getdoc(getattr(nn, layer)) or "").splitlines()[0].replace("|", "\\|")


def missing() -> dict[str, list[str]]:
    """Reason -> the modules of PyTorch that are not here for it."""
    found: dict[str, list[str]] = {}
    for name in TORCH["modules"]:
        if not hasattr(nn, name):
            found.setdefault(REASONS[name], []).append(name)
    return found


def page() -> str:
    """The text of `layers.md`."""
    everything = families()
    beyond = [layer for layers in everything.values() for layer in layers if layer not in TORCH["modules"]]
    here = sum(hasattr(nn, name) for name in TORCH["modules"])
    lines = [
        "# Layers",
        "",
        "Written by `docs/make_layers.py` from the docstrings; `help(nn.Conv2d)` has shapes, arguments, errors and an",
        "example. Arguments, defaults, attributes, parameter names and initial distributions are PyTorch's. All of",
        "them have derivatives of every order; `nn.functional` has them as functions without state.",
        "",
        f"Of the {len(TORCH['modules'])} modules that `torch.nn` {TORCH['version']} exports, {here} are here.",
        f"Not in PyTorch: {', '.join(f'`{name}`' for name in sorted(beyond))}.",
    ]
    for summary, layers in everything.items():
        if layers:
            lines += ["", f"## {summary}", "", "| layer | what it does |", "| --- | --- |"]
            lines += [f"| `{layer}` | {meaning(layer)} |" for layer in layers]
    lines += ["", "## What is not there", "", "| of `torch.nn` | why |", "| --- | --- |"]
    lines += [f"| {', '.join(f'`{name}`' for name in names)} | {reason} |" for reason, names in missing().items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    (FOLDER / "layers.md").write_text(page(), encoding="utf-8")
