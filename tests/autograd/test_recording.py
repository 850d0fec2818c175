"""`ag.record`: what it notes of operations, cuts and backward passes, and that nothing of it stays."""

import gc
import inspect
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.modes import hooks

from .garbage import collected, settle


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def named(recording, name):
    """The one operation of this name."""
    (operation,) = [operation for operation in recording.operations if operation.name == name]
    return operation


def line_number():
    return inspect.currentframe().f_back.f_lineno


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    yield
    assert [hooks.call, hooks.cut, hooks.leaf, hooks.line, hooks.sweep] == [None] * 5


# --- operations -------------------------------------------------------------------------------------------


def test_what_an_operation_tells():
    x, y = leaf([[1.0, 2.0]]), np.array([[3.0], [0.0]])
    with ag.record() as recording, ag.scope("model"):
        number = line_number() + 1
        z = x * y
    operation = recording[z]
    assert operation is named(recording, "multiply")
    assert (operation.kind, operation.scope, operation.why_not, operation.rule_of) == ("operation", "model", "", None)
    assert (operation.line.file, operation.line.number, operation.line.text) == (__file__, number, "z = x * y")
    assert operation.line.function == "test_what_an_operation_tells"
    assert str(operation).endswith(f"test_recording.py:{number}: z = x * y, in model")
    first, second = operation.inputs
    assert (first.argument, first.shape, first.dtype, first.requires_grad, first.is_edge) == (
        "x", (1, 2), "float64", True, True
    )  # fmt: skip
    assert recording.find(first.source).kind == "leaf"
    assert (second.argument, second.shape, second.requires_grad, second.source) == ("y", (2, 1), False, None)
    (facts,) = operation.results
    assert (facts.shape, facts.low, facts.high, facts.zeros, facts.norm) == ((2, 2), 0.0, 6.0, 2, np.sqrt(45))
    assert (operation.nbytes, operation.kept) == (32, y.nbytes)
    assert 0 < operation.seconds < 10
    assert operation.values == ()


def test_values_are_kept_if_asked_for():
    with ag.record(values=True) as recording:
        x = leaf([1.0, 2.0])
        y = x * 3
        y.sum().backward()
    with ag.no_grad():
        y.data[...] = 0
    np.testing.assert_array_equal(recording[y].values[0], [3, 6])
    (done,) = recording.passes
    np.testing.assert_array_equal(done.steps[1].values[0], [1, 1])
    np.testing.assert_array_equal(done.steps[1].flows[0].value, [3, 3])


REASONS = {
    "no_grad": ag.no_grad()(lambda x: x * 2),
    "constant": lambda x: ag.tensor([1.0]) * 2,
    "integer": lambda x: x.astype(int),
    "": lambda x: x * 2,
}


@pytest.mark.parametrize("reason", REASONS)
def test_why_an_operation_is_in_no_graph(reason):
    with ag.record() as recording:
        y = REASONS[reason](leaf([1.0]))
    assert recording[y].why_not == reason
    assert (recording[y].node == 0) == bool(reason)


CUTS = {
    "numpy()": lambda x: x.numpy(),
    "data": lambda x: x.data,
    "detach()": lambda x: x.detach(),
    "item()": lambda x: x.item(),
    "float()": lambda x: float(x),
    "tolist()": lambda x: x.tolist(),
    "argmax": lambda x: np.argmax(x),
    "argsort": lambda x: x.argsort(),
    "greater": lambda x: x > 1,
    "isnan": lambda x: np.isnan(x),
}


@pytest.mark.parametrize("name", CUTS)
def test_where_values_leave_the_graph(name):
    with ag.record() as recording:
        y = leaf([1.0]) * 2
        for _ in range(2):
            CUTS[name](y)  # one cut, however often it is made by one line
    cut = named(recording, name)
    assert (cut.kind, cut.why_not, cut.inputs[0].requires_grad) == ("cut", "cut", True)
    assert cut.line.text == inspect.getsource(CUTS[name]).strip()


