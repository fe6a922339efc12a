"""Who is let in: checked before any route, by plain headers."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ollama_tui.core.hosts import is_loopback


class Guard:
    """Turns away web pages of other origins, foreign host names, and who lacks the token."""

    def __init__(self, app: ASGIApp, token: str, only_local: bool) -> None:
        """Stand in front of an application.

        Args:
            app: the application.
            token: what each request must bring; empty: none.
            only_local: whether the `Host` must be a name of this machine's own, so that no web
                page reaches it by a name that was made to point here.
        """
        self._app = app
        self._token = token.encode()
        self._only_local = only_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        refusal = None
        if scope["type"] != "lifespan":
            refusal = self._refusal(Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        host = headers.get("host", "")
        if self._only_local and not _is_local(host):
            return _refused(403, "Only requests to this machine's own names are answered.")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return _refused(403, "Requests of other web pages are not answered.")
        if self._token and not self._is_theirs(headers.get("authorization", "")):
            refused = _refused(401, "Send the token of this server: Authorization: Bearer TOKEN.")
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        return None

    def _is_theirs(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        is_same = hmac.compare_digest(token.strip().encode("latin-1"), self._token)
        return is_same and scheme.casefold() == "bearer"


def _is_local(host: str) -> bool:
    url = f"http://{host}"
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_loopback(url) or name.endswith(".localhost")


def _refused(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status)
