"""Overlays: what they say of a graph, in colours and in words, against what is known of it otherwise."""

import math

import numpy as np
import pytest

import autograd as ag
from autograd.graphs import Facts, Graph, GraphEdge, GraphNode
from autograd.notes import Summary, summarize
from autograd.viz.overlays import OVERLAYS, paint
from autograd.viz.overlays.scales import COLORS, NOTHING, color_at, linear, logarithmic, painted
from autograd.viz.overlays.words import scaled
from autograd.viz.painting import Legend, Painting
from autograd.viz.views import Arrow, Item, View, whole_view

ALL = [*OVERLAYS, "path"]


def by_name(view, painting):
    """Paint by the name or title of what is painted."""
    return {item.name or item.title: painting.items[item.id] for item in view.items if item.id in painting.items}


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return np.dot(parts, [0.2126, 0.7152, 0.0722])


def chain(*gradients, edges=None):
    """A leaf "x" and operations behind each other; their gradients' norms, and what the edges bring."""
    facts = [Facts(gradient=Summary((2,), "float32", 2, 0.0, norm, norm)) for norm in gradients]
    last = len(facts) - 1
    nodes = [GraphNode(0, "leaf", name="x", facts=facts[0])]
    for place in range(1, len(facts)):
        kind = "result" if place == last else "operation"
        nodes.append(GraphNode(place, kind, f"op{place}", facts=facts[place]))
    brought = edges or gradients[:-1]
    return Graph(tuple(nodes), tuple(GraphEdge(n, n + 1, "x", brought[n]) for n in range(last)), {})


# --- gradients ------------------------------------------------------------------------------------------


def test_a_vanishing_gradient_fades_from_the_result_to_the_first_layer():
    rng = np.random.default_rng(0)
    weights = {f"w{n}": ag.tensor(rng.normal(size=(8, 8)), requires_grad=True) for n in range(30)}
    h = ag.tensor(rng.normal(size=(4, 8)))
    for weight in weights.values():
        h = 1 / (1 + ag.exp(-(h @ weight)))
    loss = h.sum()
    view = whole_view(ag.graph(loss, weights, gradients=True))
    painting = paint(view, "gradient")
    looks = by_name(view, painting)
    lights = [luminance(looks[name].fill) for name in weights]
    assert lights[0] > 0.8 > 0.1 > lights[-1]
    assert np.all(np.diff(lights)[::3] < 0)
    slopes = ag.gradients(loss, list(weights.values()))
    norms = {name: float(np.linalg.norm(slope.numpy())) for name, slope in zip(weights, slopes, strict=True)}
    assert float(looks["w0"].lines[0].removeprefix("gradient ").replace("−", "-")) == pytest.approx(norms["w0"], 0.05)
    (note,) = painting.legend.notes
    least, most = min(norms, key=norms.get), max(norms, key=norms.get)
    assert note.startswith("The gradient falls from ") and note.endswith(f" at {least}.") and f" at {most} to " in note


def test_where_gradients_are_lost_or_grow():
    x = ag.tensor([[-1.0, -2.0], [-3.0, -4.0]], requires_grad=True)
    view = whole_view(ag.graph((ag.relu(x) * 2).sum(), {"x": x}, gradients=True))
    painting = paint(view, "gradient")
    assert painting.legend.notes == ("The gradient of x is 0. It is lost in relu.",)
    assert painting.items["n0"].fill == NOTHING and painting.legend.swatches[0][0] == NOTHING
    steep = paint(whole_view(chain(1e6, 1e5, 1.0, 1.0)), "gradient")
    assert steep.legend.notes == ("In one step it grows most in op2: from 1 to 1e5.",)


def test_a_block_that_repeats_tells_the_range_of_all_that_leaves_its_repetitions():
    graph = chain(1e-4, 1e-3, 1e-2, 1e-1, 1.0)
    again = Arrow("n1", "n1", "again", (1, 2))
    items = (
        Item("n0", "leaf", (0,), name="x"),
        Item("n1", "operation", (1, 2, 3), repeats=3),
        Item("n4", "result", (4,)),
    )
    view = View(graph, items, (), (Arrow("n0", "n1", "data", (0,)), again, Arrow("n1", "n4", "data", (3,))))
    painting = paint(view, "gradient")
    assert painting.items["n1"].lines == ("gradient 0.001 to 0.1",)
    assert painting.items["n1"].fill == logarithmic([1e-4, 1.0]).color(1e-3)  # by the smallest
    closed = View(graph, (items[0], Item("n1", "module", (1, 2, 3, 4))), (), (Arrow("n0", "n1", "data", (0,)),))
    assert paint(closed, "gradient").items["n1"].lines == ("gradient 1",)  # of its result alone


