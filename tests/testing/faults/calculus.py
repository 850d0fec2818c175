"""Faults in the calculus: factors, signs, arguments exchanged or forgotten, another function's derivative."""

import numpy as np

import autograd as ag
import nn

from .gallery import between, exactly, fault, in_torch, normal

# --- a factor -------------------------------------------------------------------------------------------


@fault("constant factor", "missing 2", inputs=normal((3,)), torch=in_torch(lambda x: x * x, lambda g, x: g * x))
def a_square_without_its_two():
    """The two of 2 x was forgotten."""
    return ag.elementwise(lambda x: x * x, name="square", x=lambda g, x: g * x)


@fault(
    "constant factor",
    "mean",
    inputs=normal((2, 3)),
    torch=in_torch(lambda x: x.mean(), lambda g, x: g.expand(x.shape)),
)
def a_mean_that_does_not_divide():
    """The rule of a sum, given to a mean."""

    @ag.primitive
    def average(x):
        return np.mean(x)

    average.vjp(x=lambda g, x_shape: np.broadcast_to(g, x_shape))
    return average


@fault(
    "constant factor",
    "mean",
    inputs=normal((5,)),
    torch=in_torch(lambda x: (x * x).sum(), lambda g, x: g * 2 * x / x.numel()),
)
def a_sum_that_divides():
    """Somebody made the loss a sum in place of a mean, and left the rule."""

    @ag.primitive
    def squared_error(x):
        return np.sum(x * x)

    squared_error.vjp(x=lambda g, x: g * 2 * x / np.size(x))
    return squared_error


@fault(
    "constant factor",
    r"1\.001",
    inputs=normal((4,)),
    torch=in_torch(lambda x: x.sin(), lambda g, x: 1.001 * g * x.cos()),
)
def a_rule_times_1_001():
    """Three digits of a constant, where there should be sixteen."""
    return ag.elementwise(lambda x: np.sin(x), name="sine", x=lambda g, x: 1.001 * g * np.cos(x))


@fault(
    "constant factor",
    r"1\.000001",
    inputs=normal((4,)),
    torch=in_torch(lambda x: x.sin(), lambda g, x: (1 + 1e-6) * g * x.cos()),
)
def a_rule_off_by_a_millionth():
    """Six digits of a constant."""
    return ag.elementwise(lambda x: np.sin(x), name="nearly_sine", x=lambda g, x: (1 + 1e-6) * g * np.cos(x))


@fault(
    "constant factor",
    "missing 2",
    inputs=normal((3,)),
    torch=in_torch(lambda x: 3 * (x * x).sum(), lambda g, x: 3 * g * x),
)
def a_plain_function_of_a_wrong_square():
    """The function is right; the primitive that it calls is not."""
    square = a_square_without_its_two()

    def energy(x):
        return 3 * np.sum(square(x))

    return energy


