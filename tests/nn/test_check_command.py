"""``glassgrad check``: what of a file it checks, what it says of it, what it refuses, and what it leaves behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from nn import cli

HEAD = """
import numpy as np

import autograd as ag
import nn


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def swish_of(x):
    return x * sigmoid(x)

"""

SWISH = """
swish = ag.elementwise(swish_of, name="swish", x=lambda g, x: g * sigmoid(x) * (1 + x * (1 - sigmoid(x))))
"""

WRONG_SWISH = """
wrong_swish = ag.elementwise(swish_of, name="wrong_swish", x=lambda g, x: g * sigmoid(x))
"""

NET = """
class Net(nn.Module):
    samples = staticmethod(lambda rng: (rng.normal(size=(4, 3)),))

    def __init__(self):
        self.layers = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(0.5), nn.Linear(4, 2))

    def forward(self, x):
        return self.layers(x)
"""

WITHOUT_SAMPLES = """
class Pair(nn.Module):
    def forward(self, x, y, scale=1.0):
        return scale * x * y
"""


@pytest.fixture
def write(tmp_path, request):
    """Writes a file of a name of its own, which no other test imports; returns its path."""

    def written(*parts, name=None):
        path = tmp_path / f"{name or 'of_' + re.sub(r'[^a-z0-9]', '_', request.node.name.lower())}.py"
        path.write_text(HEAD + "\n".join(parts), encoding="utf-8")
        return path

    return written


@pytest.fixture
def check(capsys):
    """Runs ``glassgrad check``: exit code, what is on stdout, what is on stderr."""

    def run(target, *options, examples=10):
        modules, path, profile = set(sys.modules), list(sys.path), settings.default
        code = cli.main(["check", str(target), "--examples", str(examples), *options])
        left = {name for name in set(sys.modules) - modules if name.startswith("of_")}
        assert (left, sys.path, settings.default) == (set(), path, profile), "all is as it was before"
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def without_times(text):
    return re.sub(r"\d+\.\d s", "_ s", text)


# --- what is checked, and what is said of it ------------------------------------------------------------


def test_a_primitive_that_is_right(write, check):
    code, out, err = check(write(SWISH))
    assert (code, err) == (0, "")
    assert without_times(out) == "swish ... right (10 calls, _ s)\n1 right\n"


def test_a_primitive_that_is_wrong(write, check):
    path = write("half = ag.elementwise(lambda x: x * x, name='half', x=lambda g, x: g * x)", SWISH)
    code, out, err = check(path)
    assert (code, err) == (1, "")
    lines = without_times(out).split("\n")
    assert lines[:3] == ["half ... wrong (_ s)", "", "half: WRONG"]
    assert "0.5 times what it should be" in out
    assert f"    from {path.stem} import half" in lines, "the example runs where the file can be imported"
    assert lines[-3:] == ["swish ... right (10 calls, _ s)", "1 right, 1 wrong", ""]


def test_a_function_with_a_rule_of_its_own(write, check):
    path = write(
        "log = ag.custom_vjp(np.log)",
        "log.defvjp(lambda x: (log(x), x), lambda x, g: (g / x,))",
        "log.domain = ag.spec.Real(0.5, 2.0)",
        "wrong = ag.custom_vjp(lambda x: x * x)",
        "wrong.defvjp(lambda x: (wrong(x), x), lambda x, g: (g,))",
        "without_rule = ag.custom_vjp(lambda x: x)",
    )
    code, out, _ = check(path)
    assert code == 1
    assert "log ... right" in out and "wrong ... wrong" in out
    assert "without_rule ... error: RuleError: <lambda>: custom_vjp needs its rule first; call .defvjp(" in out
    assert out.endswith("1 right, 1 wrong, 1 with an error\n")


def test_the_samples_of_a_function_with_a_rule_of_its_own(write, check):
    path = write(
        "def inverse_of(x):",
        "    return np.linalg.inv(x)",
        "inverse = ag.custom_vjp(inverse_of)",
        "inverse.defvjp(lambda x: (inverse(x), inverse(x)), lambda out, g: (-out.T @ g @ out.T,))",
    )
    code, out, _ = check(path)
    assert code == 1 and "inverse ... wrong" in out, "arrays of any shape have no inverse"
    samples = "inverse.samples = lambda rng: (rng.normal(size=(2, 2)) + 4 * np.eye(2),)"
    path.write_text(f"{path.read_text()}\n{samples}\n")
    code, out, _ = check(path)
    assert code == 0 and "inverse ... right" in out


@pytest.mark.parametrize(
    "samples",
    [
        "samples = staticmethod(lambda rng: (rng.normal(size=(4, 3)), rng.integers(0, 2, size=4)))",
        "def samples(rng): return rng.normal(size=(4, 3)), rng.integers(0, 2, size=4)",
        "def samples(self, rng): return rng.normal(size=(4, self.width)), rng.integers(0, 2, size=4)",
    ],
)
def test_a_module_that_takes_labels(write, check, samples):
    path = write(
        "class Classifier(nn.Module):",
        f"    {samples}",
        "    width = 3",
        "    def __init__(self, classes=2):",
        "        self.linear = nn.Linear(self.width, classes)",
        "    def forward(self, x, labels):",
        "        return nn.functional.cross_entropy(self.linear(x), labels)",
    )
    code, out, _ = check(path)
    assert without_times(out) == "Classifier ... right (10 calls, _ s)\n1 right\n"
    assert code == 0


def test_a_module_with_dropout(write, check):
    code, out, _ = check(write(NET))
    assert code == 0 and "Net ... right" in out


def test_a_module_with_a_wrong_operation(write, check):
    path = write(
        WRONG_SWISH,
        "class Net(nn.Module):",
        "    samples = staticmethod(lambda rng: (rng.normal(size=(4, 3)),))",
        "    def __init__(self):",
        "        self.linear = nn.Linear(3, 2)",
        "    def forward(self, x):",
        "        return wrong_swish(self.linear(x))",
    )
    code, out, _ = check(f"{path}:Net")
    assert code == 1
    assert "Net ... wrong" in out and "Net: WRONG" in out and "linear.weight" in out
    assert out.endswith("\n1 wrong\n")


def test_a_module_of_the_file(write, check):
    path = write(
        "class Scaled(nn.Module):",
        "    def __init__(self, scale):",
        "        self.scale = nn.Parameter([scale])",
        "    def forward(self, x):",
        "        return self.scale * x",
        "scaled = again = Scaled(2.0)",
        "scaled.samples = lambda rng: (rng.normal(size=3),)",
        "linear = nn.Linear(3, 2)",
    )
    code, out, _ = check(path)
    first, second, third = without_times(out).splitlines()
    assert first == "scaled ... right (10 calls, _ s)", "once, and its class, which cannot be made, not at all"
    assert second == (
        "linear ... not checked: it does not say what it may be called with: add, with arguments that fit, to the "
        "file: linear.samples = lambda rng: (rng.normal(size=(4, 3)),)"
    )
    assert (third, code) == ("1 right, 1 not checked", 0)


def test_what_is_not_checked_says_what_to_add(write, check):
    undeclared = "@ag.primitive\ndef square(x):\n    return x * x\nsquare.vjp(x=lambda g, x: 2 * g * x)\n"
    wide = "class Wide(Pair):\n    def __init__(self, width): self.width = width\n"
    code, out, err = check(write(SWISH, WITHOUT_SAMPLES, undeclared, wide))
    swish, pair, square, wide, summary = out.splitlines()
    samples = "samples = staticmethod(lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))"
    assert swish.startswith("swish ... right")
    assert pair == (
        "Pair ... not checked: it does not say what it may be called with: add, with arguments that fit, to the class: "
        + samples
    )
    assert square.startswith("square ... not checked: primitive square says nothing of what tests may feed it")
    assert wide.startswith(
        "Wide ... not checked: its constructor needs arguments: give them defaults, or put a module into the file, "
        "wide = Wide(width=...); and it does not say"
    )
    assert summary == "1 right, 3 not checked"
    assert (code, err) == (0, "")


def test_what_it_says_to_add_is_enough(write, check):
    path = write(WITHOUT_SAMPLES)
    added = check(path)[1].splitlines()[0].partition("to the class: ")[2]
    path = write(WITHOUT_SAMPLES, f"    {added}", name="of_enough")
    assert check(path)[0] == 0


def test_what_comes_from_elsewhere_is_not_checked(write, check):
    path = write(
        "from nn import Linear, Module",
        "from autograd import tanh",
        "class Base(Module):",
        "    pass",
        "alias = swish = ag.elementwise(swish_of, name='swish', x=lambda g, x: g * sigmoid(x) * (1 + x * sigmoid(-x)))",
    )
    code, out, _ = check(path)
    assert without_times(out) == "alias ... right (10 calls, _ s)\n1 right\n"
    assert code == 0


def test_an_error_in_what_is_called(write, check):
    path = write(
        "class Net(nn.Module):",
        "    samples = staticmethod(lambda rng: (rng.normal(size=(4, 3)),))",
        "    def forward(self, x):",
        "        return self.linear(x)",
    )
    code, out, _ = check(path)
    number = path.read_text().splitlines().index("        return self.linear(x)") + 1
    assert code == 1
    assert out.splitlines() == [
        "Net ... error: AttributeError: Net has no attribute 'linear'.",
        f"  {path}:{number}: return self.linear(x)",
        "1 with an error",
    ]


# --- one of a file --------------------------------------------------------------------------------------


def test_one_of_a_file(write, check):
    path = write(SWISH, WRONG_SWISH, NET)
    assert without_times(check(f"{path}:swish")[1]) == "swish ... right (10 calls, _ s)\n1 right\n"
    assert check(f"{path}:wrong_swish")[0] == 1
    assert check(f"{path}:Net")[0] == 0


def test_a_plain_function(write, check):
    path = write(
        "def positive(x): return np.log(x)",
        "positive.domain = ag.spec.Real(0.5, 2.0)",
        "def detached(x): return x * ag.tensor(x.numpy())",
    )
    assert without_times(check(f"{path}:swish_of")[1]) == "swish_of ... right (10 calls, _ s)\n1 right\n"
    assert check(f"{path}:positive")[0] == 0
    code, out, _ = check(f"{path}:detached")
    assert code == 1 and "detached: WRONG" in out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("swsh", r"\S+\.py has no 'swsh'; did you mean swish or swish_of\?"),
        ("nothing_like_it", r"\S+\.py has no 'nothing_like_it'"),
        ("", r"\S+\.py has no ''"),
        ("np", "np is <module 'numpy' .*; want a function, a primitive or an nn.Module"),
        ("Plain", "Plain is <class .*Plain'>; want a function, a primitive or an nn.Module"),
        ("Pair", r"Pair: it does not say what it may be called with: add, .* to the class: samples = .*"),
    ],
)
def test_a_name_that_cannot_be_checked(write, check, name, message):
    code, out, err = check(f"{write(SWISH, WITHOUT_SAMPLES, 'class Plain: pass', name='of_names')}:{name}")
    assert (code, out) == (2, "")
    assert re.fullmatch(f"glassgrad check: {message}\n", err)


def test_a_primitive_asked_for_that_says_too_little(write, check):
    path = write("f = ag.primitive(lambda x: x)", "f.vjp(x=lambda g: g)")
    code, out, err = check(f"{path}:f")
    assert code == 2
    assert out.startswith("f ... not checked: primitive <lambda> says nothing of what tests may feed it")
    assert err == "glassgrad check: f was not checked\n"


# --- files ----------------------------------------------------------------------------------------------


def test_files_that_are_not_there_or_not_python(tmp_path, check):
    (tmp_path / "notes.txt").write_text("x = 1\n")
    for target, message in [
        ("missing.py", "missing.py: no such file"),
        ("missing.py:swish", "missing.py: no such file"),
        (".", "is a folder; want a Python file"),
        ("notes.txt", "notes.txt is not a Python file: its name does not end in .py"),
    ]:
        code, out, err = check(tmp_path / target)
        assert (code, out) == (2, "")
        assert err.startswith("glassgrad check: ") and err.endswith(f"{message}\n") and err.count("\n") == 1


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        ("x = 1\ny = undefined\n", "NameError: name 'undefined' is not defined", "2: y = undefined"),
        ("def f(:\n", "SyntaxError: invalid syntax (of_failing.py, line 1)", "1: def f(:"),
        ("import sys\n\nsys.exit(3)\n", "SystemExit: 3", "3: sys.exit(3)"),
        ("def f():\n    assert False\n\nf()\n", "AssertionError", "2: assert False"),
        (
            "import autograd as ag\nf = ag.primitive(lambda x, y: x)\nf.vjp(z=None)\n",
            "RuleError: <lambda>.vjp: no argument 'z'; its arguments are x, y.",
            "3: f.vjp(z=None)",
        ),
    ],
)
def test_a_file_that_cannot_be_imported(tmp_path, check, source, message, line):
    path = tmp_path / "of_failing.py"
    path.write_text(source)
    code, out, err = check(path)
    assert (code, out) == (2, "")
    assert err == f"glassgrad check: cannot import {path}: {message}\n  {path}:{line}\n"


def test_nothing_to_check(write, check):
    path = write()
    code, out, err = check(path)
    assert (code, out) == (2, "")
    assert err.startswith(f"glassgrad check: {path} defines nothing to check: what counts are primitives")
    code, out, err = check(write(WITHOUT_SAMPLES, name="of_nothing_either"))
    assert code == 2, "a run that checked nothing is no success"
    assert out.endswith("1 not checked\n") and err.endswith("of_nothing_either.py was checked\n")


def test_the_name_of_a_module_that_is_loaded(write, check):
    path = write(SWISH, name="json")
    code, _, err = check(path)
    assert code == 2
    assert err.startswith(f"glassgrad check: {path}: {sys.modules['json'].__file__} is loaded under the name 'json'")


def test_neighbours_and_packages(write, check, tmp_path):
    write(SWISH, name="of_neighbour")
    path = write("from of_neighbour import swish", "same = ag.elementwise(swish_of, name='same', x=lambda g: g)")
    done = run_by_itself(tmp_path.parent, "check", path, "--examples", "5")
    assert done.returncode == 1 and "same: WRONG" in done.stdout and "swish ..." not in done.stdout
    package = tmp_path / "of_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "parts.py").write_text(HEAD)
    (package / "ops.py").write_text("import autograd as ag\nfrom .parts import sigmoid, swish_of\n" + WRONG_SWISH)
    done = run_by_itself(tmp_path, "check", "of_package/ops.py", "--examples", "5")
    assert done.returncode == 1
    assert "    from of_package.ops import wrong_swish\n" in done.stdout


# --- options --------------------------------------------------------------------------------------------


def test_colors(write, check, monkeypatch):
    path = write(SWISH, WRONG_SWISH, WITHOUT_SAMPLES)
    for variable, is_terminal, option, colored in [
        (None, True, [], True),
        (None, False, [], False),
        ("", True, [], True),
        ("1", True, [], False),
        ("1", False, ["--color"], True),
        (None, True, ["--no-color"], False),
    ]:
        monkeypatch.delenv("NO_COLOR", raising=False)
        if variable is not None:
            monkeypatch.setenv("NO_COLOR", variable)
        monkeypatch.setattr(sys.stdout, "isatty", lambda is_terminal=is_terminal: is_terminal)
        _, out, _ = check(path, *option)
        assert ("\033[" in out) == colored
        for text in ("\033[1;32mright\033[0m (", "\033[1;31mWRONG\033[0m", "\033[33mnot checked\033[0m: "):
            assert (text in out) == colored


def test_the_same_seed_draws_the_same_calls(write, check):
    path = write(
        WRONG_SWISH,
        "class Net(nn.Module):",
        "    samples = staticmethod(lambda rng: (rng.normal(size=2),))",
        "    def __init__(self): self.linear = nn.Linear(2, 1)",
        "    def forward(self, x): return nn.Dropout(0.1)(wrong_swish(self.linear(x)))",
        "made = Net()",
    )
    first, again, other = (without_times(check(path, "--seed", seed)[1]) for seed in ("7", "7", "8"))
    assert first == again != other
    alone = without_times(check(f"{path}:Net", "--seed", "7")[1]).removesuffix("1 wrong\n")
    assert alone in first, "what is checked before does not matter"
    made = without_times(check(f"{path}:made", "--seed", "7")[1]).removesuffix("1 wrong\n")
    assert made in first, "nor does what was drawn before the file was imported"


def test_how_many_calls(write, check):
    assert "(3 calls, " in check(write(SWISH), examples=3)[1]
    assert "(100 calls, " in check(write(SWISH), examples=100)[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "glassgrad check: the following arguments are required: FILE[:NAME]"),
        (["f.py", "--examples", "0"], "argument --examples: want a whole number of at least 1, not '0'"),
        (["f.py", "--seed", "x"], "argument --seed: want a whole number of at least 0, not 'x'"),
    ],
)
def test_bad_arguments(arguments, message, capsys):
    assert cli.main(["check", *arguments]) == 2
    assert message in capsys.readouterr().err


# --- what ends it early, and what it leaves -------------------------------------------------------------


def test_interrupted(write, check):
    path = write(
        "class Net(nn.Module):",
        "    samples = staticmethod(lambda rng: (rng.normal(size=3),))",
        "    def forward(self, x):",
        "        raise KeyboardInterrupt",
    )
    assert check(path) == (130, "Net ... \n", "interrupted\n")


def test_without_hypothesis(write, check, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "hypothesis"]:
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("autograd.testing.battery", "autograd.testing.strategies"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    code, out, err = check(write(SWISH))
    assert (code, out) == (2, "")
    assert re.fullmatch(
        r"glassgrad check: autograd\.testing\.\w+ needs Hypothesis: pip install 'glassgrad\[test\]'\n", err
    )


def run_by_itself(folder, *arguments, **variables):
    """The installed command, in a process and a folder of its own."""
    program = Path(sys.executable).with_name("glassgrad")
    command = [program] if program.exists() else [sys.executable, "-c", "from nn.cli import main; exit(main())"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HYPOTHESIS", "NO_COLOR"))}
    return subprocess.run(
        [*map(str, command), *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, env=environment | variables, encoding="utf-8",
    )  # fmt: skip


def test_the_installed_command(write, tmp_path):
    path = write(SWISH, WRONG_SWISH, NET)
    runs = [
        run_by_itself(
            tmp_path, "check", path.name, "--examples", "20", PYTHONHASHSEED=seed, PYTHONDONTWRITEBYTECODE="1"
        )
        for seed in ("1", "2")
    ]
    assert [run.returncode for run in runs] == [1, 1]
    assert [run.stderr for run in runs] == ["", ""]
    assert without_times(runs[0].stdout) == without_times(runs[1].stdout)
    assert runs[0].stdout.endswith("2 right, 1 wrong\n") and "\033[" not in runs[0].stdout
    assert os.listdir(tmp_path) == [path.name], "no .hypothesis, and nothing else"
