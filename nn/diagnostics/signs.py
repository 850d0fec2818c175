"""Signs of sickness in layers and parameters: the thresholds, their sources, and what is said of them.

Each check reads a `Course` and yields (layer, words, remedy) for each case of what it finds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from nn.diagnostics.course import Course
from nn.diagnostics.report import finding
from nn.diagnostics.statistics import SIGMOIDS, TANHS, LayerStatistics, StepStatistics, by_layer, median

Case = tuple[str, str, str]

# "As much as 40% of your network can be dead if the rate is too high": Stanford's CS231n, notes on activations.
DEAD = 0.4
DEAD_SAMPLES = 32  # a unit that is 0 for fewer samples than these proves nothing
# Half of the elements: the healthy networks of tests/nn/test_doctor.py have up to 0.06, the saturated ones 0.6 to 0.9.
SATURATED = 0.5
# A sigmoid's slope is at most 1/4, so that gradients shrink by 4 and more a layer where the weights are orthogonal;
# Glorot and Bengio, 2010, hold a factor of 1 for right. The healthy networks have 0.3 to 2.0 a layer, the initial
# weights of PyTorch's linear layers alone giving 2.4 with rectifiers; and 0.1 to 16 in all.
FACTOR = 2.0
IN_ALL = 100.0
LAYERS = 3  # fewer show no trend
# Norm of all gradients by that of all weights: 0.002 to 2.3 in the healthy networks.
EXPLODED = 100.0
# Inputs have the mean 0 and the spread 1: LeCun et al., "Efficient BackProp", 1998, section 4.3. Pixels from 0 to 1
# (mean 0.3, spread 0.4) are no trouble, bytes up to 255 (of MNIST: 33 and 79) are: the
# digits' first loss is then 40, not 2.3.
INPUT_SCALE = 10.0
INPUT_OFFSET = 5.0  # the mean by the spread


# --- units ----------------------------------------------------------------------------------------------


@finding("dead units", "warning")
def dead_units(course: Course) -> Iterator[Case]:
    """Rectifiers of which more than `DEAD` of the units are 0 for every sample of the last steps looked at."""
    for layers in by_layer(course.latest()).values():
        masks = [layer.silent for layer in layers if layer.silent is not None]
        samples = sum(layer.samples for layer in layers)
        if not masks or samples < DEAD_SAMPLES or any(mask.shape != masks[0].shape for mask in masks):
            continue
        dead = np.logical_and.reduce(masks)
        if dead.mean() > DEAD:
            yield (
                layers[-1].path,
                f"{dead.mean():.0%} of {dead.size} units ({layers[-1].source}) are dead: 0 for every one of {samples} "
                f"samples (more than {DEAD:.0%} is too much). They have no gradient: their weights learn nothing.",
                "Lower the rate, use LeakyReLU, or Kaiming initialization (nn.init.kaiming_normal_) with biases of 0.",
            )


@finding("saturated units", "warning")
def saturated_units(course: Course) -> Iterator[Case]:
    """Sigmoids and tanhs, but for those of the result, of which more than `SATURATED` have next to no slope."""
    steps = [_hidden(step) for step in course.latest()]
    for layers in by_layer(steps).values():
        share = median([layer.saturated for layer in layers])
        if share > SATURATED:
            ends = "0 or 1" if layers[-1].kind in SIGMOIDS else "-1 or 1"
            yield (
                layers[-1].path,
                f"{share:.0%} of the results ({layers[-1].source}) are saturated, so near to {ends} that "
                f"the slope is below 6% of the greatest (more than {SATURATED:.0%} is too much).",
                "Make the weights smaller (Xavier initialization: nn.init.xavier_normal_), standardize the inputs, "
                "lower the rate, or put a normalization before the units.",
            )


# --- from layer to layer --------------------------------------------------------------------------------


@finding("vanishing gradients", "serious")
def vanishing_gradients(course: Course) -> Iterator[Case]:
    """Gradients that shrink by `FACTOR` and more with each layer on their way back, and by `IN_ALL` in all."""
    found = _trend(course.latest(), lambda layer: layer.gradient)
    if found is None or found.factor < FACTOR or found.total < IN_ALL:
        return
    kinds = [layer.kind for layer in course.steps[-1].layers]
    squashing = [kind for kind in kinds if kind in SIGMOIDS or kind in TANHS]
    sigmoids = sum(kind in SIGMOIDS for kind in squashing) * 2 > len(squashing)
    cause = ": sigmoid units, whose slope is at most 1/4" if sigmoids else ": squashing units" if squashing else ""
    remedy = "ReLU or normalization" if squashing else "normalization, skip connections, or larger initial weights"
    yield (
        "",
        f"gradients shrink {found.factor:.1f} times per layer on their way back{cause}. Their norm is {found.last:.2g} "
        f"at {found.last_label} and {found.first:.2g} at {found.first_label} (a factor of {FACTOR:g} per layer, and "
        f"{IN_ALL:g} in all, is too much).",
        f"Try {remedy}.",
    )


@finding("exploding gradients", "serious")
def exploding_gradients(course: Course) -> Iterator[Case]:
    """Gradients that grow by `FACTOR` with each layer back and by `IN_ALL` in all, or dwarf the weights altogether."""
    remedy = (
        "Clip the gradients' norm, lower the rate, initialize with smaller weights (nn.init.kaiming_normal_, or "
        "orthogonal_ for recurrent ones), or add normalization."
    )
    found = _trend(course.latest(), lambda layer: layer.gradient)
    if found is not None and found.factor <= 1 / FACTOR and found.total <= 1 / IN_ALL:
        yield (
            "",
            f"gradients grow {1 / found.factor:.1f} times per layer on their way back. Their norm is {found.last:.2g} "
            f"at {found.last_label} and {found.first:.2g} at {found.first_label} (a factor of {FACTOR:g} per layer, "
            f"and {IN_ALL:g} in all, is too much).",
            remedy,
        )
        return
    shares = []
    for step in course.latest():
        weight = math.hypot(*(p.weight for p in step.parameters))
        shares.append(math.hypot(*(p.gradient or 0.0 for p in step.parameters)) / weight if weight else 0.0)
    if not shares or math.isnan(shares[-1]) or not max(shares) > EXPLODED:
        return
    worst = max(course.steps[-1].parameters, key=lambda p: p.gradient or 0.0)
    yield (
        worst.path,
        f"the norm of all gradients is {max(shares):.2g} times that of the weights (more than {EXPLODED:g} is too "
        f"much), and that of {worst.path} alone is {worst.gradient or 0:.2g}.",
        remedy,
    )


@finding("activations change their size", "warning")
def changing_activations(course: Course) -> Iterator[Case]:
    """Results whose spread grows or shrinks by `FACTOR` with each layer at the start, and by `IN_ALL` in all."""
    found = _trend(course.steps[:1], lambda layer: layer.spread)
    if found is None or (1 / FACTOR < found.factor < FACTOR) or (1 / IN_ALL < found.total < IN_ALL):
        return
    grows = found.factor > 1
    factor = found.factor if grows else 1 / found.factor
    yield (
        "",
        f"activations {'grow' if grows else 'shrink'} {factor:.1f} times per layer: their spread is {found.first:.2g} "
        f"at {found.first_label} and {found.last:.2g} at {found.last_label} (a factor of {FACTOR:g} per layer, and "
        f"{IN_ALL:g} in all, is too much).",
        f"The initial weights are too {'large' if grows else 'small'}: use Kaiming initialization for rectifiers "
        "(nn.init.kaiming_normal_), Xavier for tanh (nn.init.xavier_normal_), or add normalization.",
    )


class _Trend:
    """How a quantity changes over the layers with weights: its factor per layer, and the ends."""

    def __init__(self, labels: list[str], values: np.ndarray) -> None:
        self.first, self.last = float(values[0]), float(values[-1])
        self.first_label, self.last_label = labels[0], labels[-1]
        self.total = self.last / self.first
        self.factor = float(10 ** np.polyfit(np.arange(len(values)), np.log10(values), 1)[0])


def _trend(steps: list[StepStatistics], value: Callable[[LayerStatistics], float]) -> _Trend | None:
    """Over the medians of some steps; layers whose value is 0 or not finite, and second calls, are left out."""
    labels, medians = [], []
    for layers in by_layer(steps).values():
        middle = median([value(layer) for layer in layers])
        if layers[-1].is_weighted and layers[-1].call == 0 and middle > 0:
            labels.append(layers[-1].path or layers[-1].kind)
            medians.append(middle)
    return _Trend(labels, np.array(medians)) if len(medians) >= LAYERS else None


# --- parameters and inputs ------------------------------------------------------------------------------


@finding("symmetric units", "serious")
def symmetric_units(course: Course) -> Iterator[Case]:
    """Layers all of whose units have the same weights, also after an update: they learn the same for ever."""
    last = course.steps[-1] if course.steps else None
    if last is None or not any(p.update > 0 for p in last.parameters):
        return
    paths = [p.path for p in last.parameters if p.is_symmetric and p.path not in course.frozen]
    if paths:
        constant = all(p.weight == 0 for p in last.parameters if p.path in paths)
        yield (
            _few(paths),
            f"all units have the same weights{', which are all 0,' if constant else ''} and so the same gradients: "
            "they stay equal, as if there were one.",
            "Initialize the weights at random: nn.init.kaiming_normal_ or xavier_normal_. Biases may be 0.",
        )


@finding("zero gradients", "warning")
def zero_gradients(course: Course) -> Iterator[Case]:
    """Matrices of weights whose gradient was exactly 0 in each of the last steps looked at."""
    paths = _always(course.latest(), lambda p: p.gradient == 0 and p.axes > 1)
    if paths:
        yield (
            _few(paths),
            "the gradient is exactly 0: nothing comes back through the layers behind.",
            "Look for dead units behind them, weights that are all 0, or a function without slope, such as a step, "
            "a rounding or an argmax.",
        )


@finding("no gradient", "warning")
def no_gradient(course: Course) -> Iterator[Case]:
    """Parameters that need a gradient and got none in any step, while others did."""
    steps = [step for step in course.steps if any(p.gradient is not None for p in step.parameters)]
    paths = [path for path in _always(steps, lambda p: p.gradient is None) if path not in course.frozen]
    if paths:
        yield (
            _few(paths),
            f"the loss does not depend on {_number(paths)}: no gradient came in any of {len(steps)} steps.",
            "Are they used in forward, and not behind detach(), numpy() or no_grad? ag.explain(loss, parameter) says "
            "where the way is cut.",
        )


@finding("never updated", "warning")
def never_updated(course: Course) -> Iterator[Case]:
    """Parameters with gradients that no step has changed, while it changed others; or all, if none ever changed."""
    with_gradients = [step for step in course.steps if any(p.gradient for p in step.parameters)]
    moving = [step for step in with_gradients if any(p.update > 0 for p in step.parameters)]
    if len(with_gradients) >= 3 and not moving:
        yield (
            "",
            f"no parameter has changed in any of {len(with_gradients)} steps, though there are gradients.",
            "Call optimizer.step() after backward(), with the parameters of this model and a rate above 0.",
        )
    paths = _always(moving, lambda p: bool(p.gradient) and p.update == 0)
    if not paths:
        return
    small = "or their updates are lost in rounding, or their rate is 0"
    if course.not_given is None:
        why = f"the optimizer was not given them, {small}"
    elif set(paths) & set(course.not_given):
        why = "the optimizer was not given them"
    else:
        why = small.removeprefix("or ")
    yield (
        _few(paths),
        f"{_number(paths)} got gradients and did not change in any of {len(moving)} steps: {why}.",
        "Make the optimizer of model.parameters() after the model is complete, or use add_param_group; what is meant "
        "to stay is frozen by requires_grad_(False).",
    )


@finding("frozen parameters", "note")
def frozen_parameters(course: Course) -> Iterator[Case]:
    """Parameters that need no gradient."""
    if course.frozen:
        yield (
            _few(list(course.frozen)),
            f"{_number(list(course.frozen))} need no gradient (requires_grad=False) and do not learn.",
            "If that is not meant: model.requires_grad_().",
        )


@finding("inputs not standardized", "warning")
def inputs_not_standardized(course: Course) -> Iterator[Case]:
    """Inputs of a size beyond `INPUT_SCALE`, below its inverse's square, or with a mean far beyond their spread."""
    seen = [step.input for step in course.steps if step.input is not None]
    if not seen or course.is_normalized:
        return
    mean, spread = median([mean for mean, _ in seen]), median([spread for _, spread in seen])
    size = math.hypot(mean, spread)
    if size > INPUT_SCALE or 0 < size < INPUT_SCALE**-2 or abs(mean) > INPUT_OFFSET * spread > 0:
        yield (
            "",
            f"the inputs have the mean {mean:.3g} and the spread {spread:.3g}; want about 0 and 1 (a size above "
            f"{INPUT_SCALE:g} or below {INPUT_SCALE**-2:g}, or a mean beyond {INPUT_OFFSET:g} spreads, is too far).",
            "Standardize them: subtract each feature's mean over the training data and divide by its spread; pixels "
            "by 255.",
        )


# --- what the checks share ------------------------------------------------------------------------------


def _hidden(step: StepStatistics) -> StepStatistics:
    """A step without what comes after the last layer with weights: the activation of the result."""
    last = max((place for place, layer in enumerate(step.layers) if layer.is_weighted), default=-1)
    return StepStatistics(step.step, step.layers[: last + 1], step.parameters)


def _always(steps: list[StepStatistics], holds: Callable[..., bool]) -> list[str]:
    """Paths of the parameters for which something holds in every step."""
    if not steps:
        return []
    paths = [p.path for p in steps[-1].parameters]
    failing = {p.path for step in steps for p in step.parameters if not holds(p)}
    return [path for path in paths if path not in failing]


def _few(paths: list[str]) -> str:
    return ", ".join(paths) if len(paths) <= 4 else f"{', '.join(paths[:3])} and {len(paths) - 3} more"


def _number(paths: list[str]) -> str:
    return "1 parameter" if len(paths) == 1 else f"{len(paths)} parameters"
