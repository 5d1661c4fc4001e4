"""Endpoints over TLS: how long a certificate lasts, one that has ended, and one that nobody vouches for."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.config.http_config import HttpConfig, TlsConfig
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.probes import Probe
from oncall_tui.sources.endpoints import EndpointProber
from oncall_tui.sources.endpoints.certificate import expiry

DAY = 86_400.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def serving(certificate: trustme.LeafCert) -> AsyncIterator[str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    listening = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    yield f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/healthz"
    listening.close()


async def look(url: str, tls: TlsConfig) -> Probe:
    endpoint = Endpoint("svc", "ep", Protocol.HTTP, url, timeout=5.0)
    prober = EndpointProber({"svc/ep": HttpConfig(tls_config=tls)})
    probe = await prober.probe(endpoint)
    await prober.close()
    return probe


def leaf(authority: trustme.CA, left: timedelta) -> trustme.LeafCert:
    # The library wants a certificate to end after it began, which it puts long ago.
    return authority.issue_cert("127.0.0.1", not_after=datetime.now(UTC) + left)


@pytest.fixture
def authority(tmp_path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    return made


@pytest.mark.parametrize("days", [400, 90, 3])
async def test_a_certificate_tells_until_when_it_is_valid(authority, tmp_path, days):
    async with serving(leaf(authority, timedelta(days=days))) as url:
        probe = await look(url, TlsConfig(ca_file=tmp_path / "ca.pem"))
    assert (probe.live, probe.ready, probe.error) == (True, True, "")
    assert abs(probe.expires - time.time() - days * DAY) < 60


async def test_one_that_has_ended_is_down_and_says_so(authority, tmp_path):
    async with serving(leaf(authority, timedelta(days=-1))) as url:
        probe = await look(url, TlsConfig(ca_file=tmp_path / "ca.pem"))
    assert (probe.live, probe.ready, probe.expires) == (False, None, None)
    assert probe.error == "GET /healthz: TLS: certificate has expired"


async def test_one_that_nobody_vouches_for_is_down_and_says_so(authority):
    async with serving(leaf(authority, timedelta(days=30))) as url:
        probe = await look(url, TlsConfig())
    assert probe.live is False
    assert "TLS: unable to get local issuer certificate" in probe.error
    assert "ca_file" in probe.hint


async def test_one_for_another_name_is_down_and_says_so(authority, tmp_path):
    async with serving(authority.issue_cert("other.example.org")) as url:
        probe = await look(url, TlsConfig(ca_file=tmp_path / "ca.pem"))
    assert probe.live is False
    assert "TLS: IP address mismatch" in probe.error


@pytest.mark.parametrize("days", [30, -2])
async def test_where_nothing_is_verified_it_is_still_told_when_it_ends(authority, days):
    async with serving(leaf(authority, timedelta(days=days))) as url:
        probe = await look(url, TlsConfig(insecure_skip_verify=True))
    assert probe.live is True
    assert abs(probe.expires - time.time() - days * DAY) < 60


def made(not_after: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "it")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, datetime(1960, 1, 1), not_after)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("year", [1970, 1999, 2000, 2030, 2049, 2050, 2051, 9999])
def test_the_end_is_read_in_both_ways_of_writing_it(year):
    end = datetime(year, 12, 31, 23, 59, 58)
    assert expiry(made(end)) == end.replace(tzinfo=UTC).timestamp()


def test_what_is_cut_off_is_no_certificate():
    whole = made(datetime(2030, 1, 1))
    assert all(expiry(whole[:length]) is None for length in range(0, len(whole), 7))


@given(st.binary(max_size=300))
def test_bytes_that_are_no_certificate_have_no_end(junk):
    assert expiry(junk) is None
