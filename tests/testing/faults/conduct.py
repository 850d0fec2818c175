"""Faults in how a rule behaves: not linear, writing, remembering, drawing at random, cut from the graph."""

import numpy as np

import autograd as ag

from .gallery import both_signs, fault, in_torch, normal

detached = ag.value_of  # cuts out of the graph: a Tensor's array alone

# --- linear in the incoming gradient --------------------------------------------------------------------


@fault("not linear", inputs=normal((3,)), torch=in_torch(lambda x: 2 * x, lambda g, x: (2 * g).clamp(-2, 2)))
def a_rule_that_clips():
    """Clipping belongs after the backward pass; here it makes a rule that is right for small gradients only."""
    return ag.elementwise(lambda x: 2 * x, name="double_clipped", x=lambda g: np.clip(2 * g, -2, 2))


@fault("not linear", inputs=normal((3,)), torch=in_torch(lambda x: x.sin(), lambda g, x: g.sign() * x.cos()))
def a_rule_that_takes_signs():
    """Right for incoming gradients of one, which is what was tried."""
    return ag.elementwise(lambda x: np.sin(x), name="sine_of_signs", x=lambda g, x: np.sign(g) * np.cos(x))


@fault("not linear", inputs=normal((3,)), torch=in_torch(lambda x: x.sin(), lambda g, x: g * x.cos() + 0.01 * x))
def a_rule_that_decays_weights():
    """A regularizer hidden in a rule: nothing comes in, and something goes out."""
    return ag.elementwise(lambda x: np.sin(x), name="decaying", x=lambda g, x: g * np.cos(x) + 0.01 * x)


@fault("not linear", inputs=normal((3,)), torch=in_torch(lambda x: (x * x).sum(), lambda g, x: 2 * x))
def a_loss_that_ignores_what_comes_in():
    """A loss is the last thing that is computed, thought the author, so what comes in is 1."""

    @ag.primitive
    def last_loss(x):
        return np.sum(x * x)

    last_loss.vjp(x=lambda g, x: 2 * x)
    return last_loss


# --- writing --------------------------------------------------------------------------------------------


@fault("writes", r"\bx\b", inputs=normal((3,)), torch=in_torch(lambda x: x.add_(1.0) ** 2, lambda g, x: 2 * g * x))
def a_function_that_writes_into_its_argument():
    """`x += 1` looks like `x = x + 1`."""

    @ag.primitive
    def increment_squared(x):
        x += 1.0
        return x**2

    increment_squared.vjp(x=lambda g, x: 2 * g * x)
    return increment_squared


@fault(
    "writes",
    r"\bx\b",
    inputs=normal((2, 3)),
    torch=in_torch(lambda x: x.view(-1).sub_(x.mean()).exp().sum(), lambda g, x: g * (x.exp() - x.exp().mean())),
)
def a_function_that_writes_into_a_view():
    """ravel makes a copy only where it has to."""

    @ag.primitive
    def centred_energy(x):
        flat = np.ravel(x)
        flat -= np.mean(x)
        return np.sum(np.exp(flat))

    def rule(g, x):
        powers = np.exp(x - np.mean(x))
        return g * (powers - np.mean(powers))

    centred_energy.vjp(x=rule)
    return centred_energy


@fault("writes", "incoming", inputs=normal((3,)), torch=in_torch(lambda x: 2 * x, lambda g, x: g.mul_(2)))
def a_rule_that_writes_into_the_incoming_gradient():
    """`g *= 2` saves an array, and doubles the gradient of whoever else it belongs to."""

    def rule(g):
        g *= 2
        return g

    return ag.elementwise(lambda x: 2 * x, name="double", x=rule)


def suffix_sums_in_place(g):
    """Sums from each element on, in the array itself, by way of a view that runs backwards."""
    if isinstance(g, ag.Tensor):
        return np.flip(np.cumsum(np.flip(g)))
    backwards = g[::-1]
    for i in range(1, len(g)):
        backwards[i : i + 1] += backwards[i - 1]
    return g


def torch_suffix_sums_in_place(g):
    for i in range(len(g) - 2, -1, -1):
        g[i] += g[i + 1]
    return g


@fault(
    "writes",
    "incoming",
    inputs=normal((4,)),
    torch=in_torch(lambda x: x.cumsum(0), lambda g, x: torch_suffix_sums_in_place(g)),
)
def a_rule_that_adds_into_a_view_of_the_incoming_gradient():
    """A view of g is g."""

    @ag.primitive
    def prefix_sums(x):
        return np.cumsum(x)

    prefix_sums.vjp(x=lambda g: suffix_sums_in_place(g))
    return prefix_sums


@fault("writes", r"\bx\b", inputs=normal((3,)), torch=in_torch(lambda x: x**2, lambda g, x: x.mul_(2).mul_(g)))
def a_rule_that_writes_into_what_it_kept():
    """What a rule is given is not its own: it is the argument itself."""

    def rule(g, x):
        x *= 2
        x *= g
        return x

    return ag.elementwise(lambda x: x**2, name="square_used_up", x=rule)


