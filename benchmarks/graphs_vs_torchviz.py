"""How long it takes to describe a graph: `ag.graph` beside torchviz and torchview, and up to 100,000 operations.

Run it where all are installed: `python benchmarks/graphs_vs_torchviz.py`. A loop of numbers, `y = y * 0.999 + x`, and
a step of LeNet-5 are described in Graphviz' language, without layout, each library's way: torchviz draws the backward
graph, torchview and glassgrad the forward one. They take turns, and medians are printed. Then glassgrad alone: the
snapshot of a long loop, and its picture, folded, as SVG.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
import torchview
import torchviz

import autograd as ag
from nn.models import lenet5

REPEATS = 7
OPERATIONS = (100, 800, 10_000, 100_000)


def loop(x: Any, operations: int) -> Any:
    y = x
    for _ in range(operations // 2):
        y = y * 0.999 + x
    return y


def torch_lenet5() -> torch.nn.Module:
    layers = torch.nn
    return layers.Sequential(
        *(layers.Conv2d(1, 6, 5, padding=2), layers.ReLU(), layers.MaxPool2d(2)),
        *(layers.Conv2d(6, 16, 5), layers.ReLU(), layers.MaxPool2d(2), layers.Flatten()),
        *(layers.Linear(400, 120), layers.ReLU(), layers.Linear(120, 84), layers.ReLU(), layers.Linear(84, 10)),
    )


def seconds(describe: Callable[[], object]) -> float | str:
    """What one call takes; the name of its error where it fails."""
    start = time.perf_counter()
    try:
        describe()
    except RecursionError as error:
        return type(error).__name__
    return time.perf_counter() - start


def in_turn(ways: dict[str, Callable[[], object]]) -> dict[str, float | str]:
    """The median of each, all having had their turns; nothing is kept of the first, in which modules are imported."""
    rounds = [[seconds(way) for way in ways.values()] for _ in range(REPEATS + 1)][1:]
    columns = zip(ways, zip(*rounds, strict=True), strict=True)
    return {name: times[0] if isinstance(times[0], str) else median(times) for name, times in columns}


def told(title: str, ways: dict[str, Callable[[], object]]) -> None:
    found = in_turn(ways)
    ours = found["glassgrad"]
    print(title)
    for name, taken in found.items():
        if isinstance(taken, str) or isinstance(ours, str):
            print(f"    {name:22} {taken}")
        else:
            print(f"    {name:22} {1e3 * taken:9.2f} ms   {ours / taken:5.2f} of it")


def main() -> None:
    for operations in OPERATIONS[:3]:
        ours = loop(ag.tensor(1.0, requires_grad=True), operations)
        theirs = loop(torch.tensor(1.0, requires_grad=True), operations)
        told(
            f"a loop of {operations:,} operations",
            {
                "glassgrad": lambda y=ours: ag.graph(y).to_graphviz(fold=False, most=10**9).source,
                "glassgrad, folded": lambda y=ours: ag.graph(y).to_graphviz().source,
                "torchviz": lambda y=theirs: torchviz.make_dot(y).source,
            },
        )
    images = np.random.default_rng(0).standard_normal((8, 1, 28, 28), np.float32)
    model, other = lenet5(), torch_lenet5()
    told(
        "LeNet-5 on a batch of 8, called and described",
        {
            "glassgrad": lambda: ag.graph(model, images).to_graphviz().source,
            "torchviz": lambda: torchviz.make_dot(other(torch.from_numpy(images)), dict(other.named_parameters())),
            "torchview": lambda: (
                torchview.draw_graph(other, torch.from_numpy(images), device="cpu").visual_graph.source
            ),
        },
    )
    y = loop(ag.tensor(1.0, requires_grad=True), OPERATIONS[-1])
    snapshots = [seconds(lambda: ag.graph(y)) for _ in range(REPEATS)]
    graph = ag.graph(y)
    pictures = [seconds(lambda: graph.picture().render("svg")) for _ in range(REPEATS)]
    print(f"a loop of {OPERATIONS[-1]:,} operations, glassgrad alone")
    print(f"    snapshot {median(snapshots):.2f} s, its folded picture as SVG {median(pictures):.2f} s")


if __name__ == "__main__":
    main()
