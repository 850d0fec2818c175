"""A run with everything random in it: `python long_run.py FOLDER` prints its steps, and the sum of what it came to."""

import hashlib
import sys

import numpy as np

import autograd as ag
import nn
from nn.data import DataLoader, GaussianNoise, TensorDataset
from nn.train import Callback, Checkpoints, EarlyStopping, Trainer

STEPS, EPOCHS = 16, 6


class Steps(Callback):
    def on_step_end(self, trainer):
        print(f"step {trainer.step}", flush=True)


def main(folder):
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(STEPS * 8, 6)).astype("f4")
    data = TensorDataset(inputs, (inputs[:, 0] * inputs[:, 1] > 0).astype(int))
    loader = DataLoader(data, 8, shuffle=True, seed=3, num_workers=1, transform=[GaussianNoise(0.1)])
    ag.manual_seed(1)
    model = nn.Sequential(
        nn.Linear(6, 24),
        nn.BatchNorm1d(24),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(24, 24),
        nn.Dropout(0.3, rng=np.random.default_rng(7)),
        nn.Linear(24, 2),
    )
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    trainer = Trainer(
        model,
        nn.functional.cross_entropy,
        optimizer,
        metrics=["accuracy"],
        callbacks=[
            Steps(),
            EarlyStopping("val_loss", patience=4),
            Checkpoints(folder, every_steps=5, best="val_accuracy"),
        ],
        schedule=nn.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.02, total_steps=STEPS * EPOCHS),
        average=nn.optim.EMA(model, decay=0.9),
        clip_norm=1.0,
    )
    trainer.resume(folder)
    history = trainer.fit(loader, data, epochs=EPOCHS, progress=False)
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in history]
    arrays = [np.asarray(array) for array in model.state_dict().values()]
    print(hashlib.sha256(b"".join(array.tobytes() for array in arrays) + repr(rows).encode()).hexdigest())


if __name__ == "__main__":
    main(sys.argv[1])
