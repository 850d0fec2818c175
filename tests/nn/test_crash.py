"""Runs that are killed at random moments end, once resumed, with the weights of a run that was not, to the bit."""

import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "programs" / "long_run.py"
KILLS = 20

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is of POSIX systems")


def started(folder):
    return subprocess.Popen(
        [sys.executable, PROGRAM, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(folder):
    """The last line that the run prints: the sum of its weights and its history."""
    with started(folder) as run:
        out, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    return out.splitlines()[-1]


def killed_and_resumed(folder, step, seconds):
    """What a run comes to that is killed so long after a step, or after the program's start, and then resumed."""
    for attempt in count():  # on a busy machine the run may be over before it can be killed
        with started(folder / str(attempt)) as run:
            if step:
                next((line for line in run.stdout if line == f"step {step}\n"), None)
            time.sleep(seconds)
            run.kill()
        if run.returncode == -signal.SIGKILL:
            return finished(folder / str(attempt))
        assert run.returncode == 0, "it went wrong by itself"


def test_kill_at_any_moment(tmp_path):
    expected = finished(tmp_path / "whole")
    moments = random.Random(0)
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(killed_and_resumed, tmp_path / str(number), moments.randrange(90), moments.uniform(0, 0.01))
            for number in range(KILLS)
        ]
    assert [run.result() for run in runs] == [expected] * KILLS
