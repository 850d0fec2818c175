"""What all tests share: how many examples Hypothesis draws, and where larger data are."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# `ci` draws the same examples in every run; `dev` remembers what failed; `thorough` is for a night.
settings.register_profile("ci", max_examples=40, derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("dev", max_examples=40, deadline=None, print_blob=True)
settings.register_profile("thorough", max_examples=1500, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture
def data_folder():
    """The folder of larger data sets; a test that asks for it is skipped where it is not at hand."""
    folder = os.environ.get("GLASSGRAD_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("larger data sets are not at hand: point GLASSGRAD_DATA at their folder")
    return Path(folder)
