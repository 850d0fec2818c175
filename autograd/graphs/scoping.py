"""Which module's call an operation of a traced call belongs to, by the module's name in the model that was given."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any

from autograd.graphs.naming import CALL, Names, is_below, is_module


@dataclass(slots=True)
class Entered:
    """A scope that was entered.

    Attributes
    ----------
    outer: the number of the one around it.
    name: within that.
    kind: the class of the module that was called; empty where none was.
    place: the module's path in its model, where it has one.
    """

    outer: int
    name: str
    kind: str = ""
    place: str | None = None


class Scopes:
    """The scopes that a call enters, each time as one of its own, and whose calls they are."""

    def __init__(self, names: Names, path: str) -> None:
        self._names = names
        self._entered = [Entered(0, path)]
        self._inside = [0]
        self._latest: dict[str, int] = {}
        self.undone = ExitStack()  # closed, it leaves the models that were called as they were
        self._undone: set[int] = set()  # ids of these models

    @property
    def current(self) -> int:
        """The number of the scope that the call is in; 0 for what is around the call."""
        return self._inside[-1]

    def latest(self, path: str) -> int:
        """The number of the scope of this path that was entered last; 0 where none was."""
        return self._latest.get(path, 0)

    def enter(self, path: str, owner: Any) -> None:
        """A scope was entered, by the call of ``owner`` or otherwise."""
        outer = self._entered[self.current]
        entered = Entered(self.current, path.rpartition(".")[2])
        if is_module(owner):
            if not self._names.knows(owner):
                self._names.add_called(owner)
            if outer.place is None and id(owner) not in self._undone:
                self._undone.add(id(owner))
                self.undone.enter_context(owner.unchanged() if hasattr(owner, "unchanged") else nullcontext())
            entered.kind = type(owner).__name__
            entered.place = self._names.place_of(owner, outer.place)
            entered.name = _name_below(entered.place, outer.place) or entered.kind
        self._latest[path] = len(self._entered)
        self._inside.append(len(self._entered))
        self._entered.append(entered)

    def leave(self) -> None:
        """The scope was left for the one around it."""
        if len(self._inside) > 1:
            self._inside.pop()

    def paths(self, used: Iterable[int]) -> tuple[dict[int, str], dict[str, str]]:
        """The path of each scope in ``used``, and of those around; and by path the classes of their modules.

        Of a module that was called several times from one around it, each call is told by a number.
        """
        numbers = sorted(self._with_outer(used))
        counts: dict[tuple[int, str], int] = {}
        for number in numbers:
            key = self._entered[number].outer, self._entered[number].name
            counts[key] = counts.get(key, 0) + 1
        calls = dict.fromkeys(counts, 0)
        paths = {0: self._entered[0].name}
        kinds = {}
        for number in numbers:
            entered = self._entered[number]
            calls[entered.outer, entered.name] += 1
            call = f"{CALL}{calls[entered.outer, entered.name]}" if counts[entered.outer, entered.name] > 1 else ""
            outer = paths[entered.outer]
            paths[number] = f"{outer}.{entered.name}{call}" if outer else f"{entered.name}{call}"
            if entered.kind:
                kinds[paths[number]] = entered.kind
        return paths, kinds

    def _with_outer(self, used: Iterable[int]) -> set[int]:
        found: set[int] = set()
        for number in used:
            while number and number not in found:
                found.add(number)
                number = self._entered[number].outer
        return found


def _name_below(place: str, outer: str | None) -> str:
    """A module's path below the one that called it; its whole path where that is not around it."""
    if outer is None or not is_below(place, outer):
        return place
    return place[len(outer) + 1 :] if outer else place
