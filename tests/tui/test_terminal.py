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
from ollama_tui.tui.terminal import run_in_terminal
from tests.tui.dashboard import Opener


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
