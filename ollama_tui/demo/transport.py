"""The door for clients in the same process: an httpx transport without a socket."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

import httpx

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry_routes import registry_answer
from ollama_tui.demo.wire import Answer, Disconnected, Request, Unanswered, Unreachable


class EmulatorTransport(httpx.AsyncBaseTransport):
    """Gives each request to an emulator, and the answer back piece by piece."""

    def __init__(self, emulator: Emulator) -> None:
        """Talk to this emulator, whatever the address says, and to its registry."""
        self.emulator = emulator
        """The server that answers."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; httpx's read timeout holds here too."""
        asked = Request(
            request.method,
            request.url.path,
            {name.lower(): value for name, value in request.headers.items()},
            await request.aread(),
        )
        seconds = _timeout(request, "read")
        host = request.url.netloc.decode()
        try:
            answer = await self._answer(host, asked, seconds)
        except Unanswered as error:
            await _wait_in_vain(_timeout(request, "connect"))
            raise httpx.ConnectTimeout("") from error
        if isinstance(answer.body, bytes):
            headers = list(answer.headers)
            if request.method != "HEAD":
                headers.append(("content-length", str(len(answer.body))))
            return httpx.Response(answer.status, headers=headers, stream=_Whole(answer.body))
        stream = _Stream(answer.body, seconds)
        return httpx.Response(answer.status, headers=list(answer.headers), stream=stream)

    async def _answer(self, host: str, request: Request, seconds: float | None) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                if asked_registry := registry_answer(self.emulator.registry, host, request):
                    return asked_registry
                return await self.emulator.answer(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("") from error
        except Unreachable as error:
            refused = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
            refused.__cause__ = error
            raise httpx.ConnectError("All connection attempts failed") from refused
        except Disconnected as error:
            words = "Server disconnected without sending a response."
            raise httpx.RemoteProtocolError(words) from error


class _Whole(httpx.AsyncByteStream):
    """A body that is there at once."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


class _Stream(httpx.AsyncByteStream):
    """A body that comes in pieces; closing it stops whoever makes them."""

    def __init__(self, body: AsyncGenerator[bytes, None], seconds: float | None) -> None:
        self._body = body
        self._seconds = seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    piece = await anext(self._body)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise httpx.ReadTimeout("") from error
            except Disconnected as error:
                raise httpx.ReadError("") from error
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()


async def _wait_in_vain(seconds: float | None) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


def _timeout(request: httpx.Request, kind: str) -> float | None:
    seconds = request.extensions.get("timeout", {}).get(kind)
    return seconds if isinstance(seconds, float | int) else None
