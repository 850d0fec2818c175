"""Graphs as text and as Mermaid diagrams: what stands in each line, and that no name can break it."""

import re
from dataclasses import replace

import numpy as np
import pytest

import autograd as ag
from autograd.graphs import Facts, Graph, GraphEdge, GraphNode
from autograd.notes import summarize
from autograd.viz.closing import close, merge_parts
from autograd.viz.folding import fold
from autograd.viz.mermaid import MOST_ARROWS, to_mermaid
from autograd.viz.painting import Legend, Paint, Painting
from autograd.viz.passes import with_passes
from autograd.viz.text import to_text
from autograd.viz.views import Arrow, View, whole_view

HOSTILE = [
    '"]; end',
    "end",
    "<b>&lt;</b>",
    "`code`",
    "# 1",
    "direction TB",
    "%%{init}%%",
    "- list",
    "_a_ *b*",
    "größe 语",
]


def graph_of(*nodes, edges=(), scopes=None):
    """A graph of nodes that are given without their numbers, and of edges as (source, target, argument)."""
    numbered = [GraphNode(number, *parts[:1], **parts[1]) for number, parts in enumerate(nodes)]
    return Graph(tuple(numbered), tuple(GraphEdge(*edge) for edge in edges), scopes or {})


@pytest.fixture
def network():
    """Two layers and a loss, without a library of layers."""
    weight, inner, outer = {"shape": (4, 3), "scope": "Net.0"}, {"scope": "Net.0"}, {"scope": "Net.1"}
    return graph_of(
        ("constant", {"name": "x", "shape": (8, 3)} | inner),
        ("leaf", {"name": "0.weight"} | weight),
        ("leaf", {"name": "0.bias", "shape": (4,)} | inner),
        ("operation", {"op": "linear", "shape": (8, 4)} | inner),
        ("operation", {"op": "relu", "shape": (8, 4)} | outer),
        ("operation", {"op": "multiply", "shape": (8, 4), "scope": "Net"}),
        ("result", {"op": "sum", "shape": (), "value": 2.5}),
        edges=[(0, 3, "x"), (1, 3, "weight"), (2, 3, "bias"), (3, 4, "x"), (3, 5, "x"), (4, 5, "y"), (5, 6, "x")],
        scopes={"Net": "Net", "Net.0": "Linear", "Net.1": "ReLU"},
    )


def loop(steps):
    x = y = ag.tensor(1.0, requires_grad=True)
    for _ in range(steps):
        y = y * 0.5 + x
    return ag.graph(y, {"x": x})


def labels(mermaid):
    """What stands in quotes, which is all that is taken from a graph."""
    return re.findall(r'"([^"]*)"', mermaid.partition("```mermaid\n")[2].partition("\n```")[0])


# --- text -----------------------------------------------------------------------------------------------


def test_an_expression_reads_like_a_program():
    a, b = ag.tensor(-4.0, requires_grad=True), ag.tensor(2.0, requires_grad=True)
    c = a + b
    d = a * b + b**3
    e = ag.tanh(c * c) - 1.0 / (d + b)
    e.backward(retain_graph=True)
    text = to_text(whole_view(ag.graph(e, {"a": a, "b": b, "c": c})))
    assert text.splitlines() == [
        "operation                  value  gradient",
        "a                             -4    0.4946",
        "b                              2     2.245",
        "c = add(a, b)                 -2",
        "multiply(c, c)",
        "%1 = tanh(_)              0.9993",
        "%2 = multiply(a, b)",
        "power(b, 3)",
        "add(%2, _)",
        "add(_, b)                      2",
        "divide(constant, _)          0.5",
        "result = subtract(%1, _)  0.4993",
        "",
        "9 operations, 2 leaves.",
    ]


