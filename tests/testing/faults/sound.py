"""Right functions at inputs where differences, or a careless look, call them wrong."""

import numpy as np

import autograd as ag
import nn

from .gallery import exactly, in_torch, normal, sound

# --- kinks ----------------------------------------------------------------------------------------------


def torch_relu(torch):
    return torch.relu


@sound(inputs=exactly([-1.0, 0.0, 2.0, 0.0]), torch=torch_relu)
def a_relu_at_its_kink():
    """At exactly 0 there is no derivative, and each slope between the two is a right answer."""

    def relu(x):
        return np.maximum(x, 0.0)

    return relu


@sound(inputs=exactly([-1e-5, 1e-5, 3e-7, 1.0]), torch=torch_relu)
def a_relu_beside_its_kink():
    """A step of differences goes over the kink."""
    return ag.elementwise(
        lambda x: np.where(x > 0, x, 0.0 * x), name="rectifier", x=lambda g, x: np.where(x > 0, g, 0.0 * g)
    )


@sound(inputs=exactly([0.0, -2.0, 1.0, -0.0]), torch=lambda torch: torch.abs)
def a_magnitude_at_zero():
    """The slopes are -1 and 1, the rule says 0."""

    def magnitude(x):
        return np.abs(x)

    return magnitude


@sound(inputs=exactly([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]), torch=lambda torch: lambda x: x.amax(-1))
def a_largest_with_ties():
    """Of several largest elements, each alone moves the maximum upwards only."""

    def largest(x):
        return np.max(x, axis=-1)

    return largest


@sound(inputs=exactly([-1.5, -1.0, 0.5, 1.0]), torch=lambda torch: lambda x: x.clamp(-1.0, 1.0))
def a_clip_at_its_bounds():
    """Both bounds are in the sample."""

    def clipped(x):
        return np.clip(x, -1.0, 1.0)

    return clipped


@sound(inputs=exactly([1.0, 2.0, 2.0], [1.0, 0.0, 2.0]), torch=lambda torch: torch.maximum)
def a_larger_of_two_at_ties():
    """A tie between two arguments."""

    def larger(x, y):
        return np.maximum(x, y)

    return larger


@sound(inputs=exactly([3.0, 1.0, 1.0, 2.0]), torch=lambda torch: lambda x: torch.sort(x).values)
def a_sort_with_ties():
    """Which of two equal elements comes first is not settled."""

    def ordered(x):
        return np.sort(x)

    return ordered


@sound(inputs=exactly([0.0, 1.0, -1.0]), order=2, torch=lambda torch: lambda x: x * x.abs())
def a_signed_square_at_zero():
    """The derivative is 2 |x|, which has a kink at 0: not smooth at second order, but right."""

    def signed_square(x):
        return x * np.abs(x)

    return signed_square


@sound(inputs=exactly([0.4, 1.0, -2.0, 2.5]), torch=lambda torch: torch.floor)
def a_floor_at_its_steps():
    """A derivative of zero, and jumps at whole numbers, two of which are in the sample."""

    def floored(x):
        return np.floor(x)

    return floored


@sound(inputs=exactly([0.3, 1.2, -2.6]), torch=lambda torch: torch.round)
def a_rounding():
    """A derivative of zero everywhere is no missing gradient."""

    def rounded(x):
        return np.round(x)

    return rounded


# --- numbers --------------------------------------------------------------------------------------------


@sound(inputs=exactly([1e-7, 1e-3, 4.0]), torch=lambda torch: torch.sqrt)
def a_root_near_the_edge():
    """A step of differences may leave the domain, and the curvature is enormous."""

    def root(x):
        return np.sqrt(x)

    return root


@sound(inputs=exactly([1e-8, 1e-2, 1.0]), torch=lambda torch: torch.log)
def a_logarithm_near_the_edge():
    """Beside its pole."""

    def logarithm(x):
        return np.log(x)

    return logarithm


@sound(inputs=normal((3,)), torch=lambda torch: lambda x: (1e8 + x) - 1e8)
def a_sum_that_loses_digits():
    """Eight of sixteen digits are lost in the function: it is round-off, not the rule."""

    def lossy(x):
        return (1e8 + x) - 1e8

    return lossy


@sound(inputs=exactly([1e150, -3e149]), torch=lambda torch: lambda x: x * x)
def a_square_of_huge_numbers():
    """The step has to grow with the number."""

    def square(x):
        return x * x

    return square


@sound(inputs=exactly([1e-150, -3e-149]), torch=lambda torch: lambda x: 2 * x)
def a_double_of_tiny_numbers():
    """A step that suits 1 is out of all proportion here, though harmless to a linear function."""

    def double(x):
        return 2 * x

    return double


@sound(inputs=exactly([20.0, 30.0]), torch=lambda torch: torch.exp)
def a_steep_exponential():
    """Derivatives of 1e13: an absolute tolerance says nothing."""

    def power(x):
        return np.exp(x)

    return power