def test_several_results_of_an_operation_are_counted_once():
    x = ag.tensor(np.arange(6.0), requires_grad=True)
    with ag.record():
        p, q, r = ag.split(x, 3)
        loss = (p * q).sum() + r.sum()
    graph = ag.graph(loss, {"x": x}, gradients=True)
    view = whole_view(graph)
    whole = next(node for node in graph.nodes if node.op == "split")
    parts = tuple(node.id for node in graph.nodes if node.op in ("split", "part"))
    merged = View(graph, (Item("n1", "operation", parts, title="split"),), (), ())
    assert paint(merged, "gradient").items["n1"].lines == by_name(view, paint(view, "gradient"))["x"].lines
    assert paint(merged, "forward").items["n1"].lines == (f"{scaled(whole.facts.forward, 's')} · 100%",)


# --- values -----------------------------------------------------------------------------------------------


def test_zeros_and_dead_units():
    rng = np.random.default_rng(1)
    x = ag.tensor(rng.normal(size=(16, 10)), requires_grad=True)
    shift = np.where(np.arange(10) < 5, -100.0, 0.0)
    with ag.record():
        h = ag.relu(x + shift)
        loss = (h @ np.ones((10, 3))).sum()
    view = whole_view(ag.graph(loss, {"x": x}))
    painting = paint(view, "zeros")
    looks = by_name(view, painting)
    share = np.mean(h.numpy() == 0)
    assert looks["relu"].lines == (f"{share:.0%} zeros", "5 of 10 units dead")
    assert looks["relu"].fill == color_at(share) and looks["relu"].border
    assert looks["add"].lines == () and not looks["add"].border
    assert "x" not in looks  # leaves are not judged
    assert painting.legend.notes == ("Most dead units: relu, 5 of 10.",)


def test_units_of_a_single_sample_are_not_called_dead():
    x = ag.tensor([[-1.0, 2.0]], requires_grad=True)
    with ag.record():
        loss = ag.relu(x).sum()
    painting = paint(whole_view(ag.graph(loss)), "zeros")
    assert painting.items["n1"].lines == ("50% zeros",) and not painting.legend.notes


def test_ranges():
    x = ag.tensor([0.001, -200.0], requires_grad=True)
    with ag.record(), np.errstate(over="ignore"):
        loss = ag.exp(-4.5 * x).sum()
    view = whole_view(ag.graph(loss, {"x": x}))
    looks = by_name(view, paint(view, "range"))
    assert looks["x"].lines == ("−200 to 0.001",)
    assert looks["exp"].lines == ("1 of 2 is infinite", "0.996") and looks["exp"].fill == "#d55e00"


# --- NaN and infinity ---------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_a_nan_is_traced_to_its_origin():
    x, p = ag.tensor([0.0, 1.0], requires_grad=True), np.array([0.0, 1.0], np.float32)
    with ag.record():
        entropy = ag.log(ag.tanh(x)) * p
        loss = (entropy + x).sum()
    view = whole_view(ag.graph(loss, {"x": x, "entropy": entropy}))
    painting = paint(view, "finite")
    looks = by_name(view, painting)
    assert looks["log"].border and looks["log"].lines == ("1 of 2 is infinite", "it begins here")
    assert [name for name, look in looks.items() if look.border] == ["log"]
    assert looks["entropy"].fill == looks["sum"].fill != looks["tanh"].fill
    begins, becomes = painting.legend.notes
    assert begins.startswith("It begins in log (") and "entropy = ag.log(ag.tanh(x)) * p" in begins
    assert becomes.startswith("Infinity becomes NaN in entropy")


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_a_nan_that_is_in_gradients_alone():
    x = ag.tensor([0.0, 4.0], requires_grad=True)
    with ag.record():
        loss = (ag.sqrt(x * x) * 2).sum()
    view = whole_view(ag.graph(loss, {"x": x}, gradients=True))
    painting = paint(view, "finite")
    looks = by_name(view, painting)
    assert looks["sqrt"].lines == ("its derivative begins it",) and looks["sqrt"].border
    assert looks["x"].lines == ("gradient 1 of 2 is NaN",) and not looks["x"].border
    assert painting.legend.notes[0].startswith("The gradient ceases to be finite in the derivative of sqrt")
    both = View(view.graph, (*view.items, Item("g2", "gradient", (2,), of="n2")), (), view.arrows)
    assert paint(both, "finite").items["g2"].border and not paint(both, "finite").items["n2"].border


