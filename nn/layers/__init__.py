"""Layers, one file a family."""

from nn.layers.activations import ReLU, Sigmoid, Tanh
from nn.layers.containers import Sequential
from nn.layers.dropout import Dropout
from nn.layers.linear import Linear
from nn.layers.shape import Flatten

__all__ = ["Dropout", "Flatten", "Linear", "ReLU", "Sequential", "Sigmoid", "Tanh"]