def test_what_the_library_does_inside_is_no_cut():
    model = nn.Linear(2, 2)
    optimizer = nn.optim.Adam(model.parameters())
    with ag.record() as recording:
        x = leaf([[1.0, 2.0]], "float32")
        y = model(x)
        y[0] = 0.0
        np.zeros_like(y), y.shape, np.shape(y), len(y), repr(y), f"{y[0, 0]:.2f}"
        y.sum().backward()
        optimizer.step()
    assert not [operation for operation in recording.operations if operation.kind == "cut"]


def test_values_are_followed_outside_of_the_graph():
    with ag.record() as recording:
        x = leaf([1.0, 2.0])
        array = x.numpy()
        with ag.no_grad():
            h = x * 2
        y = h * array[1:]
    first, second = recording[y].inputs
    assert recording.find(first.source) is recording[h]
    assert recording.find(second.source).name == "numpy()"


def test_several_results_and_sequences():
    with ag.record() as recording:
        x = leaf(np.arange(4.0))
        first, second = ag.split(x, 2)
        y = ag.concatenate([second, first, np.ones(2)])
        y.sum().backward()
    assert recording[first] is recording[second] is named(recording, "split")
    assert [facts.shape for facts in named(recording, "split").results] == [(2,), (2,)]
    split = named(recording, "split").number
    assert [entry.source for entry in recording[y].inputs] == [split, split, None]
    steps = {recording.find(step.operation).name: step for step in recording.passes[0].steps}
    assert [flow.source for flow in steps["concatenate"].flows] == [split, split]
    assert steps["split"].gradient.shape == (4,)


def test_a_composed_function_is_its_parts():
    with ag.record() as recording:
        np.kron(leaf([1.0, 2.0]), leaf([3.0]))
    names = {operation.name for operation in recording.operations}
    assert "multiply" in names and "kron" not in names


def test_arrays_alone_are_not_recorded():
    with ag.record() as recording:
        ag.exp(np.ones(2)), ag.add(1.0, 2.0), ag.concatenate([np.ones(1), np.ones(1)])
    assert recording.operations == ()


def test_calls_in_every_form():
    with ag.record() as recording:
        x = leaf([1.0, 2.0])
        for y in (2 * x, x * [1.0, 2.0], np.multiply(3.0, x), ag.sum(x, axis=0), np.sum(x, keepdims=True), x.sum(0)):
            assert y.requires_grad
        x = x * 1
        x += 2
        x[0] = 3.0
    names = [operation.name for operation in recording.operations if operation.kind == "operation"]
    assert names == ["multiply"] * 3 + ["sum"] * 3 + ["multiply", "add", "setitem"]
    assert recording[x].name == "setitem"


# --- backward passes ----------------------------------------------------------------------------------------


def test_what_a_pass_tells():
    with ag.record() as recording:
        x, b = leaf([[1.0, -2.0], [3.0, 4.0]]), leaf([1.0, 1.0])
        y = ag.relu(x) + b
        number = line_number() + 1
        (y * 2).sum().backward()
    (done,) = recording.passes
    assert (done.is_backward, done.create_graph, done.is_inner, done.line.number) == (True, False, False, number)
    assert [recording.find(root).name for root in done.roots] == ["sum"]
    assert [recording.find(step.operation).name for step in done.steps] == ["sum", "multiply", "add", "relu"]
    *_, add, relu = done.steps
    assert (relu.gradient.zeros, relu.flows[0].gradient.zeros) == (0, 1)
    assert [(flow.argument, flow.gradient.shape) for flow in add.flows] == [("x", (2, 2)), ("y", (2,))]  # summed
    assert add.flows[1].gradient.high == 4.0
    assert add.seconds > 0
    assert {recording.find(source).kind for source in done.arrived} == {"leaf"}
    assert done.arrived[recording[b].number].high == 4.0


