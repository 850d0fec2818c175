"""The harness of the benchmarks: who takes part, who is left out and why, and what is said of the targets."""

import importlib
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from nn import cli
from nn.commands import bench

HARNESS = Path(__file__).parents[2] / "benchmarks"

PROBE = '''
"""A product, by those that can and those that cannot."""

import numpy as np
from cases import Case, Unavailable

A = np.arange(12.0, dtype=np.float32).reshape(3, 4)


def glassgrad():
    import autograd as ag

    a = ag.tensor(A)
    return Case(lambda: a @ a.T, lambda: {"product": (a @ a.T).numpy()})


def by_hand(wrong=0.0):
    return Case(lambda: A @ A.T, lambda: {"product": A @ A.T + wrong})


def unable():
    raise Unavailable("it has no products")


def broken():
    raise ZeroDivisionError("while it is built")


CASES = {
    "glassgrad": glassgrad,
    "numpy": by_hand,
    "numpy, wrong": lambda: by_hand(wrong=1.0),
    "numpy, unable": unable,
    "numpy, broken": broken,
    "numpy, compiled": unable,
    "jax": unable,
}
'''


@pytest.fixture
def probing(tmp_path, monkeypatch):
    """A copy of the harness with one workload of its own, which `glassgrad bench` finds; returns its folder."""
    folder = tmp_path / "benchmarks"
    shutil.copytree(HARNESS, folder, ignore=shutil.ignore_patterns("workloads", "__pycache__", "*.json", "*.md"))
    (folder / "workloads").mkdir()
    (folder / "workloads" / "probe.py").write_text(PROBE.lstrip())
    environment = bench._harness()[1]
    monkeypatch.setattr(bench, "_harness", lambda: (folder / "run.py", environment))
    return folder


@pytest.fixture
def harness(monkeypatch):
    """Imports a module of the harness."""
    monkeypatch.syspath_prepend(str(HARNESS))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(HARNESS)):
            del sys.modules[name]


def test_race(probing, tmp_path, capfd):
    """Who agrees is timed; who does not, cannot or fails is left out with a reason, and the exit code says so."""
    file = tmp_path / "out.json"
    assert cli.main(["bench", "--quick", "--threads", "1", "--only", "probe", "--json", str(file)]) == 1
    result = json.loads(file.read_text())["workloads"]["probe"]
    assert list(result["seconds"]) == ["glassgrad", "numpy"]
    assert result["ratios"]["numpy"]["median"] > 0.1
    assert result["skipped"] == ["probe, numpy, unable: skipped, it has no products"]
    assert result["failures"] == [
        "probe, numpy, broken: ZeroDivisionError: while it is built",
        "probe, numpy, wrong: does not compute what glassgrad does: "
        "product: 15 and 14, 2.7e-03 apart (tolerance 1e-04)",
    ]
    printed = capfd.readouterr().out
    assert "probe: A product, by those that can and those that cannot\n" in printed
    assert "jax" not in printed  # it is of another environment, and this is what users have


def test_growth_of_memory_is_measured_in_long_runs(probing, tmp_path, capfd):
    """Above the import of the library, which takes more than a product does."""
    if sys.platform != "linux":
        pytest.skip("the system tells no peak of memory that can be reset")
    probe = probing / "workloads" / "probe.py"
    only = '\nCASES = {"glassgrad": glassgrad, "numpy": lambda: (np.ones(2**23), by_hand())[1]}\n'
    probe.write_text(probe.read_text() + only)
    file = tmp_path / "out.json"
    run = probing / "run.py"
    run.write_text(run.read_text().replace("Plan(threads", "Plan(starts=1, rounds=1, warm_up=0.0, threads"))
    assert cli.main(["bench", "--json", str(file)]) == 0
    growth = json.loads(file.read_text())["workloads"]["probe"]["growth"]
    assert growth["glassgrad"] < 16 * 2**20 < 60 * 2**20 < growth["numpy"] < 100 * 2**20


def test_list_and_what_is_refused(capfd, tmp_path):
    assert cli.main(["bench", "--list"]) == 0
    assert "\nmlp_small " in capfd.readouterr().out
    assert cli.main(["bench", "--only", "mlp_smal"]) == 2
    assert capfd.readouterr().err == "glassgrad bench: there is no workload 'mlp_smal'. Did you mean mlp_small?\n"
    assert cli.main(["bench", "--json", str(tmp_path / "none" / "x.json")]) == 2
    assert "there is no folder" in capfd.readouterr().err


def test_a_wheel_has_all_that_the_harness_imports():
    """Its list in pyproject.toml is by hand: of the programs in the folder, it is those that `run.py` needs."""
    settings = tomllib.loads((HARNESS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = {Path(name).stem for name in settings["tool"]["setuptools"]["data-files"]["/".join(bench.INSTALLED[:3])]}
    needed, waiting = set(), ["run", "worker"]
    while waiting:
        needed.add(name := waiting.pop())
        words = re.findall(r"^(?:import|from) (\w+)", (HARNESS / f"{name}.py").read_text(encoding="utf-8"), re.M)
        waiting += [word for word in words if (HARNESS / f"{word}.py").exists() and word not in needed]
    assert shipped == needed


def test_targets_are_about_contestants_that_there_are(harness):
    """A name that is changed in a workload would else leave its target unmeasured for good."""
    targets = harness("targets")
    for target in targets.TARGETS:
        workload = harness(f"workloads.{target.workload}")
        if not isinstance(target, targets.Alone):
            assert set(target.against) & set(workload.CASES), target


def test_picture(harness):
    """Has the row of a workload that was raced, and a mark for whom it was raced against."""
    pytest.importorskip("matplotlib")
    seconds = {"glassgrad": [1.0], "torch": [2.0], "torch, compile": [1.0], "numpy": [0.5]}
    result = harness("results").Result("x", "", seconds=seconds)
    drawn = harness("picture").svg([result]).decode()
    assert all(f"<!-- {text} -->" in drawn for text in ("x", "PyTorch as it comes", "PyTorch at its best"))
    assert "JAX" not in drawn


def test_what_has_the_same_form_is_compared(harness):
    seconds = {"glassgrad": [8.0], "glassgrad, whole": [6.0], "torch": [4.0], "torch, whole": [2.0], "torch, x": [1.0]}
    result = harness("results").Result("x", "", seconds=seconds)
    assert [result.ratios(peer)[0] for peer in seconds] == [1.0, 8 / 6, 2.0, 3.0, 8.0]


def test_verdicts(harness):
    targets, results = harness("targets"), harness("results")
    result = results.Result(
        "x", "", seconds={"glassgrad": [3.0, 1.0, 2.0], "torch": [4.0, 4.0, 4.0], "numpy": [1, 2, 1]}
    )
    result.growth = {"glassgrad": 30, "torch": 22, "torch, channels last": 40}
    to_torch = targets.Target("x", ("torch", "torch, func"), 0.6, 0.4)
    to_both = targets.Target("x", ("torch", "numpy"), None, 1.0)
    memory = targets.Memory("x", ("torch", "torch, channels last"), 1.0, 1.0)
    missing = targets.Target("x", ("jax",), 1.0, 1.0)
    reached = [target.reached(result) for target in (to_torch, to_both, memory, missing)]
    assert reached == [0.5, 2.0, pytest.approx(30 / 22), None]
    verdicts = [targets.verdict(*pair) for pair in zip((to_torch, to_both, memory, missing), reached, strict=True)]
    assert all(target.reached(results.Result("x", "", seconds={"torch": [1.0]})) is None for target in targets.TARGETS)
    assert verdicts == ["met", "aim missed", "MISSED", "not measured"]
