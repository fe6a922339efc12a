"""A model's pull stream, line by line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import (
    InvalidInput,
    NoSuchModel,
    NotOllama,
    OllamaTuiError,
    PullFailed,
    Refused,
    ServerFailed,
    Unreachable,
)
from ollama_tui.core.layers import PullProgress
from ollama_tui.core.pull_rules import BrokenOff
from ollama_tui.core.pull_stream import PullStream
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.wire import Answer
from tests.core.raw_server import refused_url


@pytest.fixture
async def stream(url: str) -> AsyncIterator[PullStream]:
    stream = PullStream(Connection(url))
    yield stream
    await stream.aclose()


async def pulled(stream: PullStream, name: str = "tiny") -> list[PullProgress]:
    async with aclosing(stream.lines(name)) as lines:
        return [line async for line in lines]


def saying(*lines: str) -> Fault:
    """The server answers with these lines."""
    return Fault(answer=Answer(200, (), "\n".join(lines).encode()))


class TestAPullThatGoesWell:
    async def test_it_ends_in_success(self, stream: PullStream, emulator: Emulator) -> None:
        lines = await pulled(stream)

        assert lines[0] == PullProgress("pulling manifest")
        assert lines[-1] == PullProgress("success")
        assert any(line.total == 2**20 for line in lines)
        assert "tiny:latest" in [model.name.shown for model in emulator.store.models]

    async def test_the_name_goes_out_as_it_was_written_for_old_servers_too(
        self, stream: PullStream, emulator: Emulator
    ) -> None:
        await pulled(stream, "TINY")

        assert json.loads(emulator.requests[-1].body) == {
            "model": "TINY",
            "name": "TINY",
            "insecure": False,
            "stream": True,
        }

    async def test_closing_it_keeps_what_arrived(
        self, stream: PullStream, emulator: Emulator
    ) -> None:
        async with aclosing(stream.lines("big:8b")) as lines:
            async for line in lines:
                if line.completed:
                    break

        again = [line.completed async for line in stream.lines("big:8b") if line.completed]

        assert again[0] >= line.completed


class TestOddLines:
    async def test_empty_lines_are_skipped(self, stream: PullStream, emulator: Emulator) -> None:
        emulator.faults["/api/pull"] = saying("", '{"status":"success"}', "  ", "")

        assert await pulled(stream) == [PullProgress("success")]

    @pytest.mark.parametrize(
        ("line", "progress"),
        [
            ({}, PullProgress("")),
            ({"status": None, "digest": None, "total": None}, PullProgress("")),
            ({"status": 7, "digest": [], "total": "9", "completed": {}}, PullProgress("")),
            ({"status": "p", "digest": "d", "total": -1, "completed": -5}, PullProgress("p", "d")),
            ({"status": "\x1b[2Jp\u202e", "digest": "\x00d"}, PullProgress("[2Jp", "d")),
            ({"error": ""}, PullProgress("")),
        ],
    )
    async def test_every_field_may_be_missing_or_wrong(
        self, stream: PullStream, emulator: Emulator, line: object, progress: PullProgress
    ) -> None:
        emulator.faults["/api/pull"] = saying(json.dumps(line), '{"status":"success"}')

        assert (await pulled(stream))[0] == progress

    @pytest.mark.parametrize(
        "line",
        [
            "<html>",
            "[]",
            "7",
            "null",
            '{"status":"pul',
            pytest.param("[" * 100_000, id="deep"),
            '"success"',
        ],
    )
    async def test_what_is_no_object_is_not_ollamas(
        self, stream: PullStream, emulator: Emulator, line: str
    ) -> None:
        emulator.faults["/api/pull"] = saying('{"status":"pulling manifest"}', line)

        with pytest.raises(NotOllama):
            await pulled(stream)


class TestAPullThatFails:
    @pytest.mark.parametrize("lines", [(), ('{"status":"pulling manifest"}',)])
    async def test_an_end_without_success_is_a_failure(
        self, stream: PullStream, emulator: Emulator, lines: tuple[str, ...]
    ) -> None:
        emulator.faults["/api/pull"] = saying(*lines)

        with pytest.raises(PullFailed, match="ended before the model was whole"):
            await pulled(stream)

    @pytest.mark.parametrize("kind", [PullFaultKind.ABORT])
    async def test_a_broken_connection_is_one(
        self, stream: PullStream, emulator: Emulator, kind: PullFaultKind
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(kind, 0.1)

        with pytest.raises(Unreachable):
            await pulled(stream, "big:8b")

    async def test_a_server_that_is_not_there_is_one(self) -> None:
        with pytest.raises(Unreachable, match="Connection refused"):
            await pulled(PullStream(Connection(await refused_url())))

    async def test_a_model_that_does_not_exist(self, stream: PullStream) -> None:
        with pytest.raises(NoSuchModel, match="The registry has no such model or tag"):
            await pulled(stream, "absent")

    async def test_a_key_that_the_server_repeats_is_not_told(
        self, url: str, emulator: Emulator
    ) -> None:
        emulator.faults["/api/pull"] = saying('{"error":"bad key: sk-12345678"}')

        with pytest.raises(OllamaTuiError, match="bad key: SECRET"):
            await pulled(PullStream(Connection(url, key="sk-12345678")))

    async def test_an_error_in_the_middle(self, stream: PullStream, emulator: Emulator) -> None:
        text = "write /x/blobs/sha256-ab-partial: no space left on device"
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.ERROR, 0.1, text)

        with pytest.raises(PullFailed, match="disk is full"):
            await pulled(stream, "big:8b")

    async def test_a_dying_download_is_told_apart(
        self, stream: PullStream, emulator: Emulator
    ) -> None:
        emulator.faults["/api/pull"] = saying('{"error":"context canceled"}')

        with pytest.raises(BrokenOff, match="Pull again in a moment"):
            await pulled(stream)

    async def test_a_server_that_is_too_old_for_it_is_told_with_its_version(
        self, stream: PullStream, emulator: Emulator
    ) -> None:
        emulator.faults["/api/pull"] = saying('{"error":"pull model manifest: 412: \\n\\nNewer"}')

        with pytest.raises(PullFailed, match=r"newer Ollama than 0\.32\.15, which the server runs"):
            await pulled(stream)

    async def test_one_that_does_not_tell_its_version_is_told_all_the_same(
        self, stream: PullStream, emulator: Emulator
    ) -> None:
        emulator.faults["/api/pull"] = saying('{"error":"pull model manifest: 412: \\n\\nNewer"}')
        emulator.faults["/api/version"] = Fault(answer=Answer(500, (), b"no"))

        with pytest.raises(PullFailed, match="a newer Ollama than the server runs"):
            await pulled(stream)

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (400, b'{"error":"invalid model name"}', InvalidInput),
            (401, b"", Refused),
            (403, b"", Refused),
            (404, b"404 page not found", OllamaTuiError),
            (500, b'{"error":"pull model manifest: file does not exist"}', NoSuchModel),
            (500, b"", PullFailed),
            (502, b"<html>nginx</html>", ServerFailed),
            (503, b'{"error":"server busy"}', ServerFailed),
        ],
    )
    async def test_an_error_before_the_first_line(
        self,
        stream: PullStream,
        emulator: Emulator,
        status: int,
        body: bytes,
        kind: type[OllamaTuiError],
    ) -> None:
        emulator.faults["/api/pull"] = Fault(answer=Answer(status, (), body))

        with pytest.raises(kind):
            await pulled(stream)

    async def test_read_only_mode_lets_none_leave(self, url: str, emulator: Emulator) -> None:
        with pytest.raises(Refused, match="Read-only mode"):
            await pulled(PullStream(Connection(url, read_only=True)))

        assert not emulator.requests
