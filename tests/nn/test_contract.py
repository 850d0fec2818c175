"""What every layer has to keep to, tried on the examples that its class gives: a class that is exported is tested.

A test is one property of all examples of a class; where some fail, it names them and shows each failure.
"""

import copy
import functools
import inspect
import warnings
from contextlib import contextmanager

import numpy as np
import pytest

import autograd as ag
import nn

CLASSES = {
    name: value
    for name in nn.__all__
    if inspect.isclass(value := getattr(nn, name))
    and issubclass(value, nn.Module)
    and value.forward is not nn.Module.forward  # it is called, and does not only hold others
}


def examples(cls):
    """The examples of a class, the same in every test."""
    ag.manual_seed(1)
    return [make_double(example) for example in cls.examples(np.random.default_rng(7))]


def make_double(example):
    return example._replace(module=example.module.double(), inputs=tuple(map(widened, example.inputs)))


def widened(value, dtype=np.float64):
    if isinstance(value, tuple):  # such as several states
        return tuple(widened(part, dtype) for part in value)
    is_float = isinstance(value, (np.ndarray, ag.Tensor)) and value.dtype.kind == "f"
    return np.asarray(ag.value_of(value)).astype(dtype) if is_float else value


@contextmanager
def noted(text):
    """Adds a note to what is raised inside."""
    try:
        yield
    except Exception as error:
        error.add_note(f"-- {text}")
        raise


each_class = pytest.mark.parametrize("name", CLASSES)


def each_example(check):
    """A test for every class that tries a check on all of its examples, each from the same seed."""

    @each_class
    @functools.wraps(check)
    def test(name):
        failures = {}
        for place, example in enumerate(examples(CLASSES[name])):
            ag.manual_seed(2)
            try:
                with noted(f"example {place} of {name}: {example.module}"):
                    check(example)
            except Exception as error:
                failures[place] = error
        if len(failures) > 1:
            raise ExceptionGroup(f"examples {', '.join(map(str, failures))} of {name}", list(failures.values()))
        for error in failures.values():
            raise error

    del test.__wrapped__  # pytest would take the arguments of the check for those of the test
    return test


def leaves(inputs):
    """The inputs as tensors; the real ones need a gradient."""
    return [ag.tensor(x, requires_grad=x.dtype.kind == "f") if isinstance(x, np.ndarray) else x for x in inputs]


def is_real(value):
    return isinstance(value, ag.Tensor) and value.dtype.kind == "f"


def results(value):
    """The real results of a call, which may be one, several or nested."""
    if isinstance(value, (tuple, list)):
        return [part for item in value for part in results(item)]
    return [value] if is_real(value) else []


def run(module, inputs):
    """Results, and gradients of inputs and parameters, of a call under a fixed seed; the module is left as it was."""
    module = copy.deepcopy(module)
    ag.manual_seed(3)
    tensors = leaves(inputs)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        outs = results(module(*tensors))
        rng = np.random.default_rng(5)
        total = sum((out * rng.normal(size=out.shape).astype(out.dtype)).sum() for out in outs)
        if isinstance(total, ag.Tensor) and total.requires_grad:
            total.backward()
    wanted = [t for t in (*tensors, *module.parameters()) if is_real(t)]
    return [out.data for out in outs], [None if t.grad is None else t.grad.data for t in wanted]


