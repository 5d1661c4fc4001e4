"""A second pair of eyes before a danger step: a code that takes the team's secret, and is for this step alone.

It keeps from mistakes, not from malice: whoever may read the secret can make codes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

VALID_SECONDS = 900.0
"""For how long a request can be approved."""
LENGTH = 8
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letters or digits that are taken for each other when read aloud."""


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What is to be approved. nonce: makes the code good for once. script: to the letter."""

    nonce: str
    requester: str
    runbook: str
    step: str
    service: str
    script: str


def new_nonce() -> str:
    """Four characters, to be read aloud."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(4))


def approval_code(secret: str, request: ApprovalRequest, approver: str) -> str:
    """The code by which approver says yes to this request and no other. Raises ValueError without a secret."""
    if not secret:
        raise ValueError("there is no secret to make codes with")
    fields = [request.nonce, request.requester, request.runbook, request.step, request.service, request.script]
    told = json.dumps([*fields, approver.casefold()]).encode()
    number = int.from_bytes(hmac.new(secret.encode(), told, hashlib.sha256).digest(), "big")
    letters = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[place]
    return f"{letters[:4]}-{letters[4:]}"


def approves(secret: str, request: ApprovalRequest, approver: str, code: str) -> bool:
    """Whether the code is that of approver for this request. Nobody approves their own. Raises as approval_code."""
    if not approver.strip() or approver.casefold() == request.requester.casefold():
        return False
    wanted = approval_code(secret, request, approver).replace("-", "")
    given = code.upper().replace("-", "").replace(" ", "")
    return hmac.compare_digest(wanted.encode(), given.encode(errors="replace"))
