"""Pictures of graphs: what is written in them, who draws them, and what is said where nobody can."""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import graphviz
import pytest

import autograd as ag
from autograd import viz
from autograd.graphs import Graph, GraphEdge, GraphNode, graph


@pytest.fixture
def expression():
    x = ag.tensor(0.5, requires_grad=True)
    with ag.scope("model"), ag.scope("0"):
        h = x * 2
    y = ag.tanh(h)
    y.backward(retain_graph=True)
    return graph(y, names={"x": x})


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def test_the_description(expression):
    text = viz.to_graphviz(expression).source
    assert text == viz.to_graphviz(expression).source
    assert "rankdir=LR" in text and "rankdir=TB" in viz.to_graphviz(expression, "TB").source
    assert text.index("subgraph cluster_model {") < text.index('subgraph "cluster_model.0" {') < text.index("n1 [")
    assert "<b>multiply</b>" in text and ">y: 2<" in text
    assert "<b>x</b>" in text and ">grad " in text
    assert "n0 -> n1" in text and "n1 -> n2" in text


def test_boxes_say_which_class_the_module_is():
    node = GraphNode(0, "result", "exp", shape=(2, 3), dtype="float32", scope="Net.first")
    text = viz.to_graphviz(Graph((node,), (), {"Net": "Net", "Net.first": "Linear"})).source
    assert 'label="first · Linear"' in text
    assert "label=Net" in text
    assert "2 × 3" in text


def test_any_name_is_drawn_as_it_is():
    names = ['<b>&amp;"', r"back\slash \N", "a -> b", "größe"]
    nodes = [GraphNode(i, "leaf", "", name, (2,), "float32", scope=f"<{name}>") for i, name in enumerate(names)]
    nodes.append(GraphNode(len(nodes), "result", "sum", "", (), "float32"))
    edges = [GraphEdge(i, len(names)) for i in range(len(names))]
    svg = viz.render(Graph(tuple(nodes), tuple(edges), {}))
    drawn = {element.text for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")}
    assert set(names) | {f"<{name}>" for name in names} <= drawn


@pytest.mark.parametrize(("format", "begin"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_formats_without_a_system_dot(expression, no_dot, format, begin, tmp_path, capfd):
    path = expression.save(tmp_path / f"graph.{format}")
    assert path.read_bytes().startswith(begin)
    assert capfd.readouterr() == ("", ""), "the C library's warnings stay out of the terminal"


def test_a_system_dot_is_asked_first(expression, monkeypatch):
    monkeypatch.setattr(graphviz.Digraph, "pipe", lambda self, format, quiet: b"drawn by dot")
    assert viz.render(expression, "png") == b"drawn by dot"


def test_dot_is_written_where_nobody_renders(expression, no_dot, monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(viz.RenderError, match=r"no renderer for pictures of graphs: pip install 'glassgrad\[viz\]'"):
        expression.save(tmp_path / "graph.svg")
    expression.save(tmp_path / "graph.dot")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.dot"]


def test_a_renderer_that_fails_is_quoted(expression, no_dot, monkeypatch):
    monkeypatch.setattr("autograd.viz.rendering.DRAW", "raise ValueError('out of paper')")
    with pytest.raises(viz.RenderError, match="pygraphviz failed: ValueError: out of paper"):
        viz.render(expression)

    def fail(self, format, quiet):
        raise graphviz.CalledProcessError(1, ["dot"], stderr=b"warning\nout of ink\n")

    monkeypatch.setattr(graphviz.Digraph, "pipe", fail)
    with pytest.raises(viz.RenderError, match="Graphviz' dot failed: out of ink"):
        viz.render(expression)


def test_svg_suits_any_font_and_says_what_things_are(expression):
    root = ElementTree.fromstring(viz.render(expression))
    groups = {group.findtext("{*}title"): group for group in root.iterfind(".//{*}g[{*}title]")}
    assert set(groups) == {"", "x () float32", "multiply () float32 in model.0", "tanh () float32", "x"}
    anchors = [text.get("text-anchor") for text in groups["tanh () float32"].iterfind(".//{*}text")]
    assert anchors == ["middle", "middle"]
    assert len({text.get("x") for text in groups["x () float32"].iterfind(".//{*}text")}) == 1


def test_saving_loads_what_draws(tmp_path):
    program = "import sys, autograd as ag; ag.graph(-ag.tensor(1.0, requires_grad=True)).save(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "graph.dot")], check=True)
    assert (tmp_path / "graph.dot").read_text().startswith("digraph")


def test_pictures_are_imported_where_they_are_drawn():
    program = "import sys, autograd.viz; print({'graphviz', 'pygraphviz', 'subprocess'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