def test_a_pass_for_some_inputs():
    with ag.record() as recording:
        x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
        ag.gradients((x * w).sum(), w)
    (done,) = recording.passes
    assert not done.is_backward
    assert [flow.argument for flow in done.steps[-1].flows] == ["y"]
    assert list(done.arrived) == [recording[w].number]


def test_a_pass_that_is_recorded():
    with ag.record() as recording:
        x = leaf([1.0, 2.0])
        y = np.sin(x)
        (slope,) = ag.gradients(y.sum(), x, create_graph=True)
        ag.gradients(slope.sum(), x)
    assert [done.create_graph for done in recording.passes] == [True, False]
    assert named(recording, "cos").rule_of == recording[y].number
    assert named(recording, "sin").rule_of is None


def test_passes_inside_of_passes():
    with ag.record() as recording:
        x = leaf([1.0, 2.0])
        ag.checkpoint(np.sin)(x).sum().backward()
    assert [done.is_inner for done in recording.passes] == [True, False]
    assert recording.passes[1].arrived.keys() == {recording[x].number}


def test_a_graph_from_before():
    x = leaf([1.0, 2.0])
    y = np.exp(x)
    first, second = ag.split(y * x, 2)
    with ag.record() as recording:
        (first + second).sum().backward()
    names = [recording.find(step.operation).name for step in recording.passes[0].steps]
    assert names == ["sum", "add", "split", "multiply", "exp"]
    assert recording[y].line is None and "before the recording" in recording[y].place
    assert [entry.source for entry in named(recording, "multiply").inputs] == [
        recording[y].number,
        None if recording[x].number > named(recording, "multiply").number else recording[x].number,
    ]


def test_errors_in_a_pass_name_the_line():
    def fail(g):
        raise KeyError("mine")

    with ag.record():
        x = leaf([1.0, 2.0])
        y = np.exp(x)
        y.register_hook(fail)
        with pytest.raises(KeyError) as caught:
            y.sum().backward()
    assert any("exp was computed at" in note and "y = np.exp(x)" in note for note in caught.value.__notes__)


# --- blocks -------------------------------------------------------------------------------------------------


def test_blocks_nest_and_may_be_entered_again():
    x = leaf([1.0, 2.0])
    with ag.record() as outer:
        x * 2
        with ag.record() as inner, ag.debug():
            x + 2
        x - 2
    with inner:
        x / 2
    x**2
    assert [operation.name for operation in outer.operations] == ["leaf", "multiply", "add", "subtract"]
    assert [operation.name for operation in inner.operations] == ["leaf", "add", "divide"]


def test_an_exception_ends_a_block():
    with pytest.raises(KeyError), ag.record() as recording:
        leaf([1.0]) * 2
        raise KeyError
    leaf([1.0]) * 2
    assert len(recording.operations) == 2


def test_old_operations_are_forgotten():
    with ag.record(limit=10) as recording:
        x = leaf(1.0)
        early = x * 2
        for _ in range(50):
            y = x * 1.0
            (y * x).backward()
    assert 10 <= len(recording.operations) <= 20
    assert recording[y].name == "multiply" and recording.find(recording[y].number) is recording[y]
    assert len(recording.passes) < 50
    with pytest.raises(KeyError, match="does not know"):
        recording[early]
    with pytest.raises(ag.errors.ArgumentError, match="limit=0"):
        ag.record(limit=0)


def test_a_tensor_that_it_does_not_know():
    with ag.record() as recording:
        pass
    with pytest.raises(KeyError, match="does not know the tensor"):
        recording[leaf([1.0]) * 2]
    assert recording.find(ag.tensor(1.0)) is None


