"""Numbers that say how good a model is, gathered batch by batch, and the same of one batch as functions.

>>> import numpy as np, nn
>>> outputs, targets = np.array([[0.1, 2.0], [3.0, 0.2], [0.0, 1.0]]), np.array([1, 1, 1])
>>> metric = nn.metrics.get("accuracy")
>>> metric.update(outputs[:2], targets[:2])
>>> metric.update(outputs[2:], targets[2:])
>>> metric.compute() == nn.metrics.accuracy(outputs, targets)
True
"""

from nn.metrics.accuracies import Accuracy, TopKAccuracy, accuracy, top_k_accuracy
from nn.metrics.base import Mean, Metric
from nn.metrics.confusion import ConfusionMatrix, confusion_matrix
from nn.metrics.likelihoods import Perplexity, perplexity
from nn.metrics.names import get
from nn.metrics.regression import (
    R2,
    MeanAbsoluteError,
    RootMeanSquaredError,
    mean_absolute_error,
    r2,
    root_mean_squared_error,
)
from nn.metrics.retrievals import F1, Precision, Recall, f1, precision, recall

__all__ = [
    "F1",
    "R2",
    "Accuracy",
    "ConfusionMatrix",
    "Mean",
    "MeanAbsoluteError",
    "Metric",
    "Perplexity",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "TopKAccuracy",
    "accuracy",
    "confusion_matrix",
    "f1",
    "get",
    "mean_absolute_error",
    "perplexity",
    "precision",
    "r2",
    "recall",
    "root_mean_squared_error",
    "top_k_accuracy",
]
