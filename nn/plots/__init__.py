"""Pictures of learning. matplotlib is imported when one is drawn; every function returns its axes."""

from nn.plots.learning import plot_bits, plot_history
from nn.plots.sequences import plot_attention, plot_gradient_through_time

__all__ = ["plot_attention", "plot_bits", "plot_gradient_through_time", "plot_history"]
