"""Whether a second person has to agree to a step, and whether one did."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from oncall_tui.actions.prepared_step import PreparedStep
from oncall_tui.core.approval import VALID_SECONDS, ApprovalRequest, approval_code, approves, new_nonce
from oncall_tui.core.errors import ActionError
from oncall_tui.core.steps import StepKind
from oncall_tui.core.text import clean_line
from oncall_tui.runbooks import Runbook, Step

TRIES = 5
"""Wrong codes for one request, after which it is void."""


@dataclass(slots=True)
class Asked:
    """A request that waits for a code. until: unix seconds. tries: how many are left."""

    prepared: PreparedStep
    request: ApprovalRequest
    until: float
    tries: int = TRIES

    @property
    def command(self) -> tuple[str, ...]:
        """What the second person runs, where they have the same runbooks and the secret."""
        request = self.request
        service = ("--service", request.service) if request.service else ()
        named = (request.runbook, request.step, *service)
        return ("oncall-tui", "runbook", "approve", *named, "--for", request.requester, "--nonce", request.nonce)


class SecondPerson:
    """Asks for another person's code before danger steps. secret: read anew each time; raises OncallError."""

    def __init__(self, secret: Callable[[], str], clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def wanted(self, step: Step) -> bool:
        """Whether the step needs one."""
        return step.kind is StepKind.DANGER

    def ask(self, prepared: PreparedStep, requester: str) -> Asked:
        """A new request for this step."""
        request = _request(prepared.runbook, prepared.step, prepared.service, requester, new_nonce())
        return Asked(prepared, request, self._clock() + VALID_SECONDS)

    def answer(self, asked: Asked, approver: str, code: str) -> PreparedStep:
        """The step with who approved it. Reads a file. Raises ActionError for a code that is not right, or too late."""
        if self._clock() > asked.until or asked.tries <= 0:
            raise ActionError("this request is over", "ask again, for another code")
        approver = approver.strip()
        if approver.casefold() == asked.request.requester.casefold():
            raise ActionError("nobody approves their own step", "ask somebody else")
        if not approves(_some(self._secret()), asked.request, approver, code):
            asked.tries -= 1
            raise ActionError(
                f"that is not {clean_line(approver, 40)}'s code for this step", f"{asked.tries} tries left"
            )
        asked.tries = 0
        return replace(asked.prepared, approved_by=approver)

    def code(self, runbook: Runbook, step: Step, service: str, requester: str, nonce: str, approver: str) -> str:
        """The code by which approver agrees to this step of their own copy of the runbook. Raises ActionError."""
        if approver.casefold() == requester.casefold():
            raise ActionError("nobody approves their own step", "ask somebody else")
        if not self.wanted(step):
            raise ActionError(f"{step.title}: a {step.kind} step needs no second person")
        return approval_code(_some(self._secret()), _request(runbook, step, service, requester, nonce), approver)


def _request(runbook: Runbook, step: Step, service: str, requester: str, nonce: str) -> ApprovalRequest:
    return ApprovalRequest(nonce.upper(), requester, runbook.name, step.id, service, step.code or step.launcher)


def _some(secret: str) -> str:
    if not secret:
        raise ActionError("runbooks.second_person: the secret is empty", "give it at least a line of random text")
    return secret
