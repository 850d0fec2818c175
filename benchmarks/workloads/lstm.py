"""One training step of a layer of `nn.LSTM`, 50 steps, batch 32, 32 -> 128: forward, backward, Adam."""

from workloads._recurrent import BATCH, HIDDEN, INPUT, STEPS, cases

CASES = cases("LSTM")

OF_THE_STATE = 3 * 2 * 4 * HIDDEN * HIDDEN * BATCH * STEPS  # forward, back to the state, back to the weight
OF_THE_INPUT = 2 * 2 * 4 * HIDDEN * INPUT * BATCH * STEPS  # forward, back to the weight


def notes(medians: dict[str, float]) -> list[str]:
    """Where the time goes."""
    work, in_loop = (OF_THE_STATE + OF_THE_INPUT) / 1e9, 2 / 3 * OF_THE_STATE / 1e9
    return [
        f"of each step {work:.2f} GFLOP are matrix products, {in_loop:.2f} of them in the loop, where "
        "one waits for the other: those run on one core here, and on both in PyTorch; the rest is done beside them"
    ]
