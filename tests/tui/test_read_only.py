"""Read-only mode: whatever is pressed, nothing leaves that changes a server or a download."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from ollama_tui.cli.demo_gpus import DemoSource
from ollama_tui.config import Settings
from ollama_tui.core.acts import ACTS, MOVES, Act, Panel
from ollama_tui.core.keys import key_sign
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.gpus import DemoGpus
from ollama_tui.demo.listener import listen
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.link import Link, Told
from ollama_tui.holder.place import HolderPlace
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.screens.inspect import InspectScreen
from ollama_tui.tui.screens.palette import PaletteScreen
from ollama_tui.tui.screens.pulling import PullingScreen
from tests.holder.holding import client_of, half_way, holder_here, target_of, told
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_keys import loud_keys

RUNNING, PAUSED, ABSENT = "qwen3:0.6b", "gemma3:1b", "nosuch:latest"
SERVER = "box:11434"
READS = {"GET", "HEAD"}
LOOKS = {"watch"}
"""What the holder may be asked."""
LEAVE = {"program.quit"}
"""The acts that end the program, which are tried last."""
BOUND = tuple(dict.fromkeys(key for act in (*ACTS, *MOVES) for key in act.keys))
DIALOG_KEYS = tuple(dict.fromkeys((*BOUND, "enter", "y", "n", "o", "left", "right", "1", "3")))
PANEL_KEYS = {Panel.MODELS: "1", Panel.RUNNING: "2", Panel.GPUS: "3", Panel.DOWNLOADS: "4"}


@dataclass
class Sent:
    """What the dashboard asked for, and which keys led to what it should not have."""

    requests: list[str] = field(default_factory=list)
    wishes: set[str] = field(default_factory=set)
    """What the holder was asked to do."""

    @property
    def changes(self) -> list[str]:
        """What could have changed something."""
        writes = [
            request
            for request in self.requests
            if request.split()[0] not in READS and request != "POST /api/show"
        ]
        return [*writes, *(self.wishes - LOOKS)]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Every request of the dashboard, to servers, registries and the holder."""
    sent = Sent()

    class Recording(EmulatorTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            sent.requests.append(f"{request.method} {request.url.path}")
            return await super().handle_async_request(request)

    lines = Link.lines

    async def recording(link: Link, request: Told) -> AsyncGenerator[Told, None]:
        sent.wishes.add(str(request["do"]))
        async with aclosing(lines(link, request)) as answers:
            async for answer in answers:
                yield answer

    monkeypatch.setattr("tests.tui.dashboard.EmulatorTransport", Recording)
    monkeypatch.setattr(Link, "lines", recording)
    return sent


@pytest.fixture
def place() -> Iterator[HolderPlace]:
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="h"))
    (folder / "run").mkdir(mode=0o700)
    environment = {"XDG_RUNTIME_DIR": str(folder / "run")}
    yield HolderPlace(folder / "state", "box", environment, run_user=folder / "none")
    shutil.rmtree(folder)


@pytest.fixture
async def tui(
    open_dashboard: Opener, emulator: Emulator, place: HolderPlace, sent: Sent
) -> AsyncIterator[Dashboard]:
    """A read-only dashboard with models, loaded ones and downloads of somebody else."""
    stall = PullFault(PullFaultKind.STALL, 0.5)
    emulator.registry.faults.update(dict.fromkeys((RUNNING, PAUSED), stall))

    def downloads(settings: Settings) -> HeldDownloads:
        target = target_of(url=settings.url, server=SERVER)
        return client_of(place, target, read_only=settings.read_only)

    async with (
        listen(emulator) as url,
        holder_here(place),
        client_of(place, target_of(url=url, server=SERVER)) as other,
    ):
        for name in (RUNNING, PAUSED, ABSENT):
            await other.start(name)
        await half_way(other, RUNNING, PAUSED)
        await other.pause(PAUSED)
        await told(other, lambda pulls: any(p.state is PullState.FAILED for p in pulls))
        sent.wishes.clear()
        gpus = DemoSource(DemoGpus(emulator))
        opener = replace(open_dashboard, downloads=downloads, gpus=gpus)
        async with opener(emulator, read_only=True, current_alias="current") as tui:
            await tui.shows("4 Downloads", RUNNING, PAUSED, ABSENT, "3 GPU")
            yield tui
        await other.cancel(RUNNING)
        await other.cancel(PAUSED)


