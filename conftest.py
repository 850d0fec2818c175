"""What tests and the examples in docstrings share: each starts from the same seed and leaves nothing behind."""

import pytest

import autograd as ag


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts from the same seed and the same default dtype, and leaves both to the next."""
    dtype = ag.get_default_dtype()
    ag.manual_seed(0)
    yield
    ag.set_default_dtype(dtype)


@pytest.fixture(autouse=True)
def folder_of_pages(request):
    """Pages write pictures and runs where they are run: as a test, into a folder that is thrown away."""
    if request.path.suffix == ".md":
        request.getfixturevalue("monkeypatch").chdir(request.getfixturevalue("tmp_path"))
