"""Memory of freed arrays: kept from the first backward pass on, unless someone said otherwise."""

import os
import subprocess
import sys

import pytest

from autograd import allocation

FAULTS = """
import resource
import numpy as np
import autograd as ag

def step():
    x = ag.ones(1 << 18, requires_grad=True)
    for _ in range(8):
        x = x * 1.5
    x.sum().backward()

{before}
for _ in range(3):
    step()
{after}
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(before="", after="", **environment):
    """Page faults of ten steps, each of which allocates some 16 MB in pieces of 1 MB, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in allocation.OWN_SETTINGS}
    code = FAULTS.format(before=before, after=after)
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not allocation._is_glibc(), reason="only glibc can be told to keep memory")
def test_steps_after_the_first_pass_meet_no_new_pages():
    assert page_faults() < 100
    eager = page_faults(after="ag.keep_memory(False)")
    assert eager > 5000
    for choice in ({"before": "ag.keep_memory(False)"}, {"GLASSGRAD_KEEP_MEMORY": "0"}):
        assert page_faults(**choice) > 1000


def test_where_the_c_library_is_another_nothing_is_done(monkeypatch):
    monkeypatch.setattr(allocation, "_is_glibc", lambda: False)
    assert not allocation.keep_memory()
