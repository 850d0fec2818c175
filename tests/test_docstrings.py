"""Every public name says what it is: its shapes, what it raises, an example, and the formula or paper it comes from.

What is said of a name may stand in the docstring that its own refers to: "as of `Conv2d`". That every name has a
docstring, methods too, is for `make lint`; that examples run, for doctest.
"""

import ast
import dataclasses
import functools
import importlib
import inspect
import re
import textwrap

import numpy as np

import autograd as ag
import nn

NAMESPACES = [
    "autograd",
    "autograd.distributions",
    "autograd.errors",
    "autograd.graphs",
    "autograd.testing",
    "autograd.viz",
    "nn",
    "nn.data",
    "nn.data.transforms",
    "nn.decoding",
    "nn.diagnostics",
    "nn.functional",
    "nn.init",
    "nn.metrics",
    "nn.models",
    "nn.optim",
    "nn.optim.lr_scheduler",
    "nn.plots",
    "nn.train",
    "nn.utils",
    "nn.utils.rnn",
]
MATHEMATICS = ("autograd.distributions.", "nn.functional.", "nn.init.", "nn.metrics.", "nn.optim.")
ARRAYS = ("Tensor", "Array", "ndarray")
SHAPES = r"->|\bshapes?\b"
ERRORS = r"\b[Rr]aise|\berrors?\b|\brefuse"
YEAR = r"\b(1[6-9]|20)\d\d\b"
LIBRARY = r"\b(NumPy|numpy|PyTorch|torch|SciPy|scipy)\b"
FORMULA = r"`[^`\n]*\S ?[-=+*/@] ?\S[^`\n]*`"
SOURCE = f"{YEAR}|{LIBRARY}|{FORMULA}"


def public_names():
    """The functions and classes of each namespace under the first name that they go by."""
    found = {}
    for namespace in NAMESPACES:
        module = importlib.import_module(namespace)
        for name in getattr(module, "__all__", None) or dir(module):
            thing = getattr(module, name)
            is_ours = (getattr(thing, "__module__", None) or "").startswith(("autograd", "nn"))
            if is_ours and not name.startswith("_") and callable(thing):
                found.setdefault(id(thing), (f"{namespace}.{name}", thing))
    return dict(found.values())


NAMES = public_names()
BY_SHORT_NAME = {name.rpartition(".")[2]: thing for name, thing in NAMES.items()}


# --- what a docstring says ------------------------------------------------------------------------------


def docstring(thing):
    """A name's own: a class does not speak for one derived from it."""
    return (thing.__doc__ and inspect.getdoc(thing)) or ""


@functools.cache
def prose(thing):
    """A docstring without its examples."""
    return re.sub(r"(?m)^ *>>>(.*\n)(.*\S.*\n)*", "", docstring(thing) + "\n")


def mentioned(thing):
    """The public things that a docstring names."""
    words = re.findall(r"`(?:[a-z_]+\.)*(\w+)`", docstring(thing))
    return [BY_SHORT_NAME[word] for word in words if BY_SHORT_NAME.get(word, thing) is not thing]


def says(thing, pattern, also_there=True):
    """Whether a docstring, or one that it names, has what matches the pattern."""
    texts = [prose(thing), *map(prose, mentioned(thing) if also_there else [])]
    return any(re.search(pattern, text) for text in texts)


# --- what it should say ---------------------------------------------------------------------------------


def is_layer(thing):
    return inspect.isclass(thing) and issubclass(thing, nn.Module)


def is_record(thing):
    """A bundle of facts, an error among them, that the library makes and users read."""
    return inspect.isclass(thing) and (dataclasses.is_dataclass(thing) or issubclass(thing, (tuple, BaseException)))


def has_arrays(name):
    thing = NAMES[name]
    if is_record(thing):
        return False
    is_function_of_arrays = thing in ag.ops.functions.values() or (is_layer(thing) and "forward" in vars(thing))
    annotations = map(str, getattr(thing, "__annotations__", {}).values())
    return is_function_of_arrays or any(word in text for text in annotations for word in ARRAYS)


def has_arguments(name):
    thing = NAMES[name]
    return not is_record(thing) and any(parameters(thing))


def is_mathematics(name):
    thing = NAMES[name]
    is_it = thing in ag.ops.functions.values() or name.startswith(MATHEMATICS) or is_layer(thing)
    return is_it and not is_record(thing)


def parameters(thing):
    try:
        return [name for name in inspect.signature(thing).parameters if not name.startswith("_")]
    except ValueError:  # a class without a signature of its own
        return []


@functools.cache
def raised(thing):
    """Names of the errors in `raise` statements of a function, or of what makes and calls an object."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(thing))))
    except (OSError, TypeError):  # made from a row of a table
        return set()
    bodies = [tree]
    if inspect.isclass(thing):
        bodies = [part for part in tree.body[0].body if getattr(part, "name", "") in ("__init__", "forward")]
    statements = [node.exc for body in bodies for node in ast.walk(body) if isinstance(node, ast.Raise)]
    names = {getattr(statement.func, "id", "") for statement in statements if isinstance(statement, ast.Call)}
    return {name for name in names if name[:1].isupper()}  # a function in that place makes an error


def none_of(wanting):
    assert not wanting, "\n".join(map(str, wanting))


# --- and does -------------------------------------------------------------------------------------------


def test_all_begin_with_a_sentence():
    none_of([name for name in NAMES if not re.search(r"[.:;]$", docstring(NAMES[name]).partition("\n\n")[0])])


def test_all_have_an_example():
    none_of([name for name in NAMES if ">>>" not in docstring(NAMES[name])])


def test_shapes_are_said():
    """Such as ``(batch, features) -> (batch, classes)``."""
    none_of([name for name in NAMES if has_arrays(name) and not says(NAMES[name], SHAPES)])


def test_errors_are_said():
    """Of those raised in sight, each; or that nothing is raised."""
    having = [name for name in NAMES if has_arguments(name)]
    none_of([name for name in having if not says(NAMES[name], ERRORS, also_there=False)])
    none_of([(name, error) for name in having for error in raised(NAMES[name]) if not says(NAMES[name], error)])


def test_arguments_are_named():
    """But those of NumPy's functions, of which NumPy says what they are."""
    having = [name for name in NAMES if has_arguments(name) and NAMES[name] not in ag.ops.functions.values()]
    words = [(name, argument) for name in having for argument in parameters(NAMES[name])]
    none_of([(name, word) for name, word in words if not says(NAMES[name], rf"\b{word}\b")])


def test_the_source_is_said():
    """A formula, a paper's year, or whose function it is like."""
    none_of([name for name in NAMES if is_mathematics(name) and not says(NAMES[name], SOURCE)])


# --- and the measure itself -----------------------------------------------------------------------------


def bare(x: np.ndarray):
    """Nothing of use."""
    raise ValueError("no")


def test_the_measure_finds_what_is_missing():
    assert raised(bare) == {"ValueError"}
    assert not any(says(bare, pattern) for pattern in (SHAPES, ERRORS, SOURCE, r"\bx\b", "ValueError"))
    assert len(NAMES) > 800
    assert sum(map(has_arrays, NAMES)) > 350 and sum(map(is_mathematics, NAMES)) > 500
