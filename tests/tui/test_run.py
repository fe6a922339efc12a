"""What is left to be said once the dashboard has ended."""

from __future__ import annotations

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.tui import run
from tests.tui.dashboard import Opener


async def test_what_was_not_deleted_is_told_on_the_terminal(
    open_dashboard: Opener,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = open_dashboard.made(emulator)
    app.undeleted = ("phi4:14b is not deleted. Oops.",)
    monkeypatch.setattr(app, "run", lambda mouse: None)
    monkeypatch.setattr(run, "_build", lambda *_: app)

    code = run.run_dashboard(app.settings, lambda: app.parts)

    told = capsys.readouterr().err.splitlines()
    assert told == ["phi4:14b is not deleted. Oops."]
    assert code == 1