# --- memory ---------------------------------------------------------------------------------------------


class Workspace:
    """Buffers by shape, each handed out again and again."""

    def __init__(self):
        self.buffers = {}

    def like(self, array):
        """The buffer of an array's shape and dtype."""
        return self.buffers.setdefault((array.shape, array.dtype), np.empty_like(array))

    def like_in_torch(self, tensor):
        """The same for torch's."""
        return self.buffers.setdefault((tensor.shape, tensor.dtype), tensor.detach().clone())


def torch_square_in_a_workspace(torch):
    workspace = Workspace()
    return in_torch(lambda x: workspace.like_in_torch(x).copy_(x * x), lambda g, x: 2 * g * x)(torch)


@fault("memory", inputs=normal((3,)), torch=torch_square_in_a_workspace)
def a_result_in_a_buffer_that_is_used_again():
    """The next call changes the result of this one."""
    workspace = Workspace()

    @ag.primitive(reference=lambda x: x * x)
    def square_in_workspace(x):
        return np.multiply(x, x, out=workspace.like(np.asarray(x)))

    square_in_workspace.vjp(x=lambda g, x: 2 * g * x)
    return square_in_workspace


def torch_gradient_in_a_workspace(torch):
    workspace = Workspace()
    return in_torch(lambda x: x.sin(), lambda g, x: workspace.like_in_torch(x).copy_(g * x.cos()))(torch)


@fault("memory", inputs=normal((3,)), torch=torch_gradient_in_a_workspace)
def a_gradient_in_a_buffer_that_is_used_again():
    """Of two such operations in one pass, the second writes over the gradient of the first."""
    workspace = Workspace()

    @ag.primitive(reference=lambda x: np.sin(x))
    def sine_in_workspace(x):
        return np.sin(x)

    sine_in_workspace.vjp(x=lambda g, x: np.multiply(g, np.cos(x), out=workspace.like(np.asarray(x))))
    return sine_in_workspace


@fault("memory", "view", inputs=normal((3, 2)), why_not="it finds out by itself what is a view")
def a_view_declared_to_be_none():
    """A row of an array lies in the array: assigning to it would be lost, and nobody is told."""

    @ag.primitive(view=False)
    def last_row(x):
        return x[-1]

    def rule(g, x_shape):
        rows = (x_shape[0] - 1, *x_shape[1:])
        return np.concatenate([np.zeros(rows, g.dtype), np.expand_dims(g, 0)])

    last_row.vjp(x=rule)
    return last_row


# --- chance and memory of other calls -------------------------------------------------------------------


def torch_noisy(torch):
    return in_torch(lambda x: x**2 + 0.1 * torch.rand(x.shape, dtype=x.dtype), lambda g, x: 2 * g * x)(torch)


@fault("not deterministic", inputs=normal((3,)), torch=torch_noisy)
def a_function_with_noise_of_its_own():
    """Noise from a generator that nobody can seed."""
    return ag.elementwise(
        lambda x: x**2 + 0.1 * np.random.default_rng().random(np.shape(x)),
        name="noisy_square",
        x=lambda g, x: 2 * g * x,
    )


def torch_dropout(torch):
    def drop(x):
        return x * (torch.rand(x.shape) < 0.5)

    return in_torch(drop, lambda g, x: drop(g))(torch)


@fault("not deterministic", inputs=normal((8,)), torch=torch_dropout)
def a_dropout_that_draws_again_in_its_rule():
    """Function and rule each draw a mask of their own."""

    def drop(x):
        return x * (np.random.default_rng().random(np.shape(x)) < 0.5)

    @ag.primitive
    def dropped(x):
        return drop(x)

    dropped.vjp(x=lambda g: drop(g))
    return dropped


def torch_stochastic_rule(torch):
    return in_torch(lambda x: x.sin(), lambda g, x: g * x.cos() * (1 + 1e-9 * torch.rand(x.shape)))(torch)


@fault("not deterministic", inputs=normal((4,)), torch=torch_stochastic_rule)
def a_rule_with_a_little_noise():
    """Gradients that differ in the ninth digit from run to run, as sums in an order of chance do."""

    def rule(g, x):
        return g * np.cos(x) * (1 + 1e-9 * np.random.default_rng().random(np.shape(x)))

    return ag.elementwise(lambda x: np.sin(x), name="trembling", x=rule)


def torch_remembering(torch):
    last = {}

    def forward(x):
        last["mask"] = x > 0
        return x * last["mask"]

    return in_torch(forward, lambda g, x: g * last["mask"])(torch)


@fault("hidden state", inputs=both_signs((4,)), torch=torch_remembering)
def a_function_that_leaves_its_mask_to_the_rule():
    """Two calls before one backward pass, and the first gets the mask of the second."""
    last = {}

    @ag.primitive(reference=lambda x: np.maximum(x, 0.0))
    def rectified(x):
        last["mask"] = np.asarray(x) > 0
        return x * last["mask"]

    rectified.vjp(x=lambda g: g * last["mask"])
    return rectified


