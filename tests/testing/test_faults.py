"""`ag.gradcheck` on the gallery: it rejects every planted fault under the right name, and passes all that is sound."""

import re
import warnings

import numpy as np
import pytest

import autograd as ag
from autograd.testing import VERDICTS

from .faults import FAULTS, SOUND

by_name = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


@by_name
def test_the_fault_is_named(fault):
    report = ag.gradcheck(fault.make(), fault.sample(), order=fault.order, raise_exception=False)
    assert not report.ok
    assert report.findings[0].verdict == fault.verdict, report
    assert re.search(fault.says, str(report)), report


@by_name
def test_the_fault_is_caught_along_directions(fault):
    report = ag.gradcheck(fault.make(), fault.sample(), order=fault.order, mode="directional", raise_exception=False)
    assert not report.ok


@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("sound", SOUND, ids=lambda sound: sound.name)
def test_what_is_sound_passes(sound, mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = ag.gradcheck(sound.make(), sound.sample(), order=sound.order, mode=mode)
    assert report.ok and str(report).startswith(f"{report.name}: right")


@pytest.mark.parametrize("seed", range(5))
def test_verdicts_do_not_hang_on_the_seed(seed):
    named = 0
    for fault in FAULTS:
        report = ag.gradcheck(fault.make(), fault.sample(), order=fault.order, seed=seed + 1, raise_exception=False)
        assert not report.ok, fault.name
        named += report.findings[0].verdict == fault.verdict
    assert named == len(FAULTS)


def test_every_verdict_has_a_meaning():
    assert all(re.match(r"[a-z0-9-]+( [a-z0-9-]+)*$", verdict) and meaning for verdict, meaning in VERDICTS.items())
    assert len(FAULTS) >= 25 and np.unique([fault.name for fault in FAULTS]).size == len(FAULTS)
