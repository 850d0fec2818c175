"""One training step of an MLP 784-256-128-10, batch 128: forward, backward, Adam."""

from workloads._mlp import cases

CASES = cases((784, 256, 128, 10), count=128)
