"""Which platform a command speaks with, and as whom."""

from __future__ import annotations

import os

import requests

from icm.complaints import Complaint
from icm.environment import DEVELOPMENT_GRANT
from icm.layout import Layout
from icm.places import home


def addresses() -> tuple[str, str]:
    """Where the platform is, and where its tokens are: this checkout's, or ICM_BASE_URL and ICM_TOKEN_URL."""
    if os.environ.get("ICM_BASE_URL"):
        return os.environ["ICM_BASE_URL"], os.environ.get("ICM_TOKEN_URL", "")
    if not Layout(home=home()).file.exists():
        raise Complaint("Nothing was set up here yet.", mend="Start the platform: icm up")
    layout = Layout.open(home(), preferred=True)
    return layout.base_url, f"{layout.issuer}/token"


def access_token(token_url: str, subject: str) -> str:
    """ICM_ACCESS_TOKEN, or a token of a development sign-in. Raises Complaint."""
    if given := os.environ.get("ICM_ACCESS_TOKEN"):
        return given
    asked = {"grant_type": DEVELOPMENT_GRANT, "subject": subject}
    try:
        answer = requests.post(token_url, data=asked, timeout=5)
        answer.raise_for_status()
        return str(answer.json()["access_token"])
    except (requests.RequestException, KeyError, ValueError):
        raise Complaint(
            f"{subject} could not sign in.", mend="Start the platform: icm up. Who there is: icm token --help"
        ) from None
