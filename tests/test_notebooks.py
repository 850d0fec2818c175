"""The notebooks as they are committed: outputs, no errors, three exercises each. `make notebooks` runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 600_000  # bytes: who clones the project fetches them all


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_reads_well_where_it_is_only_looked_at(path):
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), "run it from top to bottom"
    outputs = [output for cell in code for output in cell["outputs"]]
    assert any("image/png" in output.get("data", {}) or "image/svg+xml" in output.get("data", {}) for output in outputs)
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"], "a warning or a progress bar was left"
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_begins_with_a_title_and_ends_with_three_exercises(path):
    prose = ["".join(cell["source"]) for cell in cells(path, "markdown")]
    number = int(path.stem.split("_")[0])
    assert prose[0].startswith(f"# {number}. ")
    exercises = prose[-1].partition("## Exercises")[2]
    assert len(re.findall(r"^\s*\d\. |^\*\*\d", exercises, re.MULTILINE)) == 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_names_no_folder_of_the_machine_it_was_made_on(path):
    assert not re.search(r"/(home|root|tmp|Users)/|site-packages", path.read_text("utf-8"))