def test_eight_threads():
    barrier = threading.Barrier(8)
    found = {}

    def work(i):
        barrier.wait()
        x = leaf([1.0, 2.0])
        if i == 0:
            with ag.record() as recording:
                for _ in range(50):
                    (np.sin(x) * i).sum().backward()
            found[i] = len(recording.operations), len(recording.passes)
        else:
            for _ in range(50):
                (np.sin(x) * i).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), 50 * i * np.cos([1.0, 2.0]))
        found.setdefault(i, None)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {0: (151, 50), **dict.fromkeys(range(1, 8))}


# --- what stays ---------------------------------------------------------------------------------------------


def test_graphs_are_freed_as_without():
    def work():
        x = leaf([1.0, 2.0])
        y = np.exp(x) * x
        alive = [weakref.ref(thing) for thing in (x, y, y.grad_fn, y.grad_fn.inputs[0], y.numpy().base)]
        y.sum().backward()
        y.detach() * float(x[0])
        return alive

    with ag.record():  # loads what it needs: a class with slots leaves the one without behind, in a cycle
        work()
    settle()
    gc.disable()
    try:
        with ag.record() as recording:
            assert [thing() for thing in work()] == [None] * 5
        assert len(recording.operations) > 4
        assert collected() == []
        gone = weakref.ref(recording)
        del recording
        with ag.record():  # takes its place as the last one
            pass
        assert gone() is None
        assert collected() == []
    finally:
        gc.enable()


def test_nothing_of_it_is_loaded_before_it_is_used():
    code = (
        "import sys, autograd, nn; "
        "print([m for m in ('recording', 'debugging', 'explaining', 'watching') if f'autograd.{m}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- the table ----------------------------------------------------------------------------------------------


def test_the_table():
    with ag.record() as recording:
        x = leaf(np.ones((100, 100)))
        (x @ x @ x).sum().backward()
    head, *rows = recording.summary().splitlines()
    assert head.split() == ["operation", "calls", "forward", "ms", "backward", "ms", "result", "MB", "kept", "MB"]
    assert [row.split()[:2] for row in rows][-1] == ["total", "3"]
    assert ["matmul", "2"] in [row.split()[:2] for row in rows]
    assert repr(recording) == "<Recording of 3 operations and 1 backward pass>"
    with ag.record() as empty:
        pass
    assert empty.summary().splitlines()[-1].split()[:2] == ["total", "0"]


# --- facts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("scale", [1e-7, 1.0, 1e4])
def test_norms(dtype, scale):
    from autograd.notes import summarize

    array = (np.array([[3.0, -4.0], [0.0, 0.0]]) * scale).astype(dtype).T
    assert summarize(array).norm == pytest.approx(float(np.linalg.norm(array.astype("float64"))), rel=1e-3)


def test_norms_that_would_overflow():
    from autograd.notes import summarize

    assert summarize(np.array([3e30, -4e30], np.float32)).norm == pytest.approx(5e30)
    assert summarize(np.array([3e-30, -4e-30], np.float32)).norm == pytest.approx(5e-30)
    facts = summarize(np.array([np.inf, np.nan, 0.0, 2.0, -1.0]))
    assert (facts.low, facts.high, facts.zeros, facts.nans, facts.infinities) == (-1.0, 2.0, 1, 1, 1)
    assert str(facts) == "(5,) float64, -1 to 2, 1 of 5 is 0, 1 is NaN, 1 is infinite"
    assert str(summarize(np.array([np.nan, np.nan]))) == "(2,) float64, 2 are NaN"
    assert str(summarize(np.zeros((0, 3)))) == "(0, 3) float64"
    assert str(summarize(np.array([True, False]))) == "(2,) bool, 0 to 1, 1 of 2 is 0"
    assert summarize(np.float64(np.inf)).infinities == 1


def test_a_line_of_a_notebook_names_no_file_that_nobody_knows():
    from autograd.notes import Line

    assert str(Line("/tmp/ipykernel_123/456.py", 7, "<module>")) == "cell:7"
    assert str(Line("ipykernel_notes.py", 7, "<module>")) == "ipykernel_notes.py:7"
