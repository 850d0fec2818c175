"""Without PyTorch there is nothing to compare with, and the tables of its functions cannot be imported."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["counterparts"]
