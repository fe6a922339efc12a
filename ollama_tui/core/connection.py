"""How the server is spoken to: one place for address, time-outs, proxies and the read-only rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ollama_tui.core.errors import Refused
from ollama_tui.core.hosts import is_private

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 30.0
"""How long a whole answer may take; a pull's and a load's may take for ever."""
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

    def options(self, read_seconds: float | None) -> dict[str, Any]:
        """Keyword arguments for an `httpx.AsyncClient`, or one of `ollama`'s.

        Args:
            read_seconds: how long to wait for the next piece of an answer; None for ever.
        """
        import httpx

        return {
            "timeout": httpx.Timeout(
                connect=CONNECT_SECONDS, read=read_seconds, write=READ_SECONDS, pool=5
            ),
            # A proxy of the environment would be asked even for this machine's own addresses.
            "trust_env": not is_private(self.url),
            # Without TLS its certificates need not be loaded, which takes 0.1 s;
            # _stay_on_scheme keeps such a client from ever meeting TLS.
            "verify": self._trust(),
            "headers": {"Authorization": f"Bearer {self.key}"} if self.key else {},
            "transport": self.transport,
            "follow_redirects": True,
            "event_hooks": {"request": [self._stay_on_scheme, self._refuse_writes]},
        }

    def _trust(self) -> ssl.SSLContext | bool:
        if not self.url.startswith("https:"):
            return False
        if not is_private(self.url):
            return True
        import ssl

        # Without the environment httpx would not look into SSL_CERT_FILE either.
        return ssl.create_default_context()

    async def _stay_on_scheme(self, request: httpx.Request) -> None:
        if request.url.scheme != urlsplit(self.url).scheme:
            to = f"{request.url.scheme}://{request.url.netloc.decode()}"
            raise Refused(f"the server sends on to {to}", f"Use it as the host: --host {to}")

    async def _refuse_writes(self, request: httpx.Request) -> None:
        path = "/api/" + request.url.path.rpartition("/api/")[2]
        if self.read_only and request.method not in ("GET", "HEAD") and path not in _READS:
            raise read_only_refusal()
