"""Elementwise functions block by block: what they give at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import blockwise


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("look", ["plain", "transposed", "reversed", "with gaps", "repeated"])
def test_blocks_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch, dtype: Any, look: str) -> None:
    monkeypatch.setattr(blockwise, "LARGE", 1000)
    monkeypatch.setattr(blockwise, "BLOCK", 700)  # the last is a shorter one
    x = np.arange(3 * 40 * 50).reshape(3, 40, 50).astype(dtype)
    views = {"transposed": x.transpose(0, 2, 1), "reversed": x[:, ::-1], "with gaps": x[:, ::2], "plain": x}
    x = views.get(look, np.broadcast_to(x[0, 0, 1], x.shape))
    sizes = []

    def function(x: np.ndarray) -> np.ndarray:
        sizes.append(x.size)
        return 1 / (1 + np.sqrt(x))

    out = blockwise.by_blocks(function)(x)
    np.testing.assert_array_equal(out, 1 / (1 + np.sqrt(x)), strict=True)
    is_whole = look in ("reversed", "with gaps", "repeated")
    assert max(sizes) == (x.size if is_whole else 700)
    assert is_whole or out.strides == tuple(n * out.itemsize // x.itemsize for n in x.strides)
