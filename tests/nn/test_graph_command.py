"""``glassgrad graph``: what it draws, what it measures for it, what it refuses, and what it leaves behind."""

import re
import sys

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.viz.overlays import OVERLAYS
from autograd.viz.pictures import ENDINGS
from nn import cli
from nn.commands import graph as command
from nn.commands import names
from nn.data import load_digits, stratified_split
from nn.models import mlp

SMALL = ("--model", "mlp", "--hidden", "5", "4", "--batch-size", "3")

PROGRAM = """
import numpy as np

import autograd as ag
import nn

model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
x = np.arange(6.0, dtype=np.float32).reshape(2, 3)


def loss():
    return (model(x) ** 2).mean()


def call():
    return model, x


def both():
    a = ag.tensor(2.0, requires_grad=True)
    return [a * a, ag.exp(a)]


def expression():
    a, b = ag.tensor(-4.0, requires_grad=True), ag.tensor(2.0, requires_grad=True)
    return ag.graph(a * b, locals(), gradients=True)


def with_names():
    a = ag.tensor(3.0, requires_grad=True)
    return ag.exp(a), {"a": a}


class Net(nn.Module):
    samples = staticmethod(lambda rng: (rng.normal(size=(4, 3)),))

    def __init__(self):
        self.inner = nn.Linear(3, 2)

    def forward(self, x):
        return self.inner(x)


class Shift(nn.Module):
    @staticmethod
    def examples(rng):
        yield nn.module.Example(Shift(7), (rng.normal(size=7),))

    def __init__(self, size):
        self.by = nn.Parameter(np.zeros(size, np.float32))

    def forward(self, x):
        return x + self.by


result = loss()


def wrong():
    return model(x.T)


def stops():
    raise SystemExit(3)


def number():
    return 3


def of(x, y=1):
    return x


def settings():
    return {"model": model, "x": x}


def only():
    return model


def detached():
    return ag.tensor(1.0) * 2
"""


@pytest.fixture
def graph(capsys):
    """Runs ``glassgrad graph``: exit code, what is on stdout, what is on stderr."""

    def run(*arguments):
        modules, path = set(sys.modules), list(sys.path)
        code = cli.main(["graph", *map(str, arguments)])
        left = {name for name in set(sys.modules) - modules if name.startswith("of_")}
        assert (left, sys.path) == (set(), path), "all is as it was before"
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def taken(graph, tmp_path):
    """The snapshot that the command writes."""

    def run(*arguments):
        code, out, err = graph(*arguments, "-o", tmp_path / "graph.json")
        assert (code, out, err) == (0, f"wrote {tmp_path / 'graph.json'}\n", "")
        return ag.Graph.from_json((tmp_path / "graph.json").read_text(encoding="utf-8"))

    return run


@pytest.fixture
def program(tmp_path, request):
    """Writes a file of a name of its own, which no other test imports."""

    def written(text=PROGRAM):
        path = tmp_path / f"of_{re.sub(r'[^a-z0-9]', '_', request.node.name.lower())}.py"
        path.write_text(text, encoding="utf-8")
        return path

    return written


# --- networks by their names ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", names.models())
def test_every_network_is_drawn_with_its_loss(name, taken):
    found = taken("--model", name, "--batch-size", "1" if "-" in name else "2")
    assert [node.op for node in found.nodes if node.kind == "result"] == ["cross_entropy"]
    assert all(node.name and node.scope for node in found.nodes if node.kind == "leaf"), "all are parameters"
    assert {node.name for node in found.nodes if not node.scope and node.kind == "constant"} == (
        {"characters", "following"} if "-" in name else {"images", "labels"}
    )


def test_settings_of_a_network(taken):
    shapes = {node.name: node.shape for node in taken(*SMALL).nodes if node.name}
    assert shapes["1.weight"] == (5, 64) and shapes["3.weight"] == (4, 5) and shapes["images"] == (3, 1, 8, 8)
    found = taken("--model", "layernorm-gru", "--hidden", 6, "--layers", 2, "--steps", 3)
    shapes = {node.name: node.shape for node in found.nodes if node.name}
    assert shapes["rnn.weight_hh_l1"] == (18, 6) and shapes["following"] == (3,)


