"""Fused primitives: what layers and losses compute, in the fewest passes over memory.

A kernel whose rules are written for arrays alone has a twin, the same function composed of smaller primitives,
which says what it computes, and gives the derivatives of higher order.
"""
