"""The bodies of answers, read no further than an honest server goes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

import httpx

MOST_BYTES = 32 * 2**20
"""Of a whole answer; 5,000 models take 3 MB, all that `show` tells of a large one takes 5 MB."""
MOST_IN_LINE = 2**20
"""Of one line of a stream."""
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


async def whole_of(response: httpx.Response) -> bytes:
    """The body of an answer.

    Raises:
        DecodingError: when it is longer than an answer can be.
    """
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise httpx.DecodingError("the answer has no end", request=response.request)
    return bytes(body)


async def lines_of(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The lines of a stream, which may go on for hours.

    Raises:
        DecodingError: when one of them is longer than a line can be.
    """
    rest = b""
    async for piece in response.aiter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > MOST_IN_LINE:
            raise httpx.DecodingError("the line has no end", request=response.request)
    if rest:
        yield rest


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
