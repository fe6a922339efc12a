"""Downloads of the holder heal by themselves, and their end is told to the user's command."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.holder.holding import (
    OpenClient,
    become_true,
    bodies,
    client_of,
    ended,
    half_way,
    no_holder,
    reached,
    target_of,
)
from tests.holder.program import program, said

pytestmark = pytest.mark.usefixtures("forked_holders")

CALLED = """
import json, os, sys
names = ("MODEL", "OUTCOME", "BYTES", "SERVER", "FAILURE")
told = [os.environ["OLLAMA_TUI_" + name] for name in names]
open(sys.argv[1] + ".new", "w").write(json.dumps([*told, os.environ.get("OLLAMA_API_KEY")]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
"""


class TestHealing:
    async def test_what_stalls_is_asked_for_again(
        self, open_client: OpenClient, emulator: Emulator
    ) -> None:
        downloads = await open_client(stall_seconds=0.3)
        await downloads.start("a")

        broken = await reached(downloads, "a", lambda pull: pull.attempt > 1)
        emulator.registry.faults.clear()
        pull = await ended(downloads, "a")

        assert broken.state is PullState.RETRYING
        assert broken.note.startswith("stalled at ")
        assert pull.state is PullState.DONE
        assert pull.fetched <= pull.total
        assert len(bodies(emulator)) >= 2

    async def test_it_heals_while_nobody_looks(
        self, open_client: OpenClient, emulator: Emulator, place: HolderPlace, hurry: None
    ) -> None:
        downloads = await open_client(stall_seconds=0.3)
        await downloads.start("a")
        await become_true(lambda: len(bodies(emulator)) == 2)

        emulator.registry.faults.clear()
        await no_holder(place)

        assert {model.name.shown for model in emulator.store.models} == {"a:latest"}

    async def test_a_server_that_goes_away_and_comes_back_is_asked_again(
        self, place: HolderPlace, emulator: Emulator
    ) -> None:
        async with listen(emulator) as url:
            downloads = client_of(place, target_of(url=url))
            async with downloads:
                await downloads.start("a")
                await half_way(downloads, "a")
                kept = (await reached(downloads, "a", lambda pull: True)).completed
        away = await reached(downloads, "a", lambda pull: pull.state is PullState.RETRYING)
        emulator.registry.faults.clear()

        async with listen(emulator, int(url.rpartition(":")[2])):
            pull = await ended(downloads, "a")

        assert away.completed >= kept
        assert pull.state is PullState.DONE
        assert pull.fetched <= pull.total

    async def test_what_cannot_mend_fails_in_words(
        self, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        full = "write /models/blobs/a: no space left on device"
        emulator.registry.faults["a:latest"] = PullFault(PullFaultKind.ERROR, 0.5, full)
        await downloads.start("a")

        pull = await ended(downloads, "a")

        assert pull.state is PullState.FAILED
        assert pull.failure.startswith("The server's disk is full.")
        assert pull.attempt == 1


class TestTheUserSCommand:
    @pytest.fixture
    def note(self, tmp_path: Path) -> Path:
        """Where the command writes what it was told."""
        return tmp_path / "note"

    async def test_it_is_run_by_the_holder_though_who_asked_is_gone(
        self, place: HolderPlace, url: str, note: Path, emulator: Emulator
    ) -> None:
        command = (sys.executable, "-c", CALLED, str(note))
        target = target_of(url=url, on_end=command, key="s3cr3t")
        async with program(place, target, "start", "a") as other:
            await said(other)
            await other.wait()

        emulator.registry.faults.clear()
        await become_true(note.exists)

        assert _told(note) == ["a:latest", "finished", str(60 * 2**20), url, "", None]

    async def test_it_is_told_of_a_failure(
        self, open_client: OpenClient, note: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(os.environ, "OLLAMA_API_KEY", "s3cr3t")
        downloads = await open_client(on_end=(sys.executable, "-c", CALLED, str(note)))

        await downloads.start("absent")
        await become_true(note.exists)

        *_, failure, key = _told(note)
        assert str(failure).startswith("The registry has no such model or tag.")
        assert key is None

    async def test_the_failure_of_one_that_was_only_leased_is_not_told(
        self, open_client: OpenClient, note: Path
    ) -> None:
        downloads = await open_client(on_end=(sys.executable, "-c", CALLED, str(note)))

        async for _ in downloads.lease("absent"):
            pass
        await downloads.start("tiny")
        await become_true(note.exists)

        assert _told(note)[0] == "tiny:latest"

    async def test_one_that_cannot_be_run_harms_nothing(
        self, open_client: OpenClient, place: HolderPlace
    ) -> None:
        downloads = await open_client(on_end=("/no/such/command",))
        await downloads.start("tiny")

        assert (await ended(downloads, "tiny")).state is PullState.DONE
        await become_true(place.log.exists)
        await become_true(lambda: "/no/such/command" in place.log.read_text())


def _told(note: Path) -> list[str | None]:
    """What the command was told: model, outcome, bytes, server, failure, and the key."""
    told: list[str | None] = json.loads(note.read_text())
    return told
