"""Pages of documentation that are generated or run: they say what is there."""

import importlib.util
import re
import shlex
import textwrap
from pathlib import Path

import numpy as np
import pytest

import nn
from nn import cli

PROJECT = Path(__file__).parents[1]
DOCS = PROJECT / "docs"
PAGES = [*DOCS.glob("*.md"), *map(PROJECT.joinpath, ("README.md", "CONTRIBUTING.md", "notebooks/README.md"))]
PAGES += [DOCS / "examples" / "README.md", PROJECT / "benchmarks" / "README.md"]
each_page = pytest.mark.parametrize("page", [str(page.relative_to(PROJECT)) for page in sorted(PAGES)])


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


def anchors(page):
    """The names by which headings of a page are linked to."""
    headings = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_between_pages_lead_somewhere(page):
    page = PROJECT / page
    for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", page.read_text(encoding="utf-8")):
        path = page.parent / target if target else page
        assert path.exists(), f"{page} links to {target}"
        assert not anchor or anchor in anchors(path), f"{page} links to {target}#{anchor}"


def blocks(page, language):
    """What stands between the fences of a page's blocks of code."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(body) for _, name, body in found if name == language]


@each_page
def test_code_of_a_page_is_run(page):
    """By doctest, which sees what stands behind a prompt and nothing else; or it is a row of a table, quoted."""
    if page == "CONTRIBUTING.md":
        pytest.skip("its code is for a file of the reader's")
    tables = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "autograd" / "rules").glob("*.py"))
    for block in blocks(page, "python"):
        assert block.startswith(">>> ") or block in tables, block


@each_page
def test_commands_of_a_page_are_understood(page):
    targets = re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for line in "".join(blocks(page, "")).splitlines():
        program, *arguments = line.partition(" #")[0].split() or [""]
        if Path(program).name == "glassgrad":
            cli._parser().parse_args(shlex.split(line, comments=True)[1:])
        if program == "make":
            assert arguments[0] in targets, line


def test_the_gallery_shows_every_picture_that_it_draws():
    text = (DOCS / "gallery.md").read_text(encoding="utf-8")
    drawn = re.findall(r'(?:save\(|plot\(|path=)"([\w-]+\.svg)"', text)
    shown = re.findall(r"!\[[^\]]{20,}\]\(images/gallery/([^)]+)\)", text)
    kept = sorted(path.name for path in (DOCS / "images" / "gallery").iterdir())
    assert sorted(drawn) == sorted(shown) == kept, "run `.venv/bin/python docs/make_gallery.py`"
