"""Play the story for somebody who watches: a line a step, a bar where it waits, the exit code tells.

python -m tests.story.play --base-url URL --issuer URL
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import requests
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.story import front_desk, steps, watching
from tests.story.client import DEVELOPMENT_GRANT, Platform, StoryBroken
from tests.story.scene import Story

STEPS = (*steps.STEPS, *front_desk.STEPS, *watching.STEPS)


def main(arguments: list[str] | None = None) -> int:
    """Play the story against a running platform: 0 when it went as told, 1 when not."""
    parser = argparse.ArgumentParser(
        description="Play the story of the case study against a running platform."
    )
    parser.add_argument("--base-url", default=os.environ.get("ICM_BASE_URL"), help="the gateway")
    parser.add_argument(
        "--issuer", default=os.environ.get("ICM_OIDC_ISSUER"), help="the sign-in for development"
    )
    given = parser.parse_args(arguments)
    if not given.base_url or not given.issuer:
        parser.error("--base-url and --issuer are needed, or ICM_BASE_URL and ICM_OIDC_ISSUER")

    console = Console()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="icm-story-") as folder:
        story = told_at(given.base_url, issuer=given.issuer, folder=Path(folder))
        story.platform.waiting = partial(_bar, console)
        try:
            for step in STEPS:
                console.print(step(story), soft_wrap=True, highlight=False)
        except (StoryBroken, requests.RequestException) as broken:
            console.print(f"[red]The story broke:[/red] {broken}", markup=True, highlight=False)
            return 1
        finally:
            if story.listener is not None:
                story.listener.stop()
    console.print(f"The story went as told, in {time.monotonic() - began:.1f} s.")
    return 0


def told_at(base_url: str, *, issuer: str, folder: Path | None = None) -> Story:
    """A story about to begin, on the platform at this address; `folder` is where its auditor keeps files."""
    token_url = os.environ.get("ICM_TOKEN_URL") or _token_url(issuer)
    grant = os.environ.get("ICM_TOKEN_GRANT") or DEVELOPMENT_GRANT
    platform = Platform(base_url=base_url.rstrip("/"), token_url=token_url, grant=grant)
    return Story(platform=platform, kept_in=folder, public_key=_public_key())


def _token_url(issuer: str) -> str:
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    found: str = requests.get(address, timeout=10).json()["token_endpoint"]
    return found


def _public_key() -> str | None:
    """The log's public key from the state folder of a platform on this machine: another way than the log."""
    home = os.environ.get("ICM_HOME")
    private = Path(home) / "keys" / "audit.pem" if home else None
    if private is None or not private.is_file():
        return None
    command = [sys.executable, "-m", "icm", "audit", "public-key", str(private)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


@contextmanager
def _bar(console: Console, what: str, bound_s: float) -> Iterator[None]:
    """A bar that fills up to the longest time the story would wait, and is gone when the wait is over."""
    if not console.is_terminal:
        yield
        return
    columns = (SpinnerColumn(), TextColumn(f"   waiting until {what}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task, over, began = progress.add_task(what, total=bound_s), Event(), time.monotonic()

        def fill() -> None:
            while not over.wait(0.1):
                progress.update(task, completed=time.monotonic() - began)

        filling = Thread(target=fill, daemon=True)
        filling.start()
        try:
            yield
        finally:
            over.set()
            filling.join()


if __name__ == "__main__":
    sys.exit(main())