def test_modules_are_folders(network):
    assert to_text(whole_view(network)).splitlines() == [
        "operation                                               in → out     parameters",
        "Net                                                 (8, 3) → (8, 4)          16",
        "├─ 0 · %1 = Linear(x[8, 3], weight[4, 3], bias[4])  (8, 3) → (8, 4)          16",
        "├─ 1 · ReLU(%1)                                     (8, 4) → (8, 4)",
        "└─ multiply(%1, _)                                           (8, 4)",
        "result = sum(_)                                              2.5",
        "",
        "4 operations, 2 leaves, 16 parameters.",
    ]
    closed = to_text(close(whole_view(network), 0)).splitlines()
    assert closed[1:3] == [
        "Net              (8, 3) → (8, 4)          16",
        "result = sum(_)           2.5",
    ]


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (79, "├─ 0 · %1 = Linear(x[8, 3], weight[4, 3], bias[4])  (8, 3) → (8, 4)          16"),
        (78, "├─ 0 · %1 = Linear(x, weight, bias)  (8, 3) → (8, 4)          16"),
        (50, "├─ 0 · %1 = Linear(x…  (8, 3) → (8, 4)          16"),
        (48, "├─ 0 · %1 = Linear(x, weight, …  (8, 3) → (8, 4)"),
    ],
)
def test_no_line_is_longer_than_asked_for(network, width, line):
    lines = to_text(whole_view(network), width).splitlines()
    assert line in lines and max(map(len, lines)) <= width


@pytest.mark.parametrize("width", [39, True, 50.0])
def test_a_width_that_is_too_small(network, width):
    with pytest.raises(ag.errors.ArgumentError, match=rf"width={width}; want .* 40 or more"):
        to_text(whole_view(network), width)


def test_what_repeats_is_told_once():
    text = to_text(fold(whole_view(loop(1000)))).splitlines()
    assert text[1:5] == [
        "x                                1",
        "× 1,000",
        "├─ multiply(x then %1, 0.5)",
        "└─ %1 = result = add(_, x)     … 2",
    ]
    assert "2,000 operations" in text[-1]


def test_results_that_are_used_as_well_are_marked():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    h = ag.tanh(x)
    for results, names, lines in [
        ([h, h * 2], {}, ["result = tanh(x)", "result = multiply(_, 2)"]),
        ([h * 2 + h, h], {}, ["%1 = result = tanh(x)", "multiply(%1, 2)", "result = add(_, %1)"]),
        ([h, h * 2], {"h": h}, ["h = result = tanh(x)", "result = multiply(h, 2)"]),
        ([h * 2], {"h": h}, ["h = tanh(x)", "result = multiply(h, 2)"]),
    ]:
        text = to_text(whole_view(ag.graph(results, {"x": x, **names})))
        assert [line.split("  ")[0] for line in text.splitlines()[2:-2]] == lines


@pytest.mark.parametrize(
    ("numbers", "written"),
    [
        ([-0.62171, 0.5, 0.62173], "-0.6217, 0.5, 0.6217"),
        ([-0.62171, -0.62172, -0.62173], "-0.622, -0.622, -0.622"),
        ([123.4] * 5, "123, 123, 123, 123, 123"),
        ([1.25e-10] * 4, ""),
    ],
)
def test_small_arrays_are_told_in_as_many_digits_as_there_is_room_for(numbers, written):
    line = to_text(whole_view(ag.graph(ag.tensor(numbers, requires_grad=True) * 1))).splitlines()[-3]
    assert line.partition(",)")[2].strip() == written


def test_modules_that_repeat():
    w = ag.tensor(np.ones((3, 3)), requires_grad=True)
    h = x = ag.tensor(np.ones((2, 3)), requires_grad=True)
    with ag.scope("Net"):
        for place in range(4):
            with ag.scope(str(place)):
                h = ag.tanh(h @ w)
    view = whole_view(ag.graph(h.sum(), {"w": w, "x": x}))
    assert [line[:28].rstrip() for line in to_text(fold(view)).splitlines()[3:7]] == [
        "Net",
        "└─ 0–3 × 4",
        "   ├─ matmul(x then %1, w)",
        "   └─ %1 = tanh(_)",
    ]
    closed = fold(close(view, 1))
    assert "└─ %1 = 0–3(x then %1, w) × 4  (2, 3), (3, 3) → (2, 3)" in to_text(closed)
    assert "└─ %1 = 0–3(x then %… × 4  (2, 3), (3, 3)" in to_text(closed, 50)


