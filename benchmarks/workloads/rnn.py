"""One training step of a layer of `nn.RNN`, 50 steps, batch 32, 32 -> 128: forward, backward, Adam."""

from workloads._recurrent import cases

CASES = cases("RNN")
