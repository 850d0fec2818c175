"""Symptoms in the course of a training run, its losses, updates and answers: thresholds with their sources.

Each check reads a `Course` and yields (layer, words, remedy) for each case of what it finds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nn.diagnostics.course import Course
from nn.diagnostics.report import finding

Case = tuple[str, str, str]

# The updates by the weights are to be about 1e-3: Stanford's CS231n, notes on learning. The healthy networks of
# tests/nn/test_doctor.py, most of them with Adam, have up to 6e-2 at first and 4e-3 to 3e-2 as a median, so that only a
# hundred times the rule is surely too much.
RATIO = 1e-3
RATIO_HIGH = 1e-1
RATIO_RUINOUS = 1.0  # one step that is as large as the weights leaves nothing of them
RATIO_LOW = 1e-5
RISEN = 1.5  # the last losses by the first one, at which they have risen
MOVED = 0.01  # share of the loss that it must fall by, not to stand still
CHANCE = 0.02  # share of ln(classes) within which a loss is that of chance
ENOUGH = 20  # losses from which on they are spoken of
# An untrained classifier's loss is ln(classes): Karpathy, "A recipe for training neural networks", 2019.
FIRST_LOSS = 3.0
# Prechelt, "Early stopping - but when?", 1998, stops where the held-out loss is 1 to 5% above its best: here twice it.
OVERFITTED = 1.1
LEARNT = 0.8  # the training loss by that of chance, below which something has been learnt
FAVOURITE = 0.99  # share of samples with the same answer
FAVOURITE_SAMPLES = 8
ENTROPIES = ("cross_entropy", "CrossEntropyLoss", "nll_loss", "NLLLoss")
BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits", "BCELoss", "BCEWithLogitsLoss")


@finding("not finite", "serious")
def not_finite(course: Course) -> Iterator[Case]:
    """A loss, a result of the model or a gradient that is NaN or infinite."""
    if course.broken is not None:
        step, origin = course.broken
        origin = origin or "What is computed behind the model is not finite."
        yield (
            "",
            f"NaN or infinite numbers since step {step}. {origin}",
            "Lower the rate and clip gradients if the weights grew before; guard logarithms, divisions and roots from "
            "0. A training step in a block of ag.debug() names the operation and the line, gradients' ones too.",
        )
        return
    for look in course.steps:
        paths = [p.path for p in look.parameters if p.gradient is not None and not math.isfinite(p.gradient)]
        if paths:
            yield (
                paths[0],
                f"the gradient is NaN or infinite in step {look.step}, the first one looked at that has such; the "
                "loss is still finite.",
                "A block of ag.debug() names the operation and the line: often a root or a norm at 0.",
            )
            return


@finding("rate too high", "serious")
def rate_too_high(course: Course) -> Iterator[Case]:
    """Updates beyond `RATIO_HIGH` of the weights in three steps, or `RATIO` if the loss has risen, or a ruinous one."""
    ratio = _highest_ratio(course)
    first, last = course.losses[0][1] if course.losses else math.nan, _ends(course)[1]
    has_risen = last > RISEN * first > 0
    if ratio > RATIO_HIGH or (has_risen and ratio > RATIO):
        risen = f"; the loss has risen from {first:.3g} to {last:.3g}" if has_risen else ""
        yield (
            "",
            f"a step changes the weights by {ratio:.2g} of their norm (about {RATIO:g} is right, above {RATIO_HIGH:g} "
            f"is too much){risen}.",
            f"Divide the rate by {_range(ratio / RATIO_HIGH, ratio / RATIO)}, or warm it up; "
            "nn.train.lr_find finds one.",
        )


@finding("rate too low", "warning")
def rate_too_low(course: Course) -> Iterator[Case]:
    """Updates below `RATIO_LOW` of the weights in most steps, while the loss, if known, stands still."""
    ratios = _ratios(course)
    ratio = float(np.median(ratios)) if ratios else math.nan
    first, last = _ends(course)
    if 0 < ratio < RATIO_LOW and not last < (1 - MOVED) * first:
        standing = f"; the loss stands at {last:.3g}" if math.isfinite(last) else ""
        yield (
            "",
            f"a step changes the weights by {ratio:.2g} of their norm (about {RATIO:g} is right, below {RATIO_LOW:g} "
            f"is too little){standing}.",
            f"Multiply the rate by {_power(RATIO / ratio)} or so.",
        )


@finding("predicts nothing yet", "warning")
def predicts_nothing(course: Course) -> Iterator[Case]:
    """A loss that is still that of chance, ln(classes), within `CHANCE`."""
    classes, (_, last) = _classes(course), _ends(course)
    if classes and len(course.losses) >= ENOUGH and abs(last / math.log(classes) - 1) < CHANCE:
        yield (
            "",
            f"the loss equals ln({classes}) = {math.log(classes):.3g}: it is {last:.3g} after {course.count} steps, "
            "and that is what equal scores for all classes have. The network predicts nothing yet.",
            "Do inputs and labels belong together, and does the loss fall on one small batch alone? Then look at the "
            "rate and the initialization.",
        )


@finding("first loss too large", "warning")
def first_loss_too_large(course: Course) -> Iterator[Case]:
    """A classifier that begins with a loss beyond `FIRST_LOSS` times ln(classes): sure of wrong answers."""
    classes = _classes(course)
    if classes and course.losses and course.losses[0][0] == 0:
        first, chance = course.losses[0][1], math.log(classes)
        if math.isfinite(first) and first > FIRST_LOSS * chance:
            yield (
                "",
                f"the first loss is {first:.3g}; without knowledge it is ln({classes}) = {chance:.3g} (more than "
                f"{FIRST_LOSS:g} times that is too much). The network begins with great trust in wrong answers.",
                "Make the last layer's initial weights smaller, its biases 0, and standardize the inputs.",
            )


@finding("labels look shuffled", "serious")
def shuffled_labels(course: Course) -> Iterator[Case]:
    """The training loss falls below `LEARNT` of chance's, and no validation was ever better than chance."""
    classes, rows = _classes(course), course.validations
    if not classes or len(rows) < 2 or not _are_at_chance(course, classes):
        return
    last = rows[-1]
    of_loss = "" if math.isnan(last.loss) else f", the validation loss is {last.loss:.3g}"
    of_accuracy = "" if math.isnan(last.accuracy) else f", the validation accuracy {last.accuracy:.1%}"
    yield (
        "",
        f"the training loss falls to {last.train_loss:.3g}{of_loss}{of_accuracy}: never better than chance, "
        f"ln({classes}) = {math.log(classes):.3g} and {1 / classes:.1%}. What is learnt is by heart.",
        "Check that inputs and labels are shuffled together, and that both sets number the classes alike; look at "
        "some samples with their labels.",
    )


