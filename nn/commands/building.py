"""From settings to what trains: optimizer, schedule, and what is done beside the steps."""

from __future__ import annotations

import inspect
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import nn
from nn.commands import classify, language, names, runs, sources
from nn.commands.config import RunConfig, ScheduleConfig, option_of
from nn.commands.jobs import Job
from nn.optim import lr_scheduler
from nn.train import Callback, Checkpoints, CSVLog, Doctor, EarlyStopping, Trainer

DEFAULTS: dict[str, dict[str, Any]] = {
    "optimizer": {"weight_decay": 0.0},
    "training": {"seed": 0, "accumulate": 1, "doctor": False, "keep": 2},
}


# --- settings -------------------------------------------------------------------------------------------


def job_of(command: str, config: RunConfig) -> Job:
    """The network and the data that were asked for, of which either follows from the other.

    Raises BadArgumentsError for settings that do not fit together, and where the data cannot be had.
    """
    config, is_language = named(command, config)
    config = (language.settled if is_language else classify.settled)(command, config)
    config = _optimizer_settled(command, config, is_language)
    config = _schedule_settled(command, config).filled(DEFAULTS)
    return language.Writing(command, config) if is_language else classify.Classification(command, config)


def named(command: str, config: RunConfig) -> tuple[RunConfig, bool]:
    """The settings with the names of model and data, and whether these are texts."""
    data, model = config.data.name, config.model.name
    if model is None:
        model = "char-lstm" if data is not None and not sources.is_source(data) else "mlp"
    is_language = model in language.MODELS
    if data is None:
        data = "shakespeare" if is_language else "digits"
    if data not in (*classify.DATA, *language.DATA) and not (data and Path(data).exists()):
        known = ", ".join([*classify.DATA, *language.DATA])
        raise runs.bad(
            command, f"argument --data: want {known}, or the path of a table .csv or a text; there is no file {data!r}"
        )
    if is_language == sources.is_source(data):
        what = "texts" if is_language else "samples with classes"
        fitting = classify.BUILDERS if is_language else language.MODELS
        raise runs.bad(command, f"{model} learns {what}, and {data} is none of them; for it take {', '.join(fitting)}")
    return config.updated({"model": {"name": model}, "data": {"name": data}}), is_language


def _optimizer_settled(command: str, config: RunConfig, is_language: bool) -> RunConfig:
    """With its name and its rate; raises BadArgumentsError for what it does not take."""
    optimizer = config.optimizer
    name = optimizer.name or ("adamw" if optimizer.weight_decay else "adam")
    takes = inspect.signature(names.optimizer_classes()[name]).parameters
    for part in fields(optimizer):
        value = getattr(optimizer, part.name)
        if part.name not in ("name", "lr") and value and part.name not in takes:
            fitting = [
                other
                for other, kind in names.optimizer_classes().items()
                if part.name in inspect.signature(kind).parameters
            ]
            said = option_of("optimizer", part.name) if part.metadata["is_option"] else f"[optimizer] {part.name}"
            raise runs.bad(command, f"{said}: {name} has none; of {', '.join(sorted(fitting))}")
    rates = dict.fromkeys(("adam", "adamw"), language.RATE) if is_language else classify.RATES
    rate = rates.get(name, takes["lr"].default)
    return config.filled({"optimizer": {"name": name, "lr": rate}})


def _schedule_settled(command: str, config: RunConfig) -> RunConfig:
    schedule = config.schedule
    name = str(schedule.name)
    defaults = names.SCHEDULES[name]
    for part in fields(schedule):
        if part.name != "name" and getattr(schedule, part.name) is not None and part.name not in defaults:
            said = option_of("schedule", part.name) if part.metadata["is_option"] else f"[schedule] {part.name}"
            fitting = [other for other, keys in names.SCHEDULES.items() if part.name in keys]
            raise runs.bad(command, f"{said}: the schedule {name} has none; of {', '.join(fitting)}")
    return config.filled({"schedule": defaults})


def portable(config: RunConfig) -> RunConfig:
    """The settings with the path of a file in full, so that they can be read from any folder."""
    name = str(config.data.name)
    if name in (*classify.DATA, *language.DATA):
        return config
    return config.updated({"data": {"name": str(Path(name).resolve())}})


# --- parts ----------------------------------------------------------------------------------------------


