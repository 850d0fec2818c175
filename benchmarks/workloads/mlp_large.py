"""One training step of an MLP 1024-2048-2048-10, batch 256: forward, backward, Adam."""

from workloads._mlp import cases

CASES = cases((1024, 2048, 2048, 10), count=256)
SLOW = {"hips", "mygrad"}
