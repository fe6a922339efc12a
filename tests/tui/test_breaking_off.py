"""Downloads that break off and are asked for again, as the dashboard tells it."""

from __future__ import annotations

import pytest

from ollama_tui.core.pull_rules import PullRules
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.tui.dashboard import Opener
from tests.tui.test_pausing import dialog_of
from tests.tui.test_pulling import LONG, begin_behind

SAID = "stalled at 61 %, trying again, 3rd time"


@pytest.fixture(autouse=True)
def stalling_at_61_percent(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third stall in a row is followed by an hour's pause."""
    emulator.registry.rate = 20e9
    emulator.registry.faults[LONG] = PullFault(PullFaultKind.STALL, 0.612)
    # A stall is a wait of many lines, which here need not be as many.
    monkeypatch.setattr("ollama_tui.demo.pulls.TICK", 1.0)
    monkeypatch.setattr(
        PullRules, "pause", lambda self, fruitless, **_: 3600.0 if fruitless == 3 else 0.0
    )


@pytest.mark.parametrize("width", [120, 100, 80])
async def test_its_row_says_where_and_how_often(
    open_dashboard: Opener, emulator: Emulator, width: int
) -> None:
    async with open_dashboard(emulator, size=(width, 40)) as tui:
        await begin_behind(tui, LONG)

        await tui.shows(SAID)

        row = tui.line_with("trying again")
        assert LONG in row
        assert row.index("61 %") < row.index("stalled at")
        await tui.until(lambda: not emulator.downloads.running)


async def test_its_dialog_says_it_too(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await begin_behind(tui, LONG)
        await tui.shows(SAID)

        await tui.press("4", "enter")

        await tui.shows(f"─ Pulling {LONG} ─")
        assert SAID in dialog_of(tui)
        assert "GB" not in dialog_of(tui)


async def test_paused_and_resumed_it_goes_on(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await begin_behind(tui, LONG)
        await tui.shows(SAID)
        emulator.registry.faults.clear()
        emulator.registry.rate = 84e6
        share = tui.app.pulls[0].share or 0
        await tui.press("4", "space", "space")

        await tui.until(lambda: (tui.app.pulls[0].share or 0) > share)
        assert "trying again" not in tui.line_with(f"{LONG}  ")
