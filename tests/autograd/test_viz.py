"""Pictures of graphs: what is written in them, where things stand, who draws them, what is said where nobody can."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest

import autograd as ag
from autograd import viz
from autograd.graphs import Graph, GraphEdge, GraphNode, graph
from autograd.viz import Arrow, Item, Legend, Paint, Painting, View, whole_view
from autograd.viz.arranging import spread, texts_of
from autograd.viz.description import describe, direction_for
from autograd.viz.labels import Writer
from autograd.viz.legends import legend_html
from autograd.viz.rendering import RenderError, render
from autograd.viz.tooltips import tooltips


@pytest.fixture
def expression():
    x = ag.tensor(0.5, requires_grad=True)
    with ag.scope("model"), ag.scope("0"):
        h = x * 2
    y = ag.tanh(h)
    y.backward(retain_graph=True)
    return whole_view(graph(y, names={"x": x}))


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def chain(length):
    """A view of ``length`` closed modules in a row."""
    nodes = [GraphNode(0, "constant", name="x", shape=(8, 4))]
    nodes += [GraphNode(n, "operation", "relu", "", (8, 4), scope=f"Net.{n}") for n in range(1, length)]
    edges = tuple(GraphEdge(n - 1, n, "x") for n in range(1, length))
    view = whole_view(Graph((*nodes[:-1], replace(nodes[-1], kind="result")), edges, {"Net": "Net"}))
    items = [view.items[0], *(replace(i, kind="module", box="Net", title="ReLU", name="7") for i in view.items[1:])]
    return replace(view, items=tuple(items), boxes=view.boxes[:1])


def recurrent(steps):
    """A view of a cell that is called ``steps`` times with the same weight."""
    nodes, edges = [GraphNode(0, "leaf", "", "weight", (4, 4), scope="Net")], []
    for step in range(1, steps + 1):
        kind = "result" if step == steps else "operation"
        nodes.append(GraphNode(step, kind, "cell", "", (4,), scope=f"Net.cell@{step}"))
        edges += [GraphEdge(0, step, "w"), *([GraphEdge(step - 1, step, "h")] if step > 1 else [])]
    return whole_view(Graph(tuple(nodes), tuple(edges), {"Net": "Net"}))


def words(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]


def size(svg):
    root = ElementTree.fromstring(svg)
    return tuple(float(root.get(name).removesuffix("pt")) for name in ("width", "height"))


# --- what is written ------------------------------------------------------------------------------------


def test_the_description(expression):
    text = describe(expression).source
    assert text == describe(expression).source
    assert "rankdir=LR" in text and "rankdir=TB" in describe(expression, direction="TB").source
    assert text.index("subgraph cluster_model {") < text.index('subgraph "cluster_model.0" {') < text.index("n1 [")
    assert "<b>multiply</b>" in text and ">y: 2<" in text
    assert "<b>x</b>" in text and ">grad " in text
    assert "n0 -> n1" in text and "n1 -> n2" in text


def test_boxes_say_which_class_the_module_is_and_how_often_it_is_there():
    node = GraphNode(0, "result", "exp", shape=(2, 3), dtype="float32", scope="Net.first")
    view = whole_view(Graph((node,), (), {"Net": "Net", "Net.first": "Linear"}))
    text = describe(view).source
    assert 'label="first · Linear"' in text
    assert "label=Net" in text
    assert "2 × 3" in text
    view = replace(
        view, boxes=(view.boxes[0], replace(view.boxes[1], repeats=12)), items=(replace(view.items[0], repeats=24),)
    )
    text = describe(view).source
    assert text.count("× 12") == 1 and text.count("<b>× 2</b>") == 1, "in each of the twelve there are two"
    assert text.count("peripheries=2") == 1


def test_any_name_is_drawn_as_it_is():
    names = ['<b>&amp;"', r"back\slash \N", "a -> b", "größe"]
    nodes = [GraphNode(i, "leaf", "", name, (2,), "float32", scope=f"<{name}>") for i, name in enumerate(names)]
    nodes.append(GraphNode(len(nodes), "result", "sum", "line\nbreak\0", (), "float32"))
    edges = [GraphEdge(i, len(names)) for i in range(len(names))]
    view = whole_view(Graph(tuple(nodes), tuple(edges), {}))
    drawn = set(words(render(describe(view), "svg", view)))
    assert set(names) | {f"<{name}>" for name in names} | {r"line\nbreak\x00 = sum"} <= drawn


@pytest.mark.parametrize("name", ["\x00", "\ud800", "a\nb\x1b"])
def test_a_legend_speaks_of_any_name(name, tmp_path):
    w = ag.tensor([1.0, 1e-9], requires_grad=True)
    picture = ag.graph(w.sum(), {name: w}, gradients=True).picture(overlay="path", of=name)
    shown = viz.wording.printable(name)
    assert [shown in text for text in words(picture.render())].count(True) == 3, "title, note, leaf"
    own = legend_html(Legend(name, ("#000000", "#ffffff"), ((0.5, name),), (("#ff0000", name),), (name,)), [name])
    assert name not in own and legend_html(None, [name])
    for ending in ("dot", "md"):
        assert name not in picture.save(tmp_path / f"x.{ending}").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fold": "yes"}, "picture: fold='yes'; want True or False"),
        ({"depth": True}, "picture: depth=True; want how deep modules are open"),
        ({"depth": 1.0}, "picture: depth=1.0; want"),
        ({"most": np.int64(1)}, "picture: most=.*1.*; want how many nodes to draw, 2 or more"),
        ({"foo": 1}, "^picture: no option 'foo'; there are depth, fold, passes, overlay, of, style, direction, most"),
        ({"overlay": 3}, "overlay=3: want a name"),
    ],
)
def test_options_that_there_are_not(expression, options, message, tmp_path):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        expression.graph.save(tmp_path / "x.dot", **options)


def test_other_options(expression):
    graph = expression.graph
    assert graph.picture(depth=np.int64(1), most=np.uint8(9)).view == graph.picture(depth=1, most=9).view
    with pytest.raises(ag.errors.ArgumentError, match=r"^tree: no option 'overlay'; there are depth, fold, most"):
        graph.tree(overlay="time")
    for format in ("jpg", ".svg", "SVG"):
        with pytest.raises(ag.errors.ArgumentError, match=f"render: format='{format}'; want one of 'svg', 'png'"):
            graph.picture().render(format)


def test_small_arrays_are_printed_and_large_ones_have_a_histogram():
    w = ag.tensor([[1.0, -2.5], [0.0, 3.0]], requires_grad=True)
    x = ag.tensor(np.repeat(np.arange(4.0), [1, 2, 3, 10]), requires_grad=True)
    view = whole_view(graph(w.sum() + x.sum(), names={"w": w, "x": x}))
    labels = {item.name: Writer(view).label(item) for item in view.items if item.name}
    assert labels["w"].lines == ("2 × 2", "1.00  −2.50", "0.00  3.00")
    assert labels["x"].lines == ("16",) and sum(labels["x"].bars) == 16
    cells = ElementTree.fromstring(labels["x"].html("#000000", "#123456")[1:-1]).iter("td")
    heights = [int(cell.get("height")) for cell in cells if cell.get("bgcolor")]
    assert heights == [2, 3, 5, 16], "of 1, 2, 3 and 10 elements"


def test_a_closed_module_says_what_goes_in_what_comes_out_and_how_much_it_learns():
    nodes = (
        GraphNode(0, "constant", name="x", shape=(8, 4)),
        GraphNode(1, "leaf", name="weight", shape=(3, 4), scope="Linear"),
        GraphNode(2, "result", "linear", shape=(8, 3), scope="Linear"),
    )
    whole = Graph(nodes, (GraphEdge(0, 2, "x"), GraphEdge(1, 2, "weight")), {})
    items = Item("n0", "constant", (0,), name="x"), Item("n1", "module", (1, 2), title="Linear", name="head")
    view = View(whole, items, (), (Arrow("n0", "n1", "data", (0,)),))
    label = Writer(view).label(items[1])
    assert (label.title, label.lines) == ("head · Linear", ("8 × 4 → 8 × 3", "12 parameters"))
    rest = Item("n0", "rest", (0, 1, 2), title="99 operations: add and multiply")
    label = Writer(replace(view, items=(rest,), arrows=())).label(rest)
    assert (label.title, label.lines) == ("99 operations", ("add and multiply",))


def test_arrows_have_texts_where_operands_are_told_apart():
    a, b = (ag.tensor(value, requires_grad=True) for value in (1.0, 2.0))
    view = whole_view(graph((a - b) * (a * a), names={"a": a, "b": b}))
    titles = {item.id: item.title or item.name for item in view.items}
    texts = {
        (titles[view.arrows[place].source], titles[view.arrows[place].target]): text
        for place, text in texts_of(view, {}).items()
    }
    assert texts == {("a", "subtract"): "x", ("b", "subtract"): "y", ("a", "multiply"): "2 times"}


def test_values_are_records_and_operations_circles(expression):
    text = describe(expression, style="values").source
    assert '"n1.op" [label="× 2"' in text and '"n1.op" -> n1' in text and 'n0 -> "n1.op"' in text
    assert ">data 0.5000<" in text and ">grad 0.8399<" in text


def test_records_are_stacked_where_they_would_be_too_wide_beside_each_other():
    x = ag.tensor(0.5, requires_grad=True)
    with ag.record():
        view = whole_view(graph(sum(ag.exp(x * n) for n in range(8)), gradients=True))
    assert "<hr/>" in describe(view, direction="TB", style="values").source
    assert "<vr/>" in describe(view, direction="LR", style="values").source
    assert size(render(describe(view, direction="TB", style="values"), "svg", view))[0] < 900


# --- where things stand ---------------------------------------------------------------------------------


def test_pictures_are_no_wider_than_a_page():
    assert direction_for(chain(4)) == "LR"
    view = chain(60)
    assert direction_for(view) == "TB"
    wide, high = size(render(describe(view), "svg", view))
    assert 350 < wide < 900 and high < 1300, "a long line is broken into columns"
    wide, high = size(render(describe(view, direction="TB"), "svg", view))
    assert wide < 300 and high > 3000, "but not where a direction is asked for"


def test_what_is_used_far_apart_is_drawn_beside_each_use():
    assert spread(recurrent(3)) == recurrent(3)
    view = recurrent(6)
    copies = [item for item in spread(view).items if "." in item.id]
    assert [(item.id, item.box) for item in copies] == [(f"n0.{n}", f"Net.cell@{n + 1}") for n in range(1, 6)]
    assert [a.target for a in spread(view).arrows] == [a.target for a in view.arrows], "arrows keep their places"
    assert {item.id: item.box for item in spread(view).items}["n0"] == "Net.cell@1"
    assert tooltips(view)["n0->n2"] == "w"
    titles = [
        group.findtext("{*}title") for group in ElementTree.fromstring(render(describe(view), "svg", view)).iter()
    ]
    assert titles.count("w") == 6


def test_a_layout_of_many_long_arrows_is_hastened():
    rng = np.random.default_rng(0)
    nodes = [GraphNode(0, "leaf", name="x"), *(GraphNode(n, "operation", "add") for n in range(1, 200))]
    edges = [GraphEdge(n - 1, n) for n in range(1, 200)] + [GraphEdge(int(rng.integers(n)), n) for n in range(2, 200)]
    view = whole_view(Graph(tuple(nodes), tuple(edges), {}))
    description = describe(view)
    assert "splines=line" in description.source and "splines" not in describe(chain(60)).source
    assert words(render(description, "svg", view, seconds=20)).count("add") == 199


def test_both_passes_side_by_side(expression):
    items = (*expression.items, Item("g2", "gradient", (2,), "", "tanh", of="n2"))
    items += (Item("g1", "gradient", (1,), "model.0", "multiply", of="n1"),)
    arrows = (*expression.arrows, Arrow("g2", "g1", "gradient", (1,)), Arrow("n2", "g2", "kept"))
    text = describe(replace(expression, items=items, arrows=arrows)).source
    assert "<b>∂ tanh</b>" in text
    assert re.search(r"g1 -> g2 \[.*dir=back", text), "gradients run against time"
    assert re.search(r"(n2 -> g2|g2 -> n2) \[.*style=dotted", text)
    svg = render(describe(replace(expression, items=items, arrows=arrows), direction="TB"), "svg", expression)
    (box,) = [
        g for g in ElementTree.fromstring(svg).iterfind(".//{*}g[@class='cluster']") if g.findtext("{*}text") == "0"
    ]
    assert box.find("{*}text").get("text-anchor") == "middle", "between the passes, where no arrow enters"
    again = describe(replace(expression, arrows=(*expression.arrows, Arrow("n2", "n1", "again")))).source
    assert re.search(r"n2 -> n1 \[.*constraint=false.*style=dashed", again)


# --- colours and legend ---------------------------------------------------------------------------------


def test_a_painting_colours_items_and_arrows_and_has_a_legend(expression):
    legend = Legend(
        "norm of the gradient",
        ("#ffffff", "#000000"),
        ((0.0, "1e−3"), (0.5, "0.03"), (0.51, "0.031"), (1.0, "1")),
        (("#d55e00", "NaN"),),
        ("It falls.",),
    )
    painting = Painting({"n1": Paint("#123456", "#fedcba", ("gradient 3",), "#d55e00")}, legend, {0: ("#00ff00", 4.0)})
    view = replace(expression, notes=("Most of it is left out.",))
    text = describe(view, painting).source
    (painted,) = [line for line in text.splitlines() if line.strip().startswith("n1 [label")]
    assert all(word in painted for word in ("#123456", "#fedcba", ">gradient 3<", 'color="#d55e00"', "penwidth=3"))
    (faint,) = [line for line in text.splitlines() if line.strip().startswith("n2 [label")]
    assert "fillcolor=transparent" in faint
    assert re.search(r'n0 -> n1 \[color="#00ff00" penwidth=4', text)
    drawn = words(render(describe(view, painting), "svg", view))
    assert drawn[:6] == ["norm of the gradient", "1e−3", "0.03", "1", "NaN", "It falls."], "no ticks on each other"
    assert "Most of it is left out." in drawn
    colors = re.findall(r'bgcolor="(#\w+)"', legend_html(Legend("grey", ("#ffffff", "#0000ff", "#000000")), ()))
    assert colors == sorted(colors, reverse=True) and len(set(colors)) == len(colors) == 40
    assert legend_html(None, ()) == ""


def test_under_an_overlay_many_items_say_nothing_else():
    painting = Painting({"n3": Paint("#123456", lines=("gradient 3",))}, Legend("norm"))
    few, many = (Writer(chain(length), painting).label(chain(length).items[3]) for length in (12, 13))
    assert few.lines == ("8 × 4", "gradient 3") and many.lines == ("gradient 3",)
    assert tooltips(chain(13))["n3"].splitlines()[1] == "(8, 4)", "where the rest is"


def test_a_legend_has_room_for_its_texts_in_any_font():
    ticks = ((0.0, "1e−21"), (1.0, "10,000,000"))
    legend = Legend("norm", ("#ffffff", "#000000"), ticks, (), ("It falls and falls, down to nothing.",))
    rows = ElementTree.fromstring(legend_html(legend, ())[1:-1]).findall("tr/td")
    assert float(rows[-1].get("width", 0)) > 0.55 * 11 * len(legend.notes[0])
    view = chain(2)
    svg = ElementTree.fromstring(render(describe(view, Painting({}, legend)), "svg", view))
    (last,) = [text for text in svg.iterfind(".//{*}text") if text.text == "10,000,000"]
    marks = [shape.get("points") for shape in svg.iterfind(".//{*}polygon[@shape-rendering]")]
    assert last.get("text-anchor") == "middle"
    assert any(abs(float(points.split(",")[0]) - float(last.get("x"))) <= 1.5 for points in marks), "below its mark"


def test_wide_strokes_are_narrow_where_arrows_are_short():
    nodes = (
        GraphNode(0, "leaf", name="w", scope="Net"),
        GraphNode(1, "operation", "exp", scope="Net"),
        GraphNode(2, "result", "sum", scope="Net"),
    )
    view = whole_view(Graph(nodes, (GraphEdge(0, 1), GraphEdge(1, 2)), {"Net": "Net"}))
    text = describe(view, Painting({}, Legend("path"), {0: ("#00ff00", 6.0), 1: ("#00ff00", 6.0)})).source
    assert re.search(r"n0 -> n1 \[.*penwidth=2.5", text) or re.search(r"n1 -> n0 \[.*penwidth=2.5", text)
    assert re.search(r"n1 -> n2 \[.*penwidth=6", text)


# --- who draws ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "begin"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_formats_without_a_system_dot(expression, no_dot, format, begin, capfd):
    assert render(describe(expression), format, expression).startswith(begin)
    assert capfd.readouterr() == ("", ""), "the C library's warnings stay out of the terminal"


def test_a_machine_without_fonts(no_dot, monkeypatch, tmp_path):
    (tmp_path / "fonts.conf").write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    x = ag.tensor(np.arange(64.0), requires_grad=True)
    view = whole_view(graph(x.sum(), names={"x": x}))
    assert render(describe(view), "png", view).startswith(b"\x89PNG")
    leaf = ElementTree.fromstring(render(describe(view), "svg", view)).find(".//{*}g[@class='node']")
    assert len({text.get("x") for text in leaf.iterfind("{*}text")}) == 1, "in the middle of the item, not of a bar"


def program(path, text):
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{text}\n")
    path.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="the system's dot is a script here")
def test_a_system_dot_is_asked_first(expression, no_dot, tmp_path):
    program(tmp_path / "dot", "print('%PDF', *sys.argv[1:], sys.stdin.read(), '%%EOF')")
    drawn = render(describe(expression), "pdf", expression)
    assert drawn.startswith(b"%PDF -Tpdf") and b"n0 ->" in drawn
    assert b"\tmargin=0\n" in drawn, "no page around the picture"
    program(tmp_path / "dot", "time.sleep(60)")
    with pytest.raises(RenderError, match=r"dot \(.*\) has not laid out 3 items in 0.5 s. Draw fewer: depth=0 or 1"):
        render(describe(expression), "png", expression, seconds=0.5)


@pytest.mark.skipif(sys.platform == "win32", reason="the system's dot is a script here")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sys.exit('warning\\nout of ink')", "failed with exit code 1: out of ink"),
        ("import os; os.abort()", "failed with exit code -6: it wrote no whole svg"),
        ("print('hello')", "failed with exit code 0: it wrote no whole svg"),
        ("print('<svg><g>')", "failed with exit code 0: it wrote no whole svg"),
        (None, "cannot be run: Exec format error"),
        ("/nowhere", "cannot be run: No such file or directory"),
    ],
)
def test_where_the_system_dot_is_broken_pygraphviz_draws(expression, no_dot, tmp_path, monkeypatch, text, message):
    dot = tmp_path / "dot"
    program(dot, text)
    if text in (None, "/nowhere"):  # no program, and one of an interpreter that is not there
        dot.write_text(f"#!{text}\n" if text else "\0")
    picture = expression.graph.picture()
    assert ElementTree.fromstring(picture.render()).tag.endswith("svg")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = f"Graphviz' dot ({dot}) {message}: pip install 'glassgrad[viz]' brings one"
    with pytest.raises(RenderError, match=re.escape(said)):
        picture.save(tmp_path / "x.svg")
    assert said in picture._repr_mimebundle_()["text/plain"], "a notebook shows the text"


def test_dot_is_written_where_nobody_renders(expression, no_dot, monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(viz.RenderError, match=r"no renderer for pictures of graphs: pip install 'glassgrad\[viz\]'"):
        expression.graph.save(tmp_path / "graph.svg")
    expression.graph.save(tmp_path / "graph.dot")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.dot"]


def test_a_renderer_that_fails_is_quoted(expression, no_dot, monkeypatch):
    monkeypatch.setattr("autograd.viz.rendering.DRAW", "raise ValueError('out of paper')")
    with pytest.raises(RenderError, match="pygraphviz failed with exit code 1: ValueError: out of paper"):
        render(describe(expression), "svg", expression)


def test_svg_suits_any_font_and_says_what_things_are(expression):
    root = ElementTree.fromstring(render(describe(expression), "svg", expression))
    assert not [element for element in root.iter() if element.get("id")], "pictures on one page have nothing in common"
    groups = {group.findtext("{*}title"): group for group in root.iterfind(".//{*}g[{*}title]")}
    begin = {(title or "").partition("\n")[0] for title in groups}
    assert begin == {"", "x", "multiply", "tanh"}
    (tanh,) = [group for title, group in groups.items() if title.startswith("tanh")]
    assert [text.get("text-anchor") for text in tanh.iterfind(".//{*}text")] == ["middle", "middle"]
    assert len({text.get("x") for text in tanh.iterfind(".//{*}text")}) == 1
    records = ElementTree.fromstring(render(describe(expression, style="values"), "svg", expression))
    places = [float(text.get("x")) for text in records.iterfind(".//{*}g[@class='node']//{*}text")]
    assert len(set(places)) > 4, "each text in the middle of its own cell"


def test_tooltips_say_all_that_is_known():
    with ag.record():
        x = ag.tensor(np.array([0.0, 2.0, 4.0]), requires_grad=True)
        y = ag.exp(x).sum()
        whole = graph(y, names={"x": x}, gradients=True)
    view = whole_view(whole)
    leaf = tooltips(view)["n0"].splitlines()
    assert leaf[:4] == ["x", "(3,) float64", "value 0 to 4", "33% zeros"]
    assert leaf[4].startswith("gradient norm 55.1")
    assert any(line.startswith("forward ") for line in tooltips(view)["n1"].splitlines())
    assert "test_viz.py" in tooltips(view)["n1"]
    assert tooltips(view)["n0->n1"].startswith("x, gradient norm 55.1")


# --- what is loaded -------------------------------------------------------------------------------------


def test_pictures_load_what_draws_them_where_they_are_drawn(tmp_path):
    source = (
        "import sys, autograd as ag; import autograd.viz\n"
        "print({'graphviz', 'pygraphviz', 'subprocess'} & set(sys.modules))\n"
        "ag.graph(-ag.tensor(1.0, requires_grad=True)).save(sys.argv[1])"
    )
    command = [sys.executable, "-c", source, str(tmp_path / "graph.dot")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert (tmp_path / "graph.dot").read_text().startswith("digraph")
