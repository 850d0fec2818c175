"""The random programs of `test_twin` are put to the test: they must find each fault that is planted in the engine."""

import __future__

import inspect
import textwrap

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from autograd import backward, modes, nodes, tensors

from .test_twin import Programs

BOUNDED = settings(
    max_examples=1500,
    stateful_step_count=80,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def rewritten(function, old, new):
    """The function with one piece of its source replaced."""
    source = textwrap.dedent(inspect.getsource(function))
    assert old in source, f"{function.__qualname__} is not what this fault was written for"
    made = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(source.replace(old, new), function.__code__.co_filename, "exec", flags), function.__globals__, made)
    return made[function.__name__]


# What is at fault; where; what is written there, and what in its place.
FAULTS = {
    "a gradient replaces what had arrived": (backward, "_propagate", "= total + grad", "= grad"),
    "gradients are added up in memory of others": (backward, "_propagate", "elif target in owned:", "elif True:"),
    "nothing is released": (backward, "_propagate", "if not retain:", "if False:"),
    "what changed is not looked for": (backward, "_propagate", "if check:", "if False:"),
    "nodes are visited in the order of creation": (backward, "_reachable", "reverse=True", "reverse=False"),
    "only the last step to a target is known": (
        backward,
        "_on_the_way_to",
        "not wanted.isdisjoint(node.inputs)",
        "not targets.isdisjoint(node.inputs)",
    ),
    "broadcasting is undone by a mean": (backward, "sum_to", "g.sum(", "g.mean("),
    "hooks are called in reverse": (
        tensors.Tensor,
        "register_hook",
        "hooks[key] =",
        "hooks = node.hooks = {key: hook} | hooks #",
    ),
    ".grad is replaced": (backward, "_deliver", "if before is None:", "if True:"),
    "adding to .grad leaves no mark": (backward, "_deliver", "mark_written(before._array)", "pass"),
    "gradients share memory": (backward, "_own", 'total.copy(order="K")', "total"),
    "the owner of a view is not found": (nodes, "owner", "while base is not None", "while False"),
    "a mode ends with recording on": (modes._GradMode, "__exit__", "self._before.pop()", "True"),
    "assignments into views are lost": (tensors.Tensor, "assign", "self._memory()", "self._memory().copy()"),
    "assignments change what others saw": (
        tensors.Tensor,
        "assign",
        "result = ",
        "write_at(self._array, index, value_of(value)); result = ",
    ),
    "assignments leave no mark": (tensors.Tensor, "assign", "mark_written(target)", "pass"),
    "retain_grad does not follow an assignment": (tensors.Tensor, "assign", "RETAIN in old.hooks", "False"),
    "in-place operators leave no mark": (tensors.Tensor, "update_in_place", "mark_written(before)", "pass"),
    "in-place operators write into copies": (tensors.Tensor, "update_in_place", "out=before", "out=before.copy()"),
    "leaves are assigned into": (tensors.Tensor, "_refuse_as_leaf", "isinstance(self._node, Leaf)", "False"),
    "views are assigned into": (tensors.Tensor, "_refuse_to_lose", "raise GradientError", "GradientError"),
    "no_grad records changes": (tensors.Tensor, "_is_recorded_with", "is_grad_enabled()", "True"),
    "detach copies": (tensors.Tensor, "detach", "self.data", "self.data.copy()"),
}


@pytest.mark.parametrize(("owner", "name", "old", "new"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_found(owner, name, old, new, monkeypatch):
    monkeypatch.setattr(owner, name, rewritten(getattr(owner, name), old, new))
    with pytest.raises(Exception) as failure:
        run_state_machine_as_test(Programs, settings=BOUNDED)
    assert failure.type is not NameError, "the fault itself is written wrongly"
