"""Faults that show for some shapes, dtypes and arguments alone."""

import operator

import numpy as np

import autograd as ag
from autograd.spec import Axis

from .gallery import between, fault, in_torch, normal

# --- shapes ---------------------------------------------------------------------------------------------


@fault("shape", inputs=normal((2, 3)), torch=in_torch(lambda x: x - x.mean(1, True), lambda g, x: g - g.mean(1)))
def a_forgotten_keepdims():
    """Without keepdims the means of rows meet the columns."""

    @ag.primitive
    def centred(x):
        return x - np.mean(x, axis=1, keepdims=True)

    centred.vjp(x=lambda g: g - np.mean(g, axis=1))
    return centred


@fault("shape", inputs=normal((2, 3)), torch=in_torch(lambda x: x.reshape(-1), lambda g, x: g * 1))
def a_flattening_that_stays_flat():
    """The numbers are right, and their shape is the result's."""

    @ag.primitive
    def flat(x):
        return np.reshape(x, -1)

    flat.vjp(x=lambda g: g)
    return flat


@fault("shape", inputs=normal((4, 2)), torch=in_torch(lambda x: (x * x).sum(), lambda g, x: 2 * g * x.sum(0)))
def a_rule_of_its_own_that_sums_too_much():
    """A `custom_vjp` that returns one gradient for the whole batch."""

    @ag.custom_vjp
    def energy(x):
        return np.sum(x * x)

    energy.defvjp(lambda x: (np.sum(x * x), x), lambda x, g: (2 * g * np.sum(x, axis=0),))
    return energy


@fault(
    "square only",
    inputs=normal((3, 3)),
    torch=in_torch(lambda x: x.mean(1), lambda g, x: g[:, None].expand(x.shape) / len(x)),
    elsewhere=normal((2, 3)),
)
def a_mean_of_rows_divided_by_their_number():
    """Divided by the number of rows, where it is the number of columns that counts."""

    @ag.primitive
    def row_means(x):
        return np.mean(x, axis=1)

    row_means.vjp(x=lambda g, x_shape: np.broadcast_to(np.expand_dims(g, 1), x_shape) / x_shape[0])
    return row_means


@fault(
    "square only",
    inputs=normal((3, 3)),
    torch=lambda torch: in_torch(lambda x: x.diagonal().sum(), lambda g, x: g * torch.eye(len(x), dtype=x.dtype))(
        torch
    ),
    elsewhere=normal((2, 3)),
)
def a_trace_of_square_matrices():
    """NumPy takes the trace of any matrix."""

    @ag.primitive
    def diagonal_sum(x):
        return np.trace(x)

    diagonal_sum.vjp(x=lambda g, x_shape: g * np.eye(x_shape[0], dtype=g.dtype))
    return diagonal_sum


@fault(
    "zero size",
    inputs=normal((4,), ()),
    torch=in_torch(lambda x, scale: x * scale, lambda g, x, scale: (g * scale, (g * x).mean() * x.numel())),
    elsewhere=normal((0,), ()),
)
def a_sum_by_way_of_the_mean():
    """Of no elements the sum is 0, and the mean is none."""

    @ag.primitive
    def stretched(x, scale):
        return x * scale

    stretched.vjp(x=lambda g, scale: g * scale, scale=lambda g, x: np.mean(g * x) * np.size(x))
    return stretched


@fault(
    "zero size",
    inputs=normal((5,)),
    torch=in_torch(lambda x: x.cumsum(0), lambda g, x: g.cumsum(0)[-1] - g.cumsum(0) + g),
    elsewhere=normal((0,)),
)
def a_total_read_from_the_last_element():
    """Where there is nothing, there is no last element."""

    @ag.primitive
    def accumulated(x):
        return np.cumsum(x, axis=0)

    def rule(g):
        sums = np.cumsum(g, axis=0)
        return sums[-1] - sums + g

    accumulated.vjp(x=rule)
    return accumulated


@fault(
    "scalar",
    inputs=normal((3,)),
    torch=in_torch(lambda x: x**3, lambda g, x: 3 * g * x**2 if x.dim() else 3 * g * x),
    elsewhere=normal(()),
)
def a_short_cut_for_numbers():
    """Single numbers have a line of their own, and nobody tried it."""
    return ag.elementwise(lambda x: x**3, name="cube", x=lambda g, x: 3 * g * x**2 if np.ndim(x) else 3 * g * x)


