"""What is good to know of a comparison, and is no mistake: kinks, and where differences tell little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autograd.testing.entries import Comparison, Entry


def notes_on(comparison: Comparison, order: int) -> Iterator[str]:
    """Sentences on the gradient of one argument."""
    kinks, jumps = comparison.with_status("kink"), comparison.with_status("jump")
    if kinks:
        what = "the function has a kink" if order == 1 else "not smooth at second order: the derivative has a kink"
        sides = f"slopes {kinks[0].left:.4g} and {kinks[0].right:.4g}, the rule says {kinks[0].rule:.4g}"
        yield f"{what} at {_places(comparison, kinks)}: {sides}"
    if jumps:
        yield f"no derivative at {_places(comparison, jumps)}: a jump, or a vertical tangent"
    coarse = [entry for entry in (*comparison.entries, *comparison.directions) if _is_coarse(entry)]
    if coarse:
        share = min(1.0, max(entry.error / abs(entry.numeric) for entry in coarse))
        digits = max(1, int(-np.log10(share)))
        yield (
            f"differences in {comparison.name} are good to {digits} digit{'s' * (digits != 1)} only: values are large "
            "beside what changes in them, or not steady (a float32 inside?)"
        )


def says_nothing(comparison: Comparison) -> bool:
    """Whether there was something to compare, and none of it could be."""
    entries = comparison.entries or comparison.directions
    return bool(entries) and all(entry.status in ("unknown", "jump") for entry in entries)


def _places(comparison: Comparison, entries: Sequence[Entry]) -> str:
    """Where entries are: ``x[0, 1]``, and the value there; of many, the first."""
    index = entries[0].index
    assert index is not None
    element = f"{comparison.name}[{', '.join(map(str, index))}]" if index else comparison.name
    more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
    return f"{element} = {float(comparison.value[index]):.6g}{more}"


def _is_coarse(entry: Entry) -> bool:
    """Whether differences agreed with the rule, and could not tell it from one that is off by a ten-thousandth."""
    size = abs(entry.numeric)
    return entry.status == "right" and size > 1e-6 and entry.error > max(1e-4 * size, 1e-7)
