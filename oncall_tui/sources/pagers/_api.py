"""One pager's HTTP API: its headers, its errors in words that help, and no secret in any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.errors import Busy, Malformed, Refused, SourceError, Unauthorized
from oncall_tui.sources.credentials import secret
from oncall_tui.sources.failures import is_web_page, to_source_error
from oncall_tui.sources.http import async_client
from oncall_tui.sources.wrong_answer import wrong_in

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

_T = TypeVar("_T")


def segment(id_: str) -> str:
    """An id that a server gave, as one part of a path and nothing more. Raises Malformed for one that cannot be."""
    if not id_.strip("."):
        raise Malformed("an id that is none came from the pager", "is this the right URL?")
    return quote(id_, safe="")


_SHORTEST_SECRET = 4
"""Characters from which on a secret is looked for in what a server says; a shorter one would blot out words."""
HIDDEN = "(secret)"


class PagerApi:
    """Asks one server. base: what paths are appended to; given anew for each request, since a file may hold it.

    headers: of every request. secrets: what no message may hold. hints: by HTTP status, what to do about it.
    """

    def __init__(
        self,
        name: str,
        http: HttpConfig,
        *,
        base: Callable[[], str],
        headers: Callable[[], Mapping[str, str]] = dict,
        secrets: Callable[[], Iterator[str]] = lambda: iter(()),
        hints: Mapping[int, str] | None = None,
    ) -> None:
        self.name = name
        self._http = http
        self._base = base
        self._headers = headers
        self._secrets = secrets
        self._hints = hints or {}
        self._made: httpx.AsyncClient | None = None

    async def ask(
        self, method: str, path: str, what: str, *, allow: tuple[int, ...] = (), **request: Any
    ) -> httpx.Response:
        """One request; its response if that is 2xx or one of allow. what: it is for. Raises SourceError."""
        if self._made is None:
            self._made = async_client(self._http)
        client = self._made
        import httpx  # loaded with the first client, not before the first frame

        what = f"{self.name}: {what}"
        url, headers = self._base() + path, {**self._headers(), **request.pop("headers", {})}
        try:
            response = await client.request(method, url, headers=headers, **request)
        except SourceError as error:
            # The transport's own; where it is about the answer, it names the URL.
            why = "the answer is too large, or garbled" if isinstance(error, Malformed) else error.message
            raise self._safe(type(error)(f"{what}: {why}", error.hint)) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
            raise self._safe(to_source_error(problem, what)) from None
        if response.status_code in allow or (response.is_success and not is_web_page(response)):
            return response
        raise self._refusal(response, what)

    def _refusal(self, response: httpx.Response, what: str) -> SourceError:
        status = response.status_code
        if 300 <= status < 400:
            return Refused(f"{what}: it redirects to another place", "give its real URL: no token goes elsewhere")
        error = self._safe(to_source_error(response, what))
        if hint := self._hints.get(status, _HINTS.get(status, "")):
            error.hint = hint
        if isinstance(error, Busy) and error.retry_after:
            error.hint = f"try again in {error.retry_after:.0f} s: it says so"
        return error

    def _safe(self, error: SourceError) -> SourceError:
        """The error without any secret that a server repeated."""
        try:
            known = [one for one in (*self._secrets(), *_of_http(self._http)) if len(one) >= _SHORTEST_SECRET]
        except Unauthorized:  # a file that cannot be read: its content was not sent either
            known = []
        for each in sorted(known, key=len, reverse=True):
            error.message = error.message.replace(each, HIDDEN)
            error.hint = error.hint.replace(each, HIDDEN)
        error.args = (error.message,)
        return error

    def read(self, adapter: TypeAdapter[_T], response: httpx.Response, what: str) -> _T:
        """The answer as the adapter has it. Raises Malformed, with the place of what is not as it should be."""
        try:
            return adapter.validate_json(response.content)
        except ValidationError as error:
            message = f"{self.name}: {wrong_in(error, what)}"
            raise self._safe(Malformed(message, "is this the right URL, and this kind of pager?")) from None

    async def close(self) -> None:
        """Let go of connections."""
        if self._made is not None:
            await self._made.aclose()
            self._made = None


_HINTS = {
    401: "check its token",
    403: "its token may not do this",
    429: "it limits how often it may be asked: try again in a minute",
}


def _of_http(http: HttpConfig) -> Iterator[str]:
    """The secrets of the HTTP settings themselves."""
    held: list[SecretStr | None] = [*http.headers.values()]
    held += [http.basic_auth.password] if http.basic_auth else []
    held += [http.authorization.credentials] if http.authorization else []
    held += [http.oauth2.client_secret] if http.oauth2 else []
    yield from (one.get_secret_value() for one in held if one is not None)
    if http.basic_auth and http.basic_auth.password_file:
        yield secret(None, http.basic_auth.password_file)
    if http.authorization and http.authorization.credentials_file:
        yield secret(None, http.authorization.credentials_file)
