"""One training step of an MLP 64-128-10, batch 32: forward, backward, Adam."""

from workloads._mlp import cases

CASES = cases((64, 128, 10), count=32)
