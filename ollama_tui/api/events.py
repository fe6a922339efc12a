"""A download as Server-Sent Events."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Callable

from fastapi import HTTPException
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.types import Receive, Scope, Send

from ollama_tui.api.failures import download_error
from ollama_tui.core.errors import NoSuchModel, OllamaTuiError
from ollama_tui.core.pulls import Pull, PullState

EVENT_STREAM = "text/event-stream"
JSON = "application/json"
CANCELLED = "The download was cancelled."
ENDING = "The program ends; what arrived is kept."

_EVERY_SECONDS = 0.125
"""Between two pieces: eight a second leave room for the last event below ten."""
_SILENT_SECONDS = 12.0
"""After which a comment is due, since proxies end a connection that is silent for long."""
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

_log = logging.getLogger("ollama_tui.api")


class DownloadEvents(StreamingResponse):
    """The events of a download; whichever way the answer ends, its lease ends with it."""

    def __init__(
        self,
        first: Pull,
        lease: AsyncGenerator[Pull, None],
        media_type: str,
        is_ending: Callable[[], bool],
    ) -> None:
        """Tell of a download from where it is.

        Args:
            first: the download as it is now.
            lease: the download as it goes on.
            media_type: what the events are called.
            is_ending: whether the program is about to end.
        """
        super().__init__(self._events(first), media_type=media_type, headers=_HEADERS)
        self._lease = lease
        self._last = first
        self._is_ending = is_ending

    @property
    def arrived(self) -> str:
        """The name of the model, once it has arrived whole; empty before."""
        return self._last.name if self._last.state is PullState.DONE else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until the download has ended or the client has left."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._lease.aclose()
            if not self._last.state.has_ended:
                _log.info("download of %s: the client has left", self._last.name)

    async def _events(self, pull: Pull) -> AsyncGenerator[bytes, None]:
        told, told_at = "", time.monotonic()
        while not pull.state.has_ended:
            piece = _piece(pull)
            if piece != told and not pull.is_sizing:
                told, told_at = piece, time.monotonic()
                _log.debug("download of %s: %s", pull.name, piece)
                yield format_sse_event(data_str=piece)
                await asyncio.sleep(_EVERY_SECONDS)
            elif time.monotonic() - told_at >= _SILENT_SECONDS:
                told_at = time.monotonic()
                yield KEEPALIVE_COMMENT
            self._last = pull = await self._next(pull)
        if pull.state is PullState.DONE:
            _log.info("download of %s: done, %d bytes", pull.name, pull.total)
            if _piece(pull) != told:
                yield format_sse_event(data_str=_piece(pull))
            yield format_sse_event(event="done", data_str=_piece(pull))
        else:
            error = ended_error(pull, is_ending=self._is_ending())
            detail = json.dumps({"detail": error.detail})
            yield format_sse_event(event="error", data_str=detail)

    async def _next(self, pull: Pull) -> Pull:
        """The download as it goes on; it has failed where nobody can tell that any more."""
        try:
            return await anext(self._lease, pull)
        except OllamaTuiError as error:
            return pull.failed(str(error), time.monotonic(), type(error))


def media_type_of(accept: str) -> str:
    """What to call the events: by their own name only for a client that asks for it."""
    ranges = (part.partition(";")[0].strip().casefold() for part in accept.split(","))
    return EVENT_STREAM if EVENT_STREAM in ranges else JSON


def ended_error(pull: Pull, *, is_ending: bool) -> HTTPException:
    """Write down why a download did not arrive, and give the error that says it.

    Args:
        pull: one that failed or was cancelled.
        is_ending: whether the program is about to end, which cancels all.
    """
    if pull.state is PullState.CANCELLED:
        _log.info("download of %s: cancelled", pull.name)
        return HTTPException(503, ENDING) if is_ending else HTTPException(409, CANCELLED)
    is_absent = issubclass(pull.failure_kind, NoSuchModel)
    level = logging.WARNING if is_absent else logging.ERROR
    _log.log(level, "download of %s: %s", pull.name, pull.failure)
    return download_error(pull.failure_kind, pull.failure)


def _piece(pull: Pull) -> str:
    return json.dumps({"completed": pull.completed, "total": pull.total})
