"""The bodies of answers, read no further than an honest server goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import httpcore
import httpx

MOST_BYTES = 32 * 2**20
"""Of a whole answer; 5,000 models take 3 MB, all that `show` tells of a large one takes 5 MB."""
MOST_IN_LINE = 2**20
"""Of one line of a stream."""
_PART = 2**14
_PIECES = 100
"""Bytes, and pieces from the network, that are read without letting anything else happen."""
MOST_VALUES = 2**20
"""In a whole answer; 5,000 models have a tenth of that."""
# A server may put heads such as `100 Continue` before its answer for ever. They are many times as
# long to read as a body, and all in a piece are read at once: of the usual 65,536 bytes, 0.1 s.
httpcore.AsyncHTTP11Connection.READ_NUM_BYTES = _PART
_BEFORE_VALUES = b",[{"
_MOST_OF_A_REDIRECT = 2**16

UNPACKED = {"Accept-Encoding": "identity"}
"""Asks for answers as they are."""
_PACKINGS = ("identity", "gzip", "deflate")
"""These unpack a piece from the network to 66 MB at most; others, or two in one, to any size."""


async def refuse_bombs(response: httpx.Response) -> None:
    """Refuse an answer that could unpack to any size, before it is read.

    Raises:
        DecodingError: when it could.
    """
    if response.headers.get("content-encoding", "identity").strip().casefold() not in _PACKINGS:
        raise httpx.DecodingError("the answer is packed oddly", request=response.request)
    if response.has_redirect_location and isinstance(response.stream, httpx.AsyncByteStream):
        # httpx reads it whole before it goes on.
        response.stream = _Short(response.stream, response.request)


def refuse_crowds(body: bytes) -> None:
    """Refuse JSON of so many values that it would take many times its bytes in memory.

    Raises:
        ValueError: when it has them.
    """
    if len(body) <= MOST_VALUES:
        return
    # Each begins after one of these, or is alone; those within a text are counted too.
    if len(body) - len(body.translate(None, _BEFORE_VALUES)) > MOST_VALUES:
        raise ValueError("the answer has too many values")


async def whole_of(response: httpx.Response, most: int | None = None) -> bytes:
    """The body of an answer.

    Args:
        response: its head.
        most: bytes that it may have; None for those of the longest honest answer.

    Raises:
        DecodingError: when it is longer than an answer can be.
    """
    body = bytearray()
    async for part in _parts(response):
        body += part
        if len(body) > (MOST_BYTES if most is None else most):
            raise httpx.DecodingError("the answer has no end", request=response.request)
    return bytes(body)


async def lines_of(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The lines of a stream, which may go on for hours.

    Raises:
        DecodingError: when one of them is longer than a line can be.
    """
    rest = bytearray()
    async for part in _parts(response):
        *lines, begun = part.split(b"\n")
        for line in lines:
            yield bytes(rest + line)
            rest.clear()
        rest += begun
        if len(rest) > MOST_IN_LINE:
            raise httpx.DecodingError("the line has no end", request=response.request)
    if rest:
        yield bytes(rest)


async def _parts(response: httpx.Response) -> AsyncIterator[bytes]:
    # A server may send single bytes, or millions of lines in one packed piece: what comes from
    # a buffer is no wait, so nothing else would happen until all of that was read.
    pieces = 0
    async for piece in response.aiter_bytes():
        pieces += 1
        for at in range(0, len(piece), _PART):
            yield piece[at : at + _PART]
            if len(piece) > _PART or not pieces % _PIECES:
                await asyncio.sleep(0)


class _Short(httpx.AsyncByteStream):
    """A body that is over soon."""

    def __init__(self, body: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._body, self._request = body, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for piece in self._body:
            seen += len(piece)
            if seen > _MOST_OF_A_REDIRECT:
                raise httpx.DecodingError("the answer has no end", request=self._request)
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()
