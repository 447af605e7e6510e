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
    """Who runs the private servers; `prefix` goes before a command, `owner` owns their folders.

    `passes_closed_folders` says that it could not enter the state folder by its own right.
    """

    name: str
    prefix: tuple[str, ...]
    owner: tuple[int, int] | None
    passes_closed_folders: bool = False

    def by_its_own_right(self) -> ServerAccount:
        """This account, or ours when it needs the capability: some programs ask for their rights beforehand."""
        return OURSELVES if self.passes_closed_folders else self

    def own(self, folder: Path, *, mode: int = 0o700) -> Path:
        """Create `folder` when needed and give it to this account, with what somebody else owns in it."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        owner = self.owner or (os.geteuid(), os.getegid())
        if os.geteuid() == 0 and folder.stat().st_uid != owner[0]:
            for inside in (folder, *folder.rglob("*")):
                os.chown(inside, *owner, follow_symlinks=False)
        return folder

    def give(self, file: Path, *, mode: int = 0o600) -> Path:
        """Give an existing file to this account."""
        file.chmod(mode)
        if self.owner:
            os.chown(file, *self.owner)
        return file


OURSELVES = ServerAccount(name="you", prefix=(), owner=None)


def server_account(*, entering: Path) -> ServerAccount:
    """The account for servers whose files are under `entering`.

    Raises Complaint when we are root and no unprivileged account can enter that folder.
    """
    if os.geteuid() != 0:
        return OURSELVES
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
    for extra in ((), PASS_CLOSED_FOLDERS):
        if _can_list(entering, prefix=(*plain, *extra)):
            return ServerAccount(
                name=account.pw_name, prefix=(*plain, *extra), owner=owner, passes_closed_folders=bool(extra)
            )
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
