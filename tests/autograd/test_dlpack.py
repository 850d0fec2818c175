"""Memory shared with other libraries, both ways."""

import numpy as np
import pytest

import autograd as ag
from autograd.errors import ArgumentError, DetachError, DtypeError


def test_both_see_what_either_writes():
    array = np.arange(6.0).reshape(2, 3)[:, ::2]
    t = ag.from_dlpack(array)
    assert t.shape == (2, 2) and t.dtype == np.float64 and not t.requires_grad
    array[0, 0] = 7.0
    assert t[0, 0].item() == 7.0
    t[1, 1] = -1.0
    assert array[1, 1] == -1.0


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "int8", "bool"])
def test_there_and_back(dtype):
    t = ag.tensor(np.array([[0, 1, 2]], dtype))
    back = np.from_dlpack(t)
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, t.numpy())
    assert np.shares_memory(back, t.data)
    np.testing.assert_array_equal(ag.from_dlpack(t).numpy(), t.numpy())


def test_scalars_and_empty_tensors():
    assert np.from_dlpack(ag.tensor(2.0)) == 2.0
    assert ag.from_dlpack(np.zeros((0, 3))).shape == (0, 3)


def test_a_copy_has_memory_of_its_own():
    array = np.zeros(3)
    t = ag.from_dlpack(array, copy=True)
    t[0] = 1.0
    assert array[0] == 0.0


def test_pytorch_shares_it():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    t = ag.tensor([1.0, 2.0])
    theirs = torch.from_dlpack(t)
    theirs[0] = 5.0
    assert t[0].item() == 5.0
    ours = ag.from_dlpack(theirs)
    ours[1] = 6.0
    assert theirs[1].item() == 6.0
    with pytest.raises((RuntimeError, BufferError), match="grad"):
        ag.from_dlpack(torch.ones(2, requires_grad=True))


def test_errors():
    with pytest.raises(DetachError, match=r"t\.detach\(\)"):
        np.from_dlpack(ag.tensor(1.0, requires_grad=True))
    with pytest.raises(ArgumentError, match=r"list has no __dlpack__.*ag\.tensor"):
        ag.from_dlpack([1.0])
    with pytest.raises(DtypeError, match="omplex"):
        ag.from_dlpack(np.zeros(2, complex))
