"""A server that sends without an end, or what unpacks without an end."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import h11
import httpx
import pytest

from ollama_tui.core import answers, service
from ollama_tui.core.answers import lines_of, whole_of
from ollama_tui.core.connection import Connection
from ollama_tui.core.error_words import error_words
from ollama_tui.core.errors import NotOllama, OllamaTuiError
from ollama_tui.core.pull_stream import PullStream
from ollama_tui.core.service import OllamaService
from tests.core.raw_server import answering, http, http_json

OK = "HTTP/1.1 200 OK\r\n"
MOST = 200_000
"""What may be kept of an answer in these tests."""


@pytest.fixture(autouse=True)
def _little_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", MOST)
    monkeypatch.setattr(answers, "MOST_IN_LINE", MOST)


@asynccontextmanager
async def endless(head: str, piece: bytes) -> AsyncIterator[str]:
    """A server that answers with the head, and then with the piece again and again."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode())
        try:
            while True:
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def library(url: str) -> object:
    async with aclosing(OllamaService(Connection(url))) as service:
        return await service.library()


async def pulled(url: str) -> object:
    async with aclosing(PullStream(Connection(url))) as stream:
        return [line async for line in stream.lines("a")]


Ask = Callable[[str], Awaitable[object]]
ASKS = pytest.mark.parametrize("ask", [library, pulled])


async def refusal_of(ask: Ask, url: str) -> OllamaTuiError:
    """What is said in the end; it must come to an end, and within a few megabytes."""
    tracemalloc.start()
    try:
        with pytest.raises(OllamaTuiError) as refused:
            await ask(url)
        assert tracemalloc.get_traced_memory()[1] < 100 * MOST
    finally:
        tracemalloc.stop()
    assert str(refused.value).isprintable()
    return refused.value


class TestWithoutAnEnd:
    @ASKS
    async def test_a_body(self, ask: Ask) -> None:
        async with endless(f"{OK}\r\n", b"[" * 20_000) as url:
            assert type(await refusal_of(ask, url)) is NotOllama

    @ASKS
    async def test_an_error(self, ask: Ask) -> None:
        async with endless("HTTP/1.1 500 Oops\r\n\r\n", b"x" * 20_000) as url:
            assert type(await refusal_of(ask, url)) is NotOllama

    @ASKS
    async def test_a_redirect(self, ask: Ask) -> None:
        async with endless("HTTP/1.1 307 Sent on\r\nlocation: /x\r\n\r\n", b"x" * 20_000) as url:
            assert type(await refusal_of(ask, url)) is NotOllama

    @ASKS
    @pytest.mark.parametrize(
        "piece", [b"a: b\r\n" * 3_000, b"a" * 20_000, b"\r\nx: " + b"y" * 50_000]
    )
    async def test_headers(self, ask: Ask, piece: bytes) -> None:
        async with endless(OK, piece) as url:
            await refusal_of(ask, url)

    async def test_a_line_after_honest_ones(self) -> None:
        honest = json.dumps({"status": "pulling", "digest": "sha256:1"})

        async with endless(f"{OK}\r\n{honest}\n", b"x" * 20_000) as url:
            assert "was cut within a line" in str(await refusal_of(pulled, url))


class TestPacked:
    @ASKS
    @pytest.mark.parametrize("packing", ["gzip, gzip", "gzip,deflate", "br", "zstd", "x"])
    async def test_what_could_unpack_to_any_size_is_not_read(self, ask: Ask, packing: str) -> None:
        body = gzip.compress(gzip.compress(bytes(10**6)))

        async with answering(http("200 OK", body, f"content-encoding: {packing}")) as server:
            assert type(await refusal_of(ask, server.url)) is NotOllama

    async def test_what_is_packed_once_is_read_as_far_as_an_answer_may_go(self) -> None:
        bomb = gzip.compress(b" " * 3 * MOST + b'{"models": []}')

        async with answering(http("200 OK", bomb, "content-encoding: gzip")) as server:
            assert type(await refusal_of(library, server.url)) is NotOllama

    async def test_an_honest_one_is_read(self) -> None:
        packed = gzip.compress(b'{"models": []}')

        async with answering(http("200 OK", packed, "content-encoding: gzip")) as server:
            assert await library(server.url) is not None