async def stand_in(tui: Dashboard, panel: Panel) -> None:
    """Leave whatever is open, and go to a panel with a row under its cursor."""
    while len(tui.app.screen_stack) > 1:
        await tui.press("escape")
    while tui.app.view.is_typing or tui.app.view.filter or tui.app.view.marks:
        await tui.press("escape")
    tui.app.notice = None
    if tui.app.panel is not panel:
        await tui.press(PANEL_KEYS[panel])
    now = tui.app.situation
    rows = {
        Panel.MODELS: now.model,
        Panel.RUNNING: now.loaded,
        Panel.GPUS: tui.app.gpus,
        Panel.DOWNLOADS: now.pull,
    }
    assert rows[panel] is not None


async def done(tui: Dashboard) -> None:
    """Wait for the dialog that opens only once something is known."""

    def is_awaited() -> bool:
        works = any(one.group == "context" and not one.is_finished for one in tui.app.workers)
        return works and len(tui.app.screen_stack) == 1

    await tui.until(lambda: not is_awaited())


async def press_in_panel(tui: Dashboard, panel: Panel, sent: Sent, seen: set[type]) -> None:
    """Press each key in a panel, and in each dialog that opens thereby."""
    for key in BOUND:
        if key not in keys_of(LEAVE):
            await stand_in(tui, panel)
            await tui.press(key)
            await done(tui)
            assert sent.changes == [], f"{key} in {panel.value}"
            await press_in_dialog(tui, panel, sent, (key,), seen)


async def press_in_dialog(
    tui: Dashboard, panel: Panel, sent: Sent, path: tuple[str, ...], seen: set[type]
) -> None:
    """Press each key in the dialog that some keys opened, if it was not seen before."""
    opened = type(tui.app.screen)
    if not issubclass(opened, Dialog) or opened in seen:
        return
    seen.add(opened)
    for key in DIALOG_KEYS:
        if type(tui.app.screen) is not opened:
            await stand_in(tui, panel)
            await tui.press(*path)
            await done(tui)
        await tui.press(key)
        await done(tui)
        assert sent.changes == [], f"{' '.join((*path, key))} in {panel.value}"
        await press_in_dialog(tui, panel, sent, (*path, key), seen)


def keys_of(acts: set[str]) -> set[str]:
    return {key for act in ACTS if act.id in acts for key in act.keys}


async def test_no_key_of_the_program_sends_what_changes_anything(
    tui: Dashboard, sent: Sent
) -> None:
    seen: set[type] = set()

    for panel in Panel:
        await press_in_panel(tui, panel, sent, seen)
    await stand_in(tui, Panel.MODELS)
    await tui.polled_again()

    assert {PaletteScreen, PullingScreen, InspectScreen} <= seen
    assert {"GET /api/tags", "GET /api/ps", "POST /api/show"} <= set(sent.requests)
    assert sent.wishes == LOOKS
    assert await tui.leaves("q")
    assert sent.changes == []


async def test_no_act_of_the_palette_does_either(tui: Dashboard, sent: Sent) -> None:
    for act in ACTS:
        for panel in act.panels or (Panel.MODELS,):
            if act.in_palette and act.id not in LEAVE:
                await stand_in(tui, panel)
                await choose_in_palette(tui, act)

                assert not act.changes or tui.notice.startswith("Read-only mode"), act.id
                assert sent.changes == [], act.id


async def test_what_changes_something_is_dim_and_says_why_not(tui: Dashboard) -> None:
    for panel in Panel:
        await stand_in(tui, panel)
        loud = loud_keys(tui.strips[-1])
        for act in [act for act in ACTS if act.changes and act.works_in(panel)]:
            assert not loud & {key_sign(key) for key in act.keys}, act.id
            for key in act.keys:
                await stand_in(tui, panel)
                await tui.press(key)

                assert len(tui.app.screen_stack) == 1, act.id
                assert tui.notice.startswith("Read-only mode"), act.id


async def test_a_download_in_its_dialog_cannot_be_cancelled(tui: Dashboard) -> None:
    await stand_in(tui, Panel.DOWNLOADS)
    await tui.press("enter")
    await tui.shows(f"Pulling {RUNNING}", "esc close")
    assert "x cancel" not in tui.line_with("esc close")

    await tui.press("x")

    await tui.until(lambda: tui.notice.startswith("Read-only mode"))


async def choose_in_palette(tui: Dashboard, act: Act) -> None:
    """Find an act by its id in the palette, and do it."""
    await tui.press("colon")
    palette = tui.app.screen
    assert isinstance(palette, PaletteScreen)
    palette.field.value = act.id
    await tui.until(lambda: palette.acts_shown.selected == act.title)
    await tui.press("enter")
    await tui.until(lambda: tui.app.screen is not palette)
    await tui.pilot.pause(0.02)
