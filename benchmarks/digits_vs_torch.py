"""The network of `glassgrad train` beside the same one in PyTorch: test accuracy and time over five seeds.

Run it where both are installed: `python benchmarks/digits_vs_torch.py`. Architecture (64-128-10, ReLU), split, Adam
with its rate, batch size, epochs and the order of samples are the same; initial weights are drawn from the same
distribution by each library's own generator. A seed decides all of these, the split included.
"""

import time
from statistics import mean, stdev

import torch

import autograd as ag
import nn
from nn.data import DataLoader, TensorDataset, load_digits, stratified_split
from nn.models import mlp
from nn.train import Trainer

SEEDS, EPOCHS, BATCH, RATE = range(5), 30, 32, 3e-3


def ours(train, test, seed):
    ag.manual_seed(seed)
    model = mlp(64, [128], 10)
    test = DataLoader(test, len(test))
    optimizer = nn.optim.Adam(model.parameters(), lr=RATE)
    trainer = Trainer(model, nn.functional.cross_entropy, optimizer, ["accuracy"])
    start = time.perf_counter()
    history = trainer.fit(batches(train, seed), test, EPOCHS, progress=False)
    return history[-1]["val_accuracy"], time.perf_counter() - start


def theirs(train, test, seed):
    torch.manual_seed(seed)
    layers = torch.nn
    model = layers.Sequential(layers.Flatten(), layers.Linear(64, 128), layers.ReLU(), layers.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    loader, (images, labels) = batches(train, seed), map(torch.from_numpy, test[:])
    start = time.perf_counter()
    for _ in range(EPOCHS):
        total = right = 0
        for inputs, classes in loader:
            inputs, classes = torch.from_numpy(inputs), torch.from_numpy(classes)
            scores = model(inputs)
            loss = layers.functional.cross_entropy(scores, classes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(classes)
            right += (scores.argmax(1) == classes).sum().item()
        with torch.no_grad():
            scores = model(images)
            layers.functional.cross_entropy(scores, labels).item()
            accuracy = (scores.argmax(1) == labels).double().mean().item()
    return accuracy, time.perf_counter() - start


def batches(data, seed):
    return DataLoader(data, BATCH, shuffle=True, seed=seed)


def main():
    images, labels = load_digits()
    rows = []
    print("seed   glassgrad           PyTorch")
    for seed in SEEDS:
        train, test = (TensorDataset(images[part], labels[part]) for part in stratified_split(labels, 0.2, seed))
        rows.append((*ours(train, test, seed), *theirs(train, test, seed)))
        print("{:<4}   {:.4f}  {:5.2f} s     {:.4f}  {:5.2f} s".format(seed, *rows[-1]), flush=True)
    for name, statistic in (("mean", mean), ("std", stdev)):
        print("{:4}   {:.4f}  {:5.2f} s     {:.4f}  {:5.2f} s".format(name, *map(statistic, zip(*rows, strict=True))))


if __name__ == "__main__":
    main()
