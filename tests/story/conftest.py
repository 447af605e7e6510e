"""The story is played once for all tests that ask about it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.story.play import STEPS, told_at
from tests.story.scene import Story


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the auditor keeps what was exported."""
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="session")
def told_up_to(folder: Path) -> Iterator[Callable[[int], Story]]:
    """The story, played as far as the step of that number; no step is played twice."""
    story = told_at(os.environ["ICM_BASE_URL"], issuer=os.environ["ICM_OIDC_ISSUER"], folder=folder)
    played: list[str] = []
    broken: list[Exception] = []

    def play(number: int) -> Story:
        while len(played) <= number:
            if broken:
                pytest.fail(f"the story broke before: {broken[0]}")
            try:
                played.append(STEPS[len(played)](story))
            except Exception as reason:
                broken.append(reason)
                raise
        return story

    yield play
    if story.listener is not None:
        story.listener.stop()