def trainer_of(job: Job, out: Path | None, callbacks: list[Callback], remedy: str | None = None) -> Trainer:
    """What trains a network, as the settings say; it writes checkpoints and a log into ``out``, if given."""
    training = job.config.training
    optimizer = optimizer_of(job)
    if out is not None:
        callbacks = [*callbacks, *_beside(job, out, remedy)]
    return job.trainer(
        optimizer,
        callbacks,
        schedule=schedule_of(job, optimizer),
        schedule_every="epoch" if job.config.schedule.name == "plateau" else "step",
        average=None if training.ema is None else nn.optim.EMA(job.model, training.ema, use_buffers=True),
        accumulate=training.accumulate or 1,
        clip_norm=training.clip_norm or None,
    )


def optimizer_of(job: Job) -> nn.optim.Optimizer:
    """The optimizer over the network's parameters."""
    config = job.config.optimizer
    kind: Any = names.optimizer_classes()[str(config.name)]
    options = {
        part.name: getattr(config, part.name)
        for part in fields(config)
        if part.name in inspect.signature(kind).parameters and getattr(config, part.name) is not None
    }
    if "line_search_fn" in inspect.signature(kind).parameters:  # of LBFGS, which diverges without
        options["line_search_fn"] = "strong_wolfe"
    optimizer: nn.optim.Optimizer = kind(job.model.parameters(), **options)
    return optimizer


def steps_an_epoch(job: Job) -> int:
    """Steps of the optimizer in an epoch."""
    return math.ceil(len(job.train) / (job.config.training.accumulate or 1))


def schedule_of(job: Job, optimizer: nn.optim.Optimizer) -> Any:
    """What changes the rate: after each step, but of plateau after each epoch; None where it is constant."""
    config, epoch = job.config.schedule, steps_an_epoch(job)
    total = epoch * (job.config.training.epochs or 1)
    if config.name == "onecycle":
        rate, options = float(job.config.optimizer.lr or 0), optimizer.param_groups[0]
        has_momentum = bool(options.get("betas") or options.get("momentum"))
        return lr_scheduler.OneCycleLR(optimizer, rate, total_steps=max(total, 2), cycle_momentum=has_momentum)
    if config.name == "plateau":
        return lr_scheduler.ReduceLROnPlateau(optimizer, factor=config.gamma or 1, patience=config.patience or 0)
    warmup = min(round((config.warmup or 0) * epoch), total - 1)
    if not warmup:
        return _after_warmup(config, optimizer, epoch, total)
    rises = lr_scheduler.LinearLR(optimizer, 1 / (warmup + 1), 1.0, warmup)
    rest = _after_warmup(config, optimizer, epoch, total - warmup) or lr_scheduler.ConstantLR(optimizer, 1.0, 1)
    return lr_scheduler.SequentialLR(optimizer, [rises, rest], [warmup])


def _after_warmup(config: ScheduleConfig, optimizer: nn.optim.Optimizer, epoch: int, total: int) -> Any:
    group, final = optimizer.param_groups[0], config.final or 0.0
    rate: Any = group.get("initial_lr", group["lr"])  # a warmup before it has changed the present one
    match config.name:
        case "cosine":
            return lr_scheduler.CosineAnnealingLR(optimizer, total, final * rate)
        case "linear":
            return lr_scheduler.LinearLR(optimizer, 1.0, final, total)
        case "step":
            return lr_scheduler.StepLR(optimizer, (config.step_size or 1) * epoch, config.gamma or 1)
        case "exponential":
            return lr_scheduler.ExponentialLR(optimizer, (config.gamma or 1) ** (1 / epoch))
    return None


def _beside(job: Job, out: Path, remedy: str | None) -> list[Callback]:
    """What is done beside the steps: the log, and what was asked for; checkpoints last."""
    training = job.config.training
    found: list[Callback] = [CSVLog(out / runs.LOG)]
    if training.early_stopping is not None:
        found.append(EarlyStopping(job.monitor, training.early_stopping, restore_best=False))
    if training.doctor:
        found.append(Doctor())
    checkpoints = Checkpoints(
        out,
        keep=training.keep or 1,
        every_steps=training.checkpoint_steps,
        best=job.monitor if job.keeps_best else None,
        remedy=remedy,
    )
    return [*found, checkpoints]


def lay_again(trainer: Trainer, job: Job) -> None:
    """Have the rate follow the schedule of as many epochs as there are to be now, from the step where training is."""
    if job.config.schedule.name not in ("cosine", "linear", "onecycle"):
        return
    for group in trainer.optimizer.param_groups:
        group["lr"] = job.config.optimizer.lr
        group.pop("initial_lr", None)
    trainer.schedule = schedule_of(job, trainer.optimizer)
    for _ in range(trainer.step):
        trainer.schedule.step()
