"""Tells the platform that somebody signed out (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import os

import requests

PATIENCE_S = 5.0


def tell_the_platform(logout_token: str) -> int | None:
    """Send the token to `ICM_BACKCHANNEL_LOGOUT_URL`; the status of the answer, None when nobody heard it."""
    where = os.environ.get("ICM_BACKCHANNEL_LOGOUT_URL")
    if not where:
        return None
    try:
        answer = requests.post(
            where, data={"logout_token": logout_token}, timeout=PATIENCE_S, allow_redirects=False
        )
    except requests.RequestException:
        return None
    return answer.status_code