def test_its_own_data(taken):
    found = taken("--data", "iris", "--batch-size", "5")
    assert {node.name: node.shape for node in found.nodes if not node.scope and node.name} == {
        "features": (5, 4), "labels": (5,)
    }  # fmt: skip


def test_the_seed(graph, tmp_path):
    written = []
    for place, seed in enumerate(["0", "0", "1"]):
        for ending in ("json", "dot", "md"):
            assert graph(*SMALL, "--seed", seed, "-o", tmp_path / f"{place}.{ending}")[0] == 0
        written.append([(tmp_path / f"{place}.{ending}").read_bytes() for ending in ("json", "dot", "md")])
    assert written[0] == written[1] and written[0][0] != written[2][0]


def test_the_network_of_a_run(graph, taken, tmp_path, capsys):
    assert cli.main(["train", "--epochs", "1", "--hidden", "6", "--batch-size", "20", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    images, labels = load_digits()
    learnt, _ = stratified_split(labels, 0.2)
    model = mlp(64, [6], 10)
    nn.load_weights(model, tmp_path / "model.safetensors")
    for options, count in (((), 20), (("--batch-size", "7"), 7)):
        loss = nn.functional.cross_entropy(model(images[learnt[:count]]), labels[learnt[:count]])
        (result,) = (node for node in taken(tmp_path, *options).nodes if node.kind == "result")
        assert result.value == pytest.approx(loss.item(), rel=1e-5)
    assert "cross_entropy" in (tmp_path / "graph.dot").read_text(encoding="utf-8")
    code, _, error = graph(tmp_path, "--hidden", "3")
    assert code == 2 and error.startswith("glassgrad graph: --hidden is for a network by its name;")


# --- pictures -------------------------------------------------------------------------------------------


def test_the_lists_are_complete():
    assert set(command.OVERLAYS) == {*OVERLAYS, "path"}
    assert {*command.PICTURES, *command.TEXTS} == set(ENDINGS)


@pytest.mark.parametrize("overlay", command.OVERLAYS)
def test_every_overlay_is_measured(overlay, graph, tmp_path):
    of = ("--of", "1.weight") if overlay == "path" else ()
    code, out, err = graph(*SMALL, "--overlay", overlay, *of, "-o", tmp_path / "x.dot")
    assert (code, err) == (0, "") and out.startswith(f"wrote {tmp_path / 'x.dot'}\n")
    plain = tmp_path / "plain.dot"
    graph(*SMALL, "--no-fold", "-o", plain)
    assert (tmp_path / "x.dot").read_bytes() != plain.read_bytes()


def test_the_overlay_says_what_it_found(graph, tmp_path):
    for target in (("-o", tmp_path / "x.svg"), ()):
        code, out, _ = graph(*SMALL, "--overlay", "path", "--of", "1.weight", *target)
        assert code == 0 and "The strongest way from the result: cross_entropy, " in out.splitlines()[-1]


def test_data_has_what_the_overlay_measures(taken):
    plain, timed = taken(*SMALL), taken(*SMALL, "--overlay", "time")
    assert all(node.facts.gradient is node.facts.forward is None for node in plain.nodes)
    computed = [node.facts for node in timed.nodes if node.kind in ("operation", "result")]
    assert all(facts.gradient and facts.forward > 0 and facts.backward > 0 for facts in computed)


@pytest.mark.parametrize(
    ("options", "picture"),
    [
        ("--depth 0", {"depth": 0}),
        ("--depth 1 --direction BT", {"depth": 1, "direction": "BT"}),
        ("--no-fold", {"fold": False}),
        ("--most 3", {"most": 3}),
        ("--passes both --overlay gradient --fold", {"passes": "both", "overlay": "gradient", "fold": True}),
        ("--style values", {"style": "values"}),
        ("--overlay path --of 3.bias", {"overlay": "path", "of": "3.bias"}),
    ],
)
def test_options_of_pictures(options, picture, graph, taken, tmp_path):
    code, _, err = graph(*SMALL, *options.split(), "-o", tmp_path / "x.dot")
    assert (code, err) == (0, "")
    snapshot = taken(*SMALL, "--overlay", "gradient")  # which has all that these options show
    if not picture.keys() & {"passes", "style", "overlay"}:
        snapshot = taken(*SMALL)
    assert (tmp_path / "x.dot").read_text(encoding="utf-8") == snapshot.picture(**picture).to_graphviz().source


def test_files_of_every_kind(graph, taken, tmp_path):
    begins = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF", ".dot": b"digraph", ".md": b"#", ".txt": b" "}
    for ending in ENDINGS:
        path = tmp_path / f"lenet{ending.upper()}"
        assert graph(*SMALL, "--depth", "1", "-o", path)[:2] == (0, f"wrote {path}\n")
        assert path.read_bytes().startswith(begins[ending]) or ending in (".txt", ".dot"), ending
    text = (tmp_path / "lenet.TXT").read_text(encoding="utf-8")
    assert graph(*SMALL, "--depth", "1") == (0, text, ""), "without -o it is printed"
    assert "Linear" in text and "cross_entropy" in text


# --- programs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "leaves", "results"),
    [
        ("loss", ["model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"], ["mean"]),
        ("result", ["model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"], ["mean"]),
        ("call", ["0.weight", "0.bias", "2.weight", "2.bias"], ["linear"]),
        ("both", [""], ["multiply", "exp"]),
        ("expression", ["a", "b"], ["multiply"]),
        ("with_names", ["a"], ["exp"]),
        ("Net", ["inner.weight", "inner.bias"], ["linear"]),
        ("Shift", ["by"], ["add"]),
    ],
)
def test_what_a_name_may_stand_for(name, leaves, results, program, taken):
    found = taken(f"{program()}:{name}", "--overlay", "gradient")
    assert [node.name for node in found.nodes if node.kind == "leaf"] == leaves
    assert [node.op for node in found.nodes if node.kind == "result"] == results
    assert all(node.facts.gradient for node in found.nodes if node.kind != "constant")
    assert all(node.dtype == "float32" for node in found.nodes if node.dtype.startswith("float"))


def test_lines_and_times_of_a_program(program, taken):
    path = program()
    found = taken(f"{path}:loss", "--overlay", "time")
    assert f"{path.name}:12: return (model(x) ** 2).mean()" in {node.line.split("/")[-1] for node in found.nodes}
    assert all(node.facts.forward > 0 for node in found.nodes if node.op)


def test_the_only_thing_that_can_be_drawn(program, graph):
    path = program(
        "import autograd as ag\n\ndef _part(x):\n    return x * x\n\ndef build():\n    return _part(ag.tensor(3.0))\n"
    )
    code, out, _ = graph(path)
    assert code == 0 and "multiply(3, 3)" in out


def test_the_same_program_is_drawn_the_same(program, graph):
    path = program()
    assert graph(f"{path}:loss") == graph(f"{path}:loss") != graph(f"{path}:loss", "--seed", "1")


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "want what is to be drawn: --model NAME, FILE.py:NAME, or the folder of a run"),
        ("lenet5", "there is no file lenet5; the network is --model lenet5"),
        ("missing.py:build", "missing.py: no such file"),
        ("--model lenet6", "argument --model: invalid choice: 'lenet6'"),
        ("--model lenet5 --hidden 3", "--hidden is for an mlp and for models of texts; lenet5 has widths of its own"),
        ("--model mlp --steps 3", "--steps is for models of texts; mlp has no use for it"),
        ("--model mlp --data mnist", "get train-images-idx3-ubyte"),
        ("--model lenet5 --data iris", "lenet5 does not take iris, samples of shape (4,)"),
        ("--model mlp -o x.bmp", "-o x.bmp: want a name that ends in .svg, .png, .pdf, .dot, .txt, .md, .json"),
        ("--model mlp -o no/x.svg", "cannot write no/x.svg: there is no folder no"),
        ("--model mlp -o x.json --depth 1", "--depth is for pictures; the data has no use for it"),
        ("--model mlp -o x.md --style values", "--style is for pictures; a Mermaid diagram has no use for it"),
        ("--model mlp --direction LR", "--direction is for pictures; a text has no use for it"),
        ("--model mlp --overlay gradients", "argument --overlay: invalid choice: 'gradients'"),
        ("--model mlp --overlay path", "--overlay path wants --of, the name of a leaf: '"),
        ("--model mlp --overlay path --of 2.weight", "Did you mean '"),
        ("--model mlp --of 1.weight", "graph: --of 1.weight is for --overlay path, and there is no overlay."),
        ("--model mlp --overlay path --of é=x", "--overlay path, --of é=x: no value in this graph"),
        ("--model mlp --most 1", "graph: --most 1; want how many nodes to draw, 2 or more"),
        ("--model mlp --depth x", "argument --depth: want a whole number of at least 0, not 'x'"),
        ("PROGRAM --overlay gradient", "say which, as in PROGRAM:detached"),
        ("PROGRAM:los", "has no 'los'; did you mean loss"),
        ("PROGRAM:number", "number gives 3; want a function without parameters that returns a Tensor"),
        ("PROGRAM:settings", "settings gives a dict; want a function without parameters"),
        ("PROGRAM:only", "only gives a Sequential; want a function without parameters that returns a Tensor, a list of "
         "Tensors, an ag.Graph, or a model and its inputs, as in `return model, x`; or an nn.Module with samples\n"),
        ("PROGRAM:of", "of is not called without x; want a function without parameters"),
        ("PROGRAM:model", "model: it does not say what it may be called with: add"),
        ("PROGRAM:detached --overlay gradient", "no result needs a gradient"),
        ("PROGRAM:with_names --overlay time", "what was computed cannot be timed any more"),
        ("PROGRAM:expression --overlay memory --hidden 3", "--hidden is for a network by its name"),
    ],
)  # fmt: skip
def test_bad_arguments(arguments, message, graph, program, tmp_path, monkeypatch):
    monkeypatch.delenv("GLASSGRAD_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    path = program().name
    code, out, err = graph(*arguments.replace("PROGRAM", path).split())
    assert (code, out) == (2, "") and err.startswith("glassgrad graph: ")
    assert message.replace("PROGRAM", path) in err and "Traceback" not in err
    assert [found.name for found in tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("name", "message", "line"),
    [
        ("wrong", "raised ShapeError: Sequential.0 (linear): want an input of shape", "return model(x.T)"),
        ("stops", "raised SystemExit: 3", "raise SystemExit(3)"),
    ],
)
def test_a_program_that_raises(name, message, line, graph, program):
    path = program()
    code, out, err = graph(f"{path}:{name}")
    assert (code, out) == (1, "") and err.startswith(f"glassgrad graph: {path}:{name} {message}")
    assert err.splitlines()[-1].endswith(line) and len(err.splitlines()) == 2


def test_a_program_that_cannot_be_imported(graph, program):
    path = program("import autograd\n1 / 0\n")
    code, out, err = graph(f"{path}:build")
    assert (code, out) == (2, "")
    assert err == f"glassgrad graph: cannot import {path}: ZeroDivisionError: division by zero\n  {path}:2: 1 / 0\n"


def test_a_program_with_nothing_to_draw(graph, program):
    path = program("import nn\n\nclass Net(nn.Module):\n    def forward(self, x):\n        return x\n")
    code, _, err = graph(path)
    assert code == 2 and "defines nothing to draw: want a function without parameters that returns a Tensor" in err
    assert "Net: it does not say what it may be called with: add" in err


def test_without_a_renderer(graph, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, out, err = graph(*SMALL, "-o", tmp_path / "x.svg")
    assert (code, out) == (1, "")
    assert "pip install 'glassgrad[viz]'" in err and "Files .dot, .md and .txt need no renderer." in err
    assert graph(*SMALL, "-o", tmp_path / "x.md")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.md"]


def test_what_is_not_finite_is_drawn(graph, program, tmp_path):
    path = program(
        "import autograd as ag\n\ndef build():\n    x = ag.tensor([-1.0, 1.0], requires_grad=True)\n"
        "    return ag.log(x).sum()\n"
    )
    code, out, err = graph(path, "--overlay", "nan", "-o", tmp_path / "x.svg")
    assert (code, err) == (0, "") and "log" in out.splitlines()[1]
    assert np.geterr()["invalid"] == "warn"
