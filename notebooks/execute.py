"""Runs notebooks and writes them anew with their outputs, as they are committed: `make notebooks-write`.

What differs from run to run for no reason that a reader cares about is left out: times of execution, process numbers in
the names of cells' files, versions of tools.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

import autograd as ag

FOLDER = Path(__file__).parent
CELL_FILE = re.compile(r"[^\s\"']*ipykernel_\d+[\\/]\d+\.py")  # as IPython names the source of a cell
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(path: Path) -> Any:
    """The notebook with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    return notebook


def tidy(notebook: Any) -> None:
    """Leave out what belongs to one run."""
    notebook.metadata = METADATA
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number:02d}", {}
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = {}
            if "text" in output:
                output.text = CELL_FILE.sub("cell.py", output.text)
            for kind, text in output.get("data", {}).items():
                if kind.startswith("text/") or kind == "image/svg+xml":
                    output.data[kind] = CELL_FILE.sub("cell.py", text)


def joined(outputs: list[Any]) -> list[Any]:
    """What was printed in one piece, since it depends on the time into how many it was cut."""
    result: list[Any] = []
    for output in outputs:
        if result and output.output_type == result[-1].output_type == "stream" and output.name == result[-1].name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


def main() -> None:
    for path in [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.ipynb")):
        start = time.perf_counter()
        notebook = execute(path)
        tidy(notebook)
        ag.write_whole(path, (nbformat.writes(notebook) + "\n").encode())
        print(f"{path.name}: {time.perf_counter() - start:.0f} s, {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
