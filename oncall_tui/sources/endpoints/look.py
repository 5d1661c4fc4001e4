"""One look at one endpoint: what the steps found, added up to a Probe."""

from __future__ import annotations

from oncall_tui.core.catalogue import Endpoint
from oncall_tui.core.errors import Malformed, SourceError, TimedOut, Unreachable
from oncall_tui.core.probes import Probe
from oncall_tui.core.text import clean_line
from oncall_tui.sources.endpoints.steps import Answer, Finding, Step, Verdict
from oncall_tui.sources.limits import TooLarge

_ERROR_LIMIT = 300
_BOOLS = {Verdict.YES: True, Verdict.NO: False, Verdict.UNCLEAR: None, None: None}
_WORST = (Verdict.NO, Verdict.UNCLEAR, Verdict.YES)


class Look:
    """Adds up. Of several answers to one question the worst stands: NO, then UNCLEAR, then YES."""

    def __init__(self, endpoint: Endpoint, at: float) -> None:
        self._endpoint = endpoint
        self._at = at
        self._live: Verdict | None = None
        self._ready: Verdict | None = None
        self._version = ""
        self._models: tuple[str, ...] = ()
        self._expires: float | None = None
        self._latency: float | None = None
        self._requests: list[str] = []
        self._error = ""
        self._hint = ""
        self._vital = True

    def asking(self, step: Step, request: str) -> None:
        """request ('GET /v2/health/live') is about to be sent."""
        self._vital = step.vital
        self._requests.append(clean_line(request, _ERROR_LIMIT))

    def found(self, finding: Finding, answer: Answer) -> None:
        """The step was answered. Of several lists of models the longest stands."""
        self._expires = answer.expires
        self._live = _worst(self._live, finding.live)
        self._ready = _worst(self._ready, finding.ready)
        self._version = self._version or finding.version
        self._models = max(self._models, finding.models, key=len)
        if self._latency is None and finding.ready is Verdict.YES:
            self._latency = answer.seconds
        self._note(finding.error and f"{self.request}: {finding.error}", finding.hint)

    def failed(self, error: SourceError) -> None:
        """The step got no answer: who cannot be reached is down; who no longer answers is not ready."""
        down = isinstance(error, Unreachable | TimedOut | Malformed) and not isinstance(error, TooLarge)
        self._count(Verdict.NO if down else Verdict.UNCLEAR)
        self._note(error.message, error.hint)

    def unreadable(self, error: SourceError) -> None:
        """An answer came that is not this protocol's, or the question could not be put."""
        self._count(Verdict.UNCLEAR)
        self._note(f"{self.request}: {error.message}" if self.request else error.message, error.hint)

    @property
    def request(self) -> str:
        """What was asked last; '' when nothing was."""
        return self._requests[-1] if self._requests else ""

    def skips(self, step: Step) -> bool:
        """Whether what the step would tell is known."""
        return step.versionless and bool(self._version)

    @property
    def lives(self) -> bool:
        """Whether there is any use in asking on."""
        return self._live is Verdict.YES

    def probe(self) -> Probe:
        """The sum."""
        return Probe(
            endpoint=self._endpoint.id,
            at=self._at,
            live=_BOOLS[self._live],
            ready=_BOOLS[self._ready],
            version=self._version,
            latency=self._latency,
            models=self._models,
            requests=tuple(self._requests),
            error=self._error,
            hint=self._hint,
            expires=self._expires,
        )

    def _count(self, verdict: Verdict) -> None:
        if self._live is None:
            self._live = verdict
        elif self._vital:
            self._ready = _worst(self._ready, verdict)

    def _note(self, error: str, hint: str) -> None:
        """Keep the first trouble: what follows is mostly its consequence."""
        if error and not self._error:
            self._error = clean_line(error, _ERROR_LIMIT)
            self._hint = hint


def _worst(one: Verdict | None, other: Verdict | None) -> Verdict | None:
    return next((verdict for verdict in _WORST if verdict in (one, other)), None)
