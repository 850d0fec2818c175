"""The adding problem at length 200: who can keep a number for a hundred steps, and the gradients that show why.

`python benchmarks/adding_problem.py` trains each network by the same recipe on the same batches, over several seeds,
and prints test errors beside that of always answering 1, and the steps until the error is below 0.01; nan is the error
of a network that exploded. Then it draws the gradient of the loss at the state of each step, before and after training,
into `docs/images/gradient_through_time.png`.
Options: `--seeds 3 --steps 3000 --length 200 --picture FILE.png`.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

import autograd as ag
import nn
from nn.data import adding_problem
from nn.diagnostics import GradientThroughTime, gradient_through_time
from nn.plots import plot_gradient_through_time

HIDDEN, BATCH, RATE, CLIP, SOLVED = 32, 32, 1e-2, 1.0, 0.01
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "gradient_through_time.png"
TEST_SEED = 10**9  # batches have the seeds from 0

LAYERS = {
    "RNN, tanh": lambda: nn.RNN(2, HIDDEN),
    "RNN, relu, orthogonal": lambda: nn.RNN(2, HIDDEN, nonlinearity="relu", orthogonal=True),
    "LSTM, forget bias 1": lambda: nn.LSTM(2, HIDDEN, forget_bias=1.0),
    "GRU": lambda: nn.GRU(2, HIDDEN),
}
DRAWN = {"RNN, tanh": "RNN", "LSTM, forget bias 1": "LSTM", "GRU": "GRU"}


class Adder(nn.Module):
    """(batch, time, 2) -> (batch,): a number for each sequence, from the last state."""

    def __init__(self, layer):
        self.layer = layer
        self.head = nn.Linear(HIDDEN, 1)

    def forward(self, x):
        out, _ = self.layer(np.swapaxes(x, 0, 1))
        return self.head(out[-1])[:, 0]


def error(model, x, y):
    with ag.no_grad():
        return nn.functional.mse_loss(model(x), y).item()


def train(model, seed, steps, test):
    """The error on the test data at the end, and after how many steps it was first seen below `SOLVED`."""
    optimizer = nn.optim.Adam(model.parameters(), lr=RATE)
    length, solved = test[0].shape[1], None
    for step in range(1, steps + 1):
        x, y = adding_problem(BATCH, length, seed=seed * 10**6 + step)
        loss = nn.functional.mse_loss(model(x), y)
        if not np.isfinite(loss.item()):
            return float("nan"), None  # it exploded: the gradient is infinite, and no clipping helps
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        if solved is None and step % 100 == 0 and error(model, *test) < SOLVED:
            solved = step
    return error(model, *test), solved


def through_time(model, test, label):
    (walk,) = gradient_through_time(model, tuple(part[:BATCH] for part in test)).walks
    return walk._replace(label=label)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    options = parser.parse_args()
    test = adding_problem(500, options.length, seed=TEST_SEED)
    print(f"length {options.length}, {options.steps} steps; always answering 1: {((test[1] - 1) ** 2).mean():.4f}")
    print(f"{'network':22}   seed   test error   below {SOLVED} after   time")
    panels = {}
    for name, make in LAYERS.items():
        for seed in range(options.seeds):
            ag.manual_seed(seed)
            model, start = Adder(make()), time.perf_counter()
            before = through_time(model, test, "untrained")
            with np.errstate(over="ignore", invalid="ignore"):  # for networks that explode
                found, solved = train(model, seed, options.steps, test)
            seconds = time.perf_counter() - start
            print(f"{name:22}   {seed:4}   {found:10.5f}   {solved or 'never':>16}   {seconds:3.0f} s", flush=True)
            if name in DRAWN and seed == 0:
                walks = (before, through_time(model, test, "trained"))
                panels[f"{DRAWN[name]}: error {found:.4f}"] = GradientThroughTime(found, walks)
    for name, found in panels.items():
        print(f"\n{name}\n{found}")
    plot_gradient_through_time(panels, options.picture)
    Image.open(options.picture).convert("RGB").quantize(64).save(options.picture, optimize=True)  # a third of the size


if __name__ == "__main__":
    main()
