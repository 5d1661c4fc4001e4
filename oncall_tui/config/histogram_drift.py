"""A drift that is computed from a classic histogram, as it is written in a configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from oncall_tui.config.fields import ConfigPath, HistogramName, Number, Seconds, Share, expected
from oncall_tui.config.http_config import Model
from oncall_tui.config.promql import Selector
from oncall_tui.config.reference import StoredReference, load_reference
from oncall_tui.core.binned import MINOR, BinnedDrift
from oncall_tui.core.drift import MINIMUM
from oncall_tui.core.duration import format_duration
from oncall_tui.core.errors import ConfigError


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise expected("a time such as 2026-11-01T00:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


Moment = Annotated[float, BeforeValidator(_moment), Field(ge=0)]
"""A moment as unix seconds, written '2026-11-01T00:00:00Z'; UTC where it names no zone."""


class ReferenceConfig(Model):
    """What the counts of now are held against: the same window a while before, a stretch of the past, or a file."""

    offset: Seconds | None = None
    start: Moment | None = None
    end: Moment | None = None
    file: ConfigPath | None = None
    _stored: StoredReference | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _one_of_three(self) -> ReferenceConfig:
        if (self.start is None) is not (self.end is None):
            raise ValueError("expected both start and end")
        given = [self.offset is not None, self.start is not None, self.file is not None]
        if sum(given) != 1:
            raise ValueError("expected exactly one of offset, start with end, and file")
        if self.start is not None and self.end is not None and self.end - self.start < 1:
            raise ValueError("expected an end that is later than the start")
        if self.file is not None:
            try:
                self._stored = load_reference(self.file)
            except ConfigError as error:
                raise ValueError(f"file: {error.message}") from None
        return self


class HistogramDriftConfig(Model):
    """Buckets of a feature (or a score), counted over a window and held against a reference."""

    metric: HistogramName
    selector: Selector = ""
    window: Seconds = 3_600
    reference: ReferenceConfig
    minimum: Annotated[int, Field(ge=1)] = int(MINIMUM)
    importance: dict[str, Annotated[Number, Field(ge=0)]] = Field(default_factory=dict)
    minor: Share = MINOR

    def query(self, by: str) -> str:
        """The counts of now."""
        return self._counts(by, f"[{format_duration(self.window)}]")

    def between(self, by: str, start: float, end: float) -> str:
        """The counts over a stretch of time, unix seconds."""
        return self._counts(by, f"[{format_duration(round(end - start))}] @ {end:.0f}")

    def binned(self, by: str) -> BinnedDrift:
        """As the core has it."""
        reference, window = self.reference, format_duration(self.window)
        query, words, stored, start, end = "", "", None, reference.start, reference.end
        if reference.offset is not None:
            ago = format_duration(reference.offset)
            query, words = self._counts(by, f"[{window}] offset {ago}"), f"the same {window} {ago} before"
        elif start is not None and end is not None:
            words = f"the {format_duration(round(end - start))} up to {_day(end)}"
            query = self.between(by, start, end)
        else:
            stored = reference._stored
            assert stored is not None, "validated: exactly one"
            start, end = stored.start, stored.end
            words = f"stored in {reference.file.name if reference.file else ''}"
        return BinnedDrift(
            window=self.window,
            words=words,
            query=query,
            stored=stored.bins if stored else {},
            moves=reference.offset is not None,
            start=start,
            end=end,
            minimum=float(self.minimum),
            importance=self.importance,
            minor=self.minor,
        )

    def _counts(self, by: str, over: str) -> str:
        labels = f"{by}, le" if by else "le"
        matchers = self.selector.strip().strip(",").strip()
        return f"sum by ({labels}) (increase({self.metric}_bucket{{{matchers}}}{over}))"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ")
