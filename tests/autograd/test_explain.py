"""`ag.explain`: the mistakes of learners, each with a plain right answer."""

import re
import time

import numpy as np
import pytest

import autograd as ag
import nn


def leaf(data, dtype="float64"):
    return ag.tensor(data, dtype=dtype, requires_grad=True)


def answer(x, loss=None):
    """The explanation, its text on one line, with this file's lines as they stand."""
    explanation = ag.explain(x, loss)
    assert isinstance(explanation, str)
    assert repr(explanation) == str(explanation)
    return explanation


def lines_named(explanation):
    """The lines of this file that a text names."""
    return set(re.findall(r"test_explain\.py:\d+: (.*?)(?:\.|:| \(|,|$)", explanation, re.MULTILINE))


# --- no gradient -----------------------------------------------------------------------------------------


def test_requires_grad_was_forgotten():
    with ag.record():
        w = ag.tensor([1.0, 2.0])
        loss = (w * 3).sum()
    said = answer(w)
    assert (said.verdict, said.reason) == ("none", "constant")
    assert "requires_grad=True" in said
    said = answer(loss)
    assert said.reason == "constant"
    assert "computed by sum" in said and "loss = (w * 3).sum()" in said and "requires_grad=True" in said


def test_computed_under_no_grad():
    with ag.record():
        w = leaf([1.0, 2.0])
        with ag.no_grad():
            h = w * 3
        loss = (h + leaf(1.0)).sum()
        loss.backward()
    said = answer(w)
    assert (said.verdict, said.reason) == ("none", "cut")
    assert "multiply was computed under ag.no_grad()" in said and "h = w * 3" in said
    said = answer(h)
    assert said.reason == "no_grad" and "under ag.no_grad()" in said
    assert [operation.name for operation in said.operations] == ["multiply"]


def test_used_under_no_grad_alone():
    with ag.record():
        w, v = leaf([1.0, 2.0]), leaf([1.0, 2.0])
        with ag.no_grad():
            w * 3
        v.sum().backward()
    said = answer(w)
    assert said.reason == "no_grad" and "under ag.no_grad() alone" in said


CUTS = {
    "detach()": lambda h: h.detach() * 2,
    "numpy()": lambda h: h.numpy() * leaf([1.0, 1.0]),
    "data": lambda h: h.data * leaf([1.0, 1.0]),
    "tolist()": lambda h: leaf([1.0, 1.0]) * h.tolist(),
    "item()": lambda h: leaf([1.0, 1.0]) * h[0].item(),
    "float()": lambda h: leaf([1.0, 1.0]) * float(h[0]),
    "argmax": lambda h: leaf([1.0, 1.0])[h.argmax()],
    "greater": lambda h: leaf([1.0, 1.0]) * (h > 1),
}


@pytest.mark.parametrize("name", CUTS)
def test_taken_out_of_the_graph(name):
    with ag.record():
        w = leaf([1.0, 2.0])
        h = w * 3
        loss = (CUTS[name](h) + leaf([0.0, 0.0])).sum()
        loss.backward()
    said = answer(w)
    assert (said.verdict, said.reason) == ("none", "cut"), said
    assert [operation.name for operation in said.operations] == [name]
    assert f"{name}" in said and "test_explain.py" in said
    assert "no derivative" in said or "Keep to the Tensor" in said or "takes it out of the graph" in said


def test_cast_to_integers():
    with ag.record():
        w = leaf([1.2, 2.7])
        rounded = w.astype(int)
        loss = (rounded * leaf([1.0, 1.0])).sum()
        loss.backward()
    said = answer(w)
    assert said.reason == "cut" and "astype gives int64, which has no derivative" in said
    assert "rounded = w.astype(int)" in said
    said = answer(rounded)
    assert said.reason == "integer" and "only real numbers have gradients" in said


