"""Who is let in: checked before any route, by plain headers."""

from __future__ import annotations

import hmac
import logging
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ollama_tui.core.hosts import is_loopback
from ollama_tui.core.text import clean

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9.-]*)(:[0-9]{1,5})?", re.IGNORECASE)
_LENGTH_DIGITS = 5
"""Of the number of bytes that a request may have: it names a model."""
_OTHER_PAGES = ("cross-site", "same-site")

_log = logging.getLogger("ollama_tui.api")


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
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_unframed(message: Message) -> None:
            # In a frame of another page, its user could be made to press the buttons of /docs;
            # and no page may read an answer by calling it a script.
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Frame-Options"] = "DENY"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        if refusal := self._refusal(Headers(scope=scope)):
            status, (peer, _) = refusal.status_code, scope.get("client") or ("", 0)
            _log.warning("refused with status %d: %s from %s", status, scope["path"], peer)
        await (refusal or self._app)(scope, receive, send_unframed)

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        host = headers.get("host", "")
        if self._only_local and not _is_local(host):
            return _refused(403, "Only requests to this machine's own names are answered.")
        if _is_of_other_page(headers, host):
            return _refused(403, "Requests of other web pages are not answered.")
        if self._token and not self._is_theirs(headers.get("authorization", "")):
            refused = _refused(401, "Send the token of this server: Authorization: Bearer TOKEN.")
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        if "transfer-encoding" in headers:
            return _refused(411, "Send the length of what you send.")
        if len(length := headers.get("content-length", "0")) > _LENGTH_DIGITS:
            return _refused(413, f"{clean(length, 20)} bytes are too many.")
        return None

    def _is_theirs(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        is_same = hmac.compare_digest(token.strip().encode("latin-1"), self._token)
        return is_same and scheme.casefold() == "bearer"


def _is_of_other_page(headers: Headers, host: str) -> bool:
    own = {f"http://{host}", f"https://{host}"}
    is_foreign = any(origin not in own for origin in headers.getlist("origin"))
    return is_foreign or headers.get("sec-fetch-site") in _OTHER_PAGES


def _is_local(host: str) -> bool:
    match = _HOST.fullmatch(host)
    return match is not None and (
        is_loopback(f"http://{match[1]}") or match[1].casefold().endswith(".localhost")
    )


def _refused(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status)
