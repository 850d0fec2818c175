"""``glassgrad graph``: a picture of the computation graph of a model, a run, or what a file computes."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
import nn
from autograd import viz
from nn.commands import building, classify, language, names, programs, runs
from nn.commands.config import DataConfig, RunConfig, option_of
from nn.commands.jobs import Job, Step
from nn.commands.options import config_of, read_run

ROUNDS = 5  # calls, of which the shortest time of each operation counts
PICTURES = (".svg", ".png", ".pdf", ".dot")
TEXTS = (".txt", ".md")
DATA = ".json"


class Measured(NamedTuple):
    """What has to be measured for an overlay."""

    gradients: bool = False
    times: bool = False


OVERLAYS = {
    "gradient": Measured(gradients=True),
    "zeros": Measured(),
    "range": Measured(),
    "finite": Measured(gradients=True),
    "nan": Measured(gradients=True),
    "memory": Measured(),
    "forward": Measured(times=True),
    "backward": Measured(gradients=True, times=True),
    "time": Measured(gradients=True, times=True),
    "multiply-adds": Measured(),
    "order": Measured(),
    "path": Measured(gradients=True),
}
OPTIONS = ("overlay", "of", "depth", "fold", "passes", "style", "direction", "most")  # of pictures
# Those that other files than pictures have no use for.
USELESS = {
    DATA: ("of", "depth", "fold", "passes", "style", "direction", "most"),
    ".md": ("style",),
    ".txt": ("style", "direction"),
}


@np.errstate(over="ignore", invalid="ignore")  # what is not finite is drawn
def graph(arguments: argparse.Namespace) -> int:
    """Draw what was asked for, print where it was written, or the text, and return the exit code."""
    options = {name: getattr(arguments, name) for name in OPTIONS if getattr(arguments, name) is not None}
    out: Path | None = arguments.out
    _check_out(out, options)
    snapshot = _snapshot(arguments, _measured(options))
    if out is not None and out.suffix.lower() == DATA:
        snapshot.save(out)
        print(f"wrote {out}")
        return 0
    try:
        picture = snapshot.picture(**options)
    except ag.errors.ArgumentError as error:
        raise runs.bad("graph", _as_options(str(error))) from error
    answers = () if picture.painting is None else picture.painting.legend.notes
    if out is None:
        print(viz.to_text(picture.view))
    else:
        _save(picture, out)
        print(f"wrote {out}")
        answers += picture.view.notes  # which the text has
    if answers:
        print(" ".join(answers))
    sys.stdout.flush()  # so that a full disk, or a reader who has gone, is noticed here
    return 0


def _as_options(message: str) -> str:
    """A message that speaks of arguments in the words of the command line: of ``most=1`` as ``--most 1``."""
    message = message.removeprefix("picture: ")
    return re.sub(rf"\b({'|'.join(OPTIONS)})=(?:'([^']*)'|(\w*))", r"--\1 \2\3", message).replace(" ,", ",")


def _save(picture: viz.Picture, out: Path) -> None:
    try:
        picture.save(out)
    except viz.RenderError as error:
        raise runs.FailedError(f"glassgrad graph: {error} Files .dot, .md and .txt need no renderer.") from error


def _check_out(out: Path | None, options: dict[str, Any]) -> None:
    """Say what is wrong with the file, or with the options that it has no use for, before any work is done."""
    ending = ".txt" if out is None else out.suffix.lower()
    known = (*PICTURES, *TEXTS, DATA)
    if ending not in known:
        raise runs.bad("graph", f"-o {out}: want a name that ends in {', '.join(known)}")
    if out is not None and not out.parent.is_dir():
        raise runs.bad("graph", f"cannot write {out}: there is no folder {out.parent}")
    if out is not None and out.is_dir():
        raise runs.bad("graph", f"cannot write {out}: it is a folder")
    for name in USELESS.get(ending, ()):
        if name in options:
            what = {DATA: "the data", ".md": "a Mermaid diagram"}.get(ending, "a text")
            raise runs.bad("graph", f"--{name} is for pictures; {what} has no use for it, so leave it out")


def _measured(options: dict[str, Any]) -> Measured:
    """What has to be measured for the options of a picture."""
    wanted = OVERLAYS.get(options.get("overlay", ""), Measured())
    shows_gradients = options.get("passes", "forward") != "forward" or options.get("style") == "values"
    return wanted._replace(gradients=wanted.gradients or shows_gradients)


# --- what is drawn --------------------------------------------------------------------------------------


def _snapshot(arguments: argparse.Namespace, wanted: Measured) -> ag.Graph:
    """The graph that was asked for, with what is wanted of it."""
    asked = config_of("graph", arguments)
    seed, timed = asked.training.seed or 0, ROUNDS if wanted.times else 0
    if arguments.target is None:
        step = _of_model(asked)
    elif Path(arguments.target).is_dir():
        _check_fitting(arguments, ("batch_size", "steps", "seed"))
        step = _of_run(Path(arguments.target), asked.data)
    else:
        _check_fitting(arguments, ("seed",))
        if arguments.target in names.models() and not Path(arguments.target).exists():
            raise runs.bad("graph", f"there is no file {arguments.target}; the network is --model {arguments.target}")
        return programs.graph_of(arguments.target, seed, wanted.gradients, timed)
    ag.manual_seed(seed)
    try:
        return step.graph(wanted.gradients, timed)
    except ag.errors.GlassgradError as error:
        raise runs.FailedError(f"glassgrad graph: {error}") from error


def _check_fitting(arguments: argparse.Namespace, fitting: tuple[str, ...]) -> None:
    """Say which options are for networks by name, and of no use for a file or the folder of a run."""
    for name, value in vars(arguments).items():
        section, dot, key = name.partition(".")
        if dot and value is not None and key not in fitting:
            raise runs.bad(
                "graph",
                f"{option_of(section, key)} is for a network by its name; {arguments.target} says itself what it is, "
                "so leave one of the two out",
            )


def _of_model(asked: RunConfig) -> Step:
    """A network by its name: on its data, if they are named too, else on some that are drawn at random."""
    if asked.data.name is not None:
        config, _ = building.named("graph", asked)
        return _job(config, asked.data).step()
    if asked.model.name is None:
        raise runs.bad("graph", "want what is to be drawn: --model NAME, FILE.py:NAME, or the folder of a run")
    is_text = asked.model.name in language.MODELS
    return language.sketch("graph", asked) if is_text else classify.sketch("graph", asked)


def _of_run(run: Path, asked: DataConfig) -> Step:
    """The network of a run, on what it has learnt from."""
    config, _ = read_run("graph", run)
    path = runs.weights_of("graph", run)
    job = _job(config, asked)
    try:
        nn.load_weights(job.model, path)
    except ag.errors.GlassgradError as error:
        raise runs.FailedError(f"glassgrad graph: {error}") from error
    return job.step()


def _job(config: RunConfig, asked: DataConfig) -> Job:
    """A network and its data, in batches as large as they are asked for; of texts else few characters."""
    sizes = language.DRAWN if config.model.name in language.MODELS else {}
    said = {key: value for key in ("batch_size", "steps") if (value := getattr(asked, key)) is not None}
    return building.job_of("graph", config.updated({"data": {**sizes, **said}}))
