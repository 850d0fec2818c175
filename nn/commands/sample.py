"""``glassgrad sample``: text that a trained model writes."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import autograd as ag
import nn
from nn.commands import runs
from nn.data import CharVocabulary
from nn.models import CharRNN


@np.errstate(over="ignore", invalid="ignore")  # weights that are not finite are an error of their own
def sample(arguments: argparse.Namespace) -> int:
    """Print the prompt and what the model goes on with; returns the exit code."""
    path: Path = arguments.run
    file = runs.weights_of("sample", path)
    try:
        model = nn.load(file)
        if not isinstance(model, CharRNN) or model.characters is None:
            raise runs.bad(
                "sample",
                f"{file} holds a {type(model).__name__} that writes no text; want a model of characters, as `glassgrad "
                "train --model char-lstm` makes them",
            )
        vocabulary = CharVocabulary(model.characters)
        unknown = [character for character in arguments.prompt if character not in vocabulary]
        if unknown:
            raise runs.bad("sample", f"the prompt has {unknown[0]!r}, which was not in the text that {path} has learnt")
        options = {name: getattr(arguments, name) for name in ("temperature", "seed", "top_k", "top_p")}
        written = nn.generate(model, arguments.prompt, arguments.length, **options)
    except (OSError, ag.errors.GlassgradError) as error:
        raise runs.bad("sample", " ".join(str(error).split())) from error
    print(arguments.prompt + written, flush=True)  # so that a full disk, or a reader who has gone, is noticed here
    return 0
