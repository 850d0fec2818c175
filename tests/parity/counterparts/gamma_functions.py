"""The gamma function's kin."""

COUNTERPARTS = {}

LACKING = {"polygamma": "it takes one order, not an array of them"}
