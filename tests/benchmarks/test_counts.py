"""The guard of costs that do not depend on the machine: it holds, repeats itself, and sees what it is to see."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
COUNTS = BENCHMARKS / "counts.py"

SLOWER = """
import sys
sys.path.insert(0, {folder!r})
import autograd.backward, counts
fast = autograd.backward.written_since
def slow(number, kept=[]):
    kept.append(bytearray(200))
    return isinstance(number, int) and fast(number)
slow.__globals__["__name__"] = "autograd.slow"
autograd.backward.written_since = slow
sys.argv = ["counts.py", "--only", "scalars", "unary"]
sys.exit(counts.main())
"""


def run(*arguments, seed="0"):
    """A process of its own: what other tests did to caches, pools and threads is not counted."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def counts():
    """The module, whose imports lie in its folder."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("counts_under_test", COUNTS)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_nothing_costs_more_than_is_written_down(counts):
    result = run(COUNTS)
    if result.returncode == counts.NOT_COMPARED:
        pytest.skip(result.stdout.strip())
    assert result.returncode == 0, result.stdout + result.stderr


def test_calls_and_arrays_are_the_same_in_each_run():
    first, second = (json.loads(run(COUNTS, "--json", "--only", "mlp_adam", "conv_pool", seed=s).stdout) for s in "12")
    for name, counted in first.items():
        for what in ("python", "c", "arrays", "bytes of arrays", "objects in cycles"):
            assert counted[what] == second[name][what]
        assert counted["python"] and counted["c"] and counted["arrays"]


def test_a_dearer_function_is_named(counts):
    if counts.PYTHON not in json.loads(counts.BASELINE.read_text()):
        pytest.skip(f"counts of Python {counts.PYTHON} are not recorded")
    result = run("-c", SLOWER.format(folder=str(BENCHMARKS)))
    assert result.returncode == 1, result.stdout + result.stderr
    assert "scalars: " in result.stdout and "Python calls, was" in result.stdout
    assert "autograd.slow: slow 1 times, was 0" in result.stdout
    assert "autograd.slow: isinstance 1 times, was 0" in result.stdout
    assert "bytes kept, was" in result.stdout
    assert counts.RENEW in result.stdout
    assert "unary" not in result.stdout  # which makes no pass


def example(calls=2, arrays=3, peak=1000):
    return {
        "python": {"autograd.calls": {"record": calls}, "numpy": {"mean": 1}},
        "c": {},
        "arrays": arrays,
        "bytes of arrays": 64,
        "bytes at peak": peak,
        "bytes kept": 0,
        "objects in cycles": 0,
    }


def test_what_counts_as_a_rise(counts):
    def compare(was, now, **options):
        return [len(lines) for lines in counts.compare("it", was, now, **options)]

    assert compare(example(), example()) == [0, 0]
    assert compare(example(), example(calls=3, arrays=4)) == [2, 0]
    assert compare(example(calls=3), example()) == [0, 1]  # a fall is told
    assert compare(example(), example(peak=1900)) == [0, 0]  # objects of Python differ a little
    assert compare(example(), example(peak=2200)) == [1, 0]
    other = {**example(), "python": {"autograd.calls": {"record": 2}, "numpy": {"mean": 3}}}
    assert compare(example(), other) == [1, 0]
    assert compare(example(), other, same_numpy=False) == [0, 0]


def test_counts_of_another_python_are_not_compared(counts, capsys):
    assert counts.report({"2.7": {}}, {"it": example()}) == counts.NOT_COMPARED
    assert counts.RENEW in capsys.readouterr().out


def test_a_workload_that_is_not_written_down_fails(counts, capsys):
    recorded = {counts.PYTHON: {"numpy": counts.NUMPY, "workloads": {}}}
    assert counts.report(recorded, {"it": example()}) == 1
    assert "it: not in counts.json" in capsys.readouterr().out


def test_what_is_written_reads_back(counts):
    assert json.loads(counts.as_json({"3.11": {"workloads": {"it": example()}}})) == {
        "3.11": {"workloads": {"it": example()}}
    }
