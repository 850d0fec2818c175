"""Pages of documentation that are generated or run: they say what is there."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

import nn

DOCS = Path(__file__).parents[1] / "docs"


def script(name):
    """A module of the folder of documentation."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def coverage():
    pytest.importorskip("scipy", reason="the page of coverage lists SciPy's ufuncs, and SciPy is not installed")
    return script("make_coverage")


def test_the_page_of_layers_says_what_is_there():
    layers = script("make_layers")
    text = (DOCS / "layers.md").read_text(encoding="utf-8")
    assert text == layers.page(), "run `.venv/bin/python docs/make_layers.py`"
    assert set(nn.layers.__all__) <= set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def test_the_page_of_coverage_says_what_is_there(coverage):
    text = (DOCS / "coverage.md").read_text(encoding="utf-8")
    remedy = "run `.venv/bin/python docs/make_coverage.py`"
    if f"\n{np.__version__} " in text:
        assert text == coverage.page(), remedy
    written = dict(re.findall(r"^\| `(numpy\S+)` \| ([\w -]+?) \|", text, re.MULTILINE))
    for name, (kind, _) in coverage.rows().items():
        assert written.get(name, kind) == kind, f"{name} is {kind}: {remedy}"
    assert len(written) > 300


def test_what_peers_differentiate_is_here_or_a_reason_is_given(coverage):
    """A function of a peer's may be missing for one of the reasons in `make_coverage`, and for no other."""
    missing = {
        name: text
        for found in coverage.unanswered().values()
        for name, text in found
        if text.startswith("(") and text != f"({coverage.COMPLEX})" and text != f"({coverage.NO_DISPATCH})"
    }
    assert not missing


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_links_between_pages_lead_somewhere(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (DOCS / target).exists(), f"{page} links to {target}"


def test_the_gallery_shows_every_picture_that_it_draws():
    text = (DOCS / "gallery.md").read_text(encoding="utf-8")
    drawn = re.findall(r'(?:save\(|plot\(|path=)"([\w-]+\.svg)"', text)
    shown = re.findall(r"!\[[^\]]{20,}\]\(images/gallery/([^)]+)\)", text)
    kept = sorted(path.name for path in (DOCS / "images" / "gallery").iterdir())
    assert sorted(drawn) == sorted(shown) == kept, "run `.venv/bin/python docs/make_gallery.py`"
