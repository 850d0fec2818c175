"""What goes wrong in networks, made visible.

`gradient_through_time` shows gradients that vanish or explode on their way back through the time.
"""

from nn.diagnostics.through_time import GradientThroughTime, StateGradients, gradient_through_time

__all__ = ["GradientThroughTime", "StateGradients", "gradient_through_time"]
