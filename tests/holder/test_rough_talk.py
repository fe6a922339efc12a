"""Talk that makes no sense, programs that break off, and holders that do: nobody is harmed."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path

import psutil
import pytest

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.pulls import Pull
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder import answers, link, servers, start
from ollama_tui.holder.answers import Told
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from ollama_tui.holder.protocol import PROTOCOL, WISH, Snapshot, pull_to_json, to_line
from tests.holder.holding import (
    MIB,
    OpenClient,
    become_true,
    bodies,
    client_of,
    half_way,
    holder_here,
    impostor,
    target_of,
    told,
)
from tests.holder.program import program, said
from tests.holders import holders

LINES = {
    "nothing": b"",
    "no JSON": b"GET / HTTP/1.1\r\n",
    "no text": b"\xff\xfe\x00\n",
    "a list": b"[]\n",
    "an empty object": b"{}\n",
    "no server": b'{"do": "list"}\n',
    "an empty server": b'{"do": "list", "server": {}}\n',
    "a server of the wrong kind": b'{"do": "list", "server": {"url": 1, "server": []}}\n',
    "half a line": b'{"do": "lis',
    "a deep one": b"[" * 100_000 + b"\n",
    "10 MB": b"x" * 10_000_000,
    "10 MB and an end": b'"' + b"x" * 10_000_000 + b'"\n',
}


MAIN = "from ollama_tui.holder.__main__ import main; main()"


class TestATalkThatMakesNoSense:
    @pytest.fixture
    async def holder_pid(self, downloads: HeldDownloads, place: HolderPlace) -> int:
        await downloads.start("a")
        await half_way(downloads, "a")
        (holder,) = holders(place.folder)
        return int(holder.pid)

    async def test_it_does_not_harm_the_holder(
        self, downloads: HeldDownloads, place: HolderPlace, holder_pid: int
    ) -> None:
        answers = {name: await _answer(place, line) for name, line in LINES.items()}

        assert answers == dict.fromkeys(LINES, b"")
        await downloads.start("b")
        assert [holder.pid for holder in holders(place.folder)] == [holder_pid]
        assert "Traceback" not in _log(place)

    async def test_nor_does_it_make_it_grow(self, place: HolderPlace, holder_pid: int) -> None:
        before = _most_memory(holder_pid)

        await _answer(place, LINES["10 MB"])

        assert _most_memory(holder_pid) < before + 5 * MIB

    async def test_an_unknown_request_is_not_answered(
        self, downloads: HeldDownloads, place: HolderPlace, holder_pid: int, url: str
    ) -> None:
        target = target_of(url=url).to_json()

        assert await _answer(place, to_line({"do": "explode", "server": target})) == b""
        assert [holder.pid for holder in holders(place.folder)] == [holder_pid]
        assert "no such request" in _log(place)


async def _answer(place: HolderPlace, line: bytes) -> bytes:
    """What is answered to a line, after the greeting."""
    reader, writer = await asyncio.open_unix_connection(place.socket)
    await reader.readline()
    try:
        writer.write(line)
        writer.write_eof()
        async with asyncio.timeout(30):
            return await reader.read()
    except ConnectionError:
        # It does not read to its end what is too long for a request.
        return b""
    finally:
        writer.close()


def _most_memory(pid: int) -> int:
    """The bytes that a process had at its largest."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024


def _log(place: HolderPlace) -> str:
    return place.log.read_text() if place.log.exists() else ""


