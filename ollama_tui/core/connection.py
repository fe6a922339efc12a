"""How the server is spoken to: one place for address, time-outs, proxies and the read-only rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from ollama_tui.core.errors import Refused
from ollama_tui.core.hosts import is_private

if TYPE_CHECKING:
    import ssl
    from http.cookiejar import CookieJar

    import httpx

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 30.0
"""How long a whole answer may take; a pull's and a load's may take for ever."""
_SHORTEST_SECRET = 6
"""Shorter ones are in any text by chance."""
_AS_GET = (301, 302, 303)
"""What is sent on so is asked for by GET from then on."""
# `show` is a POST that changes nothing.
_READS = {"/api/show"}


def read_only_refusal() -> Refused:
    """Why nothing is done that would change the server."""
    return Refused("read-only mode: nothing is sent that changes the server")


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's address and the manner of speaking to it."""

    url: str
    """As `hosts.parse_host` gives it."""
    read_only: bool = False
    """Whether requests that change something are refused before they leave."""
    key: str = field(default="", repr=False)
    """Sent as a bearer token, for a proxy in front of the server; empty for none."""
    transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    """What carries the requests instead of the network; None for the network."""

    def without_secrets_in(self, answer: bytes) -> bytes:
        """An answer without the key and the login that it was asked with, as they were sent.

        What a server says is shown and kept.
        """
        for secret in self._secrets():
            if len(secret) >= _SHORTEST_SECRET:
                answer = answer.replace(secret, b"SECRET")
        return answer

    def _secrets(self) -> tuple[bytes, ...]:
        parts = urlsplit(self.url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not password:
            return (self.key.encode(),)
        from base64 import b64encode

        # The login is sent in base64, and some proxies repeat the headers that they refuse.
        return self.key.encode(), password.encode(), b64encode(f"{user}:{password}".encode())

    def options(self, read_seconds: float | None) -> dict[str, Any]:
        """Keyword arguments for an `httpx.AsyncClient`, or one of `ollama`'s.

        Args:
            read_seconds: how long to wait for the next piece of an answer; None for ever.
        """
        import httpx

        from ollama_tui.core.answers import UNPACKED, refuse_bombs

        return {
            "timeout": httpx.Timeout(
                connect=CONNECT_SECONDS, read=read_seconds, write=READ_SECONDS, pool=5
            ),
            # A proxy of the environment would be asked even for this machine's own addresses.
            "trust_env": not is_private(self.url),
            # Without TLS its certificates need not be loaded, which takes 0.1 s;
            # _stay_there keeps such a client from ever meeting TLS.
            "verify": self._trust(),
            "headers": UNPACKED | ({"Authorization": f"Bearer {self.key}"} if self.key else {}),
            "transport": self.transport,
            "cookies": _no_cookies(),
            "follow_redirects": True,
            "event_hooks": {
                "request": [self._stay_there, self._refuse_writes],
                "response": [refuse_bombs, _refuse_detours],
            },
        }

    def _trust(self) -> ssl.SSLContext | bool:
        if not self.url.startswith("https:"):
            return False
        if not is_private(self.url):
            return True
        import ssl

        # Without the environment httpx would not look into SSL_CERT_FILE either.
        return ssl.create_default_context()

    async def _stay_there(self, request: httpx.Request) -> None:
        # Sent on to this machine, a request to delete would be obeyed by the server here.
        if _origin(str(request.url)) != _origin(self.url):
            to = f"{request.url.scheme}://{request.url.netloc.decode()}"
            raise Refused(f"the server sends on to {to}", f"Use it as the host: --host {to}")

    async def _refuse_writes(self, request: httpx.Request) -> None:
        path = "/api/" + request.url.path.rpartition("/api/")[2]
        if self.read_only and request.method not in ("GET", "HEAD") and path not in _READS:
            raise read_only_refusal()


def _no_cookies() -> CookieJar:
    # httpx would keep each one that a server ever sets, and send all of them with each request.
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


async def _refuse_detours(response: httpx.Response) -> None:
    # httpx goes on with a GET, whose answer would look as if the deed were done.
    is_deed = response.request.method not in ("GET", "HEAD")
    if is_deed and response.has_redirect_location and response.status_code in _AS_GET:
        raise Refused(
            "the server sends the request on to a page", "A proxy before it may ask for a login."
        )


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443}.get(parts.scheme, 80)
