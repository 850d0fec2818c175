"""Planted faults in derivative rules: what `torch.autograd.gradcheck` and `ag.gradcheck` say of each, side by side.

`python benchmarks/gradcheck_faults.py` goes through the gallery in `tests/testing/faults`. Both checkers get the same
function with the same mistake at the same inputs, in float64 and with their default settings; a fault in the rule's own
derivative is shown to `gradgradcheck` too, and to `order=2`. A fault is *caught* where the checker fails, and *named*
where its words say what is wrong. The functions at the end are right: there, whoever fails raises a false alarm.
"""

from __future__ import annotations

import argparse
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from report import aligned

import autograd as ag

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "testing"))
from faults import FAULTS, SOUND

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

# What torch's messages say of a fault besides that two matrices differ, and which verdicts that amounts to.
WORDS_OF_TORCH = {
    "Backward is not reentrant": ("not deterministic", "hidden state"),
    "backward not multiplied by grad_output": ("not linear",),
    "returned an invalid gradient": ("shape", "square only"),
    "modified by an inplace operation": ("writes",),
}
RAISED_BY_RULE = ("shape", "raises", "square only", "scalar", "zero size")  # where the rule's own error says enough


@dataclass(frozen=True)
class Answer:
    """What a checker says of a function: whether it passes, in a word or two, and in full."""

    passes: bool
    word: str
    full: str
    seconds: float = 0.0


# --- the two checkers -----------------------------------------------------------------------------------


def quietly(check: Callable[[], Answer]) -> Answer:
    """A check timed, without what NumPy and torch warn of on the way."""
    start = perf_counter()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        answer = check()
    return Answer(answer.passes, answer.word, answer.full, perf_counter() - start)


def ours(item: Any) -> Answer:
    """The answer of `ag.gradcheck`."""
    report = ag.gradcheck(item.make(), item.sample(), order=item.order, raise_exception=False)
    verdicts = list(dict.fromkeys(finding.verdict for finding in report.findings))
    return Answer(report.ok, ", ".join(verdicts) or "passes", str(report))


def as_torch(value: Any) -> Any:
    """An argument as torch's: real arrays in float64, to be differentiated in."""
    value = ag.value_of(value)
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind != "f":
        return torch.from_numpy(value)
    wide = value.astype(np.float64, copy=False)
    if not wide.size:  # NumPy's strides are 0 then, which gradcheck refuses
        return torch.zeros(wide.shape, dtype=torch.float64, requires_grad=True)
    return torch.from_numpy(wide).requires_grad_()


def theirs(item: Any) -> Answer:
    """The answer of `torch.autograd.gradcheck`, and of `gradgradcheck` at order 2."""
    torch.manual_seed(0)
    function, args = item.torch(torch), [as_torch(value) for value in item.sample()]
    try:
        torch.autograd.gradcheck(function, args)
        if item.order == 2:
            torch.autograd.gradgradcheck(function, args)
    except Exception as error:
        return Answer(False, in_a_word(error), str(error))
    return Answer(True, "passes", "passes")


def in_a_word(error: Exception) -> str:
    """What is in a message of torch's, without the matrices."""
    for words in (*WORDS_OF_TORCH, "Jacobian mismatch"):
        if words in str(error):
            return words
    return type(error).__name__


def is_named_by_us(fault: Any, answer: Answer) -> bool:
    """Whether our first finding has the right verdict, and the report the particulars."""
    return answer.word.split(", ")[0] == fault.verdict and re.search(fault.says, answer.full) is not None


def is_named_by_torch(fault: Any, answer: Answer) -> bool:
    """Whether torch's message, or the error of the rule that it lets through, says what is wrong."""
    verdicts = WORDS_OF_TORCH.get(answer.word)
    if verdicts is None:
        return not answer.passes and answer.word != "Jacobian mismatch" and fault.verdict in RAISED_BY_RULE
    return fault.verdict in verdicts


# --- the tables -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What both checkers say of one function; ``theirs`` is None where torch has no part in it."""

    item: Any
    theirs: Answer | None
    ours: Answer

    @property
    def name(self) -> str:
        """The function's name in words."""
        return str(self.item.name).replace("_", " ")


