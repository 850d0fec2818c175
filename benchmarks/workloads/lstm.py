"""One training step of a layer of `nn.LSTM`, 50 steps, batch 32, 32 -> 128: forward, backward, Adam."""

from workloads._recurrent import cases, measures

CASES = cases("LSTM")
MEASURES = measures("LSTM")
