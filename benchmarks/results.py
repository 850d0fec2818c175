"""What was asked of a run, and what a workload gave."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from cases import OURS, Figure

median = statistics.median
DISTURBED = 0.25  # cores kept busy by others


@dataclass(frozen=True)
class Plan:
    """How much to measure: starts of each process, rounds after each, seconds of a turn and a warm-up.

    Where steps are long, rounds end when they took `patience` seconds, but not before there were three.

    Where it is `quick`, a process for each library serves all workloads. Where it is `local`, only the libraries of the
    environment that runs the harness take part.
    """

    starts: int = 3
    rounds: int = 7
    turn: float = 0.030
    warm_up: float = 0.3
    patience: float = 60.0
    threads: int = 1
    quick: bool = False
    local: bool = False


@dataclass
class Result:
    """What a workload gave: by contestant its version and seconds per step, round by round, or figures."""

    name: str
    title: str
    versions: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    growth: dict[str, int] = field(default_factory=dict)  # bytes above import
    repetitions: dict[str, int] = field(default_factory=dict)
    threads: dict[str, dict[str, int]] = field(default_factory=dict)
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    elapsed: float = 0.0  # seconds for it all
    disturbance: float | None = None  # cores that other processes kept busy meanwhile

    def counterpart(self, peer: str) -> str:
        """Which contestant of ours a peer's is compared with: the one of the same form, if there is one."""
        ours = ", ".join([OURS, *peer.split(", ")[1:]])
        return ours if ours in self.seconds and ours != peer else OURS

    def ratios(self, peer: str) -> list[float]:
        """Our time over the peer's, round by round."""
        ours = self.seconds[self.counterpart(peer)]
        return [mine / theirs for mine, theirs in zip(ours, self.seconds[peer], strict=True)]

    @property
    def disturbed(self) -> bool:
        """Whether other processes took so much time that a threaded library may look many times slower than it is."""
        return self.disturbance is not None and self.disturbance > DISTURBED

    def medians(self) -> dict[str, float]:
        """Median seconds per step of each contestant."""
        return {contestant: median(seconds) for contestant, seconds in self.seconds.items()}

    def megabytes(self) -> dict[str, float]:
        """By how much each contestant grew above its import."""
        return {contestant: grown / 2**20 for contestant, grown in self.growth.items()}

    def remark(self, text: str) -> None:
        """Note what every start would say again."""
        if text not in self.notes:
            self.notes.append(text)

    def withdraw(self, contestant: str) -> None:
        """Forget what was measured of a contestant: less rounds than the others had give no ratio."""
        for measured in (self.versions, self.seconds, self.growth, self.repetitions, self.threads, self.figures):
            measured.pop(contestant, None)