@sound(inputs=normal((3,)), torch=lambda torch: lambda x: torch.sin(1000 * x))
def a_fast_wave():
    """The curvature is a million times the value."""

    def wave(x):
        return np.sin(1000 * x)

    return wave


# --- arguments ------------------------------------------------------------------------------------------


@sound(inputs=lambda rng: (rng.normal(size=3).astype(np.float32),), torch=lambda torch: lambda x: torch.sin(x) * x)
def a_function_of_float32():
    """Differences need float64, whatever is given."""

    def wobble(x):
        return np.sin(x) * x

    return wobble


@sound(inputs=lambda rng: (rng.uniform(0.5, 2, 3), 3), torch=lambda torch: lambda x, n: x**n)
def a_power_of_a_whole_number():
    """A whole number has no derivative and needs none."""

    def power(x, n):
        return x**n

    return power


@sound(inputs=lambda rng: (rng.normal(size=(4, 2)), np.array([1, 1, 3])), torch=lambda torch: lambda x, rows: x[rows])
def a_lookup_of_repeated_rows():
    """Nor has an array of indices; a row that is named twice gets both gradients."""

    def rows_of(x, rows):
        return x[rows]

    return rows_of


@sound(inputs=normal((3,), (2,)), torch=lambda torch: lambda x, y: x * x)
def a_function_that_does_not_use_an_argument():
    """A gradient of zero that is right, not missing."""

    def first_squared(x, y):
        return x * x

    return first_squared


@sound(inputs=normal((3,)), torch=lambda torch: lambda x: torch.ones(2, dtype=torch.float64))
def a_constant_function():
    """No graph leads from the result to the argument."""

    def constant(x):
        return ag.Tensor(np.ones(2))

    return constant


@sound(inputs=normal((2, 3)), torch=lambda torch: lambda x: (x.amax(), x.argmax(), x * x))
def several_results_one_of_them_an_index():
    """An index has no gradient."""

    def largest_and_squares(x):
        return np.max(x), np.argmax(x), x * x

    return largest_and_squares


@sound(inputs=lambda rng: (np.zeros((0, 3)),), torch=lambda torch: lambda x: torch.sin(x).sum(0))
def a_function_of_nothing():
    """No elements, no derivatives, no mistake."""

    def sums(x):
        return np.sum(np.sin(x), axis=0)

    return sums


@sound(inputs=lambda rng: (rng.normal(size=(3, 4)).T[::2],), torch=lambda torch: lambda x: torch.exp(x))
def an_argument_with_gaps_in_memory():
    """Every other row of a transposed array."""

    def power(x):
        return np.exp(x)

    return power


@sound(inputs=normal((8,)), torch=lambda torch: lambda x: x * (torch.rand(x.shape) < 0.5) * 2)
def a_dropout_that_can_be_repeated():
    """It draws from the library's own generator, which a checker can put back."""

    def dropout(x):
        return 2 * x * (ag.default_generator().random(np.shape(x)) < 0.5)

    return dropout


# --- rules and modules ----------------------------------------------------------------------------------


@sound(
    inputs=normal((3,), (3,)),
    torch=in_torch(lambda x, y: x + y, lambda g, x, y: (g, g)),
)
def one_gradient_for_two_arguments():
    """Both arguments get the incoming gradient itself: the engine copies where somebody could notice."""
    return ag.elementwise(lambda x, y: x + y, name="plus", x=lambda g: g, y=lambda g: g)


@sound(inputs=normal((2, 3)), torch=in_torch(lambda x: x.sum(), lambda g, x: g.expand(x.shape)))
def a_gradient_that_is_a_read_only_view():
    """All elements in the memory of one."""

    @ag.primitive
    def whole(x):
        return np.sum(x)

    whole.vjp(x=lambda g, x_shape: np.broadcast_to(g, x_shape))
    return whole


@sound(
    inputs=normal((3, 2)),
    torch=in_torch(lambda x: x[-1], lambda g, x: (0 * x).index_fill(0, x.new_tensor([len(x) - 1]).long(), 1) * g),
)
def a_view_that_says_so():
    """A result in its argument's memory, as the engine sees by itself."""

    @ag.primitive
    def bottom_row(x):
        return x[-1]

    def rule(g, x_shape):
        return np.concatenate([np.zeros((x_shape[0] - 1, *x_shape[1:]), g.dtype), np.expand_dims(g, 0)])

    bottom_row.vjp(x=rule)
    return bottom_row


@sound(
    inputs=lambda rng: (rng.normal(size=(5, 4)).astype(np.float32),),
    torch=lambda torch: (lambda weight, bias: lambda x: torch.relu(x @ weight + bias).sum(-1))(
        torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3), torch.zeros(3, dtype=torch.float64)
    ),
)
def a_module_with_float32_parameters():
    """Its parameters are float32, as modules' are, and its biases start at zero."""
    ag.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))