def _are_at_chance(course: Course, classes: int) -> bool:
    rows, chance = course.validations, math.log(classes)
    losses = [row.loss for row in rows if math.isfinite(row.loss)]
    accuracies = [row.accuracy for row in rows if math.isfinite(row.accuracy)]
    if not rows[-1].train_loss < LEARNT * chance or not (losses or accuracies):
        return False
    return all(loss > (1 - CHANCE) * chance for loss in losses) and all(a < 1.5 / classes for a in accuracies)


@finding("overfitting", "warning")
def overfitting(course: Course) -> Iterator[Case]:
    """The validation loss has risen to `OVERFITTED` times its best, two validations ago or more, as training's fell."""
    rows = [row for row in course.validations if math.isfinite(row.loss)]
    classes = _classes(course)
    if len(rows) < 3 or (classes and _are_at_chance(course, classes)):
        return
    best = min(range(len(rows)), key=lambda place: rows[place].loss)
    now, then = rows[-1], rows[best]
    if best <= len(rows) - 3 and now.loss > OVERFITTED * then.loss > 0 and now.train_loss < then.train_loss:
        yield (
            "",
            f"the validation loss has risen from {then.loss:.3g}, its best {len(rows) - 1 - best} validations ago, to "
            f"{now.loss:.3g}, while the training loss fell from {then.train_loss:.3g} to {now.train_loss:.3g} (more "
            f"than {OVERFITTED - 1:.0%} above the best is too much).",
            "Stop at the best, or use more data, augmentation, dropout, weight decay, or a smaller network.",
        )


