"""Builders for tests of the supervisor: small programs, and waiting for a condition instead of sleeping."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from icm.program import Program, Stage
from icm.record import Record
from icm.supervisor import Supervisor


async def until(condition: Callable[[], object], *, seconds: float = 10.0) -> float:
    """Wait for a condition; return how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "the condition never came true"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


@dataclass
class Stand:
    """A supervisor in a folder of its own, and what it announced."""

    home: Path
    said: list[str] = field(default_factory=list)

    def run(self, story: Callable[[Supervisor], object]) -> None:
        """Play `story` and stop everything afterwards."""

        async def play() -> None:
            supervisor = Supervisor(logs=self.home / "logs", record=self.record, announce=self.said.append)
            try:
                await story(supervisor)
            finally:
                supervisor.hurry()
                await supervisor.stop()

        asyncio.run(play())

    @property
    def record(self) -> Record:
        return Record(home=self.home)


@pytest.fixture
def stand(tmp_path):
    return Stand(home=tmp_path)


@pytest.fixture
def program():
    """Make a program out of a few lines of Python."""

    def make(name: str, code: str = "import time; time.sleep(600)", **more) -> Program:
        return Program(
            name=name,
            stage=more.pop("stage", Stage.SERVICE),
            command=(sys.executable, "-u", "-c", code),
            environment=dict(os.environ),
            grace=more.pop("grace", 5),
            **more,
        )

    return make
