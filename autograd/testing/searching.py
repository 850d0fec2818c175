"""Which elements of which gradients to compare: all, or along random directions those that lead to what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from autograd.testing.comparing import Comparer
from autograd.testing.entries import Comparison, Entry, distance
from autograd.testing.kinks import moved, random_direction

FEW = 256  # elements that are all looked at, where a direction showed that one is wrong
BESIDE = 32  # of many elements, those that are looked at beside one that is wrong
EXCEPTIONS = 8  # elements at kinks that a search goes on without


def compare_fully(comparer: Comparer, progress: Callable[[], object] = lambda: None) -> list[Comparison]:
    """Every element of every argument."""
    found = []
    for place in range(len(comparer.rules)):
        comparison = comparer.comparison(place)
        for index in np.ndindex(comparison.value.shape):
            comparison.entries.append(comparer.element(place, index))
            progress()
        found.append(comparison)
    return found


def compare_along(comparer: Comparer, rng: np.random.Generator, count: int = 2) -> list[Comparison]:
    """Each argument along random directions; where one is wrong, the elements that are."""
    found = []
    for place in range(len(comparer.rules)):
        comparison = comparer.comparison(place)
        if comparison.value.size:
            for _ in range(count):
                direction = random_direction(rng, comparison.value.shape)
                comparison.directions.append(comparer.along(comparer.only(place, direction)))
            if any(entry.status != "right" or comparer.is_loose(entry) for entry in comparison.directions):
                comparison.entries += _search(comparer, place, rng)
        found.append(comparison)
    return found


def _search(comparer: Comparer, place: int, rng: np.random.Generator) -> list[Entry]:
    """Elements of an argument, among them one that is wrong: all of a few, else what halving leads to."""
    shape = comparer.rules[place].shape
    if comparer.rules[place].size <= FEW:
        return [comparer.element(place, index) for index in np.ndindex(shape)]
    entries: list[Entry] = []
    while len(entries) < EXCEPTIONS:
        left_out = [entry.index for entry in entries if entry.index is not None]
        index = _halve(comparer, place, random_direction(rng, shape), left_out)
        if index is None:
            break
        entries.append(comparer.element(place, index))
        if entries[-1].status == "wrong":
            others = rng.choice(comparer.rules[place].size, BESIDE, replace=False)
            beside = [tuple(int(i) for i in np.unravel_index(flat, shape)) for flat in others]
            return [*entries, *(comparer.element(place, i) for i in beside if i != index)]
    else:  # kinks in more places than can be left out one by one: nearby they are gone, and what is wrong stays
        if comparer.looks_around:
            nearby = _search(moved(comparer, rng, by=1e-2), place, rng)
            entries += [entry for entry in nearby if entry.status == "wrong"]
    return entries


def _halve(
    comparer: Comparer, place: int, direction: np.ndarray, left_out: Iterable[tuple[int, ...]]
) -> tuple[int, ...] | None:
    """The index of an element that is off, found by comparing along ever fewer of them; None if all agree."""
    flat = np.array(direction)
    for index in left_out:
        flat[index] = 0.0
    flat = flat.ravel()
    candidates = np.flatnonzero(flat)
    if comparer.along(comparer.only(place, flat.reshape(direction.shape))).status == "right":
        return None
    while len(candidates) > 1:
        halves = np.array_split(candidates, 2)
        found = []
        for half in halves:
            part = np.zeros_like(flat)
            part[half] = flat[half]
            found.append(comparer.along(comparer.only(place, part.reshape(direction.shape))))
        candidates = halves[int(_offence(found[1]) > _offence(found[0]))]
    return tuple(int(i) for i in np.unravel_index(int(candidates[0]), direction.shape))


def _offence(entry: Entry) -> float:
    """How far a rule is off, as a multiple of what differences can tell."""
    return 0.0 if entry.status == "right" else distance(entry) / (entry.error + 1e-300)