def outcome(item: Any, show: bool) -> Outcome:
    """Show a function to both."""
    their_answer = quietly(lambda: theirs(item)) if torch is not None and item.torch is not None else None
    result = Outcome(item, their_answer, quietly(lambda: ours(item)))
    if show:
        print(f"{result.name}: {item.about}\n{result.ours.full}\n", flush=True)
    return result


def mark(answer: Answer | None, is_named: Callable[[Any, Answer], bool], fault: Any) -> str:
    """How a fault fared."""
    if answer is None:
        return "-"
    return "missed" if answer.passes else "named" if is_named(fault, answer) else "caught"


def faults_table(outcomes: list[Outcome]) -> list[list[str]]:
    """A row for each fault."""
    rows = [["fault", "what is wrong", "", "torch.autograd.gradcheck", "", "ag.gradcheck"]]
    for result in outcomes:
        their_word = result.theirs.word if result.theirs else result.item.why_not
        their_mark = mark(result.theirs, is_named_by_torch, result.item)
        our_mark = mark(result.ours, is_named_by_us, result.item)
        rows.append([result.name, result.item.verdict, their_mark, their_word, our_mark, result.ours.word])
    return rows


def sound_table(outcomes: list[Outcome]) -> list[list[str]]:
    """A row for each function that is right."""
    rows = [["right function", "torch.autograd.gradcheck", "ag.gradcheck"]]
    return rows + [[result.name, result.theirs.word if result.theirs else "-", result.ours.word] for result in outcomes]


def summary(
    checker: str,
    faults: list[tuple[Any, Answer]],
    functions: list[Answer],
    is_named: Callable[[Any, Answer], bool],
) -> str:
    """The counts of one checker in a line."""
    marks = [mark(answer, is_named, fault) for fault, answer in faults]
    alarms = [answer for answer in functions if not answer.passes]
    seconds = sum(answer.seconds for _, answer in faults)
    return (
        f"{checker}: {len(marks) - marks.count('missed')} of {len(marks)} faults caught, {marks.count('named')} of "
        f"them named, in {seconds:.1f} s; {len(alarms)} false alarms of {len(functions)}"
    )


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Show planted faults to two gradient checkers.")
    parser.add_argument("--only", metavar="WORD", default="", help="faults and functions whose name has this word")
    parser.add_argument("--reports", action="store_true", help="print what ag.gradcheck says of each, in full")
    return parser.parse_args()


def library() -> str:
    """The first line: which PyTorch this is, and its settings."""
    if torch is None:
        return "PyTorch is not installed, so its column is empty: `make test-parity` installs it."
    return (
        f"PyTorch {torch.__version__}: float64, eps 1e-6, atol 1e-5, rtol 1e-3, nondet_tol 0, which are its defaults."
    )


def main() -> int:
    """Print both tables and the counts; 0 if ours caught and named every fault and raised no false alarm."""
    options = arguments()
    word = options.only.replace(" ", "_")
    print(library() + "\n", flush=True)
    faults = [outcome(fault, options.reports) for fault in FAULTS if word in fault.name]
    functions = [outcome(item, options.reports) for item in SOUND if word in item.name]
    print(aligned(faults_table(faults)) + "\n")
    print(aligned(sound_table(functions)) + "\n")
    if torch is not None:
        both = [result for result in faults if result.theirs]
        right = [result for result in functions if result.theirs]
        their_answers = [(result.item, result.theirs) for result in both]
        our_answers = [(result.item, result.ours) for result in both]
        print(summary("torch.autograd.gradcheck", their_answers, [r.theirs for r in right], is_named_by_torch))
        print(summary("ag.gradcheck, of the same", our_answers, [r.ours for r in right], is_named_by_us))
    answers = [(result.item, result.ours) for result in faults]
    print(summary("ag.gradcheck, of all", answers, [result.ours for result in functions], is_named_by_us))
    all_named = all(mark(answer, is_named_by_us, fault) == "named" for fault, answer in answers)
    return int(not (all_named and all(result.ours.passes for result in functions)))


if __name__ == "__main__":
    sys.exit(main())
