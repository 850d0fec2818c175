"""LeNet-5 on MNIST's digits beside the same one in PyTorch: test accuracy and time over five seeds.

Run it where both are installed, MNIST's files at hand: `GLASSGRAD_DATA=FOLDER python benchmarks/lenet5_vs_torch.py`.
Architecture, Adam with its rate, batch size, epochs and the order of samples are the same; initial weights are drawn
from the same distributions by each library's own generator. What is learnt from are the first 10,000 training digits,
what is tested the 10,000 test digits.
"""

import time
from statistics import mean, stdev

import torch

import autograd as ag
import nn
from nn.data import DataLoader, TensorDataset, load_mnist
from nn.models import lenet5
from nn.train import Trainer

SEEDS, EPOCHS, BATCH, RATE, LEARNT = range(5), 5, 64, 1e-3, 10_000


def ours(train, test, seed):
    ag.manual_seed(seed)
    model = lenet5()
    tested = DataLoader(test, 1000)
    optimizer = nn.optim.Adam(model.parameters(), lr=RATE)
    trainer = Trainer(model, nn.functional.cross_entropy, optimizer, ["accuracy"])
    start = time.perf_counter()
    history = trainer.fit(batches(train, seed), tested, EPOCHS, progress=False)
    return history[-1]["val_accuracy"], time.perf_counter() - start


def theirs(train, test, seed):
    torch.manual_seed(seed)
    layers = torch.nn
    model = layers.Sequential(
        *(layers.Conv2d(1, 6, 5, padding=2), layers.ReLU(), layers.MaxPool2d(2)),
        *(layers.Conv2d(6, 16, 5), layers.ReLU(), layers.MaxPool2d(2), layers.Flatten()),
        *(layers.Linear(400, 120), layers.ReLU(), layers.Linear(120, 84), layers.ReLU(), layers.Linear(84, 10)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    loader = batches(train, seed)
    start = time.perf_counter()
    for _ in range(EPOCHS):
        for inputs, classes in loader:
            loss = layers.functional.cross_entropy(model(torch.from_numpy(inputs)), torch.from_numpy(classes))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            right = [
                (model(torch.from_numpy(inputs)).argmax(1) == torch.from_numpy(classes)).sum().item()
                for inputs, classes in DataLoader(test, 1000)
            ]
    return sum(right) / len(test), time.perf_counter() - start


def batches(data, seed):
    return DataLoader(data, BATCH, shuffle=True, seed=seed)


def main():
    images, labels = load_mnist(train=True)
    train = TensorDataset(images[:LEARNT], labels[:LEARNT])
    test = TensorDataset(*load_mnist(train=False))
    rows = []
    print("seed   glassgrad           PyTorch")
    for seed in SEEDS:
        rows.append((*ours(train, test, seed), *theirs(train, test, seed)))
        print("{:<4}   {:.4f}  {:5.2f} s     {:.4f}  {:5.2f} s".format(seed, *rows[-1]), flush=True)
    for name, statistic in (("mean", mean), ("std", stdev)):
        print("{:4}   {:.4f}  {:5.2f} s     {:.4f}  {:5.2f} s".format(name, *map(statistic, zip(*rows, strict=True))))


if __name__ == "__main__":
    main()