class TestAProgramThatBreaksOff:
    @pytest.mark.parametrize("deed", ["start and stay", "lease"])
    async def test_its_death_is_no_fault(
        self, downloads: HeldDownloads, place: HolderPlace, url: str, deed: str
    ) -> None:
        async with program(place, target_of(url=url), deed, "a") as other:
            await said(other)
            other.kill()
            await other.wait()

        await downloads.start("b")
        await half_way(downloads, "b")

        assert _log(place) == ""

    async def test_a_watcher_that_leaves_with_words_unread_is_no_fault(
        self, downloads: HeldDownloads, place: HolderPlace, url: str
    ) -> None:
        await downloads.start("a")
        with socket.socket(socket.AF_UNIX) as watcher:
            watcher.connect(str(place.socket))
            watcher.recv(4096)
            watcher.sendall(to_line({"do": "watch", "server": target_of(url=url).to_json()}))
            watcher.recv(1, socket.MSG_PEEK)

        await downloads.start("b")
        await half_way(downloads, "b")

        assert _log(place) == ""

    async def test_a_watcher_that_never_reads_makes_nothing_grow(
        self,
        place: HolderPlace,
        url: str,
        emulator: Emulator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        emulator.registry.faults.clear()
        emulator.registry.rate = MIB / 4
        monkeypatch.setattr(servers, "PACE_SECONDS", 0.0)
        sent: list[int] = []
        send = answers._send

        async def counted(writer: asyncio.StreamWriter, told: Told) -> None:
            sent.append(len(sent))
            await send(writer, told)

        async with holder_here(place), client_of(place, target_of(url=url)) as downloads:
            for name in "ab":
                await downloads.start(name)
            monkeypatch.setattr(answers, "_send", counted)
            with socket.socket(socket.AF_UNIX) as silent:
                silent.connect(str(place.socket))
                silent.sendall(to_line({"do": "watch", "server": target_of(url=url).to_json()}))

                await become_true(lambda: sent and emulator.downloads.running)
                await _grown(emulator)

                # It has not asked for more than the one that nobody reads.
                assert sent == [0]
            for name in "ab":
                await downloads.cancel(name)

    async def test_one_that_wishes_for_more_and_never_reads_makes_nothing_grow_either(
        self,
        place: HolderPlace,
        url: str,
        emulator: Emulator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        emulator.registry.faults.clear()
        emulator.registry.rate = MIB / 4
        monkeypatch.setattr(servers, "PACE_SECONDS", 0.0)
        unread: list[int] = []
        send = answers._send

        async def counted(writer: asyncio.StreamWriter, told: Told) -> None:
            unread.append(writer.transport.get_write_buffer_size())
            await send(writer, told)
            unread.append(-1)

        async with holder_here(place), client_of(place, target_of(url=url)) as downloads:
            for name in "ab":
                await downloads.start(name)
            monkeypatch.setattr(answers, "_send", counted)
            with socket.socket(socket.AF_UNIX) as greedy:
                greedy.connect(str(place.socket))
                greedy.sendall(to_line({"do": "watch", "server": target_of(url=url).to_json()}))
                greedy.setblocking(False)
                await become_true(lambda: _wish(greedy) and len(unread) > 20 and unread[-1] >= 0)

                # Nobody takes its last line, so that no more are made.
                before = len(unread)
                await _grown(emulator)

                assert len(unread) == before
                assert set(unread) == {0, -1}
            for name in "ab":
                await downloads.cancel(name)


class TestAHolderOfAnotherVersion:
    @pytest.fixture
    async def other_version(self, place: HolderPlace) -> AsyncIterator[asyncio.Server]:
        """One that speaks in a way of its own."""
        async with impostor(place, {}, protocol=PROTOCOL + 1) as server:
            yield server

    async def test_is_told_in_words_and_left_alone(
        self,
        downloads: HeldDownloads,
        other_version: asyncio.Server,
        emulator: Emulator,
        place: HolderPlace,
    ) -> None:
        with pytest.raises(OllamaTuiError, match=rf"9\.8\.7 still holds.*process {os.getpid()}"):
            await downloads.start("a")

        assert other_version.is_serving()
        assert not holders(place.folder)
        assert not bodies(emulator)

    @pytest.mark.parametrize("deed", ["pause", "resume", "cancel", "forget"])
    async def test_every_wish_is_answered_in_words(
        self, downloads: HeldDownloads, other_version: asyncio.Server, deed: str
    ) -> None:
        with pytest.raises(OllamaTuiError, match="cannot talk to it"):
            await getattr(downloads, deed)("a")

    async def test_so_is_a_lease(
        self, downloads: HeldDownloads, other_version: asyncio.Server
    ) -> None:
        with pytest.raises(OllamaTuiError, match="cannot talk to it"):
            await anext(downloads.lease("a"))

    async def test_what_it_does_cannot_be_seen(
        self, downloads: HeldDownloads, other_version: asyncio.Server
    ) -> None:
        await told(downloads, lambda pulls: pulls == ())

    async def test_one_of_the_same_protocol_is_spoken_to(
        self, downloads: HeldDownloads, place: HolderPlace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = f"import ollama_tui; ollama_tui.__version__ = '9.8.7'; {MAIN}"
        monkeypatch.setattr(start, "_way_in", lambda: ["-c", program])

        await downloads.start("a")

        assert [holder.cmdline()[2] for holder in holders(place.folder)] == [program]


class TestAnAnswerThatGetsLost:
    async def test_is_asked_for_again(
        self, place: HolderPlace, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = answers.Answers.answer

        async def lost(*_: object) -> None:
            monkeypatch.setattr(answers.Answers, "answer", answer)

        monkeypatch.setattr(answers.Answers, "answer", lost)
        downloads = await open_client()

        async with holder_here(place):
            pull = await downloads.start("a")

        assert pull.name == "a:latest"

    async def test_is_told_in_words_when_it_never_comes(
        self, place: HolderPlace, downloads: HeldDownloads, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(link, "_SILENCE_SECONDS", 0.3)

        async with impostor(place, {}):
            with pytest.raises(OllamaTuiError, match="does not answer"):
                await downloads.start("a")

    async def test_is_told_in_words_when_each_is_lost(
        self, place: HolderPlace, downloads: HeldDownloads, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(link, "_START_SECONDS", 0.3)

        async with impostor(place, {"start": []}):
            with pytest.raises(OllamaTuiError, match="ended again and again"):
                await downloads.start("a")

    async def test_one_that_was_overtaken_does_not_turn_time_back(
        self, place: HolderPlace, downloads: HeldDownloads
    ) -> None:
        a, b = Pull("a:latest", 1.0), Pull("b:latest", 2.0)
        past = EndedPull("c:latest", Outcome.FINISHED, 1.0, 1, 1, 1.0)
        started: Told = {"ok": Snapshot(7, (a,), (past,)).to_json(), "pull": pull_to_json(a)}
        overtaken: Told = {"ok": Snapshot(3, (), ()).to_json()}
        newer: Told = {"ok": Snapshot(8, (a, b), ()).to_json()}

        async with impostor(place, {"start": [started], "watch": [overtaken, newer]}):
            await downloads.start("a")
            async with aclosing(downloads.watch()) as changes, asyncio.timeout(30):
                told = [await anext(changes), await anext(changes)]

        assert told == [(a,), (a, b)]

    async def test_each_answer_tells_the_history_so_that_none_gets_lost_with_another(
        self, place: HolderPlace, downloads: HeldDownloads, url: str
    ) -> None:
        await downloads.start("a")
        target = target_of(url=url).to_json()

        for deed in ("list", "start", "pause"):
            told = await _answer(place, to_line({"do": deed, "server": target, "name": "a"}))
            assert b'"history":[]' in told


class TestAHolderThatHangs:
    @pytest.fixture
    async def hung(
        self, downloads: HeldDownloads, place: HolderPlace, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[psutil.Process]:
        """One that was stopped while it held a download."""
        await downloads.start("a")
        await half_way(downloads, "a")
        (holder,) = holders(place.folder)
        monkeypatch.setattr(link, "_ANSWER_SECONDS", 0.3)
        monkeypatch.setattr(link, "_SILENCE_SECONDS", 0.3)
        holder.suspend()
        yield holder
        holder.resume()

    async def test_a_pause_is_refused_in_words(
        self, downloads: HeldDownloads, hung: psutil.Process
    ) -> None:
        with pytest.raises(OllamaTuiError, match=r"does not answer.*ollama_tui\.holder"):
            await downloads.pause("a")

        assert hung.is_running()

    async def test_so_is_the_wish_of_a_program_that_has_seen_nothing_yet(
        self, open_client: OpenClient, hung: psutil.Process
    ) -> None:
        downloads = await open_client()

        with pytest.raises(OllamaTuiError, match="does not answer"):
            await downloads.cancel("a")


def _wish(watcher: socket.socket) -> bool:
    """Wish for many lines more; always true."""
    with suppress(BlockingIOError):
        watcher.send(WISH * 100)
    return True


async def _grown(emulator: Emulator) -> None:
    """Wait until many lines more have come to the holder."""
    await become_true(lambda: emulator.downloads.running)
    (one, *_) = emulator.downloads.running
    before = one.received
    await become_true(lambda: one.received >= before + MIB)
