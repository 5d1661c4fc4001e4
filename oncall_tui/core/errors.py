"""What can go wrong, named for whose fault it is. Every error carries a hint: what to do about it."""

from __future__ import annotations


class OncallError(Exception):
    """Anything this program reports in one line instead of a traceback.

    message says what and where; hint says what to do, and may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ConfigError(OncallError):
    """The configuration is wrong: the person who wrote it can mend it."""


class SourceError(OncallError):
    """A source gave no usable answer."""


class Unreachable(SourceError):
    """No connection: refused, no route, no such host, TLS not accepted."""


class Cut(Unreachable):
    """The connection broke after something was sent: it may have been acted on."""


class TimedOut(SourceError):
    """The source did not answer in the time it was given."""


class Unauthorized(SourceError):
    """The source wants other credentials (401, 403)."""


class Refused(SourceError):
    """The source understood and said no (any other 4xx or 5xx, a bad query)."""


class BadGateway(Refused):
    """What stands before the source got no answer of it (502, 504): it may have been acted on."""


class Busy(Refused):
    """The source wants to be left alone (429, 503). retry_after: seconds, as it says; 0.0 where it does not."""

    def __init__(self, message: str, hint: str = "", retry_after: float = 0.0) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class Malformed(SourceError):
    """An answer came that is not what this kind of source says."""


class ActionError(OncallError):
    """Something a person asked for was not done."""