class TestNested:
    @ASKS
    @pytest.mark.parametrize("body", [b"[" * 150_000, b'{"models":' * 15_000, b"9" * 150_000])
    async def test_json_that_is_deep_or_a_number_that_is_long(self, ask: Ask, body: bytes) -> None:
        async with answering(http("200 OK", body)) as server:
            assert type(await refusal_of(ask, server.url)) is NotOllama


class TestManyValues:
    """Each takes many times its bytes in memory."""

    @pytest.mark.parametrize("one", ["{}", "[]", '""', "[{}]", '{"name": "a"}'])
    async def test_are_not_read(self, monkeypatch: pytest.MonkeyPatch, one: str) -> None:
        monkeypatch.setattr(answers, "MOST_VALUES", 10_000)
        body = f'{{"models": [{",".join([one] * 12_000)}]}}'.encode()

        async with answering(http("200 OK", body)) as server:
            assert type(await refusal_of(library, server.url)) is NotOllama

    async def test_so_many_models_are_none_of_ollamas(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "_MOST_MODELS", 9)
        body = json.dumps({"models": [{"name": f"m{number}"} for number in range(10)]}).encode()

        async with answering(http("200 OK", body)) as server:
            assert type(await refusal_of(library, server.url)) is NotOllama

    def test_of_an_error_no_more_is_read_than_is_shown(self) -> None:
        body = '{"error": [' + "{}," * 10**6 + "{}]}"

        tracemalloc.start()
        words = error_words(body)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert len(words) <= 1000
        assert peak < 5 * 10**6


class TestManyPieces:
    """What comes without a wait must not keep all else from happening."""

    async def _turns_meanwhile(self, pieces: list[bytes], *, is_stream: bool) -> int:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async def body() -> AsyncGenerator[bytes, None]:
            for piece in pieces:
                yield piece

        counting = asyncio.create_task(count())
        response = httpx.Response(200, content=body())
        if is_stream:
            assert len([line async for line in lines_of(response)]) > 0
        else:
            assert len(await whole_of(response)) > 0
        counting.cancel()
        return turns

    @pytest.mark.parametrize("is_stream", [True, False])
    @pytest.mark.parametrize("pieces", [[b"x"] * 2_000, [b"{}\n" * 60_000]])
    async def test_others_have_their_turn(self, pieces: list[bytes], is_stream: bool) -> None:
        assert await self._turns_meanwhile(pieces, is_stream=is_stream) > 10

    async def test_nor_do_heads_before_an_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read, most, next_event = 0, 0, h11.Connection.next_event

        def counted(of: h11.Connection) -> object:
            nonlocal read, most
            read, most = read + 1, max(most, read + 1)
            return next_event(of)

        async def take_turns() -> None:
            nonlocal read
            while True:
                read = 0
                await asyncio.sleep(0)

        monkeypatch.setattr(h11.Connection, "next_event", counted)
        heads = b"HTTP/1.1 100 Continue\r\n\r\n" * 4_000
        turns = asyncio.create_task(take_turns())
        async with answering(heads + http_json({"status": "success"})) as server:
            await pulled(server.url)
        turns.cancel()

        assert 100 < most < 1_000

    async def test_lines_are_put_together_from_any_pieces(self) -> None:
        text = "".join(f"{{{number}}}\n" for number in range(9_000)) + "end"

        async def body() -> AsyncGenerator[bytes, None]:
            yield text[:1].encode()
            yield text[1:50_001].encode()
            yield text[50_001:].encode()

        lines = [line async for line in lines_of(httpx.Response(200, content=body()))]

        assert b"\n".join(lines).decode() == text