def test_a_computed_tensor_keeps_no_gradient():
    with ag.record():
        x = leaf([1.0, 2.0])
        h = x * 3
        h.sum().backward()
    said = answer(h)
    assert (said.verdict, said.reason) == ("none", "not a leaf")
    assert "computed, by multiply" in said and "retain_grad()" in said
    assert said.path[-1].operation.name == "sum"


def test_a_leaf_that_was_reshaped_is_no_leaf():
    with ag.record():
        x = leaf([1.0, 2.0]).reshape(2, 1)
        (x * 2).sum().backward()
    assert answer(x).reason == "not a leaf"


def test_backward_was_not_called():
    with ag.record():
        w = leaf([1.0, 2.0])
        loss = (w * 2).sum()
    said = answer(w)
    assert (said.verdict, said.reason) == ("none", "no pass")
    assert "backward() was not called" in said and "sum at" in said
    assert answer(w, loss).verdict == "fine"  # a pass of its own
    assert w.grad is None


def test_not_used_in_this_loss():
    with ag.record():
        w, v = leaf([1.0, 2.0]), leaf([1.0, 2.0])
        other = (w * 2).sum()
        loss = (v * v).sum()
        loss.backward()
    said = answer(w)
    assert (said.verdict, said.reason) == ("none", "elsewhere")
    assert "does not depend on it" in said and "other = (w * 2).sum()" in said
    assert answer(w, loss).reason == "elsewhere"
    assert answer(w, other).verdict == "fine"


def test_not_used_at_all():
    with ag.record():
        w, v = leaf([1.0, 2.0]), leaf([1.0, 2.0])
        v.sum().backward()
    said = answer(w)
    assert said.reason == "unused" and "Nothing was computed from it" in said


def test_a_name_was_bound_to_a_new_tensor():
    with ag.record():
        w = leaf([1.0, 2.0])
        for _ in range(2):
            loss = (w * w).sum()
            loss.backward()
            w = w - 0.1 * (w.grad if w.grad is not None else 0.0)
    said = answer(w)
    assert said.verdict == "none"
    assert "w -= ..." in said or "only leaves keep .grad" in said


def test_a_name_was_bound_to_a_new_tensor_under_no_grad():
    with ag.record():
        w = leaf([1.0, 2.0])
        (w * w).sum().backward()
        with ag.no_grad():
            w = w - 0.1 * w.grad
    said = answer(w)
    assert said.reason == "no_grad" and "w -= rate * w.grad" in said


def test_a_gradient_that_was_cleared():
    with ag.record():
        w = leaf([1.0, 2.0])
        (w * w).sum().backward()
        w.zero_grad()
    said = answer(w)
    assert (said.verdict, said.reason) == ("none", "cleared") and "zero_grad" in said


def test_the_loss_needs_no_gradient():
    with ag.record():
        w = leaf([1.0, 2.0])
        loss = (w.detach() * 2).sum()
    said = answer(w, loss)
    assert said.verdict == "none" and "The loss itself needs no gradient" in said and "detach()" in said


def test_an_argument_without_a_derivative():
    with ag.record():
        x, places = leaf([1.0, 2.0]), leaf([0.5, 1.0])
        np.interp(places, np.array([0.0, 1.0]), x).sum().backward()
    assert answer(x).verdict == "fine"


# --- zero -------------------------------------------------------------------------------------------------

LOST = {
    "round": lambda x: np.round(x),
    "sign": lambda x: np.sign(x),
    "floor": lambda x: np.floor(x),
    "relu": lambda x: ag.relu(x - 10),
    "sigmoid": lambda x: ag.sigmoid(x * 1000),
    "tanh": lambda x: np.tanh(x * 1000),
    "multiply": lambda x: x * 0.0,
    "clip": lambda x: np.clip(x, -0.5, 0.5),
    "where": lambda x: np.where(np.array([False, False]), x, 1.0),
    "maximum": lambda x: np.maximum(x, 5.0),
    "minimum": lambda x: np.minimum(x, -5.0),
}


