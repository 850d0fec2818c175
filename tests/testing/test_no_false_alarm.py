"""No false alarm: `gradcheck` with default settings passes all of the library's own primitives, layers and losses."""

import importlib
import inspect
import pkgutil
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd.testing.battery import is_finite, is_refused
from autograd.testing.code import as_code
from autograd.testing.strategies import cases, generators

for package in (ag, nn):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

PRIMITIVES = {name: p for name, p in ag.ops.items() if p.module.split(".")[0] in ("autograd", "nn")}
LAYERS = {
    name: value
    for name in nn.__all__
    if inspect.isclass(value := getattr(nn, name))
    and issubclass(value, nn.Module)
    and value.forward is not nn.Module.forward  # it is called, and does not only hold others
}
FUNCTIONS = {name: getattr(nn.functional, name) for name in nn.functional.__all__}


def examples(most_in_ci):
    """Settings of Hypothesis: 200 examples in a thorough run, a few else."""
    count = 200 if settings.get_current_profile_name() == "thorough" else most_in_ci
    return settings(
        max_examples=count,
        deadline=None,
        phases=[phase for phase in settings().phases if phase not in (Phase.explain, Phase.shrink)],
        suppress_health_check=list(HealthCheck),
    )


def assert_passes(function, inputs, code="", **given_):
    """Check, and show the call where something is found."""
    report = ag.gradcheck(function, inputs, raise_exception=False, **given_)
    assert report.ok, f"{report}\n\n{code}"


# --- primitives -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRIMITIVES)
def test_primitives_pass(name):
    primitive = PRIMITIVES[name]
    counted = []

    @examples(3)
    @given(case=cases(primitive), is_full=st.booleans())
    def passes(case, is_full):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            assume(case.places and not is_refused(case) and is_finite(case) and case.values(case.arrays))
            counted.append(case)
            mode = "full" if is_full and sum(array.size for array in case.arrays) <= 8 else "directional"
            assert_passes(primitive.function, case.args, as_code(case), kwargs=case.kwargs, mode=mode, order=2)

    passes()
    assert counted, f"no call of {name} was checked"


# --- layers and functions ------------------------------------------------------------------------------------


def rows(rng, features=3):
    """A batch with now and then an element at zero, where activations have their kinks."""
    x = rng.normal(size=(int(rng.integers(0, 4)), features))
    return np.where(rng.random(x.shape) < 0.1, 0.0, x)


# Calls of the functions that no layer has the name of: arguments by position and by name.
CALLS = {
    "pad": lambda rng: ((rng.normal(size=(2, 3)), (1, 2), str(rng.choice(["constant", "reflect", "circular"]))), {}),
    "interpolate": lambda rng: ((rng.normal(size=(1, 2, 3)), int(rng.integers(1, 6)), None, "linear"), {}),
    "binary_cross_entropy": lambda rng: ((rng.uniform(0.1, 0.9, 4), rng.uniform(size=4)), {}),
    "binary_cross_entropy_with_logits": lambda rng: ((x := 10 * rows(rng), rng.uniform(size=x.shape)), {}),
    "batch_norm": lambda rng: ((rng.normal(size=(4, 3)), None, None, rng.normal(size=3), rng.normal(size=3), True), {}),
    "instance_norm": lambda rng: ((rng.normal(size=(2, 3, 4)), None, None, rng.normal(size=3)), {"eps": 0.1}),
    "normalize": lambda rng: ((rng.normal(size=(2, 3)), float(rng.integers(1, 4)), int(rng.integers(2))), {}),
    "scaled_dot_product_attention": lambda rng: ((*rng.normal(size=(3, 2, 3)),), {"is_causal": bool(rng.integers(2))}),
    "linear": lambda rng: ((rows(rng), rng.normal(size=(2, 3)), rng.normal(size=2)), {}),
}

WITHOUT_DERIVATIVE = {"one_hot"}  # integers of integers


def is_a_layers(name):
    """Whether a layer of the same name calls the function, such as `nn.CrossEntropyLoss` `cross_entropy`."""
    plain = name.replace("_", "")
    return any(plain in (layer.lower(), layer.lower().removesuffix("loss")) for layer in LAYERS)


def test_every_function_is_called():
    assert not [name for name in FUNCTIONS if not (is_a_layers(name) or name in CALLS or name in WITHOUT_DERIVATIVE)]
    assert not CALLS.keys() - FUNCTIONS.keys()


@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_pass(name, mode):
    @examples(2)
    @given(rng=generators())
    def passes(rng):
        for example in LAYERS[name].examples(rng):
            module, inputs = example.module.double(), example.inputs
            count = sum(x.size for x in inputs if isinstance(x, np.ndarray)) + sum(p.size for p in module.parameters())
            if mode == "directional" or count <= 30:
                with np.errstate(all="ignore"):
                    assert_passes(module, inputs, repr(example), mode=mode, order=2)

    passes()


@pytest.mark.parametrize("name", CALLS)
def test_functions_of_nn_pass(name):
    @examples(8)
    @given(rng=generators())
    def passes(rng):
        args, kwargs = CALLS[name](rng)
        with np.errstate(all="ignore"):
            is_defined = bool(np.isfinite(ag.value_of(FUNCTIONS[name](*args, **kwargs))).all())
        if is_defined:
            assert_passes(FUNCTIONS[name], args, repr((args, kwargs)), kwargs=kwargs, order=2)

    passes()


# --- compositions -------------------------------------------------------------------------------------------


STEEP = ("degrees", "rad2deg")  # 57 times what they are given: two of them, and nothing is left but rounding
ELEMENTWISE = [
    name
    for name, p in PRIMITIVES.items()
    if p.elementwise and len(p.parameters) == 1 and p.domain is None and name not in STEEP
]


def test_there_are_functions_to_compose():
    assert len(ELEMENTWISE) >= 5


@examples(60)
@given(
    names=st.lists(st.sampled_from(ELEMENTWISE), min_size=1, max_size=4),
    rng=generators(),
    axis=st.sampled_from([None, 0, -1]),
)
def test_compositions_pass(names, rng, axis):
    def f(x, weight):
        for name in names:
            x = PRIMITIVES[name].function(np.tanh(x @ weight))
        return np.mean(x * x, axis=axis)

    x, weight = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    with np.errstate(all="ignore"):
        is_defined = bool(np.isfinite(f(x, weight)).all())
    if is_defined:
        assert_passes(f, (x, weight), f"{names}, axis={axis}", order=2)
