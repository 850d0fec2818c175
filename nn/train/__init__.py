"""Training: one epoch after the other, with a progress bar, and a clean end when Ctrl-C asks for one.

>>> import numpy as np, nn
>>> from nn.data import DataLoader, TensorDataset
>>> from nn.train import fit
>>> model = nn.Linear(1, 2)
>>> inputs = np.linspace(-1, 1, 64, dtype=np.float32)[:, np.newaxis]
>>> data = TensorDataset(inputs, (inputs[:, 0] > 0).astype(int))
>>> history = fit(
...     model,
...     nn.optim.Adam(model.parameters(), lr=0.1),
...     DataLoader(data, batch_size=16, shuffle=True),
...     DataLoader(data, batch_size=64),
...     epochs=5,
...     progress=False,
... )
>>> history[-1].test_accuracy > 0.9
True
"""

from nn.train.interrupts import Stop, stop_on_interrupt
from nn.train.language import LanguageEpoch, LanguageHistory, best_markov_model, fit_language_model
from nn.train.loop import Epoch, History, evaluate, fit

__all__ = [
    "Epoch",
    "History",
    "LanguageEpoch",
    "LanguageHistory",
    "Stop",
    "best_markov_model",
    "evaluate",
    "fit",
    "fit_language_model",
    "stop_on_interrupt",
]
