"""LocalDownloads side by side: started, joined, cancelled, asked for again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise

import pytest

from ollama_tui.core import local_downloads as module
from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import Interrupted, InvalidInput
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.wire import Answer
from tests.core.leasing import become_true
from tests.core.raw_server import answering, http
from tests.core.test_pull_failures import ROWS

FINAL = [row for row in ROWS if not issubclass(row[1], Interrupted)]
"""The errors of a server that end a download."""


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PullRules, "pause", lambda self, fruitless, **_: 0.0)


@pytest.fixture
async def downloads(url: str, emulator: Emulator) -> AsyncIterator[LocalDownloads]:
    """LocalDownloads that look at the emulator's clock."""

    def seconds() -> float:
        return emulator.clock.now().timestamp()

    async with LocalDownloads(Connection(url), ["Registry.Lan:5000"], seconds) as downloads:
        yield downloads


async def ended(downloads: LocalDownloads, name: str) -> Pull:
    """Follow a download to its end."""
    async with aclosing(downloads.follow(name)) as pulls:
        return [pull async for pull in pulls][-1]


async def arriving(downloads: LocalDownloads, name: str) -> Pull:
    """Follow a download until its bytes come."""
    return await reached(downloads, name, lambda pull: pull.fetched > 0)


async def stalled(downloads: LocalDownloads, name: str) -> Pull:
    """Follow a download until nothing comes any more."""
    return await reached(downloads, name, lambda pull: pull.state is PullState.STALLED)


async def reached(downloads: LocalDownloads, name: str, is_so: Callable[[Pull], bool]) -> Pull:
    """Follow a download until it is so."""
    async with aclosing(downloads.follow(name)) as pulls:
        return await anext(pull async for pull in pulls if is_so(pull))


def bodies(emulator: Emulator) -> list[dict[str, object]]:
    """What was asked of `/api/pull`."""
    return [json.loads(r.body) for r in emulator.requests if r.path == "/api/pull"]


