"""Pictures of learning. matplotlib is imported when one is drawn; every function returns its axes."""

from nn.plots.activations import plot_activations
from nn.plots.boundaries import plot_decision_boundary
from nn.plots.confusion import plot_confusion
from nn.plots.diagnosis import plot_diagnosis
from nn.plots.fields import plot_receptive_field
from nn.plots.filters import plot_feature_maps, plot_filters
from nn.plots.histograms import plot_histograms
from nn.plots.landscapes import LossLandscape, loss_landscape, plot_loss_landscape
from nn.plots.learning import plot_bits, plot_history
from nn.plots.rates import plot_range_test
from nn.plots.runs import plot_runs
from nn.plots.schedules import plot_schedule
from nn.plots.sequences import plot_attention, plot_gradient_through_time

__all__ = [
    "LossLandscape",
    "loss_landscape",
    "plot_activations",
    "plot_attention",
    "plot_bits",
    "plot_confusion",
    "plot_decision_boundary",
    "plot_diagnosis",
    "plot_feature_maps",
    "plot_filters",
    "plot_gradient_through_time",
    "plot_histograms",
    "plot_history",
    "plot_loss_landscape",
    "plot_range_test",
    "plot_receptive_field",
    "plot_runs",
    "plot_schedule",
]
