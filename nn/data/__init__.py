"""Data sets and loaders, as plain NumPy arrays.

>>> from nn.data import DataLoader, TensorDataset, load_digits, stratified_split
>>> images, labels = load_digits()
>>> train, test = stratified_split(labels, 0.2)
>>> loader = DataLoader(TensorDataset(images[train], labels[train]), batch_size=32, shuffle=True)
>>> for batch_images, batch_labels in loader:
...     pass  # one training step
>>> batch_images.shape, batch_labels.shape
((30, 1, 8, 8), (30,))

Texts become numbers by a vocabulary, and a long one comes in batches that continue each other:

>>> from nn.data import BPTTIterator, CharVocabulary
>>> text = "to be or not to be, that is the question"
>>> vocabulary = CharVocabulary.from_text(text)
>>> for inputs, targets in BPTTIterator(vocabulary.encode(text), batch_size=2, steps=5):
...     pass  # one training step, from the state of the one before it
>>> inputs.shape, vocabulary.decode(targets[0])
((2, 4), 'be, ')
"""

from nn.data.datasets import load_digits, stratified_split
from nn.data.idx import read_idx
from nn.data.loader import DataLoader, TensorDataset
from nn.data.mnist import load_mnist
from nn.data.sequences import BPTTIterator, SequenceDataset
from nn.data.tasks import adding_problem, dates, reversal
from nn.data.text import load_names, load_reviews, load_shakespeare, read_text
from nn.data.vocabularies import CharVocabulary, WordVocabulary, tokenize

__all__ = [
    "BPTTIterator",
    "CharVocabulary",
    "DataLoader",
    "SequenceDataset",
    "TensorDataset",
    "WordVocabulary",
    "adding_problem",
    "dates",
    "load_digits",
    "load_mnist",
    "load_names",
    "load_reviews",
    "load_shakespeare",
    "read_idx",
    "read_text",
    "reversal",
    "stratified_split",
    "tokenize",
]