class TestStarting:
    async def test_it_is_there_at_once_and_arrives(self, downloads: LocalDownloads) -> None:
        pull = await downloads.start("tiny")

        assert (pull.name, pull.state) == ("tiny:latest", PullState.STARTING)
        assert downloads.pulls == (pull,)
        assert (await ended(downloads, "tiny")).state is PullState.DONE

    async def test_a_large_one_tells_its_speed_and_time_left(
        self, downloads: LocalDownloads
    ) -> None:
        await downloads.start("big:8b")

        pull = await reached(downloads, "big:8b", lambda pull: pull.seconds_left is not None)

        assert pull.rate == pytest.approx(6 * 2**20, rel=0.2)
        assert pull.seconds_left == pytest.approx(100, rel=0.3)

    async def test_two_go_side_by_side(self, downloads: LocalDownloads) -> None:
        await downloads.start("big:8b")
        await downloads.start("other")

        await arriving(downloads, "big:8b")
        await arriving(downloads, "other")

        assert [pull.name for pull in downloads.pulls] == ["big:8b", "other:latest"]
        assert {pull.state for pull in downloads.pulls} == {PullState.PULLING}

    @pytest.mark.parametrize("other", ["big:8b", "BIG:8B", "library/big:8b", " big:8b "])
    async def test_the_same_name_twice_is_one(
        self, downloads: LocalDownloads, emulator: Emulator, other: str
    ) -> None:
        await downloads.start("big:8b")
        await arriving(downloads, "big:8b")
        joined = await downloads.start(other)

        assert joined.fetched > 0
        assert len(downloads.pulls) == 1
        assert len(bodies(emulator)) == 1

    async def test_one_that_has_ended_can_be_started_again(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("tiny")
        await downloads.start("absent")
        await ended(downloads, "tiny")
        await ended(downloads, "absent")

        await downloads.start("tiny")

        assert (await ended(downloads, "tiny")).state is PullState.DONE
        assert [pull.name for pull in downloads.pulls] == ["absent:latest", "tiny:latest"]

    @pytest.mark.parametrize("name", ["", "a b", "[/b]", "千问", "x" * 300, "m\x00"])
    async def test_an_invalid_name_is_refused_and_nothing_is_sent(
        self, downloads: LocalDownloads, emulator: Emulator, name: str
    ) -> None:
        with pytest.raises(InvalidInput):
            await downloads.start(name)

        assert downloads.pulls == ()
        assert not emulator.requests


class TestInsecureRegistries:
    @pytest.mark.parametrize(
        ("name", "is_insecure"),
        [
            ("tiny", False),
            ("hf.co/u/r", False),
            ("registry.lan/acme/m", False),
            ("127.evil.example/acme/m", False),
            ("localhost:5000/acme/m", True),
            ("127.0.0.1:5000/acme/m", True),
            ("REGISTRY.lan:5000/acme/m", True),
        ],
    )
    async def test_plain_http_is_for_loopback_and_named_ones(
        self, downloads: LocalDownloads, emulator: Emulator, name: str, is_insecure: bool
    ) -> None:
        await downloads.start(name)
        await ended(downloads, name)

        assert [body["insecure"] for body in bodies(emulator)] == [is_insecure]

    async def test_it_can_be_asked_for(self, downloads: LocalDownloads, emulator: Emulator) -> None:
        await downloads.start("registry.lan/acme/m", insecure=True)
        await ended(downloads, "registry.lan/acme/m")

        assert bodies(emulator)[0]["insecure"] is True


class TestCancelling:
    async def test_the_server_keeps_what_arrived(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("big:8b")
        seen = await arriving(downloads, "big:8b")

        await downloads.cancel("BIG:8b")

        (pull,) = downloads.pulls
        assert pull.state is PullState.CANCELLED
        assert pull.completed >= seen.completed > 0
        await wait_for_partials(emulator)
        assert sum(emulator.store.partials.values()) >= seen.completed

    async def test_it_goes_on_from_there(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("big:8b")
        await arriving(downloads, "big:8b")
        await downloads.cancel("big:8b")
        await wait_for_partials(emulator)

        await downloads.start("big:8b")
        pull = await ended(downloads, "big:8b")

        assert pull.state is PullState.DONE
        assert 0 < pull.fetched < pull.total

    async def test_one_that_has_not_begun_leaves_a_trace_and_sends_nothing(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("big:8b")

        await downloads.cancel("big:8b")

        assert [pull.state for pull in downloads.pulls] == [PullState.CANCELLED]
        assert not bodies(emulator)

    @pytest.mark.parametrize("name", ["tiny", "absent", "a b"])
    async def test_what_does_not_run_stays_as_it_is(
        self, downloads: LocalDownloads, name: str
    ) -> None:
        await downloads.start("tiny")
        await ended(downloads, "tiny")

        await downloads.cancel(name)

        assert [pull.state for pull in downloads.pulls] == [PullState.DONE]

    async def test_the_others_go_on(self, downloads: LocalDownloads) -> None:
        await downloads.start("big:8b")
        await downloads.start("other")
        await arriving(downloads, "big:8b")

        await downloads.cancel("big:8b")

        assert (await ended(downloads, "other")).state is PullState.DONE

    async def test_leaving_the_block_closes_every_stream(
        self, url: str, emulator: Emulator
    ) -> None:
        async with LocalDownloads(Connection(url)) as downloads:
            await downloads.start("big:8b")
            await arriving(downloads, "big:8b")

        await wait_for_partials(emulator)

        assert not emulator.downloads.running

    async def test_leaving_a_block_that_started_nothing_is_quiet(self, url: str) -> None:
        async with LocalDownloads(Connection(url)) as downloads:
            assert downloads.pulls == ()


async def wait_for_partials(emulator: Emulator) -> None:
    """Let the server see that its client has left."""
    await become_true(lambda: not emulator.downloads.running)


class TestForgetting:
    async def test_what_has_ended_can_be_dropped(self, downloads: LocalDownloads) -> None:
        await downloads.start("tiny")
        await ended(downloads, "tiny")

        await downloads.forget("TINY:latest")

        assert downloads.pulls == ()

    async def test_what_runs_cannot(self, downloads: LocalDownloads) -> None:
        await downloads.start("big:8b")

        await downloads.forget("big:8b")
        await downloads.forget("absent")

        assert len(downloads.pulls) == 1


class TestAskingAgain:
    async def test_a_download_that_joined_a_dying_one_is_asked_for_again(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.BREAK, 0.5)
        await downloads.start("big:8b")
        await stalled(downloads, "big:8b")
        await downloads.cancel("big:8b")
        await wait_for_partials(emulator)
        emulator.registry.faults.clear()

        await downloads.start("big:8b")
        pull = await ended(downloads, "big:8b")

        assert pull.state is PullState.DONE
        assert pull.attempt == 2
        assert pull.fetched == pytest.approx(300 * 2**20, rel=0.02)


class TestFailing:
    @pytest.mark.parametrize(("text", "kind", "words"), FINAL)
    async def test_an_error_that_asking_again_cannot_mend_is_told_in_words(
        self,
        downloads: LocalDownloads,
        emulator: Emulator,
        text: str,
        kind: type[Exception],
        words: str,
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.ERROR, 0.01, text)
        await downloads.start("big:8b")

        pull = await ended(downloads, "big:8b")

        assert (pull.state, pull.failure_kind, pull.attempt) == (PullState.FAILED, kind, 1)
        assert words in pull.failure
        assert pull.completed > 0

    async def test_one_failure_leaves_the_others_alone(self, downloads: LocalDownloads) -> None:
        await downloads.start("absent")
        await downloads.start("tiny")

        assert (await ended(downloads, "absent")).state is PullState.FAILED
        assert (await ended(downloads, "tiny")).state is PullState.DONE

    async def test_a_server_that_is_not_ollama_is_a_failure(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.faults["*"] = Fault(answer=Answer(200, (), b"<html>"))
        await downloads.start("tiny")

        assert "is not an Ollama server" in (await ended(downloads, "tiny")).failure

    async def test_an_address_that_cannot_be_used_is_a_failure(self) -> None:
        async with LocalDownloads(Connection("http://h:80/" + "x" * 70_000)) as downloads:
            await downloads.start("tiny")

            assert (await ended(downloads, "tiny")).state is PullState.FAILED

    async def test_read_only_mode_sends_nothing(self, url: str, emulator: Emulator) -> None:
        async with LocalDownloads(Connection(url, read_only=True)) as downloads:
            await downloads.start("tiny")

            assert "Read-only mode" in (await ended(downloads, "tiny")).failure

        assert not emulator.requests


class TestStalling:
    async def test_a_download_whose_number_stays_the_same_is_shown_as_stalled(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.STALL, 0.5)
        await downloads.start("big:8b")

        pull = await stalled(downloads, "big:8b")

        assert pull.share == pytest.approx(0.5, abs=0.01)

    async def test_it_goes_on_when_bytes_come_again(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.STALL, 0.5)
        await downloads.start("big:8b")
        await stalled(downloads, "big:8b")

        emulator.registry.faults.clear()

        assert (await ended(downloads, "big:8b")).state is PullState.DONE

    async def test_bytes_that_are_thrown_away_do_not_move_the_bar_back(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        fault = PullFault(PullFaultKind.BACKWARDS, 0.5, lost=100 * 2**20)
        emulator.registry.faults["big:8b"] = fault
        await downloads.start("big:8b")

        async with aclosing(downloads.follow("big:8b")) as pulls:
            shares = [pull.share or 0 async for pull in pulls]

        assert shares == sorted(shares)
        assert shares[-1] == 1


class TestWatching:
    async def test_changes_while_nobody_looks_are_told_as_one(
        self, downloads: LocalDownloads
    ) -> None:
        async with aclosing(downloads.watch()) as changes:
            assert await anext(changes) == ()
            await downloads.start("tiny")
            await ended(downloads, "tiny")

            assert [pull.state for pull in await anext(changes)] == [PullState.DONE]

    async def test_nothing_is_told_twice(self, downloads: LocalDownloads) -> None:
        seen: list[tuple[Pull, ...]] = []
        await downloads.start("tiny")

        async with aclosing(downloads.watch()) as changes:
            async for pulls in changes:
                seen.append(pulls)
                if pulls[0].state.has_ended:
                    break

        assert all(one != other for one, other in pairwise(seen))

    async def test_following_begins_now_and_ends_with_the_download(
        self, downloads: LocalDownloads
    ) -> None:
        await downloads.start("tiny")

        async with aclosing(downloads.follow("tiny")) as pulls:
            states = [pull.state async for pull in pulls]

        assert states[0] is PullState.STARTING
        assert states[-1] is PullState.DONE

    @pytest.mark.parametrize("name", ["absent", "a b"])
    async def test_following_what_does_not_run_ends_at_once(
        self, downloads: LocalDownloads, name: str
    ) -> None:
        async with aclosing(downloads.follow(name)) as pulls:
            assert [pull async for pull in pulls] == []

    async def test_a_watcher_that_leaves_disturbs_nobody(self, downloads: LocalDownloads) -> None:
        await downloads.start("tiny")
        async with aclosing(downloads.watch()) as changes:
            await anext(changes)

        assert (await ended(downloads, "tiny")).state is PullState.DONE


async def test_a_stream_that_falls_silent_is_seen_to_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    now = [0.0]
    line = b'{"status":"pulling a","digest":"sha256:a","total":100,"completed":10}\n'
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"
    states: list[PullState] = []

    async with (
        falling_silent(head + line) as url,
        LocalDownloads(Connection(url), clock=lambda: now[0]) as downloads,
        aclosing(downloads.watch()) as changes,
    ):
        await downloads.start("x")
        async for (pull,) in changes:
            states.append(pull.state)
            if pull.state is PullState.STALLED:
                break
            now[0] += 50 if pull.state is PullState.PULLING else 0

    assert states[-2:] == [PullState.PULLING, PullState.STALLED]


async def test_numbers_that_no_file_has_are_not_believed() -> None:
    lines = [{"status": "pulling a", "digest": "sha256:a", "total": 10**400}, {"error": "over"}]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()

    async with (
        answering(http("200 OK", body)) as server,
        LocalDownloads(Connection(server.url)) as downloads,
    ):
        await downloads.start("x")
        pull = await ended(downloads, "x")

    assert pull.total == 0
    assert "over" in pull.failure


@asynccontextmanager
async def falling_silent(answer: bytes) -> AsyncIterator[str]:
    """A server that begins to answer and then neither goes on nor closes."""
    asked: list[asyncio.StreamWriter] = []

    async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(writer)
        writer.write(answer)
        await reader.read(-1)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        for writer in asked:
            writer.transport.abort()
        server.close()
