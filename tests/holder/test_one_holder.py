"""Of all who ask at once, one starts the holder; what a dead one left is in nobody's way."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder import link, start
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace, read_socket
from ollama_tui.holder.sockets import bind
from tests.holder.holding import (
    OpenClient,
    become_true,
    bodies,
    client_of,
    ended,
    states,
    target_of,
    told,
)
from tests.holder.program import program, said
from tests.holders import holders


class TestStarting:
    async def test_the_first_download_starts_it(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        pull = await downloads.start("tiny")

        assert pull.name == "tiny:latest"
        assert len(holders(place.folder)) == 1
        assert (await ended(downloads, "tiny")).state is PullState.DONE

    @pytest.mark.parametrize("turn", range(2))
    @pytest.mark.parametrize("clients", [2, 6])
    async def test_many_who_start_it_at_once_make_one(
        self, open_client: OpenClient, place: HolderPlace, clients: int, turn: int
    ) -> None:
        opened = [await open_client() for _ in range(clients)]

        await asyncio.gather(*(one.start("abcd"[turn]) for one in opened))

        assert len(holders(place.folder)) == 1
        for one in opened:
            await told(one, lambda pulls: len(pulls) == 1)

    async def test_so_do_many_programs(self, place: HolderPlace, url: str) -> None:
        async with AsyncExitStack() as running:
            processes = [
                await running.enter_async_context(
                    program(place, target_of(url=url), "start and stay", name)
                )
                for name in ("a", "b", "c", "d")
            ]

            assert [await said(process) for process in processes] == [
                "a:latest",
                "b:latest",
                "c:latest",
                "d:latest",
            ]
            assert len(holders(place.folder)) == 1

    async def test_many_who_start_it_while_the_one_before_ends_make_one(
        self, open_client: OpenClient, place: HolderPlace
    ) -> None:
        opened = [await open_client() for _ in range(6)]
        await opened[0].start("a")
        (before,) = holders(place.folder)

        before.terminate()
        await asyncio.gather(*(one.start("b") for one in opened))
        await become_true(lambda: before not in holders(place.folder))
        # The one before may have answered all, as its last deed.
        await asyncio.gather(*(one.start("b") for one in opened))

        assert len(holders(place.folder)) == 1

    async def test_one_that_dies_whenever_it_is_started_is_told_in_words(
        self, place: HolderPlace, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(link, "_START_SECONDS", 0.5)
        monkeypatch.setattr(start, "_way_in", lambda: ["-c", "import os; os._exit(0)"])

        async with client_of(place, target_of(url=url)) as downloads:
            with pytest.raises(OllamaTuiError, match=r"does not answer.*holder-box\.log"):
                await downloads.start("a")

    async def test_one_that_cannot_even_begin_is_told_in_words(
        self,
        place: HolderPlace,
        url: str,
        emulator: Emulator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(start, "_way_in", lambda: ["-c", "raise SystemExit(1)"])

        async with client_of(place, target_of(url=url)) as downloads:
            with pytest.raises(OllamaTuiError, match=r"ended at once.*holder-box\.log"):
                await downloads.start("a")

        assert not place.socket.exists()
        assert not bodies(emulator)


class TestWhatADeadOneLeft:
    async def test_its_socket_is_replaced(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        bind(place.socket).close()

        await downloads.start("a")

        assert len(holders(place.folder)) == 1

    async def test_a_file_in_the_place_of_the_socket_is_replaced(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        place.socket.write_text("no socket")

        await downloads.start("a")

        assert place.socket.is_socket()

    @pytest.mark.parametrize("text", ["4711", '{"socket": "/no/such.sock"}'])
    async def test_its_lock_is_taken_over(
        self, downloads: HeldDownloads, place: HolderPlace, text: str
    ) -> None:
        place.prepare()
        place.lock.write_text(text)

        await downloads.start("a")

        assert read_socket(place.lock) == place.socket

    async def test_a_lock_that_names_a_dead_socket_is_taken_over(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        place.prepare()
        bind(place.folder / "dead.sock").close()
        place.lock.write_text(json.dumps({"socket": str(place.folder / "dead.sock")}))

        await downloads.start("a")

        assert read_socket(place.lock) == place.socket


class TestAVanishedFolder:
    async def test_without_its_runtime_folder_it_listens_elsewhere_and_is_found(
        self, downloads: HeldDownloads, place: HolderPlace, open_client: OpenClient
    ) -> None:
        await downloads.start("a")
        before = holders(place.folder)
        runtime = place.socket.parent

        shutil.rmtree(runtime)
        await become_true(lambda: read_socket(place.lock) != runtime / place.socket.name)
        later = await open_client()
        await later.start("b")

        assert holders(place.folder) == before
        assert sorted(states(later)) == ["a", "b"]

    async def test_when_its_runtime_folder_is_back_it_is_still_found(
        self, downloads: HeldDownloads, place: HolderPlace, open_client: OpenClient
    ) -> None:
        await downloads.start("a")
        before = holders(place.folder)
        runtime = place.socket.parent
        shutil.rmtree(runtime)
        await become_true(lambda: read_socket(place.lock) != runtime / place.socket.name)

        runtime.mkdir(mode=0o700)
        later = await open_client()
        await later.start("b")

        assert holders(place.folder) == before

    async def test_a_socket_that_somebody_removed_is_made_anew(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        await downloads.start("a")
        before = holders(place.folder)

        place.socket.unlink()
        await downloads.start("b")

        assert holders(place.folder) == before

    async def test_a_state_folder_that_somebody_cleared_leaves_it_the_only_one(
        self, place: HolderPlace, url: str
    ) -> None:
        # Without a runtime folder the socket goes, too.
        bare = replace(place, environment={})
        place.socket.parent.rmdir()
        async with client_of(bare, target_of(url=url)) as downloads:
            await downloads.start("a")
            (before,) = holders(place.folder)

            shutil.rmtree(place.folder)
            await become_true(lambda: read_socket(place.lock) is not None)
            await downloads.start("b")

            assert holders(place.folder) == [before]
            assert sorted(states(downloads)) == ["a", "b"]

    async def test_one_whose_lock_another_has_leaves_it_to_that_one(
        self, place: HolderPlace, url: str
    ) -> None:
        async with client_of(place, target_of(url=url)) as downloads:
            await downloads.start("a")
            (before,) = holders(place.folder)

            place.lock.unlink()
            place.socket.unlink()
            start.start_holder(place)
            await become_true(lambda: before not in holders(place.folder))
            await downloads.start("b")

            assert len(holders(place.folder)) == 1


class TestALongPath:
    async def test_a_state_folder_that_is_too_deep_for_a_socket_is_no_hindrance(
        self, place: HolderPlace, url: str, monkeypatch: pytest.MonkeyPatch, hurry: None
    ) -> None:
        short = place.folder.parent / "tmp"
        short.mkdir()
        monkeypatch.setenv("TMPDIR", str(short))
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        names = {"TMPDIR": str(short)}
        deep = replace(place, state=place.state / ("s" * 90), environment=names)

        async with client_of(deep, target_of(url=url)) as downloads:
            await downloads.start("tiny")
            found = read_socket(deep.lock)
            pull = await ended(downloads, "tiny")

        assert found is not None
        assert found.parent.parent == short
        assert pull.state is PullState.DONE
        await become_true(lambda: not found.exists())

    async def test_where_no_path_is_short_enough_it_is_told_in_words(
        self, place: HolderPlace, url: str, emulator: Emulator
    ) -> None:
        names = {"TMPDIR": str(place.folder.parent / ("t" * 90))}
        deep = replace(place, state=place.state / ("s" * 90), environment=names)

        async with client_of(deep, target_of(url=url)) as downloads:
            with pytest.raises(OllamaTuiError, match="too long"):
                await downloads.start("a")

        assert not bodies(emulator)
