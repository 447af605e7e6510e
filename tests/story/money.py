"""The young carers' group comes on board as a provider; on a platform that knows it already, it is found again."""

from __future__ import annotations

from tests.story.client import Platform, StoryBroken

TERMS = "terms-2026"


def provider_on_board(platform: Platform) -> str:
    """The id of the group as an approved provider."""
    asked = {
        "organisation": "young-carers",
        "legal_name": "Young carers' group",
        "services": ["help_at_home"],
        "terms_accepted": TERMS,
    }
    applied = platform.person("carers-admin").post("/providers", asked)
    if applied.code == "already_provider":
        return _found_again(platform)
    provider: str = applied.expect().body["id"]
    platform.person("contracts-officer").post(f"/providers/{provider}/approval", {}).expect()
    user = {"account": "carers-worker", "roles": ["provider_user"]}
    platform.person("carers-admin").post(f"/providers/{provider}/users", user).expect()
    return provider


def _found_again(platform: Platform) -> str:
    issued = platform.person("carers-worker").get("/authorisations", limit=1).expect().body["items"]
    if not issued:
        raise StoryBroken("the group applied before, and nobody says under which id")
    known: str = issued[0]["provider_id"]
    return known
