"""Data sets and loaders, as plain NumPy arrays.

>>> from nn.data import DataLoader, TensorDataset, load_digits, stratified_split
>>> images, labels = load_digits()
>>> train, test = stratified_split(labels, 0.2)
>>> loader = DataLoader(TensorDataset(images[train], labels[train]), batch_size=32, shuffle=True)
>>> for batch_images, batch_labels in loader:
...     pass  # one training step
>>> batch_images.shape, batch_labels.shape
((30, 1, 8, 8), (30,))
"""

from nn.data.datasets import load_digits, stratified_split
from nn.data.idx import read_idx
from nn.data.loader import DataLoader, TensorDataset
from nn.data.mnist import load_mnist

__all__ = ["DataLoader", "TensorDataset", "load_digits", "load_mnist", "read_idx", "stratified_split"]
