from __future__ import annotations

import pytest

from ollama_tui.tui.app import OllamaTuiApp
from tests.tui.conftest import (  # noqa: F401
    _is_painted_for_nobody,
    _short_waits,
    clock,
    emulator,
    open_dashboard,
    settings,
)


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in earnest; that polls become rarer is proved elsewhere."""
    monkeypatch.setattr("ollama_tui.core.connection.CONNECT_SECONDS", 0.15)
    monkeypatch.setattr("ollama_tui.core.client.READ_SECONDS", 0.15)
    monkeypatch.setattr("ollama_tui.core.client.WHOLE_SECONDS", 0.3)
    monkeypatch.setattr("ollama_tui.tui.polls.pause_between", _short_pause)


def _short_pause(app: OllamaTuiApp, seconds: float) -> float:
    return 0.3
