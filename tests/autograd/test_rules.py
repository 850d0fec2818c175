"""Every registered primitive, tested by that alone: derivatives, dtypes, purity, docstrings; and that none escapes.

The battery itself is `autograd.testing.check`; that it finds faults is shown in `test_mutants.py`.
"""

import doctest
import functools
import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import autograd as ag
import nn
from autograd.composites import Composite
from autograd.spec import Axis, Choice
from autograd.testing import LAYOUTS, cases, check, generators

for package in (ag, nn):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

# Those of the library; what other tests make goes by the names of their modules.
PRIMITIVES = {name: p for name, p in ag.ops.items() if p.module.split(".")[0] in ("autograd", "nn")}


# The kernels of `nn` are put to the same check in tests/nn/test_kernels.py.
@pytest.mark.parametrize("name", [name for name in PRIMITIVES if not name.startswith("nn.")])
def test_keeps_every_contract(name):
    check(PRIMITIVES[name])


# --- nobody escapes -------------------------------------------------------------------------------------


def test_the_library_has_primitives():
    assert len(PRIMITIVES) > 80
    assert {"add", "sum", "getitem", "matmul", "einsum", "pad", "erf"} <= PRIMITIVES.keys()


def test_tests_know_what_to_feed_it():
    for name, primitive in PRIMITIVES.items():
        assert primitive.samples or primitive.domain or primitive.elementwise, f"{name} says nothing of what it takes"
        unknown = set(primitive.arguments) - set(primitive.parameters)
        assert not unknown, f"the arguments= of {name} name what it does not have: {unknown}"
        if isinstance(primitive.domain, tuple):
            assert len(primitive.domain) <= len(primitive.parameters), f"{name} has more domains than arguments"


@pytest.mark.parametrize("name", PRIMITIVES)
def test_each_array_has_a_rule_or_none_by_declaration(name):
    """What a case gives an array of real numbers, `vjp` must speak of; and something must be differentiable."""
    primitive = PRIMITIVES[name]
    real = set()

    @settings(max_examples=5, phases=[Phase.generate], derandomize=True, database=None)
    @given(case=cases(primitive))
    def look(case):
        for i, arg in enumerate(case.args):
            items = arg if isinstance(arg, list) else [arg]
            if any(isinstance(item, (np.ndarray, np.floating)) and item.dtype.kind == "f" for item in items):
                real.add(case.argument(i))

    look()
    assert real <= primitive.rules.keys(), f"{name}.vjp says nothing of {real - primitive.rules.keys()}"
    assert any(primitive.rules[argument] is not None for argument in real)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_each_value_has_an_oracle(name):
    """Something that was written without our rules: a twin, NumPy, mpmath or PyTorch."""
    from .test_oracles import ORACLES

    primitive = PRIMITIVES[name]
    is_compared_with_numpy = isinstance(primitive, Composite) and primitive.numpy is not None
    if primitive.reference is None and primitive.name not in ORACLES and not is_compared_with_numpy:
        pytest.importorskip("torch", reason="PyTorch, the oracle of what is not elementwise, is not installed")
        from ..parity.counterparts import counterpart

        assert counterpart(primitive) is not None, (
            f"nothing to compare {name} with: give it a reference=, or its place in tests/parity/counterparts/"
        )


# --- what is drawn --------------------------------------------------------------------------------------


@functools.cache
def drawn(name):
    """Many cases of a primitive."""
    found = []

    @settings(
        max_examples=150,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(PRIMITIVES[name]))
    def collect(case):
        found.append(case)

    collect()
    return found


def layout(array):
    """The name in LAYOUTS of an array that is long enough to have one, or None."""
    strides = [stride for stride, length in zip(array.strides, array.shape, strict=True) if length > 1]
    if len(strides) < 2 or not array.size:
        return None
    if min(strides) < 0:
        return "negative"
    if array.flags.c_contiguous or array.flags.f_contiguous:
        return "C" if array.flags.c_contiguous else "F"
    return "strided"


