"""The auditor takes the log away and checks it with the public key alone, in a program that trusts nobody."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.story.client import Person, StoryBroken

EXPORT_TIMEOUT_S = 120.0
# A folder that stands by itself; auditors get it with the sources of the platform.
VERIFIER = Path(__file__).resolve().parents[2] / "services" / "audit" / "audit" / "verifier"


@dataclass(frozen=True)
class Verdict:
    """What the verifier said of an export."""

    sound: bool
    entries: int
    said: str


def verified_offline(auditor: Person, *, folder: Path, public_key: str | None) -> Verdict:
    """The verdict of the verifier, alone in `folder`, over an export of the whole log.

    `public_key` is the log's key, got by another way than the log; without one, the log's own word is taken.
    """
    export = _export(auditor, to=folder / "audit-log.ndjson")
    if public_key is None:
        public_key = "\n".join(auditor.get("/audit/checkpoint").expect().body["keys"])
    key = folder / "audit.pub"
    key.write_text(public_key + "\n", encoding="utf-8")
    shutil.copytree(VERIFIER, folder / VERIFIER.name, dirs_exist_ok=True)
    done = _run(folder, export)
    counted = re.search(r"checked (\d+) entries", done.stdout)
    if counted is None:
        raise StoryBroken(f"the verifier could not read the export: {done.stdout}{done.stderr}")
    return Verdict(sound=done.returncode == 0, entries=int(counted[1]), said=done.stdout.strip())


def spoiled(folder: Path, *, word: str, other: str) -> Verdict:
    """The verdict over the same export after somebody has changed a word of it."""
    export = folder / "audit-log.ndjson"
    text = export.read_text(encoding="utf-8")
    if word not in text:
        raise StoryBroken(f"the export does not hold the word {word}")
    export.write_text(text.replace(word, other, 1), encoding="utf-8")
    done = _run(folder, export)
    return Verdict(sound=done.returncode == 0, entries=0, said=done.stdout.strip())


def _run(folder: Path, export: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-s",
        "-E",
        "-m",
        VERIFIER.name,
        str(export),
        "--key",
        str(folder / "audit.pub"),
    ]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False)


def _export(auditor: Person, *, to: Path) -> Path:
    """The whole log as a file; a service that is busy says when to come again."""
    ends = time.monotonic() + EXPORT_TIMEOUT_S
    while True:
        with requests.get(
            f"{auditor.platform.base_url}/api/v1/audit/exports/file",
            headers={"Authorization": f"Bearer {auditor.token}"},
            stream=True,
            timeout=EXPORT_TIMEOUT_S,
        ) as answer:
            if answer.status_code == 200:
                with to.open("wb") as file:
                    file.writelines(answer.iter_content(chunk_size=1 << 16))
                return to
            if answer.status_code != 503 or time.monotonic() > ends:
                raise StoryBroken(f"the log could not be exported: {answer.status_code}")
        time.sleep(float(answer.headers.get("Retry-After", "1")))
