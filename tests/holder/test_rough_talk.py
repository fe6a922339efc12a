"""Talk that makes no sense and programs that break off: the holder is not harmed."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder import answers, servers
from ollama_tui.holder.answers import Told
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from ollama_tui.holder.protocol import WISH, to_line
from tests.holder.holding import (
    MIB,
    become_true,
    client_of,
    half_way,
    holder_here,
    raw_answer,
    target_of,
)
from tests.holder.program import program, said
from tests.holders import holders

pytestmark = pytest.mark.usefixtures("forked_holders")

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
        answers = {name: await raw_answer(place, line) for name, line in LINES.items()}

        assert answers == dict.fromkeys(LINES, b"")
        await downloads.start("b")
        assert [holder.pid for holder in holders(place.folder)] == [holder_pid]
        assert "Traceback" not in _log(place)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
    async def test_nor_does_it_make_it_grow(self, place: HolderPlace, holder_pid: int) -> None:
        before = _most_memory(holder_pid)

        await raw_answer(place, LINES["10 MB"])

        assert _most_memory(holder_pid) < before + 5 * MIB

    async def test_an_unknown_request_is_not_answered(
        self, downloads: HeldDownloads, place: HolderPlace, holder_pid: int, url: str
    ) -> None:
        target = target_of(url=url).to_json()

        assert await raw_answer(place, to_line({"do": "explode", "server": target})) == b""
        assert [holder.pid for holder in holders(place.folder)] == [holder_pid]
        assert "no such request" in _log(place)


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
