"""Training: epoch after epoch, with what happens in view; a run that is stopped or killed goes on where it was.

>>> import nn
>>> from nn.data import load_digits
>>> from nn.train import Trainer
>>> images, labels = load_digits()
>>> model = nn.models.mlp(64, [32], 10)
>>> optimizer = nn.optim.Adam(model.parameters(), lr=3e-3)
>>> trainer = Trainer(model, nn.functional.cross_entropy, optimizer, metrics=["accuracy"])
>>> history = trainer.fit((images[:1500], labels[:1500]), (images[1500:], labels[1500:]), epochs=3, progress=False)
>>> history[-1]["val_accuracy"] > 0.8
True
"""

from nn.train.callbacks import Callback
from nn.train.checkpoints import Checkpoints
from nn.train.doctor import Doctor
from nn.train.histogram_log import Histograms
from nn.train.history import History
from nn.train.interrupts import Stop, stop_on_interrupt
from nn.train.language import LanguageTrainer, best_markov_model
from nn.train.live_plots import LivePlot
from nn.train.logs import CSVLog, JSONLinesLog
from nn.train.range_test import RangeTest, lr_find
from nn.train.sanity import OverfitTest, overfit_one_batch
from nn.train.snapshots import Snapshot, read_snapshot, write_snapshot
from nn.train.stopping import EarlyStopping
from nn.train.trainer import Trainer

__all__ = [
    "CSVLog",
    "Callback",
    "Checkpoints",
    "Doctor",
    "EarlyStopping",
    "Histograms",
    "History",
    "JSONLinesLog",
    "LanguageTrainer",
    "LivePlot",
    "OverfitTest",
    "RangeTest",
    "Snapshot",
    "Stop",
    "Trainer",
    "best_markov_model",
    "lr_find",
    "overfit_one_batch",
    "read_snapshot",
    "stop_on_interrupt",
    "write_snapshot",
]
