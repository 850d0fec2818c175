"""What loading adds to training: the same steps on batches of a `DataLoader` and on batches made beforehand.

Run it where both libraries are installed: `python benchmarks/loader_overhead.py`. The network is the one for MNIST,
784-256-128-10, ReLU, with Adam and batches of 128 shuffled float32 images, of which 10,000 or 60,000 are made at
random. Steps on a batch of the loader and on one made beforehand take turns, so that a busy machine slows both. For
prefetching threads, whose work would fall into the other's turn, epochs take turns instead.
"""

import argparse
import time
from itertools import islice
from statistics import median

import numpy as np
import torch

import autograd as ag
import nn
from nn.data import DataLoader, GaussianNoise, RandomCrop, RandomHorizontalFlip, TensorDataset
from nn.models import mlp

BATCH, REPEATS = 128, 5


def our_step():
    model = mlp(784, [256, 128], 10)
    optimizer = nn.optim.Adam(model.parameters())

    def step(images, labels):
        loss = nn.functional.cross_entropy(model(ag.Tensor(images)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def their_step():
    layers = torch.nn
    model = layers.Sequential(
        layers.Linear(784, 256), layers.ReLU(), layers.Linear(256, 128), layers.ReLU(), layers.Linear(128, 10)
    )
    optimizer = torch.optim.Adam(model.parameters())

    def step(images, labels):
        loss = layers.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def timed(function, *args):
    start = time.perf_counter()
    result = function(*args)
    return result, 1e3 * (time.perf_counter() - start)


def in_turn(loader, step, steps):
    """Milliseconds a step on batches made beforehand, and of loading a batch and a step on it: medians."""
    made = list(islice(iter(loader), steps))
    step(*made[0])
    plain, loaded, loading = [], [], []
    while len(plain) < 2 * steps:
        batches = iter(loader)
        for batch in made:
            plain.append(timed(step, *batch)[1])
            fresh, milliseconds = timed(next, batches)
            loading.append(milliseconds)
            loaded.append(milliseconds + timed(step, *fresh)[1])
        batches = None  # workers end, if there are any
    return median(plain), median(loaded), median(loading)


def epochs_in_turn(loader, step):
    """Milliseconds a step, as in `in_turn`: medians over the steps of epochs that take turns."""
    made = list(islice(iter(loader), 150))
    times = [], []
    for _ in range(3):
        for batches, spent in zip((iter(made), iter(loader)), times, strict=True):
            for _ in made:
                spent.append(timed(lambda batches=batches: step(*next(batches)))[1])
        del batches  # workers end, if there are any
    return map(median, times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--samples", type=int, nargs="+", default=[10_000, 60_000])
    rng = np.random.default_rng(0)
    for samples in parser.parse_args().samples:
        images, labels = rng.random((samples, 784), np.float32), rng.integers(0, 10, samples)
        ours, theirs = (
            TensorDataset(images, labels),
            torch.utils.data.TensorDataset(*map(torch.from_numpy, (images, labels))),
        )
        print(f"{samples:,} images           made before   loaded     added            one batch")
        for name, loader, step in (
            ("glassgrad", DataLoader(ours, BATCH, shuffle=True), our_step()),
            ("PyTorch", torch.utils.data.DataLoader(theirs, BATCH, shuffle=True), their_step()),
        ):
            plain, loaded, loading = in_turn(loader, step, min(len(loader), 150))
            print(f"{name:22} {plain:8.3f} ms {loaded:8.3f} ms {loaded / plain - 1:9.1%} {loading:17.3f} ms")
        for workers in (0, 1, 2):
            plain, loaded = epochs_in_turn(DataLoader(ours, BATCH, shuffle=True, num_workers=workers), our_step())
            print(
                f"epochs, {workers} threads      {plain:8.3f} ms {loaded:8.3f} ms {loaded / plain - 1:9.1%}", flush=True
            )
    pictures = TensorDataset(images[:10_000].reshape(-1, 1, 28, 28), labels[:10_000])
    for transform in (RandomCrop(28, padding=2), RandomHorizontalFlip(), GaussianNoise(0.1)):
        times = [timed(lambda t=transform: list(DataLoader(pictures, BATCH, transform=t)))[1] for _ in range(REPEATS)]
        print(f"{type(transform).__name__:22} {min(times) / 79:8.3f} ms a batch, with its loading")


if __name__ == "__main__":
    main()
