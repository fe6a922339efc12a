"""What reaches a person who looks elsewhere when a download ends."""

from __future__ import annotations

from typing import Any

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_pulling import LONG, begin_behind

SHORT = "smollm2:360m"
NAMED = f"\x1b]9;{SHORT} is here\a"


def listened_to(tui: Dashboard, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bells and the notices that are sent to the terminal."""
    sent: list[str] = []

    def write(sequence: str) -> None:
        # Textual itself names the shape of the mouse's pointer.
        if "]9;" in sequence:
            sent.append(sequence)

    monkeypatch.setattr(tui.app._driver, "write", write)
    monkeypatch.setattr(tui.app, "bell", lambda: sent.append("\a"))
    return sent


async def ended(tui: Dashboard) -> None:
    """Pull a model to its end, however that comes."""
    await begin_behind(tui, SHORT)
    await tui.until(lambda: SHORT in tui.notice)


async def test_a_bell_and_a_notice_of_the_desktop_say_that_it_is_here(
    open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_dashboard(emulator) as tui:
        sent = listened_to(tui, monkeypatch)

        await ended(tui)

    assert sent[:2] == ["\a", NAMED]


async def test_a_failure_is_told_with_its_reason(
    open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = PullFault(PullFaultKind.ERROR, 0.5, "write x: no space left on device\x1b]0;evil\a")
    emulator.registry.faults["*"] = fault
    async with open_dashboard(emulator) as tui:
        sent = listened_to(tui, monkeypatch)

        await ended(tui)

    assert sent[0] == "\a"
    assert sent[1].startswith(f"\x1b]9;{SHORT} failed: The server's disk is full.")
    assert sent[1].count("\x1b") == sent[1].count("\a") == 1


async def test_tmux_is_asked_to_hand_it_on(
    open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    async with open_dashboard(emulator) as tui:
        sent = listened_to(tui, monkeypatch)

        await ended(tui)

    assert sent[1] == f"\x1bPtmux;\x1b{NAMED}\x1b\\"


async def test_the_linux_console_would_print_it_so_it_only_rings(
    open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    async with open_dashboard(emulator) as tui:
        sent = listened_to(tui, monkeypatch)

        await ended(tui)

    assert sent == ["\a"]


@pytest.mark.parametrize("changes", [{"notify": False}])
async def test_it_can_be_turned_off(
    open_dashboard: Opener,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    async with open_dashboard(emulator, **changes) as tui:
        sent = listened_to(tui, monkeypatch)

        await ended(tui)

    assert sent == []


async def test_what_the_user_cancels_needs_no_call(
    open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_dashboard(emulator) as tui:
        sent = listened_to(tui, monkeypatch)
        await begin_behind(tui, LONG)

        await tui.press("4", "x", "y")
        await tui.until(lambda: "Cancelled" in tui.notice)

    assert sent == []