# One for each way in which cases are made: one domain, a domain for each argument, samples, samples of a sequence.
@pytest.mark.parametrize("name", ["exp", "sum", "add", "power", "where", "matmul", "getitem", "stack"])
def test_every_layout_is_drawn(name):
    arrays = [array for case in drawn(name) for array in case.arrays]
    assert {layout(array) for array in arrays} >= set(LAYOUTS)


@pytest.mark.parametrize("name", ["exp", "sum", "add", "power", "where"])
def test_every_kind_of_shape_is_drawn(name):
    arrays = [array for case in drawn(name) for array in case.arrays]
    assert {array.ndim for array in arrays} == {0, 1, 2, 3, 4}
    assert {length for array in arrays for length in array.shape} == {0, 1, 2, 3}
    assert any(array.size >= 8 for array in arrays)


@pytest.mark.parametrize("name", ["add", "power", "arctan2", "maximum"])
def test_operands_that_broadcast_are_drawn(name):
    pairs = [(np.shape(x), np.shape(y)) for x, y in (case.args for case in drawn(name))]
    results = [(x, y, np.broadcast_shapes(x, y)) for x, y in pairs]
    assert any(x == y == out and x for x, y, out in results)
    assert any(x == () != y for x, y, _ in results) and any(y == () != x for x, y, _ in results)
    assert any(len(x) < len(y) for x, y, _ in results) and any(len(y) < len(x) for x, y, _ in results)
    assert any(len(x) == len(out) and x != out for x, _, out in results), "x stretched along an axis"
    assert any(len(y) == len(out) and y != out for _, y, out in results), "y stretched along an axis"
    assert any(x != out != y for x, y, out in results), "each stretched along an axis of the other"
    assert any(0 in out and 0 not in x for x, _, out in results), "stretched to nothing"


@pytest.mark.parametrize("name", [name for name, p in PRIMITIVES.items() if p.arguments])
def test_every_static_argument_is_varied(name):
    primitive = PRIMITIVES[name]
    found = drawn(name)
    for argument, spec in primitive.arguments.items():
        values = [case.kwargs[argument] for case in found]
        if isinstance(spec, Choice):
            assert set(values) == set(spec.values)
            continue
        assert isinstance(spec, Axis)
        ones = [value for value in values if isinstance(value, int)]
        assert min(ones) < 0 < max(ones)
        assert (None in values) == spec.none
        assert any(isinstance(value, tuple) and len(value) > 1 for value in values) == spec.many


@pytest.mark.parametrize("name", [name for name, p in PRIMITIVES.items() if p.domain])
def test_arrays_stay_in_their_domain(name):
    domain = PRIMITIVES[name].domain
    for part in domain if isinstance(domain, tuple) else (domain,):
        array = part.sample(np.random.default_rng(0), (4, 10))
        assert array.shape == (4, 10)
        if isinstance(part, Choice):
            assert set(array.ravel().tolist()) == set(part.values)
            continue
        assert array.dtype == np.float64
        assert part.low <= array.min() < array.max() <= part.high
        assert all(np.abs(array - point).min() >= part.gap for point in part.avoid)
        assert not part.distinct or np.diff(np.sort(array.ravel())).min() >= part.gap


def test_seeds_differ():
    seeds = set()

    @settings(max_examples=20, phases=[Phase.generate], derandomize=True, database=None)
    @given(rng=generators())
    def collect(rng):
        seeds.add(rng.random())

    collect()
    assert len(seeds) > 10


# --- what is said of it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ag.ops.functions)
def test_its_docstring_has_an_example_that_runs(name, capsys):
    """Also those made from a row of a table, which doctest does not find."""
    function = ag.ops.functions[name]
    assert getattr(ag, name) is function
    text = inspect.getdoc(function)
    assert text, f"autograd.{name} has no docstring"
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    outcome = doctest.DocTestRunner(optionflags=options).run(example)
    assert outcome.attempted, f"the docstring of autograd.{name} has no example"
    assert not outcome.failed, capsys.readouterr().out
