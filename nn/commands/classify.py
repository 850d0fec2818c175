"""Networks that classify samples: pictures, and the rows of tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd as ag
import nn
from nn import models
from nn.commands import runs, sources
from nn.commands.jobs import Job, Pictures, Step
from nn.data import DataLoader, TensorDataset
from nn.module import in_use
from nn.plots import plot_history
from nn.train import Callback, History, Trainer

if TYPE_CHECKING:
    from nn.commands.config import ModelConfig, RunConfig

TESTED_AT_ONCE = 1000  # samples
DATA = sources.NAMES
# How each network is made: of the shape of a sample, the number of classes, and what the command was told.
BUILDERS: dict[str, Callable[[tuple[int, ...], int, ModelConfig], nn.Module]] = {
    "mlp": lambda shape, classes, config: models.mlp(math.prod(shape), config.hidden or (), classes),
    "lenet5": lambda shape, classes, config: models.lenet5(classes, shape[0]),
    "vgg_small": lambda shape, classes, config: models.vgg_small(classes, shape[0]),
    "resnet8": lambda shape, classes, config: models.resnet8(classes, shape[0]),
}
# The shape of a sample that each network was made for, and how many classes there are then.
SHAPES = {"mlp": (1, 8, 8), "lenet5": (1, 28, 28), "vgg_small": (3, 32, 32), "resnet8": (3, 32, 32)}
CLASSES = 10
RATES = {"adam": 3e-3, "adamw": 3e-3, "nadam": 3e-3, "radam": 3e-3, "sgd": 0.05}
DEFAULTS: dict[str, dict[str, Any]] = {
    "data": {"batch_size": 32, "workers": 0},
    "schedule": {"name": "constant"},
    "training": {"epochs": 30, "clip_norm": 0.0},
}
OF_TEXTS = (("model", "layers"), ("model", "dropout"), ("data", "steps"), ("training", "temperature"))


class Classification(Job):
    """A network that is to know the classes of samples. ``config`` is settled by `settled`."""

    monitor = "val_loss"

    def __init__(self, command: str, config: RunConfig) -> None:
        data, seed = config.data, int(config.training.seed or 0)
        self.config = config
        self.samples = sources.samples_of(command, data, seed)
        ag.manual_seed(seed)
        options: dict[str, Any] = {"num_workers": data.workers or 0, "seed": seed}
        self.train = DataLoader(self.samples.learnt, int(data.batch_size or 1), shuffle=True, **options)
        self.held_out = DataLoader(self.samples.held_out, TESTED_AT_ONCE)
        self.keeps_best = config.training.early_stopping is not None
        self.model = _built(command, config, self.sample(), len(self.samples.classes))

    def title(self) -> str:
        """What is learnt from what, in a line."""
        learnt, held_out = len(self.samples.learnt), len(self.samples.held_out)
        model, data = self.config.model.name, self.config.data.name
        return f"{model} on {data}: {learnt:,} samples to learn from, {held_out:,} held out"

    def sample(self) -> np.ndarray:
        """One sample's inputs."""
        inputs: np.ndarray = self.samples.learnt[:1][0]
        return inputs

    def begin(self) -> list[Callback]:
        """Nothing more."""
        return []

    def trainer(self, optimizer: nn.optim.Optimizer, callbacks: Iterable[Callback] = (), **options: Any) -> Trainer:
        """By cross entropy, with the accuracy."""
        loss = nn.functional.cross_entropy
        return Trainer(self.model, loss, optimizer, ["accuracy"], callbacks, **options)

    def facts(self) -> dict[str, Any]:
        """What `glassgrad predict` has to know."""
        known: dict[str, Any] = {
            "samples": [len(self.samples.learnt), len(self.samples.held_out)],
            "shape": list(self.sample().shape[1:]),
            "classes": list(self.samples.classes),
        }
        if self.samples.features:
            known["features"] = list(self.samples.features)
        if self.samples.mean is not None and self.samples.std is not None:
            known |= {"mean": self.samples.mean.tolist(), "std": self.samples.std.tolist()}
        return known

    def arrays(self) -> list[np.ndarray]:
        """Inputs and classes of both parts."""
        return [*self.samples.learnt.arrays, *self.samples.held_out.arrays]

    def judge(self, model: nn.Module, noted: Mapping[str, Any]) -> str:
        """Take the network of a run with the same classes; of a table all rows are asked, scaled as those it knows."""
        name, samples = self.config.data.name, self.samples
        for what, have in (("classes", samples.classes), ("features", samples.features)):
            if list(have) != list(noted.get(what, ())):
                known = ", ".join(noted.get(what, ())) or "none"
                raise ValueError(f"{name} has the {what} {', '.join(have) or 'none'}, and the network knows {known}")
        self.model = model
        if samples.mean is None or samples.std is None:
            return f"what is held out of {name}"
        parts = samples.learnt[:], samples.held_out[:]
        features, classes = (np.concatenate(pair) for pair in zip(*parts, strict=True))
        mean, std = (np.array(noted[key]) for key in ("mean", "std"))
        scaled = (features * samples.std + samples.mean - mean) / std
        self.held_out = DataLoader(TensorDataset(scaled.astype(np.float32), classes), TESTED_AT_ONCE)
        return f"all of {name}"

    def results(self, trainer: Trainer, out: Path) -> tuple[dict[str, Any], list[str], str]:
        """The accuracy on what is held out."""
        found = trainer.evaluate(self.held_out)
        accuracy = found["accuracy"]
        return {"test_loss": found["loss"], "test_accuracy": accuracy}, [], f"test accuracy {accuracy:.4f}"

    def step(self) -> Step:
        """The loss of the first samples."""
        return step_of(self.model, *self.samples.learnt[: self.config.data.batch_size])

    def pictures(self, history: History) -> Pictures:
        """The training curves, if there are any, and the graph of a step."""
        graph = self.step().graph()
        curves = (lambda path: plot_history(history, path)) if history else None
        return {"curves.png": curves, "graph.dot": graph.save, "graph.svg": graph.save}


