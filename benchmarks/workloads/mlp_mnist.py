"""One training step of an MLP 784-256-128-10, batch 128: forward, backward, Adam."""

from workloads._mlp import cases, measures

CASES = cases((784, 256, 128, 10), count=128)
MEASURES = measures((784, 256, 128, 10), count=128)