@fault(
    "constant factor",
    "missing 2",
    inputs=normal((4, 3)),
    torch=lambda torch: (lambda square: lambda x: (x.new_tensor([0.5, -1.0, 2.0]) * square(x)).sum(-1))(
        in_torch(lambda x: x * x, lambda g, x: g * x)(torch)
    ),
)
def a_module_of_a_wrong_square():
    """A module whose parameter is differentiated rightly, and its input wrongly."""
    square = a_square_without_its_two()

    class Energy(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(np.array([0.5, -1.0, 2.0]))

        def forward(self, x):
            return np.sum(self.weight * square(x), axis=-1)

    return Energy()


# --- a sign ---------------------------------------------------------------------------------------------


@fault("sign", inputs=normal((3,)), torch=in_torch(lambda x: x.cos(), lambda g, x: g * x.sin()))
def a_cosine_that_rises():
    """The minus of the cosine's derivative was forgotten."""
    return ag.elementwise(lambda x: np.cos(x), name="cosine", x=lambda g, x: g * np.sin(x))


@fault("sign", r"\by\b", inputs=normal((3,), (3,)), torch=in_torch(lambda x, y: x - y, lambda g, x, y: (g, g)))
def a_difference_that_adds():
    """Only the second argument's rule is wrong."""
    return ag.elementwise(lambda x, y: x - y, name="difference", x=lambda g: g, y=lambda g: g)


@fault(
    "sign",
    r"\bb\b",
    inputs=between(0.5, 2.0, (3,), (3,)),
    torch=in_torch(lambda a, b: a / b, lambda g, a, b: (g / b, g * a / b**2)),
)
def a_quotient_with_a_rule_of_its_own():
    """A minus lost in a `custom_vjp`."""

    @ag.custom_vjp
    def quotient(a, b):
        return a / b

    quotient.defvjp(lambda a, b: (a / b, (a, b)), lambda kept, g: (g / kept[1], g * kept[0] / kept[1] ** 2))
    return quotient


# --- axes -----------------------------------------------------------------------------------------------


@fault(
    "transposed",
    r"\bx\b",
    inputs=normal((3, 3), (3, 3)),
    torch=in_torch(lambda x, y: x @ y, lambda g, x, y: (y @ g.T, x.T @ g)),
)
def a_product_with_one_gradient_transposed():
    """Factors and transposes in the wrong order, which square matrices let pass."""

    @ag.primitive
    def product(x, y):
        return x @ y

    product.vjp(x=lambda g, y: y @ np.transpose(g), y=lambda g, x: np.transpose(x) @ g)
    return product


@fault(
    "transposed",
    inputs=normal((3, 3)),
    torch=in_torch(lambda x: x.sum(1), lambda g, x: g.expand(x.shape)),
)
def a_sum_of_rows_given_back_to_columns():
    """The axis that was summed has to be put back, or the gradient goes along the other one."""

    @ag.primitive
    def row_sums(x):
        return np.sum(x, axis=1)

    row_sums.vjp(x=lambda g, x_shape: np.broadcast_to(g, x_shape))
    return row_sums


@fault(
    "axis",
    inputs=lambda rng: (rng.normal(size=(3, 4)), 1),
    torch=in_torch(lambda x, axis: x - x.mean(axis, keepdim=True), lambda g, x, axis: g - g.mean(0, keepdim=True)),
)
def a_mean_taken_over_the_batch():
    """The function takes its mean where it is told, its rule always over the first axis."""

    @ag.primitive
    def centred_along(x, axis):
        return x - np.mean(x, axis=axis, keepdims=True)

    centred_along.vjp(x=lambda g: g - np.mean(g, axis=0, keepdims=True), axis=None)
    return centred_along


@fault(
    "axis",
    inputs=lambda rng: (rng.normal(size=(2, 3)), 1),
    torch=in_torch(lambda x, axis: x.cumsum(axis), lambda g, x, axis: g.flip(0).cumsum(0).flip(0)),
)
def a_cumulative_sum_undone_along_the_other_axis():
    """Sums run along rows, and are undone along columns."""

    @ag.primitive
    def running_sums(x, axis):
        return np.cumsum(x, axis=axis)

    running_sums.vjp(x=lambda g: np.flip(np.cumsum(np.flip(g, axis=0), axis=0), axis=0), axis=None)
    return running_sums


@fault(
    "axis",
    inputs=lambda rng: (rng.normal(size=5), 1),
    torch=in_torch(lambda x, shift: x.roll(shift), lambda g, x, shift: g.roll(shift)),
)
def a_roll_that_goes_on():
    """Undoing a roll by one is a roll by minus one."""

    @ag.primitive
    def rolled(x, shift):
        return np.roll(x, shift)

    rolled.vjp(x=lambda g, shift: np.roll(g, shift), shift=None)
    return rolled


SUMS = "its engine sums a gradient of a broadcast shape by itself"


@fault("broadcast", r"\bb\b", inputs=normal((4, 3), (3, 2), (2,)), why_not=SUMS)
def an_affine_map_whose_bias_gets_the_batch():
    """The bias was broadcast over the batch; its gradient has to be summed over it."""

    @ag.primitive
    def affine(x, w, b):
        return x @ w + b

    affine.vjp(x=lambda g, w: g @ np.transpose(w), w=lambda g, x: np.transpose(x) @ g, b=lambda g: g)
    return affine


@fault("broadcast", "axis 1", inputs=normal((3, 4), (3, 1)), why_not=SUMS)
def a_shift_of_rows_that_does_not_sum():
    """An axis of length one was stretched."""

    @ag.primitive
    def shifted(x, y):
        return x + y

    shifted.vjp(x=lambda g: g, y=lambda g: g)
    return shifted


@fault(
    "broadcast",
    r"\by\b",
    inputs=normal((4, 3), (3,)),
    torch=in_torch(lambda x, y: x + y, lambda g, x, y: (g, g[0])),
)
def a_shift_that_takes_the_first_row():
    """Told of a wrong shape, the author made it the right one."""

    @ag.primitive
    def moved(x, y):
        return x + y

    moved.vjp(x=lambda g: g, y=lambda g: g[0])
    return moved


# --- arguments ------------------------------------------------------------------------------------------


@fault(
    "missing",
    r"\bscale\b",
    inputs=lambda rng: tuple(ag.Tensor(rng.normal(size=shape), requires_grad=True) for shape in ((3,), ())),
    torch=in_torch(lambda x, scale: x * scale, lambda g, x, scale: (g * scale, None)),
)
def a_scale_declared_to_have_no_derivative():
    """Taken for a setting, until somebody wants to learn it."""

    @ag.primitive
    def scaled(x, scale):
        return x * scale

    scaled.vjp(x=lambda g, scale: g * scale, scale=None)
    return scaled


@fault(
    "missing",
    r"\by\b",
    inputs=normal((3,), (3,)),
    torch=in_torch(lambda x, y: x * y, lambda g, x, y: (g * y, 0 * y)),
)
def a_product_that_leaves_out_a_gradient():
    """Zeros, written to be replaced later."""
    return ag.elementwise(
        lambda x, y: x * y, name="product_in_x", x=lambda g, y: g * y, y=lambda g, y: g * np.zeros_like(y)
    )


@fault(
    "missing",
    r"\bslope\b",
    inputs=normal((4,), ()),
    torch=in_torch(lambda x, slope: slope * x * x, lambda g, x, slope: (2 * g * slope * x, None)),
)
def a_rule_of_its_own_that_returns_none():
    """In a `custom_vjp`, None says that there is no gradient."""

    @ag.custom_vjp
    def parabola(x, slope):
        return slope * x * x

    parabola.defvjp(lambda x, slope: (slope * x * x, (x, slope)), lambda kept, g: (2 * g * kept[1] * kept[0], None))
    return parabola


@fault(
    "missing",
    inputs=normal((3,)),
    torch=in_torch(lambda x: (x**3, x**2), lambda g, x: 3 * g[0] * x**2),
)
def a_forgotten_result():
    """Of two results, the rule differentiates one."""

    @ag.primitive
    def cube_and_square(x):
        return x**3, x**2

    cube_and_square.vjp(x=lambda g, x: 3 * g[0] * x**2 if g[0] is not None else np.zeros_like(x))
    return cube_and_square


@fault(
    "swapped",
    inputs=normal((3,), (3,)),
    torch=in_torch(lambda x, y: x * y, lambda g, x, y: (g * x, g * y)),
)
def a_product_with_its_rules_exchanged():
    """Each factor got the gradient of the other."""
    return ag.elementwise(lambda x, y: x * y, name="product", x=lambda g, x: g * x, y=lambda g, y: g * y)


@fault(
    "swapped",
    inputs=between(0.5, 2.0, (3,), (3,)),
    torch=in_torch(lambda x, y: x.arctan2(y), lambda g, x, y: (-g * x / (x**2 + y**2), g * y / (x**2 + y**2))),
)
def an_angle_with_its_rules_exchanged():
    """Which argument of arctan2 comes first?"""
    return ag.elementwise(
        lambda x, y: np.arctan2(x, y),
        name="angle",
        x=lambda g, x, y: -g * x / (x**2 + y**2),
        y=lambda g, x, y: g * y / (x**2 + y**2),
    )


@fault(
    "swapped",
    inputs=lambda rng: ([rng.normal(size=2), rng.normal(size=2)],),
    why_not="a Function takes no list of tensors",
)
def a_joining_that_parts_in_the_wrong_order():
    """The first array got the gradient of the last."""

    @ag.primitive(sequences=("arrays",))
    def joined(arrays):
        return np.concatenate(arrays) ** 2

    def rule(g, arrays):
        slopes = 2 * g * np.concatenate(arrays)
        return [slopes[2:], slopes[:2]]

    joined.vjp(arrays=rule)
    return joined


@fault(
    "swapped",
    inputs=normal((4,), (4,)),
    torch=in_torch(lambda x, weights: (x * weights**2).sum(), lambda g, x, w: (2 * g * x * w, g * w**2)),
)
def a_rule_of_its_own_in_the_wrong_order():
    """A `custom_vjp` returns the weights' gradient first."""

    @ag.custom_vjp
    def weighted(x, weights):
        return np.sum(x * weights**2)

    def backward(kept, g):
        x, weights = kept
        return 2 * g * x * weights, g * weights**2

    weighted.defvjp(lambda x, weights: (np.sum(x * weights**2), (x, weights)), backward)
    return weighted


# --- another function's ---------------------------------------------------------------------------------


@fault("mismatch", inputs=normal((3,)), torch=in_torch(lambda x: x.exp(), lambda g, x: g * x.cos()))
def a_cosine_for_an_exponential():
    """The rule of the line above in the table."""
    return ag.elementwise(lambda x: np.exp(x), name="exponential", x=lambda g, x: g * np.cos(x))


@fault("mismatch", inputs=normal((3,)), torch=in_torch(lambda x: x.tanh(), lambda g, x: g * (1 - x.tanh())))
def a_tangent_without_its_square():
    """1 - tanh(x)^2 without the square."""
    return ag.elementwise(lambda x: np.tanh(x), name="squash", x=lambda g, out: g * (1 - out))


@fault(
    "mismatch",
    r"\by\b",
    inputs=between(0.5, 2.0, (3,), (3,)),
    torch=in_torch(lambda x, y: x / y, lambda g, x, y: (g / y, -g * x / y)),
)
def a_quotient_without_its_square():
    """The denominator's rule divides once, not twice."""
    return ag.elementwise(lambda x, y: x / y, name="quotient", x=lambda g, y: g / y, y=lambda g, x, y: -g * x / y)


@fault(
    "mismatch",
    inputs=normal((3, 4)),
    torch=in_torch(lambda x: x.log_softmax(-1), lambda g, x: g - x.softmax(-1) * g.sum(0, keepdim=True)),
)
def a_softmax_summed_over_the_batch():
    """The function works along the last axis, a part of its rule along the first."""

    @ag.primitive
    def log_probabilities(x):
        shifted = x - np.max(x, axis=-1, keepdims=True)
        return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))

    log_probabilities.vjp(x=lambda g, out: g - np.exp(out) * np.sum(g, axis=0, keepdims=True))
    return log_probabilities