def test_which_of_several_derivatives_is_not_finite():
    bad, good = summarize(np.array([np.nan, 1.0])), summarize(np.array([1.0, 2.0]))
    nodes = (
        GraphNode(0, "leaf", name="x", facts=Facts(good, bad)),
        GraphNode(1, "operation", "sqrt", facts=Facts(good, good)),
        GraphNode(2, "operation", "exp", facts=Facts(good, good)),
        GraphNode(3, "result", "add", facts=Facts(good, good)),
    )
    brought = (math.nan, 1.0, 1.0, 1.0)
    ends = ((0, 1), (0, 2), (1, 3), (2, 3))
    edges = tuple(GraphEdge(*pair, gradient=norm) for pair, norm in zip(ends, brought, strict=True))
    looks = paint(whole_view(Graph(nodes, edges, {})), "nan").items
    assert [key for key, look in looks.items() if look.border] == ["n1"]


# --- costs and orders -------------------------------------------------------------------------------------


def test_costs_add_up():
    facts = [Facts(kept=None), Facts(None, None, (), (), 3000, 0.001, 0.002, 5_000_000), Facts(kept=0, forward=0.001)]
    nodes = (
        GraphNode(0, "leaf", name="w", facts=facts[0]),
        GraphNode(1, "operation", "matmul", scope="Net", facts=facts[1]),
        GraphNode(2, "result", "sum", facts=facts[2]),
    )
    graph = Graph(nodes, (GraphEdge(0, 1, "x"), GraphEdge(1, 2, "x")), {})
    view = whole_view(graph)
    assert paint(view, "memory").items["n1"].lines == ("3 kB · 100%",)
    assert "n2" not in paint(view, "memory").items  # which keeps nothing
    assert paint(view, "multiply-adds").items["n1"].lines == ("5 M · 100%",)
    timed = paint(view, "time")
    assert [timed.items[key].lines for key in ("n1", "n2")] == [("3 ms · 75%",), ("1 ms · 25%",)]
    assert timed.items["n1"].fill == COLORS[-1]
    assert timed.legend.notes[0] == "4 ms in all; most in matmul in Net: 75%."
    assert paint(view, "backward").legend.notes[1] == "The time of the backward pass of 1 of 2 is not known."
    closed = View(graph, (Item("n0", "module", (0, 1, 2)),), (), ())
    assert paint(closed, "time").items["n0"].lines == ("4 ms · 100%",)
    gradients = (Item("g1", "gradient", (1,)), Item("g2", "gradient", (2,)))
    both = paint(View(graph, (*view.items, *gradients), view.boxes, view.arrows), "time")
    assert [both.items[key].lines[0] for key in ("n1", "g1")] == ["1 ms · 25%", "2 ms · 50%"]
    with pytest.raises(ag.errors.ArgumentError, match="'memory' is of the forward pass"):
        paint(View(graph, gradients, (), ()), "memory")


def test_orders_of_differentiation():
    x = ag.tensor(1.5, requires_grad=True)
    with ag.record():
        (slope,) = ag.gradients(ag.sin(ag.exp(x)), [x], create_graph=True)
        (curve,) = ag.gradients(slope, [x], create_graph=True)
    view = whole_view(ag.graph(curve, {"x": x}))
    painting = paint(view, "order")
    said = {item.title: painting.items[item.id].lines[0][-1] for item in view.items if item.id in painting.items}
    assert said["exp"] == "0" and said["cos"] == "1" and "2" in said.values()
    assert [meaning[0] for _, meaning in painting.legend.swatches] == ["0", "1", "2"]


# --- what keeps a gradient alive --------------------------------------------------------------------------


def test_the_path_of_a_gradient():
    x = ag.tensor([1.0, 1.0], requires_grad=True)
    with ag.record():
        skipped = x * 3
        loss = (ag.tanh(skipped) * 5 + skipped).sum()
    view = whole_view(ag.graph(loss, {"x": x, "skipped": skipped}, gradients=True))
    painting = paint(view, "path", "x")
    slope = 5 * (1 - math.tanh(3.0) ** 2)  # by the branch; 1 by the skip
    share = slope / (1 + slope)
    looks = by_name(view, painting)
    assert looks["tanh"].lines[1] == f"{share:.0%} of the way"
    assert looks["x"].border and looks["add"].border and not looks["tanh"].border
    titles = {item.id: item.name or item.title for item in view.items}
    lines = {(titles[a.source], titles[a.target]): painting.arrows[n] for n, a in enumerate(view.arrows)}
    (color, bold), (other, narrow) = lines["skipped", "add"], lines["skipped", "tanh"]
    assert color == lines["x", "skipped"][0] != other and bold > narrow
    assert (bold - 1) / (narrow - 1) == pytest.approx((1 - share) / share, 0.1)
    assert painting.legend.notes == (
        f"The strongest way from the result: sum, add, skipped, x. It brings {1 - share:.0%}.",
    )


