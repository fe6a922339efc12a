"""Lending the terminal to another program."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.tui import terminal
from ollama_tui.tui.app import OllamaTuiApp
from ollama_tui.tui.terminal import run_in_terminal, write_crash_report
from tests.tui.dashboard import Opener


def test_the_report_of_a_crash_is_its_user_s_alone_and_has_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "state" / "crash.log"
    key = "sk-12345"
    try:
        raise ValueError(f"http://me:pa55@box, {key} \x1b[2J")
    except ValueError:
        assert write_crash_report(path, (key,)) == path

    written = path.read_text()
    assert "ValueError: http://box, SECRET [2J" in written
    # The line of the source is not what was raised.
    assert key not in written
    assert path.stat().st_mode & 0o777 == 0o600


async def test_it_is_lent_to_one_program_at_a_time(
    open_dashboard: Opener, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OllamaTuiApp, "suspend", lambda _: contextlib.nullcontext())
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    async with open_dashboard(emulator) as tui:
        first = asyncio.create_task(run_in_terminal(tui.app, ["cat", str(pipe)], os.environ))
        await tui.until(terminal._LENT.locked)

        refused = await run_in_terminal(tui.app, ["touch", str(tmp_path / "ran")], os.environ)
        await asyncio.to_thread(pipe.write_text, "")

        assert await first == ""
        assert refused == "Another program has the terminal."
        assert not (tmp_path / "ran").exists()
        assert await run_in_terminal(tui.app, ["true"], os.environ) == ""
