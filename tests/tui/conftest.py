from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.config import Settings, demo_paths
from ollama_tui.core.current import CurrentModel
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.library import demo_emulator
from ollama_tui.tui import polls
from tests.tui.dashboard import Opener


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "LIBRARY_SECONDS", 0.1)
    monkeypatch.setattr(polls, "GPU_SECONDS", 0.05)
    monkeypatch.setattr("ollama_tui.tui.polls.PROGRESS_SECONDS", 0.03)
    monkeypatch.setattr("ollama_tui.tui.acts.models._REST_SECONDS", 0.03)
    # Fewer lines of a pull, so that what runs beside the keys leaves them the processor.
    monkeypatch.setattr("ollama_tui.demo.pulls.TICK", 0.15)


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
    return Settings(demo_paths(tmp_path / "own"), machine="box", poll_seconds=0.1)


@pytest.fixture
def open_dashboard(settings: Settings, clock: FastClock) -> Opener:
    return Opener(settings, clock)


@pytest.fixture
def other_process(settings: Settings) -> CurrentModel:
    """The current model as another program on this machine sees it."""
    return CurrentModel(settings.paths.current, settings.server_key)
