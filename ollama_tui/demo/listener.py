"""The door for clients elsewhere: HTTP/1.1 on a socket of this machine."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from http import HTTPStatus
from socket import SO_LINGER, SOL_SOCKET

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.wire import Answer, Disconnected, Request, Unanswered, Unreachable

_WHOLE_BODY = 2048
"""Bytes up to which Go's server counts a body; a longer one goes out in chunks."""


@asynccontextmanager
async def listen(emulator: Emulator, port: int = 0) -> AsyncIterator[str]:
    """Serve an emulator on 127.0.0.1 for as long as the context lasts, and give its address."""
    connections: set[_Connection] = set()
    is_closed = asyncio.Event()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if is_closed.is_set():
            # It was accepted before, and begins only now.
            writer.transport.abort()
            return
        connection = _Connection(emulator, reader, writer)
        connections.add(connection)
        try:
            await connection.serve()
        finally:
            connections.discard(connection)

    server = await asyncio.start_server(connect, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        is_closed.set()
        await asyncio.gather(*(connection.drop() for connection in connections))


class _Connection:
    """One client's connection: its requests are answered one after the other."""

    def __init__(
        self, emulator: Emulator, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._emulator = emulator
        self._reader = reader
        self._writer = writer
        self._requests = asyncio.StreamReader()
        self._has_ended = asyncio.Event()

    async def serve(self) -> None:
        """Answer until either side has had enough; a client that leaves stops its answer."""
        try:
            async with asyncio.TaskGroup() as tasks:
                answering = tasks.create_task(self._answer_requests())
                tasks.create_task(self._read_until_left(answering))
        finally:
            self._writer.transport.abort()
            self._has_ended.set()

    async def drop(self) -> None:
        """Break the connection and wait until its answer has stopped."""
        self._writer.transport.abort()
        await self._has_ended.wait()

    async def _read_until_left(self, answering: asyncio.Task[None]) -> None:
        """Hand on what arrives, so that the end is seen while an answer is on its way."""
        with suppress(ConnectionError):
            while data := await self._reader.read(65536):
                self._requests.feed_data(data)
        answering.cancel()

    async def _answer_requests(self) -> None:
        # What is no HTTP request at all is dropped without a word.
        unreadable = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)
        with suppress(ConnectionError, Disconnected, Unreachable, *unreadable):
            while True:
                request = await self._next_request()
                answer = await self._answer(request)
                await self._write(answer, request.method)
                if request.headers.get("connection", "").lower() == "close":
                    break
        self._writer.close()

    async def _answer(self, request: Request) -> Answer:
        try:
            return await self._emulator.answer(request)
        except Unanswered:
            await asyncio.Event().wait()
            raise

    def _reset(self) -> None:
        """Break the connection so that the client notices, rather than end it in good order."""
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, linger)
        self._writer.transport.abort()

    async def _next_request(self) -> Request:
        head = (await self._requests.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")[:-2]
        method, target = first.split(" ")[:2]
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await self._requests.readexactly(int(headers.get("content-length", "0")))
        return Request(method, target.partition("?")[0], headers, body)

    async def _write(self, answer: Answer, method: str) -> None:
        is_whole = isinstance(answer.body, bytes) and len(answer.body) <= _WHOLE_BODY
        headers = list(answer.headers)
        if method != "HEAD":
            size = len(answer.body) if isinstance(answer.body, bytes) else 0
            headers.append(
                ("content-length", f"{size}") if is_whole else ("transfer-encoding", "chunked")
            )
        lines = [
            f"HTTP/1.1 {answer.status} {_phrase(answer.status)}",
            *(f"{n}: {v}" for n, v in headers),
        ]
        self._writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if isinstance(answer.body, bytes):
            self._writer.write(answer.body if is_whole else _chunk(answer.body) + _chunk(b""))
            await self._writer.drain()
            return
        try:
            await self._stream(answer.body)
        except Disconnected:
            self._reset()
            raise

    async def _stream(self, body: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(body):
            async for piece in body:
                self._writer.write(_chunk(piece))
                await self._writer.drain()
        self._writer.write(_chunk(b""))
        await self._writer.drain()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        # As Go words what it has no words for, such as 499.
        return f"status code {status}"


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
