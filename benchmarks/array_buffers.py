"""How many arrays a block allocates, and how large: every one, those included that are gone before it ends.

tracemalloc sees what is alive at one moment. NumPy takes the memory of arrays from a handler that a program may replace
(NEP 49): here by one that counts, and then asks the handler that was there. What NumPy needs for itself inside of a
function is not the memory of an array, and is not counted.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

_size, _pointer = ctypes.c_size_t, ctypes.c_void_p
_Malloc = ctypes.PYFUNCTYPE(_pointer, _pointer, _size)
_Calloc = ctypes.PYFUNCTYPE(_pointer, _pointer, _size, _size)
_Realloc = ctypes.PYFUNCTYPE(_pointer, _pointer, _pointer, _size)
SET_HANDLER, GET_HANDLER = 304, 305  # places in NumPy's table of C functions, which never change


class _Handler(ctypes.Structure):
    """NumPy's PyDataMem_Handler."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", _pointer),
        ("malloc", _Malloc),
        ("calloc", _Calloc),
        ("realloc", _Realloc),
        ("free", _pointer),
    )


@dataclass
class Buffers:
    """Arrays that were allocated, and their bytes."""

    count: int = 0
    nbytes: int = 0

    def add(self, nbytes: int) -> None:
        self.count += 1
        self.nbytes += nbytes


_current = Buffers()  # what the handler, of which there is one, counts into

_get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_get_pointer.restype, _get_pointer.argtypes = _pointer, (ctypes.py_object, ctypes.c_char_p)
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype, _new_capsule.argtypes = ctypes.py_object, (_pointer, ctypes.c_char_p, _pointer)

_table = ctypes.cast(_get_pointer(np._core._multiarray_umath._ARRAY_API, None), ctypes.POINTER(_pointer))  # type: ignore[attr-defined]
_set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(_table[SET_HANDLER])
_get_handler = ctypes.PYFUNCTYPE(ctypes.py_object)(_table[GET_HANDLER])
_CAPSULE = b"mem_handler"
_usual = _Handler.from_address(_get_pointer(_get_handler(), _CAPSULE))


@_Malloc
def _malloc(context, size):
    _current.add(size)
    return _usual.malloc(context, size)


@_Calloc
def _calloc(context, count, size):
    _current.add(count * size)
    return _usual.calloc(context, count, size)


@_Realloc
def _realloc(context, address, size):
    _current.add(size)
    return _usual.realloc(context, address, size)


# `free` is the usual one, which is not of Python: arrays made here may well be freed when the interpreter is gone.
_counting = _Handler(b"counting", 1, _usual.context, _malloc, _calloc, _realloc, _usual.free)
_capsule = _new_capsule(ctypes.addressof(_counting), _CAPSULE, None)


@contextmanager
def counted_buffers() -> Iterator[Buffers]:
    """A block of this thread in which arrays are counted.

    >>> with counted_buffers() as buffers:
    ...     _ = np.ones(10) + 1
    >>> buffers
    Buffers(count=2, nbytes=160)
    """
    global _current
    _current = Buffers()
    before = _set_handler(_capsule)
    try:
        yield _current
    finally:
        _set_handler(before)
