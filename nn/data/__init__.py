"""Data sets and loaders, as plain NumPy arrays.

>>> from nn.data import DataLoader, TensorDataset, load_digits, stratified_split
>>> images, labels = load_digits()
>>> train, test = stratified_split(labels, 0.2)
>>> loader = DataLoader(TensorDataset(images[train], labels[train]), batch_size=32, shuffle=True)
>>> for batch_images, batch_labels in loader:
...     pass  # one training step
>>> batch_images.shape, batch_labels.shape
((30, 1, 8, 8), (30,))

What is changed on the way, at random or not, are transforms; what is random follows from the loader's seed:

>>> from nn.data import GaussianNoise, OneHot
>>> noisy = DataLoader(loader.dataset, 32, transform={0: GaussianNoise(0.1), -1: OneHot(10)})
>>> next(iter(noisy))[1].shape
(32, 10)

Texts become numbers by a vocabulary, and a long one comes in batches that continue each other:

>>> from nn.data import BPTTIterator, CharVocabulary
>>> text = "to be or not to be, that is the question"
>>> vocabulary = CharVocabulary.from_text(text)
>>> for inputs, targets in BPTTIterator(vocabulary.encode(text), batch_size=2, steps=5):
...     pass  # one training step, from the state of the one before it
>>> inputs.shape, vocabulary.decode(targets[0])
((2, 4), 'be, ')
"""

from nn.data.caches import cache_folder
from nn.data.cifar import CIFAR10_CLASSES, load_cifar10
from nn.data.collation import collate, pad_collate
from nn.data.datasets import ConcatDataset, Dataset, Subset, TensorDataset
from nn.data.downloads import DownloadError, fetch
from nn.data.draws import Draws
from nn.data.embedded import IRIS_CLASSES, load_digits, load_iris
from nn.data.idx import read_idx
from nn.data.loader import DataLoader
from nn.data.mnist import FASHION_MNIST_CLASSES, load_fashion_mnist, load_mnist
from nn.data.npz import read_npz
from nn.data.samplers import (
    BatchSampler,
    BucketSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from nn.data.sequences import BPTTIterator, SequenceDataset
from nn.data.splits import k_fold, random_split, stratified_split
from nn.data.tables import Table, read_csv
from nn.data.tasks import adding_problem, dates, reversal
from nn.data.text import load_names, load_reviews, load_shakespeare, read_text
from nn.data.toys import make_blobs, make_circles, make_co2_like, make_moons, make_sine, make_spirals, make_xor
from nn.data.transforms import (
    CenterCrop,
    Compose,
    GaussianNoise,
    Normalize,
    OneHot,
    RandomCrop,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    Standardize,
    ToFloat,
    Transform,
)
from nn.data.vocabularies import CharVocabulary, WordVocabulary, tokenize

__all__ = [
    "CIFAR10_CLASSES",
    "FASHION_MNIST_CLASSES",
    "IRIS_CLASSES",
    "BPTTIterator",
    "BatchSampler",
    "BucketSampler",
    "CenterCrop",
    "CharVocabulary",
    "Compose",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DownloadError",
    "Draws",
    "GaussianNoise",
    "Normalize",
    "OneHot",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomSampler",
    "RandomVerticalFlip",
    "Sampler",
    "SequenceDataset",
    "SequentialSampler",
    "Standardize",
    "Subset",
    "SubsetRandomSampler",
    "Table",
    "TensorDataset",
    "ToFloat",
    "Transform",
    "WeightedRandomSampler",
    "WordVocabulary",
    "adding_problem",
    "cache_folder",
    "collate",
    "dates",
    "fetch",
    "k_fold",
    "load_cifar10",
    "load_digits",
    "load_fashion_mnist",
    "load_iris",
    "load_mnist",
    "load_names",
    "load_reviews",
    "load_shakespeare",
    "make_blobs",
    "make_circles",
    "make_co2_like",
    "make_moons",
    "make_sine",
    "make_spirals",
    "make_xor",
    "pad_collate",
    "random_split",
    "read_csv",
    "read_idx",
    "read_npz",
    "read_text",
    "reversal",
    "stratified_split",
    "tokenize",
]
