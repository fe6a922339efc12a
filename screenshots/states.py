"""The main states of the dashboard, each the same at every run: a fixed clock, a fixed library."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from ollama_tui.cli.demo_disk import DemoDisk
from ollama_tui.cli.demo_gpus import DemoSource
from ollama_tui.config import Settings, demo_paths
from ollama_tui.core.connection import Connection
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.hosts import DEFAULT_URL
from ollama_tui.core.layers import PullProgress
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.machine import Machine
from ollama_tui.core.model_disk import ModelDisk
from ollama_tui.core.models import ServerState
from ollama_tui.core.pulls import Pull
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.gpus import DemoGpus
from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.tui.app import OllamaTuiApp
from ollama_tui.tui.parts import Parts
from ollama_tui.tui.screens.main import MainScreen

MOMENT = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
CURRENT = "qwen2.5:14b"
Step = Callable[[OllamaTuiApp, Pilot[None], Emulator], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class State:
    """A state worth a picture."""

    name: str
    size: tuple[int, int]
    """Columns and lines."""
    step: Step
    """What leads to it, once the models are on screen."""


def build_app(folder: Path, *, on_machine: bool = False) -> tuple[OllamaTuiApp, Emulator]:
    """The dashboard on the demo's server, its files in that folder, and that server.

    Args:
        on_machine: whether it also looks at the GPUs and the disk of the demo.
    """
    clock = FastClock(MOMENT, pause=0.001)
    emulator = demo_emulator(clock.now, clock.sleep)
    connection = Connection(DEFAULT_URL, transport=EmulatorTransport(emulator))
    settings = Settings(demo_paths(folder), machine="gpu-box-3")

    def seconds() -> float:
        return clock.now().timestamp()

    parts = Parts(
        OllamaService(connection, seconds),
        LocalDownloads(connection),
        machine=_machine(emulator) if on_machine else Machine(),
    )
    return OllamaTuiApp(settings, lambda: parts, clock=seconds), emulator


async def reach(state: State, pilot: Pilot[None], emulator: Emulator) -> None:
    """Bring a running dashboard into a state."""
    app = pilot.app
    assert isinstance(app, OllamaTuiApp)
    await until(pilot, lambda: app.library is not None and app.server.version)
    assert app.library is not None
    name = CurrentModel(app.settings.paths.current, app.settings.server_key).choose(
        CURRENT, app.library
    )
    app.current = name
    screen = app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    screen.models.move_to(CURRENT)
    await until(pilot, lambda: app.details is not None and app.fit is not None)
    # Why a model is on the CPU is looked for after the first answers.
    await until(pilot, lambda: app.insights.causes)
    await state.step(app, pilot, emulator)
    await pilot.pause()


async def until(pilot: Pilot[None], predicate: Callable[[], object]) -> None:
    """Let the application work until something holds."""
    while not predicate():
        await pilot.pause(0.01)


async def as_it_is(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """Models, details and what is loaded, two models marked."""
    app.view = app.view.marked("phi4:14b").marked("smollm2:135m")


async def pulling(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """Two downloads, one of them in its dialog."""
    await as_it_is(app, pilot, emulator)
    app.pulls = (_half_way("llama3.3:70b", 42.5e9, 0.61), _stalled("qwen3:32b", 20.2e9, 0.12))
    await pilot.pause()
    await app.action_act("panel.downloads")
    await app.action_act("pull.show")
    await until(pilot, lambda: len(app.screen_stack) > 1)


async def asking(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """The dialog that asks what to pull."""
    await as_it_is(app, pilot, emulator)
    await pilot.press("p", *"qwen3")


async def down(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """The server has gone."""
    await as_it_is(app, pilot, emulator)
    emulator.faults["*"] = Fault(unreachable=True)
    app.refresh_now()
    await until(pilot, lambda: app.server.state is ServerState.DOWN)
    await until(pilot, lambda: app.stale_as_of is not None)


async def helping(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """The list of keys."""
    await pilot.press("question_mark")


async def filtering(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """A filter as it is typed."""
    await pilot.press("slash", *"qwen")


_WIDE, _NARROW = (120, 40), (80, 24)
STATES = tuple(
    State(f"{name}-{size[0]}", size, step)
    for name, step in (
        ("main", as_it_is),
        ("pull", asking),
        ("pulling", pulling),
        ("down", down),
        ("help", helping),
        ("filter", filtering),
    )
    for size in (_WIDE, _NARROW)
)


def _machine(emulator: Emulator) -> Machine:
    return Machine(ModelDisk(DemoDisk(emulator)), DemoSource(DemoGpus(emulator)))


def _half_way(name: str, size: float, share: float) -> Pull:
    pull, total, start = Pull(name, 0), int(size), int(size * share) - 672_000_000
    for tick in range(17):
        done = start + tick * 42_000_000
        pull = pull.advanced(PullProgress("pulling", name, total, done), tick / 2)
    return pull


def _stalled(name: str, size: float, share: float) -> Pull:
    pull = Pull(name, 0).advanced(PullProgress("pulling", name, int(size), int(size * share)), 1)
    return pull.at(60)