@pytest.mark.parametrize("name", LOST)
def test_a_gradient_that_vanishes(name):
    with ag.record():
        x = leaf([1.0, 2.5], "float32")
        h = LOST[name](x)
        (h * 2).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 0)
    said = answer(x)
    assert (said.verdict, said.reason) == ("zero", "lost")
    assert [operation.name for operation in said.operations] == [name]
    assert f"It is lost in {name} at" in said and "what goes on to x 0." in said


def test_a_softmax_that_is_saturated():
    with ag.record():
        x = leaf([0.0, 1e3], "float32")
        np.log(ag.softmax(x, 0)[1]).backward()
    said = answer(x)
    assert said.verdict == "zero" and "saturated" in said


def test_an_element_that_is_not_the_largest():
    with ag.record():
        small, large = leaf(1.0), leaf(2.0)
        np.max(ag.stack([small, large])).backward()
    assert small.grad.item() == 0
    said = answer(small)
    assert said.verdict == "zero" and said.operations[0].name in ("stack", "max")
    assert answer(large).verdict == "fine"


def test_ties_of_the_maximum_are_fine():
    with ag.record():
        x = leaf([2.0, 2.0])
        x.max().backward()
    assert answer(x).verdict == "fine"


def test_gradients_that_cancel():
    with ag.record():
        x = leaf([1.0, 2.0])
        (x * 3 - x * 3).sum().backward()
    said = answer(x)
    assert (said.verdict, said.reason) == ("zero", "cancelled") and "add up to 0" in said


def test_a_pass_that_starts_from_zero():
    with ag.record():
        x = leaf([1.0, 2.0])
        (x * 3).sum().backward(np.array(0.0))
    assert answer(x).reason == "zero from the start"


def test_part_of_a_gradient_is_lost():
    with ag.record():
        x = leaf([-1.0, -2.0, 3.0])
        ag.relu(x * 2).sum().backward()
    said = answer(x)
    assert (said.verdict, said.reason) == ("fine", "thinned")
    assert "Part of it is lost in relu" in said and "67% zeros" in said


# --- huge, tiny, not finite ------------------------------------------------------------------------------


def test_a_product_that_explodes():
    with ag.record():
        x = leaf(1.0)
        h = x
        for _ in range(30):
            h = h * 10.0
        h.backward()
    said = answer(x)
    assert said.verdict == "huge"
    assert "30 operations" in said and "h = h * 10.0" in said
    assert all(link.factor == pytest.approx(10.0) for link in said.path)


def test_a_product_that_vanishes():
    with ag.record():
        x = leaf(1.0)
        (x * 1e-4 * 1e-4).backward()
    said = answer(x)
    assert said.verdict == "tiny" and len(said.path) == 2


def test_a_gradient_that_is_not_finite():
    with ag.record():
        x = leaf([0.0, 4.0])
        with np.errstate(divide="ignore"):
            np.sqrt(x * 2).sum().backward()
    said = answer(x)
    assert (said.verdict, said.reason) == ("not finite", "not finite")
    assert "It comes from sqrt" in said and "infinite at 0" in said


# --- fine -------------------------------------------------------------------------------------------------


def test_a_gradient_as_it_should_be():
    with ag.record(), ag.scope("model"):
        x = leaf([1.0, 2.0])
        (np.sin(x) * 2).sum().backward()
    said = answer(x)
    assert said.verdict == said.reason == "fine"
    assert [link.operation.name for link in said.path] == ["sin", "multiply", "sum"]
    assert said.path[1].factor == pytest.approx(2.0)
    assert said.count(", in model") == 3 and said.count("(np.sin(x) * 2).sum().backward()") == 3


def test_parameters_of_a_module():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    frozen = nn.Linear(2, 2)
    with ag.record():
        loss = model(ag.ones(4, 2)).sum()
        loss.backward()
    said = answer(model[0].weight)
    assert said.verdict in ("fine", "zero") and "in Sequential.2" in said
    assert answer(frozen.weight).verdict == "none"


