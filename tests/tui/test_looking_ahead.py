"""What is said of a download before it begins, and what is asked where it does not fit."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from ollama_tui.config import Settings
from ollama_tui.core import preflight as module
from ollama_tui.core.connection import Connection
from ollama_tui.core.model_folder import ModelFolders
from ollama_tui.core.preflight import Preflight
from ollama_tui.core.pulls import PullState
from ollama_tui.core.registries import Registries
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.demo.store import installed
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.tui.screens import pull as dialog
from tests.core.test_model_folder import folder_of_models
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_pulling import pulled, state_of

GB = 10**9
BIG, OTHER, SMALL = "big:latest", "other:latest", "small:latest"
ASKING = "asking the registry how large it is"
TOO_FULL = "Pull it though the disk is too full?"


@dataclass
class Asked(httpx.AsyncBaseTransport):
    """The emulator's registry, which answers once it may."""

    emulator: Emulator
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    times: int = 0
    is_down: bool = False
    was_left: bool = False
    """Whether who asked did not wait for the answer."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.times += 1
        if self.is_down:
            raise httpx.ConnectError("no route to host")
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.was_left = True
            raise
        return await EmulatorTransport(self.emulator).handle_async_request(request)


@dataclass
class Disk:
    """The disk of the model folder."""

    free: int = 100 * GB

    def left(self, folder: Path) -> int:
        return self.free


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    """A server with one model, whose registry has three more; the big one goes on for long."""
    models = {
        BIG: manifest("big", 40 * GB),
        OTHER: manifest("other", 30 * GB, ModelConfig(template="")),
        SMALL: manifest("small", 46_000_000),
        "llama:latest": manifest("llama", 2 * GB),
    }
    llama = installed("llama", 2 * GB, config=ModelConfig(template=""))
    return Emulator([llama], Registry(models, 84e6), now=clock.now, sleep=clock.sleep)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def registry(emulator: Emulator) -> Asked:
    asked = Asked(emulator)
    asked.may_answer.set()
    return asked


@pytest.fixture
def folder(tmp_path: Path, emulator: Emulator) -> Path:
    (model,) = emulator.store.models
    written = {"registry.ollama.ai/library/llama/latest": model.modified_at.timestamp()}
    return folder_of_models(tmp_path / "models", written, *emulator.store.blobs)


@pytest.fixture
def open_dashboard(open_dashboard: Opener, disk: Disk, registry: Asked, folder: Path) -> Opener:
    """Opens dashboards that ask the registry and look at the disk."""

    def look(settings: Settings, connection: Connection, service: OllamaService) -> Preflight:
        registries = Registries(registry) if settings.preflight else None
        return Preflight(connection, registries, service, ModelFolders(lambda: [folder], disk.left))

    return replace(open_dashboard, preflight=look)


async def ask_for(tui: Dashboard, name: str) -> None:
    """Write a name into the dialog and press Enter."""
    await tui.press("p")
    await tui.type(name)
    await tui.press("enter")


def box(tui: Dashboard, title: str) -> list[str]:
    """The lines of a dialog."""
    top = next(index for index, line in enumerate(tui.lines) if title in line)
    left = tui.lines[top].index("╭─ ")
    lines = tui.lines[top + 1 :]
    end = next(index for index, line in enumerate(lines) if line[left : left + 1] == "╰")
    return [line[left + 1 :].split("│")[0].strip() for line in lines[:end]]


def words_of(line: str) -> str:
    """A line without the blanks that align it."""
    return " ".join(line.split())


class TestBeforeItIsAskedFor:
    async def test_a_name_that_rests_says_what_it_would_fetch_and_another_takes_its_place(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("p")
            await tui.type("big")
            await tui.shows("fetch  40.0 GB · nothing of it is here yet", "60.0 GB after it")
            assert "at least 37.3 GiB of weights" in tui.text

            await tui.type("gest")
            await tui.shows("the registry knows no such model or tag")
            assert "40.0 GB" not in tui.text

            registry.is_down = True
            await tui.type("s")
            await tui.shows("its size cannot be learnt")
            assert not pulled(emulator)

    async def test_one_that_is_chosen_in_the_list_counts_and_what_is_installed_says_so(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked
    ) -> None:
        registry.may_answer.clear()
        async with open_dashboard(emulator) as tui:
            await tui.press("p")
            await tui.type("llam")
            await tui.shows(ASKING)
            await tui.press("down")
            await tui.shows("installed · pulling it updates it", ASKING)

            await tui.press("enter")

            await tui.shows("─ Pulling llama:latest ─")
            registry.may_answer.set()
            await tui.until(lambda: pulled(emulator) == ["llama:latest"])

    async def test_nobody_asks_where_that_is_switched_off(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked
    ) -> None:
        async with open_dashboard(emulator, preflight=False) as tui:
            await tui.press("p")
            await tui.type("llama")

            await tui.shows("installed · pulling it updates it")
            assert not registry.times


class TestWhatIsSaid:
    async def test_that_the_registry_is_asked_then_what_is_fetched_and_what_stays_free(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked
    ) -> None:
        registry.may_answer.clear()
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows(f"─ Pulling {BIG} ─", ASKING)
            assert not pulled(emulator)

            registry.may_answer.set()

            await tui.shows("of 40.0 GB")
            *_, fetch, disk, memory, context, _ = box(tui, f"─ Pulling {BIG} ─")
            assert words_of(fetch) == "fetch 40.0 GB · nothing of it is here yet"
            assert words_of(disk) == "disk 100 GB free · 60.0 GB after it"
            assert words_of(memory) == "memory at least 37.3 GiB of weights"
            assert context == "its context comes on top"
            assert ASKING not in tui.text

    async def test_where_the_memory_is_known_it_says_who_would_have_to_go(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.app.free_vram = 3 * 2**30
            await tui.press("l")
            await tui.until(lambda: tui.app.running)
            await ask_for(tui, BIG)

            words = "llama:latest would go, a part be on the CPU"
            await tui.shows("GiB of weights · 3.0 GiB free", words)

    async def test_a_model_that_is_partly_here_says_so(
        self, open_dashboard: Opener, emulator: Emulator, folder: Path
    ) -> None:
        digest = manifest("big", 40 * GB).layers[0].digest
        partial = folder / "blobs" / f"{digest.replace(':', '-')}-partial"
        partial.touch()
        os.truncate(partial, 40 * GB)
        part = f'{{"N":0,"Offset":0,"Size":{40 * GB},"Completed":{10 * GB}}}'
        partial.with_name(f"{partial.name}-0").write_text(part)
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)

            await tui.shows("30.0 GB · 10.0 GB of it are here already", "70.0 GB after it")

    async def test_of_a_whole_model_nothing_is_fetched(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        # What ends at once would be gone before it is read.
        emulator.registry.faults["llama:latest"] = PullFault(PullFaultKind.STALL, 1.0)
        model = emulator.registry.manifest(emulator.store.models[0].name, insecure=False)
        async with open_dashboard(emulator) as tui:
            emulator.store.blobs.update(layer.digest for layer in model.layers)
            await ask_for(tui, "llama")

            await tui.until(lambda: "llama:latest" in tui.app.forecasts)
            assert not tui.app.forecasts["llama:latest"].to_fetch

    async def test_bytes_that_other_downloads_will_take_are_not_free(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows("of 40.0 GB")
            await tui.press("escape")
            await ask_for(tui, OTHER)

            await tui.shows(f"─ Pulling {OTHER} ─", "100 GB free")
            promised = tui.app.forecasts[OTHER].promised
            assert 30 * GB < promised < 40 * GB
            assert "GB after it" in tui.line_with("disk ")
            assert "70.0 GB after it" not in tui.text

    @pytest.mark.parametrize(
        ("size", "fetch", "room"),
        [
            ((80, 24), "40.0 GB · nothing of it is here yet", "100 GB free · 60.0 GB after it"),
            ((40, 12), "40.0 GB · nothing of i…", "100 GB free · 60.0 GB …"),
        ],
    )
    async def test_on_a_small_screen_what_is_too_long_ends_in_an_ellipsis(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        size: tuple[int, int],
        fetch: str,
        room: str,
    ) -> None:
        async with open_dashboard(emulator, size=size) as tui:
            await ask_for(tui, BIG)
            await tui.shows("of 40.0 GB")

            fetched, disk = box(tui, "─ Pulling big")[5:7]
            assert fetched.removeprefix("fetch").strip() == fetch
            assert disk.removeprefix("disk").strip() == room


class TestTooLittleSpace:
    async def test_it_is_asked_with_the_numbers_and_enter_sends_nothing(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk
    ) -> None:
        disk.free = 25 * GB
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows(TOO_FULL, BIG, "fetch", "40.0 GB", "25.0 GB free", "15.0 GB too few")

            await tui.press("enter")

            await tui.hides(TOO_FULL)
            assert "Pulling" not in tui.text
            assert not pulled(emulator)
            assert not tui.app.pulls

    @pytest.mark.parametrize("key", ["n", "escape", "q", "ctrl+c"])
    async def test_nor_does_any_other_way_out(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk, key: str
    ) -> None:
        disk.free = 0
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows(TOO_FULL)

            await tui.press(key)

            await tui.hides(TOO_FULL)
            assert not pulled(emulator)
            assert not tui.app._exit

    async def test_a_yes_pulls_it_and_shows_it(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk
    ) -> None:
        disk.free = 25 * GB
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows(TOO_FULL)

            await tui.press("y")

            await tui.shows(f"─ Pulling {BIG} ─", "of 40.0 GB", "15.0 GB too few")
            await tui.until(lambda: pulled(emulator) == [BIG])

    async def test_it_does_not_fit_beside_another_download(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk
    ) -> None:
        disk.free = 60 * GB
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows("of 40.0 GB")
            await tui.press("escape")
            await ask_for(tui, OTHER)

            await tui.shows(TOO_FULL, "60.0 GB free", "GB too few")
            await tui.until(lambda: pulled(emulator) == [BIG])

    @pytest.mark.parametrize("size", [(80, 24), (40, 12)])
    async def test_what_is_lacking_is_seen_on_a_small_screen(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk, size: tuple[int, int]
    ) -> None:
        disk.free = 25 * GB
        async with open_dashboard(emulator, size=size) as tui:
            await ask_for(tui, BIG)

            await tui.shows("Pull it though", BIG, "40.0 GB", "15.0 GB too few", "n no", "y pull")

    async def test_who_has_closed_the_dialog_is_told_and_not_asked_amid_other_keys(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk, registry: Asked
    ) -> None:
        disk.free = 25 * GB
        registry.may_answer.clear()
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows(ASKING)
            await tui.press("escape", "p")
            await tui.type("gr")
            registry.may_answer.set()
            await tui.until(lambda: BIG in tui.app.forecasts)
            await tui.type("y")

            await tui.shows("Pull a model", "gry")
            await tui.press("escape")
            await tui.shows(f"{BIG} is not pulled", "15.0 GB too few")
            assert not pulled(emulator)


class TestWhileItIsAsked:
    async def test_x_pulls_nothing(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked
    ) -> None:
        registry.may_answer.clear()
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows(ASKING)

            await tui.press("x")

            await tui.shows(f"{BIG} is not pulled")
            await tui.until(lambda: registry.was_left)
            assert not pulled(emulator)
            assert not tui.app.pulls

    async def test_escape_lets_it_go_on(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked
    ) -> None:
        registry.may_answer.clear()
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.shows(ASKING)
            await tui.press("escape")
            await tui.hides(ASKING)

            registry.may_answer.set()

            await tui.shows("4 Downloads", BIG)
            await tui.until(lambda: pulled(emulator) == [BIG])

    async def test_the_failure_of_the_last_time_is_not_shown_for_this_one(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked
    ) -> None:
        emulator.registry.faults[BIG] = PullFault(PullFaultKind.ERROR, 0.001, "no space left")
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, BIG)
            await tui.until(lambda: state_of(tui, BIG) is PullState.FAILED)
            await tui.press("escape")
            emulator.registry.faults.clear()
            registry.may_answer.clear()

            await ask_for(tui, BIG)

            await tui.shows(ASKING, "x cancel")
            assert "Failed" not in "".join(box(tui, f"─ Pulling {BIG} ─"))
            await tui.press("x")
            await tui.shows(f"{BIG} is not pulled")
            assert len(pulled(emulator)) == 1


class TestWhoIsAsked:
    async def test_nobody_while_one_types(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        registry: Asked,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(dialog, "_REST_SECONDS", 60)
        async with open_dashboard(emulator) as tui:
            await tui.press("p")
            await tui.type(BIG)
            await tui.press("down", "up", "tab")
            await tui.polled_again()
            assert not registry.times
            assert not [one for one in emulator.requests if one.path.startswith("/api/blobs")]

            await tui.press("enter")

            await tui.until(lambda: registry.times)

    async def test_nobody_at_all_where_that_is_switched_off(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked
    ) -> None:
        async with open_dashboard(emulator, preflight=False) as tui:
            await ask_for(tui, SMALL)

            await tui.shows(f"Pulled {SMALL}")
            assert not registry.times
            assert not [one for one in emulator.requests if one.path.startswith("/api/blobs")]

    async def test_a_registry_that_cannot_be_asked_blocks_nothing(
        self, open_dashboard: Opener, emulator: Emulator, registry: Asked, disk: Disk
    ) -> None:
        registry.is_down, disk.free = True, 0
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, SMALL)

            await tui.shows(f"Pulled {SMALL}")
            assert registry.times

    async def test_nor_does_a_silent_one(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        registry: Asked,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # Long enough for the question to be out, which takes most of a second at its first time.
        monkeypatch.setattr(module, "_ASKING_SECONDS", 1.0)
        registry.may_answer.clear()
        async with open_dashboard(emulator) as tui:
            await ask_for(tui, SMALL)

            await tui.shows(f"Pulled {SMALL}")
            assert registry.was_left