@finding("softmax before cross entropy", "warning")
def softmax_before_entropy(course: Course) -> Iterator[Case]:
    """Scores of a cross entropy that are probabilities already, in every step looked at."""
    outputs = [step.output for step in course.steps if step.output is not None]
    if course.loss_name in ENTROPIES[:2] and len(outputs) > 1 and all(output.is_distribution for output in outputs):
        yield (
            "",
            "the model's scores are between 0 and 1 and have the sum 1: it ends with a softmax, and cross entropy "
            "applies another. The loss cannot fall below "
            f"{math.log(math.e + outputs[-1].classes - 1) - 1:.2f}, and gradients are small.",
            "Take away the model's softmax; apply it where probabilities are wanted.",
        )


@finding("one class only", "warning")
def one_class_only(course: Course) -> Iterator[Case]:
    """Nearly all answers are one class, in each of the last steps looked at."""
    outputs = [s.output for s in course.latest() if s.output is not None and s.output.samples >= FAVOURITE_SAMPLES]
    if len(outputs) < 3 or min(output.favourite for output in outputs) < FAVOURITE:
        return
    common = float(np.mean([output.commonest for output in outputs]))
    imbalance = f"; {common:.0%} of the targets are of one class" if common > 0.5 else ""
    yield (
        "",
        f"{min(output.favourite for output in outputs):.0%} of the samples get the same class of "
        f"{outputs[-1].classes} in each of the last {len(outputs)} steps looked at{imbalance}.",
        "Weigh the classes in the loss (cross_entropy's weight=) or draw the rare ones more often."
        if imbalance
        else "The scores hardly depend on the inputs: look at the rate, dead units and the inputs' scale.",
    )


# --- what the checks share ------------------------------------------------------------------------------


def _ratios(course: Course) -> list[float]:
    """The updates by the weights in each step that updated some: the median over the matrices."""
    steps = [[p.ratio for p in step.parameters if p.axes > 1 and p.ratio > 0] for step in course.steps]
    return [float(np.median(ratios)) for ratios in steps if ratios]


def _highest_ratio(course: Course) -> float:
    """The third highest of the ratios, so that no single step decides, unless by one beyond `RATIO_RUINOUS`.

    The result is nan where nothing was updated.
    """
    ratios = sorted(_ratios(course), reverse=True)
    if not ratios or ratios[0] > RATIO_RUINOUS:
        return ratios[0] if ratios else math.nan
    return ratios[min(2, len(ratios) - 1)]


def _ends(course: Course) -> tuple[float, float]:
    """Means of the first and of the last losses: a tenth of them each, 3 at least; nan where there are too few."""
    losses = [loss for _, loss in course.losses if math.isfinite(loss)]
    count = max(3, len(losses) // 10)
    if len(losses) < 2 * count:
        return math.nan, math.nan
    return float(np.mean(losses[:count])), float(np.mean(losses[-count:]))


def _classes(course: Course) -> int:
    """How many classes are told apart by a cross entropy; 0 where that is not what is learnt."""
    if course.loss_name in BINARY:
        return 2
    outputs = [step.output for step in course.steps if step.output is not None]
    return outputs[-1].classes if outputs and (course.loss_name in ENTROPIES or not course.loss_name) else 0


def _range(low: float, high: float) -> str:
    """From one power of ten to another."""
    return " to ".join(dict.fromkeys([_power(low), _power(high)]))


def _power(value: float) -> str:
    return f"{10 ** max(1, round(math.log10(value))):g}"
