"""Overlays: what was measured of a graph, as colours of its picture.

An overlay is a function that takes a `View` and returns a `Painting`. Each has a file, and an entry in `OVERLAYS`.
"""

from autograd.viz.overlays.choosing import OVERLAYS, Overlay, paint

__all__ = ["OVERLAYS", "Overlay", "paint"]