def test_what_needs_no_gradient_is_computed_too():
    graph = graph_of(
        ("constant", {"name": "xs", "shape": (2,)}),
        ("constant", {"op": "exp", "shape": (2,)}),
        ("leaf", {"name": "w", "shape": (2,)}),
        ("result", {"op": "multiply", "shape": (2,)}),
        edges=[(0, 1, "x"), (1, 3, "x"), (2, 3, "y")],
    )
    lines = to_text(whole_view(graph)).splitlines()
    assert [line.split("  ")[0] for line in lines[1:5]] == ["xs", "w", "exp(xs)", "result = multiply(_, w)"]
    assert lines[-1] == "2 operations, 1 leaf."


def test_several_results_are_told_apart():
    q, r = ag.qr(ag.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True))
    text = to_text(merge_parts(whole_view(ag.graph((q @ r).sum()))))
    assert "matmul(_[0], _[1])" in text
    named = to_text(merge_parts(whole_view(ag.graph((q @ r).sum(), {"q": q, "r": r}))))
    assert "q, r = qr(" in named and "matmul(q, r)" in named


def test_what_is_not_finite_is_said():
    facts = Facts(value=summarize(np.array([np.nan, 1.0, np.nan])), gradient=summarize(np.array([np.inf, 1.0, 1.0])))
    graph = graph_of(("result", {"op": "log", "shape": (3,), "facts": facts}))
    assert to_text(whole_view(graph)).splitlines()[1].split() == [
        "result",
        "=",
        "log",
        "(3,)",
        "2",
        "NaN",
        "not",
        "finite",
    ]


def test_the_backward_pass_ends_in_gradients():
    x, y = ag.tensor(2.0, requires_grad=True), ag.tensor(3.0, requires_grad=True)
    view = whole_view(ag.graph(ag.tanh(x * y + x), {"x": x, "y": y}))
    backward = ["∂ tanh", "%1 = ∂ add(_)", "%2 = ∂ multiply(%1)", "y.grad = %2", "x.grad = %2 + %1"]
    assert to_text(with_passes(view, "backward")).splitlines()[1:6] == backward
    both = [line.split("  ")[0] for line in to_text(with_passes(view, "both")).splitlines()]
    assert both[1:6] == ["x", "y", "multiply(x, y)", "add(_, x)", "result = tanh(_)"]
    assert [re.sub(r", with \S+?(?=\))", "", line) for line in both[6:11]] == backward


def test_names_take_one_line_each():
    nodes = [("leaf", {"name": f"{name}\n\x1b[", "shape": (2,)}) for name in HOSTILE]
    graph = graph_of(
        *nodes,
        ("result", {"op": "stack", "shape": (2 * len(nodes),)}),
        edges=[(number, len(nodes), "arrays") for number in range(len(nodes))],
    )
    lines = to_text(whole_view(graph)).splitlines()
    assert len(lines) == len(nodes) + 4
    assert lines[1].startswith(r'"]; end\n\x1b[ ') and "… 5 more)" in lines[-3]


def test_deep_modules_and_long_chains_do_not_recurse():
    scope = ".".join(["m"] * 1100)
    nodes = [("leaf", {"name": "x"})] + [("operation", {"op": "sin", "scope": scope})] * 2
    view = whole_view(graph_of(*nodes, edges=[(0, 1, "x"), (1, 2, "x")]))
    assert len(to_text(view).splitlines()) == 1 + 1 + 1100 + 2 + 2
    for width in (40, 110):
        lines = to_text(view, width).splitlines()
        assert [lines[depth].split()[-2:] for depth in (1098, 1102)] == [["└─", "m"], ["├─", "sin(x)"]]
        assert lines[1098].startswith("… 1096 ") and lines[4] == "   └─ m"
    assert to_mermaid(view, direction="TB").count("\nend") == 1100
    chain = whole_view(loop(3000))
    assert to_text(chain).count("\nmultiply(_, 0.5)") == to_mermaid(chain, direction="TB").count("multiply") - 1 == 2999


