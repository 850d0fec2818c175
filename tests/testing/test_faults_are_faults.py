"""The gallery is what it says: every fault in it is one, shown without the checker, and every sound function runs."""

import re

import numpy as np
import pytest

import autograd as ag

from .faults import FAULTS, SOUND

by_name = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


# --- derivatives, with as little as can be --------------------------------------------------------------


def fresh(sample):
    """Copies of the inputs, laid out in memory as they are."""

    def copied(value):
        if isinstance(value, list):
            return [copied(item) for item in value]
        if not isinstance(value, np.ndarray):
            return value
        if value.strides and value.strides[0] < 0:
            return value[::-1].copy()[::-1]
        return value.copy(order="K")

    return [copied(value) for value in sample]


def real_arrays(sample):
    flat = [item for value in sample for item in (value if isinstance(value, list) else [value])]
    return [value for value in flat if isinstance(value, np.ndarray) and value.dtype.kind == "f"]


def call(f, sample):
    """The real results, and the Tensors that stood in the places of the real arrays."""
    tensors = []

    def placed(value):
        if isinstance(value, list):
            return [placed(item) for item in value]
        if not (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
            return value
        tensors.append(ag.Tensor(value, requires_grad=True))
        return tensors[-1]

    out = f(*[placed(value) for value in sample])
    outs = out if isinstance(out, (tuple, list)) else [out]
    return [part for part in outs if part.dtype.kind == "f"], tensors


def pulled(outs, tensors, gs, **options):
    found = ag.gradients(outs, tensors, gs, allow_unused=True, **options)
    return [np.zeros(t.shape) if g is None else g for g, t in zip(found, tensors, strict=True)]


def starts(outs):
    """Incoming gradients: no two alike, none of them one, some above and some below zero."""
    return [np.reshape(np.linspace(-1.3, 1.7, out.size) if out.size > 1 else 1.7, out.shape) for out in outs]


def gradients(f, sample, scale=1.0):
    outs, tensors = call(f, sample)
    return [np.asarray(ag.value_of(g)) for g in pulled(outs, tensors, [scale * g for g in starts(outs)])]


def weighted(f, sample):
    outs, _ = call(f, sample)
    return sum(float(np.sum(g * out.numpy())) for g, out in zip(starts(outs), outs, strict=True))


def differences(value, sample, step=1e-5):
    """Central differences of ``value(sample)`` in every element of the real arrays."""
    found = []
    for place, array in enumerate(real_arrays(sample)):
        slopes = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            ends = []
            for move in (step, -step):
                moved = fresh(sample)
                real_arrays(moved)[place][index] += move
                ends.append(value(moved))
            slopes[index] = (ends[0] - ends[1]) / (2 * step)
        found.append(slopes)
    return found


def differ(first, second):
    return any(not np.allclose(a, b, rtol=1e-7, atol=1e-9) for a, b in zip(first, second, strict=True))


def same(first, second):
    return all(map(np.array_equal, first, second))


# --- how each kind of fault shows -----------------------------------------------------------------------


def is_wrong(f, sample):
    """The gradient differs from central differences, or there is none."""
    try:
        found = gradients(f, fresh(sample))
    except Exception:
        return True
    return differ(found, differences(lambda at: weighted(f, at), sample))


def is_no_slope_there(f, sample):
    """At some element, the gradient is outside of the two slopes that differences to either side find."""
    steps = [gradients(f, [array + step for array in fresh(sample)]) for step in (-1e-6, 0.0, 1e-6)]
    left, here, right = [np.concatenate([np.ravel(g) for g in found]) for found in steps]
    return bool(np.any((here > np.maximum(left, right) + 1e-3) | (here < np.minimum(left, right) - 1e-3)))


def is_not_linear(f, sample):
    once, thrice = gradients(f, fresh(sample)), gradients(f, fresh(sample), 3.0)
    return differ([3 * g for g in once], thrice)


def writes(f, sample):
    """The arguments, or the incoming gradient, are not what they were."""
    given = fresh(sample)
    outs, tensors = call(f, given)
    gs = starts(outs)
    before = [g.copy() for g in gs]
    pulled(outs, tensors, gs)
    return not (same(real_arrays(given), real_arrays(sample)) and same(gs, before))


def shares_memory(f, sample):
    """Two calls, or two gradients of one pass, lie in the same place, or a view does not say that it is one."""
    (first,), tensors = call(f, fresh(sample))
    (second,), others = call(f, [2 * array for array in fresh(sample)])
    if np.shares_memory(first.numpy(), second.numpy()):
        return True
    if np.shares_memory(first.numpy(), tensors[0].numpy()):
        return not first.grad_fn.is_view
    alone = [pulled([first], tensors, starts([first]), retain_graph=True)[0].numpy()]
    alone += [pulled([second], others, starts([second]), retain_graph=True)[0].numpy()]
    together = pulled([first, second], tensors + others, starts([first, second]))
    return differ(alone, [ag.value_of(g) for g in together])


def depends_on_other_calls(f, sample):
    outs, tensors = call(f, fresh(sample))
    call(f, [-array for array in fresh(sample)])
    between = pulled(outs, tensors, starts(outs))
    return differ(gradients(f, fresh(sample)), [ag.value_of(g) for g in between])


def is_not_deterministic(f, sample):
    values = [weighted(f, fresh(sample)) for _ in range(2)]
    grads = [gradients(f, fresh(sample)) for _ in range(2)]
    return values[0] != values[1] or not same(*grads)


def is_wrong_at_second_order(f, sample):
    """The first derivative is right; that of the sum of its elements, in the arguments and in what comes in, is not."""
    assert not is_wrong(f, sample)
    outs, tensors = call(f, fresh(sample))
    gs = [ag.Tensor(g, requires_grad=True) for g in starts(outs)]
    total = sum(np.sum(g) for g in pulled(outs, tensors, gs, create_graph=True))
    if not getattr(total, "requires_grad", False):
        return True
    found = [ag.value_of(g) for g in pulled([total], [*tensors, *gs], None)]
    in_arguments = differences(lambda at: summed(gradients(f, at)), sample)
    passed = summed(g.numpy() * slope for g, slope in zip(gs, found[len(tensors) :], strict=True))
    return differ(found[: len(tensors)], in_arguments) or differ([passed], [summed(gradients(f, fresh(sample)))])


def summed(arrays):
    return sum(float(np.sum(array)) for array in arrays)


def widens(f, sample):
    """A result of float32, or what the rule makes of it, is float64."""
    (out,), _ = call(f, [array.astype(np.float32) for array in sample])
    node = out.grad_fn
    made = node.pullback.run(np.ones(out.shape, np.float32), node.kept)
    return any(array.dtype != np.float32 for array in (out, *made))


def loses_digits(f, sample):
    """A move in the eleventh digit changes nothing at all, in the value or in the gradient."""
    moved = [array * (1 + 1e-11) for array in sample]
    return weighted(f, sample) == weighted(f, moved) or same(gradients(f, sample), gradients(f, moved))


def differs_alone(f, sample):
    """The gradient of one argument where no other is wanted, or with one result unused, is another, or fails."""
    outs, tensors = call(f, fresh(sample))
    gs = starts(outs)
    together = pulled(outs, tensors, gs, retain_graph=True)
    for place, tensor in enumerate(tensors if len(tensors) > 1 else []):
        others = [t.numpy() if i != place else tensor for i, t in enumerate(tensors)]
        (found,) = ag.gradients(f(*others), tensor, gs)
        if differ([found.numpy()], [together[place].numpy()]):
            return True
    zeroed = [gs[0], *[0 * g for g in gs[1:]]]
    wanted = pulled(outs, tensors, zeroed, retain_graph=True)
    try:
        found = pulled(outs[:1], tensors, gs[:1], retain_graph=True)
    except TypeError:
        return True
    return differ([g.numpy() for g in found], [g.numpy() for g in wanted])


def is_not_its_twin(f, sample):
    (out,), _ = call(f, sample)
    return not np.allclose(out.numpy(), f.primitive.reference(*sample), rtol=1e-12, atol=1e-12)


NO_MISTAKES = {"round-off", "not smooth", "unknown"}  # of a rule: they say why a check cannot tell

SHOWN = {
    "not linear": is_not_linear,
    "writes": writes,
    "memory": shares_memory,
    "hidden state": depends_on_other_calls,
    "not deterministic": is_not_deterministic,
    "second order": is_wrong_at_second_order,
    "dtype": widens,
    "precision": loses_digits,
    "value": is_not_its_twin,
    "alone": differs_alone,
    "kink": is_no_slope_there,
}


# --- tests ----------------------------------------------------------------------------------------------


@by_name
def test_the_fault_is_one(fault):
    f, sample = fault.make(), [ag.value_of(value) for value in fault.sample()]
    with np.errstate(all="ignore"):
        if fault.elsewhere is None:
            assert SHOWN.get(fault.verdict, is_wrong)(f, sample)
        else:
            assert not is_wrong(f, sample), "it shows at the author's inputs already: leave elsewhere= out"
            elsewhere = fault.elsewhere(np.random.default_rng(1))
            call(f, fresh(elsewhere))
            assert is_wrong(f, elsewhere)


@pytest.mark.parametrize("shows", [is_wrong, *SHOWN.values()], ids=lambda shows: shows.__name__)
def test_nothing_shows_where_all_is_right(shows):
    @ag.primitive(reference=lambda x: np.sin(x))
    def sine(x):
        return np.sin(x), np.cos(x)

    sine.vjp(x=lambda g, saved: g * saved)
    assert not shows(sine, (np.array([0.3, -0.7, 1.9]),))


@by_name
def test_the_function_runs_at_the_authors_inputs(fault):
    outs, _ = call(fault.make(), fresh(fault.sample()))
    assert outs
    assert all(np.isfinite(out.numpy()).all() for out in outs)


@by_name
def test_the_fault_is_described(fault):
    assert fault.about
    re.compile(fault.says)
    assert (fault.torch is None) == bool(fault.why_not), "either the same mistake in PyTorch, or why there is none"
    assert fault.verdict in ag.testing.VERDICTS


@pytest.mark.parametrize("sound", SOUND, ids=lambda sound: sound.name)
def test_what_is_sound_runs(sound):
    f = sound.make()
    out = f(*sound.sample())
    assert all(np.isfinite(ag.value_of(part)).all() for part in (out if isinstance(out, (tuple, list)) else [out]))


def test_names_are_unique_and_each_verdict_has_its_fault():
    names = [item.name for item in [*FAULTS, *SOUND]]
    assert len(names) == len(set(names))
    assert {fault.verdict for fault in FAULTS} == ag.testing.VERDICTS.keys() - NO_MISTAKES


def test_another_seed_is_another_sample():
    first, second = (real_arrays(FAULTS[0].sample(seed)) for seed in (0, 1))
    assert differ(first, second)