def step_of(model: nn.Module, inputs: np.ndarray, labels: np.ndarray) -> Step:
    """The loss of a network that is to say which ``labels`` the ``inputs`` have."""

    def of_images(images: ag.Tensor, labels: np.ndarray) -> ag.Tensor:
        loss: ag.Tensor = nn.functional.cross_entropy(model(images), labels)
        return loss

    def of_features(features: ag.Tensor, labels: np.ndarray) -> ag.Tensor:
        return of_images(features, labels)

    return Step(model, of_images if inputs.ndim > 2 else of_features, (ag.tensor(inputs), labels))


def sketch(command: str, config: RunConfig) -> Step:
    """The loss of a network that has learnt nothing, for samples that were drawn at random.

    Raises BadArgumentsError as `settled` does.
    """
    config = settled(command, config)
    seed, samples = config.training.seed or 0, config.data.batch_size or 1
    shape, rng = SHAPES[str(config.model.name)], np.random.default_rng(seed)
    ag.manual_seed(seed)
    model = BUILDERS[str(config.model.name)](shape, CLASSES, config.model)
    return step_of(model, rng.standard_normal((samples, *shape), np.float32), rng.integers(0, CLASSES, samples))


def settled(command: str, config: RunConfig) -> RunConfig:
    """The settings with their defaults. Raises BadArgumentsError for those that the model has no use for."""
    name = config.model.name
    for section, key in OF_TEXTS:
        if getattr(getattr(config, section), key) is not None:
            raise runs.bad(command, f"--{key} is for models of texts; {name} has no use for it, so leave it out")
    if config.data.target is not None and not str(config.data.name).lower().endswith(sources.TABLE):
        raise runs.bad(command, f"--target is for tables, files .csv; {config.data.name} is none, so leave it out")
    if name != "mlp" and config.model.hidden is not None:
        raise runs.bad(
            command,
            f"--hidden is for an mlp and for models of texts; {name} has widths of its own, so leave --hidden out",
        )
    config = config.filled({"model": {"hidden": (128,)}}) if name == "mlp" else config
    return config.filled(DEFAULTS)


def _built(command: str, config: RunConfig, inputs: np.ndarray, classes: int) -> nn.Module:
    """The network, which has to take what the data is like."""
    name = str(config.model.name)
    model = BUILDERS[name](inputs.shape[1:], classes, config.model)
    try:
        with ag.no_grad(), in_use(model):
            model(inputs)
    except ag.errors.ShapeError as error:
        raise runs.bad(
            command, f"{name} does not take {config.data.name}, samples of shape {inputs.shape[1:]}: {error}"
        ) from error
    return model
