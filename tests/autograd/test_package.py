"""The package as a whole: what importing it loads, and whether the generated stubs are up to date."""

import subprocess
import sys

import pytest

import autograd as ag
from autograd.stubs import FOLDER, stubs

HEAVY = ["graphviz", "hypothesis", "matplotlib", "mpmath", "pygraphviz", "safetensors", "scipy", "torch", "tqdm"]


def test_importing_loads_numpy_and_nothing_else_heavy():
    code = f"import sys, autograd, nn; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sorted(stubs()))
def test_stubs_are_as_the_registry_has_it(name):
    remedy = "run `python -m autograd.stubs`"
    assert (FOLDER / name).read_text(encoding="utf-8") == stubs()[name], remedy


def test_what_needs_more_is_loaded_when_it_is_used():
    assert ag.testing.check is not None
    assert ag.viz.picture is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        ag.no_such_name  # noqa: B018 - the look-up is the test


def test_every_public_function_is_in_the_package():
    assert all(getattr(ag, name) is function for name, function in ag.ops.functions.items())