@fault(
    "mismatch",
    inputs=exactly([0.3, -1.2, 2.4]),
    torch=in_torch(lambda x: x.round(), lambda g, x: g * 1),
)
def a_rounding_that_lets_gradients_through():
    """Of use in training, where it is meant; it is not the derivative, which is zero."""
    return ag.elementwise(lambda x: np.round(x), name="straight_through", x=lambda g: g)


NO_TWIN = "a Function has no reference to be compared with"


@fault("value", inputs=normal((3,)), why_not=NO_TWIN)
def a_kernel_that_is_not_its_twin():
    """Function and rule agree with each other, but not with what the kernel should compute."""

    @ag.primitive(reference=lambda x: np.sin(x) + 1e-8 * x)
    def sine_kernel(x):
        return np.sin(x)

    sine_kernel.vjp(x=lambda g, x: g * np.cos(x))
    return sine_kernel


@fault("value", inputs=normal((4, 3)), why_not=NO_TWIN)
def a_variance_with_another_divisor():
    """The kernel divides by n, its reference by n - 1."""

    @ag.primitive(reference=lambda x: np.var(x, axis=-1, ddof=1))
    def spread(x):
        return np.var(x, axis=-1)

    def rule(g, x):
        return np.expand_dims(g, -1) * 2 / x.shape[-1] * (x - np.mean(x, axis=-1, keepdims=True))

    spread.vjp(x=rule)
    return spread
