from __future__ import annotations

from oncall_tui.core.errors import OncallError, SourceError, Unreachable


def test_an_error_says_what_and_then_what_to_do() -> None:
    error = Unreachable("prom: connection refused", "is it running?")
    assert isinstance(error, SourceError)
    assert str(error) == "prom: connection refused (is it running?)"
    assert (error.message, error.hint) == ("prom: connection refused", "is it running?")


def test_an_error_without_advice_ends_with_what_happened() -> None:
    assert str(OncallError("no such service")) == "no such service"
