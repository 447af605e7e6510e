"""What tests of attacks stand on: a way to the doors past the gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.line import Line, opened


@pytest.fixture
def line() -> Iterator[Line]:
    with opened() as calling:
        yield calling
