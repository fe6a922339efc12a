from __future__ import annotations

from pathlib import Path

import pytest
from textual._compositor import Compositor

from ollama_tui.config import Settings, demo_paths
from ollama_tui.core.current import CurrentModel
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.library import demo_emulator
from ollama_tui.tui import polls
from tests.tui.dashboard import POLL_SECONDS, Opener


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "LIBRARY_SECONDS", POLL_SECONDS)
    monkeypatch.setattr(polls, "GPU_SECONDS", POLL_SECONDS)
    monkeypatch.setattr("ollama_tui.tui.polls.PROGRESS_SECONDS", 0.03)
    monkeypatch.setattr("ollama_tui.tui.acts.models._REST_SECONDS", 0.03)
    # Fewer lines of a pull, so that what runs beside the keys leaves them the processor.
    monkeypatch.setattr("ollama_tui.demo.pulls.TICK", 0.15)


@pytest.fixture
def painted() -> None:
    """For tests of what is sent to the terminal."""


@pytest.fixture(autouse=True)
def _is_painted_for_nobody(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    # There is no terminal, and a test draws what it looks at: a quarter of the suite's time.
    def unpainted(compositor: Compositor, *_: object, **__: object) -> None:
        compositor._dirty_regions.clear()

    if "painted" not in request.fixturenames:
        monkeypatch.setattr(Compositor, "render_update", unpainted)


@pytest.fixture
def clock() -> FastClock:
    """The clock of server and dashboard: what the server waits for takes hardly any time."""
    return FastClock(pause=0.005)


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    """The demo's server: 24 models, of which one is in the cloud and one an alias; 3 loaded."""
    return demo_emulator(clock.now, clock.sleep)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(demo_paths(tmp_path / "own"), machine="box", poll_seconds=POLL_SECONDS)


@pytest.fixture
def open_dashboard(settings: Settings, clock: FastClock) -> Opener:
    return Opener(settings, clock)


@pytest.fixture
def other_process(settings: Settings) -> CurrentModel:
    """The current model as another program on this machine sees it."""
    return CurrentModel(settings.paths.current, settings.server_key)
