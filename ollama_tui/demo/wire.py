"""Requests and answers as values, and JSON as Ollama writes it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

JSON = "application/json; charset=utf-8"
"""The content type of nearly every answer."""

BARE_JSON = "application/json"
"""The content type where the server would have streamed but answers once."""

NDJSON = "application/x-ndjson"
"""The content type of a stream: one JSON object a line."""

Lines = AsyncGenerator[Mapping[str, object], None]
"""The objects of a stream, before they are written out."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """The names are in lower case."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says: a whole body, or a stream of pieces."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | AsyncGenerator[bytes, None] = b""


class Refusal(Exception):
    """A request that is answered with an error status and a text."""

    def __init__(self, status: int, text: str, content_type: str = JSON) -> None:
        """Keep what the answer needs."""
        super().__init__(text)
        self.status = status
        self.text = text
        self.content_type = content_type

    def answer(self) -> Answer:
        """Return the refusal as the server sends it."""
        return json_answer({"error": self.text}, self.status, self.content_type)


class Disconnected(Exception):
    """The server drops the connection without another word."""


class Unreachable(Exception):
    """Nothing listens at the server's address."""


class Unanswered(Exception):
    """Whoever calls for a connection hears nothing, not even a refusal."""


def encoded(value: object) -> bytes:
    """Return JSON as Go writes it: no blanks, with signs that matter in HTML escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text.encode()


def json_answer(value: object, status: int = 200, content_type: str = JSON) -> Answer:
    """Answer with one JSON value."""
    return Answer(status, (("content-type", content_type),), encoded(value))


def text_answer(status: int, text: str, *headers: tuple[str, str]) -> Answer:
    """Answer with plain text, as the server does for a path it does not know."""
    return Answer(status, (*headers, ("content-type", "text/plain")), text.encode())


def stream_answer(lines: Lines) -> Answer:
    """Answer with a stream; an error after the first line becomes its last line."""
    return Answer(200, (("content-type", NDJSON),), _written(lines))


async def last_of(lines: Lines) -> Answer:
    """Answer with the last object of a stream only, as for `"stream": false`."""
    last: Mapping[str, object] = {}
    try:
        async with aclosing(lines):
            async for line in lines:
                last = line
    except Refusal as refusal:
        raise Refusal(refusal.status, refusal.text, BARE_JSON) from refusal
    return json_answer(last, 200, BARE_JSON)


async def pieces_of(
    body: bytes | AsyncGenerator[bytes, None],
) -> AsyncGenerator[bytes, None]:
    """Give a body piece by piece, whichever kind it is."""
    if isinstance(body, bytes):
        yield body
        return
    async with aclosing(body):
        async for piece in body:
            yield piece


async def _written(lines: Lines) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(lines):
            async for line in lines:
                yield encoded(line) + b"\n"
    except Refusal as refusal:
        yield encoded({"error": refusal.text}) + b"\n"