# --- which recording, which loss ---------------------------------------------------------------------------


def test_without_a_recording():
    import threading

    told = []

    def work():  # a fresh thread has no last recording
        x, free = leaf([1.0, 2.0]), leaf(1.0)
        told.append(ag.explain(x))
        loss = np.sin(x).sum()
        told.append(ag.explain(x, loss))
        told.append(ag.explain(free, loss))
        told.append(ag.explain(ag.tensor(1.0)))
        loss.backward()
        told.append(ag.explain(x, loss))
        told.append(ag.explain(free, loss))
        told.append(ag.explain(loss))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [said.verdict for said in told] == ["none", "fine", "none", "none", "fine", "none", "none"]
    assert [link.operation.name for link in told[1].path] == ["sin", "sum"]
    assert all("ag.record()" in told[i] for i in (0, 2, 3, 4, 5, 6))
    assert "does not depend on it" in told[2] and "requires_grad=True" in told[3] and "released" in told[4]
    assert told[6].reason == "not a leaf"


def test_a_pass_of_its_own_touches_no_gradient():
    x = leaf([1.0, 2.0])
    h = x * 3
    h.retain_grad()
    calls = []
    h.register_hook(calls.append)
    loss = h.sum()
    assert answer(x, loss).verdict == "fine"
    assert x.grad is None and h.grad is None
    loss.backward()
    np.testing.assert_array_equal(x.grad.numpy(), 3)
    np.testing.assert_array_equal(h.grad.numpy(), 1)


def test_the_active_recording_is_read():
    with ag.record():
        x = leaf([1.0, 2.0])
        (x * 0.0).sum().backward()
        assert answer(x).verdict == "zero"


def test_what_was_computed_before_the_recording():
    x = leaf([1.0, 2.0])
    h = np.sin(x) * 2
    with ag.record():
        (h * 0.0).sum().backward()
    said = answer(x)
    assert said.verdict == "zero" and [link.operation.name for link in said.path] == [
        "sin",
        "multiply",
        "multiply",
        "sum",
    ]
    assert "a line before the recording" in said


@pytest.mark.parametrize("bad", [None, 3.0, np.ones(2)])
def test_only_tensors_are_explained(bad):
    with pytest.raises(ag.errors.ArgumentError, match="want a Tensor"):
        ag.explain(bad)


def test_a_long_graph():
    start = time.perf_counter()
    with ag.record():
        x = leaf(1.0)
        h = x
        for _ in range(30_000):
            h = h * 1.0
        h.backward()
        lost = leaf(1.0)
        g = lost
        for _ in range(10_000):
            g = g * 1.0
        g.detach() * x
    assert len(answer(x).path) == 30_000
    assert answer(lost).reason == "cut"
    assert time.perf_counter() - start < 60


def test_debug_within_a_recording():
    with ag.record(), ag.debug():
        x = leaf([1.0, 2.0])
        (np.sin(x) * 2).sum().backward()
    assert [link.operation.name for link in answer(x).path] == ["sin", "multiply", "sum"]


def test_after_debug_alone():
    with ag.debug():
        x, h = leaf([1.0, 2.0]), leaf([1.0])
        (x * h.detach()).sum().backward()
        h.grad = ag.tensor([0.0])  # or else it is a surprise
    said = answer(x)
    assert said.verdict == "fine" and "ag.record()" in said
    assert answer(h).reason == "cut"


def test_passes_of_other_things_do_not_count():
    with ag.record():
        x, z = leaf([1.0, 2.0]), leaf([1.0])
        h = x * 2
        h.sum().backward()
        ag.gradients((z * 3).sum(), z)
    assert answer(x).verdict == "fine"
    assert answer(h).reason == "not a leaf" and answer(h).path
    assert "Its .grad is None" not in answer(z)
