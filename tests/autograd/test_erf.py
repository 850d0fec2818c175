"""The error function, measured in units in the last place against arithmetic of higher precision."""

import math

import mpmath
import numpy as np
import pytest

from autograd.errors import DtypeError
from autograd.rules._erf import _PIECE, erf

INTEGERS = [np.bool_, np.int8, np.uint8, np.int32, np.int64]


def ulps(values, exact):
    """Distance of each value to the exact one, in units in the last place of the exact one."""
    spacing = np.spacing(np.array([float(e) for e in exact], values.dtype))
    return np.array([float(abs(e - float(v)) / float(s)) for v, e, s in zip(values, exact, spacing, strict=True)])


def samples():
    """Magnitudes where erf bends, where it is flat, and where it is a straight line."""
    rng = np.random.default_rng(0)
    return np.concatenate(
        [
            rng.uniform(0.0, 1.0, 8_000),
            rng.uniform(0.0, 6.5, 8_000),
            10.0 ** rng.uniform(-300.0, 0.0, 2_000),
            np.array([0.5, 1.0, 2.0, 6.0, 30.0, 1e300, np.finfo(np.float64).tiny]),
        ]
    )


def test_float64_is_good_to_two_units_in_the_last_place():
    x = samples()
    with mpmath.workprec(120):
        exact = [mpmath.erf(mpmath.mpf(v)) for v in x.tolist()]
        assert ulps(erf(x), exact).max() <= 2.0


def test_float32_is_good_to_two_units_in_the_last_place():
    """Every 10007th float32 from the smallest one to 6; the C library's double is exact enough to judge."""
    x = np.arange(1, np.float32(6.0).view(np.uint32), 10_007, dtype=np.uint32).view(np.float32)
    exact = np.array(list(map(math.erf, x.tolist())))
    error = np.abs(erf(x).astype(np.float64) - exact) / np.spacing(exact.astype(np.float32))
    assert error.max() <= 2.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_is_odd_rises_and_stays_within_one(dtype):
    x = np.linspace(0.0, 8.0, 100_001).astype(dtype)
    y = erf(x)
    np.testing.assert_array_equal(erf(-x), -y)
    assert y.max() == 1.0
    assert np.diff(y).min() >= -2 * np.spacing(dtype(0.5))  # to rounding


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_special_values_raise_no_warning(dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, tiny, -tiny, np.finfo(dtype).max], dtype)
    with np.errstate(all="raise"):
        y = erf(x)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, np.array([0.0, -0.0, 1.0, -1.0, np.nan, tiny, -tiny, 1.0], dtype))
    np.testing.assert_array_equal(np.signbit(y[:4]), [False, True, False, True])


def test_float16_is_rounded_from_float32():
    x = np.linspace(-4.0, 4.0, 1_001).astype(np.float16)
    np.testing.assert_array_equal(erf(x), erf(x.astype(np.float32)).astype(np.float16))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_become_float64(dtype):
    x = np.array([0, 1, 1, 0], dtype)
    y = erf(x)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, erf(x.astype(np.float64)))
    assert type(erf(x[1])) is np.float64


@pytest.mark.parametrize("x", [0.5, np.float64(0.5), np.float32(0.5), np.float16(0.5), np.array(0.5), 1, True])
def test_a_scalar_gives_a_numpy_scalar(x):
    y = erf(x)
    assert isinstance(y, np.generic)
    assert y.dtype == (x.dtype if isinstance(x, np.floating) else np.float64)
    assert abs(float(y) - math.erf(x)) <= np.spacing(y)


LAYOUTS = {
    "C": lambda a: a,
    "F": np.asfortranarray,
    "axes in another order": lambda a: np.moveaxis(a, 0, 1),
    "strided": lambda a: a[:, ::2],
    "backwards": lambda a: a[::-1, :, ::-1],
    "broadcast": lambda a: np.broadcast_to(a[:, :1], a.shape),
    "read-only": lambda a: np.frombuffer(a.tobytes()).reshape(a.shape),
    "big-endian": lambda a: a.astype(">f8"),
    "lists": lambda a: a.tolist(),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_any_memory_layout(layout):
    x = layout(np.random.default_rng(0).normal(size=(4, 6, 5)))
    before = np.array(x)
    y = erf(x)
    np.testing.assert_array_equal(x, before)  # untouched
    np.testing.assert_array_equal(y, erf(np.ascontiguousarray(before, dtype=np.float64)))
    y[...] = 0.0  # the result is the caller's own memory
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("shape", [(0,), (3, 0, 2), (1,), (1, 1)])
def test_empty_and_single(shape):
    assert erf(np.ones(shape)).shape == shape


def test_an_element_does_not_depend_on_its_neighbours():
    x = np.random.default_rng(0).normal(size=2 * _PIECE + 17)
    np.testing.assert_array_equal(erf(x)[::-1], erf(x[::-1].copy()))
    np.testing.assert_array_equal(erf(x)[_PIECE - 3 : _PIECE + 4], erf(x[_PIECE - 3 : _PIECE + 4]))


@pytest.mark.parametrize("x", [1j, np.ones(2, np.longdouble), np.array(["a"]), None])
def test_other_dtypes_are_refused(x):
    with pytest.raises(DtypeError, match=r"erf takes real numbers of up to 64 bits, not \S+;"):
        erf(x)