@fault(
    "scalar",
    inputs=normal((3,)),
    torch=in_torch(lambda x: x * x, lambda g, x: (2 if x.shape else 1) * g * x),
    elsewhere=normal(()),
)
def a_rule_that_knows_arrays_alone():
    """What comes of 0-d arrays is NumPy's scalars, which are no arrays."""

    def rule(g, x):
        return g * x * (2 if isinstance(x, (np.ndarray, ag.Tensor)) and np.ndim(x) else 1)

    return ag.elementwise(lambda x: x * x, name="square_of_arrays", x=rule)


@fault(
    "scalar",
    "TypeError",
    inputs=normal((4,)),
    torch=in_torch(lambda x: x * x, lambda g, x: 2 * g * x if len(x) else g),
    elsewhere=normal(()),
)
def a_rule_that_asks_for_the_length():
    """A 0-d array has no length."""
    return ag.elementwise(lambda x: x * x, name="square_of_rows", x=lambda g, x: 2 * g * x if len(x) else g)


@fault(
    "raises",
    "TypeError",
    inputs=lambda rng: (rng.normal(size=(2, 3)), None),
    torch=in_torch(
        lambda x, axis: x.sum() if axis is None else x.sum(axis), lambda g, x, axis: g.unsqueeze(axis).expand(x.shape)
    ),
)
def a_sum_that_needs_an_axis():
    """The rule was written for one axis; None is all of them."""

    @ag.primitive(arguments={"axis": Axis()})
    def sum_along(x, axis):
        return np.sum(x, axis=axis)

    sum_along.vjp(
        x=lambda g, x_shape, axis: np.broadcast_to(np.expand_dims(g, operator.index(axis)), x_shape),
        axis=None,
    )
    return sum_along


@fault(
    "raises",
    inputs=lambda rng: (rng.normal(size=(2, 3)), 1),
    torch=in_torch(
        lambda x, axis=None: x.sum() if axis is None else x.sum(axis),
        lambda g, x, axis=None: g.unsqueeze(int(axis)).expand(x.shape),
    ),
    elsewhere=lambda rng: (rng.normal(size=(2, 3)), None),
)
def a_sum_that_was_tried_along_an_axis():
    """The default, axis=None, is what nobody tried; it is declared among the arguments that tests may use."""

    @ag.primitive(arguments={"axis": Axis()})
    def total(x, axis=None):
        return np.sum(x, axis=axis)

    total.vjp(x=lambda g, x_shape, axis: np.broadcast_to(np.expand_dims(g, operator.index(axis)), x_shape))
    return total


# --- dtypes ---------------------------------------------------------------------------------------------


@fault(
    "dtype",
    inputs=normal((3,)),
    torch=lambda torch: in_torch(lambda x: 2 * x, lambda g, x: g * torch.full(x.shape, 2.0, dtype=torch.float64))(
        torch
    ),
)
def a_rule_in_float64():
    """A constant from a table of float64 makes float32 work twice as long."""
    table = np.array([1.0, 2.0])
    return ag.elementwise(lambda x: x * 2, name="twice", x=lambda g: g * table[1])


@fault(
    "dtype",
    inputs=between(0.5, 2.0, (3,)),
    torch=lambda torch: in_torch(
        lambda x: x * torch.full(x.shape, 2.0, dtype=torch.float64).sqrt(), lambda g, x: g * 2**0.5
    )(torch),
)
def a_function_in_float64():
    """np.sqrt(2) is a float64 and, other than Python's 2 ** 0.5, makes one of a float32."""
    return ag.elementwise(lambda x: x * np.sqrt(2), name="diagonal_of", x=lambda g: g * 2**0.5)


@fault(
    "precision",
    inputs=normal((4,)),
    torch=in_torch(lambda x: x.sin(), lambda g, x: g * x.float().cos()),
)
def a_rule_in_float32():
    """Half of the digits are lost between float64 and float64."""
    return ag.elementwise(lambda x: np.sin(x), name="coarse_sine", x=lambda g, x: g * np.cos(x.astype(np.float32)))


@fault(
    "precision",
    inputs=normal((4,)),
    torch=in_torch(lambda x: x.float().sin().double(), lambda g, x: g * x.cos()),
)
def a_function_in_float32():
    """The function computes in float32; differences see its steps."""
    return ag.elementwise(
        lambda x: np.sin(x.astype(np.float32)).astype(x.dtype), name="stepped_sine", x=lambda g, x: g * np.cos(x)
    )
