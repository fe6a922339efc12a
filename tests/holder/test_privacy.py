"""Nobody but its own user is served by the holder, and nobody else reads what it writes."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.errors import OllamaTuiError, Refused
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder import link, server
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace, own_uid
from tests.holder.holding import (
    OpenClient,
    become_true,
    bodies,
    client_of,
    ended,
    half_way,
    holder_here,
    target_of,
)
from tests.holders import end_holders, holders

KEY = "sk-s3cr3t-of-the-proxy"


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A user who lets everybody read everything."""
    before = os.umask(0)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


class TestAnotherUser:
    async def test_is_sent_away_without_a_word(
        self, place: HolderPlace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "peer_uid", lambda connection: own_uid() + 1)

        async with holder_here(place):
            await become_true(place.socket.exists)
            reader, writer = await asyncio.open_unix_connection(place.socket)

            assert await reader.read() == b""
            writer.close()

    async def test_gets_nothing_done(
        self, place: HolderPlace, url: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "peer_uid", lambda connection: own_uid() + 1)
        monkeypatch.setattr(link, "_START_SECONDS", 0.3)

        async with holder_here(place), client_of(place, target_of(url=url)) as downloads:
            with pytest.raises(OllamaTuiError, match="does not answer"):
                await downloads.start("a")

        assert not bodies(emulator)

    async def test_where_nobody_says_who_it_is_the_socket_s_mode_must_do(
        self, place: HolderPlace, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "peer_uid", lambda connection: None)
        downloads = await open_client()

        async with holder_here(place):
            assert (await downloads.start("a")).name == "a:latest"

    async def test_who_listens_in_our_place_is_told_nothing(
        self, place: HolderPlace, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(link, "peer_uid", lambda connection: own_uid() + 1)
        monkeypatch.setattr(link, "_START_SECONDS", 0.3)
        heard: list[bytes] = []

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b'{"protocol": 1, "version": "9", "pid": 1, "outlives_logout": true}\n')
            heard.append(await reader.read())
            writer.close()

        place.prepare()
        async with (
            await asyncio.start_unix_server(listen, place.socket),
            client_of(place, target_of(url=url, key=KEY)) as downloads,
        ):
            with pytest.raises(OllamaTuiError, match="does not answer"):
                await downloads.start("a")

        assert set(heard) <= {b""}

    async def test_starts_nothing_in_this_one_s_state_folder(
        self, place: HolderPlace, url: str, emulator: Emulator
    ) -> None:
        place.prepare()
        somebody_else = replace(place, uid=own_uid() + 1)

        async with client_of(somebody_else, target_of(url=url)) as downloads:
            with pytest.raises(Refused, match=r"belongs to another user\. Run it without sudo -E"):
                await downloads.start("a")

        assert not bodies(emulator)
        assert list(place.folder.iterdir()) == []


class TestItsFiles:
    async def test_its_socket_is_its_user_s_alone(
        self, downloads: HeldDownloads, place: HolderPlace, open_umask: None
    ) -> None:
        await downloads.start("a")

        assert _mode(place.socket) == 0o600

    async def test_so_are_lock_downloads_and_log(
        self, downloads: HeldDownloads, place: HolderPlace, open_umask: None
    ) -> None:
        place.prepare()
        place.journal.write_text("damaged, so that the log is written")

        await downloads.start("a")

        assert _mode(place.folder) == 0o700
        assert {path.name: _mode(path) for path in (place.lock, place.journal, place.log)} == {
            "holder-box.lock": 0o600,
            "downloads-box.json": 0o600,
            "holder-box.log": 0o600,
        }


class TestTheKey:
    async def test_it_travels_to_the_server(
        self, open_client: OpenClient, emulator: Emulator
    ) -> None:
        downloads = await open_client(key=KEY)

        await downloads.start("a")
        await half_way(downloads, "a")

        assert emulator.requests[-1].headers["authorization"] == f"Bearer {KEY}"

    async def test_it_is_nowhere_on_the_disk(
        self, open_client: OpenClient, emulator: Emulator, place: HolderPlace, url: str
    ) -> None:
        secret = url.replace("http://", "http://user:pa55@")
        downloads = await open_client(url=secret, key=KEY)
        for name in ("a", "tiny", "absent"):
            await downloads.start(name)
        await ended(downloads, "tiny")
        await ended(downloads, "absent")
        end_holders(place.folder)

        written = b"".join(path.read_bytes() for path in place.folder.iterdir())

        assert b"tiny" in written
        assert KEY.encode() not in written
        assert b"pa55" not in written

    async def test_nor_in_the_list_of_processes(
        self, open_client: OpenClient, place: HolderPlace
    ) -> None:
        downloads = await open_client(key=KEY)
        await downloads.start("a")

        (holder,) = holders(place.folder)

        assert KEY not in " ".join(holder.cmdline())
        assert KEY not in holder.environ().values()

    async def test_a_new_one_is_used_from_the_next_try_on(
        self, open_client: OpenClient, emulator: Emulator
    ) -> None:
        before, after = await open_client(key="old"), await open_client(key="new")
        await before.start("a")
        await half_way(before, "a")
        await after.pause("a")

        await after.resume("a")
        await become_true(lambda: len(bodies(emulator)) == 2)

        keys = [request.headers["authorization"] for request in emulator.requests]
        assert keys == ["Bearer old", "Bearer new"]
