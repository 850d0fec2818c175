"""Faults that show for some values alone: branches, kinks, what overflows."""

import numpy as np

import autograd as ag

from .gallery import between, both_signs, exactly, fault, in_torch

# --- branches -------------------------------------------------------------------------------------------


@fault(
    "branch",
    "x < 0",
    inputs=between(0.2, 2.0, (3,)),
    torch=in_torch(lambda x: x.abs(), lambda g, x: g * 1),
    elsewhere=both_signs((3,)),
)
def a_magnitude_tried_above_zero():
    """Right for every number that the author tried."""
    return ag.elementwise(lambda x: np.abs(x), name="magnitude", x=lambda g: g)


@fault("branch", "x < 0", inputs=both_signs((4,)), torch=in_torch(lambda x: x.abs(), lambda g, x: g * 1))
def a_magnitude_that_forgets_its_sign():
    """Right for half of the numbers."""
    return ag.elementwise(lambda x: np.abs(x), name="distance", x=lambda g: g)


@fault(
    "branch",
    "x < 0",
    inputs=both_signs((4,)),
    torch=in_torch(lambda x: x.where(x > 0, 0.1 * x), lambda g, x: g.where(x > 0, 0 * g)),
)
def a_leak_without_its_slope():
    """The rule of relu, given to a leaky one."""
    return ag.elementwise(
        lambda x: np.where(x > 0, x, 0.1 * x), name="leaky", x=lambda g, x: np.where(x > 0, g, 0.0 * g)
    )


@fault(
    "branch",
    r"x > (1\.5|2)",
    inputs=between(-1.0, 1.0, (5,)),
    torch=in_torch(lambda x: x.clamp(max=1.5), lambda g, x: g * 1),
    elsewhere=between(1.6, 2.0, (3,)),
)
def a_ceiling_that_nobody_reached():
    """The rule does not know that the function saturates."""
    return ag.elementwise(lambda x: np.minimum(x, 1.5), name="ceiling", x=lambda g: g)


@fault(
    "branch",
    inputs=between(-0.9, 0.9, (5,)),
    torch=in_torch(lambda x: (x * x / 2).where(x.abs() < 1, x.abs() - 0.5), lambda g, x: g * x),
    elsewhere=between(1.1, 2.0, (3,)),
)
def a_huber_loss_that_stays_square():
    """Small errors only were tried; for large ones the loss is linear."""
    return ag.elementwise(
        lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5), name="huber", x=lambda g, x: g * x
    )


@fault(
    "branch",
    "x > 0",
    inputs=between(-2.0, -0.2, (3,)),
    torch=in_torch(lambda x: x.where(x > 0, x.exp() - 1), lambda g, x: g * x.exp()),
    elsewhere=between(0.2, 2.0, (3,)),
)
def an_elu_that_forgets_its_line():
    """The exponential branch was what needed thought; the other one was forgotten."""
    return ag.elementwise(
        lambda x: np.where(x > 0, x, np.exp(x) - 1), name="elu_below_zero", x=lambda g, x: g * np.exp(x)
    )


@fault(
    "kink",
    inputs=exactly([-1.0, 0.0, 2.0]),
    torch=in_torch(
        lambda x: x.where(x > 0, 0.1 * x), lambda g, x: g.where(x >= 0, 0 * g) + (0.1 * g).where(x <= 0, 0 * g)
    ),
)
def a_leak_whose_branches_overlap():
    """At 0 both branches count, and the slope is the sum of two of which each alone would do."""
    return ag.elementwise(
        lambda x: np.where(x > 0, x, 0.1 * x),
        name="overlapping",
        x=lambda g, x: np.where(x >= 0, g, 0 * g) + np.where(x <= 0, 0.1 * g, 0 * g),
    )


# --- what is not a number -------------------------------------------------------------------------------


@fault(
    "not finite",
    inputs=exactly([-1.0, 2.0, 1000.0]),
    torch=in_torch(lambda x: x.logaddexp(0 * x), lambda g, x: g * x.exp() / (1 + x.exp())),
)
def a_softplus_whose_rule_overflows():
    """The function was made safe for large numbers, its rule was not."""
    return ag.elementwise(
        lambda x: np.logaddexp(x, 0.0), name="safe_softplus", x=lambda g, x: g * np.exp(x) / (1 + np.exp(x))
    )


@fault(
    "not finite",
    inputs=exactly([0.0, 0.5, 2.0]),
    torch=in_torch(lambda x: (x / np.pi).sinc(), lambda g, x: g * (x * x.cos() - x.sin()) / x**2),
)
def a_sinc_that_divides_by_zero():
    """At 0 the function has a line of its own, its rule has none."""
    return ag.elementwise(
        lambda x: np.sinc(x / np.pi), name="sine_over_x", x=lambda g, x: g * (x * np.cos(x) - np.sin(x)) / x**2
    )


@fault(
    "branch",
    r"x is exactly 0",
    inputs=exactly([-1.0, 0.0, 0.5, 2.0]),
    torch=in_torch(lambda x: x * x.exp(), lambda g, x: g * (x.exp() + x * x.exp()).where(x != 0, 0 * x)),
)
def a_guard_that_says_zero():
    """Written as out / x + out, which needs a guard at 0; there the slope is 1, and the guard says 0."""

    def slope(x, out):
        return np.where(x != 0, out / np.where(x != 0, x, 1.0 + 0 * x) + out, 0 * x)

    return ag.elementwise(lambda x: x * np.exp(x), name="guarded", x=lambda g, x, out: g * slope(x, out))


@fault(
    "not finite",
    inputs=exactly([0.0, 0.0, 0.0]),
    torch=in_torch(lambda x: x.square().sum().sqrt(), lambda g, x: g * x / x.square().sum().sqrt()),
)
def a_length_that_divides_by_itself():
    """At zero the length has a kink, where any slope from -1 to 1 would do, and NaN does not."""

    @ag.primitive
    def length(x):
        return np.sqrt(np.sum(x * x))

    length.vjp(x=lambda g, x, out: g * x / out)
    return length
