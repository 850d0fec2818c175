"""Pictures of learning. matplotlib is imported when one is drawn; every function returns its axes."""

from nn.plots.confusion import plot_confusion
from nn.plots.diagnosis import plot_diagnosis
from nn.plots.learning import plot_bits, plot_history
from nn.plots.rates import plot_range_test
from nn.plots.schedules import plot_schedule
from nn.plots.sequences import plot_attention, plot_gradient_through_time

__all__ = [
    "plot_attention",
    "plot_bits",
    "plot_confusion",
    "plot_diagnosis",
    "plot_gradient_through_time",
    "plot_history",
    "plot_range_test",
    "plot_schedule",
]
