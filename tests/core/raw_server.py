"""A server that answers with given bytes, for what no emulator of Ollama does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RawServer:
    """Where it listens, and what it was asked."""

    url: str
    requests: list[str] = field(default_factory=list)
    """The first line of each request."""


def http(status: str, body: bytes, *headers: str) -> bytes:
    """A whole answer of HTTP/1.1."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def http_json(value: object, status: str = "200 OK") -> bytes:
    """A whole answer with a JSON value."""
    return http(status, json.dumps(value).encode(), "content-type: application/json")


@asynccontextmanager
async def answering(answer: bytes, *, resets: bool = False) -> AsyncIterator[RawServer]:
    """Answer every request so, and close the connection, or break it."""
    requests: list[str] = []

    async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        requests.append(head.partition("\r\n")[0])
        length = head.lower().partition("content-length:")[2].partition("\r\n")[0]
        await reader.readexactly(int(length or 0))
        writer.write(answer)
        await writer.drain()
        if resets:
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(answer_one, "127.0.0.1", 0)
    try:
        yield RawServer(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests)
    finally:
        server.close()


async def refused_url() -> str:
    """An address on this machine where nothing listens."""
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return f"http://127.0.0.1:{port}"
