"""Until when a certificate is valid, from its DER bytes: what the ssl module tells only of a verified one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

_SEQUENCE = 0x30
_VERSION = 0xA0
_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18


def expiry(der: bytes) -> float | None:
    """The end of its validity, unix seconds; None when the bytes are no certificate (RFC 5280, section 4.1)."""
    try:
        certificate = _only(der, _SEQUENCE)
        fields = list(_elements(_only(certificate, _SEQUENCE)))
        # tbsCertificate: [0] version (may be left out), serial number, signature, issuer, validity, ...
        validity = fields[4 if fields[0][0] == _VERSION else 3]
        (_, _), (tag, end) = _elements(validity[1])
        return _moment(tag, end.decode("ascii"))
    except (ValueError, IndexError):
        return None


def _only(der: bytes, tag: int) -> bytes:
    """The content of the first element, which must have this tag. Raises ValueError, IndexError."""
    found, content = next(_elements(der), (0, b""))
    if found != tag:
        raise ValueError(f"tag {found:#x}")
    return content


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Every element's tag and content. Raises ValueError, IndexError for what is cut off."""
    at = 0
    while at < len(der):
        tag, size = der[at], der[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(der[at : at + count], "big"), at + count
        if at + size > len(der):
            raise ValueError("cut off")
        yield tag, der[at : at + size]
        at += size


def _moment(tag: int, text: str) -> float:
    """Unix seconds of a UTCTime (two digits of the year, 50 and above mean the last century) or a GeneralizedTime."""
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError(f"tag {tag:#x}")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
