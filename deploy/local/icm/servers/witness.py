"""The witness of the audit log on this machine: a program of its own, with a key, a store and a user of its own (AU-4).

When we are root it runs under the unprivileged user of the servers, so that nobody who only runs the services can
touch what it remembers. In life it belongs to somebody else altogether.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from icm.accounts import OURSELVES, ServerAccount, server_account
from icm.audit import public_key_of
from icm.complaints import Complaint
from icm.layout import Layout
from icm.places import CHECKOUT
from icm.ports import LOOPBACK
from icm.program import Program, Stage

NAME = "openicm.local/witness"


@dataclass(frozen=True, kw_only=True)
class PrivateWitness:
    """The witness of one layout."""

    layout: Layout
    account: ServerAccount
    inherited: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Where its key and its store are."""
        return self.layout.witness_policy.parent

    @property
    def environment(self) -> dict[str, str]:
        """Its settings: none of the house's."""
        return {
            **self.inherited,
            "ICM_WITNESS_NAME": NAME,
            "ICM_WITNESS_KEY_FILE": str(self.folder / "own" / "witness.pem"),
            "ICM_WITNESS_STORE": str(self.folder / "own" / "store.sqlite"),
            "ICM_WITNESS_POLICY_FILE": str(self.layout.witness_policy),
            "ICM_WITNESS_HOST": LOOPBACK,
            "ICM_WITNESS_PORT": str(self.layout.ports["witness"]),
        }

    @property
    def command(self) -> tuple[str, ...]:
        """How it is started."""
        return (*self.account.prefix, sys.executable, "-m", "witness")

    def prepare(self) -> None:
        """Make its folder and key, and the policy that log, witness and auditors share."""
        self.account.own(self.folder, mode=0o711)
        self.account.own(self.folder / "own")
        made = subprocess.run(
            [*self.command, "key"],
            env={**os.environ, **self.environment},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise Complaint(f"The witness cannot make its key: {made.stderr.strip()}", mend="make setup")
        logs = "".join(f"log {line}\n" for line in public_key_of(self.layout.audit_key).splitlines())
        policy = self.layout.witness_policy
        policy.write_text(
            f"{logs}witness local {made.stdout.strip()} {self.layout.witness_url}\nquorum local\n",
            encoding="utf-8",
        )
        self.account.give(policy, mode=0o644)

    def program(self, *, ready: Callable[[], bool]) -> Program:
        """The witness as the supervisor runs it."""
        return Program(
            name="witness",
            stage=Stage.OPENID,
            command=self.command,
            environment=self.environment,
            folder=CHECKOUT,
            grace=5,
            ready=ready,
            port=self.layout.ports["witness"],
            health=f"{self.layout.witness_url}/readyz",
        )


def prepared_witness(layout: Layout, *, inherited: Mapping[str, str]) -> PrivateWitness:
    """The witness of this layout, with its key made and the policy written."""
    account = server_account(entering=layout.home).by_its_own_right()
    witness = PrivateWitness(layout=layout, account=_able(account), inherited=inherited)
    witness.prepare()
    return witness


def _able(account: ServerAccount) -> ServerAccount:
    """This account, or ours when it cannot read this Python: one that lies in a closed folder."""
    tried = subprocess.run(
        [*account.prefix, sys.executable, "-c", "import witness"],
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )
    return account if tried.returncode == 0 else OURSELVES
