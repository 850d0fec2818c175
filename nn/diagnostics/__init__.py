"""What goes wrong in networks, made visible.

`Diagnose` watches a network in training and says in words what is wrong with it.
`gradient_through_time` shows gradients that vanish or explode on their way back through the time.
"""

# The checks enter themselves in the report's table.
from nn.diagnostics import signs as signs
from nn.diagnostics import symptoms as symptoms
from nn.diagnostics.course import Course, Validation
from nn.diagnostics.report import Finding, Report
from nn.diagnostics.statistics import LayerStatistics, OutputStatistics, ParameterStatistics, StepStatistics
from nn.diagnostics.through_time import GradientThroughTime, StateGradients, gradient_through_time
from nn.diagnostics.watching import Diagnose

__all__ = [
    "Course",
    "Diagnose",
    "Finding",
    "GradientThroughTime",
    "LayerStatistics",
    "OutputStatistics",
    "ParameterStatistics",
    "Report",
    "StateGradients",
    "StepStatistics",
    "Validation",
    "gradient_through_time",
]
