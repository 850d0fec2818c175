"""Planted faults: functions with one mistake each, of the kinds that people make when they write derivative rules.

Every mistake is one that could be made in earnest, at the inputs with which its author would have tried it; some of
these do not show it. ``SOUND`` are right functions at inputs where differences, or a careless look, call them wrong.
"""

from . import branches, calculus, conduct, corners, places, sound
from .gallery import FAULTS, SOUND, Fault, Sound

__all__ = ["FAULTS", "SOUND", "Fault", "Sound"]
