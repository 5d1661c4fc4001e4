"""Samples and native histograms into a running Prometheus by remote write, encoded by hand: no library is needed.

The wire is protobuf (prompb.WriteRequest) in snappy's block format, which allows text that is not compressed.
"""

from __future__ import annotations

import math
import struct
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

STALE = math.nan
"""The marker of a series that has ended, where a sample's value `is` this very object; any other NaN is a value."""

_STALE_BITS = struct.pack("<Q", 0x7FF0000000000002)


@dataclass(frozen=True)
class Histogram:
    """Observations so far, by bucket of a native histogram: counts[i] of those in (base**(i-1), base**i].

    base is 2 to the power of 2**-schema; zeros is how many were 0.
    """

    schema: int
    counts: Mapping[int, int] = field(default_factory=dict)
    zeros: int = 0

    @property
    def total(self) -> int:
        return self.zeros + sum(self.counts.values())

    def bounds(self, index: int) -> tuple[float, float]:
        base = 2.0 ** (2.0**-self.schema)
        return base ** (index - 1), base**index


Value = float | Histogram


def push(
    url: str, series: Sequence[tuple[Mapping[str, str], Sequence[tuple[int, Value]]]], batch: int = 900_000
) -> None:
    """Write every (labels with __name__, [(unix ms, value)]), in order of time, batch milliseconds at once."""
    first = min(samples[0][0] for _, samples in series)
    last = max(samples[-1][0] for _, samples in series)
    for start in range(first, last + 1, batch):
        parts = [
            (labels, [(at, value) for at, value in samples if start <= at < start + batch])
            for labels, samples in series
        ]
        message = b"".join(_bytes(1, _series(labels, part)) for labels, part in parts if part)
        headers = {
            "Content-Encoding": "snappy",
            "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        }
        request = urllib.request.Request(f"{url}/api/v1/write", _snappy(message), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status in (200, 204)


def _series(labels: Mapping[str, str], samples: Iterable[tuple[int, Value]]) -> bytes:
    named = (_bytes(1, _bytes(1, name.encode()) + _bytes(2, labels[name].encode())) for name in sorted(labels))
    return b"".join([*named, *(_sample(at, value) for at, value in samples)])


def _sample(at: int, value: Value) -> bytes:
    if isinstance(value, Histogram):
        return _bytes(4, _histogram(value) + _number(15, at))
    bits = _STALE_BITS if value is STALE else struct.pack("<d", value)
    return _bytes(2, _key(1, 1) + bits + _number(2, at))


def _histogram(one: Histogram) -> bytes:
    message = _number(1, one.total) + _key(3, 1) + struct.pack("<d", 0.0) + _number(4, _zigzag(one.schema))
    message += _key(5, 1) + struct.pack("<d", 1e-128) + _number(6, one.zeros)
    if not one.counts:
        return message
    low, high = min(one.counts), max(one.counts)
    counts = [one.counts.get(index, 0) for index in range(low, high + 1)]
    deltas = [now - before for before, now in zip([0, *counts], counts, strict=False)]
    span = _number(1, _zigzag(low)) + _number(2, len(counts))
    return message + _bytes(11, span) + _bytes(12, b"".join(_varint(_zigzag(delta)) for delta in deltas))


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _number(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _key(number, 2) + _varint(len(value)) + value


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _snappy(data: bytes) -> bytes:
    """Literals only, of up to 64 KiB each."""
    out = [_varint(len(data))]
    for start in range(0, len(data), 65_536):
        part = data[start : start + 65_536]
        out += [bytes([61 << 2]), struct.pack("<H", len(part) - 1), part]
    return b"".join(out)
