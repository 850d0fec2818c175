"""The contestants of a workload: who is there, who is asked, who cannot go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
from results import Result
from workers import BenchError, Crew, Skipped, Worker

Replies = Iterator[tuple[str, dict[str, Any]]]


class Field:
    """The workers of a workload's contestants; who cannot go on is withdrawn, and the others go on."""

    def __init__(self, result: Result, contestants: list[str], crew: Crew, alone: bool = False) -> None:
        self.result, self.crew, self.alone = result, crew, alone
        self.workers: dict[str, Worker] = {}
        for contestant in contestants:  # all start at once: nobody is timed meanwhile
            with self._withdrawing(contestant):
                self.workers[contestant] = crew.hire(contestant, alone)
        for contestant in list(self.workers):
            with self._withdrawing(contestant):
                hello = self.workers[contestant].greet()
                result.versions[contestant] = hello["version"]
                if hello["numpy"] != np.__version__:
                    result.remark(f"{contestant} runs on NumPy {hello['numpy']}, the others on {np.__version__}")

    def ask(self, do: str, at_once: int = 1, **arguments: dict[str, Any]) -> Replies:
        """The replies of all, so many of them at work at once; arguments are given by contestant."""
        waiting = iter(list(self.workers))
        while some := list(islice(waiting, at_once)):
            for contestant in some:
                with self._withdrawing(contestant):
                    each = {name: values[contestant] for name, values in arguments.items()}
                    self.workers[contestant].send(do, self.result.name, contestant, **each)
            for contestant in some:
                reply = None
                if contestant in self.workers:
                    with self._withdrawing(contestant):
                        reply = self.workers[contestant].receive()
                if reply is not None:
                    yield contestant, reply

    def withdraw(self, contestant: str, reason: BenchError) -> None:
        """Take a contestant out of the race, with all that was measured of it."""
        worker = self.workers.pop(contestant, None)
        if worker is not None:
            self.crew.dismiss(worker, self.alone)
        who = f"{self.result.name}, {contestant}"
        if isinstance(reason, Skipped):
            self.result.withdraw(contestant)
            self.result.skipped.append(f"{who}: skipped, {reason}")
        else:
            self.result.withdraw(contestant)
            self.result.failures.append(f"{who}: {reason}")

    def close(self) -> None:
        """Let all go."""
        for worker in self.workers.values():
            self.crew.dismiss(worker, self.alone)

    @contextmanager
    def _withdrawing(self, contestant: str) -> Iterator[None]:
        try:
            yield
        except BenchError as reason:
            self.withdraw(contestant, reason)
