"""Faults of where things are: the layout of an array in memory, the rows of a table."""

import numpy as np

import autograd as ag

from .gallery import fault, in_torch, normal

# --- layouts --------------------------------------------------------------------------------------------


def transposed_in_memory(rng):
    """An array in Fortran's order."""
    return (np.asfortranarray(rng.normal(size=(2, 3))),)


def reversed_in_memory(rng):
    """An array whose strides are negative."""
    return (rng.normal(size=6)[::-1],)


def in_order_of_memory(x):
    """The elements one after the other, as they lie in memory; of a Tensor, as its indices count."""
    return np.reshape(x, -1) if isinstance(x, ag.Tensor) else np.ravel(x, order="K")


def torch_storage(x):
    return x.as_strided((x.numel(),), (1,))


@fault(
    "layout",
    inputs=normal((2, 3)),
    torch=in_torch(lambda x: x * x, lambda g, x: 2 * g * torch_storage(x).reshape(x.shape)),
    elsewhere=transposed_in_memory,
)
def a_rule_that_reads_as_memory_lies():
    """order="K" is quick, and is another order for a transposed array."""
    return ag.elementwise(
        lambda x: x * x, name="square_in_memory", x=lambda g, x: 2 * g * np.reshape(in_order_of_memory(x), np.shape(x))
    )


def memory_of(x):
    """As many elements as ``x`` has from where its memory begins: what a kernel in C sees that ignores strides."""
    if isinstance(x, ag.Tensor) or np.size(x) < 2:
        return x
    owner = x if not isinstance(x.base, np.ndarray) else x.base
    return owner.ravel()[: x.size].reshape(x.shape)


NO_NEGATIVE_STRIDES = "its tensors have no negative strides"


@fault("layout", inputs=normal((6,)), why_not=NO_NEGATIVE_STRIDES, elsewhere=reversed_in_memory)
def a_rule_that_ignores_strides():
    """Written for memory that begins at its first element."""
    return ag.elementwise(lambda x: np.exp(x), name="power_in_memory", x=lambda g, x: g * np.exp(memory_of(x)))


@fault("layout", inputs=normal((6,)), why_not=NO_NEGATIVE_STRIDES, elsewhere=reversed_in_memory)
def a_rule_with_windows_made_by_hand():
    """as_strided with a step of one item, where it should be the array's own stride."""

    @ag.primitive
    def neighbours(x):
        return x[1:] * x[:-1]

    def rule(g, x):
        if isinstance(x, ag.Tensor):
            left, right = x[:-1], x[1:]
        else:
            memory = memory_of(x)
            pairs = np.lib.stride_tricks.as_strided(memory, (memory.size - 1, 2), (memory.itemsize,) * 2)
            left, right = pairs[:, 0], pairs[:, 1]
        nothing = np.zeros(1, g.dtype)
        return np.concatenate([g * right, nothing]) + np.concatenate([nothing, g * left])

    neighbours.vjp(x=rule)
    return neighbours


# --- rows of a table ------------------------------------------------------------------------------------


def distinct_rows(rng):
    return rng.normal(size=(5, 3)), np.array([3, 0, 4])


def repeated_rows(rng):
    return rng.normal(size=(5, 3)), np.array([3, 0, 3])


def torch_put(g, table, rows):
    found = table.new_zeros(table.shape)
    found[rows] = g
    return found


@fault(
    "repeated indices",
    inputs=distinct_rows,
    torch=in_torch(lambda table, rows: table[rows], torch_put),
    elsewhere=repeated_rows,
)
def a_lookup_that_assigns():
    """A row that is looked up twice gets the last of its gradients, not their sum."""

    @ag.primitive(reference=lambda table, rows: table[rows])
    def looked_up(table, rows):
        return table[rows]

    def rule(g, table_shape, rows):
        found = np.zeros(table_shape, g.dtype)
        found[rows] = g
        return found

    looked_up.vjp(table=rule, rows=None)
    return looked_up


def torch_add(g, table, rows):
    found = table.new_zeros(table.shape)
    found[rows] += g
    return found


@fault("repeated indices", inputs=repeated_rows, torch=in_torch(lambda table, rows: table[rows], torch_add))
def a_lookup_that_adds_once():
    """`found[rows] += g` adds to each row once, however often it is named."""

    @ag.primitive(reference=lambda table, rows: table[rows])
    def embedded(table, rows):
        return table[rows]

    def rule(g, table_shape, rows):
        found = np.zeros(table_shape, g.dtype)
        found[rows] += g
        return found

    embedded.vjp(table=rule, rows=None)
    return embedded
