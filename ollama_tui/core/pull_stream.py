"""Ollama's pull stream over plain httpx, so that whoever runs downloads stays small."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import httpx

from ollama_tui.core import failures, pull_failures
from ollama_tui.core.answers import lines_of, whole_of
from ollama_tui.core.connection import CONNECT_SECONDS, Connection
from ollama_tui.core.error_words import looks_like_html
from ollama_tui.core.errors import (
    Interrupted,
    NeedsNewerOllama,
    NotOllama,
    OllamaTuiError,
    Unreachable,
)
from ollama_tui.core.hosts import without_secrets
from ollama_tui.core.layers import PullProgress
from ollama_tui.core.pull_rules import BrokenOff
from ollama_tui.core.text import clean

_NO_SIZE = 2**63
_KEPT = "Pull again; what arrived is kept."
_CAUGHT_UP = 0.005
"""Seconds of waiting that show that nothing more had come."""


class PullStream:
    """The pull streams of one server."""

    def __init__(self, connection: Connection, pace_seconds: float = 0.0) -> None:
        """Speak to the server of that connection; nothing is sent yet.

        Args:
            connection: the server.
            pace_seconds: to wait between two looks while the stream has been read to its end.
                Ollama writes a line each 60 ms, and to be woken for each costs more than to read.
        """
        self._pace = pace_seconds
        self._connection = connection
        self._shown_url = without_secrets(connection.url)
        with failures.translated(self._shown_url):
            self._http = httpx.AsyncClient(base_url=connection.url, **connection.options(None))

    async def lines(
        self, name: str, *, insecure: bool = False
    ) -> AsyncGenerator[PullProgress, None]:
        """Pull a model: the stream's lines until it has arrived whole.

        Closing the iterator cancels the download at once; the server keeps what arrived.

        Args:
            name: as the user wrote it.
            insecure: speak plain HTTP to the registry.

        Raises:
            BrokenOff: when it should be asked for again.
            OllamaTuiError: for every other end but success.
        """
        has_begun = has_layers = is_done = False
        try:
            with failures.translated(self._shown_url):
                async with aclosing(self._answer(name, insecure)) as answer:
                    async for progress in answer:
                        has_begun, is_done = True, is_done or progress.status == "success"
                        has_layers = has_layers or bool(progress.digest)
                        yield progress
        except NotOllama as error:
            if not has_layers:
                raise
            raise Interrupted("the stream was cut within a line", _KEPT) from error
        except Unreachable as error:
            raise Unreachable(error.what, _KEPT if has_begun else error.remedy) from error
        except NeedsNewerOllama as error:
            if not (version := await self._version()):
                raise
            what = f"this model needs a newer Ollama than {version}, which the server runs"
            raise NeedsNewerOllama(what, error.remedy) from error
        if not is_done:
            raise Interrupted("the stream ended before the model was whole", _KEPT)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _version(self) -> str:
        """The server's version; empty if it does not say."""
        with suppress(OllamaTuiError), failures.translated(self._shown_url):
            async with self._http.stream("GET", "/api/version", timeout=CONNECT_SECONDS) as answer:
                found = failures.read_object(await whole_of(answer), self._shown_url)
            return clean(found.get("version"), 40)
        return ""

    async def _answer(self, name: str, insecure: bool) -> AsyncGenerator[PullProgress, None]:
        body = {"model": name, "name": name, "insecure": insecure, "stream": True}
        async with self._http.stream("POST", "/api/pull", json=body) as response:
            if response.is_error:
                text = self._connection.without_secrets_in(await whole_of(response))
                raise self._refusal(response.status_code, text.decode("utf-8", "replace"), name)
            asked_at = time.monotonic()
            async for line in lines_of(response):
                waited = time.monotonic() - asked_at
                if line.strip():
                    yield self._progress(self._connection.without_secrets_in(line), name)
                if self._pace and waited > _CAUGHT_UP:
                    await self._rest()
                asked_at = time.monotonic()

    async def _rest(self) -> None:
        # At the same moments for all streams, so that they wake this process together.
        await asyncio.sleep(self._pace - asyncio.get_running_loop().time() % self._pace)

    def _refusal(self, status: int, text: str, name: str) -> OllamaTuiError:
        if status in (401, 403, 404, 405, 503) or looks_like_html(text):
            return failures.answer_failure(status, text, self._shown_url)
        return pull_failures.pull_failure(text, name)

    def _progress(self, line: bytes, name: str) -> PullProgress:
        found = failures.read_object(line, self._shown_url)
        if error := found.get("error"):
            if pull_failures.is_broken_off(error):
                raise BrokenOff(
                    "the server was still ending an earlier download of this model",
                    "Pull again in a moment; what arrived is kept.",
                )
            raise pull_failures.pull_failure(error, name)
        total, completed = found.get("total"), found.get("completed")
        return PullProgress(
            clean(found.get("status"), 200),
            clean(found.get("digest"), 100),
            total if isinstance(total, int) and 0 < total < _NO_SIZE else 0,
            completed if isinstance(completed, int) and 0 < completed < _NO_SIZE else 0,
        )
