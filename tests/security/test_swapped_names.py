"""Sign-ins, organisations and teams named in bodies: another family's helper is told from nobody by no answer (CO-9).

The platform keeps no list of who exists: the sign-in provider does. So a name is taken as it stands or refused for a
rule, and whichever it is, the answer is the same for a name that others work under and for one that nobody has.
"""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.security.test_swapped_ids import asked, swaps, told
from tests.security.world import the_others

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

# Why any name may stand there, by the name of the member.
TAKEN = {
    "account": "a sign-in becomes somebody's own by being told at the front door",
    "also_shown_to": "on the team of the case, else refused",
    "assessed_by": "who did it, as told",
    "explained_by": "who did it, as told",
    "given_by": "who did it, as told",
    "heard_by": "who did it, as told",
    "made_by": "who did it, as told",
    "organisation": "as the agency calls itself; of an unknown agency nothing is shown",
    "organisations": "parties to a paper, and for whom a system speaks",
    "owner": "on the team of the case, else refused",
    "recipient": "a person may let anybody see",
    "supervisor": "who answers for the author, as told",
    "team": "teams are the sign-in provider's",
    "to": "the custodian hands an alert on",
    "worker": "workers are the sign-in provider's",
}
# What it does would change whom the other tests stand on: it is not sent.
NOT_SENT = ("/sign-ins/", "/assignments", "/transfer", "/accounts", "/users")


def test_every_member_that_names_somebody_has_its_reason() -> None:
    assert {each.name for each in swaps("name", "recipient")} == TAKEN.keys()


def test_a_name_that_others_work_under_is_answered_as_one_that_nobody_has() -> None:
    wrong, sent = [], 0
    helper = the_others()["recipient"].subject
    for swap in swaps("name", "recipient"):
        if any(each in swap.route.path for each in NOT_SENT):
            continue
        answers = []
        for name in (helper, f"nobody-{uuid4().hex}"):
            value = f"worker:{name}" if swap.sort == "recipient" else name
            answers.append(told(asked(swap, value), value))
            sent += 1
        if answers[0] != answers[1]:
            wrong.append((str(swap), *answers))
    assert not wrong, "\n".join(map(str, wrong))
    assert sent > 60
