"""Draws the pictures of docs/gallery.md by running the page: `python docs/make_gallery.py`, with the extra `test`.

With `--write`, what an example shows now is also written into the page where something else stands.
"""

import doctest
import io
import linecache
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

import matplotlib

PAGE = Path(__file__).resolve().parent / "gallery.md"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE  # those of the tests


def run(text: str) -> list[tuple[doctest.Example, str]]:
    """Run the examples of a page, and return those that show something else than it says, with what they show.

    They are run as the tests run them, but pictures that name a line of the program name one of the page.
    """
    linecache.cache[PAGE.name] = len(text), None, [f"{line[4:]}\n" for line in text.splitlines()], PAGE.name
    names: dict[str, object] = {"__name__": "__main__"}
    checker = doctest.OutputChecker()
    differing = []
    for example in doctest.DocTestParser().get_examples(text, PAGE.name):
        code = compile("\n" * example.lineno + example.source, PAGE.name, "single")
        with redirect_stdout(io.StringIO()) as shown:
            exec(code, names)
        if not checker.check_output(example.want, shown.getvalue(), OPTIONS):
            print(f"{PAGE.name}:{example.lineno + 1}")
            print(checker.output_difference(example, shown.getvalue(), OPTIONS))
            differing.append((example, shown.getvalue()))
    return differing


def corrected(text: str, differing: list[tuple[doctest.Example, str]]) -> str:
    """The page with what the examples show."""
    lines = text.split("\n")
    for example, shown in reversed(differing):
        first = example.lineno + example.source.count("\n")
        new = [line.rstrip() or "<BLANKLINE>" for line in shown.rstrip("\n").split("\n")]
        lines[first : first + example.want.count("\n")] = new
    return "\n".join(lines)


def main() -> int:
    """Run the page in the folder of its pictures; returns 1 if it shows something else than it says."""
    folder = PAGE.parent / "images" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    os.environ["SOURCE_DATE_EPOCH"] = "0"  # matplotlib then writes the same files each time
    matplotlib.rcParams["svg.hashsalt"] = PAGE.name
    text = PAGE.read_text(encoding="utf-8")
    differing = run(text)
    if differing and sys.argv[1:] == ["--write"]:
        PAGE.write_text(corrected(text, differing), encoding="utf-8")
        return 0
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
