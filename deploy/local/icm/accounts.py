"""The unprivileged account that PostgreSQL and RabbitMQ run under when we are root.

PostgreSQL refuses to run as root, and a broker should not either. Nothing is created on the machine:
whoever called sudo is used, else `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from icm.complaints import Complaint, ProgramMissing

# A checkout below a folder closed to others (such as root's home) cannot be entered by `nobody`. The
# server then keeps this one capability: to pass closed folders. It is never given when not needed.
PASS_CLOSED_FOLDERS = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")


@dataclass(frozen=True, kw_only=True)
class ServerAccount:
    """Who runs the private servers; `prefix` goes before a command, `owner` owns their folders."""

    name: str
    prefix: tuple[str, ...]
    owner: tuple[int, int] | None

    def own(self, folder: Path, *, mode: int = 0o700) -> Path:
        """Create `folder` when needed and give it to this account."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        if self.owner:
            os.chown(folder, *self.owner)
        return folder

    def give(self, file: Path, *, mode: int = 0o600) -> Path:
        """Give an existing file to this account."""
        file.chmod(mode)
        if self.owner:
            os.chown(file, *self.owner)
        return file


def server_account(*, entering: Path) -> ServerAccount:
    """The account for servers whose files are under `entering`.

    Raises Complaint when we are root and no unprivileged account can enter that folder.
    """
    if os.geteuid() != 0:
        return ServerAccount(name=str(os.geteuid()), prefix=(), owner=None)
    if not shutil.which("setpriv"):
        raise ProgramMissing(
            "setpriv is missing; it starts PostgreSQL under an unprivileged user.",
            mend="Install the package util-linux, or run as an ordinary user.",
        )
    account = _unprivileged()
    plain = (
        "setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups",
    )  # fmt: skip
    owner = (account.pw_uid, account.pw_gid)
    for prefix in (plain, (*plain, *PASS_CLOSED_FOLDERS)):
        if _can_list(entering, prefix=prefix):
            return ServerAccount(name=account.pw_name, prefix=prefix, owner=owner)
    raise Complaint(
        f"The unprivileged user {account.pw_name} cannot enter {entering}.",
        mend="Run as an ordinary user, move the checkout, or set ICM_HOME and ICM_PROGRAMS to open folders.",
    )


def _unprivileged() -> pwd.struct_passwd:
    caller = os.environ.get("SUDO_UID", "")
    if caller.isdigit() and caller != "0":
        try:
            return pwd.getpwuid(int(caller))
        except KeyError:
            pass
    return pwd.getpwnam("nobody")


def _can_list(folder: Path, *, prefix: tuple[str, ...]) -> bool:
    listed = subprocess.run([*prefix, "ls", str(folder)], capture_output=True, check=False)
    return listed.returncode == 0
