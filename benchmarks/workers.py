"""The driver's hold on the processes that do the work: starting them, speaking to them, ending them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path
from threading import Timer
from typing import Any

from cases import LIBRARIES, key_of
from environments import interpreter, remedy

HERE = Path(__file__).parent
PATIENCE = 600.0  # seconds for one reply, compiling included
# OpenBLAS's threads spin for up to 2**26 cycles after their last product, which is far into the next contestant's turn.
SLEEP_WHEN_IDLE = {"OPENBLAS_THREAD_TIMEOUT": "10"}
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class BenchError(Exception):
    """Something that makes a figure impossible, in one line."""


class Skipped(BenchError):
    """A contestant that cannot run here, and why: its library is missing, or cannot do the work."""


class Worker:
    """A process of one library, idle unless asked. `Skipped` where there is no environment for it."""

    def __init__(self, key: str, threads: int) -> None:
        self.key, self.library = key, LIBRARIES[key]
        self.hello: dict[str, Any] = {}
        python = interpreter(self.library)
        if python is None:
            raise Skipped(f"there is no environment for it ({remedy(self.library)})")
        variables = {name: value.format(threads=threads) for name, value in self.library.variables.items()}
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads)) | SLEEP_WHEN_IDLE | variables
        self.process = subprocess.Popen(
            [str(python), str(HERE / "worker.py"), key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
        )

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.poll() is None

    def greet(self) -> dict[str, Any]:
        """What it said when its library was imported: versions."""
        self.hello = self.hello or self.receive()
        return self.hello

    def send(self, do: str, workload: str, contestant: str, **arguments: object) -> None:
        """Send one request; replies come in the order of the requests."""
        assert self.process.stdin is not None
        try:
            request = {"do": do, "workload": workload, "contestant": contestant, **arguments}
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise BenchError("the worker has gone") from None

    def receive(self) -> dict[str, Any]:
        """The next reply; a process that gives none within `PATIENCE` is killed."""
        assert self.process.stdout is not None
        watch = Timer(PATIENCE, self.process.kill)
        watch.daemon = True
        watch.start()
        line = self.process.stdout.readline()
        watch.cancel()
        if not line:
            raise BenchError(f"the worker died with exit code {self.process.wait()}")
        reply: dict[str, Any] = json.loads(line)
        if "missing" in reply:
            raise Skipped(f"{reply['missing']} ({remedy(self.library)})")
        if "unavailable" in reply:
            raise Skipped(reply["unavailable"])
        if "error" in reply:
            raise BenchError(reply["error"])
        return reply

    def close(self) -> None:
        """End the process: closing its input is enough for a healthy one."""
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Crew:
    """The processes at work: one for each contestant, or one for each library where they are `shared`.

    What is shared lives from workload to workload, which spares most of a quick run's time: imports.
    """

    def __init__(self, threads: int, shared: bool) -> None:
        self.threads, self.shared = threads, shared
        self.workers: list[Worker] = []

    def hire(self, contestant: str, alone: bool = False) -> Worker:
        """The process that does a contestant's work; a new one where it has to be `alone`."""
        key = key_of(contestant)
        if self.shared and not alone:
            for worker in self.workers:
                if worker.key == key and worker.is_alive:
                    return worker
        worker = Worker(key, self.threads)
        self.workers.append(worker)
        return worker

    def dismiss(self, worker: Worker, alone: bool = False) -> None:
        """What need not be kept is ended."""
        if worker in self.workers and (alone or not self.shared or not worker.is_alive):
            self.workers.remove(worker)
            worker.close()

    def processes(self) -> list[int]:
        """The ids of all processes that are there."""
        return [worker.process.pid for worker in self.workers]

    def close(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.close()
        self.workers.clear()