def assert_same(ours, theirs, **tolerance):
    for part, other in zip(ours, theirs, strict=True):
        assert len(part) == len(other)
        for a, b in zip(part, other, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                np.testing.assert_allclose(a, b, **tolerance)


# --- classes --------------------------------------------------------------------------------------------


@each_class
def test_a_class_gives_examples_of_itself(name):
    assert "examples" in vars(CLASSES[name]), f"{name} has no examples of its own"
    found = examples(CLASSES[name])
    assert found and all(type(example.module) is CLASSES[name] for example in found)


@each_class
def test_a_docstring_says_shapes_and_shows_a_call(name):
    text = inspect.getdoc(CLASSES[name])
    assert ">>>" in text, f"{name}: no example"
    assert "->" in text or "forward" not in vars(CLASSES[name]), f"{name}: no shapes"


# --- examples -------------------------------------------------------------------------------------------


class Asked:
    """Stands in for `nn.Module.training`, and knows whether a module has looked there."""

    def __init__(self):
        self.is_asked = False

    def __get__(self, module, owner):
        self.is_asked = True
        return vars(module).get("training", True)

    def __set__(self, module, value):
        vars(module)["training"] = value


@each_example
def test_gradients(example):
    """At both orders; in training and in use, unless the layer does not ask for it and is the same function in both."""
    with pytest.MonkeyPatch.context() as patch:
        asked = Asked()
        patch.setattr(nn.Module, "training", asked)
        for training in (True, False):
            module = copy.deepcopy(example.module).train(training)
            with np.errstate(all="ignore"):  # order 2 begins with all that order 1 does
                report = ag.gradcheck(module, example.inputs, order=2, mode="directional", raise_exception=False)
            assert report.ok, f"training={training}, {example}\n{report}"
            if not asked.is_asked:
                break


@each_example
def test_float32_is_kept_and_agrees_with_float64(example):
    wide = run(example.module, example.inputs)
    inputs = [widened(x, np.float32) for x in example.inputs]
    narrow = run(example.module.float(), inputs)
    assert all(a.dtype == np.float32 for part in narrow for a in part if a is not None)
    assert_same(narrow, wide, rtol=2e-3, atol=2e-4)


def strided(x):
    """The same values with gaps between them in memory."""
    if not isinstance(x, np.ndarray) or not x.ndim:
        return x
    holder = np.zeros(tuple(2 * n for n in x.shape), x.dtype)
    view = holder[tuple(slice(None, None, 2) for _ in x.shape)]
    view[...] = x
    return view


def reversed_order(x):
    """The same values, the first axis the quickest in memory."""
    return np.asfortranarray(x) if isinstance(x, np.ndarray) else x


def channels_last(x):
    """The same values, axis 1 the quickest in memory."""
    if not isinstance(x, np.ndarray) or x.ndim < 3:
        return x
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


@each_example
def test_order_in_memory_does_not_matter(example):
    expected = run(example.module, example.inputs)
    for layout in (strided, reversed_order, channels_last):
        inputs = [layout(x) for x in example.inputs]
        with noted(f"inputs {layout.__name__}"):
            assert_same(run(example.module, inputs), expected, rtol=1e-9, atol=1e-11)


@each_example
def test_inputs_and_parameters_are_left_as_they_were(example):
    before = copy.deepcopy(example)
    run(example.module, example.inputs)
    for x, y in zip(example.inputs, before.inputs, strict=True):
        np.testing.assert_array_equal(x, y) if isinstance(x, np.ndarray) else None
    for p, q in zip(example.module.parameters(), before.module.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


@each_example
def test_an_empty_batch(example):
    axis = example.batch_axis
    if axis is None:
        return
    length = example.inputs[0].shape[axis]

    def emptied(x):
        fits = isinstance(x, np.ndarray) and x.ndim > axis and x.shape[axis] == length
        return np.take(x, [], axis) if fits else x

    inputs = [emptied(x) for x in example.inputs]
    module = example.module.eval()
    outs, grads = run(module, inputs)
    full, full_grads = run(module, example.inputs)
    for out, whole in zip(outs, full, strict=True):
        want = list(whole.shape)
        if out.ndim > axis and whole.shape[axis] == length:
            want[axis] = 0
        assert list(out.shape) == want
    shapes = [x.shape for x in inputs if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    shapes += [p.shape for p in module.parameters()]
    for grad, shape, other in zip(grads, shapes, full_grads, strict=True):
        assert (grad is None) == (other is None) or not outs
        if grad is not None:
            assert grad.shape == shape
            assert outs[0].ndim == 0 or np.isfinite(grad).all()


@each_class
def test_a_seed_decides_all(name):
    for place, (first, second) in enumerate(zip(*(examples(CLASSES[name]) for _ in range(2)), strict=True)):
        with noted(f"example {place} of {name}: {first.module}"):
            for p, q in zip(first.module.parameters(), second.module.parameters(), strict=True):
                np.testing.assert_array_equal(p.data, q.data)
            assert_same(run(first.module, first.inputs), run(second.module, second.inputs), rtol=0, atol=0)


@each_example
def test_a_state_dict_carries_all(example):
    module = example.module
    state = module.state_dict()
    other = copy.deepcopy(module)
    for tensor in (*other.parameters(), *other.buffers()):
        tensor.data[...] = 1
    other.load_state_dict(state)
    assert list(other.state_dict()) == list(state)
    for a, b in zip(other.state_dict().values(), state.values(), strict=True):
        assert a.dtype == b.dtype and a.flags.c_contiguous
        np.testing.assert_array_equal(a, b)
    assert_same(run(other, example.inputs), run(module, example.inputs), rtol=0, atol=0)


@each_example
def test_a_repr_makes_the_same_module_again(example):
    module = example.module
    text = repr(module)
    assert text.startswith(type(module).__name__ + "(")
    if not list(module.children()):
        again = eval(text, {**vars(nn), "nn": nn, "ag": ag})  # our own text, not a file's
        assert repr(again) == text
        assert {k: v.shape for k, v in again.state_dict().items()} == {
            k: v.shape for k, v in module.state_dict().items()
        }


@each_example
def test_arrays_alone_give_arrays_or_tensors_of_the_same_values(example):
    def outs(inputs):
        ag.manual_seed(3)
        with ag.no_grad(), np.errstate(all="ignore"):
            value = copy.deepcopy(example.module)(*inputs)
        return value[0] if isinstance(value, tuple) else value

    plain, tensors = outs(example.inputs), outs(leaves(example.inputs))
    np.testing.assert_array_equal(ag.value_of(plain), ag.value_of(tensors))


# --- errors ---------------------------------------------------------------------------------------------


def refusal(example, inputs):
    """What is said of these inputs by the layer as a part of a model, or None where it takes them."""

    class Net(nn.Module):
        def __init__(self, part):
            self.encoder = nn.Module()
            self.encoder.part = part

        def forward(self, *args):
            return self.encoder.part(*args)

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            Net(example.module)(*inputs)
    except (ag.errors.ShapeError, ag.errors.DtypeError, ag.errors.ArgumentError) as error:
        return str(error)
    return None


NO_ARRAYS = [None, "text", [[1.0, 2.0]], nn.ReLU()]
TAKE_ALL = {"Identity", "Dropout"}  # Dropout in use is the identity


@each_example
def test_what_is_no_array_is_refused_by_the_layers_path(example):
    if type(example.module).__name__ in TAKE_ALL:
        return
    for value in NO_ARRAYS:
        with noted(f"called with {value!r}"):
            said = refusal(example, (value, *example.inputs[1:]))
            assert said is not None and "Net.encoder.part" in said and type(value).__name__ in said, said


WRONG = {
    "no axes": lambda x: x.reshape(-1)[:1].reshape(()),
    "one axis": lambda x: x.reshape(-1)[:1],
    "two axes more": lambda x: x[None, None],
    "eight axes": lambda x: x.reshape((1,) * (8 - x.ndim) + x.shape),
    "longer last axis": lambda x: np.concatenate([x, x[..., :1], x[..., :1]], axis=-1),
    "longer second axis": lambda x: np.concatenate([x, x[:, :1], x[:, :1]], axis=1) if x.ndim > 1 else None,
}


@each_example
def test_a_wrong_shape_names_the_layers_path_and_the_shape(example):
    first = example.inputs[0]
    if not isinstance(first, np.ndarray) or not first.size or not first.ndim:
        return
    for what, wrong in WRONG.items():
        x = wrong(first)
        with noted(f"called with {what}"):
            said = None if x is None else refusal(example, (x, *example.inputs[1:]))
            if said is not None:
                assert "Net.encoder.part" in said, said
                assert str(x.shape) in said, said


@each_example
def test_floats_of_two_widths_are_refused(example):
    has_parameters = any(p.dtype.kind == "f" for p in example.module.parameters())
    first = example.inputs[0]
    if not has_parameters or not isinstance(first, np.ndarray) or first.dtype.kind != "f":
        return
    said = refusal(example, (first.astype(np.float32), *example.inputs[1:]))
    assert said is not None and "Net.encoder.part" in said and "float32" in said and "float64" in said, said
