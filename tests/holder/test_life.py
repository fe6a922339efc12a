"""How long the holder lives: whatever happens to those who ask it, and no longer than needed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing

import psutil
import pytest

from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder import server
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from ollama_tui.holder.protocol import to_line
from tests.holder.holding import (
    OpenClient,
    become_true,
    bodies,
    ended,
    half_way,
    holder_here,
    no_holder,
    on_disk,
    reached,
    states,
    target_of,
    told,
)
from tests.holder.program import program, said
from tests.holders import holders


class TestItsEnd:
    async def test_it_goes_when_the_last_download_has_arrived(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        await downloads.start("tiny")
        await ended(downloads, "tiny")

        await no_holder(place)

        assert not place.socket.exists()
        assert on_disk(place) == {}

    async def test_it_does_not_go_while_one_is_on_its_way(
        self, downloads: HeldDownloads, place: HolderPlace, hurry: None
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")
        (before,), socket_before = holders(place.folder), place.socket.stat().st_ino

        await downloads.start("tiny")
        await ended(downloads, "tiny")

        assert holders(place.folder) == [before]
        assert place.socket.stat().st_ino == socket_before

    async def test_it_does_not_go_while_one_waits_for_its_turn(
        self, open_client: OpenClient, place: HolderPlace, emulator: Emulator, hurry: None
    ) -> None:
        downloads = await open_client(parallel_downloads=1)
        await downloads.start("a")
        (before,) = holders(place.folder)
        await downloads.start("b")
        await half_way(downloads, "a")
        await downloads.cancel("a")

        await half_way(downloads, "b")

        assert holders(place.folder) == [before]

    async def test_one_that_is_paused_does_not_keep_it(
        self, downloads: HeldDownloads, place: HolderPlace, hurry: None
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")

        await downloads.pause("a")
        await no_holder(place)

        assert on_disk(place)["a"].state is PullState.PAUSED

    async def test_nor_one_that_failed(
        self, downloads: HeldDownloads, place: HolderPlace, hurry: None
    ) -> None:
        await downloads.start("absent")

        await no_holder(place)

        assert on_disk(place)["absent"].state is PullState.FAILED

    async def test_nor_one_that_nobody_has_resumed(
        self, downloads: HeldDownloads, place: HolderPlace, hurry: None
    ) -> None:
        await downloads.start("a")
        await downloads.start("b")
        (before,) = holders(place.folder)
        before.kill()
        await no_holder(place)

        await downloads.cancel("a")
        await no_holder(place)

        assert [*on_disk(place)] == ["b"]

    async def test_watching_does_not_keep_it_and_sees_what_is_left(
        self, downloads: HeldDownloads, place: HolderPlace, hurry: None
    ) -> None:
        await downloads.start("a")
        async with aclosing(downloads.watch()) as changes, asyncio.timeout(30):
            await anext(changes)
            await half_way(downloads, "a")
            await downloads.start("tiny")
            await ended(downloads, "tiny")

            await downloads.pause("a")
            await no_holder(place)
            async for _ in changes:
                if states(downloads) == {"a": PullState.PAUSED} and downloads.history:
                    break

        assert [past.name for past in downloads.history] == ["tiny:latest"]
        assert not holders(place.folder)

    async def test_a_connection_that_asks_nothing_does_not_keep_it(
        self, place: HolderPlace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "_REQUEST_SECONDS", 0.1)
        monkeypatch.setattr(server, "_IDLE_SECONDS", 0.0)
        monkeypatch.setattr(server, "_TICK_SECONDS", 0.01)

        async with holder_here(place):
            await become_true(place.socket.exists)
            with socket.socket(socket.AF_UNIX) as silent:
                silent.connect(str(place.socket))

                await become_true(lambda: not place.socket.exists())


class TestAskingWhileItEnds:
    async def test_no_request_is_lost(
        self, open_client: OpenClient, emulator: Emulator, hurry: None
    ) -> None:
        async with AsyncExitStack() as running:
            opened = [await open_client() for _ in range(3)]
            await running.enter_async_context(asyncio.timeout(60))

            # Every few milliseconds one is asked for, so that each moment of an end is met.
            for asked in range(30):
                downloads = opened[asked % 3]
                pull = await downloads.start("absent")
                assert pull.name == "absent:latest"
                await asyncio.sleep(0.007 * (asked % 5))
            await reached(opened[0], "absent", lambda pull: pull.state is PullState.FAILED)

        assert bodies(emulator)

    async def test_a_lease_at_the_last_moment_keeps_it_within_reach(
        self,
        place: HolderPlace,
        url: str,
        open_client: OpenClient,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(server, "_REQUEST_SECONDS", 3600.0)
        monkeypatch.setattr(server, "_IDLE_SECONDS", 0.0)
        monkeypatch.setattr(server, "_TICK_SECONDS", 0.05)
        hide: Callable[[server.Holder], None] = server.Holder._hide
        target = target_of(url=url).to_json()
        request = to_line({"do": "lease", "server": target, "name": "a"})

        with socket.socket(socket.AF_UNIX) as late:

            def hide_too_late(holder: server.Holder) -> None:
                monkeypatch.setattr(server.Holder, "_hide", hide)
                late.connect(str(place.socket))
                late.sendall(request)
                hide(holder)

            monkeypatch.setattr(server.Holder, "_hide", hide_too_late)
            async with holder_here(place):
                downloads = await open_client()

                await told(downloads, lambda pulls: pulls)
                await downloads.start("b")

                assert states(downloads).keys() == {"a", "b"}

    async def test_a_request_that_comes_too_late_is_left_to_the_next_one(
        self, place: HolderPlace
    ) -> None:
        async with holder_here(place) as holder:
            await become_true(place.socket.exists)
            late = place.folder / "late.sock"
            async with await asyncio.start_unix_server(holder._serve, late):
                holder.end()
                reader, writer = await asyncio.open_unix_connection(late)

                assert await reader.read() == b""
                writer.close()


class TestWhatItOutlives:
    async def test_the_death_of_who_started_it_and_all_its_session(
        self, place: HolderPlace, url: str, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        async with program(place, target_of(url=url), "start and stay", "a") as starter:
            await said(starter)
            os.killpg(starter.pid, signal.SIGKILL)
            await starter.wait()

            emulator.registry.faults.clear()

            assert (await ended(downloads, "a")).state is PullState.DONE

    async def test_the_loss_of_a_terminal_and_ctrl_c(
        self, downloads: HeldDownloads, place: HolderPlace, emulator: Emulator
    ) -> None:
        await downloads.start("a")
        (holder,) = holders(place.folder)
        await half_way(downloads, "a")

        holder.send_signal(signal.SIGHUP)
        holder.send_signal(signal.SIGINT)
        emulator.registry.faults.clear()

        assert (await ended(downloads, "a")).state is PullState.DONE

    async def test_it_keeps_no_pipe_of_who_started_it(self, place: HolderPlace, url: str) -> None:
        async with program(place, target_of(url=url), "start", "a") as starter:
            assert await said(starter) == "a:latest"

            # The end of the pipe: nobody has it open any more.
            assert await said(starter) == ""

            assert len(holders(place.folder)) == 1

    async def test_it_has_nothing_of_who_started_it(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")

        (holder,) = holders(place.folder)

        assert os.getsid(holder.pid) != os.getsid(0)
        assert holder.terminal() is None
        assert holder not in psutil.Process().children(recursive=True)
        assert {file.path for file in holder.open_files()} == {str(place.lock)}
        assert holder.cwd() == "/"
