"""What the rows of the matrix have in common: the dashboard before, during and after a fault."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_tui.core.models import ServerState
from tests.tui.dashboard import Dashboard
from tests.tui.test_hostile import is_safe


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the matrix: what it is called, and the words that are seen."""

    row: str
    """As `docs/reliability.md` names it, and pytest."""
    words: tuple[str, ...]


async def keys_answer(tui: Dashboard) -> None:
    """Whether keys act while something is wrong: help opens and closes, the cursor moves."""
    await tui.press("question_mark")
    assert "─ Keys ─" in tui.text
    await tui.press("q")
    assert "─ Keys ─" not in tui.text
    await tui.press("j", "k")
    assert is_safe(tui)


def is_well(tui: Dashboard) -> bool:
    """Whether the server answers all that is asked, and the screen says so."""
    app = tui.app
    is_answered = app.server.state is ServerState.ALIVE and app.running is not None
    return is_answered and app.stale_as_of is None and "● running" in tui.lines[0]