# --- Mermaid --------------------------------------------------------------------------------------------


def test_a_diagram(network):
    text = to_mermaid(whole_view(network), direction="LR")
    assert text == to_mermaid(whole_view(Graph.from_json(network.to_json())), direction="LR")
    before, _, chart = text.partition("```mermaid\n")
    assert before == "# Graph of sum\n\n" and chart.endswith("\n```\n")
    assert chart.splitlines()[:11] == [
        "flowchart LR",
        'subgraph b0["Net"]',
        'n3("0 · Linear<br/>8 × 4<br/>x 8 × 3<br/>weight 4 × 3<br/>bias 4"):::operation',
        'n4("1 · ReLU<br/>8 × 4"):::operation',
        'n5("multiply<br/>8 × 4"):::operation',
        "end",
        'n6("sum<br/>2#46;5"):::result',
        "class b0 box",
        "n3 --> n4",
        "n3 --> n5",
        "n4 --> n5",
    ]


def test_no_name_is_a_command():
    nodes = [("leaf", {"name": name, "shape": (2,), "scope": f"{name}.inner"}) for name in HOSTILE]
    graph = graph_of(
        *nodes,
        ("result", {"op": "a`b*", "name": "<i>", "shape": ()}),
        edges=[(number, len(nodes), "x") for number in range(len(nodes))],
    )
    text = to_mermaid(whole_view(graph))
    assert text.startswith("# Graph of \\<i\\>\n")
    for label in labels(text):
        assert re.fullmatch(r"(<br/>|#\d+;|[\w ,()=·×]|(?<!_)[^\W_])*", label), label
        assert "_" not in label and not re.search(r"direction\s", label)
    shown = "\n".join(re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label) for label in labels(text))
    assert all(name.rpartition(".")[2] in shown for name in HOSTILE)


def test_an_overlay_colours_items_and_arrows(network):
    view = whole_view(network)
    legend = Legend(
        "norm", ("#000000", "#ffffff"), ((0.0, "1e−3"), (1.0, "1")), (("#d55e00", "NaN"),), ("It *falls*.",)
    )
    paints = {"n1": Paint("#ffffff", lines=("norm 1",)), "n3": Paint("#000000", "#ffffff", border="#d55e00")}
    last = len(view.arrows) - 1
    text = to_mermaid(replace(view, notes=("Cut.",)), Painting(paints, legend, {last: ("#d55e00", 3.0)}))
    assert 'n1["weight<br/>4 × 3<br/>norm 1"]:::' in text, "a parameter that is painted is drawn"
    look = re.search(r'n3\("[^"]*"\):::(\w+)', text)[1]
    assert f"classDef {look} fill:#000000,stroke:#d55e00,stroke-width:3px,color:#ffffff\n" in text
    assert re.search(r'n4\("[^"]*"\):::faint', text)
    assert "linkStyle 4 stroke:#d55e00,stroke-width:3px\n" in text, "by its number among the arrows that are drawn"
    assert 'subgraph legend["norm"]\nl0["1e−3"]:::' in text and 'l2["NaN"]:::' in text
    assert text.endswith("```\n\n- It \\*falls\\*.\n- Cut.\n")


def test_arrows_of_every_kind(network):
    view = whole_view(network)
    arrows = [Arrow("n4", "n6", kind) for kind in ("kept", "gradient", "data")]
    arrows += [Arrow("n6", "n4", "again"), Arrow("n4", "n4", "again")]
    chart = to_mermaid(View(network, view.items, view.boxes, tuple(arrows)))
    assert "n4 -.-> n6\nn4 --> n6\nn4 --> n6\nn4 -.-|again| n6\nn4 -.->|again| n4\n" in chart
    assert "× 500" in to_mermaid(fold(whole_view(loop(500))))


def test_a_diagram_that_is_too_large_says_so():
    small, large = (to_mermaid(whole_view(loop(steps)), direction="TB") for steps in (100, 200))
    assert "GitHub" not in small
    assert f"GitHub draws at most {MOST_ARROWS} arrows" in large and "this diagram has 600 and" in large