def test_paths_through_several_results_and_past_zeros():
    x = ag.tensor([1.0, 1.0, -1.0], requires_grad=True)
    with ag.record():
        p, q, r = ag.split(x, 3)
        loss = (3 * p + q + 0 * r).sum()
    view = whole_view(ag.graph(loss, {"x": x}, gradients=True))
    assert paint(view, "path", "x").legend.notes[0].endswith("It brings 75%.")
    dead = ag.graph(ag.relu(-1 * ag.exp(x)).sum(), {"x": x}, gradients=True)
    notes = paint(whole_view(dead), "path", "x").legend.notes
    assert notes[1] == "The gradient that arrives is 0, so that all ways count alike. It is lost in relu."


def test_paths_of_what_is_not_there():
    x = ag.tensor([1.0], requires_grad=True)
    graph = ag.graph((x * 2 * np.ones(1, np.float32)).sum(), {"weight": x}, gradients=True)
    view = whole_view(graph)
    unnamed = whole_view(ag.graph(x * 2, gradients=True))
    named = r"give it one, as in ag.graph\(loss, \{'w': w\}, gradients=True\), and then of='w'\.$"
    for given, of, message in [
        (view, None, "wants of=.*'weight'"),
        (view, "weigth", "Did you mean 'weight'"),
        (view, "y", "it is a constant"),
        (view, "", f"of='': want the name of a value; {named}"),
        (view, x, rf"of=\(1,\) float32: want the name of a value; {named}"),
        (unnamed, None, f"the name of a leaf: {named}"),
        (unnamed, "x", f"None has a name: {named}"),
    ]:
        with pytest.raises(ag.errors.ArgumentError, match=message):
            paint(given, "path", of)


# --- which overlay, and what was not measured --------------------------------------------------------------


def test_overlays_by_name_and_of_ones_own():
    view = whole_view(chain(1.0, 2.0, 3.0))
    own = Painting({}, Legend("mine"))
    assert paint(view, lambda given: own if given is view else None) is own
    for overlay, of, message in [
        ("graident", None, "Did you mean 'gradient'"),
        ("?", None, "There are 'gradient', .*'path'"),
        ("memory", "x", "goes with overlay='path'"),
        (type, None, "overlay=type: it returned type"),
        (3, None, r"overlay=3: want a name, 'gradient', .*'path', or a function of a View\.$"),
    ]:
        with pytest.raises(ag.errors.ArgumentError, match=message):
            paint(view, overlay, of)


@pytest.mark.parametrize("overlay", ALL)
def test_what_was_not_measured_is_an_error_that_says_how_to_get_it(overlay):
    bare = Graph((GraphNode(0, "leaf", name="x"), GraphNode(1, "result", "exp")), (GraphEdge(0, 1, "x"),), {})
    with pytest.raises(ag.errors.ArgumentError, match=rf"^overlay='({overlay}|finite)'.* (Take|Compute) "):
        paint(whole_view(bare), overlay, "x" if overlay == "path" else None)


@pytest.mark.parametrize("overlay", ALL)
def test_long_graphs_and_twice_the_same(overlay):
    numbers = np.linspace(1.0, 2.0, 5000).tolist()
    plain = chain(*numbers)
    value = Summary((2,), "float32", 2, 1.0, 2.0, 2.0)
    nodes = [
        GraphNode(n.id, n.kind, n.op, n.name, facts=Facts(value, n.facts.gradient, (), (), 8, 1e-6, 1e-6, 9, 0))
        for n in plain.nodes
    ]
    view = whole_view(Graph(tuple(nodes), plain.edges, {}))
    of = "x" if overlay == "path" else None
    painting = paint(view, overlay, of)
    assert len(painting.items) >= 4999 and painting == paint(view, overlay, of)


# --- scales -----------------------------------------------------------------------------------------------


def test_the_map_darkens_steadily_and_text_is_legible_on_it():
    colors = [color_at(place) for place in np.linspace(0, 1, 201)]
    lights = [luminance(color) for color in colors]
    assert np.all(np.diff(lights) < 0)
    inks = [luminance(painted(color).ink) for color in colors]
    contrast = [(max(a, b) + 0.05) / (min(a, b) + 0.05) for a, b in zip(lights, inks, strict=True)]
    assert min(contrast) > 3.9


@pytest.mark.parametrize("values", [[1.0], [5e-324, 1e308], [0.3, 0.31], [0.0, 1e-7, 1e-3], [0.0, math.inf, 2.0]])
def test_logarithmic_scales(values):
    scale = logarithmic(values)
    known = [value for value in values if 0 < value < math.inf]
    assert all(0 <= scale.place(value) <= 1 for value in known)
    places = [place for place, _ in scale.ticks]
    assert 2 <= len(places) <= 5 and places == sorted(places) and places[0] >= 0 and places[-1] == 1
    assert scale.high - scale.low >= 1  # less than a decade does not look like a difference


def test_scales_of_nothing():
    assert logarithmic([0.0]) is None and linear([0.0], str) is None
    assert linear([2.5], str).ticks == ((0.0, "0.0"), (0.4, "1.0"), (0.8, "2.0"))