def torch_remembering_a_power(torch):
    last = []

    def forward(x):
        last[:] = [x.exp()]
        return last[0].clone()

    return in_torch(forward, lambda g, x: g * last[0])(torch)


@fault("hidden state", inputs=normal((3,)), torch=torch_remembering_a_power)
def a_rule_of_its_own_that_reads_an_attribute():
    """The function's last result, kept on the function."""

    @ag.custom_vjp
    def power(x):
        return np.exp(x)

    def forward(x):
        power.last = np.exp(x)
        return power.last, None

    power.defvjp(forward, lambda _, g: (g * power.last,))
    return power


# --- what is asked for ----------------------------------------------------------------------------------


def torch_shared_product(torch):
    class Shared(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * y if ctx.needs_input_grad[1] else g * x, g * x

    return Shared.apply


@fault(
    "alone",
    inputs=normal((3,), (3,)),
    torch=torch_shared_product,
)
def a_joint_rule_that_is_wrong_for_one_argument_alone():
    """Work shared between two gradients is left out where only one of them is wanted."""

    @ag.primitive(elementwise=True)
    def shared_product(x, y):
        return x * y

    shared_product.joint_vjp("x", "y")(lambda g, x, y, wanted: (g * y if wanted[1] else g * x, g * x))
    return shared_product


@fault(
    "alone",
    inputs=normal((3,)),
    why_not="it fills in zeros for a result that was not used",
)
def a_rule_that_needs_every_result():
    """A result that nobody used brings None, not zeros."""

    @ag.primitive
    def sine_and_cosine(x):
        return np.sin(x), np.cos(x)

    sine_and_cosine.vjp(x=lambda g, x: g[0] * np.cos(x) - g[1] * np.sin(x))
    return sine_and_cosine


# --- the derivative of the rule -------------------------------------------------------------------------


@fault("second order", inputs=normal((3,)), order=2, torch=in_torch(lambda x: x.sin(), lambda g, x: g * x.data.cos()))
def a_rule_cut_from_the_graph():
    """The argument's value alone: what is computed from it has no derivative."""
    return ag.elementwise(lambda x: np.sin(x), name="cut_sine", x=lambda g, x: g * np.cos(detached(x)))


@fault("second order", inputs=normal((3,)), order=2, torch=in_torch(lambda x: x.sin(), lambda g, x: g.data * x.cos()))
def a_rule_that_cuts_its_incoming_gradient():
    """A copy to be safe, and the graph is gone."""
    return ag.elementwise(lambda x: np.sin(x), name="sine_of_a_copy", x=lambda g, x: np.array(detached(g)) * np.cos(x))


def torch_saved(torch):
    class Saved(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.slope = x.cos()
            return x.sin()

        @staticmethod
        def backward(ctx, g):
            return g * ctx.slope

    return Saved.apply


@fault("second order", inputs=normal((3,)), order=2, torch=torch_saved)
def what_is_saved_without_a_twin():
    """What a function saves is a constant to the second derivative, unless a reference says where it is from."""

    @ag.primitive
    def saving_sine(x):
        return np.sin(x), np.cos(x)

    saving_sine.vjp(x=lambda g, saved: g * saved)
    return saving_sine


@fault(
    "second order",
    inputs=normal((3,)),
    order=2,
    torch=lambda torch: in_torch(
        lambda x: x.sin(), lambda g, x: g * in_torch(lambda x: x.cos(), lambda g, x: g * x.sin())(torch)(x)
    )(torch),
)
def a_rule_that_calls_what_has_a_wrong_rule():
    """The first derivative is right; the second goes through a cosine that rises."""
    cosine = ag.elementwise(lambda x: np.cos(x), name="rising_cosine", x=lambda g, x: g * np.sin(x))
    return ag.elementwise(lambda x: np.sin(x), name="sine_by_cosine", x=lambda g, x: g * cosine(x))


@fault(
    "second order",
    inputs=normal((3,)),
    order=2,
    torch=in_torch(lambda x: (x**3).sum(), lambda g, x: g * x.new_tensor([3 * v.item() ** 2 for v in x])),
)
def a_rule_of_its_own_through_floats():
    """Python's floats remember no graph."""

    @ag.custom_vjp
    def cubes(x):
        return np.sum(x**3)

    def forward(x):
        slopes = [3 * v.item() ** 2 for v in np.reshape(x, -1)]
        return np.sum(x**3), np.reshape(np.array(slopes), np.shape(x))

    cubes.defvjp(forward, lambda slopes, g: (g * slopes,))
    return cubes


@fault(
    "second order",
    inputs=both_signs((4,)),
    order=2,
    torch=in_torch(lambda x: (x**2).where(x > 0, x**3), lambda g, x: g * (2 * x).where(x > 0, 3 * x.data**2)),
)
def a_branch_cut_at_second_order():
    """Below zero, the slope is computed from a copy."""

    def slope(x):
        return np.where(x > 0, 2 * x, 3 * detached(x) ** 2)

    return ag.elementwise(lambda x: np.where(x > 0, x**2, x**3), name="ramp", x=lambda g, x: g * slope(x))
